"""Search criteria in words: the chips above a result, and the sentences that lead out of an empty one.

One table says how each criterion is called and how its value reads. Reading and writing addresses is `params`' work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext
from flask_babel.speaklater import LazyString

from landportal.services.search import Relaxation, SearchCriteria
from landportal.web import formats, params, wording

Names = Mapping[str, str]


@dataclass(frozen=True)
class Chip:
    """One stated condition and the query string that leaves it out."""

    label: str
    value: str
    without: str

    @property
    def remove_name(self) -> str:
        """Accessible name of the button that takes the condition away."""
        return _("Remove %(condition)s", condition=f"{self.label} {self.value}")


@dataclass(frozen=True)
class WayOut:
    """One condition loosened: what it was, what it becomes, how many parcels then fit."""

    label: str
    value: str | None
    instead_of: str
    sites: str
    query: str


def chips(criteria: SearchCriteria, names: Names, unsaid: SearchCriteria | None = None) -> list[Chip]:
    """A chip for each condition of `criteria`, in the order of the form; `unsaid` is what no condition at all means."""
    nothing, found = unsaid or _NOTHING_ASKED, []
    for fields in _CHIPS:
        changes = {name: getattr(nothing, name) for name in fields}
        if any(getattr(criteria, name) != value for name, value in changes.items()):
            stated = [name for name in fields if getattr(criteria, name) != changes[name]]
            label, value = _condition(stated, criteria, names)
            found.append(Chip(label, value, params.query(criteria, unsaid, page=1, **changes)))
    return found


def ways_out(asked: SearchCriteria, relaxations: tuple[Relaxation, ...], names: Names) -> list[WayOut]:
    """The nearest answers to an empty search, in words."""
    return [_way_out(asked, relaxation, names) for relaxation in relaxations]


def label(name: str | None) -> str | None:
    """How the condition `name` is called; None for one we do not know."""
    return str(_LABELS[name]) if name in _LABELS else None


def no_match(conditions: int) -> str:
    """Headline of an empty result: Keine Fläche erfüllt alle fünf Bedingungen."""
    if conditions == 0:
        return _("There is no site here yet.")
    if conditions == 1:
        return _("No site meets this condition.")
    if conditions == 2:
        return _("No site meets both conditions.")
    return _("No site meets all %(count)s conditions.", count=_in_letters(conditions))


def _way_out(asked: SearchCriteria, relaxation: Relaxation, names: Names) -> WayOut:
    name, dropped = relaxation.field, relaxation.value in (None, (), False)
    label, value = _LABELS[name], _VALUES[name]
    return WayOut(
        label=str(label),
        value=None if dropped else value(relaxation.value, names),
        instead_of=value(getattr(asked, name), names) if dropped else _amount(name, getattr(asked, name), names),
        sites=wording.sites(relaxation.count),
        query=params.query(relaxation.criteria, page=1),
    )


def _condition(stated: Sequence[str], criteria: SearchCriteria, names: Names) -> tuple[str, str]:
    if len(stated) == 2:
        low, high = (formats.plain_number(getattr(criteria, name)) for name in stated)
        return str(_LABELS[stated[0]]), _("%(low)s to %(high)s ha", low=low, high=high)
    return str(_LABELS[stated[0]]), _VALUES[stated[0]](getattr(criteria, stated[0]), names)


def _amount(name: str, value: Any, names: Names) -> str:
    """A value without the words "from" or "up to", for "8 km instead of 5 km"."""
    bare = _UNITS.get(name)
    return bare(value) if bare else _VALUES[name](value, names)


def _in_letters(count: int) -> str:
    letters = (
        lazy_pgettext("count", "three"),
        lazy_pgettext("count", "four"),
        lazy_pgettext("count", "five"),
        lazy_pgettext("count", "six"),
        lazy_pgettext("count", "seven"),
        lazy_pgettext("count", "eight"),
        lazy_pgettext("count", "nine"),
        lazy_pgettext("count", "ten"),
    )
    return str(letters[count - 3]) if count - 3 < len(letters) else str(count)


def _unit(unit: str) -> Callable[[Any], str]:
    return lambda value: f"{formats.plain_number(value)}{formats.NBSP}{unit}"


def _from(unit: str) -> Callable[[Any, Names], str]:
    return lambda value, _names: _("from %(amount)s", amount=_unit(unit)(value))


def _up_to(unit: str) -> Callable[[Any, Names], str]:
    return lambda value, _names: _("up to %(amount)s", amount=_unit(unit)(value))


def _listed(word: Callable[[Any], str]) -> Callable[[Any, Names], str]:
    return lambda values, _names: ", ".join(word(value) for value in values)


def _price_value(value: Any) -> str:
    return str(formats.price(value, 0 if float(value).is_integer() else 2))


_NOTHING_ASKED = SearchCriteria()

_CHIPS: tuple[tuple[str, ...], ...] = (
    ("q",),
    ("ags",),
    ("area",),
    ("size_min_ha", "size_max_ha"),
    ("net_min_ha",),
    ("fits",),
    ("assemble_min_ha",),
    ("zone",),
    ("status",),
    ("price_max_eur_m2",),
    ("available_by",),
    ("freshness",),
    ("plan",),
    ("round_the_clock",),
    ("motorway_max_km",),
    ("motorway_max_min",),
    ("rail_siding",),
    ("rail_max_km",),
    ("airport_max_km",),
    ("power_min_mw",),
    ("fibre_min_mbit",),
    ("avoid",),
    ("bbox",),
    ("as_of",),
)

_LABELS: dict[str, LazyString] = {
    "q": _l("Search"),
    "ags": lazy_pgettext("chip", "Place"),
    "area": lazy_pgettext("chip", "Area"),
    "size_min_ha": lazy_pgettext("chip", "Size"),
    "size_max_ha": lazy_pgettext("chip", "Size"),
    "net_min_ha": lazy_pgettext("chip", "Net buildable"),
    "fits": lazy_pgettext("chip", "Hall"),
    "assemble_min_ha": lazy_pgettext("chip", "Together"),
    "zone": lazy_pgettext("chip", "Zone"),
    "status": lazy_pgettext("chip", "Status"),
    "price_max_eur_m2": lazy_pgettext("chip", "Price"),
    "available_by": lazy_pgettext("chip", "Available"),
    "freshness": lazy_pgettext("chip", "Confirmed"),
    "plan": lazy_pgettext("chip", "Plan"),
    "round_the_clock": lazy_pgettext("chip", "Operation"),
    "motorway_max_km": lazy_pgettext("chip", "Motorway"),
    "motorway_max_min": lazy_pgettext("chip", "Motorway by lorry"),
    "rail_siding": lazy_pgettext("chip", "Rail siding"),
    "rail_max_km": lazy_pgettext("chip", "Rail freight"),
    "airport_max_km": lazy_pgettext("chip", "Airport"),
    "power_min_mw": lazy_pgettext("chip", "Power"),
    "fibre_min_mbit": lazy_pgettext("chip", "Fibre"),
    "avoid": lazy_pgettext("chip", "without"),
    "bbox": lazy_pgettext("chip", "Map"),
    "as_of": lazy_pgettext("chip", "As of"),
}

_UNITS: dict[str, Callable[[Any], str]] = {
    "size_min_ha": _unit("ha"),
    "size_max_ha": _unit("ha"),
    "net_min_ha": _unit("ha"),
    "price_max_eur_m2": _price_value,
    "motorway_max_km": _unit("km"),
    "motorway_max_min": _unit("min"),
    "rail_max_km": _unit("km"),
    "airport_max_km": _unit("km"),
    "power_min_mw": _unit("MW"),
    "fibre_min_mbit": _unit("Mbit/s"),
    "available_by": formats.date,
}

_VALUES: dict[str, Callable[[Any, Names], str]] = {
    "q": lambda value, _names: value if len(value) <= 40 else f"{value[:39]}…",
    "ags": lambda keys, names: ", ".join(names.get(key, key) for key in keys),
    "area": lambda slug, names: names.get(slug, slug),
    "size_min_ha": _from("ha"),
    "size_max_ha": _up_to("ha"),
    "net_min_ha": _from("ha"),
    "assemble_min_ha": _from("ha"),
    "fits": lambda hall, _names: formats.hall(hall.width_m, hall.depth_m),
    "zone": _listed(str),
    "status": _listed(wording.status),
    "price_max_eur_m2": lambda value, _names: _("up to %(amount)s", amount=_price_value(value)),
    "available_by": lambda day, _names: _("by %(day)s", day=formats.date(day)),
    "freshness": _listed(wording.freshness_step),
    "plan": _listed(wording.plan),
    "round_the_clock": lambda _value, _names: pgettext("chip", "round the clock"),
    "motorway_max_km": _up_to("km"),
    "motorway_max_min": _up_to("min"),
    "rail_siding": lambda _value, _names: pgettext("chip", "on the site"),
    "rail_max_km": _up_to("km"),
    "airport_max_km": _up_to("km"),
    "power_min_mw": _from("MW"),
    "fibre_min_mbit": _from("Mbit/s"),
    "avoid": _listed(wording.constraint),
    "bbox": lambda _value, _names: pgettext("chip", "section"),
    "as_of": lambda day, _names: formats.date(day),
}
