"""The CRS in which land is handed out and asked for by machines: OGC address, axis order, useful decimals.

Geometry is stored and written in easting/northing or lon/lat; where the authority names the axes the other way round,
machines get and give them the authority's way (OGC API Features Part 2).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Float, SQLColumnExpression, cast, func, literal

from landportal.gis.filters import MEASURABLE

CRS84_URI = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@dataclass(frozen=True)
class OfferedCrs:
    """A CRS with its EPSG number. `swapped`: northing (or latitude) comes first.

    Boxes are cut to `extent`, where the CRS itself holds, and for what is stored in a grid of ours to `region`, the
    land between 6° W and 24° E, 30° and 75° N: west, south, east, north in its own units, easting first. Beyond, a
    transformation fails or folds over.
    """

    uri: str
    srid: int
    swapped: bool
    digits: int
    extent: tuple[float, float, float, float]
    region: tuple[float, float, float, float]


_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
_DEGREES = (-180.0, -90.0, 180.0, 90.0)
_MERCATOR_M = 20_037_508.342789

OFFERED: tuple[OfferedCrs, ...] = (
    OfferedCrs(CRS84_URI, 4326, False, 9, _DEGREES, MEASURABLE),
    OfferedCrs(f"{_EPSG}4326", 4326, True, 9, _DEGREES, MEASURABLE),
    OfferedCrs(
        f"{_EPSG}3857", 3857, False, 4, (-_MERCATOR_M, -_MERCATOR_M, _MERCATOR_M, _MERCATOR_M),
        (-667_917.0, 3_503_549.0, 2_671_668.0, 12_932_244.0),
    ),
    *(
        OfferedCrs(f"{_EPSG}{srid}", srid, swapped, 4, region, region)
        for srid, swapped, region in (
            (25832, False, (-1_000_000.0, 3_200_000.0, 2_000_000.0, 8_800_000.0)),
            (25833, False, (-1_600_000.0, 3_200_000.0, 1_500_000.0, 8_800_000.0)),
            (31468, True, (2_700_000.0, 3_200_000.0, 5_800_000.0, 8_800_000.0)),
        )
    ),
)  # fmt: skip
CRS84 = OFFERED[0]


def by_uri(uri: str) -> OfferedCrs | None:
    """The CRS of that address; a safe CURIE such as ``[EPSG:25832]`` or ``EPSG:25832`` will do too."""
    name = uri.strip().removeprefix("[").removesuffix("]")
    if name.upper().startswith("EPSG:"):
        name = f"{_EPSG}{name[5:]}"
    if name.upper() in {"OGC:CRS84", "CRS84"}:
        name = CRS84_URI
    return next((crs for crs in OFFERED if crs.uri == name), None)


def written_in(geometry: SQLColumnExpression[object], stored_srid: int, crs: OfferedCrs) -> ColumnElement[object]:
    """`geometry` in `crs`, its axes in the authority's order."""
    moved: ColumnElement[object] = geometry if stored_srid == crs.srid else func.st_transform(geometry, crs.srid)  # type: ignore[assignment]
    return func.st_flipcoordinates(moved) if crs.swapped else moved


def box_in(box: tuple[float, float, float, float], crs: OfferedCrs, stored_srid: int) -> ColumnElement[object]:
    """The box (west, south, east, north in `crs`, this module's axis order) as a polygon in the CRS `stored_srid`.

    The box is cut to where something can lie, so that it can always be transformed, and its sides get points, because
    a straight line of one CRS is a curve in another.
    """
    west, south, east, north = box
    low_x, low_y, high_x, high_y = crs.extent if stored_srid == 4326 else crs.region
    west, east = max(min(west, high_x), low_x), max(min(east, high_x), low_x)
    south, north = max(min(south, high_y), low_y), max(min(north, high_y), low_y)
    sides = [cast(literal(side), Float) for side in (west, south, east, north)]
    envelope = func.st_makeenvelope(*sides, crs.srid)
    if crs.srid != stored_srid:
        step = max((east - west) / 10, (north - south) / 10, 1e-9)
        envelope = func.st_transform(func.st_segmentize(envelope, step), stored_srid)
    return envelope
