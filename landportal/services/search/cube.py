"""The cube: one row per combination of what a search offers as choices, with how many parcels it stands for.

A search that asks for nothing but counties, states and such choices reads the cube that the database keeps
(`model.tally`), however much land there is. Any other is counted from the parcels that satisfy every condition without
a facet, and stops after `COUNTED_MAX` of them. Which sums are made of a cube is said in `facets`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, SQLColumnExpression, and_, func, literal_column, select, true
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from landportal.gis import filters
from landportal.gis.relations import recently_confirmed
from landportal.model import FRESHNESS_LADDER, M2_PER_HA, Parcel, ParcelStatus, ParcelTally
from landportal.services.permissions import Actor
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.where import FACET_CONDITIONS, conditions, where

COUNTED_MAX = 10_000
"""So many parcels a search counts one by one. What is beyond is told as "more than"."""

SIZE_STEPS_HA = (0.5, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80)
"""Upper bounds of the histogram's bars; a last bar takes what is larger. The database keeps them as `size_step`."""

_KEPT_CONDITIONS = frozenset({"ags", "zone", "status", "plan", "rail_siding", "round_the_clock", "avoid"})
_MUNICIPALITY_DIGITS = 8


@lru_cache(maxsize=256)
def is_kept(criteria: SearchCriteria, actor: Actor | None) -> bool:
    """Whether the kept cube answers: of today, of all that the public sees, by county and by choices alone."""
    if actor or criteria.as_of or any(len(key) == _MUNICIPALITY_DIGITS for key in criteria.ags):
        return False
    return conditions(criteria).keys() <= _KEPT_CONDITIONS


def kept(criteria: SearchCriteria, *, by_county: bool = False) -> CTE:
    """The cube of the counties that `criteria` asks for, as triggers keep it: of each county, or of all as one."""
    places = (
        filters.in_admin_units(criteria.ags, ParcelTally, current=criteria.current_keys) if criteria.ags else true()
    )
    keys: list[SQLColumnExpression[Any]] = [
        ParcelTally.status, ParcelTally.zone, ParcelTally.plan_status, ParcelTally.rail_siding,
        ParcelTally.round_the_clock, ParcelTally.constraint_kinds, ParcelTally.size_step,
    ]  # fmt: skip
    if by_county:
        keys.append(ParcelTally.county_ags)
    return (
        select(
            *keys, true().label("size_chosen"), true().label("freshness_chosen"),
            func.sum(ParcelTally.parcels).label("n"), func.sum(ParcelTally.m2).label("m2"),
        )
        .where(places, ParcelTally.status != ParcelStatus.WITHDRAWN)
        .group_by(*keys)
        .cte("by_county" if by_county else "cube")
    )  # fmt: skip


def counted(criteria: SearchCriteria, actor: Actor | None) -> CTE:
    """The cube of the first parcels that satisfy all conditions without a facet: `COUNTED_MAX` and one more."""
    stated = conditions(criteria)
    size_chosen = and_(true(), *(stated[name] for name in ("size_min_ha", "size_max_ha") if name in stated))
    bounds = [float(step * M2_PER_HA) for step in SIZE_STEPS_HA]
    keys: list[SQLColumnExpression[Any]] = [
        Parcel.status, Parcel.zone, Parcel.plan_status, Parcel.rail_siding, Parcel.round_the_clock,
        Parcel.constraint_kinds, func.width_bucket(Parcel.area_m2, bounds).label("size_step"),
        size_chosen.label("size_chosen"), stated.get("freshness", true()).label("freshness_chosen"),
    ]  # fmt: skip
    if not criteria.ags:
        keys.append(Parcel.county_ags)
    facts = (Parcel.area_m2, Parcel.confirmed_at, Parcel.x_3857, Parcel.y_3857)
    first = select(*keys, *facts).where(where(criteria, FACET_CONDITIONS, actor)).limit(COUNTED_MAX + 1).subquery()
    # Grouped by place, so that expressions are written and computed once.
    places: list[ColumnElement[Any]] = [literal_column(str(place)) for place in range(1, len(keys) + 1)]
    return select(*list(first.c)[: len(keys)], *sums(first.c)).group_by(*places).cte("cube")


def sums(columns: ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]) -> tuple[ColumnElement[Any], ...]:
    """Count, area, extent and freshness of parcels; age is counted, because grouped by it nearly every one differs."""
    return (
        func.count().label("n"),
        *(func.count().filter(recently_confirmed(days, columns["confirmed_at"])).label(f"within_{days}")
          for days, _ in FRESHNESS_LADDER),
        func.sum(columns["area_m2"]).label("m2"),
        func.min(columns["x_3857"]).label("west"), func.min(columns["y_3857"]).label("south"),
        func.max(columns["x_3857"]).label("east"), func.max(columns["y_3857"]).label("north"),
    )  # fmt: skip
