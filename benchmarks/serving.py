"""Answers over HTTP at several numbers of connections, in turns with the database, with what the processes use.

Over one connection: SQL, ours, peers, SQL, ours, peers … in this process. Over more: pgbench, ours, pgbench, ours, each
by visitors in a process beside (`visiting`), then the peers. Every figure is of one run.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from statistics import fmean, median
from threading import Event, Thread

import psycopg
from flask import Flask

from benchmarks import peers, pgbench
from benchmarks.measuring import (
    Asking,
    Case,
    NoAnswer,
    Replay,
    Server,
    application,
    plain,
    replaying,
    server,
    statements_of,
    timed,
)
from benchmarks.registry import Options, Table
from benchmarks.stores import store
from benchmarks.visiting import Visit, Visited, percentile, visit
from benchmarks.watching import Used, Watch

WORKERS = os.cpu_count() or 1
TURNS_MIN, TURNS_MAX = 7, 400
ONCE_MS = 4_000
"""What takes longer is asked once, over one connection alone."""
FRESH_EVERY_S = 0.2
SQL_TIMES, SQL_SPARE_MS, PGBENCH_TIMES = 1.3, 3.0, 1.5
"""The aims: within so many times its SQL and so many ms; the machine gives no less than this part of pgbench's."""

HEAD = (
    "case", "parcels", "at once", "SQL ms", "median ms", "p95 ms", "p99 ms", "a second", "pgbench a second",
    "server CPU ms", "database CPU ms", "peak MB", "sent kB", "missed",
)  # fmt: skip
TOLD = (
    "CPU is what one answer costs, in the processes of the server and of the database; peak memory is all processes of"
    " the server together (shared pages counted in each). *Missed*: over 1.3 × SQL + 3 ms, or fewer answers than"
    " pgbench's transactions ÷ 1.5.",
)
MOVE = "update revision set value = value + 1 where subject = 'parcels'"


@dataclass(frozen=True)
class Figures:
    """One line of the table: what `ms` and the processes told; `sql_ms` and `pgbench` where they ran beside it."""

    ms: list[float]
    per_second: float
    sent_kb: float
    used: Used
    sql_ms: float | None = None
    pgbench: float | None = None
    failed: int = 0


@dataclass(frozen=True)
class Place:
    """Where it is measured: the store, its size, the servers by name."""

    url: str
    parcels: int
    servers: dict[str, Server]
    app: Flask


def measured(name: str, options: Options, cases_of: Callable[[str, Flask, Options], list[Case]]) -> Table:
    """The table `name` of the cases that `cases_of` finds in each store."""
    rows: list[tuple[str, ...]] = []
    for parcels in options.parcels:
        url = store(options.address, parcels)
        with application(url) as app:
            cases = cases_of(url, app, options)
            with _servers(url, options.peers and any(case.peers for case in cases)) as servers:
                for case in cases:
                    rows += _rows(case, Place(url, parcels, servers, app), options)
    return Table(name, HEAD, rows, TOLD)


@contextmanager
def _servers(url: str, with_peers: bool) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        found = {"ours": stack.enter_context(server(url, WORKERS))}
        if with_peers:
            stack.enter_context(peers.view(url))
            found["tipg"] = stack.enter_context(peers.tipg(url, WORKERS))
            found["pygeoapi"] = stack.enter_context(peers.pygeoapi(url, WORKERS))
        yield found


def _rows(case: Case, place: Place, options: Options) -> Iterator[tuple[str, ...]]:
    if case.unchanged:
        ask = Asking(case.paths[0], case.headers, place.servers["ours"].port)
        ask()
        case = replace(case, headers={**case.headers, "If-None-Match": str(ask.etag)})
    statements = statements_of(case.paths[0], case.headers, place.app)
    slow: set[str] = set()
    turns = 1 if options.short else 2
    for at_once in options.at_once:
        if at_once == 1:
            with replaying(statements, place.url) as replay:
                found = _alone(case, place, replay, options.seconds)
        else:
            text = pgbench.script(statements, place.url) if case.pgbench and options.seconds >= 1 else None
            found = _together(
                case, place, text, Visit(0, case.paths, case.headers, at_once, options.seconds / turns, turns), slow
            )
        slow |= {who for who, figures in found.items() if median(figures.ms or [math.inf]) > ONCE_MS}
        for who, figures in found.items():
            yield _row(case.name if who == "ours" else f"{case.name}: {who}", place.parcels, at_once, figures)


def _asked_of(case: Case, place: Place) -> dict[str, tuple[str, dict[str, str]]]:
    """Path and headers by who is asked."""
    found = {"ours": (case.paths[0], case.headers)}
    plainly = {"Accept": "*/*", "Accept-Encoding": "identity"}
    return found | {who: (path, plainly) for who, path in case.peers.items() if who in place.servers}


