"""How downloads reach the store: over a few connections of their own, so that pages never wait for them.

A connection is free as soon as the database has written the file, however slowly it is sent. Whoever waits for one for
too long is told to come back (503).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from flask import current_app
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from landportal import db
from landportal.services.exports import Scope
from landportal.web import sending, signed_in
from landportal.web.reading import end_of, portal, settings

_KEY = "landportal-exports"
FORGOTTEN_S = 86_400
"""A folder this old belongs to nobody any more: its process was killed."""


def _engine() -> Engine:
    """The engine of downloads; it opens no connection until one begins."""
    found: Engine | None = current_app.extensions.get(_KEY)
    return found or current_app.extensions.setdefault(_KEY, _made())


def _made() -> Engine:
    limits = settings()
    own = replace(limits, pool_size=limits.exports_at_once, statement_timeout_ms=limits.export_statement_timeout_ms)
    # Directly, and past a pooler: a download would keep one of its few connections for half an hour.
    address = limits.database_url or portal().engine.url.render_as_string(hide_password=False)
    return db.connect(address, own, role=db.APPLICATION_ROLE)


@contextlib.contextmanager
def reading(scope: Scope, as_of: dt.date | None) -> Iterator[Session]:
    """A session of one snapshot for one download, of the end of the day `as_of` if there is one."""
    acting = signed_in.acting() if scope is Scope.MINE else None
    try:
        with db.reading(_engine(), acting, end_of(as_of) if as_of else None) as session:
            yield session
    except PoolTimeout:
        raise sending.TooManyDownloads from None


@contextlib.contextmanager
def workspace() -> Iterator[Path]:
    """A folder in the instance for a file while it is written; gone at the end of the block, whatever happens."""
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        yield Path(folder)


def home() -> Path:
    """Where downloads lie until they are sent."""
    folder = settings().instance / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    _forget_old(folder)
    return folder


def _forget_old(home: Path) -> None:
    """Remove what killed processes have left."""
    for folder in home.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if folder.stat().st_mtime < time.time() - FORGOTTEN_S:
                shutil.rmtree(folder, ignore_errors=True)
