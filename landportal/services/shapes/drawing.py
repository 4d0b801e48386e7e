"""A new parcel, and another shape for one that exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geoalchemy2.shape import from_shape
from shapely import MultiPolygon
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal import db
from landportal.errors import InvalidInput
from landportal.gis import shapes
from landportal.model import STORAGE_SRID, Parcel, ParcelStatus
from landportal.services import editing
from landportal.services.editing import Edit, EditConflict, Saved
from landportal.services.imports import data_sets
from landportal.services.imports.requests import DataSetFacts
from landportal.services.permissions import Action, Actor, require, require_for
from landportal.services.shapes.checks import check_shape, subject, subject_of
from landportal.services.shapes.findings import ShapeCheck

NAME_MAX = 200


class ShapeRefused(InvalidInput):
    """A shape that cannot be saved, or not without an explicit yes; `check` says why."""

    def __init__(self, check: ShapeCheck) -> None:
        super().__init__("shape_refused", "shape")
        self.check = check


@dataclass(frozen=True)
class NewParcel:
    """What a parcel begins with. `values` are further attributes, typed as the columns; its status is not among them.

    At the desk everything else is added at its editing page.
    """

    name_de: str
    shape: MultiPolygon
    name_en: str | None = None
    area_id: int | None = None
    reason: str | None = None
    accepted: bool = False
    status: ParcelStatus = ParcelStatus.PREPARING
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Redrawing:
    """Another shape for parcel `number`, of which the officer saw `version`."""

    number: str
    version: int
    shape: MultiPolygon
    reason: str
    accepted: bool = False


def one_shape_at_a_time(session: Session) -> None:
    """Wait for others who are changing shapes: two who draw the same land at once would not see each other."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("landportal shapes"))))


def draw(session: Session, actor: Actor, wanted: NewParcel) -> Saved:
    """Store a new parcel; with four eyes it stays out of the public's sight until an approver lets it in.

    Raises NotAllowed, InvalidInput (name_de, reason), ShapeRefused.
    """
    require(actor, Action.EDIT)
    named(wanted.name_de, "name_de")
    one_shape_at_a_time(session)
    # An association keeps the parcels of its area, whatever the municipality.
    about = subject(session, None, wanted.area_id if actor.scope.ags is not None else actor.scope.area_id)
    check = check_shape(session, actor, about, wanted.shape)
    refuse_unfit(check, wanted.accepted, wanted.reason)
    if wanted.reason:
        db.tell(session, {"reason": wanted.reason})
    parcel = Parcel(
        name_de=wanted.name_de.strip(), name_en=wanted.name_en, area_id=about.area_id, source_id=new_source_id(session),
        data_set_id=_data_set_of(session, actor), geom=from_shape(check.shape, srid=STORAGE_SRID),
        status=ParcelStatus.WITHDRAWN if actor.four_eyes else ParcelStatus.PREPARING,
        status_since=session.scalar(select(func.current_date())), **wanted.values,
    )  # fmt: skip
    session.add(parcel)
    editing.send(session)
    session.refresh(parcel)
    if wanted.status != parcel.status:
        shown = Edit(parcel.number, parcel.version, {"status": wanted.status}, reason=wanted.reason)
        return editing.save(session, actor, shown)
    return Saved(parcel.number, parcel.version)


def redraw(session: Session, actor: Actor, wanted: Redrawing) -> Saved:
    """Give a parcel another shape, or propose it where four eyes are wanted.

    Raises NotFound, NotAllowed, EditConflict, InvalidInput (reason), ShapeRefused.
    """
    one_shape_at_a_time(session)
    parcel = editing.locked(session, wanted.number)
    require_for(actor, Action.EDIT, parcel)
    if parcel.version != wanted.version:
        raise EditConflict(parcel, Edit(wanted.number, wanted.version, geom=wanted.shape, reason=wanted.reason))
    about = subject_of(parcel)
    assert about.before is not None  # noqa: S101 - for the type checker: a stored parcel has a shape
    check = check_shape(session, actor, about, shapes.keep_corners(wanted.shape, about.before))
    reasoned(wanted.reason)
    refuse_unfit(check, wanted.accepted, wanted.reason)
    return editing.save(session, actor, Edit(wanted.number, wanted.version, geom=check.shape, reason=wanted.reason))


def refuse_unfit(check: ShapeCheck, accepted: bool, reason: str | None) -> None:
    """ShapeRefused where the shape cannot be saved, or not without a yes; InvalidInput where that has no reason."""
    if check.refused or (check.to_accept and not accepted):
        raise ShapeRefused(check)
    if check.to_accept:
        reasoned(reason)


def reasoned(reason: str | None) -> str:
    """`reason`, without which no shape changes; InvalidInput where it is empty."""
    if not reason or not reason.strip():
        raise InvalidInput("reason_missing", "reason")
    return reason.strip()


def named(name: str, field: str) -> str:
    """A name for a parcel; InvalidInput where it is empty or too long."""
    if not name.strip():
        raise InvalidInput("name_missing", field)
    if len(name.strip()) > NAME_MAX:
        raise InvalidInput("name_too_long", field)
    return name.strip()


def new_source_id(session: Session) -> str:
    """A key for a row that no file delivered: no import finds it again by mistake."""
    return f"desk-{session.scalar(select(func.gen_random_uuid()))}"


def _data_set_of(session: Session, actor: Actor) -> int:
    """The data set of what the actor's organisation draws by hand."""
    name = f"desk-{actor.organisation_id}"
    known = data_sets.find(session, name)
    if known is None:
        data_sets.lock(session, name)
        organisation = actor.organisation or ""
        known = data_sets.ensure(session, name, DataSetFacts(
            title_de=f"Eingaben am Schreibtisch: {organisation}", title_en=f"Entered at the desk: {organisation}",
            publisher=organisation, licence="–", attribution=organisation,
        ))  # fmt: skip
    return known.id
