"""How the cells of one column become values: which parser a column uses, what its values may be, and told assumptions.

Single cells are parsed in `import_values`; this adds what needs the column: codes, ranges, units, number style.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, Numeric, String

from landportal.model.parcel import CADASTRAL_ID
from landportal.services.import_codes import XPLAN_ZONES, ZONE_WORDS
from landportal.services.import_columns import Column
from landportal.services.import_matching import Matched
from landportal.services.import_values import (
    NO,
    YES,
    NumberStyle,
    ValueProblem,
    folded,
    is_empty,
    read_boolean,
    read_code,
    read_date,
    read_list,
    read_moment,
    read_number,
    read_text,
)

SOFT = {"no_figure", "zone_is_general", "not_a_link", "not_cadastral", "available_at_once"}
"""Problems that empty their field and warn, but keep the row."""

_AT_ONCE = {"sofort", "ab_sofort", "immediately", "at_once", "now"}
_ON_REQUEST = {"auf_anfrage", "preis_auf_anfrage", "on_request", "a_anfrage", "vb", "verhandlungsbasis", "anfrage"}
_ZONE = re.compile(r"(GE|GI|SO|MI|MU|MK|MDW|MD|WS|WR|WA|WB)\s*(?:\(?(e|E)\)?|_e)?(?:[\s_/-]*\d+[a-z]?)?", re.IGNORECASE)
_GENERAL = {"G", "W", "M", "S"}


@dataclass(frozen=True)
class ZoneValue:
    """What a zoning cell says: zone, whether restricted (GEe, GIe), and XPlanung's code if it was one."""

    zone: str | None
    restricted: bool = False
    code: int | None = None


class OnRequest:
    """A price cell that says the price is told on request."""


ON_REQUEST = OnRequest()


def read_zone(raw: object) -> ZoneValue:
    """GE, GEe, "Gewerbegebiet", "eingeschränktes Gewerbegebiet", 1700 …; a Baufläche (G) is known but no zone."""
    text = read_text(raw)
    if re.fullmatch(r"\d{4}(\.0+)?", text):
        code = int(text[:4])
        if code not in XPLAN_ZONES:
            raise ValueProblem("zone_unknown")
        return ZoneValue(XPLAN_ZONES[code], code=code)
    if text in _GENERAL:
        raise ValueProblem("zone_is_general")
    if match := _ZONE.fullmatch(text):
        return ZoneValue(match.group(1).upper(), restricted=bool(match.group(2)))
    word = folded(text)
    restricted = "eingeschraenkt" in word or "restricted" in word
    word = re.sub(r"_?(eingeschraenktes|eingeschraenkt|restricted)_?", "", word)
    word = re.sub(r"^so_.*$", "so", word)
    if word in ZONE_WORDS:
        return ZoneValue(ZONE_WORDS[word], restricted)
    raise ValueProblem("zone_unknown")


def read_general_zone(raw: object) -> str:
    """XPlanung ``allgArtDerBaulNutzung``: only housing (1000) decides anything here."""
    text = read_text(raw)
    return text[:4] if re.fullmatch(r"\d{4}(\.0+)?", text) else text


def read_key(raw: object) -> str:
    """An official key as text: 2, 5 or 8 digits, or the 12 of a regional key without its association part."""
    text = re.sub(r"\s", "", read_text(raw))
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ValueProblem("not_a_key")
    if len(text) == 12:
        text = text[:5] + text[9:]
    # A spreadsheet that took the key for a number has lost the zero of states 01 to 09.
    text = text.zfill({1: 2, 4: 5, 7: 8}.get(len(text), len(text)))
    if len(text) not in {2, 5, 8}:
        raise ValueProblem("not_a_key")
    return text


def _read_available(raw: object) -> dt.date:
    if isinstance(raw, str) and folded(raw) in _AT_ONCE:
        raise ValueProblem("available_at_once")
    return read_date(raw)


def _read_price(raw: object, style: NumberStyle, unit: str | None) -> Decimal | OnRequest:
    if isinstance(raw, str) and folded(raw) in _ON_REQUEST:
        return ON_REQUEST
    return read_number(raw, style, unit)


def _read_supply(raw: object, style: NumberStyle, unit: str | None) -> Decimal:
    if isinstance(raw, bool) or (isinstance(raw, str) and raw.strip().casefold() in (YES | NO) - {"0", "1"}):
        raise ValueProblem("no_figure")
    return read_number(raw, style, unit)


def _read_voltage(raw: object, style: NumberStyle, unit: str | None) -> int:
    """Kilovolts; without a unit numbers from 1,000 on are volts, as OpenStreetMap writes them."""
    number = read_number(raw, style, unit)
    return round(number / 1000 if style.unit is None and number >= 1000 else number)


def _read_whole(raw: object, style: NumberStyle, unit: str | None) -> int:
    number = read_number(raw, style, unit)
    if number != int(number) if abs(number) < 10**15 else True:
        raise ValueProblem("not_whole")
    return int(number)


