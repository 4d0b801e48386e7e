"""One parcel with everything known about it, where each fact comes from and how old it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Float, Numeric, Row, Select, String, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from landportal.errors import Gone, NotFound
from landportal.gis import relations
from landportal.gis.drawing import COORDINATE_DIGITS
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
    ParcelTravel,
)
from landportal.services import documents, lineage
from landportal.services.lineage import Relative
from landportal.services.permissions import visible_to_public
from landportal.services.search.machine import public_facts


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
    confirmed_days: int | None


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
    documents: tuple[documents.Shown, ...] = ()
    predecessors: tuple[Relative, ...] = ()

    @property
    def freshness(self) -> Freshness:
        """The step of the freshness ladder."""
        return Freshness.of_days(self.confirmed_days)


class WithdrawnParcel(Gone):
    """The parcel is no longer offered; its page names what it became and the area it belonged to."""

    def __init__(self, parcel: Parcel, area: Area | None, successors: tuple[Relative, ...] = ()) -> None:
        super().__init__(parcel.number)
        self.successors = successors
        self.number = parcel.number
        self.name_de, self.name_en = parcel.name_de, parcel.name_en
        self.withdrawn_on = parcel.status_since
        self.area_slug = area.slug if area else None
        self.area_name = area.name_de if area else None


NEIGHBOUR_M = 250
NEIGHBOURS_MAX = 12


def get_parcel(session: Session, number: str) -> ParcelPage:
    """Everything known about parcel `number`; NotFound if there is none, WithdrawnParcel if it is offered no more."""
    row = session.execute(_parcel_page(), {"number": number}).first()
    _still_offered(session, number, row)
    assert row is not None  # noqa: S101 - for the type checker: _still_offered refuses a missing row
    return _page_of(session, row)


def refuse_withdrawn(session: Session, number: str) -> None:
    """WithdrawnParcel where parcel `number` is offered no more, NotFound where it never was."""
    _still_offered(session, number, session.execute(_with_area(), {"number": number}).first())


def get_kept_parcel(session: Session, number: str) -> ParcelPage:
    """The same for whoever keeps the parcel: withdrawn ones too. Raises NotFound."""
    row = session.execute(_parcel_page(), {"number": number}).first()
    if row is None:
        raise NotFound(number)
    return _page_of(session, row)


def _page_of(session: Session, row: Row[*tuple[Any, ...]]) -> ParcelPage:
    parcel, area = row[0], row[1]
    return ParcelPage(
        parcel=parcel,
        municipality=row[2],
        county=row[3],
        area=area,
        data_set=row[4],
        nearest=_nearest(session, parcel.id),
        constraints=_constraints(session, parcel.id),
        checked=_checked(session),
        neighbours=_neighbours(session, parcel),
        width_m=row.width,
        depth_m=row.depth,
        lon=parcel.lon,
        lat=parcel.lat,
        bounds=(row.west, row.south, row.east, row.north),
        confirmed_days=row.confirmed_days,
        today=row.today,
        documents=documents.public_of(session, parcel.id),
        predecessors=lineage.predecessors(session, parcel.id),
    )


def parcel_geojson(session: Session, number: str) -> str:
    """The parcel as one GeoJSON feature (WGS 84) with its public facts; errors as `get_parcel`."""
    parcel, _ = _still_offered(session, number, session.execute(_with_area(), {"number": number}).first())
    # For one parcel only: joined to a page of a thousand features the ways tripled its time (3.3 to 10.2 ms).
    minutes = select(cast(func.round(cast(ParcelTravel.minutes, Numeric), 1), Float)).where(
        ParcelTravel.parcel_id == Parcel.id, ParcelTravel.kind == "motorway", ParcelTravel.shape == relations.SHAPE
    )
    told = public_facts().add_columns(minutes.scalar_subquery().label("motorway_min"))
    facts = told.where(Parcel.id == parcel.id).subquery("facts")
    return str(session.scalar(select(func.st_asgeojson(facts.table_valued(), "geom", COORDINATE_DIGITS))))


def _with_area(*more: Any) -> Select[*tuple[Any, ...]]:
    """The parcel of the value `number` with its area and the columns `more`."""
    here = select(Parcel, Area, *more).outerjoin(Area, Area.id == Parcel.area_id)
    return here.where(Parcel.number == bindparam("number", type_=String))


@cache
def _parcel_page() -> Select[*tuple[Any, ...]]:
    """The row of a parcel's page. Built once, like the statements of `relations` about one parcel."""
    return (
        _with_area(relations.MUNICIPALITY, relations.COUNTY, DataSet, *relations.shape())
        .join(DataSet, DataSet.id == Parcel.data_set_id)
        .outerjoin(relations.MUNICIPALITY, relations.MUNICIPALITY.ags == Parcel.municipality_ags)
        .outerjoin(relations.COUNTY, relations.COUNTY.ags == Parcel.county_ags)
    )


def _still_offered(session: Session, number: str, row: Row[*tuple[Any, ...]] | None) -> tuple[Parcel, Area | None]:
    if row is None:
        raise NotFound(number)
    parcel, area = row[0], row[1]
    if parcel.status == ParcelStatus.WITHDRAWN:
        raise WithdrawnParcel(parcel, area, lineage.successors(session, parcel.id))
    return parcel, area


def _nearest(session: Session, parcel_id: int) -> tuple[NearestPlace, ...]:
    return tuple(
        NearestPlace(
            row.prefix, row.Infrastructure.name, row.Infrastructure.ref, row.Infrastructure.detail,
            row.Infrastructure.voltage_kv, row.distance_m, row.bearing_deg, row.DataSet,
        )
        for row in session.execute(relations.nearest_places(), {"parcel_id": parcel_id})
    )  # fmt: skip


def _constraints(session: Session, parcel_id: int) -> tuple[ConstraintShare, ...]:
    """Shares per kind; overlapping zones of one kind count once."""
    return tuple(
        ConstraintShare(
            ConstraintKind(row.kind), ConstraintGrade(row.grade), tuple(row.zones), row.overlap_m2, row.share,
            row.DataSet,
        )
        for row in session.execute(relations.constraint_shares(), {"parcel_id": parcel_id})
    )  # fmt: skip


def _checked(session: Session) -> tuple[CheckedConstraint, ...]:
    statement = (
        select(ConstraintZone.kind, DataSet)
        .join(DataSet, DataSet.id == ConstraintZone.data_set_id)
        .ext(distinct_on(ConstraintZone.kind))
        .order_by(ConstraintZone.kind, DataSet.id)
    )
    return tuple(CheckedConstraint(ConstraintKind(kind), data_set) for kind, data_set in session.execute(statement))


def _neighbours(session: Session, parcel: Parcel) -> tuple[Neighbour, ...]:
    """The nearest visible parcels within 250 m, nearest first."""
    statement = relations.neighbours(NEIGHBOUR_M).where(visible_to_public()).limit(NEIGHBOURS_MAX)
    return tuple(Neighbour(*row) for row in session.execute(statement, {"parcel_id": parcel.id}))
