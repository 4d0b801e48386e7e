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
_BISECTIONS = 14


@dataclass(frozen=True)
class Effort:
    """How exact and how long: relative `gap` between found and bound, and work in hexagons (some 10 µs each)."""

    gap: float = 2e-3
    work: float = 100_000.0
    enough: float = math.inf
    """Stop when a rectangle of this scale is found; smaller ones are then of no interest."""


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

    def asks(self, angles: Array, scales: Array | float) -> Questions:
        scale = np.broadcast_to(np.asarray(scales, dtype=np.float64), angles.shape)
        return Questions(angles, self.width * scale, self.depth * scale)

    def fits(self, asked: Questions) -> NDArray[np.bool_]:
        self.left -= len(asked.angles) * (len(self.land.edges) + 10)
        return fits(self.land, asked)

    @property
    def target(self) -> float:
        """The scale that is worth finding."""
        return self.effort.enough if self.effort.enough < math.inf else self.best.scale * (1 + self.effort.gap)


def largest_scale(land: Land, width: float, depth: float, effort: Effort, at_least: float = 0.0) -> Turned:
    """The largest scale at which a `width` × `depth` rectangle fits into `land` at any angle.

    Where none is larger than `at_least`, that is the scale of the answer: the caller has a better one already.
    """
    if land.is_convex:
        found = land.hull.largest(np.array([width]), np.array([depth]), min(effort.gap, 1e-4))
        return Turned(float(found.scale[0]), float(found.angle[0]), float(found.ceiling[0]))
    outer = land.hull.largest(np.array([width]), np.array([depth]), 1e-3)
    ceiling = min(float(outer.ceiling[0]), math.sqrt(land.polygon.area / (width * depth)))
    search = _Search(land, width, depth, effort, effort.work, Turned(at_least, 0.0, ceiling))
    if ceiling <= search.target if effort.enough == math.inf else ceiling < effort.enough:
        return replace(search.best, ceiling=max(at_least, ceiling))
    _along_edges(search, ceiling)
    if search.best.scale >= effort.enough:
        return replace(search.best, ceiling=ceiling)
    return _all_around(search, ceiling)


def _along_edges(search: _Search, ceiling: float) -> None:
    directions = search.land.directions[:DIRECTIONS_MAX]
    angles = np.concatenate([directions, directions + np.pi / 2])
    if search.best.scale == 0:
        _climb(search, angles[[0, len(directions)]], ceiling)
    _climb(search, angles, ceiling)


def _climb(search: _Search, angles: Array, ceiling: float) -> None:
    """Take the largest scale at `angles`, where it is larger than what was found before by the gap."""
    low = max(search.target, 1e-6) if search.effort.enough == math.inf else search.effort.enough
    angles = angles[search.fits(search.asks(angles, low))]
    if not len(angles):
        return
    search.best = Turned(low, float(angles[0]), ceiling)
    high = ceiling
    for _ in range(_BISECTIONS):
        if search.best.scale >= search.effort.enough or high <= search.best.scale * (1 + search.effort.gap / 8):
            break
        middle = (search.best.scale + high) / 2
        better = angles[search.fits(search.asks(angles, middle))]
        if len(better):
            angles = better
            search.best = Turned(middle, float(angles[0]), ceiling)
        else:
            high = middle


def _all_around(search: _Search, ceiling: float) -> Turned:
    half = np.pi / INTERVALS / 2
    middles: Array = half + 2 * half * np.arange(INTERVALS, dtype=np.float64)
    while len(middles) and search.left > 0 and search.best.scale < search.effort.enough:
        middles = _kept(search, middles, half)
        for at in range(0, len(middles), _AT_ONCE):
            _climb(search, middles[at : at + _AT_ONCE], ceiling)
        half /= 2
        middles = np.concatenate([middles - half, middles + half])
        if half * max(search.width, search.depth) * search.target < _fine(search):
            break
    if not len(middles) or search.best.scale >= search.effort.enough:
        return replace(search.best, ceiling=search.target if not len(middles) else ceiling)
    return replace(search.best, ceiling=min(ceiling, _open_ceiling(search, middles, half)), step=2 * half)


def _fine(search: _Search) -> float:
    """The turn of the longer side, in metres, at which an interval is not halved any more."""
    finest = 0.005 if search.effort.enough < math.inf else search.effort.gap * min(search.width, search.depth)
    return min(finest, 0.5 * min(search.width, search.depth) * search.target) / 2


def _kept(search: _Search, middles: Array, half: float) -> Array:
    """The intervals in which a rectangle of the target's scale may fit: first by the hull, then by the land itself."""
    scales = search.land.hull.scales(middles, search.width, search.depth)
    middles = middles[scales >= search.target * _whole_shrunk(search.width, search.depth, half)]
    width, depth = shrunk(search.width * search.target, search.depth * search.target, half)
    asked = Questions(middles, np.full(len(middles), width), np.full(len(middles), depth))
    kept: Array = middles[search.fits(asked)]
    return kept


def _open_ceiling(search: _Search, middles: Array, half: float) -> float:
    scales = search.land.hull.scales(middles, search.width, search.depth)
    return max(float(scales.max()) / _whole_shrunk(search.width, search.depth, half), search.target)


def _whole_shrunk(width: float, depth: float, half: float) -> float:
    """The share of its size at which a rectangle stays inside of itself when turned by up to `half` (≤ 45°)."""
    return 1 / (math.cos(half) + max(width / depth, depth / width) * math.sin(half))


def shrunk(width: float, depth: float, half: float) -> tuple[float, float]:
    """A rectangle that stays inside of `width` × `depth` when turned about its middle by up to `half` (≤ 45°)."""
    cos, sin, double = math.cos(half), math.sin(half), math.cos(2 * half)
    if double > 0:
        narrow, shallow = (width * cos - depth * sin) / double, (depth * cos - width * sin) / double
        # While its diagonal does not come across the turn, its overhang grows with the angle: the end decides.
        if min(narrow, shallow) > 0 and math.tan(half) <= min(narrow / shallow, shallow / narrow):
            return narrow, shallow
    share = _whole_shrunk(width, depth, half)
    return width * share, depth * share
