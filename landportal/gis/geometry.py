"""Geometry as it comes in: parse, judge, repair, reproject. The only place of the product that changes CRS in Python.

Everything works on NumPy arrays of Shapely geometries, with None for a missing one. What the database derives from
stored geometry (areas, nearest infrastructure) does not live here.
"""

from __future__ import annotations

import functools
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from landportal.gis.notes import CannotRead, Note
from landportal.model import STORAGE_SRID

Geometries = NDArray[np.object_]
Mask = NDArray[np.bool_]
Points = NDArray[np.float64]
"""n × 2 coordinates."""

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

STORAGE_CRS = CRS.from_epsg(STORAGE_SRID)
WGS84 = CRS.from_epsg(4326)
GERMANY: Box = (5.5, 47.0, 15.6, 55.2)

MEASURABLE: Box = (3.0, 0.0, 15.0, 84.0)
"""Where EPSG:25832 still measures: 6° to both sides of its meridian 9° E, where lengths are 0.5 % off at most."""

REPAIR_TOLERANCE = 0.01
"""A repair may change the area by this share; beyond it nobody knows which land was meant."""

USUAL_CRS = (
    "EPSG:25832", "EPSG:25833", "EPSG:31468", "EPSG:31467", "EPSG:31469", "EPSG:31466", "EPSG:4647", "EPSG:5650",
    "EPSG:3857", "EPSG:4326",
)  # fmt: skip
"""What German offices deliver in, most usual first."""

_WKT = re.compile(r"^\s*(?:SRID\s*=\s*(\d+)\s*;)?\s*(?=[A-Za-z])", re.IGNORECASE)
_HEX = re.compile(r"^[0-9A-Fa-f]{18,}$")


def parse_crs(text: str) -> CRS:
    """The CRS that `text` names ("EPSG:25832", "25832", WKT); CannotRead if there is none of that name."""
    try:
        return CRS.from_user_input(int(text) if text.strip().isdigit() else text.strip())
    except (CRSError, ProjError, ValueError):
        raise CannotRead("crs_unknown", crs=text) from None


def crs_name(crs: CRS) -> str:
    """The short name people know a CRS by: its EPSG code, else its title."""
    epsg = crs.to_epsg(min_confidence=25)
    return f"EPSG:{epsg}" if epsg else str(crs.name)


def crs_unit(crs: CRS) -> str:
    """The unit of the first axis, as the CRS names it (metre, degree, US survey foot …)."""
    return str(crs.axis_info[0].unit_name) if crs.axis_info else "unknown"


def parse_geometries(texts: Sequence[str | None]) -> tuple[Geometries, Mask]:
    """Geometries from WKT, EWKT or hexadecimal WKB, and which texts were there but could not be parsed."""
    cleaned = [None if not text or not text.strip() else text.strip() for text in texts]
    wkb = [bytes.fromhex(t) if t and _HEX.match(t) and not len(t) % 2 else None for t in cleaned]
    wkt = [None if t is None or b is not None else _WKT.sub("", t) for t, b in zip(cleaned, wkb, strict=True)]
    parsed = np.asarray(shapely.from_wkt(np.array(wkt, dtype=object), on_invalid="ignore"), dtype=object)
    if any(wkb):
        from_wkb = np.asarray(shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore"), dtype=object)
        parsed = np.where(shapely.is_missing(parsed), from_wkb, parsed)
    stated = np.array([text is not None for text in cleaned], dtype=bool)
    return parsed, stated & shapely.is_missing(parsed)


def stated_srid(text: str) -> int | None:
    """The SRID an EWKT text carries."""
    match = _WKT.match(text)
    return int(match.group(1)) if match and match.group(1) else None


def bounds_of(geometries: Geometries) -> Box | None:
    """The box around everything finite in `geometries`, in their own units."""
    boxes = shapely.bounds(geometries).reshape(-1, 4)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def median_position(geometries: Geometries) -> tuple[float, float] | None:
    """The median of the geometries' centres: a few strays do not move it."""
    boxes = shapely.bounds(geometries).reshape(-1, 4)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None
    x, y = np.median((boxes[:, :2] + boxes[:, 2:]) / 2, axis=0)
    return float(x), float(y)


def has_finite_coordinates(geometries: Geometries) -> Mask:
    """Which geometries have only finite coordinates (missing and empty ones count as finite)."""
    points, owner = shapely.get_coordinates(geometries, return_index=True)
    finite = np.ones(len(geometries), dtype=bool)
    finite[owner[~np.isfinite(points).all(axis=1)]] = False
    return finite


def touches_null_island(geometries: Geometries) -> Mask:
    """Which geometries have a corner at 0/0, the place of a coordinate nobody entered."""
    points, owner = shapely.get_coordinates(geometries, return_index=True)
    found = np.zeros(len(geometries), dtype=bool)
    found[owner[(np.abs(points) < 1e-9).all(axis=1)]] = True
    return found


def centres(geometries: Geometries) -> Points:
    """Centre of each geometry's box (n × 2); NaN where there is none."""
    boxes = shapely.bounds(geometries).reshape(-1, 4)
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, dtype=np.float64)


