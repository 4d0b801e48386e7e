"""`python -m benchmarks.imports [--rows 100000]`: an import beside plain COPY of the same rows, and its peak memory.

Plain COPY writes the finished rows into a table with the same columns but no trigger, index, check or history: the
least any import could cost. Prints the table for docs/performance.md.
"""

from __future__ import annotations

import argparse
import io
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import shapely
from sqlalchemy import make_url

from landportal import db
from landportal.cli.database import database_address
from landportal.config import read_settings
from landportal.services import imports
from landportal.services.imports import DataSetFacts, ImportKind, ImportRequest
from landportal.services.sample_data import load_sample_data

DATABASE = "landportal_benchmark_imports"
WEST, SOUTH, WIDTH = 580_000, 5_600_000, 100_000
"""A square of 100 km inside the region, EPSG:25832."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    settings = read_settings()
    with database_address(settings) as address, tempfile.TemporaryDirectory() as folder:
        url = _fresh(address)
        file = _table(Path(folder) / "benchmark.csv", rows)
        before_mb = _peak_mb()
        seconds = _imported(url, file)
        peak_mb = _peak_mb()
        applied, copy_s = _copied(url)
        with db.maintenance(address) as connection:
            connection.exec_driver_sql(f"drop database {DATABASE} with (force)")
    _print(seconds, copy_s, applied, (before_mb, peak_mb))


def _fresh(address: str) -> str:
    """A database of its own with the sample data's region."""
    with db.maintenance(address) as connection:
        connection.exec_driver_sql(f"drop database if exists {DATABASE} with (force)")
        connection.exec_driver_sql(f"create database {DATABASE}")
    url = make_url(address).set(database=DATABASE).render_as_string(hide_password=False)
    db.upgrade(url)
    engine = db.connect(url, read_settings())
    with db.transaction(engine) as session:
        load_sample_data(session)
    engine.dispose()
    return url


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


def _imported(url: str, file: Path) -> dict[str, float]:
    """Seconds for reading and checking, for applying, and for doing it again unchanged."""
    engine = db.connect(url, read_settings())
    seconds = {}
    for name in ("first", "again"):
        with db.transaction(engine) as session:
            started = time.perf_counter()
            request = ImportRequest(kind=ImportKind.PARCELS, file=file, data_set=DataSetFacts(name="benchmark"))
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


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _print(seconds: dict[str, float], copy_s: float, rows: int, memory_mb: tuple[float, float]) -> None:
    print(f"| import of {rows:,} parcels | s | rows/s |\n|---|---|---|")
    for name, taken in {**seconds, "plain COPY of the same rows": copy_s}.items():
        print(f"| {name} | {taken:.1f} | {rows / taken:,.0f} |")
    print(f"\nPeak memory of the importing process: {memory_mb[1]:.0f} MB ({memory_mb[0]:.0f} MB before it began).")


if __name__ == "__main__":
    main()
