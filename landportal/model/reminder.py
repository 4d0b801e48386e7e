"""What officers were reminded of: a digest is one mail to one account, a reminder one parcel in it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Identity, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, one_of


class ReminderStep(StrEnum):
    """Occasions of a reminder: days since the last confirmation, or the end of a reservation or option."""

    AGE_30 = "age_30"
    AGE_60 = "age_60"
    AGE_90 = "age_90"
    ENDS_SOON = "ends_soon"
    ENDED = "ended"


class Digest(Base):
    """One mail that lists what waits for one account; its signed link works for these parcels alone."""

    __tablename__ = "digest"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class Reminder(Base):
    """A parcel in a digest. A parcel is reminded once per step and `counted_from` (its confirmation, or its end)."""

    __tablename__ = "reminder"

    digest_id: Mapped[int] = mapped_column(ForeignKey("digest.id", ondelete="CASCADE"), primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[str] = mapped_column(String(10), primary_key=True)
    counted_from: Mapped[dt.datetime]

    __table_args__ = (
        one_of("step", ReminderStep),
        Index("ix_reminder_of_parcel", "parcel_id", "step", "counted_from"),
    )
