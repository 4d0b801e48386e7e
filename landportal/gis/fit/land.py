"""One connected piece of land, prepared for many questions: moved near 0/0, its edges, its hull in half-planes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.convex import Array, Convex

EDGES_MAX = 400
"""An outline of more edges is simplified, inwards only."""

PIECES_MAX = 50
"""Of more pieces the largest are looked at."""

_STEPS_M = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_CONVEX = 1e-9
"""A polygon that misses less than this share of its hull is convex; drawn corners are never exactly on a line."""


@dataclass(frozen=True)
class Land:
    """A polygon near 0/0; `origin` leads back. `inset_m`: how far its outline may have been drawn in to simplify it."""

    polygon: Polygon
    origin: Array
    inset_m: float

    @cached_property
    def edges(self) -> Array:
        """Its n edges, holes included (n × 2 ends × 2 coordinates)."""
        rings = shapely.get_rings(self.polygon)
        points, ring = shapely.get_coordinates(rings, return_index=True)
        same = ring[:-1] == ring[1:]
        return np.stack([points[:-1][same], points[1:][same]], axis=1)

    @cached_property
    def hull(self) -> Convex:
        """Its convex hull: what does not fit there fits nowhere."""
        ring = shapely.get_coordinates(shapely.orient_polygons(shapely.convex_hull(self.polygon)))[:-1]
        return Convex(ring)

    @cached_property
    def is_convex(self) -> bool:
        """Whether the hull answers for the land itself."""
        hull = shapely.convex_hull(self.polygon)
        return self.hull.exact and bool(hull.area - self.polygon.area <= _CONVEX * hull.area)

    @cached_property
    def directions(self) -> Array:
        """Directions of its edges modulo a right angle (radians), those with most edge length first, each once."""
        along = self.edges[:, 1] - self.edges[:, 0]
        lengths = np.hypot(along[:, 0], along[:, 1])
        angles = np.arctan2(along[:, 1], along[:, 0]) % (np.pi / 2)
        order = np.argsort(angles, kind="stable")
        angles, lengths = angles[order], lengths[order]
        group = np.concatenate([[0], np.cumsum(np.diff(angles) > 1e-7)])
        total = np.bincount(group, weights=lengths)
        # The longest edge speaks for its group: the shorter one, the less its direction is worth.
        longest = np.lexsort((-lengths, group))
        first = longest[np.unique(group[longest], return_index=True)[1]]
        return np.asarray(angles[first][np.argsort(-total, kind="stable")], dtype=np.float64)


def lands(net: BaseGeometry) -> list[Land]:
    """The pieces of `net`, largest first: a rectangle lies inside of one of them."""
    parts = [part for part in shapely.get_parts(net) if isinstance(part, Polygon) and part.area > 0]
    parts.sort(key=lambda part: -part.area)
    return [land_of(part) for part in parts[:PIECES_MAX]]


def land_of(part: Polygon) -> Land:
    """`part` prepared."""
    origin = np.floor(np.asarray(part.bounds[:2], dtype=np.float64))
    local = shapely.transform(part, lambda points: points - origin)
    polygon, inset = _simplified(local)
    return Land(polygon, origin, inset)


def _simplified(polygon: Polygon) -> tuple[Polygon, float]:
    """`polygon` with at most EDGES_MAX edges, nowhere outside of the one given, and by how much it was drawn in.

    Drawn in by a step and then simplified by less than that step, no corner comes out again. What it costs: a rectangle
    that fits in the true outline with less than twice that much to spare on each side may be missed.
    """
    if shapely.get_num_coordinates(polygon) <= EDGES_MAX:
        return polygon, 0.0
    best = polygon
    for step in _STEPS_M:
        inner = shapely.simplify(shapely.buffer(polygon, -1.1 * step, quad_segs=4), step)
        pieces = [piece for piece in shapely.get_parts(inner) if isinstance(piece, Polygon)]
        if not pieces:
            break
        best, inset = max(pieces, key=lambda piece: piece.area), 2.2 * step
        if shapely.get_num_coordinates(best) <= EDGES_MAX:
            break
    return (best, inset) if best is not polygon else (polygon, 0.0)
