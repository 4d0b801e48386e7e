"""Searches by random mixes of filters: what the statements of one take, and how that grows with the store.

Three places are asked. A county that is as large in every store tells what the rest of the country costs. The largest
county grows along with the store. The whole region is the most there is. The plan of the slowest is kept.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import Engine, create_engine, event, text

from benchmarks.hot import explained
from benchmarks.measuring import recording
from benchmarks.parts.plans import FOLDER
from benchmarks.registry import Options, Table
from benchmarks.stores import store
from benchmarks.visiting import percentile
from landportal import db
from landportal.config import read_settings
from landportal.model import ConstraintKind, Freshness, ParcelStatus, PlanStatus, Zone
from landportal.services.search import SearchCriteria, Sort
from landportal.services.search.find import find_parcels

CRITERIA, SHORT_CRITERIA = 200, 20
TURNS = 3
WORST = FOLDER / "worst"
COUNTY_PARCELS = 5_700
"""A large county of Germany offers no more."""

HEAD = ("where", "parcels", "in the place", "median ms", "p95 ms", "worst ms", "median growth", "grow more than 2 ×")
TOLD = (
    "SQL of {n} random searches (page of 50, counts, facets), best of three turns each; the same criteria in every"
    " store. Growth is against the store before. The plan of the worst is kept in benchmarks/plans/worst.",
)
PLACES = ("a county as large in each", "the largest county", "the whole region")


@dataclass(frozen=True)
class Took:
    """What one search took in the database."""

    ms: float
    criteria: SearchCriteria
    statements: Any


def run(options: Options) -> list[Table]:
    """Ask the same mixes of every store."""
    number = SHORT_CRITERIA if options.short else CRITERIA
    rows: list[tuple[str, ...]] = []
    before: dict[str, list[Took]] = {}
    for parcels in options.parcels:
        url = store(options.address, parcels)
        for place, ags, held in _places(url):
            took = list(_asked(url, ags, number))
            rows.append((place, f"{parcels:,}", f"{held:,}", *_told(took, before.get(place))))
            before[place] = took
            if options.write:
                _keep_plan(url, place, parcels, max(took, key=lambda one: one.ms))
    return [Table("mixes", HEAD, rows, tuple(line.format(n=number) for line in TOLD))]


def _places(url: str) -> list[tuple[str, tuple[str, ...], int]]:
    counted = "select county_ags, count(*) as n from parcel where county_ags is not null group by 1 order by "
    engine = create_engine(url)
    with engine.connect() as connection:
        like = connection.execute(text(f"{counted} abs(count(*) - {COUNTY_PARCELS}) limit 1")).one()
        largest = connection.execute(text(f"{counted} 2 desc limit 1")).one()
        held = connection.scalar(text("select count(*) from parcel"))
    engine.dispose()
    return list(zip(PLACES, ((like[0],), (largest[0],), ()), (like[1], largest[1], held), strict=True))


def _asked(url: str, ags: tuple[str, ...], number: int) -> Iterator[Took]:
    engine = db.connect(url, read_settings(), role=db.APPLICATION_ROLE)
    chance = random.Random(7)
    for _ in range(number):
        criteria = mix(chance, ags)
        yield min((_took(engine, criteria) for _ in range(TURNS)), key=lambda one: one.ms)
    engine.dispose()


def _took(engine: Engine, criteria: SearchCriteria) -> Took:
    with recording(engine) as statements, _timing(engine) as spent, db.reading(engine) as session:
        find_parcels(session, criteria)
    return Took(sum(spent) * 1000, criteria, statements)


@contextmanager
def _timing(engine: Engine) -> Iterator[list[float]]:
    """Seconds of each statement that is sent through `engine` in the block."""
    spent: list[float] = []
    started: list[float] = []

    def begin(*_: object) -> None:
        started.append(time.perf_counter())

    def end(*_: object) -> None:
        spent.append(time.perf_counter() - started.pop())

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    yield spent
    event.remove(engine, "before_cursor_execute", begin)
    event.remove(engine, "after_cursor_execute", end)


def mix(chance: random.Random, ags: tuple[str, ...]) -> SearchCriteria:
    """Some of everything that can be asked, each as often as visitors might."""
    some = lambda values, most: tuple(chance.sample(list(values), chance.randint(1, most)))  # noqa: E731
    asked: dict[str, tuple[float, Callable[[], Any]]] = {
        "zone": (0.3, lambda: some((Zone.GE, Zone.GI, Zone.SO), 2)),
        "status": (0.3, lambda: some(list(ParcelStatus)[:6], 3)),
        "size_min_ha": (0.4, lambda: chance.choice((0.1, 0.3, 0.5, 0.7, 1, 2))),
        "size_max_ha": (0.15, lambda: chance.choice((0.6, 1, 3))),
        "price_max_eur_m2": (0.2, lambda: chance.choice((10, 25, 60))),
        "motorway_max_km": (0.2, lambda: chance.choice((2, 5, 10, 25))),
        "rail_max_km": (0.1, lambda: chance.choice((2, 5, 20))),
        "rail_siding": (0.1, lambda: True),
        "round_the_clock": (0.1, lambda: True),
        "power_min_mw": (0.1, lambda: chance.choice((1, 5, 20))),
        "fibre_min_mbit": (0.1, lambda: chance.choice((100, 1000))),
        "avoid": (0.2, lambda: some((ConstraintKind.FLOOD, ConstraintKind.NATURE, ConstraintKind.WATER), 2)),
        "freshness": (0.1, lambda: (chance.choice(list(Freshness)),)),
        "plan": (0.1, lambda: (chance.choice(list(PlanStatus)),)),
        "q": (0.1, lambda: chance.choice(("Gewerbe", "Park", "Erfurt", "Nord 12"))),
        "sort": (0.5, lambda: chance.choice((Sort.SIZE, Sort.PRICE, Sort.MOTORWAY, Sort.FRESH))),
        "reverse": (0.1, lambda: True),
        "page": (0.15, lambda: chance.choice((2, 3, 10))),
    }
    return SearchCriteria(ags=ags, **{name: value() for name, (odds, value) in asked.items() if chance.random() < odds})


def _told(took: list[Took], before: list[Took] | None) -> tuple[str, ...]:
    times = [one.ms for one in took]
    growth = [now.ms / then.ms for now, then in zip(took, before, strict=True)] if before else []
    grown = (f"{median(growth):.1f} ×", f"{sum(one > 2 for one in growth)} of {len(took)}") if growth else ("", "")
    return (f"{median(times):.1f}", f"{percentile(times, 0.95):.1f}", f"{max(times):.1f}", *grown)


def _keep_plan(url: str, place: str, parcels: int, worst: Took) -> None:
    stated = {name: value for name, value in vars(worst.criteria).items() if value != getattr(SearchCriteria(), name)}
    parts = [f"{place}, {parcels:,} parcels: {stated}\n"]
    for one in explained(worst.statements, url):
        plan = "\n".join(f"  {line}" for line in one.plan.splitlines())
        parts.append(f"\n{one.statement}\n\n{plan}\n")
    WORST.mkdir(exist_ok=True)
    (WORST / f"{place.replace(' ', '_')}-{parcels}.txt").write_text("".join(parts))
