"""The coordinate systems that files are written in, and what is done to get there from the store's own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from landportal.gis.offered_crs import OFFERED
from landportal.gis.writers.content import FileCrs
from landportal.model import STORAGE_SRID

_NAMES = {
    25832: "ETRS89 / UTM zone 32N",
    25833: "ETRS89 / UTM zone 33N",
    31468: "DHDN / 3-degree Gauss-Kruger zone 4",
    4326: "WGS 84",
    3857: "WGS 84 / Pseudo-Mercator",
}

EXPORT_CRS: dict[int, FileCrs] = {
    srid: FileCrs(srid, name, next(crs.digits for crs in OFFERED if crs.srid == srid), srid != 4326)
    for srid, name in _NAMES.items()
}
"""By EPSG number, the store's own first."""

WGS84 = EXPORT_CRS[4326]
STORED = EXPORT_CRS[STORAGE_SRID]

_SHIFT_BY_SEVEN = (
    "+proj=tmerc +lat_0=0 +lon_0=12 +k=1 +x_0=4500000 +y_0=0 +ellps=bessel"
    " +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7 +units=m +no_defs"
)
"""DHDN to ETRS89 by seven parameters (EPSG:1777), what PROJ falls back on without the grid BeTA2007."""


@dataclass(frozen=True)
class Operation:
    """How coordinates came into the CRS of a file; `accuracy_m` of the change of datum, 0 where there is none."""

    how: str
    accuracy_m: float
    software: str


def operation(session: Session, crs: FileCrs) -> Operation:
    """What this database does to write `crs`; whether it has the grid for Gauss-Krüger is found by trying."""
    proj = func.split_part(func.postgis_proj_version(), " ", 1)
    software = str(session.scalar(select(func.concat("PostGIS ", func.postgis_lib_version(), ", PROJ ", proj))))
    if crs.srid == STORAGE_SRID:
        return Operation("none: coordinates as they are stored", 0.0, software)
    if crs.srid == 25833:
        return Operation("another zone of the same projection and datum", 0.0, software)
    if crs.srid == 31468:
        return _to_dhdn(session, software)
    return Operation("ETRS89 taken for WGS 84, which drift apart by 2.5 cm a year since 1989", 1.0, software)


def _to_dhdn(session: Session, software: str) -> Operation:
    place = func.st_setsrid(func.st_makepoint(650_000, 5_650_000), STORAGE_SRID)
    by_seven = func.st_setsrid(func.st_transform(place, cast(_SHIFT_BY_SEVEN, String)), 31468)
    apart = session.scalar(select(func.st_distance(func.st_transform(place, 31468), by_seven))) or 0.0
    if apart > 0.001:
        return Operation("ETRS89 to DHDN by the grid BeTA2007 (EPSG:15948)", 0.9, software)
    return Operation(
        "ETRS89 to DHDN by seven parameters (EPSG:1777); the grid BeTA2007 is not installed", 3.0, software
    )
