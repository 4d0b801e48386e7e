"""Bounds kept per parcel: of each ratio the largest rectangle that is sure to fit, and the size that none reaches.

They decide most questions of a search without looking at the land again. A rectangle contains every smaller one: what
holds for one ratio says something about all others. What they leave open is for `placing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.convex import Array
from landportal.gis.fit.hall import Block, Hall
from landportal.gis.fit.land import Land, lands
from landportal.gis.fit.turning import Effort, largest_scale

RATIOS = (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0, 10.0)
"""Width : depth, in the steps of the Renard series R10: between two of them sides differ by a quarter at most."""

_SAFETY_M = 1e-5
_EFFORT = Effort(gap=0.01, work=2_500)


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
    lower, upper = np.zeros(len(sides)), np.zeros(len(sides))
    for land in lands(net):
        if (np.sqrt(land.polygon.area / sides) <= lower).all():
            break
        _widen(land, sides, lower, upper)
    _tighten(sides, lower, upper)
    lower = np.maximum(lower - _SAFETY_M, 0.0)
    upper = np.where(upper > 0, upper + _SAFETY_M, 0.0)
    return tuple(Bound(*map(float, row)) for row in zip(sides, lower, upper, strict=True))


def _widen(land: Land, sides: Array, lower: Array, upper: Array) -> None:
    """Raise `lower` and `upper` to what `land` has to offer."""
    whole = land.hull.largest(sides, np.ones_like(sides), 1e-3)
    if land.is_convex:
        np.maximum(lower, whole.scale, out=lower)
        np.maximum(upper, whole.ceiling, out=upper)
        return
    for place, ratio in enumerate(sides):
        found = largest_scale(land, float(ratio), 1.0, _EFFORT, float(lower[place]))
        lower[place] = max(lower[place], found.scale)
        # An outline that was drawn in to simplify it hides at most that much on either side.
        upper[place] = max(upper[place], min(found.ceiling + 4 * land.inset_m, whole.ceiling[place]))


def _tighten(sides: Array, lower: Array, upper: Array) -> None:
    """Let each ratio learn from all others: the largest rectangle of the one contains one of the other."""
    other = np.minimum(1.0, sides[None, :] / sides[:, None])
    np.maximum(lower, (other * lower[None, :]).max(axis=1), out=lower)
    # Of `upper`: the rectangle of this ratio contains one of the other ratio that is `other` as deep.
    back = np.minimum(1.0, sides[:, None] / sides[None, :])
    np.minimum(upper, (upper[None, :] / back).min(axis=1), out=upper)


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
