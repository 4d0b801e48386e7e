"""Where a parcel lies, in words: distance and direction from the nearest place of a kind.

Distances come from the services; here is only the grammar. German needs the genitive of what is named, and junctions
are called Anschlussstelle, Kreuz or Dreieck.
"""

from __future__ import annotations

import re

from flask_babel import gettext as _
from flask_babel import lazy_pgettext

from landportal.services.parcels import NearestPlace
from landportal.web import formats
from landportal.web.formats import NBSP
from landportal.web.language import current

DIRECTIONS = (
    lazy_pgettext("direction", "north"),
    lazy_pgettext("direction", "north-east"),
    lazy_pgettext("direction", "east"),
    lazy_pgettext("direction", "south-east"),
    lazy_pgettext("direction", "south"),
    lazy_pgettext("direction", "south-west"),
    lazy_pgettext("direction", "west"),
    lazy_pgettext("direction", "north-west"),
)

COMPASS_POINTS = (
    lazy_pgettext("compass", "north"),
    lazy_pgettext("compass", "north-east"),
    lazy_pgettext("compass", "east"),
    lazy_pgettext("compass", "south-east"),
    lazy_pgettext("compass", "south"),
    lazy_pgettext("compass", "south-west"),
    lazy_pgettext("compass", "west"),
    lazy_pgettext("compass", "north-west"),
)

TOUCHING_M = 50
"""Nearer than this a direction says nothing: the parcel lies at the place."""

_ROAD = re.compile(r"([AB])\s*(\d+)")


def road(ref: str | None) -> str | None:
    """A road's number as signs write it, kept on one line: A 9."""
    return _ROAD.sub(rf"\1{NBSP}\2", ref) if ref else None


def direction(bearing_deg: float) -> str:
    """The direction of a bearing as it stands before a place, one of eight: nordöstlich (der …)."""
    return str(DIRECTIONS[round(bearing_deg / 45) % 8])


def compass_point(bearing_deg: float) -> str:
    """The direction of a bearing by itself: Nordost."""
    return str(COMPASS_POINTS[round(bearing_deg / 45) % 8])


def from_junction(nearest: NearestPlace) -> str:
    """2,1 km nordöstlich der Anschlussstelle Hermsdorf-Ost (A 9)."""
    touching = nearest.distance_m < TOUCHING_M
    if current() == "de":
        what = _german_at(nearest.name) if touching else _german_of(nearest.name)
    else:
        what = _english_junction(nearest.name)
    where = f"{what} ({road(nearest.ref)})" if nearest.ref else what
    if touching:
        return _("right at %(place)s", place=where)
    return _(
        "%(distance)s %(direction)s of %(place)s",
        distance=str(formats.kilometres(nearest.distance_m)),
        direction=direction(nearest.bearing_deg),
        place=where,
    )


def _german_of(name: str) -> str:
    """The junction in the genitive: der Anschlussstelle Gera, des Kreuzes Erfurt, des Hermsdorfer Kreuzes."""
    for word, genitive in (("Kreuz", "Kreuzes"), ("Dreieck", "Dreiecks")):
        if _is_interchange(name, word):
            return f"des {name.replace(word, genitive)}"
    return f"der Anschlussstelle {_bare(name)}"


def _german_at(name: str) -> str:
    """The same after "direkt": an der Anschlussstelle Gera, am Kreuz Erfurt, am Hermsdorfer Kreuz."""
    if _is_interchange(name, "Kreuz") or _is_interchange(name, "Dreieck"):
        return f"am {name}"
    return f"an der Anschlussstelle {_bare(name)}"


def _is_interchange(name: str, word: str) -> bool:
    return name.startswith(f"{word} ") or name.endswith(f"er {word}")


def _bare(name: str) -> str:
    return name.removeprefix("Anschlussstelle ").removeprefix("AS ")


def _english_junction(name: str) -> str:
    if _is_interchange(name, "Kreuz") or _is_interchange(name, "Dreieck"):
        return f"the {name} interchange"
    return f"junction {_bare(name)}"
