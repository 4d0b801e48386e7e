"""What happened: changes (who, when, why, through what), past versions of rows, and the audit log.

All of it is written by the database itself (triggers of migration 0009) and only ever grows. A *change* is one
transaction; every version of a parcel, area or member names the change that made it. A version ends where the next
begins: ``changed_at`` (included) to ``ended_at`` (excluded). The valid version is the row itself.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Integer, String, Table, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from landportal.model.area import Area, AreaMember
from landportal.model.base import Base
from landportal.model.parcel import Parcel


class Through(StrEnum):
    """The way in a change took; ``sql`` is a statement by hand."""

    PAGE = "page"
    LINK = "link"
    IMPORT = "import"
    API = "api"
    JOB = "job"
    COMMAND = "command"
    SQL = "sql"


class Change(Base):
    """One transaction that changed a parcel, area or member. `reason` is for the history, never for the public."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    # Text: SQLAlchemy knows no xid8. With `at` it finds the change of the running transaction.
    xact: Mapped[str] = mapped_column(String(20), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    database_role: Mapped[str]
    through: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    delivery_id: Mapped[int | None] = mapped_column(Integer, index=True)
    """The delivery (import) it belongs to."""


class AuditEntry(Base):
    """Something worth keeping that is no change of land: sign-ins, exports, permissions. Append-only.

    `origin` is a keyed hash of the visitor's address: enough to count attempts, not to find the visitor.
    """

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(server_default=func.clock_timestamp())
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(254))
    origin: Mapped[str | None] = mapped_column(String(32))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")

    __table_args__ = (
        Index("ix_audit_entry_account_id_at", "account_id", "at"),
        Index("ix_audit_entry_action_subject_at", "action", "subject", "at"),
        Index("ix_audit_entry_action_origin_at", "action", "origin", "at"),
        Index("ix_audit_entry_at", "at"),
    )


def _history_of(table: Table) -> Table:
    """Past versions of `table`: its columns as plain values, when the version ended and which change ended it."""
    columns = [Column(column.name, _plain(column.type), nullable=True) for column in table.columns]
    return Table(
        f"{table.name}_history",
        Base.metadata,
        Column("ended_at", DateTime(timezone=True), nullable=False),
        Column("ended_by", BigInteger, nullable=False, index=True),
        *columns,
        Index(f"ix_{table.name}_history_id_ended_at", "id", "ended_at"),
        Index(f"ix_{table.name}_history_change_id", "change_id"),
    )


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    # A geometry type remembers whether its column may be null: the copy needs one of its own.
    return Geometry(kind.geometry_type, srid=kind.srid, spatial_index=False) if isinstance(kind, Geometry) else kind


PARCEL_HISTORY = _history_of(Parcel.__table__)  # type: ignore[arg-type]
AREA_HISTORY = _history_of(Area.__table__)  # type: ignore[arg-type]
AREA_MEMBER_HISTORY = _history_of(AreaMember.__table__)  # type: ignore[arg-type]
