"""The fifteen temporal operators, on days, moments and intervals of them.

Every operand becomes an interval, both ends included: an instant is one that ends where it begins. Days are compared
with days; where a moment takes part, a day begins at midnight UTC and ends a microsecond before the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, and_, cast, literal, literal_column, or_
from sqlalchemy import Interval as SqlInterval

from landportal.gis.cql2.comparisons import truth
from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.terms import TIMES, Scope, Term, Type, arguments, as_moment, as_time, constant
from landportal.gis.cql2.tree import Call, Interval, Node, Open

_END_OF_DAY = dt.timedelta(days=1, microseconds=-1)

_Sql = ColumnElement[Any]


@dataclass(frozen=True, eq=False)
class _Sides:
    """Begin and end, None where the interval is open."""

    begin: Term | None
    end: Term | None

    @property
    def of_moments(self) -> bool:
        return any(side.type is Type.MOMENT for side in (self.begin, self.end) if side)


@dataclass(frozen=True, eq=False)
class _Span:
    """Begin and end as SQL, of the same type as those of the other operand."""

    begin: _Sql
    end: _Sql


_RELATIONS: Mapping[str, Callable[[_Span, _Span], _Sql]] = {
    "t_after": lambda a, b: a.begin > b.end,
    "t_before": lambda a, b: a.end < b.begin,
    "t_contains": lambda a, b: and_(a.begin < b.begin, a.end > b.end),
    "t_disjoint": lambda a, b: or_(a.end < b.begin, a.begin > b.end),
    "t_during": lambda a, b: and_(a.begin > b.begin, a.end < b.end),
    "t_equals": lambda a, b: and_(a.begin == b.begin, a.end == b.end),
    "t_finishedby": lambda a, b: and_(a.begin < b.begin, a.end == b.end),
    "t_finishes": lambda a, b: and_(a.begin > b.begin, a.end == b.end),
    "t_intersects": lambda a, b: and_(a.begin <= b.end, a.end >= b.begin),
    "t_meets": lambda a, b: a.end == b.begin,
    "t_metby": lambda a, b: a.begin == b.end,
    "t_overlappedby": lambda a, b: and_(a.begin > b.begin, a.begin < b.end, a.end > b.end),
    "t_overlaps": lambda a, b: and_(a.begin < b.begin, a.end > b.begin, a.end < b.end),
    "t_startedby": lambda a, b: and_(a.begin == b.begin, a.end > b.end),
    "t_starts": lambda a, b: and_(a.begin == b.begin, a.end < b.end),
}


def _related(scope: Scope, call: Call) -> Term:
    left, right = (_sides(scope, arg) for arg in arguments(call, 2))
    moments = left.of_moments or right.of_moments
    return truth(_RELATIONS[call.op](_span(left, moments), _span(right, moments)), call)


def _sides(scope: Scope, node: Node) -> _Sides:
    if not isinstance(node, Interval):
        instant = _time(scope, node)
        return _Sides(instant, instant)
    begin, end = (None if isinstance(side, Open) else _time(scope, side) for side in (node.begin, node.end))
    if begin and end and _after(begin.constant, end.constant):
        raise BadFilter("The interval ends before it begins.", node.where)
    return _Sides(begin, end)


def _time(scope: Scope, node: Node) -> Term:
    found = as_time(scope.of(node, Type.DATE, Type.MOMENT, Type.TEXT))
    if found.type not in TIMES:
        raise BadFilter(f"This is {found.type}; a date or a moment was expected.", node.where)
    return found


def _after(begin: dt.date | None, end: dt.date | None) -> bool:
    if begin is None or end is None:
        return False
    return _moment(begin, dt.time.min) > _moment(end, dt.time.max)


def _moment(value: dt.date, time: dt.time) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, time, dt.UTC)


def _span(sides: _Sides, moments: bool) -> _Span:
    kind = DateTime(timezone=True) if moments else Date()
    begin = _begin(sides.begin, moments) if sides.begin else cast(literal_column("'-infinity'"), kind)
    end = _end(sides.end, moments) if sides.end else cast(literal_column("'infinity'"), kind)
    return _Span(begin, end)


def _begin(term: Term, moments: bool) -> _Sql:
    return as_moment(term) if moments else term.sql


def _end(term: Term, moments: bool) -> _Sql:
    if not moments or term.type is Type.MOMENT:
        return term.sql
    if term.constant is not None:
        return constant(_moment(term.constant, dt.time.max), term.where).sql
    return as_moment(term) + literal(_END_OF_DAY, SqlInterval())


OPERATORS: Mapping[str, Callable[[Scope, Call], Term]] = dict.fromkeys(_RELATIONS, _related)
