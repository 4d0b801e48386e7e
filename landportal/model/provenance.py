"""Where every row comes from, and how often each subject has changed: data sets, import runs, revisions."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Identity, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base


class DataSet(Base):
    """A delivered data set with its licence; `data_date` is the day its facts describe, not the day of import."""

    __tablename__ = "data_set"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    title_de: Mapped[str]
    title_en: Mapped[str]
    publisher: Mapped[str]
    licence: Mapped[str]
    licence_url: Mapped[str | None]
    attribution: Mapped[str]
    source_url: Mapped[str | None]
    data_date: Mapped[dt.date | None]
    schematic: Mapped[bool] = mapped_column(server_default="false")
    note_de: Mapped[str | None]
    note_en: Mapped[str | None]

    __table_args__ = (CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]*$'", name="name_slug"),)


class ImportRun(Base):
    """One applied import: which file, when, and what became of its rows."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    data_set_id: Mapped[int] = mapped_column(ForeignKey("data_set.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str]
    file_sha256: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    counts: Mapped[dict[str, int]] = mapped_column(JSONB)


class Revision(Base):
    """A counter per subject, moved by the transaction that changes the subject: the validator of tiles and lists."""

    __tablename__ = "revision"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[int] = mapped_column(server_default="1")
