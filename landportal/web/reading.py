"""How a page reaches the store: one read-only session a request, opened where the page needs it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.orm import Session

from landportal import db
from landportal.config import Settings

if TYPE_CHECKING:
    from landportal.web import Portal


def portal() -> Portal:
    """Settings and engine of this application."""
    return cast("Portal", current_app.extensions["landportal"])


def settings() -> Settings:
    """The settings of this application."""
    return portal().settings


HOME = ZoneInfo("Europe/Berlin")
"""Days begin and end where the land lies."""


def today() -> dt.date:
    """The date where the land lies."""
    return dt.datetime.now(HOME).date()


def end_of(day: dt.date) -> dt.datetime:
    """The last moment of `day`, or this moment while it lasts."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), HOME)
    return min(midnight, dt.datetime.now(HOME))


@contextlib.contextmanager
def snapshot(as_of: dt.date | None = None) -> Iterator[Session]:
    """A session that only reads; everything a page shows comes from the same moment.

    With `as_of` it is the end of that day: whatever the page asks, land is answered as it stood then.
    """
    with db.reading(portal().engine, as_of=end_of(as_of) if as_of else None) as session:
        yield session
