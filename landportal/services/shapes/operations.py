"""What splitting and merging share: copying attributes to successors, proposing, and doing what was proposed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geoalchemy2.shape import from_shape, to_shape
from shapely import MultiPolygon, from_wkt
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal import db
from landportal.errors import NotAllowed
from landportal.model import STORAGE_SRID, Parcel, Proposal
from landportal.services import editing, lineage
from landportal.services.editing import EDITABLE, Edit, EditConflict, Saved
from landportal.services.permissions import Actor
from landportal.services.shapes.checks import multi
from landportal.services.shapes.drawing import new_source_id

INHERITED = (*EDITABLE, "confirmed_at", "confirmed_by", "schematic", "source_date", "data_set_id")
"""What a successor takes over where nothing else is said: the facts stay as true and as old as they were."""


NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
"""Older than any confirmation: what was never confirmed makes the whole unconfirmed."""


@dataclass(frozen=True)
class Divided:
    """What became of splitting or merging: the new parcels' numbers, or the proposal that waits."""

    numbers: tuple[str, ...] = ()
    proposal_id: int | None = None


@dataclass(frozen=True)
class Successor:
    """A parcel to be: its name, its shape and the attributes in which it differs from `like`."""

    name_de: str
    name_en: str | None
    shape: MultiPolygon
    like: Parcel
    values: Mapping[str, Any]


def locked_in_order(session: Session, numbers: Sequence[str]) -> list[Parcel]:
    """The parcels `numbers` with their rows locked, always in the same order: two mergers never wait for each other."""
    found = select(Parcel).where(Parcel.number.in_(numbers)).order_by(Parcel.id).with_for_update(of=Parcel)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def succeed(session: Session, predecessors: Sequence[Parcel], wanted: Sequence[Successor]) -> list[Parcel]:
    """Store the successors and retire the predecessors, in the caller's transaction."""
    made = [_stored(session, successor) for successor in wanted]
    today = dt.datetime.now(dt.UTC).date()
    for parcel in predecessors:
        lineage.retire(session, parcel, made, today)
    return made


def _stored(session: Session, wanted: Successor) -> Parcel:
    values = {name: getattr(wanted.like, name) for name in INHERITED}
    values |= {**wanted.values, "name_de": wanted.name_de, "name_en": wanted.name_en}
    parcel = Parcel(**values, source_id=new_source_id(session), geom=from_shape(wanted.shape, srid=STORAGE_SRID))
    session.add(parcel)
    session.flush()
    session.refresh(parcel)
    _settle_smallest_lot(session, parcel)
    return parcel


def _settle_smallest_lot(session: Session, parcel: Parcel) -> None:
    """A smallest lot larger than the parcel itself says nothing any more."""
    if parcel.lot_min_m2 is not None and float(parcel.lot_min_m2) > parcel.area_m2:
        parcel.lot_min_m2 = None
        session.flush()


def propose(session: Session, actor: Actor, parcel: Parcel, reason: str, content: Mapping[str, Any]) -> Divided:
    """Keep an operation for an approver; it is tried first, so that nothing impossible waits."""
    proposal = Proposal(
        parcel_id=parcel.id, base_version=parcel.version, account_id=actor.account_id, reason=reason,
        content={"values": {}, **content},
    )  # fmt: skip
    with db.tried(session):
        carry_out(session, parcel, proposal)
    session.add(proposal)
    session.flush()
    return Divided(proposal_id=proposal.id)


def carry_out(session: Session, parcel: Parcel, proposal: Proposal) -> Saved:
    """Split or merge as `proposal` says; `parcel`, locked, is the one it hangs on (of several the first by id).

    EditConflict where one of the parcels has changed since.
    """
    if proposal.reason:
        db.tell(session, {"reason": proposal.reason})
    content = proposal.content
    versions: Mapping[str, int] = content["members"]
    members = locked_in_order(session, list(versions))
    for member in members:
        refuse_retired(session, member)
        if member.version != versions[member.number]:
            raise EditConflict(member, Edit(member.number, versions[member.number], reason=proposal.reason))
    if len(members) != len(versions):
        raise NotAllowed(content["operation"])
    by_number = {member.number: member for member in members}
    made = succeed(session, members, [_successor(part, by_number) for part in content["parts"]])
    return Saved(parcel.number, parcel.version, changed=tuple(new.number for new in made))


def _successor(part: Mapping[str, Any], members: Mapping[str, Parcel]) -> Successor:
    values: dict[str, Any] = {}
    for name, number in part.get("from", {}).items():
        values[name] = getattr(members[number], name)
    if "cadastral_ids" in part:
        values["cadastral_ids"] = list(part["cadastral_ids"])
    oldest = min(members.values(), key=lambda member: member.confirmed_at or NEVER)
    values |= {"confirmed_at": oldest.confirmed_at, "confirmed_by": oldest.confirmed_by}
    return Successor(
        part["name_de"], part.get("name_en"), multi(from_wkt(part["geom"])), members[part["like"]], values
    )  # fmt: skip


def refuse_retired(session: Session, parcel: Parcel) -> None:
    """RetiredParcel where `parcel` was split or merged: there is nothing left of it to change."""
    if lineage.is_retired(session, parcel):
        raise editing.RetiredParcel(parcel.number)


def shape_of(parcel: Parcel) -> MultiPolygon:
    """The parcel's shape in EPSG:25832."""
    return multi(to_shape(parcel.geom))
