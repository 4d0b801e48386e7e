"""Judging a shape before it is stored, by the same measure as the import (services.import_set_checks).

Nothing is written here. Who may change the parcel at all is asked elsewhere; where its land may lie is asked here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from geoalchemy2.shape import to_shape
from shapely import MultiPolygon, Polygon
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.gis import geometry, shape_relations, shapes
from landportal.model import Area, Parcel
from landportal.services.import_set_checks import OVERLAP_REJECTED, SAME_LAND, SLIVER_M2, SLIVER_SHARE
from landportal.services.permissions import Actor
from landportal.services.shapes.findings import ConstraintPart, Finding, PlaceShare, ShapeCheck, Weight

SMALLEST_M2 = 1.0
"""A parcel below a square metre is a slip of the pen."""


@dataclass(frozen=True)
class Subject:
    """What a shape is for: parcel `number`, or a new one in area `area_id`. `replaces` are left out of overlaps."""

    number: str | None = None
    area_id: int | None = None
    replaces: tuple[str, ...] = ()
    before: MultiPolygon | None = None


def subject_of(parcel: Parcel) -> Subject:
    """The parcel as it stands."""
    return Subject(parcel.number, parcel.area_id, (parcel.number,), multi(to_shape(parcel.geom)))


def subject(session: Session, number: str | None, area_id: int | None) -> Subject:
    """Parcel `number` as it stands, or a new parcel; NotFound where there is none of that number."""
    if number is None:
        known = area_id is not None and 0 < area_id < 2**31 and session.get(Area, area_id) is not None
        return Subject(area_id=area_id if known else None)
    parcel = session.scalar(select(Parcel).where(Parcel.number == number))
    if parcel is None:
        raise NotFound(number)
    return subject_of(parcel)


def multi(shape: object) -> MultiPolygon:
    """A polygon as a MultiPolygon of one."""
    if isinstance(shape, MultiPolygon):
        return shape
    assert isinstance(shape, Polygon)  # noqa: S101 - stored parcels are polygons
    return MultiPolygon([shape])


def check_text(session: Session, actor: Actor, about: Subject, text: str) -> ShapeCheck:
    """`check_shape` of what `text` says, in any way of writing; raises BadShape where it is no shape."""
    shape = shapes.read_shape(text)
    return check_shape(session, actor, about, shapes.keep_corners(shape, about.before) if about.before else shape)


def check_shape(session: Session, actor: Actor, about: Subject, shape: MultiPolygon) -> ShapeCheck:
    """Everything there is to say about `shape`: validity with the place, scope, borders, area, overlaps, constraints.

    A shape that is not valid is not looked at further.
    """
    shape = shapes.without_doubles(shape)
    before_m2 = about.before.area if about.before else None
    fault = shapes.fault_of(shape)
    if fault is not None:
        finding = Finding(fault.code, Weight.REFUSED, place=fault.place)
        return ShapeCheck(shape, before_m2, (finding,), mended=fault.mended)
    if shape.area < SMALLEST_M2:
        return ShapeCheck(shape, before_m2, (Finding("too_small", Weight.REFUSED, {"m2": round(shape.area, 2)}),))
    given = {"shape": as_hex(shape)}
    places = tuple(PlaceShare(*row) for row in session.execute(shape_relations.municipalities(), given))
    findings = (
        *_scope(actor, about, places, shape.area),
        *_borders(places),
        *_area(session, actor, about, shape),
        *_overlaps(session, about, given),
    )
    return ShapeCheck(shape, before_m2, findings, places, _constraints(session, given, shape.area))


def as_hex(shape: MultiPolygon) -> str:
    """The shape as statements of `gis.shape_relations` take it."""
    return str(geometry.as_hex_ewkb(np.array([shape], dtype=object))[0])


def _is_sliver(m2: float, whole_m2: float) -> bool:
    return m2 < SLIVER_M2 or m2 / whole_m2 < SLIVER_SHARE


def _scope(actor: Actor, about: Subject, places: tuple[PlaceShare, ...], area_m2: float) -> Iterable[Finding]:
    """Land outside the region or, mostly, outside the actor's scope is refused; a strip of it asks for a yes."""
    if not places:
        yield Finding("outside_region", Weight.REFUSED)
        return
    if not actor.scope.holds(places[0].ags, about.area_id):
        yield Finding("outside_scope", Weight.REFUSED, {"place": places[0].name})
        return
    beyond = sum(place.m2 for place in places if not actor.scope.holds(place.ags, about.area_id))
    if not _is_sliver(beyond, area_m2):
        yield Finding("leaves_scope", Weight.ACCEPT, {"m2": round(beyond)})


def _borders(places: tuple[PlaceShare, ...]) -> Iterable[Finding]:
    whole = sum(place.m2 for place in places)
    for place in places[1:]:
        if not _is_sliver(place.m2, whole):
            yield Finding("crosses_border", Weight.TOLD, {"place": place.name, "m2": round(place.m2)})


def _area(session: Session, actor: Actor, about: Subject, shape: MultiPolygon) -> Iterable[Finding]:
    """Whether the shape lies in its area; an association's parcels must touch it: there its scope ends."""
    if about.area_id is None:
        return
    given = {"shape": as_hex(shape), "area_id": about.area_id}
    row = session.execute(shape_relations.share_in_area(), given).one()
    outside = shape.area - row.m2
    facts = {"m2": round(outside), "share": round(100 * outside / shape.area, 1), "area": row.name_de}
    if row.m2 < SLIVER_M2:
        lost = actor.scope.ags is None
        yield Finding("outside_area", Weight.REFUSED if lost else Weight.ACCEPT, facts)
    elif not _is_sliver(outside, shape.area):
        yield Finding("partly_outside_area", Weight.TOLD, facts)


def _overlaps(session: Session, about: Subject, given: dict[str, str]) -> Iterable[Finding]:
    """From half of the smaller parcel on the land is claimed twice and refused; a sliver is told; between: accept."""
    for row in session.execute(shape_relations.overlaps(), {**given, "without": list(about.replaces)}):
        facts = {"m2": round(row.m2, 1), "share": round(100 * row.share, 1), "name": row.name_de}
        if row.of_both >= SAME_LAND:
            yield Finding("same_land", Weight.REFUSED, facts, other=row.number)
        elif row.share >= OVERLAP_REJECTED:
            yield Finding("overlap_too_much", Weight.REFUSED, facts, other=row.number)
        elif row.share < SLIVER_SHARE or row.m2 < SLIVER_M2:
            # Millimetres of rounding between neighbours are nothing to tell.
            if row.m2 >= 0.1:
                yield Finding("sliver", Weight.TOLD, facts, other=row.number)
        else:
            yield Finding("overlap", Weight.ACCEPT, facts, other=row.number)


def _constraints(session: Session, given: dict[str, str], area_m2: float) -> tuple[ConstraintPart, ...]:
    rows = session.execute(shape_relations.constraints(), given)
    return tuple(ConstraintPart(kind, grade, m2, min(1.0, m2 / area_m2)) for kind, grade, m2 in rows)
