"""What became of a parcel that was split or merged, and out of which parcels one came.

Splitting and merging themselves live in `services.shapes`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, literal, select
from sqlalchemy.orm import Session

from landportal.model import Parcel, ParcelStatus, ParcelSuccessor


@dataclass(frozen=True)
class Relative:
    """A predecessor or successor as a link tells it."""

    number: str
    name_de: str
    name_en: str | None
    area_m2: float
    status: str


def has_successors() -> ColumnElement[bool]:
    """The parcel of the statement was split or merged."""
    return exists().where(ParcelSuccessor.predecessor_id == Parcel.id)


def is_retired(session: Session, parcel: Parcel) -> bool:
    """Whether `parcel` has successors: its land is theirs now, and nothing of it can be changed or offered again."""
    return bool(session.scalar(select(exists().where(ParcelSuccessor.predecessor_id == parcel.id))))


def successors(session: Session, parcel_id: int) -> tuple[Relative, ...]:
    """The parcels that lie where parcel `parcel_id` was; those split or merged again are followed to the present."""
    steps = (
        select(ParcelSuccessor.successor_id.label("id"))
        .where(ParcelSuccessor.predecessor_id == parcel_id)
        .cte("steps", recursive=True)
    )
    further = select(ParcelSuccessor.successor_id).join(steps, steps.c.id == ParcelSuccessor.predecessor_id)
    reached = select(steps.union(further).c.id)
    return _relatives(session, select(Parcel).where(Parcel.id.in_(reached), ~has_successors()))


def predecessors(session: Session, parcel_id: int) -> tuple[Relative, ...]:
    """The parcels that parcel `parcel_id` came directly out of."""
    before = select(ParcelSuccessor.predecessor_id).where(ParcelSuccessor.successor_id == parcel_id)
    return _relatives(session, select(Parcel).where(Parcel.id.in_(before)))


def with_predecessors(parcel_id: int) -> Select[int]:
    """Ids of parcel `parcel_id` and of all parcels it came out of, by however many steps, as part of a statement."""
    line = select(literal(parcel_id).label("id")).cte("line", recursive=True)
    further = select(ParcelSuccessor.predecessor_id).join(line, line.c.id == ParcelSuccessor.successor_id)
    return select(line.union(further).c.id)


def _relatives(session: Session, found: Select[Parcel]) -> tuple[Relative, ...]:
    rows = session.scalars(found.order_by(Parcel.number))
    return tuple(Relative(row.number, row.name_de, row.name_en, row.area_m2, row.status) for row in rows)


def retire(session: Session, parcel: Parcel, into: Sequence[Parcel], today: dt.date) -> None:
    """Withdraw `parcel` for good: its land is now that of `into`.

    Promised land too (TRANSITIONS would free it first): the promise goes on with the successors, which inherit it.
    """
    parcel.status, parcel.status_since, parcel.status_until = ParcelStatus.WITHDRAWN, today, None
    session.add_all(ParcelSuccessor(predecessor_id=parcel.id, successor_id=successor.id) for successor in into)
    session.flush()
