"""AND, OR, NOT and comparisons of texts, numbers, truth values and times, with SQL's third truth value: unknown.

Columns stay as they are, so that their indexes serve; only what has no common type is cast.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, func, not_, or_
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import Grouping

from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.terms import NUMBERS, TIMES, Scope, Term, Type, arguments, as_moment, as_time, exact
from landportal.gis.cql2.tree import Call, Listed, Literal, Node

_ORDERED = (Type.TEXT, Type.INTEGER, Type.NUMBER, Type.DATE, Type.MOMENT)
"""What BETWEEN takes: no truth values, for PostgreSQL doubles its first one, and these can stand inside each other."""

_COMPARABLE = (*_ORDERED, Type.BOOLEAN)
_WIDE_WILDCARDS = "％﹪＿﹍﹎﹏＼﹨"
"""Without accents these become %, _ and \\, which a pattern would take for its own."""

_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip


def truth(sql: Any, call: Call) -> Term:
    """The outcome of an operator that is true, false or unknown."""
    return Term(Type.BOOLEAN, sql, call.where)


def _all(scope: Scope, call: Call) -> Term:
    return truth(and_(*_booleans(scope, call)), call)


def _any(scope: Scope, call: Call) -> Term:
    return truth(or_(*_booleans(scope, call)), call)


def _booleans(scope: Scope, call: Call) -> list[ColumnElement[Any]]:
    if len(call.args) < 2:
        raise BadFilter(f"{call.op!r} takes two arguments or more.", call.where)
    return [scope.of(arg, Type.BOOLEAN).sql for arg in call.args]


def _not(scope: Scope, call: Call) -> Term:
    (arg,) = arguments(call, 1)
    return truth(not_(scope.of(arg, Type.BOOLEAN).sql), call)


def _is_null(scope: Scope, call: Call) -> Term:
    (arg,) = arguments(call, 1)
    return truth(Grouping(scope.term(arg).sql).is_(None), call)


def _compared(scope: Scope, call: Call) -> Term:
    left, right = _alike(*(_comparable(scope, arg) for arg in arguments(call, 2)))
    return truth(_COMPARE[call.op](left, right), call)


def _between(scope: Scope, call: Call) -> Term:
    value, low, high = _alike(*(scope.of(arg, *_ORDERED) for arg in arguments(call, 3)))
    return truth(value.between(low, high), call)


def _in(scope: Scope, call: Call) -> Term:
    value, listed = arguments(call, 2)
    if not isinstance(listed, Listed) or not listed.items:
        raise BadFilter("IN takes a list of at least one value.", listed.where)
    terms = [_comparable(scope, item) for item in listed.items]
    first, *others = _alike(_comparable(scope, value), *terms)
    if all(term.constant is not None for term in terms):
        return truth(first.in_(others), call)
    # PostgreSQL repeats what stands before IN for every column in the list; before ANY it stands once.
    return truth(first == any_(array(others)), call)


def _comparable(scope: Scope, node: Node) -> Term:
    return scope.of(node, *_COMPARABLE)


def _alike(*terms: Term) -> list[ColumnElement[Any]]:
    """All as SQL of types that can be compared; BadFilter where they cannot.

    Each is used once: were one of them written twice, a filter of fifty levels would have no end.
    """
    if any(term.type in TIMES for term in terms):
        terms = tuple(as_time(term) for term in terms)
    types = {term.type for term in terms}
    if types <= NUMBERS:
        return [exact(term) if any(one.digits for one in terms) else term.sql for term in terms]
    if types == {Type.BOOLEAN}:
        return [Grouping(term.sql) for term in terms]
    if len(types) == 1:
        return [term.sql for term in terms]
    if types == TIMES:
        return [as_moment(term) for term in terms]
    other = next(term for term in terms if term.type != terms[0].type and not {term.type, terms[0].type} <= NUMBERS)
    raise BadFilter(f"{terms[0].type.capitalize()} cannot be compared with {other.type}.", other.where)


# ------------------------------------------------------------------------------------------------------------ patterns


def _like(scope: Scope, call: Call) -> Term:
    value, pattern = arguments(call, 2)
    _check_pattern(pattern)
    return truth(scope.of(value, Type.TEXT).sql.like(scope.of(pattern, Type.TEXT).sql), call)


def _check_pattern(node: Node, accents: bool = True) -> None:
    """A pattern is a literal, in CASEI or ACCENTI or both; a backslash in it stands before something."""
    if isinstance(node, Call) and node.op in {"casei", "accenti"} and len(node.args) == 1:
        return _check_pattern(node.args[0], accents and node.op == "casei")
    if not isinstance(node, Literal) or not isinstance(node.value, str):
        raise BadFilter("Behind LIKE stands a pattern in single quotes.", node.where)
    ending = len(node.value) - len(node.value.rstrip("\\"))
    if ending % 2:
        raise BadFilter("The pattern ends with a backslash that stands before nothing.", node.where)
    if not accents and set(node.value) & set(_WIDE_WILDCARDS):
        raise BadFilter("This pattern has characters that ACCENTI would make wildcards.", node.where)
    return None


def _casei(scope: Scope, call: Call) -> Term:
    (arg,) = arguments(call, 1)
    return Term(Type.TEXT, func.lower(scope.of(arg, Type.TEXT).sql), call.where)


def _accenti(scope: Scope, call: Call) -> Term:
    (arg,) = arguments(call, 1)
    return Term(Type.TEXT, func.public.unaccent(scope.of(arg, Type.TEXT).sql), call.where)


OPERATORS: Mapping[str, Callable[[Scope, Call], Term]] = {
    "and": _all, "or": _any, "not": _not, "isnull": _is_null, "between": _between, "in": _in, "like": _like,
    "casei": _casei, "accenti": _accenti, **dict.fromkeys(_COMPARE, _compared),
}  # fmt: skip
