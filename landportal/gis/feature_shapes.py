"""The geometry of a GeoJSON feature that a program sends, in the CRS it says, as a shape to be stored.

What people type and draw is read in `shapes`, where the CRS is guessed; here it is stated and nothing is guessed. The
database changes the CRS, as it does when land is handed out: PROJ may choose another way from one installation to the
next (for EPSG:31468 they differ by decimetres), and what a program sends back unmoved must come back where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from sqlalchemy import ColumnElement, func

from landportal.gis import geometry
from landportal.gis.offered_crs import OfferedCrs
from landportal.gis.shapes import CORNERS_MAX, LINES_MAX, BadShape
from landportal.model import STORAGE_SRID

Corner = tuple[float, float]

FURTHEST = 1e9
"""No CRS offered has larger coordinates; what is larger, or no number, is no coordinate."""


def read_geometry(content: Mapping[str, object], crs: OfferedCrs) -> MultiPolygon:
    """The GeoJSON Polygon or MultiPolygon `content`, its axes as `crs` orders them; valid or not.

    The shape is in `crs` too, easting (or longitude) first; heights are not kept. Raises BadShape.
    """
    kind, coordinates = content.get("type"), content.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadShape("not_polygons", "geometry", found=str(kind)[:40])
    polygons = [_rings(part) for part in (_list(coordinates) if kind == "MultiPolygon" else [coordinates])]
    _refuse_too_large(polygons)
    if not polygons:
        raise BadShape("empty", "geometry")
    given = MultiPolygon([Polygon(shell, holes) for shell, *holes in polygons])
    shape = geometry.swap_axes(np.array([given], dtype=object))[0] if crs.swapped else given
    _refuse_outside(shape, crs)
    assert isinstance(shape, MultiPolygon)  # noqa: S101 - for the type checker: exchanging axes keeps the kind
    return shape


def _refuse_outside(shape: MultiPolygon, crs: OfferedCrs) -> None:
    """Beyond its region a CRS folds over or cannot be left at all."""
    west, south, east, north = crs.region
    for x, y in shapely.get_coordinates(shape):
        if not (west <= x <= east and south <= y <= north):
            raise BadShape("outside_crs", "geometry", x=f"{x:.6g}", y=f"{y:.6g}", crs=crs.uri)


def stored_from(shape: MultiPolygon, crs: OfferedCrs) -> ColumnElement[str]:
    """`shape`, which `read_geometry` read in `crs`, as hexadecimal WKB in EPSG:25832."""
    # The CRS travels inside the value: GeoAlchemy writes a second argument into the statement, which is kept.
    given = func.st_geomfromewkb(shapely.to_wkb(shapely.set_srid(shape, crs.srid), include_srid=True))
    return func.encode(func.st_asbinary(func.st_transform(given, STORAGE_SRID)), "hex")


def _rings(part: object) -> list[list[Corner]]:
    rings = [[_corner(position) for position in _list(ring)] for ring in _list(part)]
    if not rings or any(len(set(ring)) < 3 for ring in rings):
        raise BadShape("too_few_corners", "geometry", part=1)
    return rings


def _list(found: object) -> Sequence[object]:
    if not isinstance(found, list):
        raise BadShape("not_geojson", "geometry")
    return found


def _corner(position: object) -> Corner:
    numbers = _list(position)
    if not 2 <= len(numbers) <= 4 or not all(_is_number(number) for number in numbers):
        raise BadShape("not_geojson", "geometry")
    x, y, *_heights = (float(number) for number in numbers if isinstance(number, int | float))
    return x, y


def _is_number(found: object) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and abs(found) <= FURTHEST


def _refuse_too_large(polygons: Sequence[Sequence[Sequence[Corner]]]) -> None:
    rings = [ring for polygon in polygons for ring in polygon]
    corners = sum(len(ring) for ring in rings)
    if corners > CORNERS_MAX:
        raise BadShape("too_many_corners", "geometry", found=corners, limit=CORNERS_MAX)
    if len(rings) > LINES_MAX:
        raise BadShape("too_many_parts", "geometry", found=len(rings), limit=LINES_MAX)
