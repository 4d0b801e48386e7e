"""How places reach the network: the nearest road that land may be reached from, and the straight stretch to it.

A schematic graph has few roads and no entrances, so that there each of its nodes is a way in as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely import STRtree

from landportal.gis.geometry import Geometries
from landportal.gis.network.graph import Flags, Floats, Ints, RoadGraph
from landportal.model import Vehicle

NO_EDGE = -1


@dataclass(frozen=True)
class AccessRule:
    """Beyond `reach_m` a place lies off the graph; up to it, it is reached at `speed_kmh` on `detour` times the line.

    Assumptions of ours (November 2026): local roads bend by about a third and are driven at 30 km/h.
    """

    reach_m: float
    detour: float = 1.3
    speed_kmh: float = 30.0

    @property
    def minutes_per_m(self) -> float:
        """Minutes that a metre of straight line takes."""
        return self.detour * 0.06 / self.speed_kmh


REAL = AccessRule(2_000)
SCHEMATIC = AccessRule(10_000, speed_kmh=45.0)
"""Between the few roads of a schematic graph lie county roads: longer stretches, driven faster."""


def rule_of(graph: RoadGraph) -> AccessRule:
    """How far from this graph a place still counts as reached by it."""
    return SCHEMATIC if graph.schematic else REAL


@dataclass(frozen=True)
class Entries:
    """Where places enter the network, one row an entry: on an edge at `fraction` of its length, or at a node."""

    place: Ints
    edge: Ints
    """NO_EDGE where the entry is a node."""
    fraction: Floats
    node: Ints
    straight_m: Floats

    @classmethod
    def none(cls) -> Entries:
        """No entry at all."""
        whole, real = np.zeros(0, dtype=np.int64), np.zeros(0)
        return cls(whole, whole, real, whole, real)

    @classmethod
    def joined(cls, *parts: Entries) -> Entries:
        """All entries of `parts`."""
        names = ("place", "edge", "fraction", "node", "straight_m")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


class Access:
    """Finds the entries of places into one graph for one vehicle."""

    def __init__(self, graph: RoadGraph, vehicle: Vehicle) -> None:
        self.graph = graph
        self.rule = rule_of(graph)
        self._usable_nodes = graph.usable_nodes(vehicle)
        drivable = np.isfinite(graph.forth[vehicle]) | np.isfinite(graph.back[vehicle])
        ends = self._usable_nodes[graph.source] & self._usable_nodes[graph.target]
        self.edges: Ints = np.flatnonzero(drivable & ends & ~graph.on_motorway)
        """Edges that land is reached from."""

    @property
    def nodes(self) -> Ints:
        """Nodes that land is reached from, of a schematic graph."""
        return np.flatnonzero(self._usable_nodes) if self.graph.schematic else np.zeros(0, dtype=np.int64)

    @cached_property
    def _edge_tree(self) -> STRtree:
        return STRtree(self.graph.lines[self.edges])

    @cached_property
    def _node_tree(self) -> STRtree:
        return STRtree(_points(self.graph.nodes[self.nodes]))

    def entries(self, places: Geometries) -> Entries:
        """The nearest edge of each place, and in a schematic graph its nearest node; none beyond the rule's reach."""
        found = self._on_edges(places)
        return Entries.joined(found, self._at_nodes(places)) if self.graph.schematic else found

    def _on_edges(self, places: Geometries) -> Entries:
        if not len(self.edges) or not len(places):
            return Entries.none()
        place, near, straight = _nearest(self._edge_tree, places, self.rule.reach_m)
        edge = self.edges[near]
        lines = self.graph.lines[edge]
        at = shapely.get_point(shapely.shortest_line(places[place], lines), -1)
        fraction = shapely.line_locate_point(lines, at, normalized=True)
        return Entries(place, edge, fraction, np.full(len(place), -1), straight)

    def _at_nodes(self, places: Geometries) -> Entries:
        if not len(self.nodes) or not len(places):
            return Entries.none()
        place, near, straight = _nearest(self._node_tree, places, self.rule.reach_m)
        return Entries(place, np.full(len(place), NO_EDGE), np.zeros(len(place)), self.nodes[near], straight)


def _points(places: Floats) -> Geometries:
    return np.asarray(shapely.points(places), dtype=object)


def _nearest(tree: STRtree, places: Geometries, reach_m: float) -> tuple[Ints, Ints, Floats]:
    pairs, straight = tree.query_nearest(places, max_distance=reach_m, return_distance=True, all_matches=False)
    return pairs[0].astype(np.int64), pairs[1].astype(np.int64), straight


def ramps_at(graph: RoadGraph, points: Geometries, within_m: float) -> Entries:
    """The motorway's nodes around each point: whoever is at one of them is at the junction. Nothing is added."""
    nodes = graph.motorway_nodes
    if not len(nodes) or not len(points):
        return Entries.none()
    tree = STRtree(_points(graph.nodes[nodes]))
    place, near = tree.query(points, predicate="dwithin", distance=within_m)
    count = len(place)
    return Entries(place.astype(np.int64), np.full(count, NO_EDGE), np.zeros(count), nodes[near], np.zeros(count))


def without(entries: Entries, places: Ints) -> Entries:
    """`entries` but those of `places`."""
    keep: Flags = ~np.isin(entries.place, places)
    return Entries(*(getattr(entries, name)[keep] for name in ("place", "edge", "fraction", "node", "straight_m")))
