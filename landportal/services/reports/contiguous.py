"""The largest free land that lies together: what an investor with a large project can have in one piece.

Area of a group is the sum of its parcels' net areas; roads between them are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from landportal.gis.assembly import contiguous_group
from landportal.model import AdminUnit, Area, Parcel, ParcelStatus
from landportal.services.reports.balance import net_m2, part_key
from landportal.services.reports.units import Unit, UnitKind, within

SITES_MAX = 10
"""Groups that a report lists."""

MEMBERS_MAX = 200
"""Parcels that a group names; all are counted and added up."""


@dataclass(frozen=True)
class Site:
    """Free parcels that lie together, `numbers` of the largest first; `parcels` counts all of them.

    Named after the area of its largest parcel, else after that parcel.
    """

    net_m2: Decimal
    parcels: int
    numbers: tuple[str, ...]
    name_de: str
    name_en: str | None
    municipality: str | None


def largest(session: Session, unit: Unit, gap_m: float) -> tuple[Site, ...]:
    """The largest groups of free parcels in `unit` that lie within `gap_m` of each other, as the session sees them."""
    free = _free(unit, gap_m, None).subquery("free")
    by_size = aggregate_order_by(free.c.number, free.c.net.desc(), free.c.number)
    groups = (
        select(
            func.sum(free.c.net).label("net"),
            func.count().label("parcels"),
            func.array_agg(by_size)[1:MEMBERS_MAX].label("numbers"),
        )
        .group_by(free.c.site)
        .order_by(func.sum(free.c.net).desc(), func.min(free.c.number))
        .limit(SITES_MAX)
        .subquery("groups")
    )
    statement = (
        select(
            groups, AdminUnit.name.label("municipality"),
            func.coalesce(Area.name_de, Parcel.name_de).label("name_de"),
            func.coalesce(Area.name_en, Parcel.name_en).label("name_en"),
        )
        .join(Parcel, Parcel.number == groups.c.numbers[1])
        .outerjoin(Area, Area.id == Parcel.area_id)
        .outerjoin(AdminUnit, AdminUnit.ags == Parcel.municipality_ags)
        .order_by(groups.c.net.desc(), Parcel.number)
    )  # fmt: skip
    return tuple(
        Site(row.net, row.parcels, tuple(row.numbers), row.name_de, row.name_en, row.municipality)
        for row in session.execute(statement)
    )


def largest_by_part(session: Session, unit: Unit, by: UnitKind, gap_m: float) -> dict[str | None, Decimal]:
    """Net m² of the largest group inside each part; land across the border of two parts counts in each by itself."""
    free = _free(unit, gap_m, by).subquery("free")
    groups = (
        select(free.c.part, func.sum(free.c.net).label("net")).group_by(free.c.part, free.c.site).subquery("groups")
    )
    rows = session.execute(select(groups.c.part, func.max(groups.c.net)).group_by(groups.c.part))
    return {row[0]: row[1] for row in rows}


def _free(unit: Unit, gap_m: float, by: UnitKind | None) -> Select[*tuple[Any, ...]]:
    part = part_key(by)
    group = contiguous_group(gap_m, (part,) if by else ())
    land = select(Parcel.number, net_m2(Parcel.area_m2).label("net"), part.label("part"), group.label("site")).where(
        Parcel.status == ParcelStatus.AVAILABLE, within(unit)
    )
    if by is UnitKind.REGION:
        return land.outerjoin(AdminUnit, AdminUnit.ags == Parcel.county_ags)
    return land.outerjoin(Area, Area.id == Parcel.area_id) if by is UnitKind.AREA else land
