"""What can be built on one parcel, as its page tells it: from gross to net, what the plan's ratios allow, a hall."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.gis.buildable import Permitted, Ratios, permitted
from landportal.gis.drawing import geojson, svg_path
from landportal.gis.fit import Hall, Misfit, Placement, place
from landportal.model import ConstraintGrade, Parcel, ParcelLoss, ParcelPotential, StaleParcel
from landportal.services import parcels


@dataclass(frozen=True)
class Line:
    """What one cause takes, by one source of one date; `names` are those of its zones or roads."""

    cause: str
    grade: ConstraintGrade
    distance_m: float
    source: str
    as_of: dt.date | None
    names: tuple[str, ...]
    area_m2: float


@dataclass(frozen=True)
class Drawn:
    """A shape of the sketch: `kind` is parcel, net, excluded, restricted, hall or yard; `path` SVG in metres."""

    kind: str
    path: str


@dataclass(frozen=True)
class Sketch:
    """The parcel from above, north up: metres east and south of its north-west corner."""

    width_m: float
    height_m: float
    shapes: tuple[Drawn, ...]


@dataclass(frozen=True)
class Potential:
    """A parcel's potential. `waiting`: something changed since, and it is being computed again."""

    gross_m2: float
    net_m2: float
    restricted_m2: float
    lost: tuple[Line, ...]
    restricted: tuple[Line, ...]
    largest_m: tuple[float, float] | None
    permitted: Permitted
    computed_at: dt.datetime
    waiting: bool
    hall: Hall | None
    placed: Placement | Misfit | None
    sketch: Sketch


def potential_of(session: Session, parcel: Parcel, hall: Hall | None = None) -> Potential | None:
    """What is known of `parcel`, with the best place of `hall` on it; None where it is not computed yet."""
    found = session.get(ParcelPotential, parcel.id)
    if found is None:
        return None
    losses, placed = _losses(session, found), _placed(found, hall)
    lines, sketch = _lines(losses), _sketch(parcel, _pieces(found, losses, placed))
    sides = (found.largest_width_m, found.largest_depth_m)
    return Potential(
        found.gross_m2, found.net_m2, found.restricted_m2,
        tuple(line for line in lines if line.grade is ConstraintGrade.EXCLUDED),
        tuple(line for line in lines if line.grade is ConstraintGrade.RESTRICTED),
        (sides[0], sides[1]) if sides[0] and sides[1] else None,
        permitted(found.gross_m2, found.net_m2, _ratios(parcel)),
        found.computed_at, _waits(session, parcel.id), hall, placed, sketch,
    )  # fmt: skip


def geojson_of(session: Session, number: str, hall: Hall | None = None) -> str:
    """What takes land from parcel `number`, its net area and the best place of `hall`, as GeoJSON (WGS 84).

    `kind` of a feature is net, excluded, restricted, yard or hall. Empty while nothing is computed; errors as
    `parcels.get_parcel`.
    """
    parcels.refuse_withdrawn(session, number)
    found = session.scalar(select(ParcelPotential).join(Parcel).where(Parcel.number == number))
    pieces = _pieces(found, _losses(session, found), _placed(found, hall)) if found else ()
    features = [
        {"type": "Feature", "properties": {"kind": piece.kind, **piece.facts}, "geometry": geojson(piece.shape)}
        for piece in pieces
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


@dataclass(frozen=True)
class _Piece:
    """A shape to be drawn, of the kinds that `Drawn` names, and what a map tells of it."""

    kind: str
    shape: BaseGeometry
    facts: Mapping[str, Any] = field(default_factory=dict)


def _losses(session: Session, found: ParcelPotential) -> Sequence[ParcelLoss]:
    """What takes land, in the order of causes."""
    of_parcel = select(ParcelLoss).where(ParcelLoss.parcel_id == found.parcel_id)
    return session.scalars(of_parcel.order_by(ParcelLoss.place)).all()


def _pieces(
    found: ParcelPotential, losses: Iterable[ParcelLoss], placed: Placement | Misfit | None
) -> tuple[_Piece, ...]:
    """The losses, then the net area and the hall."""
    pieces = [_piece(loss) for loss in losses]
    pieces.append(_Piece("net", to_shape(found.net), {"area_m2": round(found.net_m2, 1)}))
    if isinstance(placed, Placement):
        pieces += [_Piece("yard", placed.yard), _Piece("hall", placed.hall.shape)]
    return tuple(pieces)


def _piece(loss: ParcelLoss) -> _Piece:
    facts = {"cause": loss.cause, "name": loss.name, "source": loss.source, "area_m2": round(loss.area_m2, 1)}
    return _Piece(loss.grade, to_shape(loss.geom), facts)


def _lines(losses: Iterable[ParcelLoss]) -> list[Line]:
    """Zones and roads of one cause, distance, source and date are one line."""
    told = lambda loss: (loss.grade, loss.cause, loss.distance_m, loss.source, loss.as_of)  # noqa: E731
    lines = []
    for (grade, cause, distance_m, source, as_of), group in groupby(losses, told):
        of_line = list(group)
        names = tuple(dict.fromkeys(loss.name for loss in of_line if loss.name))
        area_m2 = sum(loss.area_m2 for loss in of_line)
        lines.append(Line(cause, ConstraintGrade(grade), distance_m, source, as_of, names, area_m2))
    return lines


def _ratios(parcel: Parcel) -> Ratios:
    grz, gfz, bmz, height = (
        None if value is None else float(value) for value in (parcel.grz, parcel.gfz, parcel.bmz, parcel.height_max_m)
    )
    return Ratios(grz, gfz, bmz, height)


def _waits(session: Session, parcel_id: int) -> bool:
    return session.scalar(select(StaleParcel.mark).where(StaleParcel.parcel_id == parcel_id).limit(1)) is not None


def _placed(found: ParcelPotential, hall: Hall | None) -> Placement | Misfit | None:
    return place(to_shape(found.net), hall) if hall else None


def _sketch(parcel: Parcel, pieces: Iterable[_Piece]) -> Sketch:
    outline = to_shape(parcel.geom)
    west, south, east, north = outline.bounds
    drawn = (_Piece("parcel", outline), *pieces)
    shapes = tuple(Drawn(piece.kind, svg_path(piece.shape, west, north)) for piece in drawn)
    return Sketch(east - west, north - south, shapes)