def _alone(case: Case, place: Place, replay: Replay, seconds: float) -> dict[str, Figures]:
    """Over one connection each, in turns; peers that are slow or fail are asked once."""
    asked = {who: Asking(*of, place.servers[who].port) for who, of in _asked_of(case, place).items()}
    taken: dict[str, list[float]] = {who: [] for who in asked}
    sql: list[float] = []
    spent = dict.fromkeys(asked, 0.0)
    with psycopg.connect(plain(place.url), autocommit=True) as connection:
        watches = {who: Watch(place.servers[who].pid, connection, {replay.pid}) for who in asked}
        turning = {"ours": asked["ours"]}
        for who, ask in asked.items():
            first_ms = _first(ask, who)
            if who == "ours" or first_ms <= ONCE_MS:
                turning[who] = ask
                watches[who].again()
            else:
                taken[who].append(first_ms)
        replay()
        until = time.perf_counter() + seconds
        while len(sql) < TURNS_MAX and (time.perf_counter() < until or len(sql) < TURNS_MIN):
            sql.append(timed(replay))
            for who, ask in turning.items():
                _move(connection, case)
                # Everybody's connections are those of one database: each counts while it is asked.
                before = watches[who].database_now()
                taken[who].append(timed(ask))
                spent[who] += watches[who].database_since(before) or 0.0
        used = {who: _with_database(watch.used(), spent[who]) for who, watch in watches.items()}
    return {who: _of_turns(taken[who], ask, used[who], median(sql) if who == "ours" else None)
            for who, ask in asked.items()}  # fmt: skip


def _with_database(used: Used, seconds: float) -> Used:
    return used if used.database_s is None else replace(used, database_s=seconds)


def _first(ask: Asking, who: str) -> float:
    """Milliseconds of a first answer; endless where a peer gives none. That ours comes is no question."""
    try:
        return timed(ask)
    except NoAnswer:
        if who == "ours":
            raise
        return math.inf


def _of_turns(ms: list[float], ask: Asking, used: Used, sql_ms: float | None) -> Figures:
    return Figures(ms, 1000 * len(ms) / sum(ms), ask.sent / 1000, used, sql_ms)


def _together(case: Case, place: Place, script: str | None, wanted: Visit, slow: set[str]) -> dict[str, Figures]:
    """Over several connections: pgbench, ours, pgbench, ours; then the peers that are not `slow`."""
    found = {}
    with psycopg.connect(plain(place.url), autocommit=True) as connection:
        for who, (path, headers) in _asked_of(case, place).items():
            if who in slow:
                continue
            given, paths = place.servers[who], case.paths if who == "ours" else (path,)
            beside = Beside(place.url, connection, script if who == "ours" else None)
            asked = replace(wanted, port=given.port, paths=paths, headers=headers)
            found[who] = _turns(asked, case, beside, Watch(given.pid, connection))
    return found


@dataclass(frozen=True)
class Beside:
    """What goes on beside visitors: pgbench with a script in turns with them, a connection that moves the revision."""

    url: str
    connection: psycopg.Connection
    script: str | None


def _turns(asked: Visit, case: Case, beside: Beside, watch: Watch) -> Figures:
    visits: list[Visited] = []
    rates: list[float] = []
    spent: list[Used] = []
    for _ in range(asked.turns):
        if beside.script:
            rates.append(pgbench.per_second(beside.script, beside.url, asked.at_once, asked.seconds))
        watch.again()
        with _moving(beside.connection, case):
            visits.append(visit(asked))
        spent.append(watch.used())
    ms = [one for found in visits for one in found.ms]
    sent_kb = sum(found.bytes_sent for found in visits) / max(1, len(ms)) / 1000
    per_second = fmean(found.per_second for found in visits)
    pgbench_rate = fmean(rates) if rates else None
    return Figures(ms, per_second, sent_kb, _added(spent), None, pgbench_rate, sum(found.failed for found in visits))


def _added(spent: list[Used]) -> Used:
    """What several turns used: seconds added up, the highest memory."""
    database = None if any(one.database_s is None for one in spent) else sum(one.database_s or 0 for one in spent)
    return Used(sum(one.server_s for one in spent), database, max(one.peak_mb for one in spent))


def _move(connection: psycopg.Connection, case: Case) -> None:
    if case.fresh:
        connection.execute(MOVE)


@contextmanager
def _moving(connection: psycopg.Connection, case: Case) -> Iterator[None]:
    """Move the revision again and again during the block, where the case wants its answers fresh."""
    done = Event()

    def move() -> None:
        while case.fresh and not done.wait(FRESH_EVERY_S):
            connection.execute(MOVE)

    mover = Thread(target=move)
    mover.start()
    try:
        yield
    finally:
        done.set()
        mover.join()


def _row(name: str, parcels: int, at_once: int, found: Figures) -> tuple[str, ...]:
    times = [median(found.ms), percentile(found.ms, 0.95), percentile(found.ms, 0.99)] if found.ms else [math.nan] * 3
    answers = max(1, len(found.ms))
    database = None if found.used.database_s is None else found.used.database_s / answers * 1000
    return (
        name, f"{parcels:,}", str(at_once), _told(found.sql_ms), *map(_told, times), f"{found.per_second:,.0f}",
        _told(found.pgbench, ",.0f"), _told(found.used.server_s / answers * 1000), _told(database),
        f"{found.used.peak_mb:,.0f}", _told(found.sent_kb), missed(found),
    )  # fmt: skip


def missed(found: Figures) -> str:
    """What aim these figures miss, by how much; nothing where they reach it."""
    if found.failed:
        return f"{found.failed} failed"
    over = median(found.ms) - SQL_TIMES * found.sql_ms - SQL_SPARE_MS if found.sql_ms is not None else 0
    if over > 0:
        return f"by {over:.1f} ms"
    times = found.pgbench / found.per_second if found.pgbench else 0
    return f"pgbench ÷ {times:.1f}" if times > PGBENCH_TIMES else ""


def _told(value: float | None, form: str = ",.1f") -> str:
    if value is None:
        return ""
    return format(value, form) if math.isfinite(value) else "none" if value > 0 else "–"
