"""A shape as people write, draw and read it: text with one corner a line, WKT or GeoJSON; and what is wrong with it.

Shapes are MultiPolygons in EPSG:25832. Cutting and joining live in `cutting`, whole files in `readers`; nothing here
knows the store, a user or a permission.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from landportal.errors import InvalidInput
from landportal.gis import geometry
from landportal.gis.notes import Fact
from landportal.model import STORAGE_SRID

TEXT_MAX = 1_000_000
"""Characters of a shape that are read at all."""

CORNERS_MAX = 10_000
"""Corners of one shape; a hand-drawn parcel has dozens, a surveyed one hundreds."""

LINES_MAX = 100
"""Parts and holes of one shape."""

DECIMALS = 3
"""Millimetres: what a corner is written with."""

SAME_CORNER_M = 0.002
"""A corner this close to one of before is the same: it went through text or degrees, nobody moved it."""

EASTINGS, NORTHINGS = (200_000.0, 1_000_000.0), (5_100_000.0, 6_200_000.0)
"""Where EPSG:25832 is used in Germany, in metres, with room to spare."""

HOLE_WORDS = {"hole", "loch"}


class BadShape(InvalidInput):
    """A text or drawing that is no shape; `code` and `facts` let the page say it in the reader's language."""

    def __init__(self, code: str, field: str = "shape", **facts: Fact) -> None:
        super().__init__(code, field)
        self.code, self.facts = code, facts


@dataclass(frozen=True)
class Fault:
    """Why a shape is not valid and where (EPSG:25832); `mended` is what could be meant, None where nobody knows."""

    code: str
    place: tuple[float, float] | None
    mended: MultiPolygon | None


# -------------------------------------------------------------------------------------------------------- reading


def read_shape(text: str) -> MultiPolygon:
    """The shape that `text` says: corners `E N` a line in EPSG:25832, WKT or GeoJSON (lon/lat); valid or not.

    An empty line begins the next part, a line "hole" or "Loch" a hole of the part before. Raises BadShape.
    """
    found = _polygonal(_any_geometry(text, "shape"))
    corners = shapely.get_num_coordinates(found)
    if corners > CORNERS_MAX:
        raise BadShape("too_many_corners", found=int(corners), limit=CORNERS_MAX)
    return found


def read_line(text: str) -> LineString:
    """The line that `text` says, in the same ways of writing; raises BadShape for anything but one line."""
    if text.strip() and _is_plain(text):
        blocks = _blocks(text, "line")
        corners = [corner for _, block in blocks for corner in block]
        if len(corners) < 2:
            raise BadShape("line_too_short", "line")
        return LineString(corners)
    found = _any_geometry(text, "line")
    lines = [part for part in shapely.get_parts(found) if isinstance(part, LineString)]
    if len(lines) != 1 or lines[0].length == 0:
        raise BadShape("not_a_line", "line", found=found.geom_type)
    if shapely.get_num_coordinates(found) > CORNERS_MAX:
        raise BadShape("too_many_corners", "line", found=int(shapely.get_num_coordinates(found)), limit=CORNERS_MAX)
    return lines[0]


def _is_plain(text: str) -> bool:
    return not re.match(r"\s*(\{|[A-Za-z]+\s*(Z|M|ZM)?\s*(\(|EMPTY)|SRID\s*=)", text, re.IGNORECASE)


def _any_geometry(text: str, field: str) -> BaseGeometry:
    if not text.strip():
        raise BadShape("empty", field)
    if len(text) > TEXT_MAX:
        raise BadShape("too_long", field, limit=TEXT_MAX)
    if text.lstrip().startswith("{"):
        return _from_geojson(text, field)
    return _from_corners(text) if _is_plain(text) else _from_wkt(text, field)


