"""The functions filters may call beside the operators of the standard: one table compiles and describes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, Integer, cast, func

from landportal.gis.cql2 import locating
from landportal.gis.cql2.arithmetic import digits_of
from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.terms import Scope, Term, Type, exact
from landportal.gis.cql2.tree import Call, Shape

_Sql = ColumnElement[Any]

TEXT = (Type.TEXT,)
NUMBER = (Type.INTEGER, Type.NUMBER)
TIME = (Type.DATE, Type.MOMENT)
GEOMETRY = (Type.GEOMETRY,)


@dataclass(frozen=True)
class Argument:
    """What a function takes at one place."""

    title: str
    types: tuple[Type, ...]


@dataclass(frozen=True)
class Function:
    """A function with what it takes and gives; `build` makes its SQL from the arguments, checked already."""

    name: str
    description: str
    arguments: tuple[Argument, ...]
    returns: Type
    build: Callable[[Scope, list[Term]], Term]


def _compile(scope: Scope, call: Call) -> Term:
    function = _BY_NAME[call.op]
    expected = len(function.arguments)
    if len(call.args) != expected:
        raise BadFilter(f"{function.name!r} takes {expected} arguments, not {len(call.args)}.", call.where)
    terms = [scope.of(arg, *told.types) for arg, told in zip(call.args, function.arguments, strict=True)]
    made = function.build(scope, terms)
    return Term(made.type, made.sql, call.where, digits=made.digits)


def _text(build: Callable[..., _Sql]) -> Callable[[Scope, list[Term]], Term]:
    return lambda _, terms: Term(Type.TEXT, build(*(term.sql for term in terms)), "")


def _number(build: Callable[[_Sql], _Sql]) -> Callable[[Scope, list[Term]], Term]:
    """A function of one number, computed exactly; the result has a digit more at most."""

    def built(_: Scope, terms: list[Term]) -> Term:
        before, after = digits_of(terms[0])
        return Term(Type.NUMBER, build(exact(terms[0])), "", digits=(before + 1, after))

    return built


def _length(_: Scope, terms: list[Term]) -> Term:
    return Term(Type.INTEGER, func.char_length(terms[0].sql, type_=Integer()), "")


def _part(part: str) -> Callable[[Scope, list[Term]], Term]:
    """Year or month of a day, or of a moment in UTC."""

    def built(_: Scope, terms: list[Term]) -> Term:
        time = func.timezone("UTC", terms[0].sql) if terms[0].type is Type.MOMENT else terms[0].sql
        return Term(Type.INTEGER, cast(func.date_part(part, time), Integer()), "")

    return built


def _now(_: Scope, __: list[Term]) -> Term:
    return Term(Type.MOMENT, func.now(type_=DateTime(timezone=True)), "")


def _today(_: Scope, __: list[Term]) -> Term:
    return Term(Type.DATE, cast(func.timezone("UTC", func.now()), Date()), "")


# ------------------------------------------------------------------------------------------------------------ geometry


def _area(scope: Scope, terms: list[Term]) -> Term:
    return _measured(func.st_area(_measurable(scope, terms[0])))


def _length_m(scope: Scope, terms: list[Term]) -> Term:
    shape = _measurable(scope, terms[0])
    return _measured(func.st_length(shape) + func.st_perimeter(shape))


def _distance(scope: Scope, terms: list[Term]) -> Term:
    return _measured(func.st_distance(*(_measurable(scope, term) for term in terms)))


def _near(scope: Scope, terms: list[Term]) -> Term:
    metres = terms[2].constant
    if not isinstance(metres, (int, float)) or not 0 <= metres <= 1e7:
        raise BadFilter("The distance is a number of metres from 0 to 10000000.", terms[2].where)
    first, second = (_measurable(scope, term) for term in terms[:2])
    return Term(Type.BOOLEAN, func.st_dwithin(first, second, float(metres)), "")


def _geometry_type(_: Scope, terms: list[Term]) -> Term:
    return Term(Type.TEXT, func.replace(func.st_geometrytype(terms[0].sql), "ST_", ""), "")


def _measured(sql: _Sql) -> Term:
    return Term(Type.NUMBER, sql, "")


def _measurable(scope: Scope, term: Term) -> _Sql:
    """Metres of the official grid, or on the ellipsoid for what is stored in degrees."""
    literal = term.constant
    if isinstance(literal, Shape) and not locating.within_reach(literal, scope.srid, scope.source.srid):
        raise BadFilter("This lies too far away to measure.", term.where)
    return func.geography(term.sql) if scope.source.srid == 4326 else term.sql


FUNCTIONS: tuple[Function, ...] = (
    Function("lower", "The text in small letters.", (Argument("text", TEXT),), Type.TEXT, _text(func.lower)),
    Function("upper", "The text in capital letters.", (Argument("text", TEXT),), Type.TEXT, _text(func.upper)),
    Function("trim", "The text without spaces at both ends.", (Argument("text", TEXT),), Type.TEXT, _text(func.btrim)),
    Function(
        "concat", "Two texts in a row; unknown if one of them is.",
        (Argument("first", TEXT), Argument("second", TEXT)), Type.TEXT, _text(lambda one, other: one.concat(other)),
    ),
    Function("char_length", "How many characters the text has.", (Argument("text", TEXT),), Type.INTEGER, _length),
    Function("abs", "The number without its sign.", (Argument("number", NUMBER),), Type.NUMBER, _number(func.abs)),
    Function(
        "floor", "The greatest whole number that is not above.", (Argument("number", NUMBER),), Type.NUMBER,
        _number(func.floor),
    ),
    Function(
        "ceil", "The smallest whole number that is not below.", (Argument("number", NUMBER),), Type.NUMBER,
        _number(func.ceil),
    ),
    Function(
        "round", "The nearest whole number, halves away from zero.", (Argument("number", NUMBER),), Type.NUMBER,
        _number(func.round),
    ),
    Function("year", "The year of a date, or of a moment in UTC.", (Argument("time", TIME),), Type.INTEGER,
             _part("year")),
    Function("month", "The month, 1 to 12.", (Argument("time", TIME),), Type.INTEGER, _part("month")),
    Function("now", "This moment.", (), Type.MOMENT, _now),
    Function("today", "This day, in UTC.", (), Type.DATE, _today),
    Function("area_m2", "Area in square metres, 0 for points and lines.", (Argument("geometry", GEOMETRY),),
             Type.NUMBER, _area),
    Function("length_m", "Length of lines and of the borders of areas, in metres.",
             (Argument("geometry", GEOMETRY),), Type.NUMBER, _length_m),
    Function("distance_m", "Shortest distance between two geometries, in metres.",
             (Argument("first", GEOMETRY), Argument("second", GEOMETRY)), Type.NUMBER, _distance),
    Function("s_dwithin", "Whether two geometries are at most so many metres apart; quicker than comparing distance_m.",
             (Argument("first", GEOMETRY), Argument("second", GEOMETRY), Argument("metres", NUMBER)),
             Type.BOOLEAN, _near),
    Function("geometry_type", "Kind of the geometry as GeoJSON calls it, such as MultiPolygon.",
             (Argument("geometry", GEOMETRY),), Type.TEXT, _geometry_type),
)  # fmt: skip
_BY_NAME = {function.name: function for function in FUNCTIONS}

OPERATORS: Mapping[str, Callable[[Scope, Call], Term]] = dict.fromkeys(_BY_NAME, _compile)
