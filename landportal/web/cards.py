"""Result cards as finished markup, kept by what they say.

A card is decided by the facts of its parcel and the reader's language alone, and the same parcels are listed over and
over: rendering fifty of them is most of what a search page costs in Python, so the most recent cards are kept.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from flask import render_template, request
from markupsafe import Markup

from landportal.services.search import ParcelSummary
from landportal.web.language import current

KEPT = 4096
"""Cards kept in each process: about 10 MB."""


def card(parcel: ParcelSummary, as_of: dt.date | None = None, hall: str | None = None) -> Markup:
    """The card of `parcel` in the reader's language; its link keeps to the day and the hall the search asks for."""
    return _rendered(parcel, as_of, hall, current(), request.script_root)


@lru_cache(maxsize=KEPT)
def _rendered(parcel: ParcelSummary, as_of: dt.date | None, hall: str | None, _lang: str, _root: str) -> Markup:
    """`_lang` and `_root` (where the portal is mounted) belong to the key: words and links of a card follow them."""
    return Markup(render_template("search/_card.html", parcel=parcel, as_of=as_of, hall=hall))  # noqa: S704 - our own template escapes its data
