"""All angles: the largest scale of a rectangle in one piece of land, with a bound that no angle exceeds.

If a rectangle fits at some angle, a slightly smaller one fits at every angle near it. So the angles are cut into
intervals; an interval is given up when the smaller rectangle does not even fit at its middle, else it is halved. What
is left open when the work is used up is told as part of the bound. Convex land needs none of it (`convex`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from landportal.gis.fit.convex import Array
from landportal.gis.fit.land import Land
from landportal.gis.fit.rooms import Questions, fits

INTERVALS = 32
"""Of the half circle, to begin with."""

DIRECTIONS_MAX = 24
"""Edge directions tried before anything else: most halls that fit do so along an edge."""

_AT_ONCE = 16
_FINEST = 0.0025
"""Metres by which the ends of a hall's longer half move when it turns by the narrowest half interval."""
_BISECTIONS = 14


@dataclass(frozen=True)
class Effort:
    """How exact and how long: relative `gap` between found and bound, and work in shapes to unite (some 10 µs each)."""

    gap: float = 2e-3
    work: float = 100_000.0
    enough: float = math.inf
    """Stop when a rectangle of this scale is found; smaller ones are then of no interest."""


@dataclass(frozen=True)
class Range:
    """What is known of the scale beforehand: the caller has one of `at_least`, and none is larger than `at_most`."""

    at_least: float = 0.0
    at_most: float = math.inf


@dataclass(frozen=True)
class Turned:
    """The largest scale found and its angle (radians); no rectangle of scale `ceiling` fits at any angle.

    `step` is half the width of the narrowest interval of angles left open; 0 where nothing was.
    """

    scale: float
    angle: float
    ceiling: float
    step: float = 0.0


@dataclass
class _Search:
    """The state of one search; `left` is the work that may still be done."""

    land: Land
    width: float
    depth: float
    effort: Effort
    left: float
    best: Turned
    gap: float = 0.0

    def __post_init__(self) -> None:
        self.gap = self.effort.gap

    @property
    def unit(self) -> float:
        """What one is in `width` and `depth`: metres of the rectangle asked for, or of the best one so far."""
        return 1.0 if self.effort.enough < math.inf else self.gap * min(self.width, self.depth)

    def asks(self, angles: Array, scales: Array | float) -> Questions:
        scale = np.broadcast_to(np.asarray(scales, dtype=np.float64), angles.shape)
        return Questions(angles, self.width * scale, self.depth * scale)

    def fits(self, asked: Questions) -> NDArray[np.bool_]:
        self.left -= len(asked.angles) * self.cost
        return fits(self.land, asked)

    @property
    def cost(self) -> float:
        """The work of one question."""
        return len(self.land.missing) + len(self.land.ring) / 2 + 4

    @property
    def done(self) -> bool:
        """Whether what was found is enough."""
        return self.best.scale >= self.effort.enough

    @property
    def target(self) -> float:
        """The scale that is worth finding."""
        return self.effort.enough if self.effort.enough < math.inf else self.best.scale * (1 + self.gap)


def largest_scale(land: Land, width: float, depth: float, effort: Effort, known: Range | None = None) -> Turned:
    """The largest scale at which a `width` × `depth` rectangle fits into `land` at any angle.

    Where none is larger than `known.at_least` by the gap, that is the scale of the answer, without an angle.
    """
    known = known or Range()
    if land.is_convex:
        found = land.hull.largest(np.array([width]), np.array([depth]), min(effort.gap, 1e-4))
        return Turned(float(found.scale[0]), float(found.angle[0]), float(found.ceiling[0]))
    outer = land.hull.largest(np.array([width]), np.array([depth]), 1e-3)
    ceiling = min(float(outer.ceiling[0]), math.sqrt(land.polygon.area / (width * depth)), known.at_most)
    search = _Search(land, width, depth, effort, effort.work, Turned(known.at_least, 0.0, ceiling))
    if ceiling < search.target:
        return search.best
    _along_edges(search, ceiling)
    return search.best if search.done else _all_around(search, ceiling)


def _along_edges(search: _Search, ceiling: float) -> None:
    # Half of the work at most, but never none: along its longest edges most land has its largest rectangle.
    count = max(2, min(DIRECTIONS_MAX, int(search.effort.work / search.cost / 4)))
    directions = search.land.directions[:count]
    angles = np.concatenate([directions, directions + np.pi / 2])
    if search.best.scale == 0:
        _climb(search, angles[[0, len(directions)]], ceiling)
    _climb(search, angles, ceiling)


