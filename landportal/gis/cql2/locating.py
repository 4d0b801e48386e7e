"""Geometry literals where the stored geometries are: cut to where CRS hold, in the CRS of the store.

Nothing stored in a grid of ours lies beyond `_REACH`. What a literal has beyond it cannot be transformed, but it must
not be forgotten either: a polygon that reaches to the antimeridian is in no parcel. So it is replaced by a stand-in of
the same dimension in a corner where nothing can be, and every predicate keeps its answer.
"""

from __future__ import annotations

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, LargeBinary, func, literal

from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.shapes import gathered, rectangle
from landportal.gis.cql2.tree import Box, Shape

_Box = tuple[float, float, float, float]

_GRID: _Box = (-1_500_000.0, -500_000.0, 2_500_000.0, 9_300_000.0)
_REACH: dict[int, _Box] = {
    4326: (-20.0, -4.0, 38.0, 84.0), 3857: (-2_226_000.0, -446_000.0, 4_230_000.0, 18_700_000.0),
    25832: _GRID, 25833: _GRID, 31468: (2_500_000.0, -500_000.0, 6_500_000.0, 9_300_000.0),
}  # fmt: skip
"""West, south, east, north in units of the CRS, easting or longitude first: transformations into grids hold here."""

_WORLD: dict[int, _Box] = {4326: (-180.0, -90.0, 180.0, 90.0), 3857: (-20_037_509.0, -2e8, 20_037_509.0, 2e8)}
"""Beyond, there is no place on earth."""

CRS = frozenset(_REACH)
"""EPSG numbers of the CRS that literals may be written in."""

_STEPS = 100
"""A straight side of one CRS is a curve in another: literals get points at this share of their extent."""


def oriented(node: Shape | Box, srid: int, swapped: bool) -> Shape:
    """The literal with easting or longitude first. BadFilter where it is no box or lies on no place on earth."""
    if isinstance(node, Box):
        low, high = (node.low[::-1], node.high[::-1]) if swapped else (node.low, node.high)
        shape = rectangle((low[0], low[1]), (high[0], high[1]), srid == 4326, node.where)
    elif swapped:
        shape = Shape(shapely.transform(node.geometry, lambda points: points[:, ::-1]), node.where)
    else:
        shape = node
    _check_on_earth(shape.geometry, srid, node.where)
    return shape


def located(shape: Shape, srid: int, stored_srid: int) -> ColumnElement[Any]:
    """The literal, oriented, as SQL in `stored_srid`."""
    if srid == stored_srid:
        return _bound(shape.geometry, srid)
    everywhere = stored_srid == 4326 and srid == 3857
    geometry = shape.geometry if everywhere else _cut(shape.geometry, _REACH[srid])
    return func.st_transform(_bound(_with_points(geometry), srid), stored_srid)


def within_reach(shape: Shape, srid: int, stored_srid: int) -> bool:
    """Whether nothing of the literal has to be cut away, so that distances to it can be measured."""
    return srid == stored_srid or bool(shapely.box(*_REACH[srid]).covers(shape.geometry))


def _check_on_earth(geometry: BaseGeometry, srid: int, where: str) -> None:
    low_x, low_y, high_x, high_y = geometry.bounds
    west, south, east, north = _WORLD.get(srid, (-1e9, -1e9, 1e9, 1e9))
    if low_x < west or high_x > east or low_y < south or high_y > north:
        unit = "Longitudes are -180 to 180, latitudes -90 to 90" if srid == 4326 else "This is no place on earth"
        raise BadFilter(f"{unit}.", where)


def _cut(geometry: BaseGeometry, reach: _Box) -> BaseGeometry:
    window = shapely.box(*reach)
    if window.covers(geometry):
        return geometry
    kept: list[BaseGeometry] = []
    for part in shapely.get_parts(geometry):
        dimension = shapely.get_dimensions(part)
        inside = shapely.get_parts(shapely.intersection(part, window))
        kept += [piece for piece in inside if not piece.is_empty and shapely.get_dimensions(piece) == dimension]
        if not window.covers(part):
            kept.append(_stand_in(int(dimension), reach))
    return shapely.union_all(kept) if len({one.geom_type for one in kept}) == 1 else gathered(kept)


def _stand_in(dimension: int, reach: _Box) -> BaseGeometry:
    west, _, east, north = reach
    step = (east - west) / 1000
    x, y = east + 10 * step, north + 5 * step
    box = shapely.box(x, y, x + step, y + step)
    return {0: shapely.Point(x, y), 1: shapely.LineString([(x, y), (x + step, y)])}.get(dimension, box)


def _with_points(geometry: BaseGeometry) -> BaseGeometry:
    if geometry.length == 0:
        return geometry
    west, south, east, north = geometry.bounds
    return shapely.segmentize(geometry, max((east - west) / _STEPS, (north - south) / _STEPS, geometry.length / 5_000))


def _bound(geometry: BaseGeometry, srid: int) -> ColumnElement[Any]:
    """The CRS travels in the value: as an argument it would be a part of the SQL that SQLAlchemy does not look at."""
    wkb = shapely.to_wkb(shapely.set_srid(geometry, srid), include_srid=True)
    return func.st_geomfromewkb(literal(wkb, LargeBinary()))
