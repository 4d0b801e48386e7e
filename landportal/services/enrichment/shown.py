"""What can be built on one parcel, as its page tells it: from gross to net, what the plan's ratios allow, a hall."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import shapely
from sqlalchemy import ColumnElement, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.gis.buildable import Permitted, Ratios, permitted
from landportal.gis.fit import Hall, Misfit, Placement, place
from landportal.model import STORAGE_SRID, ConstraintGrade, Parcel, ParcelLoss, ParcelPotential, StaleParcel
from landportal.services import parcels
from landportal.services.search.machine import COORDINATE_DIGITS


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
    losses = session.scalars(select(ParcelLoss).where(ParcelLoss.parcel_id == parcel.id).order_by(ParcelLoss.place))
    lines = _lines(losses)
    placed = _placed(session, parcel.id, hall) if hall else None
    sides = (found.largest_width_m, found.largest_depth_m)
    return Potential(
        found.gross_m2, found.net_m2, found.restricted_m2,
        tuple(line for line in lines if line.grade is ConstraintGrade.EXCLUDED),
        tuple(line for line in lines if line.grade is ConstraintGrade.RESTRICTED),
        (sides[0], sides[1]) if sides[0] and sides[1] else None,
        permitted(found.gross_m2, found.net_m2, _ratios(parcel)),
        found.computed_at, _waits(session, parcel.id), hall, placed, _sketch(session, parcel.id, placed),
    )  # fmt: skip


def geojson_of(session: Session, number: str, hall: Hall | None = None) -> str:
    """What takes land from parcel `number`, its net area and the best place of `hall`, as GeoJSON (WGS 84).

    `kind` of a feature is net, excluded, restricted, yard or hall. Empty while nothing is computed; errors as
    `parcels.get_parcel`.
    """
    parcels.refuse_withdrawn(session, number)
    parcel_id = session.scalar(select(Parcel.id).where(Parcel.number == number))
    if parcel_id is None:
        raise NotFound(number)
    features = [
        _feature(shape, kind=grade, cause=cause, name=name, source=source, area_m2=round(area_m2, 1))
        for shape, grade, cause, name, source, area_m2 in session.execute(_PIECES, {"parcel_id": parcel_id})
    ]
    net = session.execute(_NET, {"parcel_id": parcel_id}).first()
    if net:
        features.append(_feature(net.shape, kind="net", area_m2=round(net.net_m2, 1)))
        placed = _placed(session, parcel_id, hall) if hall else None
        if isinstance(placed, Placement):
            shapes = {"yard": placed.yard, "hall": placed.hall.shape}
            features += [_feature(_in_degrees(session, shape), kind=kind) for kind, shape in shapes.items()]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


def _feature(shape: Any, **facts: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": facts, "geometry": shape}


def _written(shape: Any) -> ColumnElement[Any]:
    return cast(func.st_asgeojson(func.st_transform(shape, 4326), COORDINATE_DIGITS), JSONB)


def _in_degrees(session: Session, shape: shapely.Geometry) -> Any:
    return session.scalar(select(_written(func.st_geomfromwkb(shapely.to_wkb(shape), STORAGE_SRID))))


_PIECES = (
    select(
        _written(ParcelLoss.geom), ParcelLoss.grade, ParcelLoss.cause, ParcelLoss.name, ParcelLoss.source,
        ParcelLoss.area_m2,
    )
    .where(ParcelLoss.parcel_id == bindparam("parcel_id"))
    .order_by(ParcelLoss.place)
)  # fmt: skip
_NET = select(_written(ParcelPotential.net).label("shape"), ParcelPotential.net_m2).where(
    ParcelPotential.parcel_id == bindparam("parcel_id")
)


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


def _placed(session: Session, parcel_id: int, hall: Hall) -> Placement | Misfit:
    net = session.scalar(select(func.st_asbinary(ParcelPotential.net)).where(ParcelPotential.parcel_id == parcel_id))
    return place(shapely.from_wkb(bytes(net or b"")), hall)


def _sketch(session: Session, parcel_id: int, placed: Placement | Misfit | None) -> Sketch:
    west, south, east, north = session.execute(
        select(*(side(Parcel.geom) for side in (func.st_xmin, func.st_ymin, func.st_xmax, func.st_ymax))).where(
            Parcel.id == parcel_id
        )
    ).one()

    def drawn(shape: Any) -> ColumnElement[str]:
        return func.st_assvg(func.st_translate(shape, -west, -north), 0, 1)

    shapes = [Drawn("parcel", session.scalar(select(drawn(Parcel.geom)).where(Parcel.id == parcel_id)) or "")]
    losses = select(ParcelLoss.grade, drawn(ParcelLoss.geom)).where(ParcelLoss.parcel_id == parcel_id)
    shapes += [Drawn(grade, path) for grade, path in session.execute(losses.order_by(ParcelLoss.place))]
    net = select(drawn(ParcelPotential.net)).where(ParcelPotential.parcel_id == parcel_id)
    shapes.append(Drawn("net", session.scalar(net) or ""))
    if isinstance(placed, Placement):
        shapes += _hall(session, placed, drawn)
    return Sketch(east - west, north - south, tuple(shapes))


def _hall(session: Session, placed: Placement, drawn: Callable[[Any], ColumnElement[str]]) -> Iterator[Drawn]:
    for kind, shape in (("yard", placed.yard), ("hall", placed.hall.shape)):
        at = func.st_geomfromwkb(shapely.to_wkb(shape), STORAGE_SRID)
        yield Drawn(kind, session.scalar(select(drawn(at))) or "")
