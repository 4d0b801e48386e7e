"""Changing a parcel: lock its row, compare versions, ask for permission, then do it, or propose it where two pairs of
eyes are wanted.

Everything an officer changes goes through `save`; who changed what and why is kept by the database. What a form means
is read elsewhere, and shapes are cut and joined in `services.shapes`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from geoalchemy2.shape import from_shape, to_shape
from shapely import MultiPolygon, Polygon, from_wkt
from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm import Session

from landportal import db
from landportal.errors import Conflict, NotAllowed, NotFound
from landportal.model import STORAGE_SRID, Parcel, ParcelStatus, Proposal, ProposalState
from landportal.services.permissions import Action, Actor, require, require_for, within_scope

EDITABLE = tuple(
    """
    name_de name_en cadastral_ids area_id zone zone_restricted noise_quota_day_db noise_quota_night_db xplan_zone_code
    plan_status plan_name plan_link grz gfz bmz height_max_m round_the_clock planning_as_of status status_since
    status_until servicing servicing_until available_from price_eur_m2 price_on_request price_kind lot_min_m2 owner_kind
    large_scale_reserve power_mw power_later_mw power_later_from power_source gas water_m3_d waste_water_pe fibre_mbit
    rail_siding supply_as_of description_de description_en contact_name contact_phone contact_email
    """.split()  # noqa: SIM905 - a list of bare names reads best as text
)
"""Attributes an officer may set. Number and provenance stay; confirmation has a way of its own."""


@dataclass(frozen=True)
class Edit:
    """What an officer wants of one parcel. `version` is the one the officer saw; `values` are typed as the columns.

    `geom` is a polygon in EPSG:25832. A change of status goes through `values` too.
    """

    number: str
    version: int
    values: Mapping[str, Any] = field(default_factory=dict)
    geom: Polygon | MultiPolygon | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Saved:
    """What became of an edit: the parcel's new version, or the proposal that waits for an approver."""

    number: str
    version: int
    proposal_id: int | None = None
    changed: tuple[str, ...] = ()


class EditConflict(Conflict):
    """Somebody saved first: `parcel` is what stands now, `edit` what was wanted."""

    def __init__(self, parcel: Parcel, edit: Edit) -> None:
        super().__init__(parcel.number)
        self.parcel, self.edit = parcel, edit


class RetiredParcel(Conflict):
    """The parcel was split, merged or withdrawn for good: it has successors and cannot be changed."""


def locked(session: Session, number: str) -> Parcel:
    """The parcel `number` as it stands now, its row locked until the transaction ends; NotFound if there is none."""
    found = select(Parcel).where(Parcel.number == number).with_for_update(of=Parcel)
    parcel = session.scalar(found.execution_options(populate_existing=True))
    if parcel is None:
        raise NotFound(number)
    return parcel


def save(session: Session, actor: Actor, edit: Edit) -> Saved:
    """Do `edit`, or propose it where the actor's organisation wants four eyes.

    Raises NotFound, NotAllowed, EditConflict (somebody else saved first), InvalidInput(field) for a status that cannot
    follow; values themselves are checked before, by whoever read them.
    """
    parcel = locked(session, edit.number)
    require_for(actor, Action.EDIT, parcel)
    if parcel.version != edit.version:
        raise EditConflict(parcel, edit)
    if actor.four_eyes:
        return _propose(session, actor, parcel, edit)
    return apply(session, parcel, edit)


def apply(session: Session, parcel: Parcel, edit: Edit) -> Saved:
    """Write `edit` into the locked `parcel`; nothing where it changes nothing."""
    if edit.reason:
        db.tell(session, {"reason": edit.reason})
    values = dict(edit.values)
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise NotAllowed(", ".join(sorted(unknown)))
    _apply_status(parcel, values)
    for name, value in values.items():
        if getattr(parcel, name) != value:
            setattr(parcel, name, value)
    if edit.geom is not None and not edit.geom.equals_exact(to_shape(parcel.geom), 0):
        parcel.geom = from_shape(_multi(edit.geom), srid=STORAGE_SRID)
    changed = tuple(sorted(attribute.key for attribute in _dirty(parcel)))
    session.flush()
    session.refresh(parcel)
    return Saved(parcel.number, parcel.version, changed=changed)


