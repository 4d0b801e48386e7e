"""How fresh a place is, for every page that says so; figures of at most a minute ago.

Counting all places reads a million index entries in a store of a million parcels, so it is not done for every visitor.
What counts is said in `services.freshness`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from flask import current_app
from flask_babel import ngettext
from sqlalchemy.orm import Session

from landportal.services import freshness, layers
from landportal.services.freshness import Coverage, Figures
from landportal.web import formats, wording

KEPT_S = 60
KEPT_AFTER_A_CHANGE_S = 5
PLACES_MAX = 1_000
_KEY = "landportal-coverage"

Value = TypeVar("Value")


def figures(session: Session) -> Figures:
    """The figures of all places."""
    return _kept(session, "", lambda: freshness.figures(session))


def of_place(session: Session, ags: str | None) -> Coverage | None:
    """The figure of a county or municipality; None for another place, or where nothing is on the market."""
    if ags is None or len(ags) not in {5, 8}:
        return None
    return _kept(session, ags, lambda: freshness.of_place(session, ags))


def place(figure: Coverage) -> str:
    """What the place is called: Landkreis Gotha, not to be taken for the town."""
    return (wording.county(figure.name, figure.kind) if len(figure.ags) == 5 else None) or figure.name


def sentence(figure: Coverage) -> str:
    """The figure in words: 8 von 10 Flächen in den letzten 90 Tagen bestätigt."""
    return ngettext(
        "%(some)s of %(all)s site confirmed in the last 90 days",
        "%(some)s of %(all)s sites confirmed in the last 90 days",
        figure.parcels,
        some=formats.number(figure.confirmed),
        all=formats.number(figure.parcels),
    )


def _kept(session: Session, name: str, read: Callable[[], Value]) -> Value:
    """What `read` gave lately: within a minute, or within seconds where parcels were changed since."""
    kept: dict[str, tuple[Value, int, float]] = current_app.extensions.setdefault(_KEY, {})
    revision, now = layers.revision_of(session, "parcels"), time.monotonic()
    if name in kept:
        value, of_revision, read_at = kept[name]
        if now - read_at < (KEPT_S if revision == of_revision else KEPT_AFTER_A_CHANGE_S):
            return value
    if len(kept) >= PLACES_MAX:
        kept.clear()
    value = read()
    kept[name] = (value, revision, now)
    return value
