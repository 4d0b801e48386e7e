"""What operators' tools ask: readiness with the worker, and the figures of the queue."""

import re

import pytest
from sqlalchemy import create_engine, text

from landportal.config import read_settings
from landportal.web import create_app


@pytest.fixture
def store(database_url):
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def client(database_url):
    environ = {"LANDPORTAL_DATABASE_URL": database_url, "LANDPORTAL_SECRET_KEY": "tests"}
    app = create_app(read_settings(environ))
    yield app.test_client()
    app.extensions["landportal"].engine.dispose()


def run(store, statement):
    with store.begin() as connection:
        connection.execute(text(statement))


def test_the_portal_is_ready_while_a_worker_lives_or_did_a_moment_ago(client, store):
    run(store, "insert into procrastinate_workers (last_heartbeat) values (now() - interval '50 seconds')")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["status"]) == (200, "ok")


def test_without_a_worker_it_is_not_ready_and_alive_all_the_same(client, store):
    run(store, "insert into procrastinate_workers (last_heartbeat) values (now() - interval '70 seconds')")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "landportal worker" in answer.json["reason"]
    assert client.get("/healthz").status_code == 200


def test_missing_migrations_are_named(client, store):
    run(store, "update alembic_version set version_num = '0012_guard'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "0013_reminders" in answer.json["reason"]


def test_metrics_tell_what_waits_and_what_failed(client, store):
    run(store, "insert into procrastinate_jobs (queue_name, task_name) values ('landportal', 'tidy')")
    run(store, "insert into outgoing_mail (kind, recipient, subject, body, state) values ('x', 'a', '', '', 'failed')")
    told = client.get("/metrics").text
    assert 'landportal_jobs{state="waiting"} 1' in told
    assert 'landportal_mails{state="failed"} 1' in told
    assert "landportal_workers 0" in told
    assert [
        line for line in told.splitlines() if not re.fullmatch(r"# TYPE \w+ \w+|\w+(\{[^}]*\})? [\d.e+-]+", line)
    ] == []
