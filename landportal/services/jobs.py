"""Putting work into the queue, in the transaction of its cause: it is there exactly when the cause is. And what the
queue looks like from outside.

What the tasks do is said where they live (`services.tasks`); `services.worker` runs them.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

QUEUE = "landportal"

PRESENCE = 27_760
"""First key of the advisory lock that a worker holds while it lives; the second is its number."""

_DEFER = text(
    """
    select (procrastinate_defer_jobs_v1(array[
        row(cast(:queue as text), cast(:task as text), 0, cast(:lock as text), null,
            cast(:args as jsonb), cast(:at as timestamptz))::procrastinate_job_to_defer_v1]))[1]
    """
)


def defer(
    session: Session, task: str, *, lock: str | None = None, at: dt.datetime | None = None, **arguments: object
) -> int:
    """Queue `task` with `arguments` (JSON) and return the job's id. Jobs of one `lock` run one after the other."""
    values = {"queue": QUEUE, "task": task, "lock": lock, "args": json.dumps(arguments), "at": at}
    return int(session.scalar(_DEFER, values) or 0)


@dataclass(frozen=True)
class QueueState:
    """What an operator wants to know. `oldest_waiting_s`: seconds since the oldest job that is due could have begun.

    `worked_on`: a worker lives, or did until a minute ago (it is being restarted, or the database was).
    """

    workers: int
    worked_on: bool
    waiting: int
    later: int
    running: int
    failed: int
    oldest_waiting_s: float
    failed_mails: int
    unsent_mails: int


_STATE = text(
    """
    select
        (select count(*) from pg_locks where locktype = 'advisory' and granted and classid = :presence
         and database = (select oid from pg_database where datname = current_database())) as workers,
        exists (select from procrastinate_workers where last_heartbeat > now() - interval '1 minute') as worked_on,
        count(*) filter (where status = 'todo' and (scheduled_at is null or scheduled_at <= now())) as waiting,
        count(*) filter (where status = 'todo' and scheduled_at > now()) as later,
        count(*) filter (where status = 'doing') as running,
        count(*) filter (where status = 'failed') as failed,
        coalesce(extract(epoch from now() - min(coalesce(scheduled_at, begun)) filter (
            where status = 'todo' and (scheduled_at is null or scheduled_at <= now()))), 0)::float as oldest_waiting_s,
        (select count(*) from outgoing_mail where state = 'failed') as failed_mails,
        (select count(*) from outgoing_mail where state = 'queued') as unsent_mails
    from procrastinate_jobs j
    cross join lateral (select min(at) as begun from procrastinate_events where job_id = j.id) event
    where j.status in ('todo', 'doing', 'failed')
    """
)


def queue_state(session: Session) -> QueueState:
    """How many workers live, what waits, what failed."""
    return QueueState(*session.execute(_STATE, {"presence": PRESENCE}).one())


def failed_jobs(session: Session, limit: int = 20) -> tuple[tuple[int, str, str], ...]:
    """Number, task and arguments (JSON) of jobs whose attempts are used up, newest first."""
    rows = session.execute(
        text(
            "select id, task_name, args::text from procrastinate_jobs where status = 'failed' order by id desc limit :n"
        ),
        {"n": limit},
    )
    return tuple((row[0], row[1], row[2]) for row in rows)
