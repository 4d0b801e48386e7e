"""The queue from inside: work is there exactly when its cause is, every name is known, and what it looks like."""

import ast
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from landportal import db
from landportal.services import jobs
from landportal.services.tasks import TASKS
from landportal.services.tasks.task import LONGEST_WAIT_S, Task, Work

PACKAGE = Path(__file__).resolve().parents[2] / "landportal"


def deferred_names():
    """Every task named in a call of `defer` anywhere in the package: a literal, or a constant of some module."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "defer":
                yield file, node.args[1]


def value_of(file, node):
    if isinstance(node, ast.Constant):
        return node.value
    module = import_module(".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"))
    return eval(ast.unparse(node), vars(module))  # noqa: S307 - our own source


def test_every_deferred_task_exists():
    found = {value_of(file, node) for file, node in deferred_names()}
    assert "send_mail" in found
    assert found - set(TASKS) == set()


def test_a_job_is_there_exactly_when_its_cause_is(database_url):
    engine = create_engine(database_url)

    def fail():
        with db.transaction(engine) as session:
            jobs.defer(session, "tidy")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with db.transaction(engine) as session:
        assert jobs.queue_state(session).waiting == 0
        jobs.defer(session, "tidy")
    with db.transaction(engine) as session:
        assert jobs.queue_state(session).waiting == 1
    engine.dispose()


def test_waits_between_attempts_double_up_to_six_hours():
    task = Task("t", print, first_wait_s=30)
    assert [task.wait_s(failed) for failed in (1, 2, 3, 4)] == [30, 60, 120, 240]
    assert task.wait_s(30) == LONGEST_WAIT_S == 6 * 3600
    mail = TASKS["send_mail"]
    assert sum(mail.wait_s(failed) for failed in range(1, mail.attempts)) > 24 * 3600


def test_the_queue_tells_what_waits_what_failed_and_for_how_long(session):
    assert jobs.queue_state(session) == jobs.QueueState(0, False, 0, 0, 0, 0, 0.0, 0, 0)
    for status, at in [
        ("todo", "null"), ("todo", "now() - interval '5 minutes'"), ("todo", "now() + interval '1 day'"),
        ("doing", "null"), ("failed", "null"), ("succeeded", "null"),
    ]:  # fmt: skip
        session.execute(
            text(
                "insert into procrastinate_jobs (queue_name, task_name, status, scheduled_at)"
                f" values ('landportal', 'tidy', '{status}', {at})"
            )
        )
    session.execute(text("insert into procrastinate_workers default values"))
    state = jobs.queue_state(session)
    assert (state.waiting, state.later, state.running, state.failed) == (2, 1, 1, 1)
    assert 299 < state.oldest_waiting_s < 310
    assert state.worked_on


def test_upkeep_removes_old_jobs_and_texts_of_old_mails(database_url, settings):
    engine = create_engine(database_url)
    ages = {"young": (6, "succeeded"), "old": (8, "succeeded"), "failed": (80, "failed"), "old failed": (91, "failed")}
    with engine.begin() as connection:
        for name, (days, status) in ages.items():
            connection.execute(
                text(
                    "with job as (insert into procrastinate_jobs (queue_name, task_name, status)"
                    " values ('landportal', :name, cast(:status as procrastinate_job_status)) returning id)"
                    " insert into procrastinate_events (job_id, type, at)"
                    " select id, 'started', now() - make_interval(days => :days) from job"
                ),
                {"name": name, "status": status, "days": days},
            )
            connection.execute(
                text(
                    "insert into outgoing_mail (kind, recipient, subject, body, state, created_at)"
                    " values ('x', :name, '', 'text', 'sent', now() - make_interval(days => :days))"
                ),
                {"name": name, "days": days},
            )
    work = Work(settings, db.connect(database_url, settings, role=db.APPLICATION_ROLE))
    TASKS["tidy"].run(work)
    with engine.connect() as connection:
        assert set(connection.scalars(text("select task_name from procrastinate_jobs"))) == {"young", "failed"}
        kept = connection.scalars(text("select recipient from outgoing_mail where body = 'text'"))
        assert set(kept) == {"young", "old", "failed"}
    work.engine.dispose()
    engine.dispose()
