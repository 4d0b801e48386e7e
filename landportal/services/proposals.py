"""Changes that wait for a second pair of eyes: which ones, what they would do, and deciding on them.

How a decision is carried out is the work of `editing`; nobody decides on a proposal of their own, here as little as
in the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from geoalchemy2.shape import to_shape
from sqlalchemy import Select, false, or_, select
from sqlalchemy.orm import Session, aliased

from landportal import db
from landportal.errors import InvalidInput, NotAllowed, NotFound
from landportal.model import Account, Parcel, Proposal, ProposalState, Through
from landportal.services import editing, history, letters, outbox
from landportal.services.edits import EDITABLE, Part, as_edit
from landportal.services.history import Difference, Outlines
from landportal.services.outbox import Letter
from landportal.services.permissions import Action, Actor, actor_of, require, require_for, within_scope

DECIDED_SHOWN = 30


@dataclass(frozen=True)
class ProposalSummary:
    """A proposal in a list. `outdated`: the parcel has changed since; `mine`: the actor made it."""

    id: int
    number: str
    name_de: str
    name_en: str | None
    proposer: str
    proposed_at: dt.datetime
    reason: str | None
    fields: tuple[str, ...]
    operation: str | None
    restores: int | None
    state: str
    outdated: bool
    mine: bool
    decider: str | None
    decided_at: dt.datetime | None
    comment: str | None


@dataclass(frozen=True)
class ProposalView:
    """A proposal with everything it takes to decide: what stands now, what is wanted, what it was based on.

    `base` is None where the version it was made for was not kept. `may_decide` says whether this actor may.
    """

    summary: ProposalSummary
    parcel: Parcel
    wanted: Mapping[str, Any]
    stored: Mapping[str, Any]
    base: Mapping[str, Any] | None
    outlines: Outlines | None
    area_m2: float | None
    content: Mapping[str, Any]
    may_decide: bool

    def differences(self) -> tuple[Difference, ...]:
        """What accepting would change as things stand now."""
        changed = [Difference(name, self.stored[name], value) for name, value in self.wanted.items()]
        return tuple(difference for difference in changed if difference.before != difference.after)


def waiting(session: Session, actor: Actor) -> tuple[ProposalSummary, ...]:
    """Proposals that wait, for parcels in the actor's scope and the actor's own, oldest first."""
    require(actor, Action.SEE_DESK)
    listed = _listed(actor).where(Proposal.state == ProposalState.WAITING).order_by(Proposal.proposed_at, Proposal.id)
    return _summaries(session, actor, listed)


def decided(session: Session, actor: Actor) -> tuple[ProposalSummary, ...]:
    """Proposals decided on or taken back, newest first; the last ones."""
    require(actor, Action.SEE_DESK)
    listed = _listed(actor).where(Proposal.state != ProposalState.WAITING)
    return _summaries(session, actor, listed.order_by(Proposal.decided_at.desc()).limit(DECIDED_SHOWN))


def waiting_for(session: Session, actor: Actor, number: str) -> tuple[ProposalSummary, ...]:
    """Proposals that wait for one parcel."""
    listed = _listed(actor).where(Proposal.state == ProposalState.WAITING, Parcel.number == number)
    return _summaries(session, actor, listed.order_by(Proposal.id))


def _listed(actor: Actor) -> Select[*tuple[Any, ...]]:
    proposer, decider = aliased(Account), aliased(Account)
    return (
        select(
            Proposal, Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.version,
            proposer.name.label("proposer"), decider.name.label("decider"),
        )
        .join(Parcel, Parcel.id == Proposal.parcel_id)
        .join(proposer, proposer.id == Proposal.account_id)
        .outerjoin(decider, decider.id == Proposal.decided_by)
        .where(or_(false(), within_scope(actor), Proposal.account_id == actor.account_id))
    )  # fmt: skip


def _summaries(session: Session, actor: Actor, listed: Select[*tuple[Any, ...]]) -> tuple[ProposalSummary, ...]:
    return tuple(_summary(actor, row) for row in session.execute(listed))


def _summary(actor: Actor, row: Any) -> ProposalSummary:
    proposal: Proposal = row.Proposal
    fields = (*proposal.content["values"], *(["geom"] if proposal.content.get("geom") else ()))
    return ProposalSummary(
        id=proposal.id, number=row.number, name_de=row.name_de, name_en=row.name_en, proposer=row.proposer,
        proposed_at=proposal.proposed_at, reason=proposal.reason, fields=fields,
        operation=proposal.content.get("operation"), restores=proposal.content.get("restores"), state=proposal.state,
        outdated=row.version != proposal.base_version, mine=proposal.account_id == actor.account_id,
        decider=row.decider, decided_at=proposal.decided_at, comment=proposal.comment,
    )  # fmt: skip


def get_proposal(session: Session, actor: Actor, proposal_id: int) -> ProposalView:
    """One proposal with what it would change. Raises NotFound, NotAllowed outside the actor's scope."""
    row = session.execute(_listed(actor).where(Proposal.id == proposal_id)).first()
    if row is None:
        raise NotFound(str(proposal_id)) if session.get(Proposal, proposal_id) is None else NotAllowed(Action.SEE_DESK)
    parcel = session.scalars(select(Parcel).where(Parcel.number == row.number)).one()
    edit = as_edit(parcel, row.Proposal)
    shape = to_shape(parcel.geom)
    return ProposalView(
        summary=_summary(actor, row),
        parcel=parcel,
        wanted=dict(edit.values),
        stored={name: getattr(parcel, name) for name in EDITABLE},
        base=history.attributes_at(session, parcel, edit.version),
        outlines=history.outlines(shape, edit.geom) if edit.geom is not None and edit.geom != shape else None,
        area_m2=edit.geom.area if edit.geom is not None else None,
        content=row.Proposal.content,
        may_decide=_may_decide(actor, parcel, row.Proposal),
    )


