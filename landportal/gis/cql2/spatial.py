"""The eight spatial operators, answered by PostGIS; those with an index use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func

from landportal.gis.cql2.comparisons import truth
from landportal.gis.cql2.terms import Scope, Term, Type, arguments
from landportal.gis.cql2.tree import Call, Shape

_Sql = ColumnElement[Any]

_SAME_M = 0.001
"""Geometries equal to a literal of another CRS lie this close: coordinates are told with nine decimals of a degree."""

_RELATIONS: Mapping[str, Callable[[_Sql, _Sql], _Sql]] = {
    "s_intersects": func.st_intersects,
    "s_disjoint": func.st_disjoint,
    "s_equals": func.st_equals,
    "s_touches": func.st_touches,
    "s_within": func.st_within,
    "s_overlaps": func.st_overlaps,
    "s_crosses": func.st_crosses,
    "s_contains": func.st_contains,
}


def _related(scope: Scope, call: Call) -> Term:
    op = call.op if call.op in _RELATIONS else f"s_{call.op}"
    left, right = (scope.of(arg, Type.GEOMETRY) for arg in arguments(call, 2))
    moved = scope.srid != scope.source.srid and any(isinstance(side.constant, Shape) for side in (left, right))
    if op == "s_equals" and moved:
        return truth(_same(left.sql, right.sql, scope.source.srid), call)
    return truth(_RELATIONS[op](left.sql, right.sql), call)


def _same(left: _Sql, right: _Sql, srid: int) -> _Sql:
    near = _SAME_M if srid != 4326 else _SAME_M / 111_000
    return and_(
        func.st_dwithin(left, right, near),
        func.st_dimension(left) == func.st_dimension(right),
        func.st_hausdorffdistance(left, right) < near,
    )


OPERATORS: Mapping[str, Callable[[Scope, Call], Term]] = {
    **dict.fromkeys(_RELATIONS, _related),
    **dict.fromkeys((name.removeprefix("s_") for name in _RELATIONS), _related),
}
"""Clients that learned CQL before CQL2 write them without ``S_``."""
