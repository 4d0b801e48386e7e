"""Pages of the machine interface: 50 and 1,000 in a box, by a filter, and deep in the collection."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from sqlalchemy import create_engine

from benchmarks import serving
from benchmarks.measuring import Case
from benchmarks.parts import interface
from benchmarks.registry import Options, Table

PLAIN = {"Accept": "*/*", "Accept-Encoding": "identity"}


def run(options: Options) -> list[Table]:
    """Measure the pages of items."""
    table = serving.measured("items", options, cases)
    return [replace(table, told=(*table.told, "(*) More than 20,000 match: we tell no total then, others count all."))]


def cases(url: str, app: Flask, options: Options) -> list[Case]:
    """The questions about items that `interface` asks everybody."""
    engine = create_engine(url)
    with engine.connect() as connection:
        box, m2, size = interface.asked_of(connection, agreed=options.peers)
    engine.dispose()
    found = interface.questions(box, m2, deep(app, size), {})
    return [
        Case(
            one.name.removeprefix("items: "), (one.paths["ours"],), PLAIN, pgbench=True,
            peers={who: path for who, path in one.paths.items() if who != "ours"},
        )
        for one in (list(found)[::2] if options.short else found)
    ]  # fmt: skip


def deep(app: Flask, size: int) -> tuple[int, str]:
    """An offset far in the collection, and the cursor that the page before it leads on with."""
    offset = min(198_000, size - 2_000)
    with app.test_client(use_cookies=False) as client:
        answer = client.get(f"/api/collections/parcels/items?limit=1&offset={offset - 1}", headers=PLAIN)
    (following,) = [link["href"] for link in json.loads(answer.data)["links"] if link["rel"] == "next"]
    return offset, parse_qs(urlsplit(following).query)["after"][0]
