"""The largest rectangle in the net area: of a given ratio, or the largest at all."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.hall import Rectangle, rectangle_at, turn
from landportal.gis.fit.land import Land, lands
from landportal.gis.fit.rooms import Questions, rooms
from landportal.gis.fit.turning import Effort, Turned, largest_scale

RATIO_MAX = 1_000.0
_RATIOS = tuple(1.3**k for k in range(15))
_GOLDEN = (math.sqrt(5) - 1) / 2
_PLAY = 1e-9
"""The share by which a largest rectangle is drawn smaller: it touches on all sides, and has to have room."""


def largest_rectangle(net: BaseGeometry, ratio: float | None = None) -> Rectangle | None:
    """The largest rectangle inside of `net`, at any angle; of `ratio` (width : depth), or of the best one.

    Its sides are those of the largest one to 0.2 % for a given ratio (convex land: 0.01 %). The largest at all is
    sought over ratios of 1 to 40; it is found to about one per cent of its area. None where `net` has no area. Raises
    ValueError for a ratio below 1/1000 or above 1000.
    """
    pieces = lands(net)
    if ratio is None:
        return _largest_at_all(pieces)
    if not 1 / RATIO_MAX <= ratio <= RATIO_MAX:
        raise ValueError(f"a ratio of {ratio} is none")
    return _drawn(*best_scale(pieces, ratio, 1.0, Effort()), ratio, 1.0)


def best_scale(pieces: Sequence[Land], width: float, depth: float, effort: Effort) -> tuple[Land | None, Turned]:
    """The piece in which the rectangle fits largest, and how large; the ceiling is that of all pieces."""
    best_land, best, ceiling = None, Turned(0.0, 0.0, 0.0), 0.0
    for land in pieces:
        if land.polygon.area < best.scale**2 * width * depth:
            break
        found = largest_scale(land, width, depth, effort, best.scale)
        ceiling = max(ceiling, found.ceiling)
        if found.scale > best.scale:
            best_land, best = land, found
    return best_land, Turned(best.scale, best.angle, max(ceiling, best.scale), best.step)


def _drawn(land: Land | None, found: Turned, width: float, depth: float) -> Rectangle | None:
    if land is None:
        return None
    scale = found.scale * (1 - _PLAY)
    room = rooms(land, Questions(np.array([found.angle]), np.array([width * scale]), np.array([depth * scale])))[0]
    while room.is_empty:
        scale *= 1 - 1e-6
        room = rooms(land, Questions(np.array([found.angle]), np.array([width * scale]), np.array([depth * scale])))[0]
    centre = turn(found.angle) @ shapely.get_coordinates(shapely.point_on_surface(room))[0] + land.origin
    shape = rectangle_at(centre, found.angle, width * scale, depth * scale)
    return Rectangle(width * scale, depth * scale, math.degrees(found.angle) % 180, shape)


def _largest_at_all(pieces: Sequence[Land]) -> Rectangle | None:
    """Coarsely over the ratios, then between the neighbours of the best one by golden section."""
    coarse = Effort(gap=0.01, work=10_000)
    areas = [best_scale(pieces, ratio, 1.0, coarse)[1].scale ** 2 * ratio for ratio in _RATIOS]
    top = int(np.argmax(areas))
    low, high = _RATIOS[max(0, top - 1)], _RATIOS[min(len(_RATIOS) - 1, top + 1)]
    ratio = _golden_section(pieces, low, high)
    return _drawn(*best_scale(pieces, ratio, 1.0, Effort()), ratio, 1.0)


def _golden_section(pieces: Sequence[Land], low: float, high: float) -> float:
    effort = Effort(gap=2e-3, work=10_000)

    def area(ratio: float) -> float:
        return best_scale(pieces, ratio, 1.0, effort)[1].scale ** 2 * ratio

    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = area(left), area(right)
    for _ in range(10):
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = area(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = area(right)
    return left if at_left >= at_right else right
