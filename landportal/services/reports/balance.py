"""What land there is on a day: hectares by status, by zone and servicing, by part of a unit, and by year.

Net is a parcel's own area, the land that is sold. Gross adds its share of roads, green and compensation: net × gross
hectares of its area ÷ net hectares of its area; gross is net where an area names one of them
only, or there is no area.
Statements read the store as the session sees it (`landportal.db.reading`); years before read the versions of the past.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    Select,
    String,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    table,
    tuple_,
)
from sqlalchemy.orm import Session

from landportal.gis.relations import recently_confirmed
from landportal.model import AdminUnit, Area, Parcel, ParcelStatus
from landportal.services.days import end_of
from landportal.services.freshness import RECENT_DAYS, on_market
from landportal.services.permissions import visible_to_public
from landportal.services.reports.units import Unit, UnitKind, region_slug, within

NOTHING = Decimal(0)


class Group(StrEnum):
    """Statuses as a balance adds them up."""

    FREE = "free"
    PROMISED = "promised"
    PREPARING = "preparing"
    TAKEN = "taken"
    OWN_USE = "own_use"


STATUSES: Mapping[Group, tuple[ParcelStatus, ...]] = {
    Group.FREE: (ParcelStatus.AVAILABLE,),
    Group.PROMISED: (ParcelStatus.RESERVED, ParcelStatus.OPTIONED),
    Group.PREPARING: (ParcelStatus.PREPARING,),
    Group.TAKEN: (ParcelStatus.SOLD, ParcelStatus.LEASED),
    Group.OWN_USE: (ParcelStatus.OWN_USE,),
}
"""Withdrawn land is not public and belongs to no group."""

GROUP_OF = {status: group for group, statuses in STATUSES.items() for status in statuses}

VERSIONS = table(
    "parcel_version",
    *(column(name, Integer) for name in ("id", "area_id")),
    *(column(name, String) for name in ("number", "name_de", "name_en", "status", "municipality_ags", "county_ags")),
    column("area_m2", Numeric),
    column("status_since", Date),
    *(column(name, DateTime(timezone=True)) for name in ("valid_from", "valid_to")),
    schema="past",
)
"""Every version of every parcel, from `valid_from` (included) to `valid_to` (excluded)."""


@dataclass(frozen=True)
class Amount:
    """So much land: number of parcels, exact square metres net and gross."""

    parcels: int = 0
    net_m2: Decimal = NOTHING
    gross_m2: Decimal = NOTHING

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.parcels + other.parcels, self.net_m2 + other.net_m2, self.gross_m2 + other.gross_m2)


ByGroup = Mapping[Group, Amount]


def total(amounts: ByGroup) -> Amount:
    """All groups together."""
    return sum(amounts.values(), Amount())


@dataclass(frozen=True)
class Part:
    """A part of the unit, or a zone with a servicing. `key` as `units.Unit.key`; None: land that no such unit holds.

    Of `on_market` parcels `confirmed` were confirmed in the last 90 days.
    """

    key: str | None
    name_de: str | None
    name_en: str | None
    admin_kind: str | None
    amounts: ByGroup
    confirmed: int
    on_market: int


@dataclass(frozen=True)
class ZoneRow:
    """Land of one zone and one servicing; None where the parcel does not say."""

    zone: str | None
    servicing: str | None
    amounts: ByGroup


@dataclass(frozen=True)
class Stock:
    """The land of a unit at one moment."""

    amounts: ByGroup
    confirmed: int
    on_market: int
    parts: tuple[Part, ...]
    zones: tuple[ZoneRow, ...]


@dataclass(frozen=True)
class YearEnd:
    """Net land at the end of a day."""

    day: dt.date
    net_m2: Mapping[Group, Decimal]


def net_m2(area: Any) -> ColumnElement[Decimal]:
    """An area as an exact decimal: sums of it do not depend on their order."""
    return cast(area, Numeric)


def gross_factor() -> ColumnElement[Decimal]:
    """What a parcel's net area is multiplied with for its share of its area's roads and green."""
    return func.coalesce(Area.gross_ha / func.nullif(Area.net_ha, 0), literal(Decimal(1)))


def stock(session: Session, unit: Unit, by: UnitKind | None) -> Stock:
    """The public land of `unit` as the session sees it, broken down `by` kind of part (None: not)."""
    parts: dict[str | None, dict[Group, Amount]] = defaultdict(dict)
    zones: dict[tuple[str | None, str | None], dict[Group, Amount]] = defaultdict(dict)
    counted: dict[str | None, list[int]] = defaultdict(lambda: [0, 0])
    whole: dict[Group, Amount] = {}
    for row in session.execute(_by_part_and_zone(unit, by)):
        group, amount = GROUP_OF[ParcelStatus(row.status)], Amount(row.parcels, row.net, row.gross)
        if row.of_zone:
            _add(zones[row.zone, row.servicing], group, amount)
            _add(whole, group, amount)
        else:
            _add(parts[row.part], group, amount)
        tally = counted[None if row.of_zone else f"part {row.part}"]
        tally[0] += row.confirmed
        tally[1] += row.on_market
    names = _names(session, by, [key for key in parts if key])
    return Stock(
        amounts=whole, confirmed=counted[None][0], on_market=counted[None][1],
        parts=_in_order(parts, names, counted) if by else (),
        zones=tuple(ZoneRow(*key, zones[key]) for key in sorted(zones, key=lambda key: (key[0] or "~", key[1] or "~"))),
    )  # fmt: skip


def _add(sums: dict[Group, Amount], group: Group, amount: Amount) -> None:
    sums[group] = sums.get(group, Amount()) + amount


def _by_part_and_zone(unit: Unit, by: UnitKind | None) -> Select[*tuple[Any, ...]]:
    """Two breakdowns from one pass: by part and status, by zone, servicing and status."""
    net, part = net_m2(Parcel.area_m2), part_key(by)
    land = (
        select(
            part.label("part"), Parcel.zone, Parcel.servicing, Parcel.status, net.label("net"),
            (net * gross_factor()).label("gross"),
            on_market().label("on_market"), recently_confirmed(RECENT_DAYS).label("confirmed"),
        )
        .outerjoin(Area, Area.id == Parcel.area_id)
        .where(visible_to_public(), within(unit))
    )  # fmt: skip
    if by is UnitKind.REGION:
        land = land.outerjoin(AdminUnit, AdminUnit.ags == Parcel.county_ags)
    row = land.subquery("land").c
    return select(
        row.part, row.zone, row.servicing, row.status, func.count().label("parcels"), func.sum(row.net).label("net"),
        func.sum(row.gross).label("gross"), func.count().filter(row.on_market).label("on_market"),
        func.count().filter(row.on_market, row.confirmed).label("confirmed"),
        (func.grouping(row.zone) == 0).label("of_zone"),
    ).group_by(
        func.grouping_sets(tuple_(row.part, row.status), tuple_(row.zone, row.servicing, row.status))
    )  # fmt: skip


def part_key(by: UnitKind | None) -> ColumnElement[Any]:
    """The column that says in which part a parcel lies; joins `AdminUnit` by county for regions, `Area` for areas."""
    columns: dict[UnitKind | None, Any] = {
        UnitKind.REGION: AdminUnit.region,
        UnitKind.COUNTY: Parcel.county_ags,
        UnitKind.MUNICIPALITY: Parcel.municipality_ags,
        UnitKind.AREA: Area.slug,
    }
    found: ColumnElement[Any] = columns.get(by, cast(literal(None), String))
    return found


def _names(session: Session, by: UnitKind | None, keys: Sequence[str]) -> dict[str, tuple[str, str | None, str | None]]:
    """German name, English name and kind of each part."""
    if by is UnitKind.REGION:
        return {key: (key, None, None) for key in keys}
    named: Select[*tuple[Any, ...]]
    if by is UnitKind.AREA:
        named = select(Area.slug, Area.name_de, Area.name_en, cast(literal(None), String)).where(Area.slug.in_(keys))
    else:
        named = select(AdminUnit.ags, AdminUnit.name, cast(literal(None), String), AdminUnit.kind).where(
            AdminUnit.ags.in_(keys)
        )
    return {key: (de, en, kind) for key, de, en, kind in session.execute(named)}


def _in_order(
    parts: Mapping[str | None, ByGroup],
    names: Mapping[str, tuple[str, str | None, str | None]],
    counted: Mapping[str | None, list[int]],
) -> tuple[Part, ...]:
    found = []
    for key, amounts in parts.items():
        de, en, kind = names.get(key or "", (key, None, None))
        confirmed, market = counted[f"part {key}"]
        found.append(Part(key, de, en, kind, amounts, confirmed, market))
    return tuple(sorted(found, key=lambda part: (part.key is None, (part.name_de or "").casefold(), part.key or "")))


def part_unit(by: UnitKind, key: str) -> str:
    """The key of the unit that a part is, as addresses name it."""
    if by is UnitKind.REGION:
        return f"region:{region_slug(key)}"
    return f"area:{key}" if by is UnitKind.AREA else key


def at_moments(session: Session, unit: Unit, days: Sequence[dt.date]) -> tuple[YearEnd, ...]:
    """Net land of `unit` at the end of each of `days`, from one pass over the versions of the past."""
    if not days:
        return ()
    past = VERSIONS.c
    sums = [
        func.sum(net_m2(past.area_m2)).filter(valid_at(end_of(day))).label(f"day_{place}")
        for place, day in enumerate(days)
    ]
    some = or_(*(valid_at(end_of(day)) for day in days))
    rows = session.execute(
        select(past.status, *sums)
        .where(past.status != ParcelStatus.WITHDRAWN, within(unit, past), some)
        .group_by(past.status)
    ).all()
    found: list[dict[Group, Decimal]] = [{} for _ in days]
    for row in rows:
        for place, amount in enumerate(row[1:]):
            if amount is not None:
                group = GROUP_OF[ParcelStatus(row.status)]
                found[place][group] = found[place].get(group, NOTHING) + amount
    return tuple(YearEnd(day, amounts) for day, amounts in zip(days, found, strict=True))


def valid_at(moment: dt.datetime) -> ColumnElement[bool]:
    """The version of `VERSIONS` that held at `moment`."""
    return (VERSIONS.c.valid_from <= moment) & (VERSIONS.c.valid_to > moment)


def group_of(status: Any) -> ColumnElement[str]:
    """The group of a status as SQL; null for withdrawn land."""
    return case(*((status.in_(statuses), literal(group)) for group, statuses in STATUSES.items()))