def _climb(search: _Search, angles: Array, ceiling: float) -> None:
    """Take the largest scale at `angles`, where it is larger than what was found before by the gap."""
    low = search.target or ceiling / 1_000
    limits = search.land.hull.scales(angles, search.width, search.depth)
    angles, limits = angles[limits >= low], limits[limits >= low]
    fit = search.fits(search.asks(angles, low))
    if not fit.any():
        return
    angles, high = angles[fit], min(ceiling, float(limits[fit].max()))
    search.best = Turned(low, float(angles[0]), ceiling)
    for _ in range(_BISECTIONS):
        if search.done or search.left < -search.effort.work or high <= search.best.scale * (1 + search.effort.gap / 8):
            break
        middle = (search.best.scale + high) / 2
        better = angles[search.fits(search.asks(angles, middle))]
        if len(better):
            angles = better
            search.best = Turned(middle, float(angles[0]), ceiling)
        else:
            high = middle


@dataclass(frozen=True)
class _Intervals:
    """Intervals of angles: their middles and half their widths (radians)."""

    middles: Array
    halves: Array

    def where(self, chosen: NDArray[np.bool_]) -> _Intervals:
        return _Intervals(self.middles[chosen], self.halves[chosen])

    def halved(self) -> _Intervals:
        half = self.halves / 2
        middles = np.concatenate([self.middles - half, self.middles + half])
        return _Intervals(middles, np.concatenate([half, half]))

    def __add__(self, other: _Intervals) -> _Intervals:
        return _Intervals(np.concatenate([self.middles, other.middles]), np.concatenate([self.halves, other.halves]))


def _all_around(search: _Search, ceiling: float) -> Turned:
    """First to a coarse gap, then finer, so that whenever the work is used up there is a bound that holds."""
    half = np.pi / INTERVALS / 2
    middles: Array = half + 2 * half * np.arange(INTERVALS, dtype=np.float64)
    given_up = _Intervals(middles, np.full(INTERVALS, half))
    asked = search.effort.gap
    for gap in (asked,) if search.effort.enough < math.inf else (asked * 16, asked * 4, asked):
        search.gap = gap
        if ceiling <= search.target:
            continue
        left, given_up = _at_gap(search, given_up, ceiling)
        if search.done:
            return search.best
        if len(left.middles):
            return replace(search.best, ceiling=ceiling, step=2 * float(left.halves.min()))
        ceiling = min(ceiling, search.target)
    return replace(search.best, ceiling=ceiling)


def _at_gap(search: _Search, intervals: _Intervals, ceiling: float) -> tuple[_Intervals, _Intervals]:
    """What is left open, and what was given up: intervals in which nothing of the target's scale fits."""
    given_up = intervals.where(np.zeros(len(intervals.middles), dtype=bool))
    while len(intervals.middles) and search.left > 0 and not search.done:
        possible = _possible(search, intervals)
        given_up, intervals = given_up + intervals.where(~possible), intervals.where(possible)
        for at in range(0, len(intervals.middles), _AT_ONCE):
            _climb(search, intervals.middles[at : at + _AT_ONCE], ceiling)
        if len(intervals.middles) and intervals.halves.min() * max(search.width, search.depth) < _FINEST * search.unit:
            break
        intervals = intervals.halved()
    return intervals, given_up


def _possible(search: _Search, intervals: _Intervals) -> NDArray[np.bool_]:
    """In which a rectangle of the target's scale may fit: first by the hull, then by the land itself."""
    target, width, depth = search.target, search.width, search.depth
    scales = search.land.hull.scales(intervals.middles, width, depth)
    possible = np.asarray(scales >= target * _whole_shrunk(width, depth, intervals.halves))
    near = intervals.where(possible)
    possible[possible] = search.fits(Questions(near.middles, *shrunk(width * target, depth * target, near.halves)))
    return possible


def _whole_shrunk(width: float, depth: float, half: Array) -> Array:
    """The share of its size at which a rectangle stays inside of itself when turned by up to `half` (≤ 45°)."""
    share: Array = 1 / (np.cos(half) + max(width / depth, depth / width) * np.sin(half))
    return share


def shrunk(width: float, depth: float, half: Array) -> tuple[Array, Array]:
    """Rectangles that stay inside of `width` × `depth` when turned about their middle by up to `half` (≤ 45°)."""
    cos, sin, double = np.cos(half), np.sin(half), np.maximum(np.cos(2 * half), 1e-9)
    narrow, shallow = (width * cos - depth * sin) / double, (depth * cos - width * sin) / double
    low, high = np.minimum(narrow, shallow), np.maximum(narrow, shallow)
    # While its diagonal does not come across the turn, its overhang grows with the angle: the end decides.
    ends_decide = (low > 0) & (np.tan(half) * high <= low)
    share = _whole_shrunk(width, depth, half)
    return np.where(ends_decide, narrow, width * share), np.where(ends_decide, shallow, depth * share)
