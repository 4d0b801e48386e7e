"""Counting further choices: totals and facets of a search from one pass over its parcels.

The pass groups the parcels that satisfy every condition without a facet into a small cube (one row per combination of
facet values); totals and each facet are then sums over the cube, each leaving out the condition of its own group.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    SQLColumnExpression,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from landportal.gis import tiles
from landportal.gis.relations import recently_confirmed
from landportal.model import FRESHNESS_LADDER, M2_PER_HA, Freshness, Parcel, ParcelStatus
from landportal.services.permissions import Actor
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.result import Facets, SizeStep
from landportal.services.search.where import FACET_CONDITIONS, conditions, where

SIZE_STEPS_HA = (0.5, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80)
"""Upper bounds of the histogram's bars; a last bar takes what is larger."""

_BIG = BigInteger()


@dataclass(frozen=True)
class Totals:
    """Count, hectares and extent (lon/lat) of a whole result."""

    count: int
    total_m2: float
    available_m2: float
    bounds: tuple[float, float, float, float] | None


def count_by_facet(session: Session, criteria: SearchCriteria, actor: Actor | None = None) -> tuple[Totals, Facets]:
    """Totals of `criteria` and the number of parcels each further choice leaves, of `actor`'s land or the public's."""
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    totals = Totals(0, 0.0, 0.0, None)
    for facet, value, number in session.execute(_statement(criteria, actor)):
        if facet == "total":
            totals = _read_totals(number, json.loads(value))
        elif facet == "freshness":
            counted[facet] = _read_freshness(number or 0, json.loads(value))
        elif value is not None:
            counted[facet][value] = number
    return totals, _facets(counted, None if criteria.ags else counted["county"])


@lru_cache(maxsize=256)
def _statement(criteria: SearchCriteria, actor: Actor | None = None) -> CompoundSelect[*tuple[Any, ...]]:
    """Totals and facets in one statement. Kept for the searches asked most: building it takes 2 ms."""
    cube = _cube(criteria, actor)
    chosen = _chosen_in_cube(criteria, cube)
    values: dict[str, ColumnElement[Any]] = {
        "zone": cube.c.zone,
        "status": cube.c.status,
        "plan": cast(cube.c.plan_status, String),
        "rail_siding": case((cube.c.rail_siding, "yes")),
        "round_the_clock": case((cube.c.round_the_clock, "yes")),
        "size": cast(cube.c.size_step, String),
    }
    if not criteria.ags:
        values["county"] = cube.c.county_ags
    facets = (_facet(cube, chosen, name, value) for name, value in values.items())
    return union_all(_totals(cube, chosen), *facets, _freshness(cube, chosen), _removed_by_avoiding(cube, chosen))


def _read_totals(count: int | None, sums: dict[str, float | None]) -> Totals:
    west, south, east, north = (sums[side] for side in ("west", "south", "east", "north"))
    if west is None or south is None or east is None or north is None:
        return Totals(0, 0.0, 0.0, None)
    bounds = tiles.lon_lat_box(west, south, east, north)
    return Totals(count or 0, sums["m2"] or 0.0, sums["available_m2"] or 0.0, bounds)


def _read_freshness(count: int, within: dict[str, int | None]) -> dict[str, int]:
    """Parcels on each step of the ladder, from how many were confirmed within each of its limits."""
    steps, below = {}, 0
    for limit, step in FRESHNESS_LADDER:
        reached = within[str(limit)] or 0
        steps[str(step)], below = reached - below, reached
    return {**steps, str(Freshness.UNCONFIRMED): count - below}


def _cube(criteria: SearchCriteria, actor: Actor | None) -> CTE:
    """One row per combination of facet values among the parcels that satisfy all other conditions."""
    stated = conditions(criteria)
    size_chosen = and_(true(), *(stated[name] for name in ("size_min_ha", "size_max_ha") if name in stated))
    keys: list[SQLColumnExpression[Any]] = [
        Parcel.status, Parcel.zone, Parcel.plan_status, Parcel.rail_siding,
        Parcel.round_the_clock, Parcel.constraint_kinds,
        func.width_bucket(Parcel.area_m2, [float(step * M2_PER_HA) for step in SIZE_STEPS_HA]).label("size_step"),
        size_chosen.label("size_chosen"), stated.get("freshness", true()).label("freshness_chosen"),
    ]  # fmt: skip
    if not criteria.ags:
        keys.append(Parcel.county_ags)
    grouped = select(
        *keys,
        func.count().label("n"),
        # Counted rather than grouped by: as a key, age would make nearly every parcel a combination of its own.
        *(func.count().filter(recently_confirmed(limit)).label(f"within_{limit}") for limit, _ in FRESHNESS_LADDER),
        func.sum(Parcel.area_m2).label("m2"),
        func.min(Parcel.x_3857).label("west"),
        func.min(Parcel.y_3857).label("south"),
        func.max(Parcel.x_3857).label("east"),
        func.max(Parcel.y_3857).label("north"),
    )
    # Grouped by place, so that expressions with bound values are written and computed once.
    places: list[ColumnElement[Any]] = [literal_column(str(place)) for place in range(1, len(keys) + 1)]
    return grouped.where(where(criteria, FACET_CONDITIONS, actor)).group_by(*places).cte("cube")


