"""`landportal worker` as a process: killed, stopped, doubled, cut off from its database, and beside `serve`."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

from landportal import db
from landportal.cli.database import engine as prepared_engine
from landportal.config import read_settings
from landportal.localdb import LocalCluster
from landportal.services import jobs, outbox
from tests.mail_server import MailServer, free_port

LETTER = outbox.Letter("invitation", "officer@example.org", "Größe der Fläche", "Guten Tag")


@contextmanager
def worker(url, *arguments, **environ):
    """A worker process with a quick pace, on the database at `url` (None: the private cluster of the environment)."""
    settings = {"LANDPORTAL_SECRET_KEY": "tests", **({"LANDPORTAL_DATABASE_URL": url} if url else {}), **environ}
    inherited = {key: value for key, value in os.environ.items() if url or key != "LANDPORTAL_DATABASE_URL"}
    process = subprocess.Popen(
        [sys.executable, "-m", "landportal.cli", "worker", "--poll-s", "0.1", "--watch-s", "0.2", *arguments],
        env={**inherited, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    except AssertionError as failure:
        process.kill()
        failure.add_note(f"The worker said: {process.stdout.read()}")
        raise
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def store(database_url):
    """An engine of the owner on a database of this test's own."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def post(engine, letter=LETTER):
    with db.transaction(engine) as session:
        return outbox.post(session, letter)


def value(engine, statement, **parameters):
    with engine.connect() as connection:
        return connection.scalar(text(statement), parameters)


def until(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.03)
    raise AssertionError("it did not happen in time")


def mail_is(engine, state):
    return lambda: value(engine, "select state from outgoing_mail") == state


def test_a_job_whose_worker_was_killed_is_done_once_by_the_next(store, database_url):
    with MailServer() as server:
        server.hold.set()
        with worker(database_url, LANDPORTAL_MAIL_URL=server.url) as first:
            post(store)
            until(lambda: server.seen == 1)
            first.send_signal(signal.SIGKILL)
            first.wait(10)
        assert value(store, "select status from procrastinate_jobs where task_name = 'send_mail'") == "doing"
        server.hold.clear()
        server.accepted.clear()  # What the killed worker had handed over was never acknowledged to anybody.
        with worker(database_url, LANDPORTAL_MAIL_URL=server.url):
            until(mail_is(store, "sent"))
            until(
                lambda: (
                    value(store, "select status from procrastinate_jobs where task_name = 'send_mail'") == "succeeded"
                )
            )
    assert [mail["Subject"] for mail in server.accepted] == ["Größe der Fläche"]


def test_a_living_worker_takes_up_what_a_killed_one_left_within_seconds(store, database_url):
    with MailServer() as server:
        server.hold.set()
        with worker(database_url, LANDPORTAL_MAIL_URL=server.url) as first:
            post(store)
            until(lambda: server.seen == 1)
            with worker(database_url, LANDPORTAL_MAIL_URL=server.url):
                until(lambda: value(store, "select count(*) from procrastinate_workers") == 2)
                time.sleep(0.5)
                assert server.seen == 1, "a job of a living worker was taken away"
                first.kill()
                server.hold.clear()
                until(lambda: server.seen == 2)
                until(mail_is(store, "sent"))


def test_two_workers_send_every_mail_once(store, database_url):
    done = "select count(*) from procrastinate_jobs where status = 'succeeded' and task_name = 'send_mail'"
    with MailServer() as server:
        environ = {"LANDPORTAL_MAIL_URL": server.url}
        with worker(database_url, **environ), worker(database_url, **environ):
            with db.transaction(store) as session:
                for number in range(30):
                    mail_id = outbox.post(session, outbox.Letter("test", f"a{number}@example.org", str(number), "x"))
                    jobs.defer(session, outbox.SEND_MAIL, mail_id=mail_id)  # Asked for twice on purpose.
            until(lambda: value(store, done) == 60)
    assert sorted(int(mail["Subject"]) for mail in server.accepted) == list(range(30))


def test_a_mail_waits_for_a_server_that_is_down_and_is_sent_once_when_it_is_back(store, database_url):
    port = free_port()
    with worker(database_url, LANDPORTAL_MAIL_URL=f"smtp://127.0.0.1:{port}"):
        post(store)
        until(lambda: value(store, "select attempts from outgoing_mail") == 1)
        later = (
            "select scheduled_at > now() + interval '20 seconds' from procrastinate_jobs where task_name = 'send_mail'"
        )
        until(lambda: value(store, later))
        assert "refused" in value(store, "select problem from outgoing_mail")
        with MailServer(port) as server:
            with store.begin() as connection:  # Half a minute later:
                connection.execute(text("update procrastinate_jobs set scheduled_at = now() where status = 'todo'"))
            until(mail_is(store, "sent"))
            time.sleep(0.5)
        assert len(server.accepted) == 1
        assert value(store, "select attempts from outgoing_mail") == 2


