"""What surrounds a parcel: infrastructure points, constraint zones, and roads, those to come included."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from geoalchemy2 import WKBElement
from sqlalchemy import Identity, Index, Numeric, String
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


class InfrastructureKind(StrEnum):
    """Kinds of infrastructure points. Each parcel knows the nearest of the first five (``parcel.NEAREST``)."""

    MOTORWAY_JUNCTION = "motorway_junction"
    RAIL_FREIGHT = "rail_freight"
    STATION = "station"
    AIRPORT = "airport"
    SUBSTATION = "substation"
    AIRFIELD = "airfield"


class ConstraintKind(StrEnum):
    """Why land cannot, or not freely, be built on."""

    FLOOD = "flood"
    NATURE = "nature"
    WATER = "water"
    HERITAGE = "heritage"
    CONTAMINATION = "contamination"
    POWER_LINE = "power_line"
    FOREST = "forest"
    MINING = "mining"


class ConstraintGrade(StrEnum):
    """How hard a constraint bites."""

    EXCLUDED = "excluded"
    RESTRICTED = "restricted"


class RoadClass(StrEnum):
    """Class of a road, after its bearer."""

    MOTORWAY = "motorway"
    FEDERAL_ROAD = "federal_road"
    STATE_ROAD = "state_road"
    LOCAL_ROAD = "local_road"


class RoadState(StrEnum):
    """Whether a road can be driven, is being built or only planned."""

    OPEN = "open"
    UNDER_CONSTRUCTION = "under_construction"
    PLANNED = "planned"


class Infrastructure(FromDataSet, Base):
    """A point of infrastructure; `accuracy` says in words how well its position is known."""

    __tablename__ = "infrastructure"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str]
    ref: Mapped[str | None]
    number: Mapped[str | None]
    detail: Mapped[str | None]
    voltage_kv: Mapped[int | None]
    accuracy: Mapped[str | None]
    source: Mapped[str | None]
    attribution: Mapped[str | None]
    schematic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"))
    geom_3857: Mapped[WKBElement] = tile_copy("POINT")

    __table_args__ = key_of_source(
        one_of("kind", InfrastructureKind),
        valid_geometry(),
        in_range("voltage_kv", 0, 1200),
        Index("ix_infrastructure_geom_3857", "geom_3857", postgresql_using="gist"),
        # Kind first (btree_gist): the nearest of a kind is then one step of an index scan, however rare the kind.
        Index("ix_infrastructure_kind_geom", "kind", "geom", postgresql_using="gist"),
    )


class ConstraintZone(FromDataSet, Base):
    """A zone whose law or nature limits building."""

    __tablename__ = "constraint_zone"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str | None]
    grade: Mapped[str] = mapped_column(String(12), server_default=ConstraintGrade.RESTRICTED)
    legal_basis: Mapped[str | None]
    schematic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTIPOLYGON"))
    geom_3857: Mapped[WKBElement] = tile_copy("MULTIPOLYGON")

    __table_args__ = key_of_source(
        one_of("kind", ConstraintKind),
        one_of("grade", ConstraintGrade),
        valid_geometry(),
        Index("ix_constraint_zone_geom", "geom", postgresql_using="gist"),
        Index("ix_constraint_zone_geom_3857", "geom_3857", postgresql_using="gist"),
    )


class Road(FromDataSet, Base):
    """A stretch of road; roads to come carry their state and the day they are expected to open."""

    __tablename__ = "road"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    road_class: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str | None]
    name: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(20), server_default=RoadState.OPEN)
    opens_on: Mapped[dt.date | None]
    length_m: Mapped[Decimal | None] = mapped_column(Numeric(12, 1))
    schematic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTILINESTRING"))
    geom_3857: Mapped[WKBElement] = tile_copy("MULTILINESTRING")

    __table_args__ = key_of_source(
        one_of("road_class", RoadClass),
        one_of("state", RoadState),
        valid_geometry(),
        in_range("length_m", 0, None),
        Index("ix_road_geom", "geom", postgresql_using="gist"),
        Index("ix_road_geom_3857", "geom_3857", postgresql_using="gist"),
    )
