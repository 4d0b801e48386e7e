"""Industrial and commercial areas: their parcels, land balance and, where inter-municipal, members with shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, SQLColumnExpression, Subquery, cast, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from landportal.errors import NotFound
from landportal.gis.relations import confirmed_days, recently_confirmed
from landportal.model import M2_PER_HA, AdminLevel, AdminUnit, Area, AreaMember, DataSet, Parcel, ParcelStatus
from landportal.services.permissions import visible_to_public

CONFIRMED_WITHIN_DAYS = 90
"""The coverage statement counts parcels confirmed within this time."""


@dataclass(frozen=True)
class AreaChoice:
    """An area that a search can be narrowed to."""

    slug: str
    name_de: str
    name_en: str | None


@dataclass(frozen=True)
class AreaSummary:
    """An area in the list of areas. Hectares by status come from its parcels."""

    slug: str
    name_de: str
    name_en: str | None
    kind: str
    municipalities: tuple[str, ...]
    counties: tuple[str, ...]
    gross_ha: float
    net_ha: float | None
    parcels: int
    available: int
    available_ha: float
    confirmed: int  # parcels confirmed in the last 90 days
    inter_municipal: bool


@dataclass(frozen=True)
class Member:
    """A municipality's part in an inter-municipal area."""

    ags: str
    name: str
    role: str
    votes: int | None
    cost_share_pct: Decimal | None
    revenue_share_pct: Decimal | None
    key_type: str | None
    valid_from: dt.date
    document: str | None


@dataclass(frozen=True)
class AreaParcel:
    """A row of the area's table of parcels."""

    number: str
    name_de: str
    name_en: str | None
    zone: str | None
    zone_restricted: bool
    area_m2: float
    status: ParcelStatus
    price_eur_m2: Decimal | None
    price_on_request: bool
    confirmed_days: int | None


@dataclass(frozen=True)
class AreaPage:
    """An area as its page tells it. `balance_m2` sums its parcels by status; `bounds` is lon/lat."""

    area: Area
    data_set: DataSet
    municipalities: tuple[str, ...]
    counties: tuple[tuple[str, str], ...]  # (5-digit key, name)
    members: tuple[Member, ...]
    parcels: tuple[AreaParcel, ...]
    balance_m2: Mapping[ParcelStatus, float]
    price_range: tuple[Decimal, Decimal] | None
    motorway: tuple[str, float] | None  # name and distance in m of the nearest junction over all parcels
    confirmed: int  # parcels confirmed in the last 90 days
    bounds: tuple[float, float, float, float]
    today: dt.date


def area_choices(session: Session) -> tuple[AreaChoice, ...]:
    """Names of all areas; costs nothing of what `list_areas` counts."""
    return tuple(AreaChoice(*row) for row in session.execute(select(Area.slug, Area.name_de, Area.name_en)))


def list_areas(session: Session) -> tuple[AreaSummary, ...]:
    """Every area with its municipalities and what is available, in German alphabetical order."""
    places, stock = _places(), _stock()
    members = select(AreaMember.area_id, func.count().label("n")).where(_valid_now()).group_by(AreaMember.area_id)
    counted = members.subquery("members")
    statement = (
        select(
            Area, func.st_area(Area.geom).label("m2"), places.c.municipalities, places.c.counties,
            func.coalesce(stock.c.parcels, 0).label("parcels"), func.coalesce(stock.c.available, 0).label("available"),
            func.coalesce(stock.c.available_m2, 0.0).label("available_m2"),
            func.coalesce(stock.c.confirmed, 0).label("confirmed"), func.coalesce(counted.c.n, 0).label("members"),
        )
        .outerjoin(places, places.c.id == Area.id)
        .outerjoin(stock, stock.c.id == Area.id)
        .outerjoin(counted, counted.c.area_id == Area.id)
        .order_by(Area.name_de.collate("german"))
    )  # fmt: skip
    return tuple(
        AreaSummary(
            slug=row.Area.slug,
            name_de=row.Area.name_de,
            name_en=row.Area.name_en,
            kind=row.Area.kind,
            municipalities=tuple(row.municipalities or ()),
            counties=tuple(row.counties or ()),
            gross_ha=_gross_ha(row.Area, row.m2),
            net_ha=None if row.Area.net_ha is None else float(row.Area.net_ha),
            parcels=row.parcels,
            available=row.available,
            available_ha=row.available_m2 / M2_PER_HA,
            confirmed=row.confirmed,
            inter_municipal=row.members > 1,
        )
        for row in session.execute(statement)
    )


def get_area(session: Session, slug: str) -> AreaPage:
    """Everything about the area `slug`; NotFound if there is none."""
    area = session.scalar(select(Area).where(Area.slug == slug))
    if area is None:
        raise NotFound(slug)
    parcels = _parcels(session, area)
    prices = [parcel.price_eur_m2 for parcel in parcels if parcel.price_eur_m2 is not None]
    extent = func.st_transform(Area.geom, 4326)
    shape = session.execute(
        select(
            func.st_xmin(extent),
            func.st_ymin(extent),
            func.st_xmax(extent),
            func.st_ymax(extent),
            cast(func.moment(), Date),
        ).where(Area.id == area.id)
    ).one()
    return AreaPage(
        area=area,
        data_set=session.get_one(DataSet, area.data_set_id),
        municipalities=_names(session, area, AdminLevel.MUNICIPALITY),
        counties=_counties(session, area),
        members=_members(session, area),
        parcels=parcels,
        balance_m2=_balance(parcels),
        price_range=(min(prices), max(prices)) if prices else None,
        motorway=_motorway(session, area),
        confirmed=session.scalar(_of_area(area, func.count()).where(recently_confirmed(CONFIRMED_WITHIN_DAYS))) or 0,
        bounds=(shape[0], shape[1], shape[2], shape[3]),
        today=shape[4],
    )


