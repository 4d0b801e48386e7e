"""`python -m benchmarks.exports [--parcels 20000,1000000]`: every export format, its time, size and peak memory.

Each format is written by a process of its own, so that its peak is its own. Beside them GeoPandas, where somebody has
installed it (the product does not need it): it reads the same columns into memory and writes them.
Prints the table for docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import select

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


@dataclass(frozen=True)
class Measured:
    """What a process did: parcels written, seconds, size of the file, and its peak memory."""

    count: int
    seconds: float
    file_mb: float
    peak_mb: float


def main() -> None:
    """Measure and print, or be the process that does one format."""
    arguments = _arguments()
    if arguments.child:
        work = _by_geopandas if arguments.geopandas else _by_us
        print(json.dumps(vars(_measured(work, arguments.child, arguments.url))))
        return
    # Both load the web floor, which no process that writes shall weigh.
    from benchmarks.__main__ import database
    from landportal.cli.database import database_address

    with database_address(read_settings()) as address:
        for parcels in arguments.parcels:
            url = database(address, parcels, fresh=False)
            print(f"| export of {parcels:,} parcels | s | MB | peak MB |\n|---|---:|---:|---:|")
            for name, result in _all(url, arguments.formats):
                if isinstance(result, Measured):
                    print(
                        f"| {name} | {result.seconds:.1f} | {result.file_mb:.0f} | {result.peak_mb:.0f} |", flush=True
                    )
                else:
                    print(f"| {name} | {result} | | |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exports", description=__doc__)
    sizes = lambda value: [int(size) for size in value.split(",")]  # noqa: E731 - a type for argparse
    parser.add_argument("--parcels", type=sizes, default=[20_000], help="sizes, by commas")
    parser.add_argument(
        "--formats", type=lambda value: value.split(","), default=list(FORMATS), help="codes, by commas"
    )
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--geopandas", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _all(url: str, formats: list[str]) -> Iterator[tuple[str, Measured | str]]:
    for code in formats:
        yield code, _child(url, code)
        if code in GEOPANDAS and find_spec("geopandas"):
            yield f"{code}, GeoPandas", _child(url, code, "--geopandas")


def _child(url: str, code: str, *more: str) -> Measured | str:
    call = [sys.executable, "-m", "benchmarks.exports", "--child", code, "--url", url, *more]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _measured(work: Callable[[str, str, Path], tuple[int, Path]], code: str, url: str) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        count, path = work(url, code, Path(folder))
        seconds = time.perf_counter() - started
        size = path.stat().st_size / 1e6
    return Measured(count, seconds, size, _peak_mb())


def _peak_mb() -> float:
    """The highest resident memory of this process; getrusage would begin with that of the process it came from."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def _by_us(url: str, code: str, folder: Path) -> tuple[int, Path]:
    wanted = FORMATS[code]
    request = ExportRequest(wanted, crs_of(None, wanted), SearchCriteria(status=()))
    engine = db.connect(url, replace(read_settings(), statement_timeout_ms=0))
    with db.reading(engine) as session:
        prepared = writing.prepare(session, None, request, Asked({}, "http://127.0.0.1"))
        return prepared.count, writing.write(session, prepared, folder)


def _by_geopandas(url: str, code: str, folder: Path) -> tuple[int, Path]:
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
    return len(frame), path


if __name__ == "__main__":
    main()
