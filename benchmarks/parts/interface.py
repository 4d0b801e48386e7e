"""The machine interface beside tipg and pygeoapi, answers compared before they are measured.

All three answer from the same tables, with one worker each, over one kept connection, in turns: SQL, ours, tipg,
pygeoapi, SQL … "SQL" is the statements of our own answer. How the others are installed and started is said in
`benchmarks.peers`; how all of them bear many connections is measured by the parts `items` and `tiles`.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import create_engine, text

from benchmarks import peers
from benchmarks.answers import Answer, compared
from benchmarks.measuring import application, densest_tiles, replaying, server, statements_of, timed
from benchmarks.places import agreed_box, full_box
from benchmarks.registry import Options, Table
from benchmarks.stores import store
from landportal.gis.fields import Kind
from landportal.services.collections.parcels import parcels
from landportal.services.features import TILE_FIELDS

TURNS, TURNS_MIN = 15, 5
SECONDS_PER_CASE = 8.0
ONCE_S = 4.0
"""What takes longer is measured once."""

MAP_FIELDS = ("number", "status", "zone", "zone_restricted", "area_m2")
SQL_AIM = 1.3
ITEMS_AIMS = {"tipg": 4.0, "pygeoapi": 9.0}
ZOOMS = (8, 10, 12, 14)

_RARE = text("""
    select floor(area_m2)::int from parcel where status = 'available' order by area_m2 desc offset 10000 limit 1
""")
_MEDIAN = text("select percentile_cont(0.5) within group (order by area_m2)::int from parcel")


@dataclass(frozen=True)
class Question:
    """One question in the words of each: paths by who is asked. `aims`: how many times longer the others may take.

    `kind`: ``items``, ``tile``, ``map`` (a tile of our map, from afar cells) or ``unchanged`` (a copy still holds).
    """

    name: str
    kind: str
    paths: dict[str, str]
    aims: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """Medians in milliseconds by who was asked, ``SQL`` among them; None where nothing came in PATIENCE_S."""

    question: Question
    parcels: int
    ms: dict[str, float | None]


HEAD = (
    "question", "parcels", "SQL ms", "ours ms", "ours ÷ SQL", "tipg ms", "tipg ÷ ours", "pygeoapi ms",
    "pygeoapi ÷ ours", "missed",
)  # fmt: skip


def run(options: Options) -> list[Table]:
    """Measure everybody's answers to every question."""
    results = [one for size in options.parcels for one in _measure_size(store(options.address, size), size)]
    told = ", ".join(f"{name} {version}" for name, version in sorted(peers.versions().items()))
    return [Table("interface", HEAD, [row(result) for result in results], (f"Measured with {told}.",))]


# ----------------------------------------------------------------------------------------------------------- questions


def questions(box: str, m2: int, deep: tuple[int, str], tiles: dict[int, tuple[int, int]]) -> Iterator[Question]:
    """Everything that is asked: pages of items, then the tiles `tiles` (column and row by zoom).

    `m2`: what so few parcels exceed that we say how many. `deep`: an offset, and our cursor of the same place.
    """
    yield _items("50 in a box", bbox=box, limit=50)
    yield _items("1,000 in a box", bbox=box, limit=1000)
    yield _items("50 by a filter", filter=f"status = 'available' AND area_m2 > {m2}", limit=50)
    yield _items("50 by a wide filter (*)", filter="status = 'available' AND area_m2 > 5000", limit=50)
    yield _items("1,000, first page (*)", limit=1000)
    offset, cursor = deep
    by_offset = _items(f"1,000 from {offset:,} on (*)", limit=1000, offset=offset)
    yield by_offset
    by_key = _items("", limit=1000, after=cursor).paths["ours"]
    yield replace(by_offset, name="items: the same by our next link (*)", paths={**by_offset.paths, "ours": by_key})
    for z, (x, y) in tiles.items():
        yield from _tiles(z, x, y)


