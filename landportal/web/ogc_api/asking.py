"""The query parameters of the API: read here, and only here. Every bad one is told at its name; nothing is ignored."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from werkzeug.datastructures import MultiDict

from landportal.errors import InvalidInput
from landportal.services.collections import Collection
from landportal.services.features import FeatureRequest, Filter, Span, read_value
from landportal.services.fields import CRS84, OFFERED, OfferedCrs, by_uri
from landportal.web.ogc_api.frame import refuse_unknown
from landportal.web.params import InvalidParameters

LIMIT = 10
LIMIT_MAX = 10_000
OFFSET_MAX = 100_000_000
LANGUAGES = ("cql2-text", "cql2-json", "cql-text")
"""The last one is what GDAL looks for before it sends a filter; it writes what CQL2 text reads."""

OF_ITEMS = (
    "limit", "offset", "after", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "sortby",
    "properties", "resultType",
)  # fmt: skip

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?)?", re.ASCII)

Arguments = MultiDict[str, str]


def read(collection: Collection, args: Arguments) -> FeatureRequest:
    """What is asked of `collection`; InvalidParameters tells every parameter that cannot be used."""
    names = {one.name for one in collection.fields}
    refuse_unknown(*OF_ITEMS, *names)
    problems: list[InvalidInput] = []

    def reading(reader: Callable[..., Any], *more: Any) -> Any:
        try:
            return reader(args, *more)
        except InvalidParameters as several:
            problems.extend(several.problems)
        except InvalidInput as refused:
            problems.append(refused)
        return None

    told = {
        "limit": reading(_whole, "limit", LIMIT, LIMIT_MAX), "offset": reading(_whole, "offset", 0, None),
        "crs": reading(crs, "crs"), "box_crs": reading(crs, "bbox-crs"), "span": reading(_span),
        "sort": reading(_sort, names), "properties": reading(_properties, names), "filter": reading(_filter),
        "equal": reading(_equal, collection),
    }  # fmt: skip
    told["boxes"] = reading(_boxes, told["box_crs"] or CRS84)
    reading(_result_type)
    if problems:
        raise InvalidParameters(tuple(problems))
    return FeatureRequest(after=args.get("after") or None, **told)


def _whole(args: Arguments, name: str, default: int, cap: int | None) -> int:
    """A whole number from 0 (offset) or 1 (limit) on; more than the cap is cut to it, not refused (Part 1, 7.15.2)."""
    text = args.get(name)
    if text is None:
        return default
    least = 0 if cap is None else 1
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) < least:
        raise InvalidInput(f"Please state a whole number from {least} on.", name)
    if cap is None and int(text) > OFFSET_MAX:
        raise InvalidInput(f"Please state at most {OFFSET_MAX}, or follow the next links.", name)
    return int(text) if cap is None else min(int(text), cap)


def crs(args: Arguments, name: str) -> OfferedCrs:
    """The CRS that the parameter names; CRS84 where it is not stated."""
    text = args.get(name)
    if text is None:
        return CRS84
    found = by_uri(text)
    if found is None:
        raise InvalidInput(f"CRS here are {', '.join(one.uri for one in OFFERED)}.", name)
    return found


def _boxes(args: Arguments, given: OfferedCrs) -> tuple[tuple[float, float, float, float], ...]:
    """One box, or two where it crosses the antimeridian; heights of a box in space are not looked at."""
    text = args.get("bbox")
    if text is None:
        return ()
    parts = text.split(",")
    if len(parts) not in {4, 6} or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise InvalidInput("Please state four numbers, or six with heights, parted by commas.", "bbox")
    numbers = [float(part) for part in parts]
    if any(abs(number) > 1e9 for number in numbers):
        raise InvalidInput("These numbers are far outside of every CRS offered here.", "bbox")
    half = len(numbers) // 2
    low, high = numbers[:2], numbers[half : half + 2]
    if given.swapped:
        low.reverse()
        high.reverse()
    if low[1] > high[1]:
        raise InvalidInput("The second corner lies south of the first.", "bbox")
    if low[0] <= high[0]:
        return ((low[0], low[1], high[0], high[1]),)
    if given.srid != 4326:
        raise InvalidInput("The second corner lies west of the first.", "bbox")
    return ((low[0], low[1], 180.0, high[1]), (-180.0, low[1], high[0], high[1]))


def _span(args: Arguments) -> Span | None:
    text = args.get("datetime")
    if text is None:
        return None
    parts = text.split("/")
    if len(parts) > 2:
        raise InvalidInput("Please state a moment, or two parted by a slash.", "datetime")
    if len(parts) == 1:
        begin, end = _moment(parts[0], False), _moment(parts[0], True)
    else:
        begin, end = _side(parts[0], False), _side(parts[1], True)
    if begin and end and begin > end:
        raise InvalidInput("The interval ends before it begins.", "datetime")
    return Span(begin, end)


def _side(text: str, end: bool) -> dt.datetime | None:
    return None if text in {"", ".."} else _moment(text, end)


def _moment(text: str, end: bool) -> dt.datetime:
    """A moment of RFC 3339, in UTC where it names no zone (QGIS writes it so); a day alone ends at midnight UTC."""
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)
        if len(text) == 10:
            day = dt.date.fromisoformat(text)
            return dt.datetime.combine(day, dt.time.max if end else dt.time.min, dt.UTC)
        moment = dt.datetime.fromisoformat(text.upper().replace(" ", "T"))
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except ValueError:
        raise InvalidInput("Please state dates like 2026-03-14 or 2026-03-14T12:00:00Z.", "datetime") from None


def _sort(args: Arguments, names: set[str]) -> tuple[tuple[str, bool], ...]:
    text = args.get("sortby")
    if text is None:
        return ()
    stated = [part.strip() for part in text.split(",")]
    order = tuple((part.lstrip("+-"), part.startswith("-")) for part in stated)
    for name, _ in order:
        if name not in names:
            raise InvalidInput(f"{name[:40]!r} is no property of this collection.", "sortby")
    if len({name for name, _ in order}) != len(order) or len(order) > 10:
        raise InvalidInput("Please name at most ten properties, each once.", "sortby")
    return order


def _properties(args: Arguments, names: set[str]) -> tuple[str, ...] | None:
    text = args.get("properties")
    if text is None:
        return None
    wanted = tuple(part.strip() for part in text.split(",") if part.strip())
    for name in wanted:
        if name not in names:
            raise InvalidInput(f"{name[:40]!r} is no property of this collection.", "properties")
    return wanted


def _filter(args: Arguments) -> Filter | None:
    text, lang = args.get("filter"), args.get("filter-lang", "cql2-text")
    if lang not in LANGUAGES:
        raise InvalidInput(f"Languages here are {', '.join(LANGUAGES)}.", "filter-lang")
    given = crs(args, "filter-crs")
    if text is None:
        return None
    return Filter(text, "cql2-json" if lang == "cql2-json" else "cql2-text", given)


def _equal(args: Arguments, collection: Collection) -> dict[str, str]:
    stated = {one.name: args[one.name] for one in collection.fields if one.name in args and one.name not in OF_ITEMS}
    for one in collection.fields:
        if one.name in stated:
            if "\x00" in stated[one.name]:
                raise InvalidInput("A text holds no NUL.", one.name)
            read_value(one, stated[one.name])
    return stated


def _result_type(args: Arguments) -> None:
    if args.get("resultType", "results") not in {"results", "hits"}:
        raise InvalidInput("Please state results or hits.", "resultType")
