"""How a page reaches the store: one read-only session a request, opened where the page needs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

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


@contextlib.contextmanager
def snapshot() -> Iterator[Session]:
    """A session that only reads; everything a page shows comes from the same moment."""
    with db.reading(portal().engine) as session:
        yield session
