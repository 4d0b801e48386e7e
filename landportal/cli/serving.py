"""``landportal serve``: the whole portal with one command, from an empty instance folder to a served page."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
from granian import Granian
from granian.constants import Interfaces
from sqlalchemy import Engine

from landportal import db
from landportal.cli.companionship import Companion
from landportal.cli.database import application_address, database_address, engine
from landportal.cli.loading import load, loading
from landportal.config import Settings, read_settings
from landportal.errors import Unavailable
from landportal.secret_key import secret_key

BY_IMPORT = db.Acting(None, "import")
_APPLICATION = "landportal.cli.web_process"
CONNECTIONS_MAX = 512
"""Open connections of a web process. A browser keeps six that do nothing: at 64 twenty visitors shut everybody out."""


def _is_news(record: logging.LogRecord) -> bool:
    """Granian warns of more threads than cores; most of ours only send downloads and wait (`web.sending`)."""
    return "Python threads" not in record.getMessage()


LOGGING = {
    "filters": {"news": {"()": lambda: _is_news}},
    "loggers": {"_granian": {"level": "WARNING", "filters": ["news"]}},
}


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port on 127.0.0.1; default: $PORT or 8000.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Web processes.")
def serve(port: int | None, workers: int) -> None:
    """Start everything: the private database, migrations, sample data once, the job worker and the web server.

    Ctrl-C or SIGTERM stops all of it. Example: landportal serve --port 8080
    """
    settings = read_settings()
    port = port or settings.port
    _refuse_taken(port)
    with _stopping_cleanly(), database_address(settings) as url, engine(settings) as prepared:
        _tell_processes(settings, url, port)
        # The worker loads what it needs while this process does.
        with _worker_beside():
            _prepare_demonstration(settings, prepared)
            prepared.dispose()
            _serve(settings, port, workers)
    click.echo("landportal has stopped.")


def _prepare_demonstration(settings: Settings, engine: Engine) -> None:
    """Sample data, once, and the accounts to try it with; these rooms are loaded for a demonstration alone."""
    if not settings.demo:
        return
    from landportal.cli.demo_accounts import show_demo_accounts
    from landportal.services.sample_data import load_sample_data

    started = time.monotonic()
    with db.one_at_a_time(engine, "landportal sample data"), db.transaction(engine, BY_IMPORT) as session:
        loaded = load_sample_data(session)
    if loaded:
        click.echo(f"Sample data loaded in {time.monotonic() - started:.0f} s.")
    show_demo_accounts(settings, engine)


def _tell_processes(settings: Settings, url: str, port: int) -> None:
    """What web processes and the worker find in their environment."""
    os.environ["LANDPORTAL_DATABASE_URL"] = application_address(settings, url)
    os.environ["LANDPORTAL_SECRET_KEY"] = secret_key(settings)
    os.environ["PORT"] = str(port)
    os.environ["LANDPORTAL_SERVER_PID"] = str(os.getpid())


def _serve(settings: Settings, port: int, workers: int) -> None:
    # Loaded once here, the program is there in every process that is forked, now and when one has to be replaced.
    program = load(_APPLICATION)
    with loading():
        program.prepared()
    click.echo(f"landportal is ready: http://127.0.0.1:{port}")
    server = Granian(
        f"{_APPLICATION}:application",
        factory=True,
        interface=Interfaces.WSGI,
        address="127.0.0.1",
        port=port,
        workers=workers,
        blocking_threads=settings.threads,
        backpressure=CONNECTIONS_MAX,
        respawn_failed_workers=True,
        # A process that is told to stop while it starts may miss it, and its server would wait for ever.
        workers_kill_timeout=10,
        log_enabled=True,
        log_dictconfig=LOGGING,
    )
    server.serve()


@contextmanager
def _worker_beside() -> Iterator[None]:
    companion = Companion()
    companion.start()
    try:
        yield
    finally:
        companion.stop()


def _refuse_taken(port: int) -> None:
    """Say at once that the port is taken, before a database is started for nothing."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Unavailable(f"Port {port} is taken. Choose another: PORT={port + 1} script/server") from None


@contextmanager
def _stopping_cleanly() -> Iterator[None]:
    """Turn SIGTERM into an ordinary exit while starting up, so that what was started is stopped again."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        sys.exit(143)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    finally:
        signal.signal(signal.SIGTERM, before)
