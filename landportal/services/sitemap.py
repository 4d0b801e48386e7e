"""Which pages search engines should know: parcels and areas that are shown, with the moment of their last change."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.model import Area, Parcel
from landportal.services.permissions import visible_to_public

CHUNK = 20_000
"""Parcels in one file: with both languages below the 50,000 addresses that sitemaps.org allows."""


def chunks(session: Session) -> int:
    """How many files the parcels fill."""
    highest = session.scalar(select(func.max(Parcel.id))) or 0
    return highest // CHUNK + 1


def parcels(session: Session, chunk: int) -> tuple[tuple[str, dt.datetime], ...]:
    """Numbers and last changes of the parcels of file `chunk`, counted from 0."""
    here = Parcel.id.between(chunk * CHUNK, (chunk + 1) * CHUNK - 1)
    found = select(Parcel.number, Parcel.changed_at).where(here, visible_to_public()).order_by(Parcel.id)
    return tuple((number, at) for number, at in session.execute(found))


def areas(session: Session) -> tuple[tuple[str, dt.datetime], ...]:
    """Short names and last changes of all areas."""
    return tuple((slug, at) for slug, at in session.execute(select(Area.slug, Area.changed_at).order_by(Area.slug)))