def _gross_ha(area: Area, measured_m2: float) -> float:
    """Hectares as published; measured where nothing is published."""
    return measured_m2 / M2_PER_HA if area.gross_ha is None else float(area.gross_ha)


def _valid_now() -> ColumnElement[bool]:
    today = cast(func.moment(), Date)
    return (AreaMember.valid_from <= today) & or_(AreaMember.valid_to.is_(None), AreaMember.valid_to > today)


def _touched_units(level: AdminLevel) -> Select[*tuple[Any, ...]]:
    """Units an area lies in with more than a sliver (1 % of the area), largest part first."""
    part = func.st_area(func.st_intersection(AdminUnit.geom, Area.geom))
    return (
        select(Area.id, AdminUnit)
        .join(AdminUnit, func.st_intersects(AdminUnit.geom, Area.geom))
        .where(AdminUnit.level == level, AdminUnit.valid_to.is_(None), part > func.st_area(Area.geom) / 100)
        .order_by(part.desc())
    )


def _places() -> Subquery:
    """Names of the municipalities and counties of each area, from its members and its parcels' municipalities."""
    parts = union(
        select(AreaMember.area_id.label("id"), AreaMember.ags.label("ags")).where(_valid_now()),
        select(Parcel.area_id, Parcel.municipality_ags).where(
            Parcel.area_id.is_not(None), Parcel.municipality_ags.is_not(None)
        ),
    ).subquery("parts")
    municipality, county = aliased(AdminUnit), aliased(AdminUnit)
    return (
        select(
            parts.c.id,
            # A county may be a member too, but is no municipality.
            func.array_agg(func.distinct(municipality.name))
            .filter(municipality.level == AdminLevel.MUNICIPALITY)
            .label("municipalities"),
            func.array_agg(func.distinct(county.name)).label("counties"),
        )
        .join(municipality, municipality.ags == parts.c.ags)
        .join(county, county.ags == func.left(parts.c.ags, 5))
        .group_by(parts.c.id)
        .subquery("places")
    )


def _stock() -> Subquery:
    available = Parcel.status == ParcelStatus.AVAILABLE
    return (
        select(
            Parcel.area_id.label("id"),
            func.count().label("parcels"),
            func.count().filter(available).label("available"),
            func.sum(Parcel.area_m2).filter(available).label("available_m2"),
            func.count().filter(recently_confirmed(CONFIRMED_WITHIN_DAYS)).label("confirmed"),
        )
        .where(visible_to_public(), Parcel.area_id.is_not(None))
        .group_by(Parcel.area_id)
        .subquery("stock")
    )


def _of_area(area: Area, *columns: SQLColumnExpression[Any]) -> Select[*tuple[Any, ...]]:
    return select(*columns).select_from(Parcel).where(Parcel.area_id == area.id, visible_to_public())


def _parcels(session: Session, area: Area) -> tuple[AreaParcel, ...]:
    statement = _of_area(
        area, Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.zone, Parcel.zone_restricted, Parcel.area_m2,
        Parcel.status, Parcel.price_eur_m2, Parcel.price_on_request, confirmed_days(),
    ).order_by(Parcel.name_de.collate("german"), Parcel.number)  # fmt: skip
    rows = session.execute(statement)
    return tuple(
        AreaParcel(number, de, en, zone, restricted, m2, ParcelStatus(status), price, on_request, days)
        for number, de, en, zone, restricted, m2, status, price, on_request, days in rows
    )


def _balance(parcels: Iterable[AreaParcel]) -> dict[ParcelStatus, float]:
    sums: dict[ParcelStatus, float] = dict.fromkeys(ParcelStatus, 0.0)
    for parcel in parcels:
        sums[parcel.status] += parcel.area_m2
    return sums


def _names(session: Session, area: Area, level: AdminLevel) -> tuple[str, ...]:
    return tuple(unit.name for _, unit in session.execute(_touched_units(level).where(Area.id == area.id)))


def _counties(session: Session, area: Area) -> tuple[tuple[str, str], ...]:
    rows = session.execute(_touched_units(AdminLevel.COUNTY).where(Area.id == area.id))
    return tuple((unit.ags, unit.name) for _, unit in rows)


def _members(session: Session, area: Area) -> tuple[Member, ...]:
    """Members valid today, largest share first."""
    rows = session.execute(
        select(AreaMember, AdminUnit.name)
        .join(AdminUnit, AdminUnit.ags == AreaMember.ags)
        .where(AreaMember.area_id == area.id, _valid_now())
        .order_by(AreaMember.cost_share_pct.desc().nulls_last(), AdminUnit.name)
    )
    return tuple(
        Member(
            m.ags, name, m.role, m.votes, m.cost_share_pct, m.revenue_share_pct, m.key_type, m.valid_from, m.document
        )
        for m, name in rows
    )


def _motorway(session: Session, area: Area) -> tuple[str, float] | None:
    nearest = _of_area(area, Parcel.motorway_name, Parcel.motorway_m).where(Parcel.motorway_m.is_not(None))
    row = session.execute(nearest.order_by(Parcel.motorway_m).limit(1)).first()
    return None if row is None else (row[0], row[1])
