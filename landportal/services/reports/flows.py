"""What moved between the ends of two days: opening + additions − sales − withdrawals ± other = closing, in m².

The account is that of land on offer: free, reserved or optioned, in preparation. It compares the two states of every
parcel, so a sale that was taken back in between is none; land that came and was sold in between counts as both. A
parcel that leaves is counted with the area it had, one that comes with the area it has; what a parcel that stayed was
re-measured by is a line of its own, and so is land that was cut anew: the parts of a split parcel against the whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from landportal.model import Parcel, ParcelStatus, ParcelSuccessor
from landportal.services.days import end_of, today
from landportal.services.reports.balance import (
    NOTHING,
    STATUSES,
    VERSIONS,
    Group,
    Stock,
    YearEnd,
    group_of,
    net_m2,
    valid_at,
)
from landportal.services.reports.units import Unit, UnitKind, within

ON_OFFER = (Group.FREE, Group.PROMISED, Group.PREPARING)
"""The groups whose land the account is about."""


class Elsewhere(StrEnum):
    """Where a parcel is when it is not in the unit's stock."""

    ABSENT = "absent"
    WITHDRAWN = "withdrawn"
    OTHER_UNIT = "other_unit"
    CUT = "cut"
    """Split or merged: its land is that of other parcels."""
    PASSED = "passed"
    """Absent before, but sold or leased since then: it was on offer in between."""
    CUT_PASSED = "cut_passed"
    """The same of a parcel that came out of others."""


class Line(StrEnum):
    """Lines of the account between opening and closing, in the order they are told."""

    ADDED = "added"
    RETURNED = "returned"
    TAKEN = "taken"
    OWN_USE = "own_use"
    WITHDRAWN = "withdrawn"
    CUT = "cut"
    REMEASURED = "remeasured"
    MOVED = "moved"


@dataclass(frozen=True)
class Leg:
    """What a parcel adds to a line: its area after, less its area before, as far as each factor (−1, 0, 1) says."""

    line: Line
    before: int
    after: int

    def of(self, before_m2: Decimal, after_m2: Decimal) -> Decimal:
        """The square metres of the line."""
        return self.before * before_m2 + self.after * after_m2


_IN = {
    Elsewhere.ABSENT: Line.ADDED,
    Elsewhere.WITHDRAWN: Line.ADDED,
    Group.TAKEN: Line.RETURNED,
    Group.OWN_USE: Line.RETURNED,
    Elsewhere.CUT: Line.CUT,
    Elsewhere.OTHER_UNIT: Line.MOVED,
}
_OUT = {
    Group.TAKEN: Line.TAKEN,
    Group.OWN_USE: Line.OWN_USE,
    Elsewhere.WITHDRAWN: Line.WITHDRAWN,
    Elsewhere.ABSENT: Line.WITHDRAWN,
    Elsewhere.CUT: Line.CUT,
    Elsewhere.OTHER_UNIT: Line.MOVED,
}
LEGS: Mapping[tuple[str, str], tuple[Leg, ...]] = {
    **{(before, after): (Leg(Line.REMEASURED, -1, 1),) for before in ON_OFFER for after in ON_OFFER},
    **{(before, after): (Leg(line, 0, 1),) for before, line in _IN.items() for after in ON_OFFER},
    **{(before, after): (Leg(line, -1, 0),) for before in ON_OFFER for after, line in _OUT.items()},
    (Elsewhere.PASSED, Group.TAKEN): (Leg(Line.ADDED, 0, 1), Leg(Line.TAKEN, 0, -1)),
    (Elsewhere.CUT_PASSED, Group.TAKEN): (Leg(Line.CUT, 0, 1), Leg(Line.TAKEN, 0, -1)),
}
"""Where a parcel was and where it is → the lines it counts in. What is not listed touches no land on offer."""


@dataclass(frozen=True)
class Flow:
    """A line of the account: parcels behind it, and the net m² by which it raises or lowers the land on offer."""

    line: Line
    parcels: int
    net_m2: Decimal


