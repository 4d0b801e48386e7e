"""Every parcel's way by lorry to the nearest destination of each kind: found in bulk, kept, read.

Ways are facts of one graph: rows of another one are out of date. Found rows replace old ones in the caller's
transaction, so that nobody sees half of them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from landportal.gis import relations
from landportal.gis.geometry import Geometries
from landportal.gis.network.access import REAL, SCHEMATIC
from landportal.gis.network.nearest import Destinations, through_settlement
from landportal.model import (
    TRAVEL_KINDS,
    DataSet,
    Infrastructure,
    Parcel,
    ParcelTravel,
    RoadGraph,
    Vehicle,
)
from landportal.services import jobs
from landportal.services.road_graphs import keeping

PARCELS_AT_ONCE = 20_000
COLUMNS = ("parcel_id", "kind", "graph_id", "shape", "target_id", "minutes", "km", "access_m", "through_settlement")
COMPUTE = "compute_travel"
ISOCHRONES = "compute_isochrones"


@dataclass(frozen=True)
class Found:
    """How many parcels were looked at, and how many of them lie off the graph."""

    parcels: int = 0
    off_graph: int = 0


def travel_of(session: Session, parcel_ids: Collection[int] | None = None) -> Found:
    """Find the ways of the parcels `parcel_ids` (None: of all) in the graph that is loaded.

    Repeating it changes nothing: rows that say the same stay as they are. Calls may run side by side; who imports a
    graph waits for them, and they for it. Without a graph no ways are kept. Isochrones are left to a job.
    """
    keeping.hold_graph(session)
    kept = keeping.current_graph(session)
    if kept is None:
        session.execute(delete(ParcelTravel))
        return Found()
    finder = _Finder(session, kept)
    found = 0
    for chunk in _parcels(session, parcel_ids):
        session.execute(text(_STAGE))
        keeping.copy_rows(session, "travel_stage", COLUMNS, finder.rows(chunk))
        session.execute(text(_TAKE_OVER))
        found += len(chunk.ids)
    if found:
        jobs.defer(session, ISOCHRONES, lock=ISOCHRONES)
    return Found(found, finder.off_graph)


def bring_up_to_date(session: Session, *, everything: bool = False) -> Found:
    """Find the ways of the parcels that lack them, or of all."""
    wanted = None if everything else without_travel(session)
    return travel_of(session, wanted) if wanted is None or wanted else Found()


def without_travel(session: Session) -> list[int]:
    """Parcels whose ways are not known in the graph that is loaded: new, moved, or of a graph before."""
    kept = keeping.current_graph(session)
    if kept is None:
        return []
    known = (
        select(ParcelTravel.parcel_id)
        .where(ParcelTravel.parcel_id == Parcel.id, ParcelTravel.kind == "motorway")
        .where(ParcelTravel.graph_id == kept.id, ParcelTravel.shape == relations.SHAPE)
    )
    return list(session.scalars(select(Parcel.id).where(~known.exists()).order_by(Parcel.id)))


@dataclass(frozen=True)
class Way:
    """A way by lorry. `bearing_deg` is from the destination to the parcel, as in `parcels.NearestPlace`."""

    kind: str
    place: Infrastructure
    place_data: DataSet
    minutes: float
    km: float
    access_m: float
    through_settlement: bool | None
    bearing_deg: float


@dataclass(frozen=True)
class Travel:
    """What the graph tells about one parcel. `off_graph`: it lies too far from every road of the graph.

    `waiting`: its ways are still to be found.
    """

    parcel_id: int
    graph: RoadGraph
    data_set: DataSet
    ways: tuple[Way, ...]
    off_graph: bool
    waiting: bool

    @property
    def reach_km(self) -> float:
        """How far from a road of the graph a place may lie."""
        return (SCHEMATIC if self.graph.schematic else REAL).reach_m / 1000

    def way(self, kind: str) -> Way | None:
        """The way to the nearest destination of `kind`."""
        return next((way for way in self.ways if way.kind == kind), None)


def of_parcel(session: Session, parcel_id: int) -> Travel | None:
    """The ways of one parcel; None where no graph is loaded."""
    found = session.execute(
        select(RoadGraph, DataSet).join(DataSet).order_by(RoadGraph.id.desc()).limit(1)
    ).first()  # fmt: skip
    if found is None:
        return None
    rows = session.execute(_WAYS, {"parcel_id": parcel_id, "graph_id": found.RoadGraph.id}).all()
    ways = tuple(
        Way(
            row.ParcelTravel.kind, row.Infrastructure, row.DataSet, row.ParcelTravel.minutes, row.ParcelTravel.km,
            row.ParcelTravel.access_m, row.ParcelTravel.through_settlement, row.bearing_deg,
        )
        for row in rows if row.Infrastructure is not None
    )  # fmt: skip
    off = bool(rows) and all(row.ParcelTravel.access_m is None for row in rows)
    return Travel(parcel_id, found.RoadGraph, found.DataSet, ways, off, waiting=not rows)


_WAYS = relations.ways()


_STAGE = """
create temp table if not exists travel_stage (like parcel_travel including defaults) on commit drop;
truncate travel_stage
"""
# In the order of the key, so that two calls at once that meet wait for each other and never block each other.
_TAKE_OVER = """
insert into parcel_travel as kept select s.* from travel_stage s join parcel p on p.id = s.parcel_id
order by s.parcel_id, s.kind
on conflict (parcel_id, kind) do update
set graph_id = excluded.graph_id, shape = excluded.shape, target_id = excluded.target_id, minutes = excluded.minutes,
    km = excluded.km, access_m = excluded.access_m, through_settlement = excluded.through_settlement,
    computed_at = excluded.computed_at
