"""Memory of the web processes over a hundred thousand requests: searches, pages, tiles and items that differ.

What others do on the machine changes how long it takes, not what is held. Officers who write are the soak's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import psycopg

from benchmarks import addresses
from benchmarks.measuring import Server, plain, server
from benchmarks.registry import Options, Table
from benchmarks.serving import WORKERS
from benchmarks.stores import store
from benchmarks.visiting import Visit, visit
from benchmarks.watching import Watch

REQUESTS, ROUNDS = 100_000, 10
SHORT_REQUESTS = 5_000
AT_ONCE = 8
ROUND_S_MAX = 1_800.0
SEED = 6
HEAD = ("memory", "parcels", "requests", "failed", "MB", "of each process")
LON, LAT = (9.9, 12.6), (50.3, 51.6)
NARROWER = (*addresses.FILTERS, "sort=price")


def run(options: Options) -> list[Table]:
    """Ask each store."""
    rows = [row for parcels in options.parcels for row in _asked(options, parcels)]
    told = (f"Of ten requests four are searches, three tiles, two parcel pages and one is a page of items; {AT_ONCE} at"
            " once. Pages that processes share are counted in each.",)  # fmt: skip
    return [Table("memory", HEAD, rows, told)]


def _asked(options: Options, parcels: int) -> Iterator[tuple[str, ...]]:
    url, done = store(options.address, parcels), 0
    a_round = (SHORT_REQUESTS if options.short else REQUESTS) // ROUNDS
    with server(url, WORKERS) as started, psycopg.connect(plain(url), autocommit=True) as connection:
        watch, chance = Watch(started.pid, connection), random.Random(SEED)
        asked = list(_paths(connection, chance, a_round * ROUNDS))
        for at in range(ROUNDS):
            visited = _round(started, asked[at * a_round : (at + 1) * a_round])
            done += len(visited)
            each = watch.each_mb()
            told = " + ".join(f"{mb:,.0f}" for mb in each)
            yield ("after", f"{parcels:,}", f"{done:,}", str(a_round - len(visited)), f"{sum(each):,.0f}", told)


def _round(started: Server, paths: list[str]) -> list[float]:
    return visit(
        Visit(started.port, tuple(paths), {"Accept-Encoding": "br"}, AT_ONCE, ROUND_S_MAX, count=len(paths))
    ).ms


def _paths(connection: psycopg.Connection, chance: random.Random, number: int) -> Iterator[str]:
    counties = [ags for (ags,) in connection.execute("select distinct county_ags from parcel where county_ags <> ''")]
    numbers = [one for (one,) in connection.execute("select number from parcel where status <> 'withdrawn' limit 5000")]
    for _ in range(number):
        county, kind = chance.choice(counties), chance.randrange(10)
        if kind < 4:
            yield f"/de/parcels?ags={county}&{'&'.join(chance.sample(NARROWER, chance.randint(0, 3)))}"
        elif kind < 7:
            z = chance.randint(8, 14)
            yield addresses.tile(z, *addresses.tile_at(z, chance.uniform(*LON), chance.uniform(*LAT)))
        elif kind < 9:
            yield f"/{chance.choice(('de', 'en'))}/parcels/{chance.choice(numbers)}"
        else:
            yield addresses.items_of(county)
