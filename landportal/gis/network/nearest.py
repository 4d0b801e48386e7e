"""Places and destinations put together: the way of every place to the nearest destination, in bulk."""

from __future__ import annotations

import numpy as np
import shapely

from landportal.gis.geometry import Geometries
from landportal.gis.network.access import NO_EDGE, Access, Entries, ramps_at, without
from landportal.gis.network.graph import Ints, RoadGraph
from landportal.gis.network.routing import Reach, Router, Ways
from landportal.model import Vehicle

JUNCTION_M = 1_000.0
"""Ramps within this of a junction's point belong to it: a point stands in the middle of loops 500 m wide."""

SETTLEMENT_M = 100.0
"""Less than this inside a settlement is a sign at its edge, not a way through it."""


class Destinations:
    """The destinations of one kind tied to a graph, searched once; `ways_from` then answers for any places."""

    def __init__(self, router: Router, access: Access, points: Geometries, junctions: bool = False) -> None:
        self._router, self._access = router, access
        self._entries = access.entries(points)
        if junctions:
            ramps = ramps_at(router.graph, points, JUNCTION_M)
            self._entries = Entries.joined(without(self._entries, ramps.place), ramps)
        self._reach: Reach = router.reach(self._entries)

    def ways_from(self, places: Geometries, entries: Entries | None = None) -> Ways:
        """The quickest way of each place; `entries` where they are known already."""
        found = self._access.entries(places) if entries is None else entries
        return self._router.ways(found, len(places), self._entries, self._reach)


def through_settlement(ways: Ways) -> list[bool | None]:
    """Whether each way passes through a settlement; None where the graph does not tell, or there is no way."""
    through = ways.built_up_m >= SETTLEMENT_M
    silent = ~through & (ways.unknown_m >= SETTLEMENT_M)
    return [None if not there or hidden else bool(inside)
            for there, hidden, inside in zip(np.isfinite(ways.minutes), silent, through, strict=True)]  # fmt: skip


def reach_of(router: Router, access: Access, place: Geometries, limit: float) -> Reach:
    """From where the one place in `place` is reached within `limit` minutes."""
    return router.reach(access.entries(place), limit)


def at_nodes(graph: RoadGraph, nodes: Ints) -> Entries:
    """Entries exactly at `nodes`, one place each."""
    count = len(nodes)
    return Entries(np.arange(count), np.full(count, NO_EDGE), np.zeros(count), nodes, np.zeros(count))


def vehicle_access(graph: RoadGraph, vehicle: Vehicle) -> tuple[Router, Access]:
    """What searches `graph` for `vehicle`."""
    return Router(graph, vehicle), Access(graph, vehicle)


def as_places(shapes: list[bytes]) -> Geometries:
    """Geometries out of the store's WKB."""
    return np.asarray(shapely.from_wkb(shapes), dtype=object)