def _apply_status(parcel: Parcel, values: dict[str, Any]) -> None:
    """Take the three columns of status out of `values` and set them by the rule of the model."""
    if not values.keys() & {"status", "status_since", "status_until"}:
        return
    status = ParcelStatus(values.pop("status", parcel.status))
    moved = status != parcel.status
    since = values.pop("status_since", None if moved else parcel.status_since)
    until = values.pop("status_until", None if moved else parcel.status_until)
    if (status, since, until) != (parcel.status, parcel.status_since, parcel.status_until):
        parcel.change_status(status, since or dt.datetime.now(dt.UTC).date(), until)


def _dirty(parcel: Parcel) -> list[Any]:
    return [attribute for attribute in inspect(parcel).attrs if attribute.history.has_changes()]


def _multi(shape: Polygon | MultiPolygon) -> MultiPolygon:
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon([shape])


def confirm(session: Session, actor: Actor, numbers: Collection[str]) -> tuple[str, ...]:
    """Confirm that the records of `numbers` are still true; the numbers that lie in the actor's scope, confirmed now.

    What is not the actor's to confirm is left alone and missing from the answer.
    """
    require(actor, Action.CONFIRM)
    confirmed = (
        update(Parcel)
        .where(Parcel.number.in_(numbers), within_scope(actor), Parcel.status != ParcelStatus.WITHDRAWN)
        .values(confirmed_at=func.now(), confirmed_by=actor.organisation)
        .returning(Parcel.number)
        .execution_options(synchronize_session=False)
    )
    return tuple(sorted(session.scalars(confirmed)))


# ----------------------------------------------------------------------------------------------------- second eyes


def _propose(session: Session, actor: Actor, parcel: Parcel, edit: Edit) -> Saved:
    """Keep `edit` for an approver; it is tried first, so that nothing impossible waits."""
    with db.tried(session):
        tried = apply(session, parcel, edit)
    session.refresh(parcel)
    proposal = Proposal(
        parcel_id=parcel.id, base_version=edit.version, account_id=actor.account_id, reason=edit.reason,
        content=as_content(edit),
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    return Saved(parcel.number, parcel.version, proposal.id, tried.changed)


def as_content(edit: Edit) -> dict[str, Any]:
    """`edit` as JSON: dates and numbers as text, the shape as WKT in EPSG:25832."""
    content: dict[str, Any] = {"values": {name: _as_json(value) for name, value in edit.values.items()}}
    if edit.geom is not None:
        content["geom"] = edit.geom.wkt
    return content


def as_edit(parcel: Parcel, proposal: Proposal) -> Edit:
    """The edit a proposal asks for, on the version it was made for."""
    columns = Parcel.__table__.columns
    values = {
        name: _READERS.get(columns[name].type.python_type, lambda value: value)(value) if value is not None else None
        for name, value in proposal.content["values"].items()
    }
    geom = proposal.content.get("geom")
    return Edit(parcel.number, proposal.base_version, values, from_wkt(geom) if geom else None, proposal.reason)


_READERS: Mapping[type, Callable[[Any], Any]] = {Decimal: Decimal, dt.date: dt.date.fromisoformat}


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal | dt.date):
        return str(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def decide(session: Session, actor: Actor, proposal_id: int, accept: bool, comment: str | None = None) -> Saved | None:
    """Accept or decline a waiting proposal; nobody decides on a proposal of their own.

    The transaction should act for the proposer with `approved_by` the approver (db.Acting), so that history names
    both. EditConflict where the parcel has changed since; the proposal then waits on.
    """
    proposal = session.get(Proposal, proposal_id, with_for_update=True, populate_existing=True)
    if proposal is None:
        raise NotFound(str(proposal_id))
    parcel = locked(session, session.scalars(select(Parcel.number).where(Parcel.id == proposal.parcel_id)).one())
    require_for(actor, Action.APPROVE, parcel)
    if proposal.account_id == actor.account_id:
        raise NotAllowed(Action.APPROVE)
    if proposal.state != ProposalState.WAITING:
        raise Conflict(proposal.state)
    saved = None
    if accept:
        edit = as_edit(parcel, proposal)
        if parcel.version != edit.version:
            raise EditConflict(parcel, edit)
        saved = apply(session, parcel, edit)
    proposal.state = ProposalState.ACCEPTED if accept else ProposalState.DECLINED
    proposal.decided_by, proposal.decided_at, proposal.comment = actor.account_id, dt.datetime.now(dt.UTC), comment
    return saved
