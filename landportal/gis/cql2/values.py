"""Values as they are written in a filter, text or JSON: numbers, texts, days and moments, each checked."""

from __future__ import annotations

import datetime as dt
import math
import re
import sys

from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.tree import Instant

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,12})?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_LARGEST = sys.float_info.max


def number(value: int | float, where: str) -> int | float:
    """`value`, if it is finite and a double can hold it."""
    if (isinstance(value, float) and not math.isfinite(value)) or abs(value) > _LARGEST:
        raise BadFilter("Numbers reach to 1.7e308.", where)
    return value


def text(value: str, where: str) -> str:
    """`value`, if a database can hold it: no NUL, no half of a character."""
    if "\x00" in value:
        raise BadFilter("A text holds no NUL.", where)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise BadFilter("The text ends in the middle of a character.", where)
    return value


def day(written: str, where: str) -> Instant:
    """A day as YYYY-MM-DD, years 0001 to 9999."""
    if not _DAY.fullmatch(written):
        raise BadFilter(f"A date is written like 2026-03-14, not {written[:40]!r}.", where)
    try:
        return Instant(dt.date.fromisoformat(written), where)
    except ValueError:
        raise BadFilter(f"There is no day {written}.", where) from None


def moment(written: str, where: str) -> Instant:
    """A moment of RFC 3339; without a zone it is UTC."""
    found = _MOMENT.fullmatch(written)
    if not found:
        raise BadFilter(f"A moment is written like 2026-03-14T12:00:00Z, not {written[:40]!r}.", where)
    date, time, fraction, zone = found.groups()
    zone = "+00:00" if zone is None or zone in "Zz" else zone
    try:
        told = dt.datetime.fromisoformat(f"{date}T{time}{(fraction or '.0')[:7].ljust(7, '0')}{zone}")
        return Instant(told.astimezone(dt.UTC), where)
    except (ValueError, OverflowError):
        raise BadFilter(f"There is no moment {written}.", where) from None


def instant(written: str, where: str) -> Instant:
    """A day or a moment."""
    return day(written, where) if _DAY.fullmatch(written) else moment(written, where)
