"""The four array operators. Arrays are equal if they hold the same in the same order; the others ask for sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, cast
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.types import Boolean, Date, DateTime, Numeric, String, Text, TypeEngine

from landportal.gis.cql2.comparisons import truth
from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.terms import NUMBERS, TIMES, Scope, Term, Type, arguments, as_moment, exact
from landportal.gis.cql2.tree import Call, Listed, Node

_Sql = ColumnElement[Any]

_RELATIONS: Mapping[str, Callable[[_Sql, _Sql], _Sql]] = {
    "a_equals": lambda a, b: a == b,
    "a_contains": lambda a, b: a.op("@>", is_comparison=True)(b),
    "a_containedby": lambda a, b: a.op("<@", is_comparison=True)(b),
    "a_overlaps": lambda a, b: a.op("&&", is_comparison=True)(b),
}


@dataclass(frozen=True, eq=False)
class _Array:
    """A column, or the values of a list; `element` is the type of what is in it, None for an empty list."""

    element: TypeEngine[Any] | None
    column: _Sql | None = None
    values: tuple[_Sql, ...] = ()


def _related(scope: Scope, call: Call) -> Term:
    left, right = (_array(scope, arg) for arg in arguments(call, 2))
    element = _common(call, left, right)
    return truth(_RELATIONS[call.op](_as(left, element), _as(right, element)), call)


def _array(scope: Scope, node: Node) -> _Array:
    if isinstance(node, Listed):
        return _listed([scope.term(item) for item in node.items], node)
    column = scope.of(node, Type.LIST).sql
    # PostgreSQL compares arrays of one type only, and columns of codes are varchar.
    return _Array(Text() if isinstance(getattr(column.type, "item_type", None), Text) else String(), column)


def _listed(terms: list[Term], node: Node) -> _Array:
    types = {term.type for term in terms}
    if not types:
        return _Array(None)
    if types <= NUMBERS:
        return _Array(Numeric(), values=tuple(exact(term) for term in terms))
    if types == {Type.DATE}:
        return _Array(Date(), values=tuple(term.sql for term in terms))
    if types <= TIMES:
        return _Array(DateTime(timezone=True), values=tuple(as_moment(term) for term in terms))
    if types == {Type.TEXT}:
        return _Array(Text(), values=tuple(term.sql for term in terms))
    if types == {Type.BOOLEAN}:
        return _Array(Boolean(), values=tuple(term.sql for term in terms))
    raise BadFilter("A list holds texts, numbers, truth values or times, all of one kind.", node.where)


def _common(call: Call, left: _Array, right: _Array) -> TypeEngine[Any]:
    """The type both sides get: that of a column, so that its index serves."""
    known = [side.element for side in (left, right) if side.element is not None]
    if len({element._type_affinity for element in known}) > 1:
        raise BadFilter("The two lists hold values of different kinds.", call.where)
    columns = [side.element for side in (left, right) if side.column is not None and side.element is not None]
    return next(iter((*columns, *known)), Text())


def _as(side: _Array, element: TypeEngine[Any]) -> _Sql:
    if side.column is None:
        return cast(array(side.values), ARRAY(element))
    return side.column if type(side.element) is type(element) else cast(side.column, ARRAY(element))


OPERATORS: Mapping[str, Callable[[Scope, Call], Term]] = dict.fromkeys(_RELATIONS, _related)
