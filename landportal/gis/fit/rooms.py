"""Erosion by a rectangle, exact at each angle: every place where the rectangle's middle may stand.

Turned by minus the angle, the rectangle is parallel to the axes. It lies inside of the land where its four corners are
inside of the hull and it meets nothing that the hull has and the land lacks: bays and holes, cut into convex pieces.
Each of those, grown by the rectangle, is the hull of a few points. All questions of one call go through GEOS together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from landportal.gis.fit.convex import Array
from landportal.gis.fit.hall import turn
from landportal.gis.fit.land import Land

Geometries = NDArray[np.object_]

_SHAPES_AT_ONCE = 20_000
_ONE_BY_ONE_MAX = 8
_CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


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
    def corners(self) -> Array:
        """Their corners around 0/0, not turned: k × 4 × 2."""
        corners: Array = _CORNERS * np.column_stack([self.widths, self.depths])[:, None]
        return corners


def rooms(land: Land, asked: Questions) -> Geometries:
    """For each rectangle the places of its middle, in coordinates turned by minus its angle; empty without any."""
    step = max(1, _SHAPES_AT_ONCE // (len(land.missing) + 4))
    parts = [_rooms(land, asked.part(slice(at, at + step))) for at in range(0, len(asked.angles), step)]
    return np.concatenate(parts) if parts else np.array([], dtype=object)


def fits(land: Land, asked: Questions) -> NDArray[np.bool_]:
    """Which rectangles have room; one that fits without any play has none."""
    return np.asarray(shapely.area(rooms(land, asked)) > 0)


def _rooms(land: Land, asked: Questions) -> Geometries:
    back = np.stack([turn(-angle) for angle in asked.angles])
    found = _within_hull(land, asked, back)
    somewhere = shapely.area(found) > 0
    if somewhere.any() and len(land.missing):
        found[somewhere] = _beside_missing(land, asked.part(somewhere), back[somewhere], found[somewhere])
    return found


def _within_hull(land: Land, asked: Questions, back: Array) -> Geometries:
    """Where all four corners are inside of the hull: drawn in by the width, then by the depth."""
    hulls = np.asarray(shapely.polygons(np.einsum("kij,nj->kni", back, land.ring)), dtype=object)
    nothing = np.zeros_like(asked.widths)
    narrowed = _drawn_in(hulls, np.column_stack([asked.widths, nothing]))
    return _drawn_in(narrowed, np.column_stack([nothing, asked.depths]))


def _drawn_in(convex: Geometries, by: Array) -> Geometries:
    """Where the middle of a segment of extent `by` may stand: what two copies, moved by its ends, have in common."""
    points, owner = shapely.get_coordinates(convex, return_index=True)
    one = shapely.set_coordinates(convex.copy(), points - by[owner] / 2)
    other = shapely.set_coordinates(convex, points + by[owner] / 2)
    return np.asarray(shapely.intersection(one, other), dtype=object)


def _beside_missing(land: Land, asked: Questions, back: Array, found: Geometries) -> Geometries:
    points = np.einsum("kij,pvj->kpvi", back, land.missing)
    grown = (points[:, :, :, None] + asked.corners[:, None, None]).reshape(*points.shape[:2], -1, 2)
    forbidden = np.asarray(shapely.convex_hull(shapely.linestrings(grown)), dtype=object)
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
