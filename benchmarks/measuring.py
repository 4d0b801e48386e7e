"""What measurements of HTTP answers share: a real server, the statements behind an answer, asking, timing.

How an answer is measured at several connections is said in `serving`; which answers are, in the parts.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import Engine, event, make_url, text

from landportal import db
from landportal.config import read_settings
from landportal.web import create_app

SECRET_KEY = "benchmarks"  # noqa: S105 - the key of a server that lives for a measurement
Statements = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Case:
    """One question to measure: `paths` are asked in turns (the first alone where the database answers beside it)."""

    name: str
    paths: tuple[str, ...]
    headers: dict[str, str] = field(default_factory=dict)
    fresh: bool = False
    """The revision moves before it is asked, so that no kept answer holds."""
    unchanged: bool = False
    """It is asked with the validator of the answer before: 304."""
    pgbench: bool = False
    """The same statements are run by pgbench beside it."""
    peers: dict[str, str] = field(default_factory=dict)
    """What the same is called at others, by their names."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    pid: int


def densest_tiles(connection: Any, z: int, most: int = 1) -> list[tuple[int, int]]:
    """The tiles at zoom `z` that hold most available parcels, the fullest first."""
    rows = connection.execute(
        text(
            "select floor((lon + 180) / 360 * :n)::int as x, floor((1 - ln(tan(radians(lat)) + 1 / cos(radians(lat)))"
            " / pi()) / 2 * :n)::int as y from parcel where status = 'available'"
            " group by 1, 2 order by count(*) desc, 1, 2 limit :most"
        ),
        {"n": 2**z, "most": most},
    )
    return [(row.x, row.y) for row in rows]


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


@contextmanager
def application(url: str) -> Iterator[Flask]:
    """The application on the store at `url`, in this process."""
    given = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_SECRET_KEY": SECRET_KEY, "LANDPORTAL_BASEMAP": "none"}
    app = create_app(read_settings({**os.environ, **given}))
    try:
        yield app
    finally:
        app.extensions["landportal"].engine.dispose()


@contextmanager
def recording(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is sent through `engine` in the block, with its values."""
    recorded: list[tuple[str, Any]] = []

    def record(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        recorded.append((statement, values))

    event.listen(engine, "before_cursor_execute", record)
    yield recorded
    event.remove(engine, "before_cursor_execute", record)


def statements_of(path: str, headers: dict[str, str], app: Flask) -> Statements:
    """Every statement that answering `path` sends to the database of `app`, with its values, asked a second time."""
    with app.test_client(use_cookies=False) as client:
        client.get(path, headers=headers)
        with recording(app.extensions["landportal"].engine) as recorded:
            answer = client.get(path, headers=headers)
    if answer.status_code not in (200, 204, 304):
        raise SystemExit(f"{path} answers {answer.status_code}")
    return recorded


class Replay:
    """Sends the statements of an answer over one plain connection, prepared, and fetches every row."""

    def __init__(self, connection: psycopg.Connection, statements: Statements) -> None:
        self._connection, self._statements = connection, statements
        self.pid = connection.info.backend_pid

    def __call__(self) -> None:
        with self._connection.transaction():
            for statement, values in self._statements:
                self._connection.execute(statement, values).fetchall()


@contextmanager
def replaying(statements: Statements, url: str) -> Iterator[Replay]:
    """What replays `statements` as the application's role."""
    with psycopg.connect(plain(url), autocommit=True, prepare_threshold=0) as connection:
        connection.execute(f"set role {db.APPLICATION_ROLE}")
        connection.execute("set pg_trgm.word_similarity_threshold = 0.5")
        yield Replay(connection, statements)


class NoAnswer(Exception):
    """A server answered with an error, or not in time."""


class Asking:
    """Asks for one path over one kept connection; `sent` is the length of the last answer as it came.

    Raises NoAnswer.
    """

    def __init__(self, path: str, headers: dict[str, str], port: int) -> None:
        self._path, self._headers = path, headers
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.sent, self.etag = 0, None

    def __call__(self) -> None:
        try:
            self._connection.request("GET", self._path, headers=self._headers)
            answer = self._connection.getresponse()
            self.sent, self.etag = len(answer.read()), answer.headers.get("ETag")
        except (OSError, http.client.HTTPException) as failed:
            self._connection.close()
            raise NoAnswer(f"{self._path}: {failed!r}") from failed
        if answer.status not in (200, 204, 304):
            raise NoAnswer(f"{self._path} answers {answer.status}")


def plain(url: str) -> str:
    """The address as psycopg reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def server(url: str, workers: int = 1, **environ: str) -> Iterator[Server]:
    """The real server on a free port, stopped at the end."""
    told = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_DEMO": "0", "LANDPORTAL_SECRET_KEY": SECRET_KEY, **environ}
    command = [sys.executable, "-m", "landportal.cli", "serve", "--workers", str(workers)]
    with running(lambda port: (command, {**told, "PORT": str(port)}), "/readyz") as started:
        yield started


@contextmanager
def running(call: Callable[[int], tuple[list[str], dict[str, str]]], ready: str, log: Any = None) -> Iterator[Server]:
    """A server on a free port, which `call` turns into its command and environment; ready once `ready` answers 200."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command, environ = call(port)
    process = subprocess.Popen(command, env=os.environ | environ, stdout=log or subprocess.DEVNULL, stderr=log)
    try:
        _wait_for(port, ready)
        yield Server(port, process.pid)
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
