"""From where a place is reached within so many minutes, as areas, and how many people live in them.

One field of minutes over square cells: along the roads that may be left, then off them as `access` counts it. Every
area is the cells up to its limit, so that the smaller lies in the larger by construction.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from landportal.gis.geometry import Geometries
from landportal.gis.network.access import Access
from landportal.gis.network.graph import Floats, Ints
from landportal.gis.network.routing import Reach
from landportal.model import Vehicle

CELLS_OF_REACH = 16
"""Cells between a road and the furthest place that is reached from it."""

CELLS_MAX = 4_000_000
"""Beyond, cells become larger: time and memory are bounded whatever the limit."""

_STEPS = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]


@dataclass(frozen=True)
class Field:
    """Minutes of square cells; the lower left corner of cell 0, 0 is at `west`, `south`."""

    minutes: Floats  # rows × columns
    west: float
    south: float
    cell_m: float


def field_of(access: Access, vehicle: Vehicle, reach: Reach, limit: float) -> Field | None:
    """Minutes around everything that is reached within `limit`; None where nothing is."""
    points, minutes = _along_roads(access, vehicle, reach, limit)
    if not len(points):
        return None
    cell = access.rule.reach_m / CELLS_OF_REACH
    low, high = points.min(axis=0) - access.rule.reach_m, points.max(axis=0) + access.rule.reach_m
    cell = max(cell, math.sqrt(float(np.prod(high - low)) / CELLS_MAX))
    low = np.floor(low / cell) * cell
    columns, rows = (np.ceil((high - low) / cell).astype(int) + 1).tolist()
    place = np.floor((points - low) / cell).astype(int)
    grid = np.full((rows, columns), np.inf)
    np.minimum.at(grid, (place[:, 1], place[:, 0]), minutes)
    _spread(grid, cell * access.rule.minutes_per_m, round(access.rule.reach_m / cell))
    return Field(grid, float(low[0]), float(low[1]), cell)


def _along_roads(access: Access, vehicle: Vehicle, reach: Reach, limit: float) -> tuple[Floats, Floats]:
    """Points along every road that may be left, at most half a cell apart, with their minutes to the place."""
    graph, step = access.graph, access.rule.reach_m / CELLS_OF_REACH / 2
    edges = access.edges
    ends = np.minimum(reach.minutes[graph.source[edges]], reach.minutes[graph.target[edges]])
    edges = edges[ends <= limit]
    count = np.maximum(np.ceil(graph.length_m[edges] / step).astype(int), 1) + 1
    edge = np.repeat(edges, count)
    share = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(count - 1, count)
    minutes = np.minimum(
        share * _finite(graph.back[vehicle][edge]) + reach.minutes[graph.source[edge]],
        (1 - share) * _finite(graph.forth[vehicle][edge]) + reach.minutes[graph.target[edge]],
    )
    points = shapely.get_coordinates(shapely.line_interpolate_point(graph.lines[edge], share, normalized=True))
    nodes = access.nodes
    points, minutes = (
        np.concatenate([points, graph.nodes[nodes]]),
        np.concatenate([minutes, reach.minutes[nodes]]),
    )
    inside = minutes <= limit
    return points[inside], minutes[inside]


def _finite(minutes: Floats) -> Floats:
    """No share of a forbidden way is infinite times nothing."""
    return np.where(np.isfinite(minutes), minutes, 1e9)


def _spread(grid: Floats, per_cell: float, times: int) -> None:
    """Let minutes go on from cell to cell, straight or across corners, `times` cells far."""
    rows, columns = grid.shape
    for _ in range(times):
        before = grid.copy()
        for dx, dy in _STEPS:
            took = per_cell * math.hypot(dx, dy)
            here = grid[max(dy, 0) : rows + min(dy, 0), max(dx, 0) : columns + min(dx, 0)]
            there = before[max(-dy, 0) : rows + min(-dy, 0), max(-dx, 0) : columns + min(-dx, 0)]
            np.minimum(here, there + took, out=here)


def areas(field: Field, limits: Sequence[float]) -> Geometries:
    """For each of `limits`, ascending, the MultiPolygon of what is reached within; each holds the one before."""
    found = np.full(len(limits), None, dtype=object)
    inner: Any = shapely.MultiPolygon()
    for place, limit in enumerate(limits):
        cells = shapely.union_all(_runs(field, field.minutes <= limit))
        # Stairs become slopes; what that cuts off is at most half a cell wide.
        inner = shapely.union(inner, shapely.simplify(cells, field.cell_m * 0.75))
        inner = shapely.make_valid(inner) if not shapely.is_valid(inner) else inner
        found[place] = _multi(inner)
    return found


def _runs(field: Field, inside: Any) -> Geometries:
    """Neighbouring cells of a row as one rectangle."""
    padded = np.pad(inside, ((0, 0), (1, 1))).astype(np.int8)
    row, first = np.nonzero(np.diff(padded, axis=1) == 1)
    _, last = np.nonzero(np.diff(padded, axis=1) == -1)
    west, south = field.west + first * field.cell_m, field.south + row * field.cell_m
    return np.asarray(shapely.box(west, south, field.west + last * field.cell_m, south + field.cell_m), dtype=object)


def _multi(shape: Any) -> Any:
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])


def people_inside(shapes: Geometries, lands: Geometries, people: Ints) -> Ints:
    """People in each of `shapes`: those of every land by the share of it that lies inside, as if evenly spread."""
    found = np.zeros(len(shapes), dtype=np.int64)
    whole = shapely.area(lands)
    tree = shapely.STRtree(lands)
    for place, shape in enumerate(shapes):
        if shape is None:
            continue
        shapely.prepare(shape)
        near = tree.query(shape, predicate="intersects")
        inside = shapely.contains_properly(shape, lands[near])
        share = np.where(inside, 1.0, 0.0)
        share[~inside] = shapely.area(shapely.intersection(lands[near][~inside], shape)) / whole[near][~inside]
        found[place] = round(float((share * people[near]).sum()))
    return found
