"""`python -m benchmarks [--parcels 1000,100000,1000000]`: HTTP answers beside the bare SQL of the same answers.

For each size a database is generated (kept for the next run), a real server is started on it, and each case is
measured in turns — database, HTTP, database, HTTP … — so that a busy machine slows both alike. "Database" is exactly
the statements the page sends, replayed through one plain psycopg connection with prepared statements. Prints and
writes docs/performance.md's table (`--write`). Imports, exports and the machine interface are measured by
`python -m benchmarks.imports`, `python -m benchmarks.exports` and `python -m benchmarks.interface`.
"""

from __future__ import annotations

import argparse
import math
import os
import secrets
import statistics
import sys
import time
from dataclasses import dataclass

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from benchmarks.generate import generate
from benchmarks.measuring import (
    Case,
    asking,
    densest_tile,
    replaying,
    server,
    timed,
    write,
)
from landportal import db
from landportal.cli.database import database_address
from landportal.config import read_settings
from landportal.model import Account, Organisation
from landportal.services.sample_data import load_sample_data
from landportal.web import create_app

SECONDS_PER_CASE = 4.0
TURNS_MIN, TURNS_MAX = 7, 60
COUNTY = "16067"


@dataclass(frozen=True)
class Measured:
    """Medians in milliseconds, and the size of the answer as sent and unpacked."""

    case: Case
    parcels: int
    database_ms: float
    http_ms: float
    http_p95_ms: float
    sent_kb: float
    body_kb: float


