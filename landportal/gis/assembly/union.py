"""The land of one group: its union, and what lies between its parcels and has to be closed or bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from landportal.gis.assembly.contiguity import ROAD_WIDTH_M

STRIP_MIN_M2 = 1.0
"""Less between two parcels is digitising, not land."""


@dataclass(frozen=True)
class Assembled:
    """One site of several parcels (EPSG:25832).

    `shape` is parcels and strips as one, `strips` what lies between two parcels; `compactness` is the share of the
    smallest rectangle around it that it fills, 0 to 1.
    """

    shape: MultiPolygon
    strips: tuple[Polygon, ...]
    compactness: float


def assembled(shapes: Sequence[BaseGeometry]) -> Assembled:
    """The site that the parcels `shapes` make together, gaps of up to `ROAD_WIDTH_M` between two of them included."""
    land = shapely.union_all([shapely.make_valid(shape) for shape in shapes])
    strips = tuple(_strips(land, shapes))
    whole = _polygons(shapely.union_all([land, *strips]))
    around = shapely.minimum_rotated_rectangle(whole).area
    return Assembled(whole, strips, float(whole.area / around) if around else 0.0)


def _strips(land: BaseGeometry, shapes: Sequence[BaseGeometry]) -> list[Polygon]:
    """What is not further than half a road from two parcels, and lies between them."""
    half = ROAD_WIDTH_M / 2
    closed = land.buffer(half, join_style="mitre").buffer(-half, join_style="mitre")
    parts = [part for part in shapely.get_parts(closed.difference(land)) if part.area > STRIP_MIN_M2]
    return [part for part in parts if sum(part.distance(shape) < 0.01 for shape in shapes) > 1]


def _polygons(shape: BaseGeometry) -> MultiPolygon:
    return MultiPolygon([part for part in shapely.get_parts(shape) if isinstance(part, Polygon)])
