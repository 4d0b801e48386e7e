"""What kind of values a column holds, and each value as it is kept: canonical, so that no cast of it fails.

A format that states its columns' kinds is believed. Texts of a table are taken for numbers, yes and no, or dates only
where every single one of them is; what has a leading zero is a key and stays text.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from decimal import Decimal

from landportal.gis.fields import Kind

BIGINT = 2**63

Json = str | int | float | bool | list[str] | None


class CannotKeep(ValueError):
    """A value that no database keeps as it is; `instead` is what is kept."""

    def __init__(self, code: str, instead: Json) -> None:
        super().__init__(code)
        self.code, self.instead = code, instead


_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,17})", re.ASCII)
_POINT = re.compile(r"[+-]?(0|[1-9]\d*)?(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"[+-]?(0|[1-9]\d*)?(,\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


class Guess:
    """The kind of a column nobody states, by elimination: every value is shown to it."""

    def __init__(self, decimal_comma: bool | None) -> None:
        self._comma = decimal_comma
        self._left: dict[str, Callable[[object], bool]] = {
            "boolean": _is_boolean, "integer": _is_integer, "point": self._is_point, "comma": self._is_comma,
            "date": _is_date, "moment": _is_moment, "texts": lambda value: isinstance(value, list),
        }  # fmt: skip
        self._seen = False

    def see(self, value: object) -> None:
        """Take a value into account; None says nothing."""
        if value is None or not self._left:
            return
        self._seen = True
        self._left = {name: fits for name, fits in self._left.items() if fits(value)}

    @property
    def kind(self) -> Kind:
        """The narrowest kind that holds all values seen; text where none were."""
        found = next(iter(self._left), None) if self._seen else None
        return Kind.NUMBER if found in {"point", "comma"} else Kind(found or "text")

    @property
    def decimal_comma(self) -> bool:
        """Whether numbers of the column are written with a comma."""
        return "point" not in self._left and "comma" in self._left

    def _is_point(self, value: object) -> bool:
        return _is_number(value) or (
            isinstance(value, str) and _written(_POINT, value) and not (self._comma and _GROUPED.fullmatch(value))
        )

    def _is_comma(self, value: object) -> bool:
        # 1,234 may be a thousand: only where the file says that commas mark decimals it is not.
        return _is_number(value) or (
            isinstance(value, str) and _written(_COMMA, value) and bool(self._comma or not _GROUPED.fullmatch(value))
        )


def _written(pattern: re.Pattern[str], text: str) -> bool:
    """A float keeps fifteen digits: what has more is a key or would lose some."""
    return bool(pattern.fullmatch(text)) and 0 < sum(letter.isdigit() for letter in text) <= 15


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.casefold() in {"true", "false"})


def _is_integer(value: object) -> bool:
    if isinstance(value, str):
        return bool(_INTEGER.fullmatch(value))
    if isinstance(value, float):
        return value.is_integer() and abs(value) < 2**53
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < BIGINT


def _is_date(value: object) -> bool:
    if isinstance(value, dt.datetime):
        return value.time() == dt.time() and value.tzinfo is None
    return isinstance(value, dt.date) or (isinstance(value, str) and _day(value) is not None)


def _is_moment(value: object) -> bool:
    return isinstance(value, (dt.date, dt.datetime)) or (isinstance(value, str) and _moment(value) is not None)


def _day(text: str) -> dt.date | None:
    try:
        if _ISO_DAY.fullmatch(text):
            return dt.date.fromisoformat(text)
        german = _GERMAN_DAY.fullmatch(text)
        return dt.date(int(german[3]), int(german[2]), int(german[1])) if german else None
    except ValueError:
        return None


def _moment(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text) if _ISO_MOMENT.fullmatch(text) else None
    except ValueError:
        return None


def kept(value: object, kind: Kind, decimal_comma: bool = False) -> Json:
    """`value` as `kind` keeps it; CannotKeep carries what is kept instead, ValueError tells another kind of value."""
    if value is None:
        return None
    return _KEPT[kind](value, decimal_comma)


def _kept_integer(value: object, _comma: bool) -> Json:
    number = int(str(value)) if isinstance(value, (str, bool)) else int(value)  # type: ignore[call-overload]
    if abs(number) >= BIGINT:
        raise ValueError(value)
    return int(number)


def _kept_number(value: object, comma: bool) -> Json:
    number = float(value.replace(",", ".") if comma and isinstance(value, str) else value)  # type: ignore[arg-type]
    if math.isnan(number):
        return None
    if math.isinf(number):
        raise CannotKeep("layer_infinite", None)
    return number


def _kept_boolean(value: object, _comma: bool) -> Json:
    if isinstance(value, str):
        return {"true": True, "false": False}[value.casefold()]
    return bool(value)


def _kept_date(value: object, _comma: bool) -> Json:
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    day = value if isinstance(value, dt.date) else _day(str(value))
    if day is None:
        raise ValueError(value)
    return day.isoformat()


def _kept_moment(value: object, _comma: bool) -> Json:
    moment = value if isinstance(value, dt.date) else _moment(str(value))
    if moment is None:
        raise ValueError(value)
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time())
    if moment.tzinfo is None:
        return f"{moment.isoformat()}Z"
    try:
        moment = moment.astimezone(dt.UTC)
    except OverflowError:  # The first and the last day there are.
        raise CannotKeep("layer_no_moment", None) from None
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _kept_text(value: object, _comma: bool) -> Json:
    text = as_text(value)
    if _UNKEEPABLE.search(text):
        raise CannotKeep("layer_text_cleaned", clean_text(text))
    return text


def as_text(value: object) -> str:
    """A value as text: what a whole number in a float was, a day in ISO 8601, a list in JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)


def clean_text(text: str) -> str:
    """`text` without NUL and lone surrogates, which no text of PostgreSQL holds."""
    return _UNKEEPABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", text)


def _kept_texts(value: object, _comma: bool) -> Json:
    listed = value if isinstance(value, list) else [value]
    texts = [as_text(one) for one in listed if one is not None]
    if any(map(_UNKEEPABLE.search, texts)):
        raise CannotKeep("layer_text_cleaned", [clean_text(text) for text in texts])
    return texts


_KEPT: dict[Kind, Callable[[object, bool], Json]] = {
    Kind.INTEGER: _kept_integer, Kind.NUMBER: _kept_number, Kind.BOOLEAN: _kept_boolean, Kind.DATE: _kept_date,
    Kind.MOMENT: _kept_moment, Kind.TEXT: _kept_text, Kind.TEXTS: _kept_texts,
}  # fmt: skip
