"""How a page reaches the store: one read-only session a request, opened where the page needs it.

Also which server it reads from. Land may be read from a replica; who may do what, and whatever a form that was sent
depends on, only from the primary (`current`). Somebody who wrote a moment ago carries the primary's position after it
in the session's cookie, through whatever process and replica comes next, and reads where that has been replayed.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from flask import current_app, g, has_request_context, request
from flask import session as cookie
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from landportal import db
from landportal.config import Settings
from landportal.services.days import HOME, end_of, today

if TYPE_CHECKING:
    from landportal.web import Portal

__all__ = ["HOME", "end_of", "portal", "settings", "snapshot", "today"]

WRITTEN_KEY = "written"
"""Where the session's cookie keeps the position of the last write and its time."""
SAFE_AFTER_S = 60
"""By then a replica that is read has replayed the write, or the bound of its lag would have left it out."""
_REVISION = re.compile(r'"(\d{1,18})-')


class Behind(Exception):
    """The replica lacks what this visitor has already seen: the answer has to come from the primary."""


def portal() -> Portal:
    """Settings of this application and its ways to the database."""
    return cast("Portal", current_app.extensions["landportal"])


def settings() -> Settings:
    """The settings of this application."""
    return portal().settings


@contextlib.contextmanager
def snapshot(as_of: dt.date | None = None) -> Iterator[Session]:
    """A session that only reads; everything a page shows comes from the same moment.

    With `as_of` it is the end of that day: whatever the page asks, land is answered as it stood then.
    """
    with db.reading(land_engine(), as_of=end_of(as_of) if as_of else None) as session:
        yield session


@contextlib.contextmanager
def current() -> Iterator[Session]:
    """The same at the primary: for accounts, tokens and links, of which the last state alone counts."""
    with db.reading(portal().engine) as session:
        yield session


def land_engine() -> Engine:
    """Where this request reads land: one replica for all of it, or the primary."""
    if not portal().replicas or not has_request_context():
        return portal().engine
    if "replica" not in g:
        may_be_old = request.method in {"GET", "HEAD"} and "Authorization" not in request.headers
        g.replica = portal().replicas.reader(_written_at()) if may_be_old else None
    return g.replica.engine if g.replica else portal().engine


def wrote() -> None:
    """To be called after a commit: from now on nobody reads the state before, and who wrote it least of all.

    A program with a token keeps no cookies; it always reads from the primary.
    """
    replicas = portal().replicas
    if not replicas:
        return
    g.replica = None
    position = replicas.written()
    if "Authorization" not in request.headers:
        cookie[WRITTEN_KEY] = [position, int(time.time())]
    replicas.wait_for(position)


def _written_at() -> int:
    """The position this visitor's reads must not fall behind; 0 for who wrote nothing lately."""
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return 0
    position, at = cookie.get(WRITTEN_KEY, (0, 0))
    return int(position) if time.time() - at < max(SAFE_AFTER_S, settings().replica_lag_max_ms / 1000 * 2) else 0


def refuse_older(revision: int, known: int | None = None) -> None:
    """Behind where a replica shows `revision` and the visitor knows a later one: `known`, or that of its own copy.

    So no cache goes back, and nothing old is kept under the address or the validator of something newer.
    """
    if not g.get("replica"):
        return
    copies = [int(found) for found in _REVISION.findall(request.headers.get("If-None-Match", ""))]
    if revision < max([known or 0, *copies]):
        raise Behind


def read_from_primary(*, doubted: bool) -> bool:
    """Let the rest of this request read from the primary; False where it does so already.

    `doubted`: the replica was lost while it was read, so that others shall not try it before it answers again.
    """
    replica = g.get("replica")
    if replica is None:
        return False
    if doubted:
        replica.leave_out("was lost while it was read")
    g.replica = None
    return True
