"""The exact test: a place for a hall inside the net area, in any rotation, or by how much it fails."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.convex import Array
from landportal.gis.fit.hall import Block, Hall, Misfit, Placement, Rectangle, box_at
from landportal.gis.fit.land import Land, lands, mended
from landportal.gis.fit.largest import best_scale
from landportal.gis.fit.rooms import Geometries, Questions, rooms
from landportal.gis.fit.turning import Effort, Turned, largest_scale

TOLERANCE_M = 0.01
"""A hall that fits with this much to spare is found for sure, see `place`."""

_PLAY_M = 2e-6
"""Halls stand this far from what bounds them where they can; one without any play stands as exactly as numbers do."""

_DIRECTIONS_MAX = 16
_SPOTS_MAX = 160
_OUTSIDE = 1e-6
_ROAD_STEP_M = 1.0

_TEST = Effort(enough=1.0, work=250_000)
_MISFIT = Effort(gap=5e-3, work=50_000)


@dataclass(frozen=True)
class _Spot:
    land: Land
    block: Block
    angle: float
    centre: Array
    """In EPSG:25832."""

    @property
    def shape(self) -> Polygon:
        return box_at(self.centre, self.angle, self.block.box)


def place(net: BaseGeometry, hall: Hall, road: BaseGeometry | None = None) -> Placement | Misfit:
    """The best place for `hall` inside `net`, or by how much it fails.

    Whatever is placed lies inside: at most 1e-6 of its area sticks out, where it fits without play. Whatever would fit
    if it were TOLERANCE_M wider and deeper is found, at any angle, holes and several parts included; a Misfit says if
    that is more, because the outline was simplified (beyond 400 edges) or the work was used up.

    Best is, of the corners and edges at which it was found to fit, what leaves the most land in one piece; with `road`
    what has its front along and nearest to the road, to the metre, then the most land.
    """
    net = mended(net)
    pieces = lands(net)
    spots: list[_Spot] = []
    tolerance = TOLERANCE_M
    for block, land in itertools.product(hall.blocks(), pieces):
        found, step = angles_of(land, block)
        spots += itertools.islice(spots_of(land, block, found), _SPOTS_MAX)
        tolerance = max(tolerance, 2 * (step * max(block.width_m, block.depth_m) + land.inset_m))
    best = _best(spots, hall, net, road)
    return best or _misfit(pieces, hall, tolerance)


def fits(net: BaseGeometry, hall: Hall) -> bool:
    """Whether `place` finds a place, without the search for the best one or for what is missing."""
    pairs = itertools.product(hall.blocks(), lands(net))
    return any(len(angles_of(land, block)[0]) for block, land in pairs)


def angles_of(land: Land, block: Block) -> tuple[Array, float]:
    """Angles at which the block may fit, along edges first; and the interval of angles that was left unsearched."""
    if land.polygon.area < block.width_m * block.depth_m * (1 - _OUTSIDE):
        return np.array([]), 0.0
    directions = land.directions[:_DIRECTIONS_MAX]
    along = np.concatenate([directions, directions + np.pi / 2])
    along = along[land.hull.scales(along, block.width_m, block.depth_m) >= 1 - 1e-9]
    if len(along):
        along = along[shapely.area(_tight_rooms(land, block, along)) > 0]
    if len(along):
        return along, 0.0
    found: Turned = largest_scale(land, block.width_m, block.depth_m, _TEST)
    return (np.array([found.angle]) if found.scale >= 1 - 1e-9 else np.array([])), found.step


def _tight_rooms(land: Land, block: Block, angles: Array, play_m: float = -_PLAY_M) -> Geometries:
    width, depth = np.full(len(angles), block.width_m + play_m), np.full(len(angles), block.depth_m + play_m)
    return rooms(land, Questions(angles, width, depth))


def spots_of(land: Land, block: Block, angles: Array) -> Iterator[_Spot]:
    """Places worth comparing: the corners of each room, one of each room in turn."""
    corners = []
    for angle, ample, tight in zip(
        angles, _tight_rooms(land, block, angles, _PLAY_M), _tight_rooms(land, block, angles), strict=True
    ):
        # Without play its middle comes first: there the hall stands most exactly.
        room = shapely.get_coordinates(ample if ample.area > 0 else [tight.centroid, tight])
        points = room + land.origin
        corners.append([_Spot(land, block, float(angle), point) for point in points])
    for turn_ in itertools.zip_longest(*corners):
        yield from (spot for spot in turn_ if spot is not None)


def _best(spots: Sequence[_Spot], hall: Hall, net: BaseGeometry, road: BaseGeometry | None) -> Placement | None:
    """The first of the spots, best first, that is proved to lie inside."""
    if not spots:
        return None
    away = np.zeros(len(spots))
    if road is not None and not road.is_empty:
        spots = [*spots, *(replace(spot, angle=spot.angle + np.pi) for spot in spots)]
        away = np.round(_front_distances(spots, road) / _ROAD_STEP_M)
    spares = np.round(_spares(spots), 3)
    order = (spots[place] for place in np.lexsort((-spares, away)))
    best = next((spot for spot in order if lies_inside(spot, net)), None)
    return best and placement_at(best, hall, net, road)


def lies_inside(spot: _Spot, net: BaseGeometry) -> bool:
    outside = shapely.difference(spot.shape, net).area
    return bool(outside <= _OUTSIDE * spot.block.width_m * spot.block.depth_m)


def _front_distances(spots: Sequence[_Spot], road: BaseGeometry) -> Array:
    """How far the two ends of the hall's front are from the road, on average: near and along are one measure."""
    ends = _corners(spots, np.array([spot.block.hall for spot in spots]))[:, :2]
    return np.asarray(shapely.distance(shapely.points(ends), road).mean(axis=1), dtype=np.float64)


