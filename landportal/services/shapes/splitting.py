"""Cutting a parcel by a line into two or more; the parcel is retired, the parts are its successors."""

from __future__ import annotations

import itertools
import re
import string
from dataclasses import dataclass
from typing import Any

from geoalchemy2.shape import to_shape
from shapely import LineString, MultiPolygon
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput, NotFound
from landportal.gis import cutting, shapes
from landportal.model import Parcel, Proposal
from landportal.services import editing
from landportal.services.editing import Edit, EditConflict
from landportal.services.permissions import Action, Actor, require_for
from landportal.services.shapes.checks import Subject, check_shape, multi
from landportal.services.shapes.drawing import ShapeRefused, named, one_shape_at_a_time, reasoned
from landportal.services.shapes.findings import ShapeCheck, Weight
from landportal.services.shapes.operations import Divided, carry_out, propose, refuse_retired


@dataclass(frozen=True)
class Part:
    """A piece of a parcel with the name proposed for it; `loses_smallest_lot`: the whole's smallest lot is larger."""

    name: str
    check: ShapeCheck
    loses_smallest_lot: bool = False

    @property
    def area_m2(self) -> float:
        """Area of the piece."""
        return self.check.area_m2

    @property
    def geojson(self) -> str:
        """The piece as GeoJSON in lon/lat."""
        return self.check.geojson()


@dataclass(frozen=True)
class Splitting:
    """Cut parcel `number`, seen in `version`, by `line` (EPSG:25832); `names` are those of the parts, west to east."""

    number: str
    version: int
    line: LineString
    names: tuple[str, ...]
    reason: str


def preview_split(session: Session, actor: Actor, number: str, line: str) -> tuple[Part, ...]:
    """The parts that the written `line` would make; raises NotFound, NotAllowed, BadShape."""
    parcel = session.scalar(select(Parcel).where(Parcel.number == number))
    if parcel is None:
        raise NotFound(number)
    require_for(actor, Action.EDIT, parcel)
    pieces = cutting.cut(multi(to_shape(parcel.geom)), shapes.read_line(line))
    names = proposed_names(parcel.name_de, len(pieces))
    return tuple(_part(session, actor, parcel, piece, name) for piece, name in zip(pieces, names, strict=True))


def _part(session: Session, actor: Actor, parcel: Parcel, piece: MultiPolygon, name: str) -> Part:
    about = Subject(parcel.number, parcel.area_id, (parcel.number,))
    check = check_shape(session, actor, about, piece)
    lot = parcel.lot_min_m2
    return Part(name, check, lot is not None and float(lot) > piece.area)


def proposed_names(name: str, count: int) -> tuple[str, ...]:
    """Los 7 → Los 7a, Los 7b; Erweiterung → Erweiterung 1, Erweiterung 2."""
    if re.search(r"\d$", name) and count <= len(string.ascii_lowercase):
        return tuple(f"{name}{letter}" for letter in itertools.islice(string.ascii_lowercase, count))
    return tuple(f"{name} {place}" for place in range(1, count + 1))


def split(session: Session, actor: Actor, wanted: Splitting) -> Divided:
    """Cut a parcel in one transaction, or propose it where four eyes are wanted.

    Raises NotFound, NotAllowed, EditConflict, RetiredParcel, BadShape, InvalidInput (names, reason), ShapeRefused
    where a part would lie outside the actor's scope.
    """
    one_shape_at_a_time(session)
    parcel = editing.locked(session, wanted.number)
    require_for(actor, Action.EDIT, parcel)
    refuse_retired(session, parcel)
    if parcel.version != wanted.version:
        raise EditConflict(parcel, Edit(wanted.number, wanted.version, reason=wanted.reason))
    reason = reasoned(wanted.reason)
    pieces = cutting.cut(multi(to_shape(parcel.geom)), wanted.line)
    content = _content(parcel, pieces, wanted.names)
    _refuse_outside(session, actor, parcel, pieces)
    if actor.four_eyes:
        return propose(session, actor, parcel, reason, content)
    return Divided(carry_out(session, parcel, Proposal(content=content, reason=reason)).changed)


def _content(parcel: Parcel, pieces: tuple[MultiPolygon, ...], names: tuple[str, ...]) -> dict[str, Any]:
    if len(names) != len(pieces):
        raise InvalidInput("names_of_parts", "names")
    parts = [
        {"name_de": named(name, f"name_{place}"), "geom": piece.wkt, "like": parcel.number}
        for place, (name, piece) in enumerate(zip(names, pieces, strict=True))
    ]
    return {"operation": "split", "members": {parcel.number: parcel.version}, "parts": parts}


def _refuse_outside(session: Session, actor: Actor, parcel: Parcel, pieces: tuple[MultiPolygon, ...]) -> None:
    """A part may derive to another municipality than the whole did: outside the scope it would be lost to the actor."""
    for piece in pieces:
        check = _part(session, actor, parcel, piece, "").check
        if any(finding.weight is Weight.REFUSED and finding.code in LOST for finding in check.findings):
            raise ShapeRefused(check)


LOST = frozenset({"outside_region", "outside_scope", "outside_area"})
"""Findings that a part may not have; what overlapped before overlaps after, and is no reason not to split."""


def line_text(line: str) -> str:
    """A line in any way of writing as corners, one a line."""
    return shapes.line_written(shapes.read_line(line))


def line_geojson(line: str) -> str:
    """A line in any way of writing as GeoJSON in lon/lat."""
    return shapes.as_geojson(shapes.read_line(line))
