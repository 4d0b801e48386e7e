"""How fresh the records of a place are: the public figure, per municipality, county and the whole portal.

Steps of the ladder are the model's; reminding officers is `services.digests`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from landportal.gis.relations import recently_confirmed
from landportal.model import AdminUnit, Parcel, ParcelStatus

RECENT_DAYS = 90
"""The public figure counts parcels confirmed within this many days."""

ON_MARKET = (ParcelStatus.AVAILABLE, ParcelStatus.RESERVED, ParcelStatus.OPTIONED, ParcelStatus.PREPARING)
"""What is kept fresh: nobody has to confirm month by month that sold land is sold."""


@dataclass(frozen=True)
class Coverage:
    """Of `parcels` on the market `confirmed` were confirmed in the last 90 days. `ags`: 2, 5 or 8 digits.

    `oldest` is the earliest last confirmation; None when a parcel was never confirmed (then `never` counts them).
    """

    ags: str
    name: str
    kind: str | None
    parcels: int
    confirmed: int
    never: int
    oldest: dt.datetime | None

    @property
    def share(self) -> float:
        """Part of the parcels that are confirmed, 0 to 1; 1 where there is nothing to confirm."""
        return self.confirmed / self.parcels if self.parcels else 1.0


def on_market() -> ColumnElement[bool]:
    """Parcels whose records are to be confirmed."""
    return Parcel.status.in_(ON_MARKET)


@dataclass(frozen=True)
class Figures:
    """Every county and municipality with a parcel on the market, each by name, and all of them together."""

    counties: tuple[Coverage, ...]
    municipalities: tuple[Coverage, ...]
    whole: Coverage

    def of(self, ags: str | None) -> Coverage | None:
        """The figure of the county or municipality `ags`; None where nothing is on the market."""
        return next((figure for figure in (*self.counties, *self.municipalities) if figure.ags == ags), None)

    def within(self, county_ags: str) -> tuple[Coverage, ...]:
        """The municipalities of a county."""
        return tuple(figure for figure in self.municipalities if figure.ags.startswith(county_ags))


def figures(session: Session) -> Figures:
    """The public figures from one pass over the facet index; the wide rows are never read."""
    municipalities = _by_municipality(session)
    counties = tuple(
        _together(ags, name, kind, tuple(figure for figure in municipalities if figure.ags.startswith(ags)))
        for ags, name, kind in session.execute(
            select(AdminUnit.ags, AdminUnit.name, AdminUnit.kind)
            .where(AdminUnit.ags.in_({figure.ags[:5] for figure in municipalities}))
            .order_by(AdminUnit.name.collate("german"), AdminUnit.ags)
        )
    )
    return Figures(counties, municipalities, _together("", "", None, municipalities))


def of_place(session: Session, ags: str) -> Coverage | None:
    """The figure of one county or municipality, read from its county's part of the index; None without one."""
    inside = [Parcel.county_ags == ags[:5]] + ([Parcel.municipality_ags == ags] if len(ags) == 8 else [])
    row = session.execute(select(AdminUnit.name, AdminUnit.kind, *_sums()).join(Parcel, true()).where(
        AdminUnit.ags == ags, on_market(), *inside).group_by(AdminUnit.ags, AdminUnit.name, AdminUnit.kind)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    oldest = None if row.never else row.oldest
    return Coverage(ags, row.name, row.kind, row.parcels, row.confirmed, row.never, oldest)


def _sums() -> tuple[ColumnElement[Any], ...]:
    return (
        func.count().label("parcels"),
        func.count().filter(recently_confirmed(RECENT_DAYS)).label("confirmed"),
        func.count().filter(Parcel.confirmed_at.is_(None)).label("never"),
        func.min(Parcel.confirmed_at).label("oldest"),
    )


def _by_municipality(session: Session) -> tuple[Coverage, ...]:
    counted = (
        select(Parcel.municipality_ags.label("ags"), *_sums())
        .where(on_market(), Parcel.municipality_ags.is_not(None))
        .group_by(Parcel.municipality_ags)
        .cte("counted")
    )
    rows = session.execute(
        select(counted, AdminUnit.name, AdminUnit.kind)
        .join(AdminUnit, AdminUnit.ags == counted.c.ags)
        .order_by(AdminUnit.name.collate("german"), counted.c.ags)
    )
    return tuple(
        Coverage(row.ags, row.name, row.kind, row.parcels, row.confirmed, row.never, None if row.never else row.oldest)
        for row in rows
    )


def _together(ags: str, name: str, kind: str | None, parts: tuple[Coverage, ...]) -> Coverage:
    moments = [part.oldest for part in parts if part.oldest]
    never = sum(part.never for part in parts)
    parcels, confirmed = sum(part.parcels for part in parts), sum(part.confirmed for part in parts)
    return Coverage(ags, name, kind, parcels, confirmed, never, None if never or not moments else min(moments))
