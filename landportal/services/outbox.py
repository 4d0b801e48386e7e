"""Mail into the outbox, in the transaction of its cause; a job sends it.

The text is finished here: whoever sends it needs to know nothing about why.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from landportal.model import MailState, OutgoingMail
from landportal.services import jobs

SEND_MAIL = "send_mail"


@dataclass(frozen=True)
class Letter:
    """A mail. `once` names what must be sent at most once; a second letter of that name is not written."""

    kind: str
    recipient: str
    subject: str
    body: str
    language: str = "de"
    account_id: int | None = None
    once: str | None = None


def post(session: Session, letter: Letter) -> int | None:
    """Write `letter` into the outbox and queue its sending; its id, or None where it was written before."""
    row = insert(OutgoingMail).values(
        kind=letter.kind, account_id=letter.account_id, recipient=letter.recipient, language=letter.language,
        subject=" ".join(letter.subject.split()), body=letter.body, once=letter.once,
    )  # fmt: skip
    mail_id = session.scalar(row.on_conflict_do_nothing(index_elements=["once"]).returning(OutgoingMail.id))
    if mail_id is not None:
        jobs.defer(session, SEND_MAIL, mail_id=mail_id)
    return mail_id


def mark_failed(session: Session, mail_id: int, problem: str) -> None:
    """No further attempt is made; a mail that was sent meanwhile stays sent."""
    waiting = (OutgoingMail.id == mail_id, OutgoingMail.state == MailState.QUEUED)
    # What the server said at the last attempt is kept.
    told = OutgoingMail.problem.is_(None)
    session.execute(update(OutgoingMail).where(*waiting, told).values(problem=problem[:500]))
    session.execute(update(OutgoingMail).where(*waiting).values(state=MailState.FAILED))


def failed(session: Session, limit: int = 50) -> tuple[OutgoingMail, ...]:
    """Mails that could not be sent, newest first."""
    given_up = select(OutgoingMail).where(OutgoingMail.state == MailState.FAILED)
    return tuple(session.scalars(given_up.order_by(OutgoingMail.id.desc()).limit(limit)))


def send_again(session: Session, mail_id: int) -> bool:
    """Queue a failed mail once more, e.g. after the address was put right; False where it has not failed."""
    again = (
        update(OutgoingMail)
        .where(OutgoingMail.id == mail_id, OutgoingMail.state == MailState.FAILED)
        .values(state=MailState.QUEUED, attempts=0, problem=None)
        .returning(OutgoingMail.id)
    )
    found = session.scalar(again) is not None
    if found:
        jobs.defer(session, SEND_MAIL, mail_id=mail_id)
    return found
