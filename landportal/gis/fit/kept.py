"""Bounds kept per parcel: of each ratio the largest rectangle that is sure to fit, and the size that none reaches.

They decide most questions of a search without looking at the land again. A rectangle contains every smaller one: what
holds for one ratio says something about all others. What they leave open is for `placing`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.convex import Array
from landportal.gis.fit.hall import Block, Hall
from landportal.gis.fit.land import Land, lands
from landportal.gis.fit.turning import Effort, Range, largest_scale

RATIOS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0, 10.0)
"""Width : depth, in the steps of the Renard series R10: between two of them sides differ by a quarter at most."""

_SAFETY_M = 1e-5
_GAP_CONVEX = 2e-3
_EFFORT = Effort(gap=0.02, work=6_000)
_EDGES_MAX = 24
_STEP_MAX = 2e-3
"""Bounds are kept for a million parcels: round outlines are drawn in by up to this share of their size first."""


@dataclass(frozen=True)
class Bound:
    """A rectangle of `ratio` (width : depth) and depth `lower_m` fits for sure; none deeper than `upper_m` does."""

    ratio: float
    lower_m: float
    upper_m: float

    @property
    def lower_m2(self) -> float:
        """The area of the one that fits."""
        return self.ratio * self.lower_m**2


def bounds(net: BaseGeometry, ratios: Sequence[float] = RATIOS) -> tuple[Bound, ...]:
    """The bounds of `net` for `ratios` of 1 or more, ascending; all zero where it has no area."""
    sides = np.array(sorted(ratios), dtype=np.float64)
    lower = upper = np.zeros(len(sides))
    for land in lands(net, _EDGES_MAX, _STEP_MAX):
        if (np.sqrt(land.polygon.area / sides) + 2 * land.inset_m <= lower).all():
            break
        low, high = _convex(land, sides) if land.is_convex else _any(land, sides)
        lower, upper = np.maximum(lower, low), np.maximum(upper, high + 2 * land.inset_m)
    upper = np.where(upper > 0, upper + _SAFETY_M, 0.0)
    return tuple(Bound(*map(float, row)) for row in zip(sides, np.maximum(lower - _SAFETY_M, 0), upper, strict=True))


def _convex(land: Land, sides: Array) -> tuple[Array, Array]:
    found = land.hull.largest(sides, np.ones_like(sides), _GAP_CONVEX)
    return _tight(sides, found.scale, found.ceiling)


def _any(land: Land, sides: Array) -> tuple[Array, Array]:
    """Ratio by ratio, the far ones first: those between often follow."""
    lower = np.zeros(len(sides))
    _, upper = _tight(sides, lower, land.hull.largest(sides, np.ones_like(sides), _GAP_CONVEX).ceiling)
    for place in _halving(len(sides)):
        found = largest_scale(land, float(sides[place]), 1.0, _EFFORT, Range(lower[place], upper[place]))
        lower[place] = max(lower[place], found.scale)
        upper[place] = min(upper[place], found.ceiling)
        lower, upper = _tight(sides, lower, upper)
    return lower, upper


def _halving(count: int) -> list[int]:
    """0 … count − 1: both ends, then always the middle of the widest gap."""
    order = sorted({0, count - 1})
    while len(order) < count:
        known = sorted(order)
        left, right = max(itertools.pairwise(known), key=lambda gap: gap[1] - gap[0])
        order.append((left + right) // 2)
    return order


def _tight(sides: Array, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Let each ratio learn from all others: the largest rectangle of the one contains one of the other."""
    share = np.minimum(1.0, sides[None, :] / sides[:, None])
    """Of a rectangle one deep, of the column's ratio: how deep one of the row's ratio is inside of it."""
    return (share * lower).max(axis=1), (upper[:, None] / share).min(axis=0)


def decide(kept: Sequence[Bound], hall: Hall) -> bool | None:
    """Whether `hall` fits as far as the kept bounds tell: True, False, or None where only the exact test can."""
    answers = [_decide(kept, block) for block in hall.blocks()]
    if any(answers):
        return True
    return False if all(answer is False for answer in answers) else None


def _decide(kept: Sequence[Bound], block: Block) -> bool | None:
    long, short = max(block.width_m, block.depth_m), min(block.width_m, block.depth_m)
    if any(bound.ratio * bound.lower_m >= long and bound.lower_m >= short for bound in kept):
        return True
    # The block contains the rectangle of each kept ratio that is as deep as it, or as long.
    if any(min(short, long / bound.ratio) > bound.upper_m for bound in kept):
        return False
    return None if kept else False
