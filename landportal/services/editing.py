"""Changing a parcel: lock its row, compare versions, ask for permission, then do it, or propose it where two pairs of
eyes are wanted.

Everything an officer changes goes through `save`; who changed what and why is kept by the database. What a form means
is read elsewhere, and shapes are cut and joined in `services.shapes`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from geoalchemy2.shape import from_shape, to_shape
from shapely import MultiPolygon, Polygon
from sqlalchemy import func, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from landportal import db
from landportal.errors import Conflict, InvalidInput, NotAllowed, NotFound
from landportal.model import STORAGE_SRID, Parcel, ParcelStatus, Proposal, ProposalState
from landportal.model.history import PARCEL_HISTORY
from landportal.services import lineage
from landportal.services.edits import EDITABLE, Confirmation, Edit, Part, as_content, as_edit, confirmed_now
from landportal.services.permissions import Action, Actor, require, require_for, within_scope

__all__ = [
    "EDITABLE",
    "Confirmation",
    "Edit",
    "Part",
    "as_content",
    "as_edit",
    "confirmed_now",
]

INSUFFICIENT_PRIVILEGE = "42501"


@dataclass(frozen=True)
class Saved:
    """What became of an edit: the parcel's new version, or the proposal that waits for an approver."""

    number: str
    version: int
    proposal_id: int | None = None
    changed: tuple[str, ...] = ()


OPERATIONS: dict[str, Callable[[Session, Parcel, Proposal], Saved]] = {}
"""How a proposal whose content names an `operation` (split, merge) is carried out; `services.shapes` fills it in."""


class EditConflict(Conflict):
    """Somebody saved first: `parcel` is what stands now, `edit` what was wanted."""

    def __init__(self, parcel: Parcel, edit: Edit) -> None:
        super().__init__(parcel.number)
        self.parcel, self.edit = parcel, edit


class ProposalDecided(Conflict):
    """Somebody decided on the proposal, or took it back, before."""


class RetiredParcel(Conflict):
    """The parcel was split, merged or withdrawn for good: it has successors and cannot be changed."""


def locked(session: Session, number: str) -> Parcel:
    """The parcel `number` as it stands now, its row locked until the transaction ends; NotFound if there is none.

    NotAllowed where row-level security keeps the actor from writing it.
    """
    found = select(Parcel).where(Parcel.number == number).with_for_update(of=Parcel)
    parcel = session.scalar(found.execution_options(populate_existing=True))
    if parcel is None:
        known = session.scalar(select(Parcel.id).where(Parcel.number == number))
        raise NotFound(number) if known is None else NotAllowed(Action.EDIT)
    return parcel


def lock_all(session: Session, numbers: Collection[str]) -> None:
    """Lock the rows of `numbers` in the order everybody locks them: two people changing many never wait in a ring."""
    session.execute(select(Parcel.id).where(Parcel.number.in_(numbers)).order_by(Parcel.id).with_for_update())


def save(session: Session, actor: Actor, edit: Edit) -> Saved:
    """Do `edit`, or propose it where the actor's organisation wants four eyes.

    Raises NotFound, NotAllowed, EditConflict (somebody else saved first), InvalidInput(field) for a status that cannot
    follow; values themselves are checked before, by whoever read them.
    """
    parcel = locked(session, edit.number)
    require_for(actor, Action.EDIT, parcel)
    if parcel.status == ParcelStatus.WITHDRAWN and lineage.is_retired(session, parcel):
        raise RetiredParcel(parcel.number)
    if parcel.version != edit.version and not _only_confirmed_since(session, parcel, edit.version):
        raise EditConflict(parcel, edit)
    if not actor.scope.holds(parcel.municipality_ags, edit.values.get("area_id", parcel.area_id)):
        raise InvalidInput("leaves_scope", "area_id")
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
    if edit.restores is None:
        _apply_status(parcel, values)
    if edit.confirmation:
        values |= {"confirmed_at": edit.confirmation.at, "confirmed_by": edit.confirmation.by}
    for name, value in values.items():
        if getattr(parcel, name) != value:
            setattr(parcel, name, value)
    if edit.geom is not None and not _multi(edit.geom).equals_exact(to_shape(parcel.geom), 0):
        parcel.geom = from_shape(_multi(edit.geom), srid=STORAGE_SRID)
    changed = tuple(sorted(attribute.key for attribute in _dirty(parcel)))
    send(session)
    session.refresh(parcel)
    return Saved(parcel.number, parcel.version, changed=changed)


def send(session: Session) -> None:
    """Send what was changed; NotAllowed where the database refuses, e.g. to somebody disabled a moment ago."""
    try:
        session.flush()
    except StaleDataError as hidden:
        raise NotAllowed(Action.EDIT) from hidden
    except DBAPIError as refused:
        if getattr(refused.orig, "sqlstate", None) == INSUFFICIENT_PRIVILEGE:
            raise NotAllowed(Action.EDIT) from refused
        raise


