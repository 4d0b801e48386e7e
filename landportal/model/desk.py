"""What officers keep beside the parcel itself: proposals that wait for a second pair of eyes, documents, lineage."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, String, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, in_range, one_of


class ProposalState(StrEnum):
    """What became of a proposal."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"


class Proposal(Base):
    """A change of a parcel that waits for an approver. `content` is what `services.editing` would have done."""

    __tablename__ = "proposal"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), index=True)
    base_version: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    reason: Mapped[str | None]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(String(12), server_default=ProposalState.WAITING)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[dt.datetime | None]
    comment: Mapped[str | None]

    __table_args__ = (
        one_of("state", ProposalState),
        CheckConstraint("decided_by is null or state = 'taken_back' or decided_by <> account_id", name="second_eyes"),
        Index("ix_proposal_waiting", "parcel_id", postgresql_where=text("state = 'waiting'")),
    )


class DocumentKind(StrEnum):
    """Kinds of documents that prove what a parcel's page says."""

    UTILITY_LETTER = "utility_letter"
    SOIL_SURVEY = "soil_survey"
    SPECIES_REPORT = "species_report"
    PLAN = "plan"
    PHOTO = "photo"
    OTHER = "other"


class ParcelDocument(Base):
    """A document or photo of a parcel. It is never overwritten; one that is taken down keeps its row."""

    __tablename__ = "parcel_document"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    issued_on: Mapped[dt.date | None]
    expires_on: Mapped[dt.date | None]
    public: Mapped[bool] = mapped_column(server_default="false")
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    added_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    added_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    removed_at: Mapped[dt.datetime | None]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    __table_args__ = (
        one_of("kind", DocumentKind),
        CheckConstraint("media_type in ('application/pdf', 'image/jpeg', 'image/png', 'image/webp')", name="media"),
        CheckConstraint("expires_on > issued_on", name="expiry_after_issue"),
        in_range("size_bytes", 1, None),
    )


class ParcelSuccessor(Base):
    """Which parcels came out of which, by splitting or merging."""

    __tablename__ = "parcel_successor"

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True, index=True)

    __table_args__ = (CheckConstraint("predecessor_id <> successor_id", name="not_itself"),)
