"""Tasks that keep the store tidy: old jobs and the texts of old mails go, kept counts are added up."""

from __future__ import annotations

from sqlalchemy import text

from landportal import db
from landportal.services.tasks.task import Task, Work

FINISHED_JOBS_KEPT_DAYS = 7
FAILED_JOBS_KEPT_DAYS = 90
TEXTS_KEPT_DAYS = 90
"""The text of a mail holds signed links and what concerns one person; that it was sent stays on record."""

_OLD_JOBS = text(
    """
    delete from procrastinate_jobs j
    where j.status in ('succeeded', 'failed', 'cancelled', 'aborted')
      and (select max(at) from procrastinate_events e where e.job_id = j.id)
          < now() - make_interval(days => case j.status when 'failed' then :failed else :finished end)
    """
)
_OLD_TEXTS = text(
    "update outgoing_mail set body = ''"
    " where created_at < now() - make_interval(days => :days) and body <> '' and state <> 'queued'"
)


def tidy(work: Work) -> None:
    """Remove what is older than the limits above."""
    with db.transaction(work.engine) as session:
        session.execute(_OLD_JOBS, {"failed": FAILED_JOBS_KEPT_DAYS, "finished": FINISHED_JOBS_KEPT_DAYS})
        session.execute(_OLD_TEXTS, {"days": TEXTS_KEPT_DAYS})


def compact_tallies(work: Work) -> None:
    """Add up the differences that changes have left (migration 0026), so that reading them stays quick."""
    with db.transaction(work.engine) as session:
        session.execute(text("select compact_tallies()"))


TASKS = (
    Task("tidy", tidy, cron="40 1 * * *"),
    Task("compact_tallies", compact_tallies, cron="*/15 * * * *"),
)