def _only_confirmed_since(session: Session, parcel: Parcel, version: int) -> bool:
    """Whether the locked `parcel` has been confirmed since `version` and nothing else: then nobody saved first.

    A colleague's click, or a reminder's, would otherwise refuse what somebody has been typing for ten minutes.
    """
    columns = [*EDITABLE, "number", "schematic"]
    then = PARCEL_HISTORY.c
    same = (
        select(then.id)
        .join(Parcel, Parcel.id == then.id)
        .where(then.id == parcel.id, then.version == version)
        .where(*(then[name].is_not_distinct_from(getattr(Parcel, name)) for name in columns))
        .where(func.st_orderingequals(then.geom, Parcel.geom))
    )
    return session.scalar(same.limit(1)) is not None


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
    mine = (Parcel.number.in_(numbers), within_scope(actor), Parcel.status != ParcelStatus.WITHDRAWN)
    # Locked in one order, whoever comes: two officers confirming the same list never wait for each other.
    session.execute(select(Parcel.id).where(*mine).order_by(Parcel.id).with_for_update())
    confirmed = (
        update(Parcel)
        .where(*mine)
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


def decide(session: Session, actor: Actor, proposal_id: int, accept: bool, comment: str | None = None) -> Saved | None:
    """Accept or decline a waiting proposal; nobody decides on a proposal of their own.

    The transaction should act for the proposer with `approved_by` the approver (db.Acting), so that history names
    both. EditConflict where the parcel has changed since; the proposal then waits on.
    """
    proposal, parcel = _open_proposal(session, actor, proposal_id)
    saved = None
    if accept:
        edit = as_edit(parcel, proposal)
        if parcel.version != edit.version and not _only_confirmed_since(session, parcel, edit.version):
            raise EditConflict(parcel, edit)
        carry_out = OPERATIONS.get(proposal.content.get("operation", ""))
        saved = carry_out(session, parcel, proposal) if carry_out else apply(session, parcel, edit)
    _close(proposal, actor, ProposalState.ACCEPTED if accept else ProposalState.DECLINED, comment)
    return saved


def accept_part(session: Session, actor: Actor, proposal_id: int, part: Part, comment: str | None = None) -> Saved:
    """Accept of a proposal whose parcel has changed since what the approver keeps of it, against the version shown.

    EditConflict where the parcel has changed once more; NotAllowed for operations, which cannot be taken in part.
    """
    proposal, parcel = _open_proposal(session, actor, proposal_id)
    if "operation" in proposal.content:
        raise NotAllowed(proposal.content["operation"])
    edit = as_edit(parcel, proposal)
    if parcel.version != part.version and not _only_confirmed_since(session, parcel, part.version):
        raise EditConflict(parcel, edit)
    kept = {name: value for name, value in edit.values.items() if name in part.fields}
    saved = apply(session, parcel, replace(edit, values=kept, geom=edit.geom if "geom" in part.fields else None))
    _close(proposal, actor, ProposalState.ACCEPTED, comment)
    return saved


def take_back(session: Session, actor: Actor, proposal_id: int) -> str:
    """The proposer takes a waiting proposal back; the parcel's number. NotAllowed for anybody else."""
    proposal = _waiting_proposal(session, proposal_id, lambda found: found.account_id == actor.account_id)
    _close(proposal, actor, ProposalState.TAKEN_BACK, None)
    return session.scalars(select(Parcel.number).where(Parcel.id == proposal.parcel_id)).one()


def _open_proposal(session: Session, actor: Actor, proposal_id: int) -> tuple[Proposal, Parcel]:
    """A waiting proposal the actor may decide on, and its parcel, both locked."""
    proposal = _waiting_proposal(session, proposal_id, lambda found: found.account_id != actor.account_id)
    parcel = locked(session, session.scalars(select(Parcel.number).where(Parcel.id == proposal.parcel_id)).one())
    require_for(actor, Action.APPROVE, parcel)
    return proposal, parcel


def _waiting_proposal(session: Session, proposal_id: int, permitted: Callable[[Proposal], bool]) -> Proposal:
    proposal = session.get(Proposal, proposal_id, with_for_update=True, populate_existing=True)
    if proposal is None:
        raise NotFound(str(proposal_id))
    if not permitted(proposal):
        raise NotAllowed(Action.APPROVE)
    if proposal.state != ProposalState.WAITING:
        raise ProposalDecided(proposal.state)
    return proposal


def _close(proposal: Proposal, actor: Actor, state: ProposalState, comment: str | None) -> None:
    proposal.state, proposal.comment = state, comment
    proposal.decided_by, proposal.decided_at = actor.account_id, dt.datetime.now(dt.UTC)
