"""Erosion by a rectangle, exact at each angle: every place where the rectangle's middle may stand.

Turned by minus the angle, the rectangle is parallel to the axes. Each edge of the outline forbids the hexagon that it
sweeps along the rectangle; the polygon without those hexagons is the room of the middle. All questions of one call go
through GEOS together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.convex import Array
from landportal.gis.fit.hall import turn
from landportal.gis.fit.land import Land

Geometries = NDArray[np.object_]

_HEXAGONS_AT_ONCE = 20_000
_WEST_EAST = np.array([-1.0, 1.0, 1.0, 1.0, -1.0, -1.0])
_SOUTH_NORTH = np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Questions:
    """k rectangles at k angles (radians)."""

    angles: Array
    widths: Array
    depths: Array

    def part(self, chosen: slice | NDArray[np.bool_]) -> Questions:
        """Some of them."""
        return Questions(self.angles[chosen], self.widths[chosen], self.depths[chosen])


def rooms(land: Land, asked: Questions) -> Geometries:
    """For each rectangle the places of its middle, in coordinates turned by minus its angle; empty without any."""
    step = max(1, _HEXAGONS_AT_ONCE // len(land.edges))
    parts = [_rooms(land, asked.part(slice(at, at + step))) for at in range(0, len(asked.angles), step)]
    return np.concatenate(parts) if parts else np.array([], dtype=object)


def fits(land: Land, asked: Questions) -> NDArray[np.bool_]:
    """Which rectangles have room; one that fits without any play has none."""
    return np.asarray(shapely.area(rooms(land, asked)) > 0)


def _rooms(land: Land, asked: Questions) -> Geometries:
    back = np.stack([turn(-angle) for angle in asked.angles])
    edges = np.einsum("kij,nej->knei", back, land.edges)
    hexagons = np.asarray(shapely.polygons(_hexagons(edges, asked)), dtype=object)
    return np.asarray(shapely.difference(_turned(land.polygon, back), _united(hexagons)), dtype=object)


def _united(shapes: Geometries) -> Geometries:
    """The union of each row, two by two: half the time of GEOS's union of them all, which builds a tree first."""
    while shapes.shape[1] > 1:
        if shapes.shape[1] % 2:
            shapes = np.concatenate([shapes, np.full((len(shapes), 1), Polygon(), dtype=object)], axis=1)
        shapes = np.asarray(shapely.union(shapes[:, ::2], shapes[:, 1::2]), dtype=object)
    return shapes[:, 0]


def _turned(polygon: BaseGeometry, back: Array) -> Geometries:
    copies = np.full(len(back), polygon, dtype=object)
    points = np.einsum("kij,nj->kni", back, shapely.get_coordinates(polygon))
    return np.asarray(shapely.set_coordinates(copies, points.reshape(-1, 2)), dtype=object)


def _hexagons(edges: Array, asked: Questions) -> Array:
    """Edges (k × n × 2 × 2) swept along the rectangles: k × n × 6 × 2. Those of falling edges are mirrored."""
    swapped = edges[:, :, 0, 0] > edges[:, :, 1, 0]
    start = np.where(swapped[..., None], edges[:, :, 1], edges[:, :, 0])
    end = np.where(swapped[..., None], edges[:, :, 0], edges[:, :, 1])
    side = np.where(end[..., 1] >= start[..., 1], 1.0, -1.0)
    corners = np.stack([start, start, end, end, end, start], axis=2)
    corners[..., 0] += asked.widths[:, None, None] / 2 * _WEST_EAST
    corners[..., 1] += asked.depths[:, None, None] / 2 * (side[..., None] * _SOUTH_NORTH)
    return corners
