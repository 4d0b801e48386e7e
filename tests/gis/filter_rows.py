"""Rows of every kind of value to filter: a table of its own, with names that SQL knows otherwise."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, MetaData, Table, Text, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from landportal.gis import cql2
from landportal.gis.fields import Field, FilterSource, Kind

KINDS = {
    "name": Kind.TEXT, 'the "best" größe': Kind.TEXT, "count": Kind.INTEGER, "share": Kind.NUMBER, "other": Kind.NUMBER,
    "boolean": Kind.BOOLEAN, "select": Kind.BOOLEAN, "date": Kind.DATE, "start": Kind.MOMENT, "end": Kind.MOMENT,
    "tags": Kind.TEXTS,
}  # fmt: skip
TYPES = {
    Kind.TEXT: Text(), Kind.INTEGER: BigInteger(), Kind.NUMBER: Double(), Kind.BOOLEAN: Boolean(), Kind.DATE: Date(),
    Kind.MOMENT: DateTime(timezone=True), Kind.TEXTS: ARRAY(Text()),
}  # fmt: skip


class Rows:
    """A table of rows called by a key, and which of them a filter finds."""

    def __init__(self, session: Session, srid: int = 4326) -> None:
        self.session = session
        columns = [Column(name, TYPES[kind]) for name, kind in KINDS.items()]
        shape = Column("geom", Geometry(None, srid=-1, spatial_index=False))
        self.table = Table("filtered", MetaData(), Column("key", Text), *columns, shape, prefixes=["TEMPORARY"])
        self.table.create(session.connection())
        fields = tuple(Field(name, kind, self.table.c[name], name, name) for name, kind in KINDS.items())
        self.source = FilterSource(fields, self.table.c.geom, srid)

    def add(self, key: str, shape: str | None = None, **values: Any) -> Rows:
        """A row; `shape` is WKT in the table's CRS."""
        geom = None if shape is None else f"SRID={self.source.srid};{shape}"
        self.session.execute(insert(self.table).values({"key": key, "geom": geom, **values}))
        return self

    def found(self, text: str, lang: str = "cql2-text", srid: int = 4326, **told: bool) -> set[str]:
        """The keys of the rows for which the filter is true."""
        condition = cql2.compile_filter(text, lang, self.source, srid, **told)
        with self.session.begin_nested():
            return set(self.session.scalars(select(self.table.c.key).where(condition)))
