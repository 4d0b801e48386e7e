"""The land balance of a county and of the state: made by its service, beside its statements alone, memory apart."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from statistics import median

from benchmarks.apart import apart
from benchmarks.measuring import recording, replaying, timed
from benchmarks.registry import Options, Table
from benchmarks.stores import store
from benchmarks.visiting import percentile
from landportal import db
from landportal.config import read_settings
from landportal.services.reports.land_balance import Wanted, land_balance

HEAD = ("land balance", "parcels", "SQL ms", "median ms", "p95 ms", "÷ SQL", "CPU ms", "peak MB", "before MB")
STATE = "16"
TURNS_MIN, TURNS_MAX = 3, 100


def run(options: Options) -> list[Table]:
    """Measure the reports."""
    rows = []
    for parcels in options.parcels:
        url = store(options.address, parcels)
        rows += [_row(name, url, unit, parcels, options) for name, unit in _units(options).items()]
    told = (
        "From the first of January to today. *CPU* is this process's; peak memory is that of a process that makes one.",
    )
    return [Table("reports", HEAD, rows, told)]


def _units(options: Options) -> dict[str, str]:
    return {"county": options.county, "state": STATE}


def _wanted(unit: str) -> Wanted:
    today = dt.datetime.now(dt.UTC).date()
    return Wanted(unit, today.replace(month=1, day=1), today)


def _row(name: str, url: str, unit: str, parcels: int, options: Options) -> tuple[str, ...]:
    engine = db.connect(url, replace(read_settings(), statement_timeout_ms=0), db.APPLICATION_ROLE)
    wanted = _wanted(unit)

    def make() -> None:
        with db.reading(engine) as session:
            land_balance(session, wanted)

    make()
    with recording(engine) as statements:
        make()
    sql, ours, cpu = [], [], []
    with replaying(statements, url) as replay:
        until = time.perf_counter() + options.seconds
        while len(ours) < TURNS_MAX and (time.perf_counter() < until or len(ours) < TURNS_MIN):
            sql.append(timed(replay))
            began = time.process_time()
            ours.append(timed(make))
            cpu.append((time.process_time() - began) * 1000)
    engine.dispose()
    alone = apart("benchmarks.parts.reports:one", url, unit)
    return (
        name, f"{parcels:,}", f"{median(sql):,.1f}", f"{median(ours):,.1f}", f"{percentile(ours, 0.95):,.1f}",
        f"{median(ours) / median(sql):.2f}", f"{median(cpu):,.1f}", f"{alone.peak_mb:,.0f}", f"{alone.before_mb:,.0f}",
    )  # fmt: skip


def one(url: str, unit: str) -> None:
    """Make one report."""
    engine = db.connect(url, replace(read_settings(), statement_timeout_ms=0), db.APPLICATION_ROLE)
    with db.reading(engine) as session:
        land_balance(session, _wanted(unit))
    engine.dispose()