def _from_wkt(text: str, field: str) -> BaseGeometry:
    srid = geometry.stated_srid(text)
    parsed, unreadable = geometry.parse_geometries([text])
    if unreadable[0]:
        raise BadShape("not_wkt", field)
    found = shapely.force_2d(parsed)
    if srid not in {None, 0, STORAGE_SRID}:
        found = geometry.to_storage(found, geometry.parse_crs(str(srid)))
    elif _is_degrees(found[0]):
        found = geometry.to_storage(found, geometry.WGS84)
    return _placed(found[0], field)


def _from_geojson(text: str, field: str) -> BaseGeometry:
    try:
        content = json.loads(text)
        features = content.get("features")
        if isinstance(features, list):
            if len(features) != 1:
                raise BadShape("several_features", field, found=len(features))
            content = features[0]
        found = shapely.force_2d(shapely.from_geojson(json.dumps(content.get("geometry", content))))
    except (ValueError, AttributeError, RecursionError, ShapelyError):
        raise BadShape("not_geojson", field) from None
    degrees = np.array([found], dtype=object)
    return _placed(geometry.to_storage(degrees, geometry.WGS84)[0] if _is_degrees(found) else found, field)


def _is_degrees(found: BaseGeometry) -> bool:
    west, south, east, north = shapely.bounds(found)
    return bool(abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90)


def _placed(found: BaseGeometry, field: str) -> BaseGeometry:
    refuse_elsewhere(found, field)
    return found


def refuse_elsewhere(found: BaseGeometry, field: str) -> None:
    """BadShape where a corner of `found` (EPSG:25832) lies where that CRS is not used."""
    for x, y in shapely.get_coordinates(found):
        _check_corner(float(x), float(y), field, 0)


def _from_corners(text: str) -> BaseGeometry:
    polygons: list[tuple[list[tuple[float, float]], list[list[tuple[float, float]]]]] = []
    for is_hole, corners in _blocks(text, "shape"):
        if len(set(corners)) < 3:
            raise BadShape("too_few_corners", part=len(polygons) + (0 if is_hole else 1))
        if is_hole and not polygons:
            raise BadShape("hole_first")
        if is_hole:
            polygons[-1][1].append(corners)
        else:
            polygons.append((corners, []))
    return MultiPolygon([Polygon(shell, holes) for shell, holes in polygons])


def _blocks(text: str, field: str) -> list[tuple[bool, list[tuple[float, float]]]]:
    """Runs of corners, and whether each is a hole."""
    blocks: list[tuple[bool, list[tuple[float, float]]]] = []
    begins, is_hole = True, False
    for number, line in enumerate(text.splitlines(), start=1):
        word = line.strip().rstrip(":").casefold()
        if not word or word in HOLE_WORDS:
            begins, is_hole = True, bool(word) or (is_hole and begins)
            continue
        if begins:
            blocks.append((is_hole, []))
            begins, is_hole = False, False
        blocks[-1][1].append(_corner(line, number, field))
    if len(blocks) > LINES_MAX:
        raise BadShape("too_many_parts", field, found=len(blocks), limit=LINES_MAX)
    return blocks


def _corner(line: str, number: int, field: str) -> tuple[float, float]:
    # A comma parts two numbers or marks decimals: "620123,5 5640000,2" has two, "620123.5, 5640000.2" one with a space.
    words = [word.rstrip(",") for word in re.split(r"[\s;]+", line.strip()) if word.rstrip(",")]
    if len(words) == 1 and words[0].count(",") == 1:
        words = words[0].split(",")
    if len(words) < 2:
        raise BadShape("not_a_corner", field, line=number, text=line.strip()[:60])
    try:
        east, north = (float(Decimal(word.replace(",", "."))) for word in words[:2])
    except InvalidOperation:
        raise BadShape("not_a_corner", field, line=number, text=line.strip()[:60]) from None
    _check_corner(east, north, field, number)
    return east, north


