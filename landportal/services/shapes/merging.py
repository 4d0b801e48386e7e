"""Joining neighbouring parcels into one; they are retired, the new parcel is their successor."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput, NotFound
from landportal.gis import cutting, shape_relations
from landportal.model import Parcel, ParcelStatus, Proposal
from landportal.services.editing import EDITABLE, Edit, EditConflict
from landportal.services.permissions import Action, Actor, require_for, within_scope
from landportal.services.shapes.checks import Subject, check_shape
from landportal.services.shapes.drawing import ShapeRefused, named, one_shape_at_a_time, reasoned
from landportal.services.shapes.findings import ShapeCheck
from landportal.services.shapes.operations import (
    Divided,
    carry_out,
    locked_in_order,
    propose,
    refuse_retired,
    shape_of,
)

MEMBERS_MAX = 20

GROUPS: Mapping[str, tuple[str, ...]] = {
    "status": ("status", "status_since", "status_until"),
    "price": ("price_eur_m2", "price_on_request", "price_kind"),
}
"""Columns that only make sense together and are chosen as one."""

UNITED = frozenset({"name_de", "name_en", "cadastral_ids"})
"""What is not chosen from one of them: names are written anew, cadastral parcels added up."""


@dataclass(frozen=True)
class Differing:
    """An attribute, or a group of them, in which the parcels differ: number → values of `columns`."""

    name: str
    columns: tuple[str, ...]
    values: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class MergePreview:
    """What merging would make: the members (largest first), the shape, the choices to be made."""

    members: tuple[Parcel, ...]
    check: ShapeCheck
    gap_m2: float
    overlap_m2: float
    differing: tuple[Differing, ...]
    name: str


@dataclass(frozen=True)
class Merging:
    """Join the parcels of `versions` (number → version seen); `chosen` names for each difference whose value holds."""

    versions: Mapping[str, int]
    name_de: str
    chosen: Mapping[str, str]
    reason: str
    name_en: str | None = None
    accepted: bool = False


def choosable(session: Session, actor: Actor, number: str) -> tuple[Parcel, ...]:
    """Parcels of the actor's scope that lie beside parcel `number` and could be merged with it."""
    here = _read(session, actor, [number])[0]
    near = session.scalars(shape_relations.beside(number, cutting.GAP_M).where(within_scope(actor)))
    return tuple(parcel for parcel in near if cutting.are_neighbours(shape_of(here), shape_of(parcel)))


def preview_merge(session: Session, actor: Actor, numbers: Sequence[str]) -> MergePreview:
    """What merging `numbers` would make; raises NotFound, NotAllowed, BadShape where they are not neighbours."""
    return _preview(session, actor, _read(session, actor, numbers))


def _read(session: Session, actor: Actor, numbers: Sequence[str]) -> list[Parcel]:
    found = list(session.scalars(select(Parcel).where(Parcel.number.in_(numbers)).order_by(Parcel.id)))
    return _permitted(actor, numbers, found)


def _permitted(actor: Actor, numbers: Sequence[str], found: list[Parcel]) -> list[Parcel]:
    if len(set(numbers)) > MEMBERS_MAX:
        raise InvalidInput("too_many_members", "members")
    missing = set(numbers) - {parcel.number for parcel in found}
    if missing:
        raise NotFound(", ".join(sorted(missing)))
    for parcel in found:
        require_for(actor, Action.EDIT, parcel)
    return found


def _preview(session: Session, actor: Actor, parcels: Sequence[Parcel]) -> MergePreview:
    joined = cutting.join([shape_of(parcel) for parcel in parcels])
    members = tuple(sorted(parcels, key=lambda parcel: (-parcel.area_m2, parcel.id)))
    numbers = tuple(parcel.number for parcel in members)
    check = check_shape(session, actor, Subject(area_id=members[0].area_id, replaces=numbers), joined.shape)
    name = proposed_name([parcel.name_de for parcel in members])
    return MergePreview(members, check, joined.gap_m2, joined.overlap_m2, _differing(members), name)


def proposed_name(names: Sequence[str]) -> str:
    """Los 13 and Los 15 → Los 13 + 15; names without a common beginning: the first."""
    alike = itertools.takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    beginning = re.sub(r"[^ ]*$", "", "".join(letters[0] for letters in alike))
    rest = sorted((name.removeprefix(beginning) for name in names), key=lambda name: (len(name), name))
    return f"{beginning}{' + '.join(rest)}" if beginning and all(rest) else names[0]


def _differing(members: Sequence[Parcel]) -> tuple[Differing, ...]:
    grouped = {column for columns in GROUPS.values() for column in columns}
    single = {name: (name,) for name in EDITABLE if name not in grouped | UNITED}
    found = []
    for name, columns in {**GROUPS, **single}.items():
        values = {parcel.number: tuple(getattr(parcel, column) for column in columns) for parcel in members}
        if len(set(values.values())) > 1:
            found.append(Differing(name, columns, values))
    return tuple(found)


def merge(session: Session, actor: Actor, wanted: Merging) -> Divided:
    """Join parcels in one transaction, or propose it where four eyes are wanted.

    Raises NotFound, NotAllowed, EditConflict, RetiredParcel, BadShape, InvalidInput (name_de, reason, or the
    difference nothing was chosen for), ShapeRefused.
    """
    one_shape_at_a_time(session)
    numbers = list(wanted.versions)
    # Read first: what row-level security would hide from a lock is told as forbidden, not as missing.
    _read(session, actor, numbers)
    parcels = _permitted(actor, numbers, locked_in_order(session, numbers))
    for parcel in parcels:
        refuse_retired(session, parcel)
        if parcel.version != wanted.versions[parcel.number]:
            raise EditConflict(parcel, Edit(parcel.number, wanted.versions[parcel.number], reason=wanted.reason))
        if parcel.status == ParcelStatus.WITHDRAWN:
            raise InvalidInput("member_withdrawn", "members")
    reason, name = reasoned(wanted.reason), named(wanted.name_de, "name_de")
    preview = _preview(session, actor, parcels)
    if preview.check.refused or (preview.check.to_accept and not wanted.accepted):
        raise ShapeRefused(preview.check)
    content = _content(preview, wanted, name)
    if actor.four_eyes:
        return propose(session, actor, parcels[0], reason, content)
    return Divided(carry_out(session, parcels[0], Proposal(content=content, reason=reason)).changed)


def _content(preview: MergePreview, wanted: Merging, name: str) -> dict[str, Any]:
    chosen: dict[str, str] = {}
    for difference in preview.differing:
        number = wanted.chosen.get(difference.name)
        if number is None or number not in difference.values:
            raise InvalidInput("not_chosen", difference.name)
        chosen |= dict.fromkeys(difference.columns, number)
    together = sorted({identifier for parcel in preview.members for identifier in parcel.cadastral_ids})
    part = {
        "name_de": name, "name_en": wanted.name_en, "geom": preview.check.shape.wkt, "like": preview.members[0].number,
        "from": chosen, "cadastral_ids": together,
    }  # fmt: skip
    versions = {parcel.number: parcel.version for parcel in preview.members}
    return {"operation": "merge", "members": versions, "parts": [part]}
