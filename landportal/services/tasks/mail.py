"""The task that sends one mail of the outbox."""

from __future__ import annotations

from landportal import db
from landportal.services import outbox, sending
from landportal.services.tasks.task import Hopeless, Task, Work

ATTEMPTS = 14
FIRST_WAIT_S = 30
"""A mail server may be away for a day: 30 s, 1 min, 2 min … 6 h, about thirty hours in all."""


def send_mail(work: Work, *, mail_id: int) -> None:
    """Send mail `mail_id` unless it was sent; what failed is kept with the mail before the next attempt."""
    with db.transaction(work.engine) as session:
        outcome = sending.send(session, work.settings, mail_id)
    if outcome.problem:
        raise (Hopeless if outcome.for_good else RuntimeError)(outcome.problem)


def give_up(work: Work, problem: str, *, mail_id: int) -> None:
    """Mark the mail as failed: administrators see it."""
    with db.transaction(work.engine) as session:
        outbox.mark_failed(session, mail_id, problem)


TASKS = (Task(outbox.SEND_MAIL, send_mail, attempts=ATTEMPTS, first_wait_s=FIRST_WAIT_S, give_up=give_up),)
