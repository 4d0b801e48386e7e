"""The same change for many parcels: all of them or none, and each that it does not fit is told with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import Conflict, InvalidInput, LandportalError, NotAllowed
from landportal.model import Parcel
from landportal.services import editing
from landportal.services.edits import Confirmation, Edit
from landportal.services.permissions import Action, Actor, require

MANY_MAX = 200
"""Parcels changed together by hand; more are a delivery's work."""


@dataclass(frozen=True)
class BulkEdit:
    """One change for the parcels of `versions` (number → the version the officer saw)."""

    versions: Mapping[str, int]
    values: Mapping[str, Any]
    reason: str | None = None
    confirmation: Confirmation | None = None


@dataclass(frozen=True)
class Refusal:
    """A parcel the change does not fit, and why: the code of an InvalidInput, ``conflict`` or ``not_allowed``."""

    number: str
    name_de: str
    name_en: str | None
    code: str
    field: str | None = None


class BulkRefused(Conflict):
    """Nothing was changed, because some parcels cannot be: `refusals` names them, `possible` the others."""

    def __init__(self, refusals: tuple[Refusal, ...], possible: tuple[str, ...]) -> None:
        super().__init__(", ".join(refusal.number for refusal in refusals))
        self.refusals, self.possible = refusals, possible


def save_many(session: Session, actor: Actor, wanted: BulkEdit) -> tuple[editing.Saved, ...]:
    """Do the change to every parcel, or raise BulkRefused having changed none (the transaction must then be left).

    InvalidInput("too_many") for more than `MANY_MAX`.
    """
    require(actor, Action.EDIT)
    if len(wanted.versions) > MANY_MAX:
        raise InvalidInput("too_many", "parcel")
    saved: list[editing.Saved] = []
    refusals: list[Refusal] = []
    editing.lock_all(session, wanted.versions)
    for parcel in _in_order(session, wanted.versions):
        edit = Edit(
            parcel.number, wanted.versions[parcel.number], wanted.values, None, wanted.reason, wanted.confirmation
        )
        try:
            with session.begin_nested():
                saved.append(editing.save(session, actor, edit))
        except (InvalidInput, Conflict, NotAllowed) as refused:
            refusals.append(_refusal(parcel, refused))
    if refusals:
        raise BulkRefused(tuple(refusals), tuple(done.number for done in saved))
    return tuple(saved)


def _in_order(session: Session, versions: Mapping[str, int]) -> list[Parcel]:
    """The parcels, those outside the scope too: they are refused by name."""
    return list(session.scalars(select(Parcel).where(Parcel.number.in_(versions)).order_by(Parcel.name_de, Parcel.id)))


def _refusal(parcel: Parcel, refused: LandportalError) -> Refusal:
    if isinstance(refused, InvalidInput):
        code, field = str(refused), refused.field
    elif isinstance(refused, editing.RetiredParcel):
        code, field = "retired", None
    else:
        code, field = ("not_allowed" if isinstance(refused, NotAllowed) else "conflict"), None
    return Refusal(parcel.number, parcel.name_de, parcel.name_en, code, field)