where (kept.graph_id, kept.shape, kept.target_id, kept.minutes, kept.km, kept.access_m, kept.through_settlement)
    is distinct from (excluded.graph_id, excluded.shape, excluded.target_id, excluded.minutes, excluded.km,
        excluded.access_m, excluded.through_settlement)
"""


class _Finder:
    """The destinations of all kinds, searched once for all parcels."""

    def __init__(self, session: Session, kept: RoadGraph) -> None:
        self.graph_id = kept.id
        self.off_graph = 0
        searcher = keeping.searcher(session, kept, Vehicle.LORRY)
        self._access = searcher.access
        self._targets: dict[str, list[int]] = {}
        self._destinations: dict[str, Destinations] = {}
        for prefix, kind in TRAVEL_KINDS.items():
            ids, points = _points_of(session, kind)
            self._targets[prefix] = ids
            self._destinations[prefix] = Destinations(searcher, points, junctions=prefix == "motorway")

    def rows(self, chunk: _Chunk) -> Iterator[tuple[Any, ...]]:
        """One row a parcel and kind, in the order of COLUMNS."""
        entries = self._access.entries(chunk.places)
        self.off_graph += len(chunk.ids) - len(np.unique(entries.place))
        for prefix, destinations in self._destinations.items():
            ways, targets = destinations.ways_from(entries, len(chunk.ids)), self._targets[prefix]
            there = np.isfinite(ways.minutes).tolist()
            for row in zip(
                chunk.ids, chunk.shapes, there, ways.minutes.tolist(), ways.target.tolist(),
                (ways.metres / 1000).tolist(), ways.straight_m.tolist(), through_settlement(ways), strict=True,
            ):  # fmt: skip
                parcel_id, shape, found, minutes, target, km, access_m, through = row
                way = (targets[target], minutes, km) if found else (None, None, None)
                access = None if math.isnan(access_m) else access_m
                yield parcel_id, prefix, self.graph_id, shape, *way, access, through


@dataclass(frozen=True)
class _Chunk:
    """Some parcels: ids, what tells their shapes apart, and the shapes."""

    ids: list[int]
    shapes: list[int]
    places: Geometries


def _points_of(session: Session, kind: str) -> tuple[list[int], Geometries]:
    rows = session.execute(
        select(Infrastructure.id, func.st_asbinary(Infrastructure.geom))
        .where(Infrastructure.kind == kind)
        .order_by(Infrastructure.id)
    ).all()
    return [row[0] for row in rows], _shapes(row[1] for row in rows)


def _shapes(wkb: Iterator[bytes] | Any) -> Geometries:
    return np.asarray(shapely.from_wkb(np.array(list(wkb), dtype=object)), dtype=object)


def _parcels(session: Session, parcel_ids: Collection[int] | None) -> Iterator[_Chunk]:
    """The parcels in chunks, in the order of the key; memory is bounded by one chunk."""
    wanted = None if parcel_ids is None else sorted(parcel_ids)
    last = 0
    while True:
        chunk = (
            select(Parcel.id, relations.SHAPE, func.st_asbinary(Parcel.geom))
            .where(Parcel.id > last)
            .order_by(Parcel.id)
        )
        if wanted is not None:
            ahead = wanted[:PARCELS_AT_ONCE]
            wanted = wanted[PARCELS_AT_ONCE:]
            chunk = chunk.where(Parcel.id.in_(ahead))
        rows = session.execute(chunk.limit(PARCELS_AT_ONCE)).all()
        if rows:
            last = rows[-1][0]
            yield _Chunk([row[0] for row in rows], [row[1] for row in rows], _shapes(row[2] for row in rows))
        if not wanted and (wanted is not None or not rows):
            return