def to_degrees(points: Points, crs: CRS) -> Points:
    """Points (n × 2) of `crs` as longitude and latitude; infinite where the CRS has no answer."""
    if not len(points):
        return points
    lon, lat = _transformer(crs, WGS84).transform(points[:, 0], points[:, 1])
    return np.column_stack([lon, lat])


def points_to_storage(degrees: Points) -> Points:
    """Longitude and latitude (n × 2) as points of EPSG:25832."""
    if not len(degrees):
        return degrees
    return np.column_stack(_transformer(WGS84, STORAGE_CRS).transform(degrees[:, 0], degrees[:, 1]))


def within(points: Points, box: Box) -> Mask:
    """Which points (n × 2, degrees) lie in `box`; NaN and infinity do not."""
    lon, lat = points[:, 0], points[:, 1]
    return np.asarray((lon >= box[0]) & (lon <= box[2]) & (lat >= box[1]) & (lat <= box[3]))


def measurable(geometries: Geometries, crs: CRS) -> Mask:
    """Which geometries lie where the storage CRS still measures (see MEASURABLE), all four corners of their box."""
    boxes = shapely.bounds(geometries).reshape(-1, 4)
    inside = np.ones(len(geometries), dtype=bool)
    for columns in ((0, 1), (0, 3), (2, 1), (2, 3)):
        inside &= within(to_degrees(boxes[:, columns], crs), MEASURABLE)
    return inside


def swap_axes(geometries: Geometries) -> Geometries:
    """The same geometries with x and y exchanged."""
    return np.asarray(shapely.transform(geometries, lambda points: points[:, ::-1]), dtype=object)


def to_storage(geometries: Geometries, crs: CRS) -> Geometries:
    """The geometries of `crs` in EPSG:25832."""
    return reproject(geometries, crs, STORAGE_CRS)


def reproject(geometries: Geometries, crs: CRS, target: CRS) -> Geometries:
    """The geometries of `crs` in `target`, easting (longitude) first; infinite where it has no answer."""
    if crs == target:
        return geometries
    transform = _transformer(crs, target).transform
    return np.asarray(
        shapely.transform(geometries, lambda points: np.column_stack(transform(points[:, 0], points[:, 1]))),
        dtype=object,
    )


