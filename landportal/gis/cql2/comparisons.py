"""AND, OR, NOT and comparisons of texts, numbers, truth values and times, with SQL's third truth value: unknown.

Columns stay as they are, so that their indexes serve; only what has no common type is cast.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_

from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.terms import NUMBERS, TIMES, Scope, Term, Type, arguments, as_moment, as_time, exact
from landportal.gis.cql2.tree import Call, Listed, Literal, Node

_COMPARABLE = (Type.TEXT, Type.INTEGER, Type.NUMBER, Type.BOOLEAN, Type.DATE, Type.MOMENT)
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
    return truth(scope.term(arg).sql.is_(None), call)


def _compared(scope: Scope, call: Call) -> Term:
    left, right = _paired(*(_comparable(scope, arg) for arg in arguments(call, 2)))
    return truth(_COMPARE[call.op](left, right), call)


def _between(scope: Scope, call: Call) -> Term:
    value, low, high = (_comparable(scope, arg) for arg in arguments(call, 3))
    from_low, to_high = _paired(value, low), _paired(value, high)
    return truth(and_(from_low[0] >= from_low[1], to_high[0] <= to_high[1]), call)


def _in(scope: Scope, call: Call) -> Term:
    value, listed = arguments(call, 2)
    if not isinstance(listed, Listed) or not listed.items:
        raise BadFilter("IN takes a list of at least one value.", listed.where)
    left = _comparable(scope, value)
    pairs = [_paired(left, _comparable(scope, item)) for item in listed.items]
    first = pairs[0][0]
    if all(pair[0] is first for pair in pairs):
        return truth(first.in_([pair[1] for pair in pairs]), call)
    return truth(or_(*(pair[0] == pair[1] for pair in pairs)), call)


def _comparable(scope: Scope, node: Node) -> Term:
    return scope.of(node, *_COMPARABLE)


def _paired(left: Term, right: Term) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Both as SQL that can be compared; BadFilter where their types cannot."""
    if right.type in TIMES:
        left = as_time(left)
    if left.type in TIMES:
        right = as_time(right)
    types = {left.type, right.type}
    if types <= NUMBERS:
        computed = left.digits or right.digits
        return (exact(left), exact(right)) if computed else (left.sql, right.sql)
    if len(types) == 1:
        return left.sql, right.sql
    if types == TIMES:
        return as_moment(left), as_moment(right)
    raise BadFilter(f"{left.type.capitalize()} cannot be compared with {right.type}.", right.where)


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
