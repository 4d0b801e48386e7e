"""Rectangles in a convex polygon, in closed form: at one angle the largest scale is a linear problem.

A rectangle around x with half extents h_i(θ) along the outward normals n_i lies inside where n_i·x + s·h_i(θ) ≤ c_i for
every side i. By duality the largest s is the least of (λ·c) / (λ·h(θ)) over the triples of sides whose normals surround
the plane (λ ≥ 0, Σ λ_i n_i = 0); they do not depend on the angle. Between two angles at which a side of the rectangle
is parallel to a side of the polygon, h is a sum of arcs of cosines, so each quotient is convex and largest at an end:
that bounds whole intervals of angles. Also used for convex hulls, where it gives what cannot be exceeded.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

Array = NDArray[np.float64]

SIDES_MAX = 16
"""More sides make too many triples; of a rounder polygon the longest per direction is taken: a bound from outside."""

_EDGE_MIN_M = 1e-6
_HAIR_M = 1e-9
_ROUNDS_MAX = 60


@dataclass(frozen=True)
class Scales:
    """For each rectangle asked for: the largest scale found, its angle (radians), and what no scale exceeds."""

    scale: Array
    angle: Array
    ceiling: Array


class Convex:
    """The half-planes of a convex ring; `exact` tells whether all its sides are among them."""

    def __init__(self, ring: Array) -> None:
        """`ring`: n × 2 corners, counter-clockwise, not closed."""
        edges = np.roll(ring, -1, axis=0) - ring
        lengths = np.hypot(edges[:, 0], edges[:, 1])
        kept = np.flatnonzero(lengths > _EDGE_MIN_M)
        self.exact = len(kept) <= SIDES_MAX
        normals = np.column_stack([edges[kept, 1], -edges[kept, 0]]) / lengths[kept, None]
        chosen = np.arange(len(kept)) if self.exact else _longest_per_direction(normals, lengths[kept])
        self._normals = normals[chosen]
        self._directions = np.arctan2(self._normals[:, 1], self._normals[:, 0])
        self._offsets = np.einsum("ij,ij->i", self._normals, ring[kept][chosen])
        self._triples = _surrounding(self._normals)
        self._room = self._triples @ self._offsets

    @property
    def kinks(self) -> Array:
        """The angles in [0, π] at which a rectangle is parallel to a side, ends included, in order."""
        quarter = self._directions % (np.pi / 2)
        return np.unique(np.concatenate([quarter, quarter + np.pi / 2, [0.0, np.pi]]))

    def quotients(self, angles: Array, widths: Array, depths: Array) -> Array:
        """For k rectangles at their angles, the scale each triple allows (k × triples)."""
        return np.asarray(self._room / (self._half(angles, widths, depths) @ self._triples.T), dtype=np.float64)

    def _half(self, angles: Array, widths: Array, depths: Array) -> Array:
        """How far k rectangles reach from their middle along each normal (k × sides)."""
        turned = angles[:, None] - self._directions
        return (widths[:, None] * np.abs(np.cos(turned)) + depths[:, None] * np.abs(np.sin(turned))) / 2

    def scales(self, angles: Array, width: float, depth: float) -> Array:
        """The largest scale at which a rectangle fits at each angle; infinite where the sides do not bound it."""
        k = len(angles)
        quotients = self.quotients(angles, np.full(k, width), np.full(k, depth))
        return np.asarray(quotients.min(axis=1, initial=np.inf), dtype=np.float64)

    def drawn_in(self, angles: Array, widths: Array, depths: Array) -> NDArray[np.object_]:
        """Where the middles of k rectangles may stand: the sides moved inwards by as much as each reaches along them.

        Its corners are those crossings of two sides that no third side cuts off.
        """
        offsets = self._offsets - self._half(angles, widths, depths)
        i, j = self._crossing
        (xi, yi), (xj, yj) = self._normals[i].T, self._normals[j].T
        points = np.stack([yj * offsets[:, i] - yi * offsets[:, j], xi * offsets[:, j] - xj * offsets[:, i]], axis=2)
        points /= (xi * yj - xj * yi)[:, None]
        within = (points @ self._normals.T <= offsets[:, None] + _HAIR_M).all(axis=2)
        some = within.any(axis=1)
        first = points[np.arange(len(points)), within.argmax(axis=1)]
        corners = np.where(within[:, :, None], points, first[:, None])
        found = np.full(len(angles), Polygon(), dtype=object)
        found[some] = shapely.convex_hull(shapely.linestrings(corners[some]))
        return found

    @cached_property
    def _crossing(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All pairs of sides that are not parallel."""
        i, j = np.triu_indices(len(self._normals), 1)
        crossing = np.abs(_cross(self._normals[i], self._normals[j])) > 1e-9
        return i[crossing], j[crossing]

    def largest(self, widths: Array, depths: Array, gap: float = 1e-4) -> Scales:
        """The largest scale over all angles for each of k rectangles, to the share `gap`; k answers at once."""
        kinks = self.kinks
        count = len(widths)
        # Cells: an interval of angles between two neighbouring kinks, for one of the rectangles.
        which = np.repeat(np.arange(count), len(kinks) - 1)
        low, high = np.tile(kinks[:-1], count), np.tile(kinks[1:], count)
        at_low = self.quotients(low, widths[which], depths[which])
        at_high = self.quotients(high, widths[which], depths[which])
        best, angle = np.zeros(count), np.zeros(count)
        _improve(best, angle, which, low, at_low)
        _improve(best, angle, which, high, at_high)
        for _ in range(_ROUNDS_MAX):
            ceiling = np.maximum(at_low, at_high).min(axis=1, initial=np.inf)
            open_ = ceiling > best[which] * (1 + gap)
            if not open_.any():
                break
            which, low, high = which[open_], low[open_], high[open_]
            at_low, at_high = at_low[open_], at_high[open_]
            middle = (low + high) / 2
            at_middle = self.quotients(middle, widths[which], depths[which])
            _improve(best, angle, which, middle, at_middle)
            which = np.concatenate([which, which])
            low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
            at_low, at_high = np.concatenate([at_low, at_middle]), np.concatenate([at_middle, at_high])
        return Scales(best, angle, best * (1 + gap))


