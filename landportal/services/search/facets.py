"""Counting further choices: totals and facets of a search.

Each facet is a sum over the cube (one row per combination of choices, see `cube`) that leaves out the condition of its
own group; totals are the sum over what all conditions leave. Where a cube stopped before the end, its numbers are told
as "more than", and the result itself is counted on its own, as far as `COUNTED_MAX`.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Executable,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from landportal.gis import tiles
from landportal.model import FRESHNESS_LADDER, AdminUnit, Freshness, Parcel, ParcelStatus
from landportal.services.permissions import Actor
from landportal.services.search import cube
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.cube import COUNTED_MAX
from landportal.services.search.result import Facets, SizeStep
from landportal.services.search.where import where

FACETS = ("zone", "status", "plan", "county", "rail_siding", "round_the_clock", "avoid", "freshness", "size")

_BIG = BigInteger()

_EXTENT = MappingProxyType({"west": func.min, "south": func.min, "east": func.max, "north": func.max})


@dataclass(frozen=True)
class Totals:
    """Count, hectares and extent (lon/lat) of a whole result. Not `exact`: there is more; the extent is not known."""

    count: int
    total_m2: float
    available_m2: float
    bounds: tuple[float, float, float, float] | None
    exact: bool = True


def count_by_facet(session: Session, criteria: SearchCriteria, actor: Actor | None = None) -> tuple[Totals, Facets]:
    """Totals of `criteria` and the number of parcels each further choice leaves, of `actor`'s land or the public's."""
    if cube.is_kept(criteria, actor):
        return _count_by_kept(session, criteria)
    counted = _Counted(session, _statement(criteria, actor))
    if counted.examined <= COUNTED_MAX:
        return counted.totals, counted.facets(criteria)
    return _result(session, criteria, actor).totals, counted.facets(criteria, frozenset(FACETS))


def _count_by_kept(session: Session, criteria: SearchCriteria) -> tuple[Totals, Facets]:
    """Exact whatever there is, but for ages and the extent: the kept cube does not know them."""
    counted = _Counted(session, _statement_of_kept(criteria))
    result = _result(session, criteria, None)
    counted.by_facet["freshness"] = result.by_facet["freshness"]
    if result.totals.exact:
        return result.totals, counted.facets(criteria)
    totals = replace(counted.totals, bounds=_extent(session, criteria))
    return totals, counted.facets(criteria, frozenset({"freshness"}))


class _Counted:
    """The rows of a statement of counts, by facet and value."""

    def __init__(self, session: Session, statement: Executable) -> None:
        self.by_facet: dict[str, dict[str, int]] = defaultdict(dict)
        self.totals, self.examined = Totals(0, 0.0, 0.0, None), 0
        for facet, value, number in session.execute(statement):
            if facet == "total":
                self.totals = _read_totals(number, json.loads(value))
            elif facet == "examined":
                self.examined = number or 0
            elif facet == "freshness":
                self.by_facet[facet] = _read_freshness(number or 0, json.loads(value))
            elif value is not None:
                self.by_facet[facet][value] = number

    def facets(self, criteria: SearchCriteria, at_least: frozenset[str] = frozenset()) -> Facets:
        """The numbers behind each choice; those of the facets `at_least` are "more than"."""
        return _facets(self.by_facet, None if criteria.ags else self.by_facet["county"], at_least)


@lru_cache(maxsize=256)
def _statement(criteria: SearchCriteria, actor: Actor | None = None) -> CompoundSelect[*tuple[Any, ...]]:
    """Totals and facets in one statement. Kept for the searches asked most: building it takes 2 ms."""
    counted = cube.counted(criteria, actor)
    chosen = _chosen_in_cube(criteria, counted)
    examined = select(literal("examined"), cast(None, String), cast(func.sum(counted.c.n), _BIG))
    totals = _totals(counted, chosen, _EXTENT)
    counties = [] if criteria.ags else [_facet(counted, chosen, "county", counted.c.county_ags)]
    return union_all(totals, examined, *_choices(counted, chosen), *counties, _freshness(counted, chosen))


@lru_cache(maxsize=256)
def _statement_of_kept(criteria: SearchCriteria) -> CompoundSelect[*tuple[Any, ...]]:
    """The same from the kept cube, which knows neither ages nor places."""
    kept = cube.kept(criteria)
    chosen = _chosen_in_cube(criteria, kept)
    return union_all(_totals(kept, chosen), *_choices(kept, chosen), *_counties_of_kept(criteria))


def _counties_of_kept(criteria: SearchCriteria) -> list[Select[*tuple[Any, ...]]]:
    """From a cube of its own, so that the other facets add up no more rows than a single county has."""
    if criteria.ags:
        return []
    kept = cube.kept(criteria, by_county=True)
    return [_facet(kept, _chosen_in_cube(criteria, kept), "county", kept.c.county_ags)]


def _result(session: Session, criteria: SearchCriteria, actor: Actor | None) -> _Counted:
    """The result itself, as far as `COUNTED_MAX`: totals, and its parcels on each step of freshness."""
    counted = _Counted(session, _statement_of_result(criteria, actor))
    if counted.totals.count > COUNTED_MAX:
        counted.totals = replace(counted.totals, count=COUNTED_MAX, bounds=_extent(session, criteria), exact=False)
    return counted


@lru_cache(maxsize=256)
def _statement_of_result(criteria: SearchCriteria, actor: Actor | None) -> CompoundSelect[*tuple[Any, ...]]:
    facts = (Parcel.status, Parcel.area_m2, Parcel.confirmed_at, Parcel.x_3857, Parcel.y_3857)
    first = select(*facts).where(where(criteria, actor=actor)).limit(COUNTED_MAX + 1).subquery()
    found = select(first.c.status, *cube.sums(first.c)).group_by(first.c.status).cte("cube")
    return union_all(_totals(found, {}, _EXTENT), _freshness(found, {}))


def _extent(session: Session, criteria: SearchCriteria) -> tuple[float, float, float, float] | None:
    """Where the places asked for lie; None where none is, or all are superseded."""
    if not criteria.ags:
        return None
    box = func.st_extent(AdminUnit.geom_3857)
    sides = (func.st_xmin(box), func.st_ymin(box), func.st_xmax(box), func.st_ymax(box))
    found = session.execute(select(*sides).where(AdminUnit.ags.in_(criteria.ags))).one()
    return None if found[0] is None else tiles.lon_lat_box(*found)


def _choices(counted: CTE, chosen: dict[str, ColumnElement[bool]]) -> list[Select[*tuple[Any, ...]]]:
    """One statement per facet that is the same for either cube."""
    values: dict[str, ColumnElement[Any]] = {
        "zone": counted.c.zone,
        "status": counted.c.status,
        "plan": cast(counted.c.plan_status, String),
        "rail_siding": case((counted.c.rail_siding, "yes")),
        "round_the_clock": case((counted.c.round_the_clock, "yes")),
        "size": cast(counted.c.size_step, String),
    }
    return [
        *(_facet(counted, chosen, name, value) for name, value in values.items()),
        _removed_by_avoiding(counted, chosen),
    ]


def _read_totals(count: int | None, sums: dict[str, float | None]) -> Totals:
    sides = [side for name in _EXTENT if (side := sums.get(name)) is not None]
    bounds = tiles.lon_lat_box(*sides) if len(sides) == len(_EXTENT) else None
    return Totals(count or 0, sums["m2"] or 0.0, sums["available_m2"] or 0.0, bounds)


def _read_freshness(count: int, within: dict[str, int | None]) -> dict[str, int]:
    """Parcels on each step of the ladder, from how many were confirmed within each of its limits."""
    steps, below = {}, 0
    for limit, step in FRESHNESS_LADDER:
        reached = within[str(limit)] or 0
        steps[str(step)], below = reached - below, reached
    return {**steps, str(Freshness.UNCONFIRMED): count - below}


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


def _totals(
    cube: CTE, chosen: dict[str, ColumnElement[bool]], extent: Mapping[str, Any] = MappingProxyType({})
) -> Select[*tuple[Any, ...]]:
    """The whole result in the shape of a facet: its sums as JSON stand where a facet has its value."""
    sums = func.jsonb_build_object(
        "m2", func.sum(cube.c.m2),
        "available_m2", func.sum(cube.c.m2).filter(cube.c.status == ParcelStatus.AVAILABLE),
        *(part for side, furthest in extent.items() for part in (side, furthest(cube.c[side]))),
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


def _facets(counted: dict[str, dict[str, int]], county: dict[str, int] | None, at_least: frozenset[str]) -> Facets:
    bounds = [0.0, *map(float, cube.SIZE_STEPS_HA), math.inf]
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
        at_least=at_least,
    )
