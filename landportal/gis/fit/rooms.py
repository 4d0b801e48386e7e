"""Erosion by a rectangle, exact at each angle: every place where the rectangle's middle may stand.

A rectangle lies inside of the land where its four corners are inside of the hull and it meets nothing that the hull has
and the land lacks: bays and holes, cut into convex pieces. Each of those, grown by the rectangle, is the hull of a few
points. All questions of one call go through GEOS together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from landportal.gis.fit.convex import Array
from landportal.gis.fit.land import Land

Geometries = NDArray[np.object_]

_SHAPES_AT_ONCE = 5_000
_ONE_BY_ONE_MAX = 8
_CORNERS = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))


@dataclass(frozen=True)
class Questions:
    """k rectangles at k angles (radians)."""

    angles: Array
    widths: Array
    depths: Array

    def part(self, chosen: slice | NDArray[np.bool_]) -> Questions:
        """Some of them."""
        return Questions(self.angles[chosen], self.widths[chosen], self.depths[chosen])

    @property
    def along(self) -> Array:
        """The vectors of their widths: k × 2."""
        return np.column_stack([np.cos(self.angles), np.sin(self.angles)]) * self.widths[:, None]

    @property
    def across(self) -> Array:
        """The vectors of their depths: k × 2."""
        return np.column_stack([-np.sin(self.angles), np.cos(self.angles)]) * self.depths[:, None]


def rooms(land: Land, asked: Questions) -> Geometries:
    """For each rectangle the places of its middle, as near to 0/0 as the land is; empty or without area if none."""
    step = max(1, _SHAPES_AT_ONCE // (len(land.missing) + 4))
    parts = [_rooms(land, asked.part(slice(at, at + step))) for at in range(0, len(asked.angles), step)]
    return np.concatenate(parts) if parts else np.array([], dtype=object)


def fits(land: Land, asked: Questions) -> NDArray[np.bool_]:
    """Which rectangles have room; one that fits without any play has none."""
    return np.asarray(shapely.area(rooms(land, asked)) > 0)


def _rooms(land: Land, asked: Questions) -> Geometries:
    found = _within_hull(land, asked)
    somewhere = shapely.area(found) > 0
    if somewhere.any() and len(land.missing):
        found[somewhere] = _beside_missing(land, asked.part(somewhere), found[somewhere])
    return found


def _within_hull(land: Land, asked: Questions) -> Geometries:
    """Where all four corners are inside of the hull; a round one is drawn in by the width, then by the depth."""
    if land.hull.exact:
        return land.hull.drawn_in(asked.angles, asked.widths, asked.depths)
    hulls = np.full(len(asked.angles), Polygon(land.ring), dtype=object)
    return _drawn_in(_drawn_in(hulls, asked.along), asked.across)


def _drawn_in(convex: Geometries, by: Array) -> Geometries:
    """Where the middle of a segment of extent `by` may stand: what two copies, moved by its ends, have in common."""
    points, owner = shapely.get_coordinates(convex, return_index=True)
    one = shapely.set_coordinates(convex.copy(), points - by[owner] / 2)
    other = shapely.set_coordinates(convex, points + by[owner] / 2)
    return np.asarray(shapely.intersection(one, other), dtype=object)


def _beside_missing(land: Land, asked: Questions, found: Geometries) -> Geometries:
    corners = np.stack([a * asked.along + b * asked.across for a, b in _CORNERS], axis=1)
    grown = land.missing[None, :, :, None] + corners[:, None, None]
    points = grown.reshape(*grown.shape[:2], -1, 2)
    forbidden = np.asarray(shapely.convex_hull(shapely.linestrings(points)), dtype=object)
    if forbidden.shape[1] > _ONE_BY_ONE_MAX:
        return np.asarray(shapely.difference(found, _united(forbidden)), dtype=object)
    for column in forbidden.T:
        found = np.asarray(shapely.difference(found, column), dtype=object)
    return found


def _united(shapes: Geometries) -> Geometries:
    """The union of each row, two by two: half the time of GEOS's union of them all, which builds a tree first."""
    while shapes.shape[1] > 1:
        if shapes.shape[1] % 2:
            shapes = np.concatenate([shapes, np.full((len(shapes), 1), Polygon(), dtype=object)], axis=1)
        shapes = np.asarray(shapely.union(shapes[:, ::2], shapes[:, 1::2]), dtype=object)
    return shapes[:, 0]