def _check_corner(east: float, north: float, field: str, line: int) -> None:
    facts: Mapping[str, Fact] = {"line": line, "east": f"{east:.3f}", "north": f"{north:.3f}"}
    if _lies(east, EASTINGS) and _lies(north, NORTHINGS):
        return
    if _lies(north, EASTINGS) and _lies(east, NORTHINGS):
        raise BadShape("swapped", field, **facts)
    raise BadShape("elsewhere", field, **facts)


def _lies(value: float, between: tuple[float, float]) -> bool:
    return between[0] <= value <= between[1]


def _polygonal(found: BaseGeometry) -> MultiPolygon:
    if isinstance(found, Polygon) and not found.is_empty:
        return MultiPolygon([found])
    if isinstance(found, MultiPolygon) and not found.is_empty:
        return found
    raise BadShape("not_polygons", found=found.geom_type)


# -------------------------------------------------------------------------------------------------------- writing


def written(shape: MultiPolygon, hole_word: str) -> str:
    """`shape` as the text that `read_shape` reads: one corner a line, to the millimetre."""
    blocks: list[str] = []
    for polygon in shape.geoms:
        blocks.append(_lines(polygon.exterior.coords))
        blocks.extend(f"{hole_word}\n{_lines(ring.coords)}" for ring in polygon.interiors)
    return "\n\n".join(blocks)


def line_written(line: LineString) -> str:
    """`line` in the same way."""
    return "\n".join(_corner_written(corner) for corner in line.coords)


def _lines(coordinates: shapely.coords.CoordinateSequence) -> str:
    return "\n".join(_corner_written(corner) for corner in list(coordinates)[:-1])


def _corner_written(corner: tuple[float, ...]) -> str:
    return f"{corner[0]:.{DECIMALS}f} {corner[1]:.{DECIMALS}f}"


def as_geojson(shape: BaseGeometry) -> str:
    """`shape` as a GeoJSON geometry in lon/lat; ten decimals are a hundredth of a millimetre."""
    degrees = shapely.transform(shape, lambda points: geometry.to_degrees(points, geometry.STORAGE_CRS))
    return str(shapely.to_geojson(shapely.transform(degrees, lambda points: np.round(points, 10))))


# -------------------------------------------------------------------------------------------------------- judging


def keep_corners(shape: MultiPolygon, before: BaseGeometry) -> MultiPolygon:
    """`shape` with each corner that nobody moved exactly where `before` has it."""
    known = shapely.get_coordinates(before)
    tree = shapely.STRtree([Point(corner) for corner in known])

    def settled(points: geometry.Points) -> geometry.Points:
        mine, theirs = tree.query_nearest(
            shapely.points(points), max_distance=SAME_CORNER_M, return_distance=False, all_matches=False
        )
        result = points.copy()
        result[mine] = known[theirs]
        return result

    kept: MultiPolygon = shapely.transform(shape, settled)
    return before if isinstance(before, MultiPolygon) and kept.equals_exact(before, 0) else kept


def without_doubles(shape: MultiPolygon) -> MultiPolygon:
    """`shape` without corners that say the same twice in a row."""
    slim: MultiPolygon = shapely.remove_repeated_points(shape, 0)
    return slim


_FAULTS = {
    "Self-intersection": "crosses_itself",
    "Ring Self-intersection": "touches_itself",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "hole_outside",
    "Nested shells": "parts_overlap",
    "Duplicate Rings": "parts_overlap",
    "Interior is disconnected": "touches_itself",
    "Too few points in geometry component": "too_thin",
}


def fault_of(shape: MultiPolygon) -> Fault | None:
    """What makes `shape` invalid, where, and how it could be mended; None where it is valid."""
    if shape.is_valid:
        return None
    reason, _, place = shapely.is_valid_reason(shape).partition("[")
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", place)]
    mended = geometry.as_polygons(np.array([shapely.make_valid(shape)], dtype=object))[0]
    usable = mended is not None and mended.area > 0
    return Fault(
        _FAULTS.get(reason, "not_valid"), (numbers[0], numbers[1]) if len(numbers) > 1 else None,
        mended if usable else None,
    )  # fmt: skip
