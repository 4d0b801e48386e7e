"""What the editor shows around a shape: the parcel as it stands, its neighbours to snap to, areas to choose from."""

from __future__ import annotations

import json
from dataclasses import dataclass

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.gis import geometry, shape_relations, shapes
from landportal.model import AdminUnit, Area, Parcel
from landportal.services import lineage
from landportal.services.parcels import WithdrawnParcel
from landportal.services.permissions import Action, Actor, require, require_for
from landportal.services.shapes.operations import shape_of

NEIGHBOURS_MAX = 300


@dataclass(frozen=True)
class ShapeNow:
    """A parcel with its shape as text and GeoJSON; `bounds` is west, south, east, north in degrees."""

    parcel: Parcel
    text: str
    geojson: str
    bounds: tuple[float, float, float, float]


def shape_now(session: Session, actor: Actor, number: str, hole_word: str) -> ShapeNow:
    """Parcel `number` for its editor; raises NotFound, NotAllowed outside the actor's scope, WithdrawnParcel where it
    was split or merged: there is nothing left to draw."""
    parcel = parcel_at_desk(session, actor, number)
    if lineage.is_retired(session, parcel):
        area = session.get(Area, parcel.area_id) if parcel.area_id else None
        raise WithdrawnParcel(parcel, area, lineage.successors(session, parcel.id))
    return shown(parcel, hole_word)


def parcel_at_desk(session: Session, actor: Actor, number: str) -> Parcel:
    """Parcel `number` of the actor's scope; raises NotFound, NotAllowed."""
    parcel = session.scalar(select(Parcel).where(Parcel.number == number))
    if parcel is None:
        raise NotFound(number)
    require_for(actor, Action.EDIT, parcel)
    return parcel


def shown(parcel: Parcel, hole_word: str) -> ShapeNow:
    """`parcel` as its editor needs it."""
    shape = shape_of(parcel)
    degrees = shapely.transform(shape, lambda points: geometry.to_degrees(points, geometry.STORAGE_CRS))
    west, south, east, north = degrees.bounds
    return ShapeNow(parcel, shapes.written(shape, hole_word), shapes.as_geojson(shape), (west, south, east, north))


def view_geojson(session: Session, actor: Actor, box: tuple[float, float, float, float]) -> dict[str, object]:
    """The parcels in a box of degrees as GeoJSON with exact corners, at most NEIGHBOURS_MAX: corners snap to them."""
    require(actor, Action.EDIT)
    features = [
        {
            "type": "Feature",
            "properties": {"number": row.number, "name_de": row.name_de, "name_en": row.name_en},
            "geometry": json.loads(row.geojson),
        }
        for row in session.execute(shape_relations.in_view(*box, NEIGHBOURS_MAX))
    ]
    return {"type": "FeatureCollection", "features": features}


def area_choices(session: Session, actor: Actor) -> tuple[Area, ...]:
    """Areas a new parcel of the actor may belong to: those that hold land of its municipalities, or its own."""
    areas = session.scalars(select(Area).order_by(Area.name_de, Area.id)).all()
    if actor.scope.ags is None:
        return tuple(area for area in areas if area.id == actor.scope.area_id)
    ags = actor.scope.ags
    inside = select(Parcel.area_id).where(Parcel.municipality_ags.startswith(ags, autoescape=True)).distinct()
    held = set(session.scalars(inside))
    return tuple(area for area in areas if area.id in held)


def bounds_of_scope(session: Session, actor: Actor) -> tuple[float, float, float, float] | None:
    """West, south, east, north in degrees of the land the actor keeps; None where there is none."""
    geom = AdminUnit.geom if actor.scope.ags is not None else Area.geom
    mine = AdminUnit.ags == actor.scope.ags if actor.scope.ags is not None else Area.id == actor.scope.area_id
    degrees = func.st_transform(func.st_envelope(geom), 4326)
    sides = (func.st_xmin(degrees), func.st_ymin(degrees), func.st_xmax(degrees), func.st_ymax(degrees))
    row = session.execute(select(*sides).where(mine)).first()
    return (row[0], row[1], row[2], row[3]) if row else None
