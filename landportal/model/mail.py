"""Outgoing mail: written in the transaction of its cause, sent by a job."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, one_of


class MailState(StrEnum):
    """What became of a mail; ``failed`` means that all attempts are used up."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class OutgoingMail(Base):
    """A mail with its finished text. `once` names what must be sent at most once, e.g. a digest of a day."""

    __tablename__ = "outgoing_mail"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2), server_default="de")
    subject: Mapped[str]
    body: Mapped[str]
    once: Mapped[str | None] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(8), server_default=MailState.QUEUED)
    attempts: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[dt.datetime | None]

    __table_args__ = (
        one_of("state", MailState),
        Index("ix_outgoing_mail_unsent", "id", postgresql_where=text("state <> 'sent'")),
    )
