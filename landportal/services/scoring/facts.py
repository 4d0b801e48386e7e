"""How the facts of the criteria are read from the store, and what is derived where no column says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    SQLColumnExpression,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION

from landportal.gis.relations import MOMENT, days_ago
from landportal.model import FRESHNESS_LADDER, TA_LAERM_DB, ConstraintKind, Freshness, Parcel, ParcelStatus, Zone
from landportal.services.scoring.scales import Expression, Scale, Stored, number

ROUND_THE_CLOCK_DB = 60.0
"""What land counts as that is said to allow operation round the clock, where zone and quota do not tell."""

NOT_ROUND_THE_CLOCK_DB = 50.0
"""What it counts as where that is denied: the night value of a GE."""


@dataclass(frozen=True, eq=False)
class Fact:
    """A fact: `column` where that is known, else the value of the first of `cases` that holds, else `otherwise`."""

    column: Expression | None = None
    cases: tuple[tuple[ColumnElement[bool], Stored], ...] = ()
    otherwise: Stored = None

    def sql(self) -> Expression:
        """The fact itself, null where nothing is known."""
        if not self.cases:
            assert self.column is not None  # noqa: S101 - a fact is a column, cases, or both
            return self.column
        derived = case(*((holds, literal(value)) for holds, value in self.cases), else_=self._otherwise())
        return derived if self.column is None else func.coalesce(self.column, derived)

    def earned_sql(self, scale: Scale, missing: float) -> ColumnElement[float]:
        """Its points; an unknown fact earns `missing`. What is constant is worked out here and never in a row."""
        branches = [(holds, _points(scale, value, missing)) for holds, value in self.cases]
        if self.column is not None:
            branches.insert(0, (self.column.is_not(None), scale.earned_sql(self.column)))
        return case(*branches, else_=_points(scale, self.otherwise, missing))

    def _otherwise(self) -> ColumnElement[Any]:
        return null() if self.otherwise is None else literal(self.otherwise)


def _points(scale: Scale, value: Stored, missing: float) -> ColumnElement[float]:
    earned = scale.earned(value)
    return number(missing if earned is None else earned)


def night_db() -> Fact:
    """dB(A) allowed at night: what decides whether work can go on round the clock. Derived, never a naked yes.

    The plan's own quota counts first, then the guide value of the zone (TA Lärm 6.1). What the officer says about
    operation round the clock only lowers a GI, or fills in where neither is known; a restricted GI without its quota
    may be anything. Quota (emission per m², DIN 45691) and guide value (at the neighbour's window) are different
    quantities: for an order of parcels both are taken as they are, the permit looks closer.
    """
    denied = Parcel.round_the_clock.is_(False)
    quieter = {zone: float(night) for zone, (_day, night) in TA_LAERM_DB.items() if zone is not Zone.GI}
    return Fact(
        cast(Parcel.noise_quota_night_db, DOUBLE_PRECISION),
        (
            (and_(Parcel.zone == Zone.GI, not_(Parcel.zone_restricted), not_(denied)), float(TA_LAERM_DB[Zone.GI][1])),
            *((Parcel.zone == zone, night) for zone, night in quieter.items()),
            (Parcel.round_the_clock.is_(True), ROUND_THE_CLOCK_DB),
            (denied, NOT_ROUND_THE_CLOCK_DB),
        ),
    )


def rail_m() -> Fact:
    """Metres to rail freight; a siding on the parcel is none."""
    return Fact(case((Parcel.rail_siding.is_(True), 0.0), else_=Parcel.rail_m))


def days_until_available() -> Fact:
    """Days until the parcel can be had, 0 when it can; available land that names no date can be had now."""
    days: SQLColumnExpression[int] = func.greatest(Parcel.available_from - cast(MOMENT, Date), 0, type_=Integer)
    later = case((Parcel.available_from.is_not(None), days))
    return Fact(later, ((Parcel.status == ParcelStatus.AVAILABLE, 0),))


def freshness() -> Fact:
    """The step of the ladder; never confirmed is known, and the last of them."""
    steps = tuple((Parcel.confirmed_at > days_ago(limit + 1), str(step)) for limit, step in FRESHNESS_LADDER)
    return Fact(None, steps, str(Freshness.UNCONFIRMED))


def in_flood_zone() -> Fact:
    """Whether a flood zone covers more than a sliver of the parcel."""
    return Fact(None, ((_in_flood_zone(), True),), False)


def other_constraints() -> Fact:
    """How many kinds of constraints touch the parcel, flood aside."""
    kinds: SQLColumnExpression[int] = func.cardinality(Parcel.constraint_kinds, type_=Integer)
    return Fact(kinds - case((_in_flood_zone(), 1), else_=0))


def _in_flood_zone() -> ColumnElement[bool]:
    return literal(str(ConstraintKind.FLOOD)) == any_(Parcel.constraint_kinds)
