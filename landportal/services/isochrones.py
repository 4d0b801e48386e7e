"""From where a parcel is reached by car within 15 to 60 minutes, and who lives there: worked out by jobs, kept, read.

A car to the parcel: what is asked is who can come to work. Out of date is what another graph told, or nobody yet.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import case, cast, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from landportal.gis import geometry
from landportal.gis.geometry import Geometries
from landportal.gis.network.isochrones import areas, field_of, people_inside
from landportal.model import (
    ISOCHRONE_MINUTES,
    AdminLevel,
    AdminUnit,
    Parcel,
    ParcelIsochrone,
    ParcelStatus,
    RoadGraph,
    Vehicle,
)
from landportal.services import parcels
from landportal.services.permissions import visible_to_public
from landportal.services.road_graphs import keeping
from landportal.services.travel import Travel

PARCELS_AT_ONCE = 25
"""One job's work: seconds, so that mails and imports come in between."""

COORDINATE_DIGITS = 4
"""Ten metres: finer than the cells the areas are made of."""


@dataclass(frozen=True)
class Isochrone:
    """How many people reach the parcel within so many minutes by car."""

    minutes: int
    people: int


def of_travel(session: Session, told: Travel) -> tuple[Isochrone, ...] | None:
    """The isochrones of a parcel, the nearest first; empty where it is off the graph, None where still to be found."""
    kept = ParcelIsochrone
    rows = session.execute(
        select(kept.minutes, kept.people)
        .where(kept.parcel_id == told.parcel_id, kept.graph_id == told.graph.id)
        .order_by(kept.minutes)
    ).all()
    return tuple(Isochrone(row.minutes, row.people) for row in rows if row.people is not None) if rows else None


def geojson_of(session: Session, number: str) -> str:
    """The areas around parcel `number` as a GeoJSON FeatureCollection (WGS 84), the largest first.

    So the smaller are drawn above. Empty where there are none (yet); errors as `parcels.get_parcel`.
    """
    parcels.refuse_withdrawn(session, number)
    kept = ParcelIsochrone
    shape = cast(func.st_asgeojson(func.st_transform(kept.geom, 4326), COORDINATE_DIGITS), JSONB)
    newest = select(func.max(RoadGraph.id)).scalar_subquery()
    rows = session.execute(
        select(kept.minutes, kept.people, RoadGraph.schematic, shape)
        .join(Parcel, Parcel.id == kept.parcel_id)
        .join(RoadGraph, RoadGraph.id == kept.graph_id)
        .where(Parcel.number == number, kept.graph_id == newest, kept.geom.is_not(None))
        .order_by(kept.minutes.desc())
    ).all()
    features = [
        {
            "type": "Feature",
            "properties": {"minutes": minutes, "people": people, "schematic": schematic},
            "geometry": drawn,
        }
        for minutes, people, schematic, drawn in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


def compute_some(session: Session, limit: int = PARCELS_AT_ONCE) -> bool:
    """Find the isochrones of up to `limit` parcels that lack them, those on offer first; whether any are left."""
    kept = keeping.current_graph(session)
    if kept is None:
        session.execute(delete(ParcelIsochrone))
        return False
    waiting = list(session.scalars(_lacking(kept.id).limit(limit + 1)))
    if waiting:
        compute(session, kept, waiting[:limit])
    return len(waiting) > limit


def _lacking(graph_id: int) -> Any:
    known = select(ParcelIsochrone.parcel_id).where(ParcelIsochrone.graph_id == graph_id)
    on_offer = case((Parcel.status == ParcelStatus.AVAILABLE, 0), else_=1)
    return select(Parcel.id).where(Parcel.id.not_in(known), visible_to_public()).order_by(on_offer, Parcel.id)


def compute(session: Session, kept: RoadGraph, parcel_ids: list[int]) -> None:
    """Find and keep the isochrones of these parcels."""
    searcher = keeping.searcher(session, kept, Vehicle.CAR)
    lands, people = _municipalities(session)
    limit = float(max(ISOCHRONE_MINUTES))
    for parcel_id, shape in _shapes(session, parcel_ids):
        field = field_of(searcher.access, Vehicle.CAR, searcher.reach_of(shape, limit), limit)
        found = (
            np.full(len(ISOCHRONE_MINUTES), None, dtype=object) if field is None else areas(field, ISOCHRONE_MINUTES)
        )
        counted = people_inside(found, lands, people).tolist() if field is not None else [None] * len(found)
        _keep(session, kept.id, parcel_id, found, counted)


def _keep(session: Session, graph_id: int, parcel_id: int, found: Geometries, counted: list[int | None]) -> None:
    session.execute(delete(ParcelIsochrone).where(ParcelIsochrone.parcel_id == parcel_id))
    rows = [
        {"parcel_id": parcel_id, "minutes": minutes, "graph_id": graph_id, "people": people, "geom": shape}
        for minutes, people, shape in zip(ISOCHRONE_MINUTES, counted, geometry.as_hex_ewkb(found), strict=True)
    ]
    session.execute(insert(ParcelIsochrone), rows)


def count_people(session: Session) -> int:
    """Count the people in every kept area anew: borders or populations have changed; how many areas."""
    lands, people = _municipalities(session)
    rows = session.execute(
        select(ParcelIsochrone.parcel_id, ParcelIsochrone.minutes, func.st_asbinary(ParcelIsochrone.geom))
        .where(ParcelIsochrone.geom.is_not(None)),
        execution_options={"yield_per": 200},
    )  # fmt: skip
    counted = 0
    for batch in rows.partitions():
        shapes = np.asarray(shapely.from_wkb(np.array([row[2] for row in batch], dtype=object)), dtype=object)
        for row, inside in zip(batch, people_inside(shapes, lands, people).tolist(), strict=True):
            here = (ParcelIsochrone.parcel_id == row[0], ParcelIsochrone.minutes == row[1])
            session.execute(update(ParcelIsochrone).where(*here).values(people=inside))
        counted += len(batch)
    return counted


def _municipalities(session: Session) -> tuple[Geometries, Any]:
    """Outlines and people of today's municipalities; one whose people nobody counted adds none."""
    rows = session.execute(
        select(func.st_asbinary(AdminUnit.geom), func.coalesce(AdminUnit.population, 0))
        .where(AdminUnit.level == AdminLevel.MUNICIPALITY, AdminUnit.valid_to.is_(None))
    ).all()  # fmt: skip
    lands = np.asarray(shapely.from_wkb(np.array([row[0] for row in rows], dtype=object)), dtype=object)
    return lands, np.array([row[1] for row in rows], dtype=np.int64)


def _shapes(session: Session, parcel_ids: list[int]) -> Any:
    rows = session.execute(
        select(Parcel.id, func.st_asbinary(Parcel.geom)).where(Parcel.id.in_(parcel_ids)).order_by(Parcel.id)
    ).all()
    return [(row[0], np.asarray(shapely.from_wkb(np.array([row[1]], dtype=object)), dtype=object)) for row in rows]
