"""Result cards as finished markup, kept by what they say.

A card is decided by the facts of its parcel and the reader's language alone, and the same parcels are listed over and
over: rendering fifty of them is most of what a search page costs in Python, so the most recent cards are kept.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from flask import render_template, request
from markupsafe import Markup

from landportal.services.scoring import Profile
from landportal.services.search import ParcelSummary
from landportal.web import profile_params
from landportal.web.language import current

KEPT = 4096
"""Cards kept in each process: about 10 MB."""


@dataclass(frozen=True)
class Looking:
    """What the search looks with and the links of a card keep: the day, the hall that shall fit, the profile."""

    as_of: dt.date | None
    hall: str | None
    profile: Profile | None


def card(
    parcel: ParcelSummary, as_of: dt.date | None = None, hall: str | None = None, profile: Profile | None = None
) -> Markup:
    """The card of `parcel` in the reader's language; its link keeps the day, hall and profile the search asks for."""
    return _rendered(parcel, Looking(as_of, hall, profile), current(), request.script_root)


@lru_cache(maxsize=KEPT)
def _rendered(parcel: ParcelSummary, looking: Looking, _lang: str, _root: str) -> Markup:
    """`_lang` and `_root` (where the portal is mounted) belong to the key: words and links of a card follow them."""
    html = render_template(
        "search/_card.html",
        parcel=parcel,
        as_of=looking.as_of,
        hall=looking.hall,
        carried=profile_params.link_args(looking.profile),
    )
    return Markup(html)  # noqa: S704 - our own template escapes its data
