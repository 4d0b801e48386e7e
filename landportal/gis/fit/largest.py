"""The largest rectangle in the net area: of a given ratio, or the largest at all."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.hall import Rectangle, rectangle_at
from landportal.gis.fit.land import Land, lands
from landportal.gis.fit.rooms import Questions, fits, rooms
from landportal.gis.fit.turning import Effort, Range, Turned, largest_scale

RATIO_MAX = 1_000.0
_RATIOS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_RATIOS_TRIED_MAX = 32
_AREA_GAP = 1.01
_COARSE = Effort(gap=2e-3, work=20_000)
_BISECTIONS = 20
_PLAY = 1e-9
"""The share by which a largest rectangle is drawn smaller: it touches on all sides, and has to have room."""


def largest_rectangle(net: BaseGeometry, ratio: float | None = None) -> Rectangle | None:
    """The largest rectangle inside of `net`, at any angle; of `ratio` (width : depth), or of the best one.

    Its sides are those of the largest one to 0.2 % for a given ratio (convex land: 0.01 %), unless a round outline uses
    up the work. The largest at all is found to one per cent of its area among ratios of up to 64. None where `net` has
    no area. Raises ValueError for a ratio below 1/1000 or above 1000.
    """
    pieces = lands(net)
    if ratio is None:
        return _largest_at_all(pieces)
    if not 1 / RATIO_MAX <= ratio <= RATIO_MAX:
        raise ValueError(f"a ratio of {ratio} is none")
    land, found = best_scale(pieces, ratio, 1.0, Effort())
    return _drawn(land, found.angle, ratio * found.scale, found.scale) if land else None


def best_scale(
    pieces: Sequence[Land], width: float, depth: float, effort: Effort, at_least: float = 0.0
) -> tuple[Land | None, Turned]:
    """The piece in which the rectangle fits largest, and how large; the ceiling is that of all pieces.

    None where no piece takes one of a larger scale than `at_least`.
    """
    best_land, best, ceiling = None, Turned(at_least, 0.0, 0.0), 0.0
    for land in pieces:
        if land.polygon.area < best.scale**2 * width * depth:
            ceiling = max(ceiling, math.sqrt(land.polygon.area / (width * depth)))
            break
        found = largest_scale(land, width, depth, effort, Range(best.scale))
        ceiling = max(ceiling, found.ceiling)
        if found.scale > best.scale:
            best_land, best = land, found
    return best_land, replace(best, ceiling=max(ceiling, best.scale if best_land else 0.0))


def _fits(land: Land, angle: float, width: float, depth: float) -> bool:
    return bool(fits(land, Questions(np.array([angle]), np.array([width]), np.array([depth])))[0])


def _drawn(land: Land, angle: float, width: float, depth: float) -> Rectangle:
    """The rectangle where it has room; by a hair smaller, because it touches on all sides."""
    play = _PLAY
    while not _fits(land, angle, width * (1 - play), depth * (1 - play)):
        play *= 10
    width, depth = width * (1 - play), depth * (1 - play)
    room = rooms(land, Questions(np.array([angle]), np.array([width]), np.array([depth])))[0]
    centre = shapely.get_coordinates(shapely.point_on_surface(room))[0] + land.origin
    return Rectangle(width, depth, math.degrees(angle) % 180, rectangle_at(centre, angle, width, depth))


@dataclass(frozen=True)
class _Known:
    """Of one ratio: no rectangle is deeper than `upper_m`."""

    ratio: float
    upper_m: float


def _largest_at_all(pieces: Sequence[Land]) -> Rectangle | None:
    """Ratio by ratio. A rectangle of a ratio between two known ones is no deeper than the first and no wider than the
    second allow: where that is no larger than what was found, nothing between them is asked any more.
    """
    best: tuple[float, Land, float, float, float] | None = None
    known: list[_Known] = []
    waiting = list(_RATIOS)
    while waiting and len(known) < _RATIOS_TRIED_MAX:
        ratio = waiting.pop(0)
        least = math.sqrt(best[0] / ratio) if best else 0.0
        land, found = best_scale(pieces, ratio, 1.0, _COARSE, least)
        insort(known, _Known(ratio, found.ceiling), key=lambda one: one.ratio)
        if land is not None:
            best = (ratio * found.scale**2, land, found.angle, ratio * found.scale, found.scale)
        waiting = waiting or _promising(known, best[0] if best else 0.0)
    return _drawn(best[1], best[2], *_stretched(*best[1:])) if best else None


def _promising(known: Sequence[_Known], area_m2: float) -> list[float]:
    """The ratio to ask next: in the middle of the gap that may hide the largest rectangle, if any may."""
    gaps = [(a.upper_m * b.ratio * b.upper_m, a.ratio, b.ratio) for a, b in pairwise(known)]
    most, low, high = max(gaps, default=(0.0, 1.0, 1.0))
    return [math.sqrt(low * high)] if most > area_m2 * _AREA_GAP else []


def _stretched(land: Land, angle: float, width: float, depth: float) -> tuple[float, float]:
    """The sides drawn out as far as the land goes at this angle, the wider one first."""
    width *= _longest(lambda share: _fits(land, angle, width * share, depth))
    depth *= _longest(lambda share: _fits(land, angle, width, depth * share))
    return width, depth


def _longest(holds: Callable[[float], bool]) -> float:
    """The largest share up to a quarter more for which it `holds`; 1 where none does."""
    low, high = 1.0, 1.25
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
