"""Places and destinations put together: the way of every place to the nearest destination, in bulk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from landportal.gis.geometry import Geometries
from landportal.gis.network.access import Access, Entries, ramps_at, without
from landportal.gis.network.graph import RoadGraph
from landportal.gis.network.routing import Reach, Router, Ways
from landportal.model import Vehicle

JUNCTION_M = 1_000.0
"""Ramps within this of a junction's point belong to it: a point stands in the middle of loops 500 m wide."""

SETTLEMENT_M = 100.0
"""Less than this inside a settlement is a sign at its edge, not a way through it."""


@dataclass(frozen=True)
class Searcher:
    """What searches one graph for one vehicle."""

    router: Router
    access: Access

    @classmethod
    def of(cls, graph: RoadGraph, vehicle: Vehicle) -> Searcher:
        """The searcher of `graph`: made once, used for all places."""
        return cls(Router(graph, vehicle), Access(graph, vehicle))

    def reach_of(self, place: Geometries, limit: float) -> Reach:
        """From where the one place in `place` is reached within `limit` minutes."""
        return self.router.reach(self.access.entries(place), limit)


class Destinations:
    """The destinations of one kind tied to a graph, searched once; `ways_from` then answers for any places."""

    def __init__(self, searcher: Searcher, points: Geometries, junctions: bool = False) -> None:
        self._searcher = searcher
        self._entries = searcher.access.entries(points)
        if junctions:
            ramps = ramps_at(searcher.router.graph, points, JUNCTION_M)
            self._entries = Entries.joined(without(self._entries, ramps.place), ramps)
        self._reach: Reach = searcher.router.reach(self._entries)

    def ways_from(self, entries: Entries, count: int) -> Ways:
        """The quickest way of each of `count` places over its `entries`."""
        return self._searcher.router.ways(entries, count, self._entries, self._reach)


def through_settlement(ways: Ways) -> list[bool | None]:
    """Whether each way passes through a settlement; None where the graph does not tell, or there is no way."""
    through = ways.built_up_m >= SETTLEMENT_M
    silent = ~through & (ways.unknown_m >= SETTLEMENT_M)
    told = zip(np.isfinite(ways.minutes), silent, through, strict=True)
    return [bool(inside) if there and not hidden else None for there, hidden, inside in told]
