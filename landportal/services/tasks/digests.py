"""The task that reminds officers, every morning."""

from __future__ import annotations

from landportal import db
from landportal.services import digests
from landportal.services.tasks.task import Task, Work


def send_digests(work: Work) -> None:
    """Write the digests that are due; all of them or none, so that a killed run is simply run again."""
    with db.transaction(work.engine) as session:
        digests.remind(session, work.settings)


TASKS = (Task("send_digests", send_digests, cron="0 5 * * *"),)
"""05:00 UTC: six in the morning in winter, seven in summer, before the desk opens."""
