"""Bounds in fine steps of the ratio: what `kept` finds, told for so many ratios that little is left open between two.

Where the land is convex each of them is computed; elsewhere, where that takes long, those of `kept.RATIOS` are, and the
others follow from them: a rectangle contains every smaller one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.hall import Hall
from landportal.gis.fit.kept import RATIOS, Bound, bounds
from landportal.gis.fit.land import lands

STEPS = tuple(round(10 ** (step / 40), 4) for step in range(41))
"""Width : depth, in the steps of the Renard series R40: between two of them sides differ by 6 % at most."""


@dataclass(frozen=True)
class Decision:
    """What the bounds of the two ratios around a hall have to be. Places count from 0.

    It fits for sure where the lower bound at one of the places of `enough` reaches its metres, and for sure not where
    the upper bound at one of those of `too_little` stays below its metres.
    """

    enough: tuple[tuple[int, float], ...]
    too_little: tuple[tuple[int, float], ...]


def stepped_bounds(net: BaseGeometry) -> tuple[Bound, ...]:
    """The bounds of `net` for STEPS."""
    if all(land.is_convex for land in lands(net)):
        return bounds(net, STEPS)
    coarse = bounds(net, RATIOS)
    return tuple(_between(coarse, ratio) for ratio in STEPS)


def _between(coarse: Sequence[Bound], ratio: float) -> Bound:
    lower = max(bound.lower_m * min(1.0, bound.ratio / ratio) for bound in coarse)
    upper = min(bound.upper_m / min(1.0, ratio / bound.ratio) for bound in coarse)
    return Bound(ratio, lower, max(lower, upper))


def decision(hall: Hall) -> Decision:
    """What decides about `hall`: the ratios next to its own suffice, because bounds of one parcel imply each other."""
    long, short = max(hall.width_m, hall.depth_m), min(hall.width_m, hall.depth_m)
    flatter = bisect_right(STEPS, long / short) - 1
    longer = flatter + 1
    around = [place for place in (flatter, longer) if place < len(STEPS)]
    return Decision(
        tuple((place, max(short, long / STEPS[place])) for place in around),
        tuple((place, min(short, long / STEPS[place])) for place in around),
    )
