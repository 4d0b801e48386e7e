"""What an answer takes beside the bare SQL of the same question, as ratios of one run in turns: a doubling is noticed.

Seconds differ from machine to machine and with what else it does; that a page takes so many times as long as a plain
statement for the same rows differs much less. Each case is judged by the median of its turns, and once again with more
of them before it fails. The ratios were recorded on 28 November 2026; who makes something faster records them anew:
`pytest tests/guards/test_ratios.py --capture=no` prints what it finds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import psycopg
import pytest

from benchmarks.measuring import densest_tiles, plain, timed
from landportal.services.search import facets

COUNTY = "16067"
TURNS, TURNS_AGAIN = 15, 45
DOUBLING = 2.0
PAGE = {"Accept": "text/html"}

LIST = """
    select p.id, p.number, p.name_de, p.status, p.zone, p.area_m2, p.price_eur_m2, p.motorway_m,
        st_asgeojson(p.geom) from parcel p
    where p.status = 'available' and {where} order by p.area_m2 desc, p.id limit 50
"""
COUNT = "select status, zone, count(*), sum(area_m2) from parcel p where {where} group by 1, 2"
TILE = """
    select st_asmvt(t, 'parcels') from (
        select id, status, zone, st_asmvtgeom(geom_3857, st_tileenvelope({z}, {x}, {y}), 4096, 64, true) as geom
        from parcel where status = 'available' and geom_3857 && st_tileenvelope({z}, {x}, {y}) offset 0
    ) t
"""


@dataclass(frozen=True)
class Guarded:
    """An answer, the plain statements for the same rows, and how many times as long it took when recorded."""

    path: str
    bare: tuple[str, ...]
    recorded: float


def guarded(full_connection) -> dict[str, Guarded]:
    county = (COUNT.format(where=f"county_ags = '{COUNTY}'"), LIST.format(where=f"county_ags = '{COUNTY}'"))
    state = (COUNT.format(where="true"), LIST.format(where="true"))
    tiles = {z: densest_tiles(full_connection, z)[0] for z in (8, 11, 14)}
    found = {
        "search of a county": Guarded(f"/de/parcels?ags={COUNTY}", county, RECORDED["search of a county"]),
        "search of the state": Guarded("/de/parcels", state, RECORDED["search of the state"]),
        "items of a county": Guarded(
            f"/api/collections/parcels/items?limit=50&filter=ags%20LIKE%20%27{COUNTY}%25%27",
            county,
            RECORDED["items of a county"],
        ),
    }
    for z, (x, y) in tiles.items():
        bare = (TILE.format(z=z, x=x, y=y),)
        found[f"tile z{z}"] = Guarded(f"/tiles/parcels/{z}/{x}/{y}.mvt", bare, RECORDED[f"tile z{z}"])
    return found


RECORDED = {
    "search of a county": 12.5,
    "search of the state": 12.0,
    "items of a county": 8.5,
    "tile z8": 1.1,
    "tile z11": 3.7,
    "tile z14": 7.3,
}


@contextmanager
def turns(full_app, full_url, case: Guarded):
    """A function that takes so many turns of bare SQL and answer, and gives the medians of both in ms."""
    client = full_app.test_client(use_cookies=False)
    with psycopg.connect(plain(full_url), autocommit=True, prepare_threshold=0) as connection:

        def bare() -> None:
            for statement in case.bare:
                connection.execute(statement).fetchall()

        def answer() -> None:
            assert client.get(case.path, headers=PAGE if case.path.startswith("/de") else {}).status_code == 200

        def medians(count: int) -> tuple[float, float]:
            for work in (bare, answer) * 3:
                work()
            taken = [(again(bare), again(answer)) for _ in range(count)]
            return median(theirs for theirs, _ in taken), median(ours for _, ours in taken)

        yield medians


def again(work: Callable[[], None]) -> float:
    """Milliseconds of the second time: the first pays for what the other one left in the processor's caches."""
    work()
    return timed(work)


def judged(medians: Callable[[int], tuple[float, float]], recorded: float) -> float:
    """The ratio of a run; of a second longer one where the first is twice what was recorded."""
    found = 0.0
    for count in (TURNS, TURNS_AGAIN):
        bare_ms, ms = medians(count)
        found = ms / bare_ms
        if found < DOUBLING * recorded:
            break
    return found


@pytest.mark.parametrize("name", RECORDED)
def test_an_answer_takes_no_twice_as_long_beside_its_bare_sql(name, full_app, full_url, full_connection):
    case = guarded(full_connection)[name]
    with turns(full_app, full_url, case) as medians:
        found = judged(medians, case.recorded)
    print(f'\n    "{name}": {found:.1f},  # recorded {case.recorded}')
    assert found < DOUBLING * case.recorded


def test_a_search_that_takes_twice_as_long_is_noticed(full_app, full_url, full_connection, monkeypatch):
    """The guard can fail: counting is made to take as long again as the whole answer."""
    case = guarded(full_connection)["search of a county"]
    counted = facets.count_by_facet
    with turns(full_app, full_url, case) as medians:
        bare_ms, ms = medians(TURNS)

        def slowly(*asked, **more):
            # Working, not sleeping: an idle processor makes the bare SQL of the next turn slower too.
            until = time.perf_counter() + 1.4 * ms / 1000
            while time.perf_counter() < until:
                pass
            return counted(*asked, **more)

        monkeypatch.setattr("landportal.services.search.find.count_by_facet", slowly)
        assert judged(medians, ms / bare_ms) >= DOUBLING * ms / bare_ms
