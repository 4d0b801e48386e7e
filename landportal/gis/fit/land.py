"""One connected piece of land, prepared for many questions: moved near 0/0, its edges, its hull in half-planes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.convex import Array, Convex

EDGES_MAX = 400
"""An outline of more edges is simplified, inwards only."""

_STEPS_M = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
_NO_BAY_M2 = 1e-7
_CONVEX = 1e-9
"""A polygon that misses less than this share of its hull is convex; drawn corners are never exactly on a line."""


@dataclass(frozen=True)
class Land:
    """A polygon near 0/0; `origin` leads back. `inset_m`: how far its outline may have been drawn in to simplify it
    (where it was narrow, into several pieces).
    """

    polygon: BaseGeometry
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
    def ring(self) -> Array:
        """The corners of its convex hull, counter-clockwise, not closed (n × 2)."""
        hull = shapely.orient_polygons(shapely.convex_hull(self.polygon))
        return np.asarray(shapely.get_coordinates(hull)[:-1], dtype=np.float64)

    @cached_property
    def hull(self) -> Convex:
        """Its convex hull: what does not fit there fits nowhere."""
        return Convex(self.ring)

    @cached_property
    def missing(self) -> Array:
        """What its hull has and it lacks, bays and holes, in p convex pieces of v corners (p × v × 2).

        Pieces of fewer corners repeat their last one.
        """
        bays = shapely.get_parts(shapely.difference(shapely.convex_hull(self.polygon), self.polygon))
        pieces = [piece for bay in bays if bay.area > _NO_BAY_M2 for piece in _convex_pieces(bay)]
        corners = max((len(piece) for piece in pieces), default=0)
        padded = [np.pad(piece, ((0, corners - len(piece)), (0, 0)), mode="edge") for piece in pieces]
        return np.array(padded, dtype=np.float64).reshape(len(pieces), corners, 2)

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


def _convex_pieces(bay: BaseGeometry) -> list[Array]:
    """`bay` itself where it is convex, else its triangles: the corners of each piece."""
    hull = shapely.convex_hull(bay)
    whole = hull.area - bay.area <= _CONVEX * hull.area
    pieces = [hull] if whole else shapely.get_parts(shapely.constrained_delaunay_triangles(bay))
    return [shapely.get_coordinates(piece)[:-1] for piece in pieces]


def mended(net: BaseGeometry) -> BaseGeometry:
    """`net` without crossings of its own outline."""
    return net if net.is_valid else shapely.make_valid(net, method="structure", keep_collapsed=False)


def lands(net: BaseGeometry, edges_max: int = EDGES_MAX, step_max: float = math.inf) -> list[Land]:
    """The pieces of `net`, largest first: a rectangle lies inside of one of them.

    An outline of more than `edges_max` edges is simplified by steps of up to `step_max` of its size, one of more than
    EDGES_MAX by whatever it takes.
    """
    parts = [part for part in shapely.get_parts(mended(net)) if isinstance(part, Polygon) and part.area > 0]
    parts.sort(key=lambda part: -part.area)
    return [land_of(part, edges_max, step_max) for part in parts]


def land_of(part: Polygon, edges_max: int = EDGES_MAX, step_max: float = math.inf) -> Land:
    """`part` prepared."""
    origin = np.floor(np.asarray(part.bounds[:2], dtype=np.float64))
    local = shapely.transform(part, lambda points: points - origin)
    polygon, inset = _simplified(local, edges_max, step_max * math.sqrt(part.area))
    return Land(polygon, origin, inset)


def _simplified(polygon: BaseGeometry, edges_max: int, step_max_m: float) -> tuple[BaseGeometry, float]:
    """`polygon` with few edges, nowhere outside of the one given, and by how much it was drawn in at most.

    Drawn in by a step and then simplified by less than that step, no corner comes out again. What it costs: a rectangle
    that fits in the true outline with less than twice the step to spare on each side may be missed.
    """
    best, inset, drawn_in, done = polygon, 0.0, polygon, 0.0
    for step in _STEPS_M:
        corners = shapely.get_num_coordinates(best)
        if corners <= edges_max or (step > step_max_m and corners <= EDGES_MAX):
            break
        # Each step goes on from the one before: the first ones took the teeth off.
        drawn_in, done = shapely.buffer(drawn_in, done - 1.1 * step, quad_segs=4), 1.1 * step
        simpler = shapely.simplify(drawn_in, step)
        if simpler.is_empty or not simpler.is_valid:
            break
        best, inset = simpler, 2.2 * step
    return best, inset
