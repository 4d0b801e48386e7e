"""What can be asked of a collection, and the condition it becomes."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, and_, any_, func, literal, or_, true

from landportal.errors import InvalidInput
from landportal.gis import cql2
from landportal.gis.fields import Field, Kind
from landportal.gis.offered_crs import CRS84, OfferedCrs, box_in
from landportal.services.collections.collection import Collection

BIGINT = 2**63


@dataclass(frozen=True)
class Filter:
    """A CQL2 filter as it was sent. `lang` is ``cql2-text`` or ``cql2-json``; coordinates are in `crs`."""

    text: str
    lang: str = "cql2-text"
    crs: OfferedCrs = CRS84


@dataclass(frozen=True)
class Span:
    """A closed interval of time; None leaves a side open."""

    begin: dt.datetime | None
    end: dt.datetime | None


@dataclass(frozen=True)
class FeatureRequest:
    """What is asked of a collection. Conditions add up; boxes are alternatives (west, south, east, north in `box_crs`).

    `equal`: values by field, as text. `sort`: field names with True for descending. `after`: the cursor of a page.
    `properties`: the fields wanted, None for all.
    """

    limit: int = 10
    offset: int = 0
    after: str | None = None
    crs: OfferedCrs = CRS84
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    box_crs: OfferedCrs = CRS84
    span: Span | None = None
    filter: Filter | None = None
    equal: Mapping[str, str] = field(default_factory=dict)
    sort: tuple[tuple[str, bool], ...] = ()
    properties: tuple[str, ...] | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the whole collection is asked for."""
        return bool(self.boxes or self.span or self.filter or self.equal)


def where(collection: Collection, request: FeatureRequest) -> ColumnElement[bool]:
    """The condition of `request`; InvalidInput names the parameter that cannot be used."""
    source = collection.source
    clauses = [collection.visible]
    if request.boxes:
        clauses.append(or_(*(_meets(collection, box_in(box, request.box_crs, source.srid)) for box in request.boxes)))
    if request.span and collection.moment:
        clauses.append(_within(known(collection, collection.moment, "datetime").value, request.span))
    clauses += [_equals(known(collection, name, name), text) for name, text in request.equal.items()]
    if request.filter:
        asked = request.filter
        srid, swapped = asked.crs.srid, asked.crs.swapped
        clauses.append(cql2.compile_filter(asked.text, asked.lang, source, srid, swapped=swapped))
    return and_(true(), *clauses)


def _meets(collection: Collection, box: ColumnElement[Any]) -> ColumnElement[bool]:
    met: ColumnElement[bool] = func.st_intersects(collection.source.geometry, box)
    return met if collection.near is None else and_(collection.near(box), met)


def known(collection: Collection, name: str, parameter: str) -> Field:
    """The field called `name`; InvalidInput at `parameter` where there is none."""
    found = collection.source.field(name)
    if found is None:
        raise InvalidInput(f"{collection.id} has no property {name!r}.", parameter)
    return found


def _within(value: SQLColumnExpression[Any], span: Span) -> ColumnElement[bool]:
    """A feature without a time is in every span (OGC API Features Part 1, 7.15.4)."""
    bounds = [value >= span.begin] if span.begin else []
    bounds += [value <= span.end] if span.end else []
    return or_(value.is_(None), and_(true(), *bounds))


def _equals(one: Field, text: str) -> ColumnElement[bool]:
    value = read_value(one, text)
    if one.kind is Kind.INTEGER:
        value = literal(value, BigInteger)  # what no column holds is found nowhere, instead of being out of its range
    equal: ColumnElement[bool] = literal(value) == any_(one.value) if one.kind is Kind.TEXTS else one.value == value
    return equal


def read_value(one: Field, text: str) -> Any:
    """`text` as a value of the field's kind; InvalidInput names the field."""
    try:
        match one.kind:
            case Kind.INTEGER:
                number = int(text) if text.lstrip("+-").isascii() and text.lstrip("+-").isdigit() else None
                if number is None or abs(number) >= BIGINT:
                    raise ValueError(text)
                return number
            case Kind.NUMBER:
                measure = float(text)
                if not math.isfinite(measure):
                    raise ValueError(text)
                return measure
            case Kind.BOOLEAN:
                return {"true": True, "false": False}[text]
            case Kind.DATE:
                return dt.date.fromisoformat(text)
            case Kind.MOMENT:
                moment = dt.datetime.fromisoformat(text)
                return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
            case _:
                return text
    except (ValueError, KeyError):
        raise InvalidInput(f"{text[:80]!r} is no value of the kind {one.kind}.", one.name) from None
