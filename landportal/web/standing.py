"""What hardly changes and every page needs: credits of the data sets, the sample-data badge, counties and areas.

Kept for a minute, so that a page costs no statement for its frame. With the database away the frame stays bare.
"""

from __future__ import annotations

import datetime as dt
import functools
import time
from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from landportal.services import areas, provenance
from landportal.services.search import CountyChoice, find
from landportal.web import errors, language, signed_in, wording
from landportal.web.reading import snapshot

KEPT_S = 60
_KEY = "landportal-standing"


@dataclass(frozen=True, eq=False)
class Standing:
    """The frame of every page, equal to itself alone. `attributions` are the lines that licences ask for, each once."""

    attributions: tuple[str, ...] = ()
    sample_data: bool = False
    kept_since: dt.date | None = None
    """The day from which on every state of the land is remembered."""
    counties: tuple[CountyChoice, ...] = ()
    areas: tuple[areas.AreaChoice, ...] = ()

    @functools.cached_property
    def county_names(self) -> dict[str, str]:
        """Names of today's counties by key."""
        return {county.ags: county.name for county in self.counties}

    def area_choices(self) -> tuple[tuple[str, str], ...]:
        """Slug and name of each area in the reader's language, by name."""
        lang = language.current()
        if lang not in self._choices:
            named = ((area.slug, wording.name(area)) for area in self.areas)
            self._choices[lang] = tuple(sorted(named, key=lambda choice: choice[1].casefold()))
        return self._choices[lang]

    @functools.cached_property
    def _choices(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """By language, put in order once for all pages of the minute: there may be thousands."""
        return {}


def install(app: Flask) -> None:
    """Give every template `standing`."""
    app.context_processor(lambda: {"standing": standing()})
    app.before_request(_read_frame_first)


def _read_frame_first() -> None:
    """Read what the frame of a page shows before the page opens a session of its own.

    So a request holds one connection at a time, and as many connections as threads are enough. With two, requests that
    each hold one and wait for another would wait for each other.
    """
    if request.blueprint not in {None, "tiles", "operations"}:
        standing()
        if errors.wants_page():
            signed_in.signed_in_person()


def standing() -> Standing:
    """The frame as of at most a minute ago; an empty one while the database cannot be read."""
    known, read_at = current_app.extensions.get(_KEY, (Standing(), float("-inf")))
    if time.monotonic() - read_at < KEPT_S:
        return known
    try:
        fresh = _read()
    except SQLAlchemyError:
        return known
    current_app.extensions[_KEY] = (fresh, time.monotonic())
    return fresh


def _lines(attributions: Iterable[str]) -> tuple[str, ...]:
    """Each line once; one that another begins with is already said."""
    lines = tuple(dict.fromkeys(attributions))
    return tuple(line for line in lines if not any(other != line and other.startswith(line) for other in lines))


def _read() -> Standing:
    with snapshot() as session:
        data_sets = provenance.credits(session)
        return Standing(
            attributions=_lines(data_set.attribution for data_set in data_sets),
            sample_data=provenance.shows_sample_data(session),
            kept_since=provenance.kept_since(session),
            counties=find.counties(session),
            areas=areas.area_choices(session),
        )