def test_a_worker_that_is_told_to_stop_finishes_what_it_does(store, database_url):
    with MailServer() as server, worker(database_url, LANDPORTAL_MAIL_URL=server.url) as process:
        server.hold.set()
        post(store)
        until(lambda: server.seen == 1)
        process.terminate()
        time.sleep(0.3)
        server.hold.clear()
        assert process.wait(10) == 0
    assert value(store, "select state from outgoing_mail") == "sent"
    assert value(store, "select count(*) from procrastinate_workers") == 0


def test_a_job_that_outlasts_the_grace_goes_back_into_the_queue_without_a_failed_attempt(store, database_url):
    with MailServer() as server:
        server.hold.set()
        with worker(database_url, "--grace-s", "0.2", LANDPORTAL_MAIL_URL=server.url) as process:
            post(store)
            until(lambda: server.seen == 1)
            process.terminate()
            assert process.wait(10) == 0
    status = "select concat(status, attempts) from procrastinate_jobs where task_name = 'send_mail'"
    assert value(store, status) == "todo0"
    assert value(store, "select state from outgoing_mail") == "queued"


def test_an_unknown_task_fails_where_operators_see_it(store, database_url):
    with db.transaction(store) as session:
        jobs.defer(session, "no_such_task", number=1)
    with worker(database_url, "--once") as process:
        assert process.wait(30) == 0
    with db.transaction(store) as session:
        assert jobs.queue_state(session).failed == 1
        assert [name for _, name, _ in jobs.failed_jobs(session)] == ["no_such_task"]


def test_a_job_that_kills_its_workers_is_given_up(store, database_url):
    mail_id = post(store)
    with store.begin() as connection:
        connection.execute(text("update procrastinate_jobs set status = 'doing', attempts = 13"))
    with worker(database_url, "--once") as process:
        assert process.wait(30) == 0
    assert value(store, "select state from outgoing_mail where id = :id", id=mail_id) == "failed"
    assert "interrupted" in value(store, "select problem from outgoing_mail where id = :id", id=mail_id)


def test_doctor_tells_what_failed_and_whether_anybody_works(store, database_url):
    with db.transaction(store) as session:
        jobs.defer(session, "no_such_task", number=7)
        outbox.mark_failed(session, outbox.post(session, LETTER), "550 no such mailbox")
    with worker(database_url, "--once") as process:
        assert process.wait(30) == 0
    environ = {**os.environ, "LANDPORTAL_DATABASE_URL": database_url, "COLUMNS": "200"}
    answer = subprocess.run(
        [sys.executable, "-m", "landportal.cli", "doctor"], env=environ, capture_output=True, text=True, check=True
    )
    for words in ("no_such_task", "550 no such mailbox", "Workers", "printed to the worker's log"):
        assert words in answer.stdout


@pytest.fixture
def cluster(tmp_path):
    """A private cluster of this test's own, with the schema, which the test may stop and start."""
    instance = tmp_path / "instance"
    environ = {"LANDPORTAL_INSTANCE": str(instance)}
    own = LocalCluster(instance)
    own.start()
    with prepared_engine(read_settings(environ)):
        pass
    yield own
    own.start()
    own.stop()


def test_a_worker_survives_a_database_that_is_restarted(cluster):
    with MailServer() as server:
        address = cluster.application_url()
        with worker(address, LANDPORTAL_MAIL_URL=server.url) as process:
            engine = create_engine(cluster.url())
            post(engine)
            until(mail_is(engine, "sent"))
            engine.dispose()
            assert cluster.stop()
            time.sleep(1)
            assert process.poll() is None
            cluster.start()
            engine = create_engine(cluster.url())
            post(engine)
            until(lambda: len(server.accepted) == 2)
            engine.dispose()


def test_a_worker_by_itself_runs_the_private_cluster_and_stops_it_at_its_end(cluster):
    cluster.stop()
    with worker(None, LANDPORTAL_INSTANCE=str(cluster.instance)) as process:
        until(lambda: "ready" in process.stdout.readline())
        assert cluster.is_running()
        process.terminate()
        assert process.wait(20) == 0
    assert not cluster.is_running()


def workers_of(parent):
    found = subprocess.run(["pgrep", "-f", f"worker --parent {parent}$"], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


@pytest.fixture
def server(database_url):
    """`landportal serve` on a database of this test's own."""
    port = free_port()
    settings = {"LANDPORTAL_DATABASE_URL": database_url, "LANDPORTAL_DEMO": "0", "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "landportal.cli", "serve", "--workers", "1"], env={**os.environ, **settings},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def answers():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    until(answers, seconds=40)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait(10)


def test_serve_starts_another_worker_when_one_is_killed_and_stops_it_at_the_end(server):
    (first,) = workers_of(server.pid)
    os.kill(first, signal.SIGKILL)
    until(lambda: workers_of(server.pid) not in ([], [first]))
    server.terminate()
    assert server.wait(30) in {0, 143}
    assert workers_of(server.pid) == []


def test_the_worker_does_not_outlive_a_server_that_is_killed(server):
    assert len(workers_of(server.pid)) == 1
    server.kill()
    server.wait(10)
    until(lambda: workers_of(server.pid) == [])
