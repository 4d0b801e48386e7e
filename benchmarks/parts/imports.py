"""An import beside plain COPY of the same finished rows, and the peak memory of its process.

Plain COPY writes into a table with the same columns but no trigger, index, check or history: the least any import
could cost. It needs no store: a region of its own is made and dropped.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import shapely

from benchmarks.apart import apart
from benchmarks.registry import Options, Table
from landportal import db
from landportal.config import read_settings
from landportal.services import imports
from landportal.services.imports import DataSetFacts, ImportKind, ImportRequest

WEST, SOUTH, WIDTH = 580_000, 5_600_000, 100_000
"""A square of 100 km inside the region, EPSG:25832."""
ROWS_SHORT = 2_000
HEAD = ("import", "parcels", "s", "rows a second", "peak MB", "before MB")


def run(options: Options) -> list[Table]:
    """Measure one file: imported, imported again unchanged, and copied."""
    from benchmarks.stores import region

    rows = ROWS_SHORT if options.short else options.rows
    with region(options.address) as url, tempfile.TemporaryDirectory() as folder:
        done = apart("benchmarks.parts.imports:imported", url, str(_table(Path(folder) / "benchmark.csv", rows)))
        applied, copy_s = _copied(url)
    steps = {**done.given, "plain COPY of the same rows": copy_s}
    memory = (f"{done.peak_mb:,.0f}", f"{done.before_mb:,.0f}")
    lines = [
        (name, f"{applied:,}", f"{s:,.1f}", f"{applied / s:,.0f}", *(memory if place == 0 else ("", "")))
        for place, (name, s) in enumerate(steps.items())
    ]
    told = (f"Of {rows:,} rows in the file the others lie outside the region.",)
    return [Table("imports", HEAD, lines, told)]


def _table(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8") as sink:
        sink.writelines(_lines(rows))
    return path


def _lines(rows: int) -> Iterator[str]:
    yield "id;Bezeichnung;Gebietsart;Preis (€/m²);Status;Erschließung;Glasfaser;Gleisanschluss;wkt\n"
    columns = int(rows**0.5) + 1
    step = WIDTH / columns
    for at in range(rows):
        west, south = WEST + step * (at % columns), SOUTH + step * (at // columns)
        shape = shapely.box(west, south, west + step * 0.6, south + step * 0.5).wkt
        status, zone = ("frei", "reserviert", "verkauft")[at % 3], ("GE", "GI")[at % 2]
        yield f'{at};Los {at};{zone};{20 + at % 90},50;{status};voll erschlossen;1000;nein;"SRID=25832;{shape}"\n'


def imported(url: str, file: str) -> dict[str, float]:
    """Seconds for reading and checking, for applying, and for doing it again unchanged."""
    engine = db.connect(url, read_settings())
    seconds = {}
    for name in ("first", "again"):
        with db.transaction(engine) as session:
            started = time.perf_counter()
            request = ImportRequest(kind=ImportKind.PARCELS, file=Path(file), data_set=DataSetFacts(name="benchmark"))
            staged = imports.stage(session, request)
            checked = time.perf_counter()
            imports.apply(session, staged)
        seconds[f"{name}: read and check"] = checked - started
        seconds[f"{name}: apply"] = time.perf_counter() - checked
    engine.dispose()
    return seconds


def _copied(url: str) -> tuple[int, float]:
    """How many rows were imported, and the seconds COPY takes for them into a table without anything around it."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("create table plain (like parcel)")
        rows = io.BytesIO()
        chosen = "select p.* from parcel p join data_set d on d.id = p.data_set_id where d.name = 'benchmark'"
        with connection.cursor().copy(f"copy ({chosen}) to stdout (format binary)") as source:
            for chunk in source:
                rows.write(chunk)
        started = time.perf_counter()
        with connection.cursor().copy("copy plain from stdin (format binary)") as sink:
            sink.write(rows.getvalue())
        taken = time.perf_counter() - started
        (count,) = connection.execute("select count(*) from plain").fetchone() or (0,)
    return int(count), taken
