"""Shapes as SVG paths: metres from the upper left corner of a box, y downwards."""

from __future__ import annotations

import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry


def svg_path(shape: BaseGeometry, west: float, north: float) -> str:
    """The polygons of `shape` (EPSG:25832) as one path, to the decimetre; `west` and `north` are its zero."""
    parts = (part for part in shapely.get_parts(shape) if isinstance(part, Polygon))
    rings = (ring for part in parts for ring in (part.exterior, *part.interiors))
    return "".join(_ring([(x - west, north - y) for x, y in shapely.get_coordinates(ring)]) for ring in rings)


def _ring(points: list[tuple[float, float]]) -> str:
    steps = "L".join(f"{x:.1f} {y:.1f}" for x, y in points[:-1])
    return f"M{steps}Z"
