"""An invented past of the sample parcels, so that land balance and `as_of` have years to look back on.

Before its present status a parcel was available, an available one in preparation. Each was first recorded two to six
years ago and changed on the day its status says. Only the owner of the database can write a past, by adding to it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Date, DateTime, Integer, Subquery, case, cast, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from landportal.model import Area, AreaMember, Change, Parcel, ParcelStatus, Through
from landportal.model.history import PARCEL_HISTORY
from landportal.services.days import HOME

CHANGE_ID = 0
"""The change that is said to have recorded them all: before every real one."""

YOUNGEST_DAYS, SPAN_DAYS, AHEAD_DAYS = 730, 1461, 90
"""First recorded at least this long ago, spread over this span, and so long before the present status began."""


def invent(session: Session, today: dt.date) -> None:
    """Give every schematic parcel whose status is older than `today` a version before it."""
    past = _past(today)
    first = session.scalar(select(func.min(past.c.first_day)))
    if first is None:
        return
    began = dt.datetime.combine(first, dt.time(8), HOME)
    role = session.scalar(text("select session_user"))
    session.execute(insert(Change).values(id=CHANGE_ID, at=began, xact="", database_role=role, through=Through.IMPORT))
    changed_at = _nine_o_clock(past.c.status_since)
    session.execute(_versions(past))
    session.execute(
        update(Parcel).where(Parcel.id == past.c.id).values(version=2, changed_at=changed_at).execution_options(
            synchronize_session=False
        )
    )  # fmt: skip
    for table in (Area, AreaMember):
        session.execute(update(table).values(changed_at=began).execution_options(synchronize_session=False))


def _past(today: dt.date) -> Subquery:
    """The parcels that get a past: what they were, and when first recorded. Chance is a hash of the number."""
    chance = func.hashtext(Parcel.number).op("&")(1023)
    recorded = cast(literal(today), Date) - YOUNGEST_DAYS - cast(chance, Integer) * SPAN_DAYS // 1024
    return (
        select(
            Parcel.id,
            case(
                (Parcel.status == ParcelStatus.AVAILABLE, literal(ParcelStatus.PREPARING.value)),
                else_=literal(ParcelStatus.AVAILABLE.value),
            ).label("was"),
            func.least(recorded, Parcel.status_since - AHEAD_DAYS).label("first_day"),
            Parcel.status_since,
        )
        .where(Parcel.schematic, Parcel.status_since < today, Parcel.status != ParcelStatus.PREPARING)
        .subquery("past")
    )


def _versions(past: Subquery) -> Any:
    then = {
        "version": literal(1),
        "changed_at": _nine_o_clock(past.c.first_day),
        "change_id": literal(CHANGE_ID),
        "status": past.c.was,
        "status_since": past.c.first_day,
        "status_until": literal(None),
        "confirmed_at": _nine_o_clock(func.greatest(past.c.first_day, past.c.status_since - 20)),
    }
    columns = [column.name for column in Parcel.__table__.columns]
    facts = [then.get(name, Parcel.__table__.c[name]) for name in columns]
    source = select(_nine_o_clock(past.c.status_since), Parcel.change_id, *facts).join(past, past.c.id == Parcel.id)
    return insert(PARCEL_HISTORY).from_select(["ended_at", "ended_by", *columns], source)


def _nine_o_clock(day: Any) -> Any:
    morning = cast(day, DateTime()) + dt.timedelta(hours=9)
    return func.timezone("Europe/Berlin", morning)