@dataclass(frozen=True)
class Account:
    """The account of land on offer between the ends of two days; `difference_m2` is 0 unless something is wrong."""

    begins: dt.date
    ends: dt.date
    opening_m2: Decimal
    flows: tuple[Flow, ...]
    closing_m2: Decimal

    @property
    def difference_m2(self) -> Decimal:
        """What opening and lines miss of the closing."""
        return self.closing_m2 - self.opening_m2 - sum((flow.net_m2 for flow in self.flows), NOTHING)

    def flow(self, line: Line) -> Flow:
        """The line; nothing where no parcel is behind it."""
        return next((flow for flow in self.flows if flow.line is line), Flow(line, 0, NOTHING))


@dataclass(frozen=True)
class Moved:
    """A parcel behind a figure: where it was and is (Group or Elsewhere), and the m² it adds to the figure."""

    number: str
    name_de: str
    name_en: str | None
    before: str
    after: str
    net_m2: Decimal


def account(session: Session, unit: Unit, opening: YearEnd, ends: dt.date, closing: Stock) -> Account:
    """The account of `unit` from `opening` to the end of `ends`, the moment that `session` and `closing` show.

    Opening, lines and closing come from statements of their own, so the difference is a test of each.
    """
    begins = opening.day
    return Account(
        begins,
        ends,
        _on_offer(opening.net_m2),
        lines(session, unit, begins, ends),
        _on_offer({group: amount.net_m2 for group, amount in closing.amounts.items()}),
    )


def lines(session: Session, unit: Unit, begins: dt.date, ends: dt.date) -> tuple[Flow, ...]:
    """The lines with a parcel behind them, in the order they are told."""
    moves = _moves(unit, begins, ends).subquery("moves").c
    sums = session.execute(
        select(
            moves.before, moves.after, func.count(), func.sum(moves.before_m2), func.sum(moves.after_m2),
            func.count().filter(moves.before_m2 != moves.after_m2),
        ).group_by(moves.before, moves.after)
    )  # fmt: skip
    found: dict[Line, Flow] = {}
    for before, after, parcels, before_m2, after_m2, resized in sums:
        for leg in LEGS.get((before, after), ()):
            known = found.get(leg.line, Flow(leg.line, 0, NOTHING))
            behind = resized if leg.line is Line.REMEASURED else parcels
            found[leg.line] = Flow(leg.line, known.parcels + behind, known.net_m2 + leg.of(before_m2, after_m2))
    return tuple(found[line] for line in Line if line in found and found[line].parcels)


def _on_offer(net: Mapping[Group, Decimal]) -> Decimal:
    return sum((net.get(group, NOTHING) for group in ON_OFFER), NOTHING)


def behind(session: Session, unit: Unit, days: tuple[dt.date, dt.date], line: Line, page: slice) -> tuple[Moved, ...]:
    """The parcels behind a line, largest effect first; `page` cuts the list."""
    pairs = [pair for pair, legs in LEGS.items() if any(leg.line is line for leg in legs)]
    moves = _moves(unit, *days).subquery("moves").c
    effect = case(
        *((and_(moves.before == pair[0], moves.after == pair[1]), _effect(pair, line, moves)) for pair in pairs)
    )
    listed = select(moves.number, moves.name_de, moves.name_en, moves.before, moves.after, effect.label("net")).where(
        tuple_(moves.before, moves.after).in_(pairs)
    )
    if line is Line.REMEASURED:
        listed = listed.where(moves.before_m2 != moves.after_m2)
    rows = session.execute(
        listed.order_by(func.abs(effect).desc(), moves.number).offset(page.start).limit(page.stop - (page.start or 0))
    )
    return tuple(Moved(*row) for row in rows)


def sum_behind(session: Session, unit: Unit, days: tuple[dt.date, dt.date], line: Line) -> tuple[int, Decimal]:
    """Number and net m² of all parcels behind a line."""
    flow = next((flow for flow in lines(session, unit, *days) if flow.line is line), Flow(line, 0, NOTHING))
    return flow.parcels, flow.net_m2


