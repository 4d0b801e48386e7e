"""What a shape that is not stored (yet) has to do with what is: parcels it overlaps, places, constraints, as SQL.

Each statement takes the shape as the value `shape` (hexadecimal EWKB, EPSG:25832). Areas are m², shares parts of 1.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, case, func, select

from landportal.gis.relations import SLIVER_M2
from landportal.model import STORAGE_SRID, AdminUnit, Area, ConstraintGrade, ConstraintZone, Parcel, ParcelStatus

SHAPE: ColumnElement[Any] = func.st_geomfromewkb(func.decode(bindparam("shape", type_=String), "hex"))


def _common_m2(geometry: Any) -> ColumnElement[float]:
    return func.st_area(func.st_intersection(geometry, SHAPE))


@cache
def overlaps() -> Select[*tuple[Any, ...]]:
    """Parcels still in the market with which the shape shares land, but not those of the value `without` (numbers)."""
    common = _common_m2(Parcel.geom).label("m2")
    return (
        select(
            Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.status, common,
            (common / func.least(func.st_area(SHAPE), Parcel.area_m2)).label("share"),
            (common / func.greatest(func.st_area(SHAPE), Parcel.area_m2)).label("of_both"),
        )
        .where(
            func.st_intersects(Parcel.geom, SHAPE),
            func.st_relate(Parcel.geom, SHAPE, "2********"),
            Parcel.status != ParcelStatus.WITHDRAWN,
            Parcel.number.not_in(bindparam("without", expanding=True)),
        )
        .order_by(common.desc(), Parcel.id)
    )  # fmt: skip


@cache
def municipalities() -> Select[*tuple[Any, ...]]:
    """Municipalities that hold land of the shape, the one with most of it first: the database derives that one."""
    common = _common_m2(AdminUnit.geom)
    covered = case((func.st_covers(AdminUnit.geom, SHAPE), func.st_area(SHAPE)), else_=common).label("m2")
    return (
        select(AdminUnit.ags, AdminUnit.name, covered)
        .where(
            AdminUnit.level == "municipality", AdminUnit.valid_to.is_(None), func.st_intersects(AdminUnit.geom, SHAPE)
        )
        .order_by(covered.desc(), AdminUnit.ags)
    )


@cache
def share_in_area() -> Select[*tuple[Any, ...]]:
    """The area of the value `area_id`, and how many m² of the shape lie in it."""
    return select(Area.slug, Area.name_de, Area.name_en, _common_m2(Area.geom).label("m2")).where(
        Area.id == bindparam("area_id", type_=Integer)
    )


@cache
def constraints() -> Select[*tuple[Any, ...]]:
    """Kinds of constraint in the shape with m² (zones on top of each other count once); slivers are left out."""
    covered = func.st_area(func.st_intersection(func.st_union(ConstraintZone.geom), SHAPE))
    excluded = func.bool_or(ConstraintZone.grade == ConstraintGrade.EXCLUDED)
    return (
        select(
            ConstraintZone.kind, case((excluded, ConstraintGrade.EXCLUDED), else_=ConstraintGrade.RESTRICTED),
            covered.label("m2"),
        )
        .where(func.st_intersects(ConstraintZone.geom, SHAPE))
        .group_by(ConstraintZone.kind)
        .having(covered > SLIVER_M2)
        .order_by(ConstraintZone.kind)
    )  # fmt: skip


def in_view(west: float, south: float, east: float, north: float, limit: int) -> Select[*tuple[Any, ...]]:
    """Parcels in a box of degrees with their shapes as GeoJSON, nearest to its middle first."""
    box = func.st_transform(func.st_makeenvelope(west, south, east, north, 4326), STORAGE_SRID)
    return (
        select(
            Parcel.number, Parcel.name_de, Parcel.name_en,
            func.st_asgeojson(func.st_transform(Parcel.geom, 4326), 10).label("geojson"),
        )
        .where(func.st_intersects(Parcel.geom, box), Parcel.status != ParcelStatus.WITHDRAWN)
        .order_by(func.st_distance(func.st_centroid(box), Parcel.geom), Parcel.id)
        .limit(limit)
    )  # fmt: skip


def beside(number: str, within_m: float) -> Select[*tuple[Any, ...]]:
    """Parcels at most `within_m` from parcel `number`, nearest first."""
    here = select(Parcel.geom).where(Parcel.number == number).scalar_subquery()
    near = and_(
        func.st_dwithin(Parcel.geom, here, within_m), Parcel.number != number, Parcel.status != ParcelStatus.WITHDRAWN
    )
    return select(Parcel).where(near).order_by(Parcel.name_de, Parcel.id)
