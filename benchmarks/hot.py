"""The questions that visitors ask all day, the statements behind them, and their plans as text.

Kept plans (`benchmarks/plans`) and the tests that guard them are made of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import psycopg
from flask import Flask
from sqlalchemy import text

from benchmarks.measuring import Statements, densest_tiles, plain, statements_of
from benchmarks.parts import interface, items
from benchmarks.parts.pages import PAGE, PART
from landportal import db

API = items.PLAIN
TILE = {"Accept-Encoding": "br"}
ZOOMS = (6, 8, 10, 11, 12, 14)
_SETTING = re.compile(r"^\s*(select\s+set_config|set\s)", re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """A question by a short name that may stand in a file's name."""

    name: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Planned:
    """A statement as it is sent (values as names), and how the database goes about it."""

    statement: str
    plan: str


def questions(connection: Any, app: Flask, county: str) -> list[Question]:
    """The hot questions of a store."""
    number = connection.scalar(text("select number from parcel where status <> 'withdrawn' order by id limit 1"))
    box, m2, size = interface.asked_of(connection, agreed=False)
    _, cursor = items.deep(app, size)
    in_county = f"/de/parcels?ags={county}"
    api = "/api/collections/parcels/items"
    few = {"limit": 50, "filter": f"status = 'available' AND area_m2 > {m2}"}
    towns = {"limit": 50, "filter": f"ags LIKE '{county}%'"}
    return [
        Question("search_state", "/de/parcels", PAGE),
        Question("search_county", in_county, PAGE),
        Question("search_county_filters", f"{in_county}&zone=GE&zone=GI&size_min_ha=0.6&motorway_max_km=10&avoid=flood",
                 PAGE),
        Question("search_county_ranked", f"{in_county}&profile=logistics", PAGE),
        Question("results_county", in_county, PART),
        Question("parcel", f"/de/parcels/{number}", PAGE),
        Question("items_box", f"{api}?bbox={box}&limit=50", API),
        Question("items_filter", f"{api}?{urlencode(few)}", API),
        Question("items_county", f"{api}?{urlencode(towns)}", API),
        Question("items_next", f"{api}?limit=1000&after={cursor}", API),
        *(
            Question(f"tile_z{z}", f"/tiles/parcels/{z}/{x}/{y}.mvt", TILE)
            for z in ZOOMS for x, y in densest_tiles(connection, z)
        ),
    ]  # fmt: skip


def planned(question: Question, app: Flask, url: str) -> list[Planned]:
    """The statements behind a question with their plans, planned one after the other as they are sent."""
    return list(explained(statements_of(question.path, question.headers, app), url))


def explained(statements: Statements, url: str) -> Iterator[Planned]:
    """EXPLAIN of each statement that reads, with the settings that those before it made."""
    with psycopg.connect(plain(url), cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(f"set role {db.APPLICATION_ROLE}")
        connection.execute("set pg_trgm.word_similarity_threshold = 0.5")
        for statement, values in statements:
            if _SETTING.match(statement):
                connection.execute(statement, values)
                continue
            rows = connection.execute(f"explain (costs off) {statement}", values).fetchall()
            yield Planned(normalised_statement(statement), normalised_plan("\n".join(line for (line,) in rows)))
        connection.rollback()


def normalised_statement(statement: str) -> str:
    """One line, single spaces."""
    return " ".join(statement.split())


_TIME = re.compile(r"'\d{4}-\d\d-\d\d(?:[ T][\d:.]+)?(?:[+-]\d\d(?::?\d\d)?)?'")
_SHAPE = re.compile(r"'0[0-9A-Fa-f]{40,}'")
_LONG = re.compile(r"'\{[^']{120,}\}'|ANY \('[^']{120,}'")


def normalised_plan(plan: str) -> str:
    """The plan without what changes from day to day: times, shapes and long lists."""
    plan = _SHAPE.sub("'<shape>'", _TIME.sub("'<time>'", plan))
    return _LONG.sub("'<list>'", plan)


_WHOLE = re.compile(r"(?:Parallel )?Seq Scan on (?:public\.)?parcel\b")


def scans_all_parcels(plan: str) -> bool:
    """Whether the plan reads the table of parcels from its beginning to its end."""
    return bool(_WHOLE.search(plan))
