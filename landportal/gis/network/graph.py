"""The road graph as arrays: what everything here builds, searches and draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

from landportal.gis.geometry import Geometries
from landportal.model import EdgeClass, Vehicle

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

CLASSES = tuple(EdgeClass)
"""Classes by the number that stands for them in arrays."""

UNKNOWN, OUTSIDE, INSIDE = -1, 0, 1
"""Whether an edge lies inside a settlement."""

CRUMB_SHARE = 1 / 1000
"""Pieces of the graph with a smaller share of its nodes are cut-off remains (a yard, a dead end at the edge)."""


@dataclass(frozen=True)
class RoadGraph:
    """Nodes 0 … n-1 and edges 0 … m-1 between them, each drawn from `source` to `target`.

    `forth` and `back`: minutes of each vehicle along the edge and against it, infinite where it may not drive.
    """

    nodes: Floats  # n × 2
    source: Ints
    target: Ints
    kind: NDArray[np.int8]  # place in CLASSES
    length_m: Floats
    forth: Mapping[Vehicle, Floats]
    back: Mapping[Vehicle, Floats]
    built_up: NDArray[np.int8]
    lines: Geometries
    schematic: bool = False

    @property
    def node_count(self) -> int:
        """How many nodes there are."""
        return len(self.nodes)

    def is_class(self, *classes: EdgeClass) -> Flags:
        """Which edges are of one of `classes`."""
        return np.isin(self.kind, [CLASSES.index(each) for each in classes])

    @cached_property
    def on_motorway(self) -> Flags:
        """Which edges are a motorway or a ramp of one: land is not reached from them."""
        return self.is_class(EdgeClass.MOTORWAY, EdgeClass.MOTORWAY_RAMP)

    @cached_property
    def motorway_nodes(self) -> Ints:
        """Nodes at which a motorway or a ramp begins or ends."""
        return np.unique(np.concatenate([self.source[self.on_motorway], self.target[self.on_motorway]]))

    def pieces(self, vehicle: Vehicle) -> tuple[Ints, Ints]:
        """For each node the piece it belongs to, and for each piece its nodes; within one, everything reaches all."""
        forth, back = np.isfinite(self.forth[vehicle]), np.isfinite(self.back[vehicle])
        starts = np.concatenate([self.source[forth], self.target[back]])
        ends = np.concatenate([self.target[forth], self.source[back]])
        links = scipy.sparse.coo_array(
            (np.ones(len(starts), dtype=np.int8), (starts, ends)), shape=(self.node_count,) * 2
        )
        _, piece = scipy.sparse.csgraph.connected_components(links, directed=True, connection="strong")
        return piece.astype(np.int64), np.bincount(piece)

    def usable_nodes(self, vehicle: Vehicle) -> Flags:
        """Nodes that are no crumb of the graph: from them the rest is reached, and they from the rest."""
        if not self.node_count:
            return np.zeros(0, dtype=bool)
        piece, sizes = self.pieces(vehicle)
        usable: Flags = sizes[piece] >= self.node_count * CRUMB_SHARE
        return usable
