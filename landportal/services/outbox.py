"""Mail into the outbox, in the transaction of its cause; a job sends it.

The text is finished here: whoever sends it needs to know nothing about why.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from landportal.model import OutgoingMail
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
