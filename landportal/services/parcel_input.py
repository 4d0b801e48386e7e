"""What somebody typed into the form of a parcel, as typed values or as problems at their fields.

The same columns, parsers and ranges as an import (`import_columns`, `import_readings`): what a file may say, a form may
say, and what a file may not, a form may not. Sentences for the problems are found by the web floor.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Numeric

from landportal.gis.notes import Fact
from landportal.model import Parcel
from landportal.services.edits import EDITABLE
from landportal.services.import_columns import PARCEL_COLUMNS
from landportal.services.import_matching import Matched
from landportal.services.import_readings import ON_REQUEST, ColumnReading, ZoneValue
from landportal.services.import_values import NumberStyle, ValueProblem

_COLUMNS = {column.name: column for column in PARCEL_COLUMNS}
_NEVER_EMPTY: Mapping[str, Any] = {
    "cadastral_ids": [], "zone_restricted": False, "price_on_request": False, "large_scale_reserve": False,
}  # fmt: skip
"""What an empty field means where the column has no "unknown"."""

DECIMAL_COMMA = {"de": True, "en": False}


@dataclass(frozen=True)
class Problem:
    """Why a field cannot be taken over: an import's code with its facts, and what was typed."""

    code: str
    typed: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class ParcelInput:
    """Values by attribute as far as they could be read, and the problems of the others."""

    values: Mapping[str, Any]
    problems: Mapping[str, Problem]


def read_parcel(typed: Mapping[str, str], language: str, areas: Collection[int]) -> ParcelInput:
    """Read the attributes that `typed` names; those it does not name stay out.

    Numbers are read as `language` (``de``, ``en``) writes them; `areas` are the ids a parcel may belong to.
    """
    values: dict[str, Any] = {}
    problems: dict[str, Problem] = {}
    for name in (name for name in EDITABLE if name in typed):
        text = typed[name].replace("\r\n", "\n")
        try:
            values[name] = _area(text, areas) if name == "area_id" else _read(name, text, language)
        except ValueProblem as problem:
            problems[name] = Problem(problem.code, text[:200], problem.facts)
    _settle_zone(values, typed)
    _settle_price(values, problems, typed)
    if "name_de" in values and not values["name_de"]:
        problems["name_de"] = Problem("missing", "")
    return ParcelInput({name: value for name, value in values.items() if name not in problems}, problems)


def _area(text: str, areas: Collection[int]) -> int | None:
    if not text.strip():
        return None
    if not (text.isascii() and text.isdigit()) or int(text) not in areas:
        raise ValueProblem("code_unknown", allowed="")
    return int(text)


def _read(name: str, text: str, language: str) -> Any:
    """One field as its column reads it; ValueProblem where it cannot."""
    column, kind = _COLUMNS[name], Parcel.__table__.columns[name].type
    # A form names the unit beside the field, so a number without one is in it.
    style = NumberStyle(DECIMAL_COMMA[language], column.unit)
    values, problems = ColumnReading(Matched(name, column, column.unit), style, kind).read([text])
    if problems:
        raise problems[0]
    value = values[0] if values[0] is not None else _NEVER_EMPTY.get(name)
    if isinstance(value, Decimal) and isinstance(kind, Numeric):
        return round(value, kind.scale or 0)
    return value


def _settle_zone(values: dict[str, Any], typed: Mapping[str, str]) -> None:
    """GEe says two things at once: the zone, and that it is restricted."""
    zone = values.get("zone")
    if isinstance(zone, ZoneValue):
        values["zone"] = zone.zone
        if zone.restricted:
            values["zone_restricted"] = True
        if zone.code and "xplan_zone_code" not in typed:
            values["xplan_zone_code"] = zone.code


def _settle_price(values: dict[str, Any], problems: dict[str, Problem], typed: Mapping[str, str]) -> None:
    """A price, or "on request", never both."""
    if values.get("price_eur_m2") is ON_REQUEST:
        values["price_eur_m2"], values["price_on_request"] = None, True
    if values.get("price_eur_m2") is not None and values.get("price_on_request"):
        problems["price_on_request"] = Problem("price_and_on_request", typed.get("price_on_request", ""))


def differing(values: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `values` that say something else than `stored`; space around a text says nothing."""
    return {name: value for name, value in values.items() if not same(value, stored.get(name))}


def same(one: Any, other: Any) -> bool:
    """Whether two values of an attribute say the same."""
    if isinstance(one, str) and isinstance(other, str):
        return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
    return bool(one == other)
