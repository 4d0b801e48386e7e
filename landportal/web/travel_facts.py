"""Ways by lorry and isochrones in words: what a parcel's page says of the road network, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from landportal.model import DataSet
from landportal.services.isochrones import Isochrone
from landportal.services.travel import Travel, Way
from landportal.web import formats

ESTIMATED_FROM_M = 500
"""From here on the stretch to the network is worth a word: nobody knows where it runs."""


@dataclass(frozen=True)
class Network:
    """What a table of distances rests on: a sentence, and badges with the graph's date. None: straight lines alone."""

    explained: str
    as_of: str | None = None
    schematic: bool = False


@dataclass(frozen=True)
class ReachRow:
    """One isochrone: minutes by car and people."""

    minutes: int
    people: str


@dataclass(frozen=True)
class WithinReach:
    """Who reaches the parcel by car; without rows `missing` says why."""

    rows: tuple[ReachRow, ...]
    network: Network
    missing: str | None
    source: DataSet


def whole_minutes(minutes: float) -> int:
    """Minutes as they are told; nowhere is reached in none."""
    return max(1, round(minutes))


def way_note(way: Way) -> str:
    """Lkw, ohne Ortsdurchfahrt; what is estimated is said."""
    through = {
        True: _("lorry, through a settlement"),
        False: _("lorry, through no settlement"),
        None: _("lorry, not known whether through a settlement"),
    }[way.through_settlement]
    if way.access_m < ESTIMATED_FROM_M:
        return through
    access = str(formats.kilometres(way.access_m))
    return f"{through}; " + _("%(distance)s to the network estimated", distance=access)


def network(travel: Travel | None) -> Network:
    """What the distances of a page rest on."""
    if travel is None:
        return Network(_("Distances are straight lines: no road network is loaded."))
    if travel.waiting:
        return Network(_("Distances are straight lines: ways by road are being worked out."))
    if travel.off_graph:
        reach = formats.plain_number(travel.reach_km)
        return Network(_("Distances are straight lines: no road of the network lies within %(reach)s km.", reach=reach))
    if not travel.ways:
        return Network(_("Distances are straight lines: the network holds no way to any destination."))
    return _explained(travel)


def _explained(travel: Travel) -> Network:
    day = travel.data_set.data_date
    as_of = _("as of %(day)s", day=formats.date(day)) if day else _("date unknown")
    basis = (
        _("Whether a settlement lies on the way is judged by circles around the places' centres.")
        if travel.graph.schematic
        else _("Whether a settlement lies on the way is judged by the signs and kinds of roads in the map data.")
    )
    words = _("Kilometres and minutes are those of a lorry of 40 t over the road network, without congestion.")
    return Network(f"{words} {basis}", as_of, travel.graph.schematic)


def within_reach(travel: Travel, isochrones: tuple[Isochrone, ...] | None) -> WithinReach:
    """The table of isochrones, or why there is none."""
    rows = tuple(ReachRow(each.minutes, formats.number(each.people)) for each in isochrones or ())
    missing = None
    if isochrones is None:
        missing = _("Is being worked out. Please look again in some minutes.")
    elif not rows:
        reach = formats.plain_number(travel.reach_km)
        missing = _("No road of the network lies within %(reach)s km of this site.", reach=reach)
    return WithinReach(rows, _explained(travel), missing, travel.data_set)
