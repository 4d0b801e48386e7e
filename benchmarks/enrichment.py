"""`python -m benchmarks.enrichment [--parcels 100000] [--county 16067] [--dask]`: derived data in bulk, its searches.

On the generated parcels of `python -m benchmarks`: computing everything of one county in this thread, in as many local
processes as there are cores, and with `--dask` on a Dask cluster of two workers; doing it again with nothing changed;
what one changed flood zone costs; and searches for net area, halls and groups in the county, as the pages ask them:
count, facets and list, database and Python together. Prints the tables for docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from sqlalchemy import Engine, text

from benchmarks.__main__ import database
from benchmarks.measuring import timed
from landportal import db
from landportal.cli.database import database_address
from landportal.config import read_settings
from landportal.model import ParcelStatus
from landportal.services.search import Hall, SearchCriteria, assembling, fitting
from landportal.services.search.find import find_parcels
from landportal.services.tasks.enrichment import InThisThread, Run

TURNS = 7
EVERYTHING = tuple(ParcelStatus)
HALLS = (Hall(180, 90), Hall(80, 60), Hall(60, 40), Hall(30, 20))


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.enrichment", description=__doc__)
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--county", default="16067")
    parser.add_argument("--most", type=int, default=100_000, help="parcels of the county to compute at most")
    parser.add_argument("--dask", action="store_true", help="on a Dask cluster of two local workers, too")
    arguments = parser.parse_args()
    with database_address(read_settings()) as address:
        engine = db.connect(database(address, arguments.parcels, fresh=False), read_settings())
        print("| bulk | parcels | s | parcels/s |\n|---|---:|---:|---:|")
        for name, hands, width in _hands(arguments.dask):
            with hands() as executor:
                _bulk(engine, name, arguments, executor, width)
        _unchanged(engine, arguments)
        _one_zone(engine, arguments.county)
        print(
            "\n| search in one county | found | first ms | again ms | for the exact test |\n|---|---:|---:|---:|---:|"
        )
        for criteria in _searches(arguments.county):
            _search(engine, criteria)
        engine.dispose()


Hands = tuple[str, Callable[[], "Executor"], int]


def _hands(dask: bool) -> Iterator[Hands]:
    cores = os.cpu_count() or 1
    yield "one process", InThisThread, 1
    yield f"{cores} processes", lambda: ProcessPoolExecutor(cores, get_context("spawn")), 2 * cores
    if dask:
        yield "Dask, 2 workers", _dask, 4


@contextmanager
def _dask() -> Iterator[Executor]:
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        yield client.get_executor()


def _mark(engine: Engine, arguments: argparse.Namespace, forget: bool) -> int:
    """Queue the county's parcels alone; with `forget` as if they had never been computed."""
    with db.transaction(engine) as session:
        session.execute(text("set local statement_timeout = 0"))
        session.execute(text("truncate parcel_stale"))
        chosen = "select id from parcel where county_ags = :county order by id limit :most"
        values = {"county": arguments.county, "most": arguments.most}
        if forget:
            session.execute(text(f"delete from parcel_potential where parcel_id in ({chosen})"), values)
        marked = f"insert into parcel_stale (parcel_id, reason) select id, 'all' from ({chosen}) c"
        return int(session.connection().execute(text(marked), values).rowcount)


def _bulk(engine: Engine, name: str, arguments: argparse.Namespace, executor: Executor, width: int) -> None:
    parcels = _mark(engine, arguments, forget=True)
    ms = timed(Run(engine, executor, width=width).work_off)
    print(f"| {name} | {parcels:,} | {ms / 1000:.1f} | {parcels / ms * 1000:,.0f} |", flush=True)


def _unchanged(engine: Engine, arguments: argparse.Namespace) -> None:
    parcels = _mark(engine, arguments, forget=False)
    ms = timed(Run(engine, InThisThread()).work_off)
    print(f"| again, nothing changed | {parcels:,} | {ms / 1000:.1f} | {parcels / ms * 1000:,.0f} |", flush=True)


def _one_zone(engine: Engine, county: str) -> None:
    """A flood zone of 400 m × 400 m arrives in the middle of the county's parcels, and goes again."""
    with db.transaction(engine) as session:
        session.execute(text("truncate parcel_stale"))
    ms = timed(lambda: _add_zone(engine, county))
    with db.transaction(engine) as session:
        met = session.scalar(text("select count(distinct parcel_id) from parcel_stale"))
    computed = timed(Run(engine, InThisThread()).work_off)
    print(f"\nOne new flood zone: {met} parcels marked in {ms:.0f} ms, computed in {computed:.0f} ms.")
    with db.transaction(engine) as session:
        session.execute(text("delete from constraint_zone where source_id = 'benchmark'"))
    Run(engine, InThisThread()).work_off()


def _add_zone(engine: Engine, county: str) -> None:
    with db.transaction(engine) as session:
        session.execute(
            text(
                "insert into constraint_zone (kind, grade, geom, source_id, data_set_id) select 'flood', 'excluded',"
                " st_multi(st_expand(st_centroid(geom), 200)), 'benchmark', data_set_id from parcel"
                " where county_ags = :county and net_area_m2 is not null order by id offset 50 limit 1"
            ),
            {"county": county},
        )


def _searches(county: str) -> Iterator[SearchCriteria]:
    for net in (0.1, 0.5, 0.7):
        yield SearchCriteria(ags=(county,), net_min_ha=net)
    for hall in HALLS:
        yield SearchCriteria(ags=(county,), fits=hall)
    for together in (2, 5, 20):
        yield SearchCriteria(ags=(county,), assemble_min_ha=together)


def _search(engine: Engine, criteria: SearchCriteria) -> None:
    fitting._placed.cache_clear()
    assembling.forget()
    times = []
    for _ in range(TURNS):
        started = time.perf_counter()
        with db.reading(engine) as session:
            db.plan_for_these_values(session)
            found = find_parcels(session, criteria)
        times.append((time.perf_counter() - started) * 1000)
    left = fitting._placed.cache_info().currsize if criteria.fits else 0
    again = statistics.median(times[1:])
    print(f"| {_asked(criteria)} | {found.count:,} | {times[0]:.0f} | {again:.0f} | {left} |", flush=True)


def _asked(criteria: SearchCriteria) -> str:
    if criteria.fits:
        return f"hall {criteria.fits.width_m:g} × {criteria.fits.depth_m:g} m"
    if criteria.assemble_min_ha:
        return f"together {criteria.assemble_min_ha:g} ha"
    return f"net from {criteria.net_min_ha} ha"


if __name__ == "__main__":
    main()
