"""Stretches of road become a graph: ends that lie together become one node, classes and signs become minutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
import shapely
from numpy.typing import NDArray

from landportal.gis.geometry import Geometries
from landportal.gis.network import speeds
from landportal.gis.network.graph import Flags, Floats, Ints, RoadGraph
from landportal.model import Vehicle

SNAP_M = 1.0
"""Ends of lines that are nearer than this are one node; editors leave gaps of centimetres."""

SIMPLIFY_M = 1.0
"""Courses are kept to a metre: lengths are measured before."""


@dataclass(frozen=True)
class Stretches:
    """Roads cut where they meet, one row a stretch. `length_m` and `driven_kmh` are NaN where the source is silent.

    `forth` and `back` say who may drive along the line and against it; `driven_kmh` is a stated average of cars.
    """

    lines: Geometries
    kind: NDArray[np.int8]
    built_up: NDArray[np.int8]
    sign_kmh: Floats
    driven_kmh: Floats
    separated: Flags
    forth: dict[Vehicle, Flags]
    back: dict[Vehicle, Flags]
    length_m: Floats
    ref: list[str | None]
    name: list[str | None]


@dataclass(frozen=True)
class Network:
    """A graph with what its edges are called."""

    graph: RoadGraph
    ref: list[str | None]
    name: list[str | None]


@dataclass(frozen=True)
class Pieces:
    """How well a graph holds together: its parts, and the share of its kilometres in the largest one."""

    count: int
    largest_share: float


def build(stretches: Stretches, ends: tuple[Ints, Ints, Floats] | None = None, schematic: bool = False) -> Network:
    """The network of `stretches`. `ends`: source, target and places of the nodes; without them ends are joined."""
    source, target, nodes = ends or joined_ends(stretches.lines)
    drawn = shapely.length(stretches.lines)
    length = np.where(np.isnan(stretches.length_m), drawn, stretches.length_m)
    forth, back = {}, {}
    for vehicle in Vehicle:
        driven = _driven_kmh(stretches, vehicle)
        took = speeds.minutes(length, driven)
        forth[vehicle] = np.where(stretches.forth[vehicle], took, np.inf)
        back[vehicle] = np.where(stretches.back[vehicle], took, np.inf)
    graph = RoadGraph(
        nodes, source, target, stretches.kind, length, forth, back, stretches.built_up,
        np.asarray(shapely.simplify(stretches.lines, SIMPLIFY_M), dtype=object), schematic,
    )  # fmt: skip
    return Network(graph, stretches.ref, stretches.name)


def _driven_kmh(stretches: Stretches, vehicle: Vehicle) -> Floats:
    worked_out = speeds.speeds_kmh(vehicle, stretches.kind, stretches.built_up, stretches.sign_kmh, stretches.separated)
    stated = stretches.driven_kmh
    if vehicle is Vehicle.LORRY:
        stated = np.minimum(stated, worked_out)
    return np.where(np.isnan(stretches.driven_kmh), worked_out, stated)


def joined_ends(lines: Geometries) -> tuple[Ints, Ints, Floats]:
    """Source and target node of each line, and where the nodes are: ends within SNAP_M of each other are one."""
    starts, stops = (shapely.get_coordinates(shapely.get_point(lines, place)) for place in (0, -1))
    ends = np.concatenate([starts, stops])
    near = scipy.spatial.KDTree(ends).query_pairs(SNAP_M, output_type="ndarray") if len(ends) else np.zeros((0, 2), int)
    together = scipy.sparse.coo_array((np.ones(len(near), np.int8), (near[:, 0], near[:, 1])), shape=(len(ends),) * 2)
    _, label = scipy.sparse.csgraph.connected_components(together, directed=False)
    _, first, node = np.unique(label, return_index=True, return_inverse=True)
    return node[: len(starts)].astype(np.int64), node[len(starts) :].astype(np.int64), ends[first]


def pieces_of(graph: RoadGraph) -> Pieces:
    """How the graph falls apart, ways being open both ways."""
    ones = np.ones(len(graph.source), np.int8)
    links = scipy.sparse.coo_array((ones, (graph.source, graph.target)), shape=(graph.node_count,) * 2)
    count, label = scipy.sparse.csgraph.connected_components(links, directed=False)
    metres = np.bincount(label[graph.source], weights=graph.length_m, minlength=count)
    return Pieces(int(count), float(metres.max() / metres.sum()) if metres.sum() else 0.0)
