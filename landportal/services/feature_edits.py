"""Writing parcels through the machine interface: create, replace, update, withdraw, by the rules of the desk.

One row lock, one edit, one version in the history: `editing` does it or proposes it where four eyes are wanted, shapes
are checked as when they are drawn. What a feature says is read in `feature_input`; HTTP is the web floor's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from shapely import MultiPolygon
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import Conflict, InvalidInput, NotAllowed, NotFound
from landportal.gis import shapes
from landportal.model import Parcel, ParcelStatus
from landportal.services import editing, features, parcels
from landportal.services.collections import Collection
from landportal.services.collections.parcel_fields import parcel_fields, parcel_source
from landportal.services.collections.parcels import parcels as parcels_for_all
from landportal.services.editing import Edit, Saved
from landportal.services.feature_input import Fault, FeatureBody, FeatureRefused, read_shape, read_values
from landportal.services.parcel_input import Problem, differing
from landportal.services.permissions import Action, Actor, require, require_for
from landportal.services.shapes.checks import check_shape, subject_of
from landportal.services.shapes.drawing import NewParcel, ShapeRefused, draw, one_shape_at_a_time, refuse_unfit

BEGINNINGS = frozenset({ParcelStatus.PREPARING, ParcelStatus.AVAILABLE})
"""What a new parcel may be."""


class VersionChanged(Conflict):
    """The parcel is not of a version that the writer has seen."""


class PromisedLand(Conflict):
    """Reserved or optioned land is freed before it is withdrawn."""


@dataclass(frozen=True)
class Terms:
    """On which terms something is written.

    `versions` are those the writer knows, one of which must stand; None: whatever stands. `reason` goes into the
    history. `accepted`: what a check of the shape only wants confirmed is confirmed.
    """

    reason: str
    versions: frozenset[int] | None = None
    accepted: bool = False


def version(session: Session, collection: Collection, number: str) -> int | None:
    """The version of a parcel, which a writer names; None in a collection that cannot be edited."""
    return session.scalar(select(Parcel.version).where(Parcel.number == number)) if collection.editable else None


def may_change(session: Session, actor: Actor, number: str) -> bool:
    """Whether the actor may change parcel `number`; errors as `require_item` where there is none."""
    try:
        require_item(session, actor, number)
    except NotAllowed:
        return False
    return True


def require_item(session: Session, actor: Actor, number: str) -> None:
    """NotFound, WithdrawnParcel or NotAllowed where the actor has nothing to change at parcel `number`."""
    parcel = session.scalar(select(Parcel).where(Parcel.number == number))
    parcels.refuse_withdrawn(session, number)
    if parcel is None:
        raise NotFound(number)
    require_for(actor, Action.EDIT, parcel)


def create(session: Session, actor: Actor, body: FeatureBody, terms: Terms) -> Saved:
    """Store a new parcel as it is drawn at the desk; raises NotAllowed, FeatureRefused, ShapeRefused."""
    require(actor, Action.EDIT)
    values = read_values(session, body, {})
    status = ParcelStatus(values.pop("status", ParcelStatus.PREPARING))
    _refuse_for_new(actor, values, status)
    shape = read_shape(session, body)
    assert shape is not None  # noqa: S101 - for the type checker: a whole feature has one
    name, name_en, area_id = values.pop("name_de"), values.pop("name_en", None), values.pop("area_id", None)
    wanted = NewParcel(name, shape, name_en, area_id, terms.reason, terms.accepted, status, values)
    return _told(lambda: draw(session, actor, wanted))


def _refuse_for_new(actor: Actor, values: Mapping[str, Any], status: ParcelStatus) -> None:
    faults: list[Fault] = []
    if "name_de" not in values:
        faults.append(_fault("name_missing", "name_de"))
    if status not in BEGINNINGS:
        faults.append(_fault("status_of_new", "status"))
    faults += [_fault("read_only", name) for name in ("status_since", "status_until") if name in values]
    # What an association draws belongs to its area: naming another one would be overruled without a word.
    if actor.scope.ags is None and values.get("area_id", actor.scope.area_id) != actor.scope.area_id:
        faults.append(_fault("leaves_scope", "area_id"))
    if faults:
        raise FeatureRefused(faults)


def change(session: Session, actor: Actor, number: str, body: FeatureBody, terms: Terms) -> Saved:
    """Replace parcel `number`, or change what `body` names; nothing is written where it says what stands.

    Raises NotFound, WithdrawnParcel, NotAllowed, VersionChanged, FeatureRefused, ShapeRefused.
    """
    if body.shape is not None:
        one_shape_at_a_time(session)
    parcel = _standing(session, actor, number, terms)
    stored = {name: getattr(parcel, name) for name in editing.EDITABLE}
    values = differing(read_values(session, body, _shown(session, number)), stored)
    shape = _new_shape(session, actor, parcel, read_shape(session, body), values, terms)
    if not values and shape is None:
        return Saved(parcel.number, parcel.version)
    edit = Edit(number, parcel.version, values, shape, terms.reason)
    return _told(lambda: editing.save(session, actor, edit))


def withdraw(session: Session, actor: Actor, number: str, terms: Terms) -> Saved:
    """Take parcel `number` off the market; its history stays, its address says that it is gone.

    Raises NotFound, WithdrawnParcel, NotAllowed, VersionChanged, PromisedLand.
    """
    parcel = _standing(session, actor, number, terms)
    edit = Edit(number, parcel.version, {"status": ParcelStatus.WITHDRAWN}, reason=terms.reason)
    try:
        return editing.save(session, actor, edit)
    except InvalidInput as refused:
        raise PromisedLand(number) from refused


def _standing(session: Session, actor: Actor, number: str, terms: Terms) -> Parcel:
    """Parcel `number`, its row locked, if the actor may change it and `terms` know its version."""
    parcel = editing.locked(session, number)
    require_for(actor, Action.EDIT, parcel)
    parcels.refuse_withdrawn(session, number)
    if terms.versions is not None and parcel.version not in terms.versions:
        raise VersionChanged(number)
    return parcel


def _new_shape(
    session: Session, actor: Actor, parcel: Parcel, sent: MultiPolygon | None, values: Mapping[str, Any], terms: Terms
) -> MultiPolygon | None:
    """The shape to store; None where it stays. What nobody moved keeps its stored corners."""
    if sent is None:
        return None
    about = replace(subject_of(parcel), area_id=values.get("area_id", parcel.area_id))
    assert about.before is not None  # noqa: S101 - for the type checker: a stored parcel has a shape
    shape = shapes.keep_corners(sent, about.before)
    if shape.equals_exact(about.before, 0):
        return None
    check = check_shape(session, actor, about, shape)
    refuse_unfit(check, terms.accepted, terms.reason)
    return check.shape


@cache
def _everything() -> Collection:
    """Parcels with the fields that only their keepers see: what a writer may send back unchanged."""
    return replace(parcels_for_all(), source=parcel_source(parcel_fields()))


def _shown(session: Session, number: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(features.read_feature(session, _everything(), number))["properties"]
    return found


def _told(do: Callable[[], Saved]) -> Saved:
    """What `do` does; a rule it breaks is told at the property."""
    try:
        return do()
    except ShapeRefused:
        raise
    except InvalidInput as refused:
        raise FeatureRefused([_fault(str(refused), refused.field or "status")]) from refused


def _fault(code: str, name: str) -> Fault:
    return Fault(f"/properties/{'area' if name == 'area_id' else name}", Problem(code, ""), name)
