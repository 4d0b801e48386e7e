"""One cell → one value: numbers with units, dates, yes and no, codes, each in German and English spelling.

A value that may mean two things is refused, never guessed. Which column is read how lives in `import_columns`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from landportal.gis.notes import Fact

EMPTY = {"", "-", "–", "—", "--", "k.a.", "k. a.", "n/a", "na", "null", "none", "unbekannt", "unknown", "o.a.", "?"}

YES = {"ja", "j", "yes", "y", "true", "wahr", "1", "x", "t", "vorhanden", "available", "1.0"}
NO = {"nein", "n", "no", "false", "falsch", "0", "f", "nicht vorhanden", "keine", "kein", "0.0"}

UNITS: dict[str, tuple[str, Decimal]] = {
    "m2": ("area", Decimal(1)), "ha": ("area", Decimal(10_000)), "ar": ("area", Decimal(100)),
    "km2": ("area", Decimal(1_000_000)), "sqft": ("area", Decimal("0.09290304")),
    "us_sqft": ("area", Decimal("0.0929034116132748")), "acre": ("area", Decimal("4046.8564224")),
    "m": ("length", Decimal(1)), "km": ("length", Decimal(1000)), "cm": ("length", Decimal("0.01")),
    "ft": ("length", Decimal("0.3048")),
    "eur_m2": ("price", Decimal(1)), "ct_m2": ("price", Decimal("0.01")), "eur_ha": ("price", Decimal("0.0001")),
    "mw": ("power", Decimal(1)), "kw": ("power", Decimal("0.001")), "gw": ("power", Decimal(1000)),
    "mbit": ("rate", Decimal(1)), "gbit": ("rate", Decimal(1000)), "kbit": ("rate", Decimal("0.001")),
    "m3_d": ("flow", Decimal(1)), "m3_h": ("flow", Decimal(24)), "l_s": ("flow", Decimal("86.4")),
    "m3_a": ("flow", Decimal(1) / 365),
    "pe": ("people", Decimal(1)), "db": ("sound", Decimal(1)), "kv": ("voltage", Decimal(1)),
    "v": ("voltage", Decimal("0.001")), "pct": ("share", Decimal(1)),
}  # fmt: skip
"""Unit → (family, factor to the family's base)."""

_SPELLINGS = {
    "m2": "m² m^2 qm m2 quadratmeter sqm", "ha": "ha hektar hectare hectares", "ar": "ar a", "km2": "km² km2 qkm",
    "sqft": "sqft ft² ft2 sq.ft. sq_ft", "us_sqft": "us_sqft", "acre": "ac acre acres", "m": "m meter metre metres",
    "km": "km kilometer", "cm": "cm", "ft": "ft feet",
    "eur_m2": "€/m² €/m2 €/qm eur/m² eur/m2 eur/qm eur_m2 euro/m² euro/m2 euro/qm €/m^2 eur/sqm €/sqm",
    "ct_m2": "ct/m² ct/m2", "eur_ha": "€/ha eur/ha", "mw": "mw", "kw": "kw", "gw": "gw",
    "mbit": "mbit mbit/s mbps mb/s", "gbit": "gbit gbit/s gbps gb/s", "kbit": "kbit/s kbit",
    "m3_d": "m³/d m3/d m³/tag cbm/d m3_d", "m3_h": "m³/h m3/h cbm/h", "l_s": "l/s", "m3_a": "m³/a m3/a m³/jahr",
    "pe": "ew egw pe einwohnerwerte einwohner", "db": "db db(a) dba", "kv": "kv", "v": "v volt",
    "pct": "% pct prozent percent",
    "eur": "€ eur euro",
}  # fmt: skip
UNIT_SYMBOLS = {
    "m2": "m²", "us_sqft": "sq ft (US)", "sqft": "sq ft", "eur_m2": "€/m²", "eur": "€", "mw": "MW", "kw": "kW",
    "gw": "GW",
    "mbit": "Mbit/s", "m3_d": "m³/d", "pe": "EW/PE", "db": "dB(A)", "kv": "kV", "pct": "%",
}  # fmt: skip
"""How a unit is shown; those not listed are shown as they are."""

UNIT_SPELLINGS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}