def _may_decide(actor: Actor, parcel: Parcel, proposal: Proposal) -> bool:
    try:
        require_for(actor, Action.APPROVE, parcel)
    except NotAllowed:
        return False
    return proposal.account_id != actor.account_id and proposal.state == ProposalState.WAITING


def acting_for(session: Session, actor: Actor, proposal_id: int) -> db.Acting:
    """Who acts when `actor` accepts: the proposer, approved by the actor, so that history names both.

    A proposer who may not write any more (gone, or moved elsewhere) acts no longer: then it is the actor alone.
    """
    proposal = session.get(Proposal, proposal_id)
    if proposal is None:
        raise NotFound(str(proposal_id))
    parcel = session.get_one(Parcel, proposal.parcel_id)
    proposer = actor_of(session.get_one(Account, proposal.account_id))
    still = proposer.may(Action.EDIT) and proposer.scope.holds(parcel.municipality_ags, parcel.area_id)
    return db.Acting(proposer.account_id if still else actor.account_id, Through.PAGE, approved_by=actor.account_id)


def accept(
    session: Session, actor: Actor, proposal_id: int, comment: str | None, part: Part | None = None
) -> editing.Saved:
    """Accept a proposal, or `part` of one whose parcel has changed since; errors as `editing.decide`."""
    if part is not None:
        return editing.accept_part(session, actor, proposal_id, part, comment)
    saved = editing.decide(session, actor, proposal_id, True, comment)
    assert saved is not None  # noqa: S101 - for the type checker: accepting saves
    return saved


def tell_proposer(session: Session, actor: Actor, proposal_id: int, desk: Callable[[str], str]) -> None:
    """Write to the proposer what was decided and why; `desk` gives the address of the waiting changes in a language."""
    proposal = session.get_one(Proposal, proposal_id)
    account, parcel = session.get_one(Account, proposal.account_id), session.get_one(Parcel, proposal.parcel_id)
    if not account.active:
        return
    subject, body = letters.written(
        "decision", account.language, accepted=proposal.state == ProposalState.ACCEPTED, parcel=parcel,
        decider=actor.name, comment=proposal.comment, address=desk(account.language),
    )  # fmt: skip
    once = f"decision {proposal_id}"
    outbox.post(session, Letter("decision", account.email, subject, body, account.language, account.id, once))


def decline(session: Session, actor: Actor, proposal_id: int, comment: str | None) -> None:
    """Send a proposal back; the proposer is owed a reason: InvalidInput without `comment`."""
    if not comment:
        raise InvalidInput("comment_missing", "comment")
    editing.decide(session, actor, proposal_id, False, comment)