@functools.lru_cache(maxsize=16)
def accuracy_note(crs: CRS) -> Note | None:
    """What to tell when the best known conversion from `crs` needs a grid this machine lacks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyproj warns about the missing grid; it is told below, with the accuracy.
        group = TransformerGroup(crs, STORAGE_CRS, always_xy=True)
    if group.best_available or not group.transformers:
        return None
    metres = group.transformers[0].accuracy
    return Note("crs_accuracy", {"crs": crs_name(crs), "metres": metres if metres > 0 else "?"})


@functools.lru_cache(maxsize=16)
def _transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def likely_crs(position: tuple[float, float], region: Box = GERMANY) -> list[str]:
    """The usual reference systems that put `position` into `region`, most usual first."""
    point = np.array([position])
    return [name for name in USUAL_CRS if within(to_degrees(point, CRS.from_user_input(name)), region)[0]]


def fits_area_of_use(position: tuple[float, float], crs: CRS) -> bool:
    """Whether `position` lies where `crs` is meant to be used, or up to half its width beside it."""
    use = crs.area_of_use
    if use is None:
        return True
    margin = (use.east - use.west) / 2
    box = (use.west - margin, use.south - margin, use.east + margin, use.north + margin)
    return bool(within(to_degrees(np.array([position]), crs), box)[0])


@dataclass(frozen=True)
class Repair:
    """Geometries after repair: which were mended (area kept within 1 %), which are beyond it, and why."""

    geometries: Geometries
    mended: Mask
    hopeless: Mask
    reasons: NDArray[np.object_]


def repair_polygons(geometries: Geometries) -> Repair:
    """Make invalid polygons valid where that changes their area by at most 1 %; units are the geometries' own."""
    invalid = ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
    reasons = np.full(len(geometries), "", dtype=object)
    if not invalid.any():
        return Repair(geometries, invalid, invalid.copy(), reasons)
    reasons[invalid] = shapely.is_valid_reason(geometries[invalid])
    fixed = as_polygons(np.asarray(shapely.make_valid(geometries[invalid]), dtype=object))
    before, after = shapely.area(geometries[invalid]), shapely.area(fixed)
    kept = (after > 0) & (np.abs(after - before) <= REPAIR_TOLERANCE * np.maximum(before, 1e-12))
    result, mended, hopeless = geometries.copy(), np.zeros_like(invalid), np.zeros_like(invalid)
    places = np.flatnonzero(invalid)
    result[places[kept]] = fixed[kept]
    mended[places[kept]], hopeless[places[~kept]] = True, True
    return Repair(result, mended, hopeless, reasons)


def as_polygons(geometries: Geometries) -> Geometries:
    """The polygonal part of each geometry as a MultiPolygon; None where it has none."""
    types = shapely.get_type_id(geometries)
    result = np.full(len(geometries), None, dtype=object)
    result[types == 6] = geometries[types == 6]
    result[types == 3] = shapely.multipolygons(geometries[types == 3][:, None]) if (types == 3).any() else None
    for place in np.flatnonzero(types == 7):
        parts = [p for p in shapely.get_parts(shapely.get_parts(geometries[place])) if shapely.get_type_id(p) == 3]
        result[place] = shapely.multipolygons(parts) if parts else None
    return result


def as_lines(geometries: Geometries) -> Geometries:
    """Lines as MultiLineStrings; None for anything else."""
    types = shapely.get_type_id(geometries)
    result = np.full(len(geometries), None, dtype=object)
    result[types == 5] = geometries[types == 5]
    for place in np.flatnonzero(types == 1):
        result[place] = shapely.multilinestrings([geometries[place]])
    return result


def as_points(geometries: Geometries) -> Geometries:
    """Points, single-membered MultiPoints, and a point inside each polygon; None for anything else."""
    types = shapely.get_type_id(geometries)
    result = np.full(len(geometries), None, dtype=object)
    result[types == 0] = geometries[types == 0]
    single = (types == 4) & (shapely.get_num_geometries(geometries) == 1)
    result[single] = shapely.get_geometry(geometries[single], 0)
    areal = np.isin(types, (3, 6))
    result[areal] = shapely.point_on_surface(geometries[areal])
    return result


def as_hex_ewkb(geometries: Geometries, srid: int = STORAGE_SRID) -> list[str | None]:
    """Hexadecimal EWKB, the form COPY takes."""
    return list(shapely.to_wkb(shapely.set_srid(geometries, srid), hex=True, include_srid=True))