_SPELT = {ord(a): b for a, b in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "²": "2", "³": "3"}.items()}


class ValueProblem(Exception):
    """A cell that cannot be taken over: the code of its sentence and what the sentence needs."""

    def __init__(self, code: str, **facts: Fact) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class NumberStyle:
    """How numbers of a column are written: what a comma is (None: not known) and the unit where a cell names none."""

    decimal_comma: bool | None = None
    unit: str | None = None


def is_empty(raw: object) -> bool:
    """Whether a cell says nothing."""
    if isinstance(raw, float):
        return math.isnan(raw)
    return raw is None or (isinstance(raw, str) and raw.strip().casefold() in EMPTY)


_QUOTED_FORMULA = re.compile(r"'+[=+\-@\t\r]")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def harmless(text: str) -> str:
    """A text as a spreadsheet shows it instead of calculating it: `read_text` gives the text back unchanged."""
    return f"'{text}" if _FORMULA.match(text) and text.casefold() not in EMPTY else text


def read_text(raw: object) -> str:
    """Text without outer space; control characters are refused because no page could show them."""
    text = ("1" if raw else "0") if isinstance(raw, bool) else str(raw).strip()
    if isinstance(raw, float) and raw.is_integer():
        text = str(int(raw))
    if _QUOTED_FORMULA.match(text):
        text = text[1:]  # The apostrophe by which a spreadsheet is kept from calculating, ours or Excel's own.
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", text):
        raise ValueProblem("control_character")
    return text


def read_number(raw: object, style: NumberStyle, unit: str | None) -> Decimal:
    """A number in `unit`, converted from the unit the cell, else the heading, names."""
    if isinstance(raw, bool):
        raise ValueProblem("not_a_number")
    if isinstance(raw, (int, float, Decimal)):
        if not math.isfinite(raw):
            raise ValueProblem("not_a_number")
        return _converted(Decimal(str(raw)), style.unit or unit, unit)
    number, stated = _parted(read_text(raw))
    return _converted(parse_number(number, style.decimal_comma), stated or style.unit or unit, unit)


def _parted(text: str) -> tuple[str, str | None]:
    match = re.fullmatch(
        r"(?:ca\.?|rd\.?|~|€)?\s*([+\-−]?[\d.,'’\s\u00a0\u202f]*\d(?:[eE][+-]?\d{1,3})?)(?:,-+|,–)?\s*(.*)", text
    )
    if not match or len(text) > 60:
        raise ValueProblem("not_a_number")
    unit = re.sub(r"\s+", "", match.group(2)).casefold().rstrip(".")
    if not unit:
        return match.group(1), "eur" if text.startswith("€") else None
    if unit not in UNIT_SPELLINGS:
        raise ValueProblem("unit_unknown", unit=match.group(2))
    return match.group(1), UNIT_SPELLINGS[unit]


def parse_number(text: str, decimal_comma: bool | None) -> Decimal:
    """The number `text` writes; "1.234" is refused where nothing says whether the point marks decimals or thousands."""
    digits = re.sub(r"[\s'’\u00a0\u202f]", "", text).replace("−", "-")
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        decimal = "," if digits.rfind(",") > digits.rfind(".") else "."
    elif commas + points == 1:
        decimal = _single_mark(digits, "," if commas else ".", decimal_comma)
    else:
        decimal = "." if commas else ","
    thousands = "." if decimal == "," else ","
    whole, _, fraction = digits.partition(decimal)
    if thousands in whole and not re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{thousands}\d{{3}})+", whole):
        raise ValueProblem("not_a_number")
    try:
        return Decimal(whole.replace(thousands, "") + ("." + fraction if fraction else ""))
    except InvalidOperation:
        raise ValueProblem("not_a_number") from None


def _single_mark(digits: str, mark: str, decimal_comma: bool | None) -> str:
    """Which mark is the decimal one when only `mark` occurs, once."""
    grouped = re.fullmatch(rf"[+-]?[1-9]\d{{0,2}}\{mark}\d{{3}}", digits)
    if not grouped:
        return mark
    if decimal_comma is None:
        raise ValueProblem("number_ambiguous", one=digits.replace(mark, ""), other=digits.replace(mark, "."))
    return "," if decimal_comma else "."


