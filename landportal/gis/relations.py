"""What a parcel has to do with its surroundings, as SQL: nearest places, overlap shares, neighbours, age.

Distances are metres on the ground (geodesic), shares parts of the parcel's area, bearings degrees from north.
Nearest places themselves are derived when a row changes (migrations); here they are read.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from geoalchemy2 import Geography
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Float,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from landportal.model import (
    FRESHNESS_LADDER,
    NEAREST,
    TRAVEL_KINDS,
    AdminUnit,
    ConstraintGrade,
    ConstraintZone,
    DataSet,
    Freshness,
    Infrastructure,
    Parcel,
    ParcelTravel,
)

MUNICIPALITY, COUNTY = aliased(AdminUnit), aliased(AdminUnit)
"""The units a parcel lies in, as statements join them. Made once: an alias lists all columns of its table anew."""

_HERE = aliased(Parcel)

MOMENT: ColumnElement[Any] = select(func.moment()).scalar_subquery()
"""The moment a statement looks at. As a subquery it is found once, not for every row."""

SHAPE = func.hashtextextended(cast(Parcel.geom, Text), 0)
"""What tells one shape of a parcel from another. A way found while somebody moved it is seen to be another shape's."""

PARCEL_ID: BindParameter[int] = bindparam("parcel_id", type_=Integer)
"""Value that the statements about one parcel are executed with; they are built once."""

SLIVER_M2 = 1.0
"""Overlaps up to this are noise of digitising, not land lost."""


def confirmed_days() -> ColumnElement[int]:
    """Whole days since the parcel was last confirmed; null when it never was."""
    days = func.floor(func.extract("epoch", MOMENT - Parcel.confirmed_at) / 86_400)
    return cast(case((days < 0, 0), else_=days), Integer)


def recently_confirmed(days: int, confirmed_at: SQLColumnExpression[Any] = Parcel.confirmed_at) -> ColumnElement[bool]:
    """The parcel was confirmed within the last `days` whole days."""
    return func.coalesce(confirmed_at > days_ago(days + 1), literal(False))


def days_ago(days: int) -> ColumnElement[Any]:
    """The moment `days` days before the one a statement looks at, found once a statement."""
    return select(func.moment() - func.make_interval(0, 0, 0, days)).scalar_subquery()


def freshness() -> ColumnElement[str]:
    """The step of the ladder a parcel stands on."""
    steps = ((Parcel.confirmed_at > days_ago(limit + 1), literal(step)) for limit, step in FRESHNESS_LADDER)
    return case(*steps, else_=Freshness.UNCONFIRMED)


def shape() -> tuple[SQLColumnExpression[Any], ...]:
    """Sides of the smallest rectangle around the parcel (m, longer first), its lon/lat extent, age and today's date."""
    box = func.st_orientedenvelope(Parcel.geom)
    corners = [func.st_pointn(func.st_exteriorring(box), place) for place in (1, 2, 3)]
    sides = (func.st_distance(corners[0], corners[1]), func.st_distance(corners[1], corners[2]))
    extent = func.st_transform(Parcel.geom, 4326)
    return (
        func.greatest(*sides).label("width"), func.least(*sides).label("depth"),
        func.st_xmin(extent).label("west"), func.st_ymin(extent).label("south"),
        func.st_xmax(extent).label("east"), func.st_ymax(extent).label("north"),
        confirmed_days().label("confirmed_days"), cast(MOMENT, Date).label("today"),
    )  # fmt: skip


