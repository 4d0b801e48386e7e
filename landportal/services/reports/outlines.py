"""Outlines of a unit and its parts as SVG paths in one frame, simplified to what a picture of a page's width shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, true
from sqlalchemy.orm import Session

from landportal.model import AdminLevel, AdminUnit, Area, Parcel
from landportal.services.permissions import visible_to_public
from landportal.services.reports.units import Unit, UnitKind, within

WIDTH = 1000.0
"""Width of the frame; one unit is a thousandth of the unit's width on the ground."""

TOLERANCE = 0.0025
"""Corners are left out where that moves a border by less than this part of the width."""


@dataclass(frozen=True)
class Outline:
    """A part: its key as `balance.Part.key`, its path, and the largest circle inside it, where a label may stand.

    `code` is the status of a parcel in a plan.
    """

    key: str
    path: str
    x: float
    y: float
    radius: float
    code: str | None = None


@dataclass(frozen=True)
class Picture:
    """The unit's own path as ground and its parts on it, in a frame of `WIDTH` × `height`, origin upper left."""

    height: float
    ground: str
    parts: tuple[Outline, ...]


def picture(session: Session, unit: Unit, by: UnitKind | None) -> Picture | None:
    """The picture of `unit` broken down `by`; None for a unit without parts or without a shape."""
    if by is None:
        return None
    return _drawn(session, unit, _parts(unit, by), TOLERANCE)


def plan(session: Session, unit: Unit) -> Picture | None:
    """The plan of an area: every public parcel with its status; None for one without a shape."""
    parcels = select(Parcel.number.label("key"), Parcel.geom.label("geom"), Parcel.status.label("code"))
    return _drawn(session, unit, parcels.where(visible_to_public(), within(unit)), TOLERANCE / 5)


def _drawn(session: Session, unit: Unit, pieces: Select[*tuple[Any, ...]], tolerance: float) -> Picture | None:
    ground = _ground(unit)
    west, south, east, north = session.execute(
        select(
            *(getattr(func, f"st_{side}")(func.st_extent(ground.c.geom)) for side in ("xmin", "ymin", "xmax", "ymax"))
        )
    ).one()
    if west is None or east <= west:
        return None
    frame = _Frame(west, north, WIDTH / (east - west), tolerance)
    path = session.scalar(select(_written(frame.simplified(func.st_union(ground.c.geom))))) or ""
    parts = pieces.subquery("parts")
    placed = select(
        *(each for each in parts.c if each.key != "geom"), frame.simplified(parts.c.geom).label("geom")
    ).subquery("placed")
    circle = func.st_maximuminscribedcircle(placed.c.geom).table_valued("center", "radius").lateral("circle")
    code = [placed.c.code] if "code" in placed.c else []
    rows = session.execute(
        select(
            placed.c.key, _written(placed.c.geom), func.st_x(circle.c.center), -func.st_y(circle.c.center),
            circle.c.radius, *code,
        )
        .join(circle, true())
        .order_by(placed.c.key)
    )  # fmt: skip
    return Picture(round((north - south) * frame.scale, 1), path, tuple(Outline(*row) for row in rows))


@dataclass(frozen=True)
class _Frame:
    west: float
    north: float
    scale: float
    tolerance: float

    def simplified(self, geometry: Any) -> Any:
        """`geometry` in the frame, with y upwards as geometries have it, without corners that nobody sees."""
        placed = func.st_scale(func.st_translate(geometry, -self.west, -self.north), self.scale, self.scale)
        return func.st_simplifypreservetopology(placed, WIDTH * self.tolerance)


def _written(geometry: Any) -> Any:
    """The SVG path, which turns y downwards."""
    return func.st_assvg(geometry, 0, 1)


def _ground(unit: Unit) -> Any:
    current = select(AdminUnit.geom.label("geom")).where(AdminUnit.valid_to.is_(None))
    if unit.kind is UnitKind.AREA:
        return select(Area.geom.label("geom")).where(Area.id == unit.area_id).subquery("ground")
    return current.where(AdminUnit.ags.in_(unit.counties or (unit.key,))).subquery("ground")


def _parts(unit: Unit, by: UnitKind) -> Select[*tuple[Any, ...]]:
    if by is UnitKind.AREA:
        here = select(Parcel.area_id).where(visible_to_public(), within(unit))
        return select(Area.slug.label("key"), Area.geom.label("geom")).where(Area.id.in_(here))
    level = AdminLevel.MUNICIPALITY if by is UnitKind.MUNICIPALITY else AdminLevel.COUNTY
    current = (AdminUnit.level == level, AdminUnit.valid_to.is_(None))
    inside = (
        func.left(AdminUnit.ags, 5).in_(unit.counties)
        if unit.counties
        else AdminUnit.ags.startswith(unit.slug, autoescape=True)
    )
    if by is UnitKind.REGION:
        return (
            select(AdminUnit.region.label("key"), func.st_union(AdminUnit.geom).label("geom"))
            .where(*current, inside, AdminUnit.region.is_not(None))
            .group_by(AdminUnit.region)
        )
    return select(AdminUnit.ags.label("key"), AdminUnit.geom.label("geom")).where(*current, inside)
