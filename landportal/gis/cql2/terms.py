"""Terms: parts of a filter as SQL, each with its type. Types meet as the table of each operator says, or are refused.

`Scope` is what a filter is compiled in: it looks properties up, binds literals and hands calls to the operator of that
name. The operators themselves live in the modules beside.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, DateTime, Double, Numeric, Text, cast, func, literal

from landportal.gis.cql2 import locating, values
from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.tree import Box, Call, Instant, Interval, Listed, Literal, Node, Open, Property, Shape
from landportal.gis.fields import FilterSource, Kind


class Type(StrEnum):
    """Types of terms, by the words that messages use."""

    TEXT = "a text"
    INTEGER = "a whole number"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    DATE = "a date"
    MOMENT = "a moment"
    LIST = "a list of texts"
    GEOMETRY = "a geometry"


NUMBERS = frozenset({Type.INTEGER, Type.NUMBER})
TIMES = frozenset({Type.DATE, Type.MOMENT})

_TYPE_OF = {
    Kind.TEXT: Type.TEXT, Kind.INTEGER: Type.INTEGER, Kind.NUMBER: Type.NUMBER, Kind.BOOLEAN: Type.BOOLEAN,
    Kind.DATE: Type.DATE, Kind.MOMENT: Type.MOMENT, Kind.TEXTS: Type.LIST,
}  # fmt: skip
_BIGINT = 2**63


@dataclass(frozen=True, eq=False)
class Term:
    """A part of a filter. `constant` is the value where it was written as a literal.

    `digits`: how many digits a number has at most before and after the point, where it was computed; `sql` is then of
    PostgreSQL's type numeric, which knows no overflow at these lengths.
    """

    type: Type
    sql: ColumnElement[Any]
    where: str
    constant: Any = None
    digits: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Scope:
    """What a filter is compiled in. `srid` and `swapped` say how its coordinates were written."""

    source: FilterSource
    srid: int
    swapped: bool
    operators: Mapping[str, Callable[[Scope, Call], Term]]

    def term(self, node: Node) -> Term:
        """`node` as SQL; BadFilter where it makes no sense."""
        match node:
            case Literal(value=value, where=where):
                return constant(value, where)
            case Instant(value=value, where=where):
                return constant(value, where)
            case Property():
                return self._property(node)
            case Shape() | Box():
                shape = locating.oriented(node, self.srid, self.swapped)
                return Term(Type.GEOMETRY, locating.located(shape, self.srid, self.source.srid), node.where, shape)
            case Call():
                return self._operator(node)(self, node)
            case Listed() | Interval() | Open():
                raise BadFilter(f"{type(node).__name__} values have no meaning here.", node.where)

    def of(self, node: Node, *types: Type) -> Term:
        """`node` as SQL, if it is of one of `types`."""
        named = types == (Type.GEOMETRY,) and isinstance(node, Property) and node.name in self.source.geometry_names
        found = self._stored_geometry(node) if named else self.term(node)
        if found.type not in types:
            raise BadFilter(f"This is {found.type}; {_either(types)} was expected.", node.where)
        return found

    def _stored_geometry(self, node: Node) -> Term:
        """Where a geometry is meant, its names come before properties that happen to be called the same."""
        return Term(Type.GEOMETRY, self.source.geometry, node.where)  # type: ignore[arg-type]

    def _property(self, node: Property) -> Term:
        found = self.source.field(node.name)
        if found is not None:
            return Term(_TYPE_OF[found.kind], found.value, node.where)  # type: ignore[arg-type]
        if node.name in self.source.geometry_names:
            return self._stored_geometry(node)
        names = [one.name for one in self.source.fields]
        raise BadFilter(f"There is no property {node.name[:60]!r}.{_nearest(node.name, names)}", node.where)

    def _operator(self, node: Call) -> Callable[[Scope, Call], Term]:
        found = self.operators.get(node.op)
        if found is None:
            raise BadFilter(f"There is no function {node.op[:60]!r}.{_nearest(node.op, self.operators)}", node.where)
        return found


def arguments(call: Call, count: int) -> tuple[Node, ...]:
    """The arguments of `call`, if there are `count`."""
    if len(call.args) != count:
        raise BadFilter(f"{call.op!r} takes {count} arguments, not {len(call.args)}.", call.where)
    return call.args


def constant(value: Any, where: str) -> Term:
    """A literal, bound."""
    match value:
        case bool():
            return Term(Type.BOOLEAN, literal(value, Boolean()), where, value)
        case int():
            return Term(Type.INTEGER, _whole(value), where, value)
        case float():
            return Term(Type.NUMBER, literal(value, Double()), where, value)
        case dt.datetime():
            return Term(Type.MOMENT, literal(value, DateTime(timezone=True)), where, value)
        case dt.date():
            return Term(Type.DATE, literal(value, Date()), where, value)
        case _:
            return Term(Type.TEXT, literal(value, Text()), where, value)


def _whole(value: int) -> ColumnElement[Any]:
    return literal(value, BigInteger()) if -_BIGINT <= value < _BIGINT else literal(Decimal(value), Numeric())


def exact(term: Term) -> ColumnElement[Any]:
    """A number as numeric."""
    if term.digits:
        return term.sql
    if term.constant is not None:
        return literal(Decimal(str(term.constant)), Numeric())
    return cast(term.sql, Numeric())


def as_moment(term: Term) -> ColumnElement[Any]:
    """A moment as it is, a day as its beginning in UTC."""
    if term.type is Type.MOMENT:
        return term.sql
    if term.constant is not None:
        return constant(dt.datetime.combine(term.constant, dt.time.min, dt.UTC), term.where).sql
    return func.timezone("UTC", cast(term.sql, DateTime()), type_=DateTime(timezone=True))


def as_time(term: Term) -> Term:
    """A text literal as the day or moment it writes, as clients send it where a date is meant."""
    if term.type is Type.TEXT and isinstance(term.constant, str):
        return constant(values.instant(term.constant, term.where).value, term.where)
    return term


def _either(types: tuple[Type, ...]) -> str:
    return " or ".join(filter(None, (", ".join(types[:-1]), types[-1])))


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name[:60], list(known), 1)
    return f" Did you mean {near[0]!r}?" if near else ""