@cache
def nearest_places() -> Select[*tuple[Any, ...]]:
    """The nearest place of each kind with its row, data set, distance and the bearing from it to the parcel."""
    kinds = union_all(
        *(
            select(
                literal(prefix).label("prefix"),
                literal(position).label("position"),
                getattr(Parcel, f"{prefix}_id").label("place_id"),
                getattr(Parcel, f"{prefix}_m").label("distance_m"),
                _geography(Parcel.geom).label("land"),
            ).where(Parcel.id == PARCEL_ID)
            for position, prefix in enumerate(NEAREST)
        )
    ).subquery("kinds")
    bearing = func.degrees(func.st_azimuth(_geography(Infrastructure.geom), func.st_centroid(kinds.c.land)))
    return (
        select(kinds.c.prefix, Infrastructure, DataSet, kinds.c.distance_m, cast(bearing, Float).label("bearing_deg"))
        .join(Infrastructure, Infrastructure.id == kinds.c.place_id)
        .join(DataSet, DataSet.id == Infrastructure.data_set_id)
        .order_by(kinds.c.position)
    )


@cache
def ways() -> Select[*tuple[Any, ...]]:
    """The ways by road of one parcel in the graph `graph_id`, with their destinations and the bearing from each."""
    bearing = func.degrees(func.st_azimuth(_geography(Infrastructure.geom), func.st_centroid(_geography(Parcel.geom))))
    order = case({kind: place for place, kind in enumerate(TRAVEL_KINDS)}, value=ParcelTravel.kind)
    return (
        select(ParcelTravel, Infrastructure, DataSet, cast(bearing, Float).label("bearing_deg"))
        .join(Parcel, Parcel.id == ParcelTravel.parcel_id)
        .outerjoin(Infrastructure, Infrastructure.id == ParcelTravel.target_id)
        .outerjoin(DataSet, DataSet.id == Infrastructure.data_set_id)
        .where(ParcelTravel.parcel_id == PARCEL_ID, ParcelTravel.graph_id == bindparam("graph_id", type_=Integer))
        .where(ParcelTravel.shape == SHAPE)
        .order_by(order)
    )


def _geography(geometry: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    return cast(func.st_transform(geometry, 4326), Geography(srid=4326, spatial_index=False))


@cache
def constraint_shares() -> Select[*tuple[Any, ...]]:
    """Per kind and data set: names of the zones, overlap in m² (zones on top of each other count once) and share."""
    covered = func.st_intersection(func.st_union(ConstraintZone.geom), Parcel.geom)
    overlap = func.st_area(covered)
    excluded = func.bool_or(ConstraintZone.grade == ConstraintGrade.EXCLUDED)
    return (
        select(
            ConstraintZone.kind, DataSet,
            func.array_remove(func.array_agg(func.distinct(ConstraintZone.name)), None).label("zones"),
            case((excluded, ConstraintGrade.EXCLUDED), else_=ConstraintGrade.RESTRICTED).label("grade"),
            overlap.label("overlap_m2"), (overlap / Parcel.area_m2).label("share"),
        )
        .join(Parcel, func.st_intersects(ConstraintZone.geom, Parcel.geom))
        .join(DataSet, DataSet.id == ConstraintZone.data_set_id)
        .where(Parcel.id == PARCEL_ID)
        # The past's parcels come from a view, of which no key tells that geometry and area follow from the id.
        .group_by(ConstraintZone.kind, DataSet.id, Parcel.id, Parcel.geom, Parcel.area_m2)
        .having(overlap > SLIVER_M2)
        .order_by(ConstraintZone.kind)
    )  # fmt: skip


@cache
def neighbours(within_m: float) -> Select[*tuple[Any, ...]]:
    """Other parcels within `within_m` (grid metres: exact enough for a neighbourhood), nearest first."""
    distance = func.st_distance(_HERE.geom, Parcel.geom)
    return (
        select(
            Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.status, Parcel.zone, Parcel.zone_restricted,
            Parcel.area_m2, distance.label("distance_m"), confirmed_days().label("confirmed_days"),
        )
        .join(_HERE, and_(func.st_dwithin(_HERE.geom, Parcel.geom, within_m), Parcel.id != _HERE.id))
        .where(_HERE.id == PARCEL_ID)
        .order_by(distance, Parcel.id)
    )  # fmt: skip
