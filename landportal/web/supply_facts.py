"""Transport and supply of a parcel: the nearest places by road or in a straight line, and what reaches the parcel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_pgettext, pgettext

from landportal.model import DataSet, Gas, Parcel
from landportal.services.parcels import NearestPlace, ParcelPage
from landportal.services.travel import Travel, Way
from landportal.web import formats, placing, wording
from landportal.web.facts import Age, age_of_group, distinct, said
from landportal.web.travel_facts import Network, network, way_note, whole_minutes


@dataclass(frozen=True)
class SupplyRow:
    """A row of transport and supply: where to, how far, how long by lorry, what it offers.

    `distance` is by road where `minutes` are known, else in a straight line, which `note` says.
    """

    icon: str
    name: str
    distance: str | None
    minutes: str | None
    direction: str | None
    capacity: str | None
    note: str | None


@dataclass(frozen=True)
class SupplyTable:
    """Transport and supply; supply facts are the record's, distances those of the road graph and infrastructure."""

    rows: tuple[SupplyRow, ...]
    age: Age
    sources: tuple[DataSet, ...]
    network: Network


def transport_and_supply(page: ParcelPage, travel: Travel | None = None) -> SupplyTable:
    """The nearest places, by road where the graph knows a way, then what reaches the parcel."""
    ways = {way.kind: way for way in travel.ways} if travel else {}
    places = [_by_road(ways[near.kind]) if near.kind in ways else near for near in page.nearest]
    rows = (*(_nearest_row(place, ways.get(place.kind)) for place in places), *_supply_rows(page.parcel))
    graph = (travel.data_set,) if travel and ways else ()
    sources = distinct((*(place.data_set for place in places), *graph, page.data_set))
    return SupplyTable(rows, age_of_group(page, page.parcel.supply_as_of), sources, network(travel))


def _by_road(way: Way) -> NearestPlace:
    """The destination that is nearest by lorry, which need not be the nearest as the crow flies."""
    place = way.place
    return NearestPlace(
        way.kind, place.name, place.ref, place.detail, place.voltage_kv, way.km * 1000, way.bearing_deg, way.place_data
    )


def later_power(parcel: Parcel) -> str | None:
    """Power that comes later, and when: 35 MW ab 07/2028."""
    if parcel.power_later_mw is None:
        return None
    later = str(formats.unit(parcel.power_later_mw, "MW"))
    if parcel.power_later_from is None:
        return _("%(power)s later", power=later)
    return _("%(power)s from %(month)s", power=later, month=formats.month(parcel.power_later_from))


def _nearest_row(nearest: NearestPlace, way: Way | None) -> SupplyRow:
    kinds = {
        "motorway": ("route", _("Junction %(name)s")),
        "rail": ("container", "%(name)s"),
        "station": ("train-front", _("%(name)s station")),
        "airport": ("plane", "%(name)s"),
        "substation": ("zap", _("%(name)s substation")),
    }
    icon, pattern = kinds.get(nearest.kind, ("map-pin", "%(name)s"))
    words = (pattern % {"name": ""}).strip()
    name = (
        nearest.name
        if words.lower() in nearest.name.lower() or _is_named(nearest)
        else pattern % {"name": nearest.name}
    )
    voltage = f"{nearest.voltage_kv}{formats.NBSP}kV" if nearest.voltage_kv else None
    return SupplyRow(
        icon=icon,
        name=", ".join(filter(None, (name, placing.road(nearest.ref) if nearest.kind == "motorway" else None))),
        distance=formats.kilometres(nearest.distance_m).figure,
        minutes=formats.number(whole_minutes(way.minutes)) if way else None,
        direction=_direction_to(nearest),
        capacity=voltage,
        note=", ".join(filter(None, (way_note(way) if way else _("straight line"), _detail(nearest)))),
    )


def _is_named(nearest: NearestPlace) -> bool:
    """Whether the name already says what it is: Kreuz Erfurt, Bahnhof Gotha, Umspannwerk Eisenach."""
    return any(word in nearest.name for word in ("Kreuz", "Dreieck", "Bahnhof", "Anschlussstelle", "Umspannwerk"))


def _detail(nearest: NearestPlace) -> str | None:
    """What kind of place it is, where its name does not say so; a code we have no word for stands as it came."""
    if nearest.detail in SAID_BY_NAME:
        return None
    return str(DETAIL.get(nearest.detail or "", nearest.detail or "")) or None


def _direction_to(nearest: NearestPlace) -> str:
    """Where the place lies, seen from the parcel: the way back of the bearing."""
    return placing.compass_point(nearest.bearing_deg + 180)


def _supply_rows(parcel: Parcel) -> Iterable[SupplyRow]:
    gas = str(wording.GAS[Gas(parcel.gas)]) if parcel.gas else None
    water = str(formats.unit(parcel.water_m3_d, "m³/d")) if parcel.water_m3_d is not None else None
    waste = str(formats.unit(parcel.waste_water_pe, _("PE"), 0)) if parcel.waste_water_pe is not None else None
    power = str(formats.unit(parcel.power_mw, "MW")) if parcel.power_mw is not None else None
    later = ", ".join(filter(None, (later_power(parcel), parcel.power_source))) or None
    fibre = str(formats.bandwidth(parcel.fibre_mbit)) if parcel.fibre_mbit is not None else None
    siding = said(parcel.rail_siding, pgettext("siding", "on the site"), pgettext("siding", "none"))
    for icon, name, capacity, note in (
        ("train-track", _("Rail siding"), siding, None),
        ("zap", _("Electricity"), power, later),
        ("network", _("Fibre"), fibre, None),
        ("flame", _("Gas"), gas, None),
        ("droplets", _("Drinking water"), water, None),
        ("waves", _("Waste water"), waste, _("population equivalents in reserve") if waste else None),
    ):
        yield SupplyRow(icon, name, None, None, None, capacity or wording.unknown(), note)


SAID_BY_NAME = {"AS", "AD", "AK", "substation"}

DETAIL = {
    "airport with cargo": lazy_pgettext("detail", "with cargo"),
    "station_with_freight_traffic": lazy_pgettext("detail", "station with freight traffic"),
    "kv_terminal": lazy_pgettext("detail", "terminal for combined transport"),
    "freight_village": lazy_pgettext("detail", "freight village"),
    "passenger": lazy_pgettext("detail", "passenger traffic"),
    "power plant switchyard": lazy_pgettext("detail", "switchyard of a power plant"),
}
"""Codes of the infrastructure data sets in words."""