def _corners(spots: Sequence[_Spot], boxes: Array) -> Array:
    """The corners of a box (west, south, east, north) of each spot, front side first: k × 4 × 2."""
    corners = boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]
    cos, sin = np.cos([spot.angle for spot in spots]), np.sin([spot.angle for spot in spots])
    turns = np.moveaxis(np.array([[cos, -sin], [sin, cos]]), 2, 0)
    turned: Array = np.einsum("kij,kcj->kci", turns, corners) + np.array([spot.centre for spot in spots])[:, None]
    return turned


def _spares(spots: Sequence[_Spot]) -> Array:
    """For each spot the largest piece of its land that the block leaves."""
    corners = _corners(spots, np.array([spot.block.box for spot in spots]))
    blocks = shapely.polygons(corners - np.array([spot.land.origin for spot in spots])[:, None])
    left, owner = shapely.get_parts(shapely.difference([s.land.polygon for s in spots], blocks), return_index=True)
    spares = np.zeros(len(spots))
    np.maximum.at(spares, owner, shapely.area(left))
    return spares


def placement_at(spot: _Spot, hall: Hall, net: BaseGeometry, road: BaseGeometry | None) -> Placement:
    shape = box_at(spot.centre, spot.angle, spot.block.hall)
    drawn = Rectangle(hall.width_m, hall.depth_m, math.degrees(spot.angle) % 180, shape)
    extension = spot.block.extension and box_at(spot.centre, spot.angle, spot.block.extension)
    road_m = None if road is None or road.is_empty else float(shape.distance(road))
    left = shapely.get_parts(shapely.difference(net, spot.shape))
    spare_m2 = float(shapely.area(left).max(initial=0.0))
    return Placement(drawn, spot.shape, math.degrees(spot.angle) % 360, spare_m2, road_m, extension)


def _misfit(pieces: Sequence[Land], hall: Hall, tolerance_m: float) -> Misfit:
    scales = [best_scale(pieces, b.width_m, b.depth_m, _MISFIT)[1].scale for b in hall.blocks()] if pieces else [0.0]
    scale = min(max(scales), 1.0)
    return Misfit(scale, hall.width_m * (1 - scale), hall.depth_m * (1 - scale), tolerance_m)