def _items(name: str, **asked: object) -> Question:
    paths = {
        "ours": f"/api/collections/parcels/items?{urlencode(asked)}",
        "tipg": f"/collections/{peers.SCHEMA}.{peers.VIEW}/items?{urlencode(asked | {'f': 'geojson'})}",
        "pygeoapi": f"/collections/parcels/items?{urlencode(asked | {'f': 'json'})}",
    }
    return Question(f"items: {name}", "items", paths, ITEMS_AIMS)


def _tiles(z: int, x: int, y: int) -> Iterator[Question]:
    # Our map shows what is available unless it is asked for more; pygeoapi filters no tiles.
    ours = f"/tiles/parcels/{z}/{x}/{y}.mvt"
    everybody = {"ours": ours, **map_tile_of_peers(z, x, y)}
    yield Question(f"z{z}: tile of the map", "map", everybody, {"tipg": 2.5})
    yield Question(
        f"z{z}: tile of the map, unchanged", "unchanged", {"ours": ours, "tipg": everybody["tipg"]}, {"tipg": 15}
    )
    narrow = {"ours": ours, "tipg": _tipg_tile(z, x, y, filter="status = 'available'", properties=",".join(MAP_FIELDS))}
    yield Question(f"z{z}: tile of the map, tipg with its attributes alone", "map", narrow)
    equal = {
        "ours": f"/api/collections/parcels/tiles/WebMercatorQuad/{z}/{y}/{x}",
        "tipg": _tipg_tile(z, x, y, properties=",".join(("id", *tile_fields()))),
        "pygeoapi": everybody["pygeoapi"],
    }
    yield Question(f"z{z}: tile of the collection, equal attributes", "tile", equal, {"tipg": 1})


def map_tile_of_peers(z: int, x: int, y: int) -> dict[str, str]:
    """What a tile of our map is called at the others; pygeoapi filters no tiles and draws everything."""
    pygeoapi = f"/collections/parcels/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
    return {"tipg": _tipg_tile(z, x, y, filter="status = 'available'"), "pygeoapi": pygeoapi}


def tile_fields() -> tuple[str, ...]:
    """The attributes that the tiles of our collection carry."""
    return tuple(one.name for one in parcels().fields if one.kind is not Kind.TEXTS)[:TILE_FIELDS]


def _tipg_tile(z: int, x: int, y: int, **asked: str) -> str:
    return f"/collections/{peers.SCHEMA}.{peers.VIEW}/tiles/WebMercatorQuad/{z}/{x}/{y}?{urlencode(asked)}"


# ----------------------------------------------------------------------------------------------------------- measuring


def asked_of(connection: Any, agreed: bool = True) -> tuple[str, int, int]:
    """What is asked of a store: a box (`agreed`: by everybody), a size that few exceed, how many parcels it has."""
    box = agreed_box(connection) if agreed else full_box(connection)
    m2 = connection.scalar(_RARE) or connection.scalar(_MEDIAN)
    return box, m2, connection.scalar(text("select count(*) from parcel"))


def _measure_size(url: str, size: int) -> Iterator[Measured]:
    # Both build on the questions of this module.
    from benchmarks.parts.items import deep

    engine = create_engine(url)
    with engine.connect() as connection:
        box, m2, _ = asked_of(connection)
        tiles = {z: densest_tiles(connection, z)[0] for z in ZOOMS}
    engine.dispose()
    with ExitStack() as stack:
        app = stack.enter_context(application(url))
        stack.enter_context(peers.view(url))
        ports = {
            "ours": stack.enter_context(server(url)).port,
            "tipg": stack.enter_context(peers.tipg(url)).port,
            "pygeoapi": stack.enter_context(peers.pygeoapi(url)).port,
        }
        slow: dict[str, float | None] = {}
        for question in questions(box, m2, deep(app, size), tiles):
            yield Measured(question, size, _measure(question, app, url, ports, slow))


