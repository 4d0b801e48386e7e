"""Geometries as they are written in a filter, as GeoJSON nests their coordinates: checked, and built in the plane.

Heights are left away. A geometry that is not valid is refused with the place where it goes wrong, never repaired:
nobody would know which one was asked for. Where a geometry lies in a CRS is looked at in `locating`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NoReturn

import shapely
from shapely.geometry.base import BaseGeometry

from landportal.gis.cql2.problems import MAX_POSITIONS, BadFilter
from landportal.gis.cql2.tree import Box, Shape

NESTING = {"Point": 0, "LineString": 1, "MultiPoint": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3}
"""How many lists stand around a position."""

COLLECTION = "GeometryCollection"
LARGEST = 1e9
"""No CRS offered has larger coordinates."""

_PARTS = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}


def shape(kind: str, coordinates: Any, where: str) -> Shape:
    """The geometry of GeoJSON's type `kind`; BadFilter if it is none."""
    if _positions(coordinates) > MAX_POSITIONS:
        raise BadFilter(f"A geometry has at most {MAX_POSITIONS} positions.", where)
    return _valid(_build(kind, coordinates, where), where)


def collection(parts: Sequence[Shape], where: str) -> Shape:
    """A collection of geometries; those of one kind become one geometry of several parts."""
    if not parts:
        _refuse("The geometry is empty.", where)
    singles = [single for part in parts for single in shapely.get_parts(part.geometry)]
    return _valid(gathered(singles), where)


def gathered(singles: Sequence[BaseGeometry]) -> BaseGeometry:
    """Points, lines or polygons as one geometry."""
    kinds = {single.geom_type for single in singles}
    if len(singles) == 1:
        return singles[0]
    whole: dict[str, type[BaseGeometry]] = {
        "Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon,
    }  # fmt: skip
    several = whole[kinds.pop()] if len(kinds) == 1 else shapely.GeometryCollection
    return several(list(singles))  # type: ignore[call-arg]


def box(numbers: Sequence[Any], where: str) -> Box:
    """The box of four numbers, or of six with heights."""
    if len(numbers) not in {4, 6}:
        _refuse("A box has four numbers, or six with heights.", where)
    half = len(numbers) // 2
    return Box(_position(numbers[:2], where), _position(numbers[half : half + 2], where), where)


def rectangle(low: tuple[float, float], high: tuple[float, float], degrees: bool, where: str) -> Shape:
    """The geometry of a box, easting or longitude first.

    In degrees a box may cross the antimeridian; then its first longitude is the greater one.
    """
    (west, south), (east, north) = low, high
    if south > north:
        _refuse("The second corner of the box lies below the first.", where)
    if west <= east:
        return Shape(_rectangle(west, south, east, north), where)
    if not degrees or east < -180 or west > 180:
        _refuse("The second corner of the box lies left of the first.", where)
    sides = [_rectangle(west, south, 180.0, north), _rectangle(-180.0, south, east, north)]
    return Shape(gathered([part for side in sides for part in shapely.get_parts(side)]), where)


def _rectangle(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A box without width or height is a line or a point."""
    if (west, south) == (east, north):
        return shapely.Point(west, south)
    if west == east or south == north:
        return shapely.LineString([(west, south), (east, north)])
    return shapely.box(west, south, east, north)


def _positions(coordinates: Any) -> int:
    """How many numbers' lists there are, counted without recursion."""
    count, waiting = 0, [coordinates]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (list, tuple)):
            count += 1
            waiting.extend(one)
    return count


def _build(kind: str, coordinates: Any, where: str) -> BaseGeometry:
    if not isinstance(coordinates, (list, tuple)) or not coordinates:
        _refuse("The geometry is empty.", where)
    if kind == "Point":
        return shapely.Point(_position(coordinates, where))
    if kind in _PARTS:
        return gathered_as(kind, [_build(_PARTS[kind], part, where) for part in coordinates])
    if kind == "LineString":
        return shapely.LineString(_line(coordinates, 2, where))
    rings = [_ring(ring, where) for ring in coordinates]
    return shapely.Polygon(rings[0], rings[1:])


def gathered_as(kind: str, parts: Sequence[BaseGeometry]) -> BaseGeometry:
    """`parts` as a geometry of several parts, even if there is one alone."""
    several: dict[str, type[BaseGeometry]] = {
        "MultiPoint": shapely.MultiPoint, "MultiLineString": shapely.MultiLineString,
        "MultiPolygon": shapely.MultiPolygon,
    }  # fmt: skip
    return several[kind](list(parts))  # type: ignore[call-arg]


def _ring(positions: Any, where: str) -> list[tuple[float, float]]:
    ring = _line(positions, 4, where)
    if ring[0] != ring[-1]:
        _refuse("A ring ends where it begins.", where)
    return ring


def _line(positions: Any, least: int, where: str) -> list[tuple[float, float]]:
    if not isinstance(positions, (list, tuple)) or len(positions) < least:
        _refuse(f"At least {least} positions are needed.", where)
    return [_position(position, where) for position in positions]


def _position(numbers: Any, where: str) -> tuple[float, float]:
    if not isinstance(numbers, (list, tuple)) or not 2 <= len(numbers) <= 4:
        _refuse("A position has two numbers, or three with a height.", where)
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            _refuse("A position is made of numbers.", where)
        if not -LARGEST <= number <= LARGEST:
            _refuse("This lies far outside of every CRS offered here.", where)
    return float(numbers[0]), float(numbers[1])


def _valid(geometry: BaseGeometry, where: str) -> Shape:
    if not math.isfinite(geometry.length):
        _refuse("The geometry is too large.", where)
    if not geometry.is_valid:
        _refuse(f"The geometry is not valid: {shapely.is_valid_reason(geometry)}.", where)
    return Shape(geometry, where)


def _refuse(reason: str, where: str) -> NoReturn:
    raise BadFilter(reason, where)