def _improve(best: Array, angle: Array, which: NDArray[np.int64], angles: Array, quotients: Array) -> None:
    """Note in `best` and `angle` the largest scale per rectangle, where it is an improvement."""
    scales = quotients.min(axis=1, initial=np.inf)
    order = np.argsort(scales, kind="stable")
    top_scale, top_angle = np.zeros_like(best), np.zeros_like(angle)
    top_scale[which[order]], top_angle[which[order]] = scales[order], angles[order]
    better = top_scale > best
    best[better], angle[better] = top_scale[better], top_angle[better]


def _longest_per_direction(normals: Array, lengths: Array) -> NDArray[np.int64]:
    """Of each sixteenth of the compass the longest side."""
    sector = np.floor((np.arctan2(normals[:, 1], normals[:, 0]) / (2 * np.pi) % 1.0) * SIDES_MAX)
    order = np.argsort(-lengths, kind="stable")
    _, first = np.unique(sector[order], return_index=True)
    return np.sort(order[first])


def _surrounding(normals: Array) -> Array:
    """The multipliers λ (one row per triple, one column per side) of all triples of normals that surround the plane."""
    triples = np.array(list(itertools.combinations(range(len(normals)), 3)), dtype=np.int64).reshape(-1, 3)
    i, j, k = (normals[triples[:, column]] for column in range(3))
    multipliers = np.column_stack([_cross(j, k), _cross(k, i), _cross(i, j)])
    multipliers *= np.where(multipliers.sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    surrounds = (multipliers >= -1e-12).all(axis=1) & (multipliers.sum(axis=1) > 1e-9)
    dense = np.zeros((int(surrounds.sum()), len(normals)))
    rows = np.arange(len(dense))[:, None]
    dense[rows, triples[surrounds]] = np.maximum(multipliers[surrounds], 0.0)
    return dense


def _cross(one: Array, other: Array) -> Array:
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0], dtype=np.float64)