def _read_pattern(pattern: str, code: str) -> Callable[[object], str]:
    def read(raw: object) -> str:
        text = read_text(raw)
        if not re.fullmatch(pattern, text):
            raise ValueProblem(code)
        return text

    return read


def _read_cadastral(raw: object) -> list[str]:
    keys = read_list(raw)
    wrong = next((key for key in keys if not re.match(CADASTRAL_ID, key)), None)
    if wrong is not None:
        raise ValueProblem("not_cadastral")
    return keys


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "text": read_text,
    "boolean": read_boolean,
    "date": read_date,
    "moment": read_moment,
    "available": _read_available,
    "zone": read_zone,
    "general_zone": read_general_zone,
    "key": read_key,
    "cadastral": _read_cadastral,
    "link": _read_pattern(r"https?://\S+", "not_a_link"),
    "number_text": _read_pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}", "number_form"),
    "slug": _read_pattern(r"[a-z0-9][a-z0-9-]{0,79}", "slug_form"),
}
_NUMERIC: Mapping[str, Callable[[Any, NumberStyle, str | None], Any]] = {
    "number": read_number,
    "integer": _read_whole,
    "price": _read_price,
    "supply": _read_supply,
    "supply_integer": lambda raw, style, unit: _whole(_read_supply(raw, style, unit)),
    "voltage": _read_voltage,
}


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise ValueProblem("not_whole")
    return int(number)


@dataclass
class ColumnReading:
    """Reads one column, remembering what it has seen: most cells of a column repeat."""

    matched: Matched
    style: NumberStyle
    kind_of_value: Any = None
    """The database type the value has to fit."""

    def __post_init__(self) -> None:
        self._seen: dict[object, object] = {}

    @property
    def column(self) -> Column:
        """Our column."""
        return self.matched.column

    def read(self, cells: Sequence[object]) -> tuple[list[Any], dict[int, ValueProblem]]:
        """Values (None for an empty or unusable cell), and what was wrong, by position."""
        values: list[Any] = []
        problems: dict[int, ValueProblem] = {}
        for place, cell in enumerate(cells):
            value = self._value(cell)
            if isinstance(value, ValueProblem):
                problems[place] = value
                value = None
            values.append(value)
        return values, problems

    def _value(self, cell: object) -> object:
        if is_empty(cell) and not self._is_code(cell):
            return None
        key = (type(cell), cell) if not isinstance(cell, (list, dict)) else None
        if key is not None and key in self._seen:
            return self._seen[key]
        try:
            value: object = self._checked(self._parsed(cell))
        except ValueProblem as problem:
            value = problem
        except (ValueError, ArithmeticError, OverflowError):
            value = ValueProblem("not_a_number" if self.column.read in _NUMERIC else "not_a_date")
        if key is not None and len(self._seen) < 50_000:
            self._seen[key] = value
        return value

    def _is_code(self, cell: object) -> bool:
        """Whether the cell is a code of the column: "none" is no price, but servicing that there is none."""
        return isinstance(cell, str) and folded(cell) in self.column.codes

    def _parsed(self, cell: object) -> object:
        column = self.column
        if column.read.startswith("code:"):
            code = read_code(cell.removesuffix(".0") if isinstance(cell, str) else cell, column.codes)
            return int(code) if column.read == "code:plan_status" else code
        if column.read in _NUMERIC:
            return _NUMERIC[column.read](cell, self.style, column.unit)
        return _PLAIN[column.read](cell)

    def _checked(self, value: Any) -> object:
        column = self.column
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            low, high, number = column.low, column.high, Decimal(value)
            if (low is not None and number < Decimal(str(low))) or (high is not None and number > Decimal(str(high))):
                raise ValueProblem("out_of_range", range=_range(low, high))
            if abs(number) >= _limit(self.kind_of_value):
                raise ValueProblem("number_too_large")
        longest = getattr(self.kind_of_value, "length", None) if isinstance(self.kind_of_value, String) else None
        if longest and isinstance(value, str) and len(value) > longest:
            raise ValueProblem("too_long", limit=longest)
        return value


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g}–{high:g}"
    return f"≥ {low:g}" if low is not None else f"≤ {high:g}"


def _limit(kind: Any) -> Decimal:
    if isinstance(kind, Numeric) and kind.precision is not None:
        return Decimal(10) ** (kind.precision - (kind.scale or 0))
    return Decimal(2**31) if isinstance(kind, Integer) else Decimal(10) ** 15


def decimal_comma_by_evidence(columns: Sequence[Sequence[object]], stated: bool | None) -> bool | None:
    """Whether a comma marks decimals, by numbers that can only be read one way; `stated` where none speaks."""
    seen: Counter[str] = Counter()
    for cells in columns:
        for cell in cells:
            text = re.sub(r"[^\d.,]", "", cell) if isinstance(cell, str) else ""
            marks = re.sub(r"\d", "", text)
            if len(marks) == 1 and not re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", text):
                seen[marks] += 1
            elif marks in {".,", ",."}:
                seen[marks[-1]] += 1
    if bool(seen[","]) == bool(seen["."]):
        return stated
    return seen[","] > 0
