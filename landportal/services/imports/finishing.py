"""What the cells of one row say together: zone from several columns, price or on request, a name where none is given.

Works on the values of a batch, column by column, before they are staged.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from landportal.model import AdminLevel
from landportal.services.import_checks import CheckedRows
from landportal.services.import_codes import RESIDENTIAL
from landportal.services.import_columns import ImportKind
from landportal.services.import_issues import Severity
from landportal.services.import_readings import ON_REQUEST, ZoneValue
from landportal.services.import_values import folded
from landportal.services.imports.requests import ImportRequest

SHIFTED = (
    "status_since", "confirmed_at", "planning_as_of", "supply_as_of", "available_from", "servicing_until",
    "power_later_from",
)  # fmt: skip
"""Dates that make a demo look alive; dates of law and provenance are never moved."""

_XPLAN_HOUSING = "1000"
_LEVELS = {2: AdminLevel.STATE, 5: AdminLevel.COUNTY, 8: AdminLevel.MUNICIPALITY}


def finish(rows: CheckedRows, request: ImportRequest, format_: str) -> None:
    """Complete the values of a batch for its kind."""
    if request.default_kind and "kind" not in rows.values:
        rows.values["kind"] = [None] * len(rows.numbers)
    if request.default_kind:
        rows.values["kind"] = [value or request.default_kind for value in rows.values["kind"]]
    if request.by_number:
        _finish_by_number(rows)
    elif finisher := _FINISHERS.get(request.kind):
        finisher(rows, format_)
    if request.shift_days:
        _shift_dates(rows, request.shift_days)


def _finish_by_number(rows: CheckedRows) -> None:
    """Parcels that are there already: their number is the key, they keep their names and shapes."""
    _finish_zone(rows, "")
    _finish_price(rows)
    numbers: list[str | None] = rows.values["number"]
    rows.keys = list(numbers)
    rows.geometry = np.full(len(rows.numbers), None, dtype=object)
    for place in sorted(rows.kept):
        if numbers[place] is None:
            rows.tell(place, Severity.REJECTED, "number_missing", "number")


def _finish_parcels(rows: CheckedRows, format_: str) -> None:
    _finish_zone(rows, format_)
    _finish_price(rows)
    _name_the_nameless(rows, "name_de", lambda place: _parcel_name(rows, place))


def _finish_zone(rows: CheckedRows, format_: str) -> None:
    said: list[ZoneValue | None] = rows.values.pop("zone", [None] * len(rows.numbers))
    detailed: list[ZoneValue | None] = rows.values.pop("besondere_art", [None] * len(rows.numbers))
    general: list[str | None] = rows.values.pop("allgemeine_art", [None] * len(rows.numbers))
    if not any(said) and not any(detailed) and not any(general):
        return
    zones = [one or two or ZoneValue(None) for one, two in zip(said, detailed, strict=True)]
    codes = [(two or zone).code or zone.code for zone, two in zip(zones, detailed, strict=True)]
    rows.values["zone"] = [zone.zone for zone in zones]
    _merge(rows, "zone_restricted", [zone.restricted or None for zone in zones])
    _merge(rows, "xplan_zone_code", codes)
    if format_ != "XPlanGML":
        return
    for place in sorted(rows.kept):
        zone = zones[place].zone
        if zone in RESIDENTIAL or (zone is None and general[place] == _XPLAN_HOUSING):
            rows.tell(place, Severity.LEFT_OUT, "residential", "zone", zone or general[place])


def _merge(rows: CheckedRows, name: str, derived: list[Any]) -> None:
    """Keep what the file says in a column of its own; fill the rest with what was derived."""
    stated = rows.values.get(name)
    if stated is None and not any(value is not None for value in derived):
        return
    rows.values[name] = [d if s is None else s for s, d in zip(stated or [None] * len(derived), derived, strict=True)]


def _finish_price(rows: CheckedRows) -> None:
    prices = rows.values.get("price_eur_m2")
    if prices is None:
        return
    _merge(rows, "price_on_request", [True if price is ON_REQUEST else None for price in prices])
    rows.values["price_eur_m2"] = [None if price is ON_REQUEST else price for price in prices]
    asked = rows.values.get("price_on_request")
    if asked is None:
        return
    for place in sorted(rows.kept):
        if asked[place] and rows.values["price_eur_m2"][place] is not None:
            rows.tell(place, Severity.WARNING, "price_and_on_request", "price_on_request")
            asked[place] = False


def _parcel_name(rows: CheckedRows, place: int) -> str:
    values = [rows.values.get(name, {place: None})[place] for name in ("plan_name", "zone")]
    key = rows.keys[place] or ""
    short = key if len(key) <= 12 else re.sub(r"^(GML|geometry)[_-]", "", key)[:8]
    return ", ".join([str(value) for value in values if value]) + f" {short}" if any(values) else f"Fläche {short}"


def _name_the_nameless(rows: CheckedRows, column: str, name_of: Callable[[int], str]) -> None:
    names = rows.values.setdefault(column, [None] * len(rows.numbers))
    for place in sorted(rows.kept):
        if names[place] is None:
            names[place] = name_of(place)
            rows.tell(place, Severity.NOTE, "name_made", column)


def _finish_areas(rows: CheckedRows, _: str) -> None:
    names = rows.values.get("name_de", [None] * len(rows.numbers))
    slugs = rows.values.setdefault("slug", [None] * len(rows.numbers))
    for place in sorted(rows.kept):
        if slugs[place] is None and names[place]:
            slugs[place] = folded(str(names[place])).replace("_", "-")[:80].strip("-")
    gross, net = (rows.values.get(name) for name in ("gross_ha", "net_ha"))
    for place in sorted(rows.kept):
        if gross and net and gross[place] is not None and net[place] is not None and net[place] > gross[place]:
            rows.tell(place, Severity.REJECTED, "net_above_gross", "net_ha", net[place])


def _finish_admin_units(rows: CheckedRows, _: str) -> None:
    rows.keys = list(rows.values["ags"])
    rows.values["level"] = [str(_LEVELS[len(key)]) if key else None for key in rows.keys]


def _finish_infrastructure(rows: CheckedRows, _: str) -> None:
    kinds = rows.values.get("kind", [None] * len(rows.numbers))
    words = [str(kind or "").replace("_", " ") for kind in kinds]
    _name_the_nameless(rows, "name", lambda place: f"{words[place]} {rows.keys[place]}".strip())


def _finish_members(rows: CheckedRows, _: str) -> None:
    parts = [rows.values[name] for name in ("area_slug", "ags", "valid_from")]
    rows.keys = ["/".join(map(str, key)) if all(key) else None for key in zip(*parts, strict=True)]


def _shift_dates(rows: CheckedRows, days: int) -> None:
    schematic = rows.values.get("schematic", [None] * len(rows.numbers))
    for name in SHIFTED:
        values = rows.values.get(name, [])
        for place, value in enumerate(values):
            if value is not None and schematic[place]:
                values[place] = value + dt.timedelta(days=days)


_FINISHERS: Mapping[ImportKind, Callable[[CheckedRows, str], None]] = {
    ImportKind.PARCELS: _finish_parcels,
    ImportKind.AREAS: _finish_areas,
    ImportKind.ADMIN_UNITS: _finish_admin_units,
    ImportKind.INFRASTRUCTURE: _finish_infrastructure,
    ImportKind.MEMBERS: _finish_members,
}