def main() -> None:
    """Measure what the arguments ask for."""
    arguments = _arguments()
    settings = read_settings()
    results: list[Measured] = []
    with database_address(settings) as address:
        for parcels in arguments.parcels:
            url = database(address, parcels, fresh=arguments.fresh)
            results += _measure_size(url, parcels)
    table = _table(results)
    print(table)
    if arguments.write:
        write(table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    sizes = lambda value: [int(size) for size in value.split(",")]  # noqa: E731 - a type for argparse
    parser.add_argument("--parcels", type=sizes, default=[1_000, 100_000, 1_000_000], help="sizes, by commas")
    parser.add_argument("--fresh", action="store_true", help="generate again even if the database is there")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args()


def database(address: str, parcels: int, *, fresh: bool) -> str:
    """Address of the generated database of this size, made when it is missing or its schema is not today's."""
    name = f"landportal_bench_{parcels}"
    url = make_url(address).set(database=name).render_as_string(hide_password=False)
    with db.maintenance(address) as connection:
        known = connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": name})
        if known and not fresh and _is_ready(url, parcels):
            db.upgrade(url)
            _let_nothing_wait(url)
            return url
        connection.execute(text(f"drop database if exists {name} with (force)"))
        connection.execute(text(f"create database {name}"))
    print(f"generating {parcels:,} parcels …", file=sys.stderr)
    db.upgrade(url)
    engine = create_engine(url)
    with db.transaction(engine) as session:
        load_sample_data(session)
    engine.dispose()
    generate(url, parcels)
    _let_nothing_wait(url)
    return url


def _let_nothing_wait(url: str) -> None:
    """Leave the worker of a measured server nothing to compute: `benchmarks.enrichment` measures that by itself."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("truncate parcel_stale, enrichment_claim"))
        connection.execute(text("delete from procrastinate_jobs"))
    engine.dispose()


def _is_ready(url: str, parcels: int) -> bool:
    """Whether the database holds what it should; a schema of yesterday is upgraded."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = connection.scalar(text("select count(*) from parcel"))
        return found == parcels
    except Exception:
        return False
    finally:
        engine.dispose()


def _measure_size(url: str, parcels: int) -> list[Measured]:
    os.environ |= {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_SECRET_KEY": "benchmarks"}
    with server(url) as port:
        return [_measure(case, url, port, parcels) for case in _cases(url)]


def _cases(url: str) -> list[Case]:
    """What visitors ask for: page of 50 with count and facets, tiles where parcels are densest, a parcel."""
    page = {"Accept-Encoding": "br", "Accept": "text/html"}
    part = {**page, "X-Requested-Part": "results"}
    tile = {"Accept-Encoding": "br"}
    filters = f"ags={COUNTY}&zone=GE&zone=GI&size_min_ha=0.6&motorway_max_km=10&avoid=flood"
    engine = create_engine(url)
    with engine.connect() as connection:
        number = connection.scalar(text("select number from parcel where status <> 'withdrawn' order by id limit 1"))
        dense = {z: densest_tile(connection, z) for z in (8, 11, 14)}
    engine.dispose()
    return [
        Case("search, whole state", "/de/parcels", page),
        Case("search, one county", f"/de/parcels?ags={COUNTY}", page),
        Case("search, county and four filters", f"/de/parcels?{filters}", page),
        Case("search, one county, ranked", f"/de/parcels?ags={COUNTY}&profile=logistics", page),
        Case("results only, one county", f"/de/parcels?ags={COUNTY}", part),
        Case("parcel page", f"/de/parcels/{number}", page),
        *_desk(url, page),
        *(Case(f"tile z{z}, densest", f"/tiles/parcels/{z}/{x}/{y}.mvt", tile) for z, (x, y) in dense.items()),
    ]


def _desk(url: str, headers: dict[str, str]) -> list[Case]:
    """The desk of an officer whose town has about 5,000 parcels, where there is such a town."""
    engine = create_engine(url)
    with db.transaction(engine) as session:
        town = session.execute(
            text("select municipality_ags, count(*) from parcel group by 1 order by abs(count(*) - 5000) limit 1")
        ).one()
        if not 4_000 < town.count < 6_000:
            return []
        key = session.scalar(text("select fs_uniquifier from account where name = 'benchmark'"))
        key = key or _officer(session, town.municipality_ags)
    engine.dispose()
    app = create_app()
    signer = app.session_interface.get_signing_serializer(app)
    cookie = signer.dumps({"_user_id": key, "_fresh": True, "fs_paa": time.time()})
    return [
        Case(
            f"desk, {town.count:,} parcels",
            "/de/desk/",
            {**headers, "Cookie": f"{app.config['SESSION_COOKIE_NAME']}={cookie}"},
            10,
        )
    ]


def _officer(session: Session, ags: str) -> str:
    organisation = Organisation(name="benchmark", kind="municipality", ags=ags)
    session.add(organisation)
    session.flush()
    account = Account(
        email="benchmark@example.org", name="benchmark", role_names=["officer"], fs_uniquifier=secrets.token_hex(),
        organisation_id=organisation.id,
    )  # fmt: skip
    session.add(account)
    session.flush()
    return account.fs_uniquifier


def _measure(case: Case, url: str, port: int, parcels: int) -> Measured:
    ask = asking(case, port)
    database_ms, http_ms = [], []
    with replaying(case, url) as replay:
        for _ in range(3):
            replay()
            sent, body = ask()
        started = time.perf_counter()
        while len(http_ms) < TURNS_MIN or (
            time.perf_counter() - started < SECONDS_PER_CASE and len(http_ms) < TURNS_MAX
        ):
            database_ms.append(timed(replay))
            http_ms.append(timed(ask))
    p95 = sorted(http_ms)[math.ceil(len(http_ms) * 0.95) - 1]
    return Measured(
        case, parcels, statistics.median(database_ms), statistics.median(http_ms), p95, sent / 1000, body / 1000
    )


def _table(results: list[Measured]) -> str:
    lines = [
        "| case | parcels | database ms | HTTP ms | HTTP p95 ms | over 1.5 × DB + 5 (desk: 10) ms? | sent kB |"
        " unpacked kB |",
        "|---|---:|---:|---:|---:|---|---:|---:|",
    ]
    for r in results:
        over = r.http_ms - 1.5 * r.database_ms - r.case.spare_ms
        verdict = f"yes, by {over:.1f} ms" if over > 0 else "no"
        lines.append(
            f"| {r.case.name} | {r.parcels:,} | {r.database_ms:.1f} | {r.http_ms:.1f} | {r.http_p95_ms:.1f} |"
            f" {verdict} | {r.sent_kb:.1f} | {r.body_kb:.1f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