def _effect(pair: tuple[str, str], line: Line, moves: Any) -> ColumnElement[Decimal]:
    leg = next(leg for leg in LEGS[pair] if leg.line is line)
    effect: ColumnElement[Decimal] = leg.before * moves.before_m2 + leg.after * moves.after_m2
    return effect


def _moves(unit: Unit, begins: dt.date, ends: dt.date) -> Select[*tuple[Any, ...]]:
    """Every parcel of the unit that has another version now than at the end of `begins`, with both states."""
    past, moment = VERSIONS.c, end_of(begins)
    # Today may hold versions younger than the session's transaction: whatever has ended ended before now.
    ended = func.isfinite(past.valid_to) if ends >= today() else past.valid_to <= end_of(ends)
    before = (
        select(past.id, past.number, past.name_de, past.name_en, past.status, net_m2(past.area_m2).label("net"),
               within(unit, past).label("inside"))
        .where(valid_at(moment), ended, *_touched(unit, past.id))
        .subquery("before").c
    )  # fmt: skip
    after = (
        select(Parcel.id, Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.status, Parcel.status_since,
               net_m2(Parcel.area_m2).label("net"), within(unit).label("inside"))
        .where(Parcel.changed_at > moment, *_touched(unit, Parcel.id))
        .subquery("after").c
    )  # fmt: skip
    return (
        select(
            func.coalesce(after.number, before.number).label("number"),
            func.coalesce(after.name_de, before.name_de).label("name_de"),
            func.coalesce(after.name_en, before.name_en).label("name_en"),
            _was(before, after, begins).label("before"), _is(after).label("after"),
            func.coalesce(before.net, NOTHING).label("before_m2"), func.coalesce(after.net, NOTHING).label("after_m2"),
        )
        .select_from(before.id.table.join(after.id.table, before.id == after.id, full=True))
        .where(or_(func.coalesce(before.inside, False), func.coalesce(after.inside, False)))
    )  # fmt: skip


def _touched(unit: Unit, parcel_id: Any) -> tuple[ColumnElement[bool], ...]:
    """Only parcels that ever lay in the unit: of a county the rest of the state need not be joined."""
    if unit.kind is UnitKind.STATE:
        return ()
    return (parcel_id.in_(select(VERSIONS.c.id).where(within(unit, VERSIONS.c))),)


def _was(before: Any, after: Any, begins: dt.date) -> ColumnElement[str]:
    """Where the parcel was at the beginning."""
    passed = func.coalesce(
        and_(after.status.in_(STATUSES[Group.TAKEN]), after.status_since > begins, after.inside), False
    )
    came_out_of_others = exists().where(ParcelSuccessor.successor_id == after.id)
    return case(
        (before.id.is_(None), case(
            (and_(came_out_of_others, passed), literal(Elsewhere.CUT_PASSED)),
            (came_out_of_others, literal(Elsewhere.CUT)),
            (passed, literal(Elsewhere.PASSED)),
            else_=literal(Elsewhere.ABSENT),
        )),
        (and_(before.status == ParcelStatus.WITHDRAWN, passed), literal(Elsewhere.PASSED)),
        (before.status == ParcelStatus.WITHDRAWN, literal(Elsewhere.WITHDRAWN)),
        (before.inside.is_not(True), literal(Elsewhere.OTHER_UNIT)),
        else_=group_of(before.status),
    )  # fmt: skip


def _is(after: Any) -> ColumnElement[str]:
    """Where the parcel is at the end."""
    became_others = exists().where(ParcelSuccessor.predecessor_id == after.id)
    return case(
        (after.id.is_(None), literal(Elsewhere.ABSENT)),
        (and_(after.status == ParcelStatus.WITHDRAWN, became_others), literal(Elsewhere.CUT)),
        (after.status == ParcelStatus.WITHDRAWN, literal(Elsewhere.WITHDRAWN)),
        (after.inside.is_not(True), literal(Elsewhere.OTHER_UNIT)),
        else_=group_of(after.status),
    )  # fmt: skip