def _converted(number: Decimal, stated: str | None, wanted: str | None) -> Decimal:
    if stated == "eur" and wanted == "eur_m2":
        stated = wanted  # A price in euros of land that is marketed by the square metre; the import tells it.
    if wanted is None:
        if stated == "pct":
            return number / 100
        if stated is not None:
            raise ValueProblem("unit_unfit", unit=UNIT_SYMBOLS.get(stated, stated))
        return number
    family, factor = UNITS[wanted]
    stated_family, stated_factor = UNITS.get(stated or wanted, ("", Decimal(1)))
    if stated_family != family:
        raise ValueProblem("unit_unfit", unit=UNIT_SYMBOLS.get(stated or "", stated or "?"))
    return number * stated_factor / factor if stated_factor != factor else number


def read_boolean(raw: object) -> bool:
    """Yes or no in German, English and the ways spreadsheets write it."""
    if isinstance(raw, bool):
        return raw
    text = read_text(raw).casefold()
    if text in YES or text in NO:
        return text in YES
    raise ValueProblem("not_yes_or_no")


def read_date(raw: object) -> dt.date:
    """A day: 2025-12-31, 31.12.2025, 12/2025 (its first), 2025 (its first); 03/04/2025 is refused as ambiguous."""
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    text = read_text(raw)
    try:
        return _parse_date(text)
    except ValueError:
        raise ValueProblem("not_a_date") from None


def _parse_date(text: str) -> dt.date:
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?", text):
        return dt.date(*map(int, match.groups()))
    if match := re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", text):
        return dt.date(int(match[3]), int(match[2]), int(match[1]))
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        first, second = int(match[1]), int(match[2])
        if first <= 12 and second <= 12 and first != second:
            raise ValueProblem("date_ambiguous")
        day, month = (first, second) if second <= 12 else (second, first)
        return dt.date(int(match[3]), month, day)
    if match := re.fullmatch(r"(\d{1,2})[/.](\d{4})", text):
        return dt.date(int(match[2]), int(match[1]), 1)
    if match := re.fullmatch(r"(?:Q|Quartal )([1-4])[/ ]?(\d{4})|([1-4])\. Quartal (\d{4})", text):
        quarter, year = match[1] or match[3], match[2] or match[4]
        return dt.date(int(year), 3 * int(quarter) - 2, 1)
    if re.fullmatch(r"(19|20|21)\d\d", text):
        return dt.date(int(text), 1, 1)
    raise ValueError(text)


def read_moment(raw: object) -> dt.datetime:
    """A moment in UTC; one without an offset counts as UTC, a mere day as its start."""
    if isinstance(raw, dt.datetime):
        return raw.astimezone(dt.UTC) if raw.tzinfo else raw.replace(tzinfo=dt.UTC)
    if isinstance(raw, str) and "T" in raw.replace(" ", "T"):
        try:
            return read_moment(dt.datetime.fromisoformat(raw.strip()))
        except ValueError:
            raise ValueProblem("not_a_date") from None
    return dt.datetime.combine(read_date(raw), dt.time(), dt.UTC)


def read_code(raw: object, codes: Mapping[str, str]) -> str:
    """The code that a word stands for; the codes themselves are among the words."""
    word = folded(read_text(raw))
    if word not in codes:
        raise ValueProblem("code_unknown", allowed=", ".join(dict.fromkeys(codes.values())))
    return codes[word]


def read_list(raw: object) -> list[str]:
    """Several texts: a list as it comes, or one text parted by comma, semicolon or line."""
    parts = raw if isinstance(raw, list) else re.split(r"[;,\n|]", read_text(raw))
    return [text for text in (read_text(part) for part in parts if part is not None) if text]


def folded(text: str) -> str:
    """Lower case, umlauts spelt out, words joined by underscores: the form headings and codes are compared in."""
    spelt = text.casefold().translate(_SPELT)
    return re.sub(r"[^a-z0-9]+", "_", spelt).strip("_")
