"""Shapes of a context layer as they are kept: flat, valid, in the layer's CRS. Points, lines and areas may be mixed.

Land that is marketed is stricter (`geometry.repair_polygons` and the import's checks); files are opened in `readers`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from pyproj import CRS

from landportal.gis import geometry
from landportal.gis.geometry import Box, Geometries, Mask, Points

_WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
_ROUNDING_DEG = 1e-9
"""What lies so little beyond the edge of the world lies on it: Natural Earth's Russia reaches 180.00000000000017° E."""

_STEPS = 16
"""Points on each side of a box when it is brought into degrees: a straight side is a curve there."""


@dataclass(frozen=True)
class KeptShapes:
    """Shapes in the layer's CRS, None where a row has none; which were mended; `unusable`: place → why."""

    geometries: Geometries
    mended: Mask
    unusable: dict[int, str]


def lies_where_storage_measures(geometries: Geometries, crs: CRS) -> bool:
    """Whether all shapes lie where the storage CRS measures; those without a finite place are left aside."""
    there = geometries[~_placeless(geometries)]
    return bool(geometry.measurable(there, crs).all()) if len(there) else True


def _placeless(geometries: Geometries) -> Mask:
    absent = shapely.is_missing(geometries) | shapely.is_empty(geometries)
    return np.asarray(absent | ~geometry.has_finite_coordinates(geometries), dtype=bool)


def kept_shapes(geometries: Geometries, crs: CRS, target: CRS) -> KeptShapes:
    """The shapes of a batch as a layer in `target` keeps them. Empty ones count as none."""
    flat = np.asarray(shapely.force_2d(geometries), dtype=object)
    flat[shapely.is_empty(flat)] = None
    unusable: dict[int, str] = {}
    _leave_out(flat, ~geometry.has_finite_coordinates(flat), "layer_not_finite", unusable)
    moved = _moved(flat, crs, target)
    _leave_out(moved, _beyond(moved, target), "layer_beyond_crs", unusable)
    mended = ~shapely.is_valid(moved) & ~shapely.is_missing(moved)
    for place in np.flatnonzero(mended):
        moved[place] = _mended(moved[place])
    lost = mended & shapely.is_missing(moved)
    _leave_out(moved, lost, "layer_beyond_repair", unusable)
    return KeptShapes(moved, mended & ~lost, unusable)


def _leave_out(geometries: Geometries, places: Mask, code: str, unusable: dict[int, str]) -> None:
    for place in np.flatnonzero(places):
        unusable.setdefault(int(place), code)
        geometries[place] = None


def _moved(geometries: Geometries, crs: CRS, target: CRS) -> Geometries:
    moved = geometry.reproject(geometries, crs, target)
    if target == geometry.WGS84:
        beyond = _beyond(moved, target)
        moved[beyond] = shapely.transform(moved[beyond], _off_the_edge)
    return moved


def _off_the_edge(points: Points) -> Points:
    """The points in degrees, those that lie beyond the world by rounding brought back to its edge."""
    inside = np.clip(points, _WORLD[:2], _WORLD[2:])
    return np.where(np.abs(points - inside) <= _ROUNDING_DEG, inside, points)


def _beyond(geometries: Geometries, target: CRS) -> Mask:
    """Which shapes the target CRS has no coordinates for."""
    beyond = ~geometry.has_finite_coordinates(geometries)
    if target == geometry.WGS84:
        boxes = shapely.bounds(geometries).reshape(-1, 4)
        with np.errstate(invalid="ignore"):
            low, high = boxes[:, :2] < np.array(_WORLD[:2]), boxes[:, 2:] > np.array(_WORLD[2:])
        beyond |= (low | high).any(axis=1)
    return np.asarray(beyond, dtype=bool)


def _mended(shape: shapely.Geometry) -> shapely.Geometry | None:
    """A valid shape of the same dimension; None where it would be another one than was drawn."""
    one: Geometries = np.array([shape], dtype=object)
    if shapely.get_type_id(shape) in {3, 6}:
        repair = geometry.repair_polygons(one)
        return None if repair.hopeless[0] else repair.geometries[0]
    made = shapely.make_valid(shape)
    return made if shapely.get_dimensions(made) == shapely.get_dimensions(shape) and not made.is_empty else None


def box_in_degrees(box: Box, crs: CRS) -> Box:
    """The lon/lat box around a box of `crs`."""
    west, south, east, north = box
    xs, ys = np.linspace(west, east, _STEPS), np.linspace(south, north, _STEPS)
    sides = [np.column_stack([xs, np.full(_STEPS, y)]) for y in (south, north)]
    sides += [np.column_stack([np.full(_STEPS, x), ys]) for x in (west, east)]
    points = geometry.to_degrees(np.concatenate(sides), crs)
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def box_around(one: Box | None, other: Box | None) -> Box | None:
    """The box around two boxes of one CRS."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def drawn_roughly(geometries: Geometries, crs: CRS) -> list[str | None]:
    """Shapes as GeoJSON in degrees for a first look, with a few hundred corners at most; None where there is none."""
    flat = np.asarray(shapely.force_2d(geometries), dtype=object)
    flat[_placeless(flat)] = None
    boxes = shapely.bounds(flat).reshape(-1, 4)
    widths = np.nan_to_num(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))
    rough = np.asarray(shapely.simplify(flat, widths / 200), dtype=object)
    moved = _moved(rough, crs, geometry.WGS84)
    moved[_beyond(moved, geometry.WGS84) | (shapely.get_num_coordinates(moved) > 2_000)] = None
    return [None if shape is None else str(shapely.to_geojson(shape)) for shape in moved]
