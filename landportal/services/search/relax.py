"""The nearest way out of an empty result: which single condition, loosened how far, leaves parcels."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from landportal.model import M2_PER_HA, Parcel, ParcelTravel
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.find import count_parcels
from landportal.services.search.preparing import prepared
from landportal.services.search.result import Relaxation
from landportal.services.search.where import conditions, land_of, where

ANSWERS_MAX = 3


@dataclass(frozen=True)
class _Measure:
    """A numeric condition: the column that limits it, which end of it, and how its value reads in the condition."""

    column: SQLColumnExpression[Any]
    best: Callable[[SQLColumnExpression[Any]], ColumnElement[Any]]
    scale: float
    rounding: Callable[[float], int]


_MOTORWAY_MIN = (
    select(ParcelTravel.minutes)
    .where(ParcelTravel.parcel_id == Parcel.id, ParcelTravel.kind == "motorway")
    .correlate(Parcel)
    .scalar_subquery()
)

_MEASURES = {
    "size_min_ha": _Measure(Parcel.area_m2, func.max, M2_PER_HA, math.floor),
    "size_max_ha": _Measure(Parcel.area_m2, func.min, M2_PER_HA, math.ceil),
    "net_min_ha": _Measure(Parcel.net_area_m2, func.max, M2_PER_HA, math.floor),
    "price_max_eur_m2": _Measure(Parcel.price_eur_m2, func.min, 1, math.ceil),
    "motorway_max_km": _Measure(Parcel.motorway_m, func.min, 1000, math.ceil),
    "motorway_max_min": _Measure(_MOTORWAY_MIN, func.min, 1, math.ceil),
    "rail_max_km": _Measure(Parcel.rail_m, func.min, 1000, math.ceil),
    "airport_max_km": _Measure(Parcel.airport_m, func.min, 1000, math.ceil),
    "power_min_mw": _Measure(Parcel.power_mw, func.max, 1, math.floor),
    "fibre_min_mbit": _Measure(Parcel.fibre_mbit, func.max, 1, math.floor),
}

_DROPPED: dict[str, Any] = {
    "q": None, "ags": (), "area": None, "zone": (), "status": (), "available_by": None, "plan": (),
    "freshness": (), "round_the_clock": False, "rail_siding": False, "avoid": (), "bbox": None, "fits": None,
    "assemble_min_ha": None,
}  # fmt: skip


def nearest_answers(session: Session, criteria: SearchCriteria) -> tuple[Relaxation, ...]:
    """At most three conditions that fill the empty result alone: numbers first, the one that gives way least leads."""
    criteria = prepared(session, criteria, land_of(None))
    found = [answer for name in conditions(criteria) if (answer := _loosened(session, criteria, name))]
    found.sort(key=lambda answer: (answer.value is None, _stretch(criteria, answer), -answer.count))
    return tuple(found[:ANSWERS_MAX])


def _loosened(session: Session, criteria: SearchCriteria, name: str) -> Relaxation | None:
    value = _next_value(session, criteria, name) if getattr(criteria, name) is not None else None
    changed: dict[str, Any] = {name: value if name in _MEASURES else _DROPPED[name], "page": 1}
    loosened = dataclasses.replace(criteria, **changed, examined=None, assembled=None)
    count = count_parcels(session, loosened)
    return Relaxation(name, value, count, loosened) if count else None


def _next_value(session: Session, criteria: SearchCriteria, name: str) -> int | None:
    """The nearest whole number at which a numeric condition is satisfied by something; None: it has to be dropped."""
    measure = _MEASURES.get(name)
    if measure is None:
        return None
    best = session.scalar(select(measure.best(measure.column)).where(where(criteria, {name})))
    if best is None:
        return None
    value = measure.rounding(float(best) / measure.scale)
    return value if value > 0 and math.isfinite(value) else None


def _stretch(criteria: SearchCriteria, answer: Relaxation) -> float:
    """By what factor a number had to give way; dropping a condition counts as the most."""
    asked = getattr(criteria, answer.field)
    if not isinstance(answer.value, int) or not isinstance(asked, int | float) or not asked:
        return math.inf
    return max(answer.value / asked, asked / answer.value)
