"""Files that officers deliver through the import page: the upload, its staged rows and issues, saved mappings.

The upload itself lies in the instance folder until the delivery ends; rows are kept here, so that what is applied is
what was shown.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, String, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, geometry_column, one_of


class DeliveryState(StrEnum):
    """How far a delivery has come; the states in ``-ing`` belong to a job."""

    UPLOADED = "uploaded"
    STAGING = "staging"
    STAGED = "staged"
    REFUSED = "refused"
    WAITING = "waiting"  # for an approver
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    DISCARDED = "discarded"


class Delivery(Base):
    """One uploaded file on its way into the store. `options` is the ImportRequest's, `preview` what staging found."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_sha256: Mapped[str] = mapped_column(String(64))
    file_bytes: Mapped[int] = mapped_column(BigInteger)
    stored_as: Mapped[str] = mapped_column(String(80))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str] = mapped_column(String(12), server_default=DeliveryState.UPLOADED)
    rows_done: Mapped[int] = mapped_column(server_default="0")
    rows_total: Mapped[int | None]
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    applied_change_id: Mapped[int | None] = mapped_column(ForeignKey("change.id"))
    undone_change_id: Mapped[int | None] = mapped_column(ForeignKey("change.id"))

    __table_args__ = (one_of("state", DeliveryState),)


class DeliveryRow(Base):
    """A usable row of a delivery: what it would do, to which version of which parcel. `content` are the cells."""

    __tablename__ = "delivery_row"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source_id: Mapped[str | None]
    verdict: Mapped[str] = mapped_column(String(12))
    target_id: Mapped[int | None] = mapped_column(Integer)
    target_version: Mapped[int | None] = mapped_column(Integer)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    differences: Mapped[list[Any] | None] = mapped_column(JSONB)
    geom: Mapped[WKBElement | None] = mapped_column(geometry_column("MULTIPOLYGON"))

    __table_args__ = (Index("ix_delivery_row_verdict", "delivery_id", "verdict", "row"),)


class DeliveryIssue(Base):
    """What was wrong or worth telling about a row. `cells` are the row's original cells, where it was rejected."""

    __tablename__ = "delivery_issue"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"))
    row: Mapped[int]
    severity: Mapped[str] = mapped_column(String(10))
    code: Mapped[str]
    field: Mapped[str | None]
    value: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (Index("ix_delivery_issue_row", "delivery_id", "severity", "row"),)


class SavedMapping(Base):
    """How an organisation's monthly file is to be understood: the options of the last delivery with these columns."""

    __tablename__ = "saved_mapping"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    columns_sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    used_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("organisation_id", "columns_sha256"),)
