"""What all tables share: naming of constraints, the storage CRS, coded columns, provenance of a row.

No table lives here.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any, ClassVar

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    FetchedValue,
    ForeignKey,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.schema import SchemaItem

STORAGE_SRID = 25832
"""ETRS89 / UTM zone 32N, the official CRS of Thuringia: everything is stored and measured in it."""

M2_PER_HA = 10_000
"""Square metres of a hectare."""

TILE_SRID = 3857
"""Web Mercator: the CRS of tiles, kept beside the storage geometry because transforming per tile costs 1.5 times."""


class Base(DeclarativeBase):
    """Declarative base; constraint names follow one pattern so that migrations can address them."""

    type_annotation_map: ClassVar = {dt.datetime: DateTime(timezone=True)}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def geometry_column(kind: str, *, srid: int = STORAGE_SRID) -> Geometry:
    """The column type for a geometry of `kind`; its GiST index is declared with the table, by name."""
    return Geometry(kind, srid=srid, spatial_index=False)


def tile_copy(kind: str) -> Any:
    """The column that keeps `geom` in the CRS of tiles; the database writes it."""
    kept = Computed(f"st_transform(geom, {TILE_SRID})", persisted=True)
    return mapped_column(geometry_column(kind, srid=TILE_SRID), kept)


def valid_geometry(column: str = "geom") -> CheckConstraint:
    """`column` holds a valid geometry that is not empty (NULL passes: nullability says whether it may lack)."""
    return CheckConstraint(f"st_isvalid({column}) and not st_isempty({column})", name=f"{column}_valid")


def one_of(column: str, codes: type[StrEnum]) -> CheckConstraint:
    """`column` holds one of the closed list `codes` (NULL means unknown)."""
    listed = ", ".join(f"'{code}'" for code in codes)
    return CheckConstraint(f"{column} in ({listed})", name=f"{column}_known")


def in_range(column: str, low: float | None, high: float | None) -> CheckConstraint:
    """`column` lies within `low` and `high`, both included; None leaves that side open."""
    if low is not None and high is not None:
        rule = f"{column} between {low} and {high}"
    else:
        rule = f"{column} >= {low}" if low is not None else f"{column} <= {high}"
    return CheckConstraint(rule, name=f"{column}_range")


def kept_by_change() -> Any:
    """The column naming the change that made the row's valid version (model.history); the database writes it."""
    # No foreign key: changes are never deleted, and checking one per imported row is work for nothing.
    return mapped_column(BigInteger, index=True, server_onupdate=FetchedValue())


class FromDataSet:
    """Provenance of a row: which data set delivered it, under which key, and of which day the fact is.

    (data set, source_id) is the key by which a repeated import finds the row again.
    """

    source_id: Mapped[str] = mapped_column(String(120))
    source_date: Mapped[dt.date | None]

    @declared_attr
    def data_set_id(self) -> Mapped[int]:
        return mapped_column(ForeignKey("data_set.id"), index=True)


def key_of_source(*more: SchemaItem) -> tuple[SchemaItem, ...]:
    """Table arguments: the import key (data set, source id), followed by `more`."""
    return (UniqueConstraint("data_set_id", "source_id"), *more)
