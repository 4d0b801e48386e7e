"""The nearest infrastructure of each kind for every parcel: our function, GeoPandas, and the database row by row.

2,500 generated points of the five kinds that parcels know. Each way in a process of its own, reading included; answers
are compared to the decimetre. GeoPandas is measured where it is installed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psycopg
import shapely

from benchmarks.apart import apart
from benchmarks.registry import Options, Table
from landportal.gis.nearest import Places
from landportal.model import NEAREST

POINTS = 2_500
CHUNK = 20_000
WEST, SOUTH, WIDTH = 560_000.0, 5_570_000.0, 170_000.0
"""The square around the state, EPSG:25832."""
DECIMETRE = 0.1
SQL_MOST = 20_000
"""The database is asked for so many parcels; its time is that of all of them by proportion."""
KINDS = tuple(NEAREST.values())

HEAD = ("nearest of each kind", "parcels", "points", "s", "of it finding s", "parcels a second", "peak MB", "before MB")


def run(options: Options) -> list[Table]:
    """Measure the ways on each store."""
    # Processes that measure their memory import this module: the store's floors are loaded by the one that asks.
    from benchmarks.measuring import plain
    from benchmarks.stores import store

    rows = []
    for parcels in options.parcels:
        rows += _rows(plain(store(options.address, parcels)), parcels)
    told = (
        f"Read in chunks of {CHUNK:,}; GeoPandas reads all. Distances agree to the decimetre. Nothing is written back.",
    )
    return [Table("nearest", HEAD, rows, told)]


def _rows(url: str, parcels: int) -> Iterator[tuple[str, ...]]:
    ways = {"ours, in chunks": "ours"}
    if find_spec("geopandas"):
        ways["GeoPandas, sjoin_nearest"] = "geopandas"
    with tempfile.TemporaryDirectory() as folder:
        files = {way: str(Path(folder) / f"{way}.npy") for way in ways.values()}
        for name, way in ways.items():
            done = apart(f"benchmarks.parts.nearest:by_{way}", url, files[way])
            yield (
                name, f"{parcels:,}", f"{POINTS:,}", f"{done.seconds:,.1f}", f"{done.given:,.1f}",
                f"{parcels / done.seconds:,.0f}", f"{done.peak_mb:,.0f}", f"{done.before_mb:,.0f}",
            )  # fmt: skip
        if "geopandas" in files:
            _compare(files)
    asked = min(parcels, SQL_MOST)
    done = apart("benchmarks.parts.nearest:by_sql", url, asked)
    yield (
        f"the database row by row, {asked:,} of them (on the ground)", f"{parcels:,}", f"{POINTS:,}",
        f"{done.given * parcels / asked:,.1f}", f"{done.given:,.1f}", f"{asked / done.given:,.0f}", "", "",
    )  # fmt: skip


def _compare(files: dict[str, str]) -> None:
    ours, theirs = np.load(files["ours"]), np.load(files["geopandas"])
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, atol=DECIMETRE, rtol=0):
        raise SystemExit("ours and GeoPandas' distances differ")


def points_of(kind: str) -> np.ndarray:
    """The generated points of a kind, east and north."""
    rng = np.random.default_rng(KINDS.index(kind) + 1)
    return np.array([WEST, SOUTH]) + rng.uniform(0, WIDTH, (POINTS // len(KINDS), 2))


def by_ours(url: str, file: str) -> float:
    """Distances of all parcels by kind into `file` (float32, one row a kind); the seconds of finding alone."""
    places = [Places(points_of(kind)) for kind in KINDS]
    found: list[np.ndarray] = []
    finding = 0.0
    for land in _chunks(url):
        started = time.perf_counter()
        found.append(np.stack([one.nearest_of(land).distance_m for one in places]).astype(np.float32))
        finding += time.perf_counter() - started
    np.save(file, np.concatenate(found, axis=1))
    return finding


def _chunks(url: str) -> Iterator[np.ndarray]:
    with psycopg.connect(url) as connection, connection.cursor("land", binary=True) as cursor:
        cursor.execute("select st_asbinary(geom) from parcel order by id")
        while rows := cursor.fetchmany(CHUNK):
            yield np.asarray(shapely.from_wkb([shape for (shape,) in rows]), dtype=object)


def by_geopandas(url: str, file: str) -> float:
    """The same with GeoPandas as its manual does it."""
    import geopandas
    from sqlalchemy import create_engine

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    land = geopandas.read_postgis("select id, geom from parcel order by id", engine, geom_col="geom")
    found = []
    started = time.perf_counter()
    for kind in KINDS:
        points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*points_of(kind).T), crs=land.crs)
        joined = geopandas.sjoin_nearest(land, points, distance_col="m")
        found.append(joined.drop_duplicates("id").sort_values("id")["m"].to_numpy(dtype=np.float32))
    finding = time.perf_counter() - started
    np.save(file, np.stack(found))
    return finding


def by_sql(url: str, most: int) -> float:
    """What the trigger of a written parcel asks (migration 0014), for `most` parcels; nothing is kept."""
    with psycopg.connect(url) as connection:
        # Found before the real one: the store stays as it is.
        connection.execute("create temp table infrastructure (like infrastructure including all excluding indexes)")
        for column in ("source_id", "data_set_id"):
            connection.execute(f"alter table pg_temp.infrastructure alter {column} drop not null")
        connection.execute("create index on pg_temp.infrastructure using gist (kind, geom)")
        with connection.cursor().copy("copy pg_temp.infrastructure (kind, name, geom) from stdin") as copy:
            for kind in KINDS:
                for east, north in points_of(kind).tolist():
                    copy.write_row((kind, kind, f"SRID=25832;POINT({east} {north})"))
        connection.execute("analyze pg_temp.infrastructure")
        started = time.perf_counter()
        for kind in KINDS:
            asked = "select sum(n.m) from (select geom from parcel order by id limit %s) p cross join lateral"
            connection.execute(f"{asked} nearest_infrastructure(p.geom, %s) n", (most, kind))
        seconds = time.perf_counter() - started
        connection.rollback()
    return seconds
