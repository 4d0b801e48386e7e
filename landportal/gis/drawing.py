"""Shapes (EPSG:25832) as they are drawn: paths of SVG in metres, and geometries of GeoJSON in degrees."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from landportal.gis.geometry import STORAGE_CRS, WGS84, reproject

COORDINATE_DIGITS = 7
"""Seven decimals of a degree are a centimetre."""


def svg_path(shape: BaseGeometry, west: float, north: float) -> str:
    """The polygons of `shape` as one path, to the decimetre, y downwards; `west` and `north` are its zero."""
    parts = (part for part in shapely.get_parts(shape) if isinstance(part, Polygon))
    rings = (ring for part in parts for ring in (part.exterior, *part.interiors))
    return "".join(_ring([(x - west, north - y) for x, y in shapely.get_coordinates(ring)]) for ring in rings)


def _ring(points: list[tuple[float, float]]) -> str:
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points[:-1])
    return f"M{steps}Z"


def geojson(shape: BaseGeometry) -> dict[str, Any]:
    """`shape` in WGS 84 as a geometry of GeoJSON."""
    (moved,) = reproject(np.array([shape], dtype=object), STORAGE_CRS, WGS84)
    rounded = shapely.transform(moved, lambda points: points.round(COORDINATE_DIGITS))
    return dict(shapely.geometry.mapping(rounded))
