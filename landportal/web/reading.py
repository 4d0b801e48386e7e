"""How a page reaches the store: one read-only session a request, opened where the page needs it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from flask import current_app
from sqlalchemy.orm import Session

from landportal import db
from landportal.config import Settings
from landportal.services.days import HOME, end_of, today

if TYPE_CHECKING:
    from landportal.web import Portal

__all__ = ["HOME", "end_of", "portal", "settings", "snapshot", "today"]


def portal() -> Portal:
    """Settings and engine of this application."""
    return cast("Portal", current_app.extensions["landportal"])


def settings() -> Settings:
    """The settings of this application."""
    return portal().settings


@contextlib.contextmanager
def snapshot(as_of: dt.date | None = None) -> Iterator[Session]:
    """A session that only reads; everything a page shows comes from the same moment.

    With `as_of` it is the end of that day: whatever the page asks, land is answered as it stood then.
    """
    with db.reading(portal().engine, as_of=end_of(as_of) if as_of else None) as session:
        yield session
