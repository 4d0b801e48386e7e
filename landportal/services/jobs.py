"""Putting work into the queue, in the transaction of its cause: it is there exactly when the cause is.

What the tasks do is said where they live (`services.tasks`); the worker that runs them is the command line's.
"""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import text
from sqlalchemy.orm import Session

QUEUE = "landportal"

_DEFER = text(
    """
    select (procrastinate_defer_jobs_v1(array[
        row(cast(:queue as text), cast(:task as text), 0, cast(:lock as text), cast(:once as text),
            cast(:args as jsonb), cast(:at as timestamptz))::procrastinate_job_to_defer_v1]))[1]
    """
)


def defer(
    session: Session, task: str, *, lock: str | None = None, at: dt.datetime | None = None, **arguments: object
) -> int:
    """Queue `task` with `arguments` (JSON) and return the job's id. Jobs of one `lock` run one after the other."""
    return int(
        session.scalar(
            _DEFER,
            {"queue": QUEUE, "task": task, "lock": lock, "once": None, "args": json.dumps(arguments), "at": at},
        )
        or 0
    )
