"""Where the shown data come from: the data sets behind the portal, with licence and attribution."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, cast, exists, func, select, union
from sqlalchemy.orm import Session

from landportal.model import AdminUnit, Area, DataSet, Parcel


def credits(session: Session) -> tuple[DataSet, ...]:
    """Every data set, as the open-data page and the footer name it."""
    return tuple(session.scalars(select(DataSet).order_by(DataSet.id)))


def of_land(session: Session) -> tuple[DataSet, ...]:
    """The data sets that parcels, areas and administrative units come from: what figures about land rest on."""
    used = union(*(select(table.data_set_id) for table in (Parcel, Area, AdminUnit)))
    return tuple(session.scalars(select(DataSet).where(DataSet.id.in_(used)).order_by(DataSet.id)))


def kept_since(session: Session) -> dt.date | None:
    """The day of the first recorded change; None in an empty store."""
    day: dt.date | None = session.scalar(select(cast(func.records_begin(), Date)))
    return day


def shows_sample_data(session: Session) -> bool:
    """Whether anything shown is schematic and every page must say so."""
    return bool(session.scalar(select(exists().where(DataSet.schematic))))