def _chosen_in_cube(criteria: SearchCriteria, cube: CTE) -> dict[str, ColumnElement[bool]]:
    """The conditions that stayed out of the pass, said of the cube's columns."""
    chosen: dict[str, ColumnElement[bool]] = {"size": cube.c.size_chosen, "freshness": cube.c.freshness_chosen}
    if criteria.zone:
        chosen["zone"] = cube.c.zone.in_(criteria.zone)
    if criteria.status:
        chosen["status"] = cube.c.status.in_(criteria.status)
    if criteria.plan:
        chosen["plan"] = cube.c.plan_status.in_(criteria.plan)
    if criteria.rail_siding:
        chosen["rail_siding"] = cube.c.rail_siding.is_(True)
    if criteria.round_the_clock:
        chosen["round_the_clock"] = cube.c.round_the_clock.is_(True)
    if criteria.avoid:
        chosen["avoid"] = ~cube.c.constraint_kinds.overlap(list(criteria.avoid))
    return chosen


def _others(chosen: dict[str, ColumnElement[bool]], own: str) -> ColumnElement[bool]:
    return and_(true(), *(clause for name, clause in chosen.items() if name != own))


def _totals(cube: CTE, chosen: dict[str, ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """The whole result in the shape of a facet: its sums as JSON stand where a facet has its value."""
    sums = func.jsonb_build_object(
        "m2", func.sum(cube.c.m2),
        "available_m2", func.sum(cube.c.m2).filter(cube.c.status == ParcelStatus.AVAILABLE),
        "west", func.min(cube.c.west), "south", func.min(cube.c.south),
        "east", func.max(cube.c.east), "north", func.max(cube.c.north),
    )  # fmt: skip
    return select(literal("total"), cast(sums, String), cast(func.sum(cube.c.n), _BIG)).where(
        and_(true(), *chosen.values())
    )


def _facet(
    cube: CTE, chosen: dict[str, ColumnElement[bool]], name: str, value: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    counted = cast(func.sum(cube.c.n), _BIG)
    return select(literal(name), cast(value, String), counted).where(_others(chosen, name)).group_by(value)


def _freshness(cube: CTE, chosen: dict[str, ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """How many parcels were confirmed within each limit of the ladder, as JSON, and how many there are."""
    within = [(str(limit), func.sum(cube.c[f"within_{limit}"])) for limit, _ in FRESHNESS_LADDER]
    sums = func.jsonb_build_object(*(part for pair in within for part in pair))
    return select(literal("freshness"), cast(sums, String), cast(func.sum(cube.c.n), _BIG)).where(
        _others(chosen, "freshness")
    )


def _removed_by_avoiding(cube: CTE, chosen: dict[str, ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    """For each kind, the parcels it touches among those the other conditions leave: what excluding it removes."""
    kind = func.unnest(cube.c.constraint_kinds).label("kind")
    touched = select(kind, cube.c.n).where(_others(chosen, "avoid")).subquery()
    counted = cast(func.sum(touched.c.n), _BIG)
    return select(literal("avoid"), cast(touched.c.kind, String), counted).group_by(touched.c.kind)


def _facets(counted: dict[str, dict[str, int]], county: dict[str, int] | None) -> Facets:
    bounds = [0.0, *map(float, SIZE_STEPS_HA), math.inf]
    sizes = counted["size"]
    return Facets(
        zone=counted["zone"],
        status=counted["status"],
        plan={int(code): n for code, n in counted["plan"].items()},
        county=county,
        rail_siding=counted["rail_siding"].get("yes", 0),
        round_the_clock=counted["round_the_clock"].get("yes", 0),
        avoid=counted["avoid"],
        freshness=counted["freshness"],
        size=tuple(
            SizeStep(low, None if math.isinf(high) else high, sizes.get(str(step), 0))
            for step, (low, high) in enumerate(pairwise(bounds))
        ),
    )
