"""The rows of an export: the search's own condition, the land of the scope, and the numbers picked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import Session

from landportal.errors import NotAllowed
from landportal.model import DataSet, Parcel
from landportal.services.collections.parcel_fields import joined
from landportal.services.exports.request import NUMBERS_MAX, ExportRefused, ExportRequest, Refusal, Scope
from landportal.services.permissions import Action, Actor, require
from landportal.services.search import SearchCriteria
from landportal.services.search.find import ordering
from landportal.services.search.preparing import prepared
from landportal.services.search.where import conditions, land_of


@dataclass(frozen=True)
class Chosen:
    """How many parcels an export has, out of which data sets, each with its part of them, and how many of them have no
    cadastral identifier.
    """

    count: int
    data_sets: tuple[tuple[DataSet | None, int], ...]
    without_identifier: int


def choose(session: Session, actor: Actor | None, request: ExportRequest) -> Chosen:
    """What `request` comes to. ExportRefused for numbers it does not find, and for more rows than the format holds.

    NotAllowed for the land of an actor who may not export.
    """
    if request.scope is Scope.MINE:
        if actor is None:
            raise NotAllowed(Action.EXPORT)
        require(actor, Action.EXPORT)
    _refuse_unknown(session, actor, request)
    found = _counted(session, condition(actor, request))
    most = request.format.rows_max
    if most is not None and found.count > most:
        name = request.format.name_en
        raise ExportRefused(Refusal.TOO_MANY_ROWS, "format", format=name, most=most, count=found.count)
    return found


def condition(actor: Actor | None, request: ExportRequest) -> ColumnElement[bool]:
    """The WHERE of `request`: one with that of the list, the map and the tiles."""
    found = and_(_land(actor, request), *conditions(request.criteria).values())
    return and_(found, Parcel.number.in_(request.numbers)) if request.numbers else found


def ready(session: Session, actor: Actor | None, request: ExportRequest) -> ExportRequest:
    """`request` after the exact test of whether a hall fits, where it asks for one."""
    return replace(request, criteria=prepared(session, request.criteria, _land(actor, request)))


def _land(actor: Actor | None, request: ExportRequest) -> ColumnElement[bool]:
    match request.scope:
        case Scope.PUBLIC:
            return land_of(None)
        case Scope.MINE if actor is not None:
            return land_of(actor)
        case Scope.ALL:
            return true()
        case _:
            raise NotAllowed(Action.EXPORT)


def selected(actor: Actor | None, request: ExportRequest, *columns: Any, lateral: Any = None) -> Select[Any]:
    """`columns` of the chosen parcels, in the order asked for, else in that of the store, which costs nothing.

    Either way the same state gives the same file.
    """
    statement = joined(select(*columns).select_from(Parcel))
    if lateral is not None:
        statement = statement.join(lateral, true())
    criteria = request.criteria
    by_request = (criteria.sort, criteria.reverse) != (SearchCriteria().sort, SearchCriteria().reverse)
    return statement.where(condition(actor, request)).order_by(*(ordering(criteria) if by_request else (Parcel.id,)))


def _counted(session: Session, chosen: ColumnElement[bool]) -> Chosen:
    bare = func.count().filter(func.cardinality(Parcel.cadastral_ids) == 0).label("bare")
    grouped = select(Parcel.data_set_id, func.count().label("n"), bare).where(chosen).group_by(Parcel.data_set_id)
    counted = grouped.subquery()
    named = select(DataSet, counted.c.n, counted.c.bare).select_from(counted)
    named = named.outerjoin(DataSet, DataSet.id == counted.c.data_set_id).order_by(DataSet.id)
    rows = session.execute(named).all()
    return Chosen(sum(row.n for row in rows), tuple((row[0], row.n) for row in rows), sum(row.bare for row in rows))


def _refuse_unknown(session: Session, actor: Actor | None, request: ExportRequest) -> None:
    if len(request.numbers) > NUMBERS_MAX:
        raise ExportRefused(Refusal.TOO_MANY_NUMBERS, "number", most=NUMBERS_MAX)
    if request.numbers:
        found = set(session.scalars(select(Parcel.number).where(condition(actor, request))))
        for number in request.numbers:
            if number not in found:
                raise ExportRefused(Refusal.UNKNOWN_NUMBER, "number", given=number[:40])
