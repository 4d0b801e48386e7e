"""One parcel with everything known about it, where each fact comes from and how old it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.errors import Gone, NotFound
from landportal.gis import relations
from landportal.model import (
    AdminUnit,
    Area,
    ConstraintGrade,
    ConstraintKind,
    ConstraintZone,
    DataSet,
    Freshness,
    Parcel,
    ParcelStatus,
)
from landportal.services.permissions import visible_to_public
from landportal.services.search.machine import COORDINATE_DIGITS, public_facts


@dataclass(frozen=True)
class NearestPlace:
    """The nearest infrastructure of one kind. `bearing_deg`: from it to the parcel, 0 = north, clockwise."""

    kind: str  # prefix of the parcel's columns: motorway, rail, station, airport, substation
    name: str
    ref: str | None
    detail: str | None
    voltage_kv: int | None
    distance_m: float
    bearing_deg: float
    data_set: DataSet


@dataclass(frozen=True)
class ConstraintShare:
    """How much of the parcel lies in zones of one kind; `zones` names them, `share` is 0 to 1."""

    kind: ConstraintKind
    grade: ConstraintGrade
    zones: tuple[str, ...]
    overlap_m2: float
    share: float
    data_set: DataSet


@dataclass(frozen=True)
class CheckedConstraint:
    """A kind of constraint the store has a data set for, so that "none" can be told from "not checked"."""

    kind: ConstraintKind
    data_set: DataSet


@dataclass(frozen=True)
class Neighbour:
    """A parcel within 250 m."""

    number: str
    name_de: str
    name_en: str | None
    status: str
    zone: str | None
    zone_restricted: bool
    area_m2: float
    distance_m: float


@dataclass(frozen=True)
class ParcelPage:
    """A parcel as its page tells it. `bounds` is west, south, east, north in lon/lat."""

    parcel: Parcel
    municipality: AdminUnit | None
    county: AdminUnit | None
    area: Area | None
    data_set: DataSet
    nearest: tuple[NearestPlace, ...]
    constraints: tuple[ConstraintShare, ...]
    checked: tuple[CheckedConstraint, ...]
    neighbours: tuple[Neighbour, ...]
    width_m: float
    depth_m: float
    lon: float
    lat: float
    bounds: tuple[float, float, float, float]
    confirmed_days: int | None  # whole days since the responsible officer confirmed the record
    today: dt.date

    @property
    def freshness(self) -> Freshness:
        """The step of the freshness ladder."""
        return Freshness.of_days(self.confirmed_days)


class WithdrawnParcel(Gone):
    """The parcel is no longer offered; its page names the area it belonged to."""

    def __init__(self, parcel: Parcel, area: Area | None) -> None:
        super().__init__(parcel.number)
        self.number = parcel.number
        self.name_de, self.name_en = parcel.name_de, parcel.name_en
        self.withdrawn_on = parcel.status_since
        self.area_slug = area.slug if area else None
        self.area_name = area.name_de if area else None


NEIGHBOUR_M = 250
NEIGHBOURS_MAX = 12


def get_parcel(session: Session, number: str) -> ParcelPage:
    """Everything known about parcel `number`; NotFound if there is none, WithdrawnParcel if it is offered no more."""
    parcel, area = _public_parcel(session, number)
    facts = session.execute(relations.shape_of(parcel.id)).one()
    return ParcelPage(
        parcel=parcel,
        municipality=session.get(AdminUnit, parcel.municipality_ags) if parcel.municipality_ags else None,
        county=session.get(AdminUnit, parcel.county_ags) if parcel.county_ags else None,
        area=area,
        data_set=session.get_one(DataSet, parcel.data_set_id),
        nearest=_nearest(session, parcel.id),
        constraints=_constraints(session, parcel.id),
        checked=_checked(session),
        neighbours=_neighbours(session, parcel),
        width_m=facts.width,
        depth_m=facts.depth,
        lon=parcel.lon,
        lat=parcel.lat,
        bounds=(facts.west, facts.south, facts.east, facts.north),
        confirmed_days=facts.confirmed_days,
        today=facts.today,
    )


def parcel_geojson(session: Session, number: str) -> str:
    """The parcel as one GeoJSON feature (WGS 84) with its public facts; errors as `get_parcel`."""
    parcel, _ = _public_parcel(session, number)
    facts = public_facts().where(Parcel.id == parcel.id).subquery("facts")
    return str(session.scalar(select(func.st_asgeojson(facts.table_valued(), "geom", COORDINATE_DIGITS))))


def _public_parcel(session: Session, number: str) -> tuple[Parcel, Area | None]:
    parcel = session.scalar(select(Parcel).where(Parcel.number == number))
    if parcel is None:
        raise NotFound(number)
    area = session.get(Area, parcel.area_id) if parcel.area_id else None
    if parcel.status == ParcelStatus.WITHDRAWN:
        raise WithdrawnParcel(parcel, area)
    return parcel, area


def _nearest(session: Session, parcel_id: int) -> tuple[NearestPlace, ...]:
    return tuple(
        NearestPlace(
            row.prefix, row.Infrastructure.name, row.Infrastructure.ref, row.Infrastructure.detail,
            row.Infrastructure.voltage_kv, row.distance_m, row.bearing_deg, row.DataSet,
        )
        for row in session.execute(relations.nearest_places(parcel_id))
    )  # fmt: skip


def _constraints(session: Session, parcel_id: int) -> tuple[ConstraintShare, ...]:
    """Shares per kind; overlapping zones of one kind count once."""
    return tuple(
        ConstraintShare(
            ConstraintKind(row.kind), ConstraintGrade(row.grade), tuple(row.zones), row.overlap_m2, row.share,
            session.get_one(DataSet, row.data_set_id),
        )
        for row in session.execute(relations.constraint_shares(parcel_id))
    )  # fmt: skip


def _checked(session: Session) -> tuple[CheckedConstraint, ...]:
    statement = (
        select(ConstraintZone.kind, func.min(ConstraintZone.data_set_id))
        .group_by(ConstraintZone.kind)
        .order_by(ConstraintZone.kind)
    )
    return tuple(
        CheckedConstraint(ConstraintKind(kind), session.get_one(DataSet, data_set_id))
        for kind, data_set_id in session.execute(statement)
    )


def _neighbours(session: Session, parcel: Parcel) -> tuple[Neighbour, ...]:
    """The nearest visible parcels within 250 m, nearest first."""
    statement = relations.neighbours(parcel.id, NEIGHBOUR_M).where(visible_to_public()).limit(NEIGHBOURS_MAX)
    return tuple(Neighbour(*row) for row in session.execute(statement))
