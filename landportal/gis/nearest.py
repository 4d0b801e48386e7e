"""The nearest places of land, in bulk: for each of many shapes the nearest of a set of points, and how far it is.

One parcel that is written asks the database (migration 0014, distances on the ground); this is for hundreds of
thousands at a time, chunk by chunk. Distances are metres in the plane of EPSG:25832, from the edge of the land; zero
inside it. Nothing here reads the store.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from shapely import STRtree

from landportal.gis.geometry import Geometries
from landportal.gis.network.graph import Floats, Ints

NOWHERE = -1


@dataclass(frozen=True)
class Nearest:
    """One row a shape. `place`: row of the nearest point, NOWHERE where there is none; `distance_m` is NaN there."""

    place: Ints
    distance_m: Floats


class Places:
    """Points to be near to, prepared once and asked for any number of shapes. EPSG:25832.

    `points` have the shape (n, 2): east and north in metres, finite; ValueError otherwise.
    """

    def __init__(self, points: Floats) -> None:
        points = np.asarray(points, dtype=float).reshape(-1, 2) if np.size(points) == 0 else np.asarray(points, float)
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise ValueError("points must be finite pairs of east and north")
        self._points = points
        self._shapes: Geometries = np.asarray(shapely.points(points), dtype=object)
        self._by_place = cKDTree(points)

    def nearest_of(self, land: Geometries) -> Nearest:
        """The nearest point of each shape of `land` (n,), the first one where several are equally near.

        Missing and empty shapes are near to nothing. Exact: a shape lies within the circle around its bounds, so a
        point that is nearer to the circle's middle than any other by the circle's width is the nearest; where two
        points are closer than that to each other, the shape's edge decides.
        """
        count = len(land)
        nearest = Nearest(np.full(count, NOWHERE, dtype=np.int64), np.full(count, np.nan))
        asked = np.flatnonzero(~(shapely.is_missing(land) | shapely.is_empty(land)))
        if not len(asked) or not len(self._points):
            return nearest
        place, doubtful = self._by_circle(land[asked])
        if doubtful.any():
            place[doubtful] = self._by_edge(land[asked[doubtful]])
        nearest.place[asked] = place
        nearest.distance_m[asked] = shapely.distance(land[asked], self._shapes[place])
        return nearest

    def _by_circle(self, land: Geometries) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
        """The point nearest to each shape's middle, and where that need not be the one nearest to its edge."""
        west, south, east, north = shapely.bounds(land).T
        radius = np.hypot(east - west, north - south) / 2
        middles = np.column_stack([(west + east) / 2, (south + north) / 2])
        distance, place = self._by_place.query(middles, k=2)
        # Of a single point the second is infinitely far away.
        return place[:, 0].astype(np.int64), distance[:, 1] <= distance[:, 0] + 2 * radius

    def _by_edge(self, land: Geometries) -> Ints:
        """The point nearest to each shape itself, of equally near ones the first."""
        shape, place = STRtree(self._shapes).query_nearest(land, all_matches=True)
        first = np.full(len(land), len(self._points), dtype=np.int64)
        np.minimum.at(first, shape, place)
        return first
