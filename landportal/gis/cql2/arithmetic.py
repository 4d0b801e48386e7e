"""Arithmetic, in PostgreSQL's numeric: exact for what people write, and without overflow at lengths known beforehand.

What has no result is unknown, never an error: a division by zero, a power of zero with a negative exponent, a broken
power of a negative number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from sqlalchemy import ColumnElement, Double, Numeric, cast, func, literal

from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.terms import Scope, Term, Type, arguments, exact
from landportal.gis.cql2.tree import Call

_Sql = ColumnElement[Decimal]
_Digits = tuple[int, int]

DIGITS_MAX = 5_000
"""Longer numbers would take milliseconds a row."""

WHOLE_DIGITS = (19, 0)
DOUBLE_DIGITS = (309, 340)
_DIVIDED = 1_000
"""PostgreSQL divides to at most as many digits behind the point."""

_EXPONENT_MAX = 691
"""e to this power is still a double."""


def number(sql: _Sql, digits: _Digits, call: Call) -> Term:
    """A computed number; BadFilter if it may become too long."""
    if sum(digits) > DIGITS_MAX:
        raise BadFilter(f"This may become a number of more than {DIGITS_MAX} digits.", call.where)
    return Term(Type.NUMBER, sql, call.where, digits=digits)


def operand(scope: Scope, call: Call, place: int) -> tuple[_Sql, _Digits]:
    """An argument that is a number, as numeric, and its digits."""
    found = scope.of(call.args[place], Type.INTEGER, Type.NUMBER)
    return exact(found), digits_of(found)


def digits_of(term: Term) -> _Digits:
    """How long a number can be before and after the point."""
    if term.digits:
        return term.digits
    if term.constant is not None:
        _, digits, exponent = Decimal(str(term.constant)).as_tuple()
        places = int(exponent)
        return max(len(digits) + places, 1), max(-places, 0)
    return WHOLE_DIGITS if term.type is Type.INTEGER else DOUBLE_DIGITS


def _plus(scope: Scope, call: Call) -> Term:
    (left, of_left), (right, of_right) = _two(scope, call)
    return number(left + right, _sum_digits(of_left, of_right), call)


def _minus(scope: Scope, call: Call) -> Term:
    (left, of_left), (right, of_right) = _two(scope, call)
    return number(left - right, _sum_digits(of_left, of_right), call)


def _times(scope: Scope, call: Call) -> Term:
    (left, of_left), (right, of_right) = _two(scope, call)
    return number(left * right, (of_left[0] + of_right[0], of_left[1] + of_right[1]), call)


def _divided(scope: Scope, call: Call) -> Term:
    (left, of_left), (right, of_right) = _two(scope, call)
    return number(left / func.nullif(right, 0), (of_left[0] + of_right[1], _DIVIDED), call)


def _whole(scope: Scope, call: Call) -> Term:
    """Division without rest; towards zero, as in SQL."""
    (left, of_left), (right, of_right) = _two(scope, call)
    return number(func.div(left, func.nullif(right, 0)), (of_left[0] + of_right[1], 0), call)


def _rest(scope: Scope, call: Call) -> Term:
    """What `div` leaves; its sign is that of the left side, as in SQL."""
    (left, of_left), (right, of_right) = _two(scope, call)
    return number(func.mod(left, func.nullif(right, 0)), (of_left[0], max(of_left[1], of_right[1])), call)


def _power(scope: Scope, call: Call) -> Term:
    base, exponent = (scope.of(arg, Type.INTEGER, Type.NUMBER) for arg in arguments(call, 2))
    whole = exponent.constant
    if isinstance(whole, (int, float)) and whole == int(whole):
        return _whole_power(base, int(whole), call)
    return number(_broken_power(exact(base), exact(exponent)), DOUBLE_DIGITS, call)


def _whole_power(base: Term, exponent: int, call: Call) -> Term:
    before, after = (min(digits * abs(exponent), 10 * DIGITS_MAX) for digits in digits_of(base))
    power = func.power(exact(base), literal(Decimal(abs(exponent)), Numeric()), type_=Numeric())
    raised = number(power, (before + 1, after), call)
    if exponent >= 0:
        return raised
    return number(literal(Decimal(1), Numeric()) / func.nullif(raised.sql, 0), (after + 1, _DIVIDED), call)


def _broken_power(base: _Sql, exponent: _Sql) -> _Sql:
    """e to (exponent × ln base), for what is above zero and fits a double; unknown otherwise."""
    positive = func.nullif(func.greatest(base, 0), 0)
    power = exponent * func.ln(positive, type_=Numeric())
    not_small = func.nullif(func.greatest(power, -_EXPONENT_MAX), -_EXPONENT_MAX)
    fitting = func.nullif(func.least(not_small, _EXPONENT_MAX), _EXPONENT_MAX)
    raised = func.exp(cast(func.round(fitting, 15), Double()))
    return cast(raised, Numeric())


def _two(scope: Scope, call: Call) -> tuple[tuple[_Sql, _Digits], tuple[_Sql, _Digits]]:
    arguments(call, 2)
    return operand(scope, call, 0), operand(scope, call, 1)


def _sum_digits(left: _Digits, right: _Digits) -> _Digits:
    return max(left[0], right[0]) + 1, max(left[1], right[1])


OPERATORS: Mapping[str, Callable[[Scope, Call], Term]] = {
    "+": _plus, "-": _minus, "*": _times, "/": _divided, "div": _whole, "%": _rest, "^": _power,
}  # fmt: skip
