"""State, counties and municipalities with their official keys, and the keys that mergers have superseded."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import (
    Base,
    FromDataSet,
    geometry_column,
    in_range,
    key_of_source,
    one_of,
    tile_copy,
    valid_geometry,
)


class AdminLevel(StrEnum):
    """Levels of the administrative tree; the length of the official key follows: 2, 5 and 8 digits."""

    STATE = "state"
    COUNTY = "county"
    MUNICIPALITY = "municipality"


class AdminUnit(FromDataSet, Base):
    """An administrative unit of today's territory, keyed by its official municipality key (AGS, text)."""

    __tablename__ = "admin_unit"

    ags: Mapped[str] = mapped_column(String(8), primary_key=True)
    level: Mapped[str] = mapped_column(String(12))
    name: Mapped[str]
    kind: Mapped[str | None]
    parent_ags: Mapped[str | None] = mapped_column(ForeignKey("admin_unit.ags"), index=True)
    region: Mapped[str | None]
    population: Mapped[int | None]
    trade_tax_multiplier: Mapped[int | None]
    trade_tax_year: Mapped[int | None]
    label_point: Mapped[WKBElement | None] = mapped_column(geometry_column("POINT"))
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTIPOLYGON"))
    geom_3857: Mapped[WKBElement] = tile_copy("MULTIPOLYGON")
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]

    __table_args__ = key_of_source(
        one_of("level", AdminLevel),
        valid_geometry(),
        in_range("population", 0, None),
        in_range("trade_tax_multiplier", 200, 1000),
        CheckConstraint(
            "ags ~ '^[0-9]+$' and length(ags) = case level when 'state' then 2 when 'county' then 5 else 8 end",
            name="ags_fits_level",
        ),
        CheckConstraint("starts_with(ags, parent_ags)", name="parent_is_prefix"),
        Index("ix_admin_unit_geom", "geom", postgresql_using="gist"),
        Index("ix_admin_unit_geom_3857", "geom_3857", postgresql_using="gist"),
    )


class SupersededKey(Base):
    """A key that a merger abolished, and the unit its land belongs to today (Eisenach 16056000 → 16063105)."""

    __tablename__ = "superseded_key"

    ags: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str]
    successor_ags: Mapped[str] = mapped_column(ForeignKey("admin_unit.ags"), index=True)
