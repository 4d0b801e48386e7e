"""Every export format: its time, size and peak memory, each written by a process of its own.

Beside them GeoPandas, where somebody has installed it (the product does not need it): it reads the same columns into
memory and writes them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import select

from benchmarks.apart import Failed, apart
from benchmarks.registry import Options, Table
from landportal import db
from landportal.config import read_settings
from landportal.model import Parcel
from landportal.services.collections.parcel_fields import joined, public_fields
from landportal.services.exports import FORMATS, ExportRequest, writing
from landportal.services.exports.record import Asked
from landportal.services.exports.request import crs_of
from landportal.services.search import SearchCriteria

GEOPANDAS = {"gpkg": "GPKG", "flatgeobuf": "FlatGeobuf", "geojson": "GeoJSON", "geoparquet": "Parquet"}
"""Formats that GeoPandas writes too, by the name it has for them."""


HEAD = ("export", "parcels", "s", "MB", "peak MB", "before MB")
FORMATS_SHORT = ("geojson", "gpkg", "csv")


def run(options: Options) -> list[Table]:
    """Measure the formats on each store."""
    # It loads the web floor, which no process that writes shall weigh.
    from benchmarks.stores import store

    formats = options.formats or (FORMATS_SHORT if options.short else tuple(FORMATS))
    rows = [row for parcels in options.parcels for row in _rows(store(options.address, parcels), formats, parcels)]
    return [Table("exports", HEAD, rows)]


def _rows(url: str, formats: tuple[str, ...], parcels: int) -> Iterator[tuple[str, ...]]:
    for code in formats:
        yield _row(code, parcels, "by_us", url, code)
        if code in GEOPANDAS and find_spec("geopandas"):
            yield _row(f"{code}, GeoPandas", parcels, "by_geopandas", url, code)


def _row(name: str, parcels: int, work: str, url: str, code: str) -> tuple[str, ...]:
    try:
        done = apart(f"benchmarks.parts.exports:{work}", url, code)
    except Failed as refused:
        return (name, f"{parcels:,}", str(refused), "", "", "")
    figures = (f"{done.seconds:,.1f}", f"{done.given:,.0f}", f"{done.peak_mb:,.0f}", f"{done.before_mb:,.0f}")
    return (name, f"{parcels:,}", *figures)


def by_us(url: str, code: str) -> float:
    """Write the format as a download is written; the size of the file in MB."""
    with tempfile.TemporaryDirectory() as folder:
        return _by_us(url, code, Path(folder)).stat().st_size / 1e6


def by_geopandas(url: str, code: str) -> float:
    """Let GeoPandas write it; the size of the file in MB."""
    with tempfile.TemporaryDirectory() as folder:
        return _by_geopandas(url, code, Path(folder)).stat().st_size / 1e6


def _by_us(url: str, code: str, folder: Path) -> Path:
    wanted = FORMATS[code]
    request = ExportRequest(wanted, crs_of(None, wanted), SearchCriteria(status=()))
    engine = db.connect(url, replace(read_settings(), statement_timeout_ms=0))
    with db.reading(engine) as session:
        prepared = writing.prepare(session, None, request, Asked({}, "http://127.0.0.1"))
        return writing.write(session, prepared, folder)


def _by_geopandas(url: str, code: str, folder: Path) -> Path:
    import geopandas

    columns = [field.value.label(field.name) for field in public_fields()]
    statement = joined(select(*columns, Parcel.geom.label("geom")).select_from(Parcel))
    statement = statement.where(Parcel.status != "withdrawn").order_by(Parcel.id)
    path = folder / f"parcels.{FORMATS[code].extension}"
    with db.connect(url, replace(read_settings(), statement_timeout_ms=0)).connect() as connection:
        frame = geopandas.read_postgis(statement, connection, geom_col="geom")
    if code == "geoparquet":
        frame.to_parquet(path)
    else:
        for name in ("cadastral_ids", "constraint_kinds"):
            frame[name] = frame[name].map(",".join)
        frame.to_file(path, driver=GEOPANDAS[code])
    return path
