"""The same judgement in the database: an order over any WHERE, and the facts of the parcels that lead it.

The order needs the middle of the interval alone, so an unknown fact simply earns half of the points there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Label, Select, SQLColumnExpression, false, func, literal, or_, select
from sqlalchemy.orm import Session

from landportal.model import Parcel
from landportal.services.scoring.criteria import CRITERIA, Criterion
from landportal.services.scoring.evaluate import Facts
from landportal.services.scoring.profile import Profile
from landportal.services.scoring.scales import POINTS_MAX

_CODES = tuple(criterion.code for criterion in CRITERIA)


def order(profile: Profile, reverse: bool = False) -> tuple[SQLColumnExpression[Any], ...]:
    """ORDER BY: knocked out always last, then by the middle of the score, ties by id."""
    middle = score_sql(profile, POINTS_MAX / 2)
    by_score = (middle.asc() if reverse else middle.desc(), Parcel.id)
    return (knocked_out(profile).asc(), *by_score) if profile.musts else by_score


def score_sql(profile: Profile, missing: float) -> ColumnElement[float]:
    """The score, unknown facts earning `missing` points: 0 is the low end of the interval, 100 the high one."""
    weighed = profile.weighed()
    if not weighed:
        return literal(0.0)
    parts = [_earned(criterion, missing) * literal(float(weight)) for criterion, weight in weighed]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    return whole / literal(float(profile.total))


@cache
def _earned(criterion: Criterion, missing: float) -> ColumnElement[float]:
    """Built once: a statement is put together from them in a fraction of the time."""
    return criterion.fact.earned_sql(criterion.scale, missing)


def knocked_out(profile: Profile) -> ColumnElement[bool]:
    """Whether the parcel is known to miss one of the knock-outs."""
    missed = [must.criterion.scale.worse_sql(must.criterion.fact.sql(), must.limit) for must in profile.musts]
    return func.coalesce(or_(false(), *missed), false())


@cache
def fact_columns() -> tuple[Label[Any], ...]:
    """The facts of a parcel, each under the code of its criterion."""
    return tuple(criterion.fact.sql().label(f"fact_{criterion.code}") for criterion in CRITERIA)


def facts_of(row: Any) -> Facts:
    """The facts in a row that ends with `fact_columns`."""
    return dict(zip(_CODES, row[-len(_CODES) :], strict=True))


def facts_of_parcel(session: Session, parcel_id: int) -> Facts:
    """The facts of one parcel."""
    return facts_of(session.execute(select(*fact_columns()).where(Parcel.id == parcel_id)).one())


def with_facts(ids: Select[Any]) -> Select[Any]:
    """The parcels that `ids` (id, place) names, in that order, with their facts."""
    chosen = ids.cte("chosen")
    return select(Parcel.id, *fact_columns()).join(chosen, chosen.c.id == Parcel.id).order_by(chosen.c.place)
