"""What the measurements of HTTP answers have in common: a real server, the statements behind an answer, asking, timing.

Which answers are measured, and beside what, is said in `benchmarks.__main__` and `benchmarks.interface`.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import event, make_url, text

from landportal import db
from landportal.config import PROJECT_ROOT
from landportal.web import create_app

TABLE = PROJECT_ROOT / "docs" / "performance.md"


@dataclass(frozen=True)
class Case:
    """One address to measure, with the headers of the browser that asks for it."""

    name: str
    path: str
    headers: dict[str, str]
    spare_ms: float = 5
    """What the page may take beside one and a half times the database's time."""


def densest_tile(connection: Any, z: int) -> tuple[int, int]:
    """The tile at zoom `z` that holds most parcels."""
    row = connection.execute(
        text(
            "select floor((lon + 180) / 360 * :n)::int as x, floor((1 - ln(tan(radians(lat)) + 1 / cos(radians(lat)))"
            " / pi()) / 2 * :n)::int as y from parcel where status = 'available'"
            " group by 1, 2 order by count(*) desc, 1, 2 limit 1"
        ),
        {"n": 2**z},
    ).one()
    return row.x, row.y


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _statements_of(case: Case) -> list[tuple[str, Any]]:
    """Every statement that answering `case` sends to the database, with its values."""
    app = create_app()
    engine = app.extensions["landportal"].engine
    recorded: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        recorded.append((statement, values))

    with app.test_client(use_cookies=False) as client:
        client.get(case.path, headers=case.headers)
        event.listen(engine, "before_cursor_execute", record)
        answer = client.get(case.path, headers=case.headers)
        event.remove(engine, "before_cursor_execute", record)
    engine.dispose()
    if answer.status_code not in (200, 304):
        raise SystemExit(f"{case.path} answers {answer.status_code}")
    return recorded


@contextmanager
def replaying(case: Case, url: str) -> Iterator[Callable[[], None]]:
    """What sends the statements behind `case` over one plain connection, prepared, and fetches every row."""
    statements = _statements_of(case)
    with psycopg.connect(plain(url), autocommit=True, prepare_threshold=0) as connection:
        connection.execute(f"set role {db.APPLICATION_ROLE}")
        connection.execute("set pg_trgm.word_similarity_threshold = 0.5")

        def replay() -> None:
            with connection.transaction():
                for statement, values in statements:
                    connection.execute(statement, values).fetchall()

        yield replay


def asking(case: Case, port: int) -> Callable[[], tuple[int, int]]:
    """Ask over one kept connection; returns the answer's bytes as sent and its length unpacked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask() -> tuple[int, int]:
        connection.request("GET", case.path, headers=case.headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 204):
            raise SystemExit(f"{case.path} answers {answer.status}")
        return len(content), _unpacked(content, answer.headers.get("Content-Encoding"))

    return ask


def _unpacked(content: bytes, encoding: str | None) -> int:
    if encoding != "br":
        return len(content)
    import brotli

    return len(brotli.decompress(content))


def plain(url: str) -> str:
    """The address as psycopg reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def server(url: str) -> Iterator[int]:
    """The real server with one worker on a free port, stopped at the end."""
    environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_DEMO": "0"}
    command = [sys.executable, "-m", "landportal.cli", "serve", "--workers", "1"]
    with running(lambda port: (command, {**environ, "PORT": str(port)}), "/readyz") as port:
        yield port


@contextmanager
def running(call: Callable[[int], tuple[list[str], dict[str, str]]], ready: str, log: Any = None) -> Iterator[int]:
    """A server on a free port, which `call` turns into its command and environment; ready once `ready` answers 200."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command, environ = call(port)
    process = subprocess.Popen(command, env=os.environ | environ, stdout=log or subprocess.DEVNULL, stderr=log)
    try:
        _wait_for(port, ready)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for(port: int, path: str) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server did not start")


def write(table: str, name: str = "table") -> None:
    """Replace what stands between the markers `name` and "end of `name`" of docs/performance.md."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = TABLE.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise SystemExit(f"{TABLE} has no place for {name}")
    TABLE.write_text(f"{before}{begin}\n{table}\n{end}{after}")
