"""Numbers, dates and units as the reader's language writes them; no words and no codes.

Units stand behind a no-break space, minus is U+2212, parcels have two decimals, totals and kilometres one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from babel.dates import format_date
from markupsafe import Markup

from landportal.model import M2_PER_HA
from landportal.web.language import current

NBSP = "\u00a0"
MINUS = "\u2212"
NONE = "\u2013"
"""En dash: what a table cell says where there is nothing to say."""

Number = float | int | Decimal


@dataclass(frozen=True)
class Quantity:
    """A figure and its unit, so that a page can set the figure bold and the unit beside it."""

    figure: str
    unit: str
    gap: str = NBSP

    def __str__(self) -> str:
        return f"{self.figure}{self.gap}{self.unit}"

    def __html__(self) -> str:
        return Markup('<span class="figure">{}</span>{}<span class="unit">{}</span>').format(
            self.figure, self.gap, self.unit
        )


def number(value: Number, decimals: int = 0) -> str:
    """`value` with grouping and exactly `decimals` places.

    Written without Babel, which costs ten times as much: a result page holds some two hundred numbers.
    """
    text = f"{value:,.{decimals}f}"
    return (text.translate(_GERMAN) if current() == "de" else text).replace("-", MINUS)


def plain_number(value: Number) -> str:
    """`value` as a form field shows it: no grouping, no needless zeros."""
    return number(value, 6).rstrip("0").rstrip(".,").replace(_GROUPING[current()], "")


def hectares(area_m2: Number, decimals: int = 2) -> Quantity:
    """An area in hectares: two decimals for a parcel, one for a total."""
    return Quantity(number(float(area_m2) / M2_PER_HA, decimals), "ha")


def square_metres(area_m2: Number) -> Quantity:
    """A small area: 1.240 m²."""
    return Quantity(number(area_m2), "m²")


def euros(amount: Number) -> Quantity:
    """An amount of money in whole euros: 240.000 €, in English €240,000."""
    if current() == "de":
        return Quantity(number(amount), "€")
    return Quantity(f"€{number(amount)}", "", gap="")


def kilometres(distance_m: Number) -> Quantity:
    """A distance in kilometres with one decimal."""
    return Quantity(number(float(distance_m) / 1000, 1), "km")


def metres(distance_m: Number, decimals: int = 0) -> Quantity:
    """A length in metres."""
    return Quantity(number(distance_m, decimals), "m")


def price(eur_m2: Number, decimals: int = 2) -> Quantity:
    """Euros a square metre: 22,80 €/m², in English €22.80/m²."""
    if current() == "de":
        return Quantity(number(eur_m2, decimals), "€/m²")
    return Quantity(f"€{number(eur_m2, decimals)}", "/m²", gap="")


def percent(value: Number, decimals: int = 1) -> str:
    """`value` percent: 38,0 %, in English 38.0%."""
    return f"{number(value, decimals)}{NBSP if current() == 'de' else ''}%"


def date(day: dt.date | None) -> str:
    """A day: 14.03.2026, in English 14 March 2026."""
    if day is None:
        return NONE
    pattern = "dd.MM.yyyy" if current() == "de" else "d MMMM yyyy"
    return format_date(day, pattern, locale=current())


def month(day: dt.date) -> str:
    """A month: 07/2028, in English July 2028."""
    return format_date(day, "MM/yyyy" if current() == "de" else "MMMM yyyy", locale=current())


def size(width_m: Number, depth_m: Number) -> str:
    """Measures of a rectangle: 180 × 90 m."""
    return f"{number(width_m)}{NBSP}×{NBSP}{number(depth_m)}{NBSP}m"


def hall(width_m: Number, depth_m: Number) -> str:
    """Measures that were asked for, as precise as they were: 62,5 × 40 m."""
    return f"{plain_number(width_m)}{NBSP}×{NBSP}{plain_number(depth_m)}{NBSP}m"


def unit(value: Number, name: str, decimals: int | None = None) -> Quantity:
    """`value` in a unit that both languages write alike: MW, dB(A), m³/d."""
    text = number(value, decimals) if decimals is not None else _as_precise_as_needed(value)
    return Quantity(text, name)


def bandwidth(mbit: int) -> Quantity:
    """A line's speed, in Gbit/s from 1000 Mbit/s on."""
    if mbit >= 1000 and mbit % 100 == 0:
        return Quantity(_as_precise_as_needed(mbit / 1000), "Gbit/s")
    return Quantity(number(mbit), "Mbit/s")


def _as_precise_as_needed(value: Number) -> str:
    return number(value, 2).rstrip("0").rstrip(".,")


_GERMAN = str.maketrans(",.", ".,")
_GROUPING = {"de": ".", "en": ","}