def _measure(
    question: Question, app: Flask, url: str, ports: dict[str, int], slow: dict[str, float | None]
) -> dict[str, float | None]:
    """Medians of one question; what is in `slow` by its path was measured before and is not asked again."""
    validator = _Asker(ports["ours"], question.paths["ours"])().etag if question.kind == "unchanged" else None
    headers = {"If-None-Match": validator} if validator else {}
    askers = {who: _Asker(ports[who], path, headers if who == "ours" else {}) for who, path in question.paths.items()}
    once = {who: slow[path] for who, path in question.paths.items() if path in slow}
    first = {who: ask() for who, ask in askers.items() if who not in once}
    for who, answer in first.items():
        if answer.ms > ONCE_S * 1000:
            once[who] = slow[question.paths[who]] = answer.ms if answer.status == 200 else None
    compared(question.kind, {who: answer for who, answer in first.items() if answer.status in (200, 304)})
    for ask in askers.values():
        # Comparing took longer than some servers keep a connection that nothing is asked over.
        ask.connection.close()
    with replaying(statements_of(question.paths["ours"], headers, app), url) as replay:
        works: dict[str, Callable[[], object]] = {"SQL": replay}
        works |= {who: ask for who, ask in askers.items() if who not in once}
        return _medians(works) | once


def _medians(works: dict[str, Callable[[], object]]) -> dict[str, float | None]:
    taken: dict[str, list[float]] = {who: [] for who in works}
    started = time.perf_counter()
    for turn in range(TURNS):
        if turn >= TURNS_MIN and time.perf_counter() - started > SECONDS_PER_CASE:
            break
        for who, work in works.items():
            # The one before has filled the processor's caches with its own: the first answer pays for that.
            work()
            taken[who].append(timed(work))
    return {who: statistics.median(times) for who, times in taken.items()}


class _Asker:
    """Asks for one path again and again over one kept connection."""

    def __init__(self, port: int, path: str, headers: dict[str, str] | None = None) -> None:
        self.path, self.headers = path, {"Accept": "*/*", "Accept-Encoding": "identity", **(headers or {})}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=peers.PATIENCE_S + 5)

    def __call__(self) -> Answer:
        started = time.perf_counter()
        try:
            self.connection.request("GET", self.path, headers=self.headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except TimeoutError:
            self.connection.close()
            return Answer(0, b"", None, (time.perf_counter() - started) * 1000)
        ms = (time.perf_counter() - started) * 1000
        if answer.status not in (200, 304) and ms < peers.PATIENCE_S * 1000:
            raise SystemExit(f"{self.path} answers {answer.status}: {content[:300]!r}")
        return Answer(answer.status, content, answer.headers.get("ETag"), ms)


# --------------------------------------------------------------------------------------------------------------- table


def row(result: Measured) -> tuple[str, ...]:
    """One line of the table."""
    ms = result.ms
    cells = [result.question.name, f"{result.parcels:,}", _ms(ms["SQL"]), _ms(ms["ours"]), _times(ms, "ours", "SQL")]
    for who in ("tipg", "pygeoapi"):
        cells += [_ms(ms[who]), _times(ms, who, "ours")] if who in ms else ["", ""]
    return (*cells, ", ".join(missed(result)) or "nothing")


def missed(result: Measured) -> list[str]:
    """The aims that a question did not reach."""
    ms = result.ms
    found = [f"SQL × {SQL_AIM}"] if _factor(ms, "ours", "SQL") > SQL_AIM else []
    return found + [f"{who} ÷ {aim:g}" for who, aim in result.question.aims.items() if _factor(ms, who, "ours") < aim]


def _factor(ms: dict[str, float | None], who: str, base: str) -> float:
    longer = ms[who]
    return (peers.PATIENCE_S * 1000 if longer is None else longer) / (ms[base] or 1e-6)


def _times(ms: dict[str, float | None], who: str, base: str) -> str:
    return f"{'> ' if ms[who] is None else ''}{_factor(ms, who, base):.1f}"


def _ms(taken: float | None) -> str:
    return f"> {peers.PATIENCE_S:,} s" if taken is None else f"{taken:,.1f}"
