"""The road graph of the store and what is derived from it: a parcel's ways by lorry, and what lies within minutes.

There is one graph at a time. How it is made and searched is `gis.network`, what is kept `services.travel`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, geometry_column, in_range, one_of


class EdgeClass(StrEnum):
    """What kind of road an edge is."""

    MOTORWAY = "motorway"
    MOTORWAY_RAMP = "motorway_ramp"
    FEDERAL_ROAD = "federal_road"
    STATE_ROAD = "state_road"
    COUNTY_ROAD = "county_road"
    RAMP = "ramp"
    LOCAL_ROAD = "local_road"
    STREET = "street"
    SHARED_STREET = "shared_street"


class Vehicle(StrEnum):
    """Who drives: a lorry of 40 t, or a car."""

    LORRY = "lorry"
    CAR = "car"


TRAVEL_KINDS = {"motorway": "motorway_junction", "rail": "rail_freight", "airport": "airport"}
"""Kinds of destinations that ways are kept for, by the prefix of a parcel's columns, and their infrastructure."""

ISOCHRONE_MINUTES = (15, 30, 45, 60)


class RoadGraph(Base):
    """The graph that ways are looked for in; the newest row counts. `schematic`: courses and speeds are rough."""

    __tablename__ = "road_graph"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    data_set_id: Mapped[int] = mapped_column(ForeignKey("data_set.id"), index=True)
    file_name: Mapped[str]
    schematic: Mapped[bool]
    nodes: Mapped[int]
    edges: Mapped[int]
    length_km: Mapped[float]
    built_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class RoadNode(Base):
    """Where edges meet or end."""

    __tablename__ = "road_node"

    graph_id: Mapped[int] = mapped_column(ForeignKey("road_graph.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    geom: Mapped[WKBElement] = mapped_column(geometry_column("POINT"))


class RoadEdge(Base):
    """A stretch of road between two nodes, drawn from `source` to `target`.

    Minutes from source to target, and back; None where the vehicle may not drive that way. `built_up`: whether it lies
    inside a settlement, None where the data do not say.
    """

    __tablename__ = "road_edge"

    graph_id: Mapped[int] = mapped_column(ForeignKey("road_graph.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[int]
    target: Mapped[int]
    road_class: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str | None]
    name: Mapped[str | None]
    length_m: Mapped[float]
    lorry_min: Mapped[float | None]
    lorry_back_min: Mapped[float | None]
    car_min: Mapped[float | None]
    car_back_min: Mapped[float | None]
    built_up: Mapped[bool | None]
    geom: Mapped[WKBElement] = mapped_column(geometry_column("LINESTRING"))

    __table_args__ = (one_of("road_class", EdgeClass), in_range("length_m", 0, None))


class ParcelTravel(Base):
    """The quickest way by lorry from a parcel to a destination of one kind, or that there is none.

    `access_m` is the straight stretch from the parcel to the network, None where it lies off the graph.
    `through_settlement`: None where the graph does not tell. `shape` is a hash of the parcel's shape it was found for.
    """

    __tablename__ = "parcel_travel"

    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    graph_id: Mapped[int]
    shape: Mapped[int] = mapped_column(BigInteger)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("infrastructure.id", ondelete="CASCADE"), index=True)
    minutes: Mapped[float | None]
    km: Mapped[float | None]
    access_m: Mapped[float | None]
    through_settlement: Mapped[bool | None]
    computed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        # The search asks for one kind up to so many minutes, and answers of the index alone.
        Index("ix_parcel_travel_minutes", "kind", "minutes", "parcel_id", postgresql_where=text("minutes is not null")),
    )


class ParcelIsochrone(Base):
    """From where a parcel is reached by car within `minutes`, and how many people live there; None: off the graph."""

    __tablename__ = "parcel_isochrone"

    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True)
    minutes: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    graph_id: Mapped[int]
    people: Mapped[int | None]
    geom: Mapped[WKBElement | None] = mapped_column(geometry_column("MULTIPOLYGON"))
    computed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
