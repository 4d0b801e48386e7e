"""Derived data in bulk and the searches that ask it, in one county of the generated store.

Computing everything of the county in this thread, in as many local processes as there are cores, and where asked on a
Dask cluster of two workers; doing it again with nothing changed; what one new flood zone costs; and searches for net
area, halls and groups as the pages ask them: count, facets and list, database and Python together. On a copy.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context

from sqlalchemy import Engine, text

from benchmarks.measuring import timed
from benchmarks.registry import Options, Table
from benchmarks.stores import clone
from landportal import db
from landportal.config import read_settings
from landportal.model import ParcelStatus
from landportal.services.search import Hall, SearchCriteria, assembling, fitting
from landportal.services.search.find import find_parcels
from landportal.services.tasks.enrichment import InThisThread, Run

TURNS = 7
EVERYTHING = tuple(ParcelStatus)
HALLS = (Hall(180, 90), Hall(80, 60), Hall(60, 40), Hall(30, 20))


def run(options: Options) -> list[Table]:
    """Measure bulk and searches on each store."""
    bulk: list[tuple[str, ...]] = []
    searches: list[tuple[str, ...]] = []
    for parcels in options.parcels:
        with clone(options.address, parcels) as url:
            engine = db.connect(url, replace(read_settings(), statement_timeout_ms=0))
            bulk += _bulk_rows(engine, options, parcels)
            searches += [_search(engine, criteria, parcels) for criteria in _searches(options.county)]
            engine.dispose()
    return [
        Table("enrichment", ("bulk", "parcels in the store", "parcels", "s", "parcels a second"), bulk),
        Table("enrichment_searches", ("search in one county", "parcels", "found", "first ms", "again ms",
              "for the exact test"), searches),
    ]  # fmt: skip


def _bulk_rows(engine: Engine, options: Options, parcels: int) -> Iterator[tuple[str, ...]]:
    for name, hands, width in _hands(options.dask):
        with hands() as executor:
            yield _bulk(engine, name, options, parcels, executor=executor, width=width)
    yield _unchanged(engine, options, parcels)
    yield _one_zone(engine, options.county, parcels)


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


def _mark(engine: Engine, options: Options, forget: bool) -> int:
    """Queue the county's parcels alone; with `forget` as if they had never been computed."""
    with db.transaction(engine) as session:
        session.execute(text("set local statement_timeout = 0"))
        session.execute(text("truncate parcel_stale"))
        chosen = "select id from parcel where county_ags = :county order by id limit :most"
        values = {"county": options.county, "most": options.most}
        if forget:
            session.execute(text(f"delete from parcel_potential where parcel_id in ({chosen})"), values)
        marked = f"insert into parcel_stale (parcel_id, reason) select id, 'all' from ({chosen}) c"
        return int(session.connection().execute(text(marked), values).rowcount)


def _bulk(
    engine: Engine, name: str, options: Options, in_store: int, *, executor: Executor, width: int
) -> tuple[str, ...]:
    parcels = _mark(engine, options, forget=True)
    ms = timed(Run(engine, executor, width=width).work_off)
    return _row(name, in_store, parcels, ms)


def _row(name: str, in_store: int, parcels: int, ms: float) -> tuple[str, ...]:
    return (name, f"{in_store:,}", f"{parcels:,}", f"{ms / 1000:.1f}", f"{parcels / ms * 1000:,.0f}")


def _unchanged(engine: Engine, options: Options, in_store: int) -> tuple[str, ...]:
    parcels = _mark(engine, options, forget=False)
    return _row("again, nothing changed", in_store, parcels, timed(Run(engine, InThisThread()).work_off))


def _one_zone(engine: Engine, county: str, in_store: int) -> tuple[str, ...]:
    """A flood zone of 400 m × 400 m arrives in the middle of the county's parcels."""
    with db.transaction(engine) as session:
        session.execute(text("truncate parcel_stale"))
    ms = timed(lambda: _add_zone(engine, county))
    with db.transaction(engine) as session:
        met = session.scalar(text("select count(distinct parcel_id) from parcel_stale")) or 0
    computed = timed(Run(engine, InThisThread()).work_off)
    return _row(f"one new flood zone, marked in {ms:.0f} ms", in_store, met, computed)


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


def _search(engine: Engine, criteria: SearchCriteria, parcels: int) -> tuple[str, ...]:
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
    return (_asked(criteria), f"{parcels:,}", f"{found.count:,}", f"{times[0]:.0f}", f"{again:.0f}", str(left))


def _asked(criteria: SearchCriteria) -> str:
    if criteria.fits:
        return f"hall {criteria.fits.width_m:g} × {criteria.fits.depth_m:g} m"
    if criteria.assemble_min_ha:
        return f"together {criteria.assemble_min_ha:g} ha"
    return f"net from {criteria.net_min_ha} ha"
