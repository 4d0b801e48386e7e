"""Organisations and the accounts in them, as far as an administrator's scope reaches.

What happens to one account is in `services.accounts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput, NotFound
from landportal.model import Account, AdminUnit, Area, Organisation, OrganisationKind
from landportal.services import audit
from landportal.services.audit import AuditAction
from landportal.services.permissions import Action, Actor, require, require_management, under_management

NAME_MAX = 120
PLACES_MAX = 50

LEVELS: Mapping[OrganisationKind, str] = {
    OrganisationKind.MUNICIPALITY: "municipality",
    OrganisationKind.COUNTY: "county",
    OrganisationKind.STATE_AGENCY: "state",
}
"""The level of the administrative tree at which each kind stands; an association stands on an area instead."""


class NameTaken(InvalidInput):
    """Another organisation has this name."""


@dataclass(frozen=True)
class OrganisationRow:
    """An organisation in the list, with the name of its place or area and its numbers of accounts."""

    organisation: Organisation
    place: str
    accounts: int
    without_second_factor: int


@dataclass(frozen=True)
class Place:
    """Where an organisation may stand: a unit of the administrative tree (`ags`) or an area (`slug`)."""

    key: str
    name: str
    kind: OrganisationKind


@dataclass(frozen=True)
class NewOrganisation:
    """What an administrator enters. `place` is an official key, or an area's slug for an association."""

    name: str
    kind: OrganisationKind
    place: str
    four_eyes: bool = False


def overview(session: Session, actor: Actor) -> tuple[OrganisationRow, ...]:
    """The organisations the actor manages, the widest scope first."""
    require(actor, Action.MANAGE_ACCOUNTS)
    active = func.count(Account.id).filter(Account.active)
    bare = func.count(Account.id).filter(Account.active, Account.tf_totp_secret.is_(None))
    rows = (
        select(Organisation, func.coalesce(AdminUnit.name, Area.name_de), active, bare)
        .outerjoin(AdminUnit, AdminUnit.ags == Organisation.ags)
        .outerjoin(Area, Area.id == Organisation.area_id)
        .outerjoin(Account, Account.organisation_id == Organisation.id)
        .where(under_management(actor))
        .group_by(Organisation.id, AdminUnit.name, Area.name_de)
        .order_by(func.length(Organisation.ags), Organisation.name)
    )
    return tuple(OrganisationRow(*row) for row in session.execute(rows))


def managed(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """The organisation, if the actor manages it; NotFound or NotAllowed."""
    require(actor, Action.MANAGE_ACCOUNTS)
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound(str(organisation_id))
    require_management(actor, organisation)
    return organisation


def accounts_of(session: Session, actor: Actor, organisation_id: int | None) -> tuple[Account, ...]:
    """The accounts of an organisation by name, the disabled last; None: administrators of the whole portal."""
    require_management(actor, managed(session, actor, organisation_id) if organisation_id else None)
    place = Account.organisation_id == organisation_id if organisation_id else Account.organisation_id.is_(None)
    return tuple(session.scalars(select(Account).where(place).order_by(Account.active.desc(), Account.name)))


def account_of(session: Session, actor: Actor, account_id: int) -> Account:
    """The account, if the actor manages it, to look at; NotFound or NotAllowed."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(str(account_id))
    require_management(actor, account.organisation)
    return account


def choices(session: Session, actor: Actor) -> tuple[Organisation, ...]:
    """The organisations an account may be put into, by name."""
    require(actor, Action.MANAGE_ACCOUNTS)
    return tuple(session.scalars(select(Organisation).where(under_management(actor)).order_by(Organisation.name)))


def place_of(session: Session, organisation: Organisation) -> str | None:
    """The name of the unit or area an organisation keeps."""
    if organisation.ags:
        return session.scalar(select(AdminUnit.name).where(AdminUnit.ags == organisation.ags))
    return session.scalar(select(Area.name_de).where(Area.id == organisation.area_id))


def kinds(actor: Actor) -> tuple[OrganisationKind, ...]:
    """Kinds of organisations that fit into the actor's scope: nobody makes one that reaches further than its own."""
    if actor.whole_portal:
        return tuple(OrganisationKind)
    reach = len(actor.scope.ags) if actor.scope.ags else 9
    digits = {OrganisationKind.STATE_AGENCY: 2, OrganisationKind.COUNTY: 5, OrganisationKind.MUNICIPALITY: 8}
    return tuple(kind for kind, length in digits.items() if length >= reach)


def places(session: Session, actor: Actor, kind: OrganisationKind, search: str = "") -> tuple[Place, ...]:
    """Places inside the actor's scope where an organisation of `kind` may stand, by name; at most 50."""
    require(actor, Action.MANAGE_ACCOUNTS)
    if kind == OrganisationKind.PLANNING_ASSOCIATION:
        return _areas(session, actor, search)
    units = select(AdminUnit.ags, AdminUnit.name).where(AdminUnit.level == LEVELS[kind])
    if not actor.whole_portal:
        units = units.where(AdminUnit.ags.startswith(actor.scope.ags or "-", autoescape=True))
    if search:
        named = AdminUnit.name.icontains(search, autoescape=True)
        units = units.where(or_(named, AdminUnit.ags.startswith(search, autoescape=True)))
    found = session.execute(units.order_by(AdminUnit.name).limit(PLACES_MAX))
    return tuple(Place(ags, name, kind) for ags, name in found)


def _areas(session: Session, actor: Actor, search: str) -> tuple[Place, ...]:
    if not actor.whole_portal:
        return ()
    areas = select(Area.slug, Area.name_de).order_by(Area.name_de).limit(PLACES_MAX)
    if search:
        areas = areas.where(or_(Area.name_de.icontains(search, autoescape=True), Area.slug == search))
    return tuple(Place(slug, name, OrganisationKind.PLANNING_ASSOCIATION) for slug, name in session.execute(areas))


def create(session: Session, actor: Actor, wanted: NewOrganisation) -> Organisation:
    """Make an organisation inside the actor's scope; InvalidInput(field), NotAllowed."""
    organisation = Organisation(
        name=_free_name(session, wanted.name), kind=wanted.kind, four_eyes=wanted.four_eyes, **_stand(session, wanted)
    )
    require_management(actor, organisation)
    session.add(organisation)
    session.flush()
    audit.record(
        session, AuditAction.ORGANISATION_MADE, account_id=actor.account_id, subject=organisation.name,
        kind=wanted.kind, place=wanted.place,
    )  # fmt: skip
    return organisation


def _stand(session: Session, wanted: NewOrganisation) -> dict[str, str | int]:
    """The columns that say where the organisation stands."""
    if wanted.kind == OrganisationKind.PLANNING_ASSOCIATION:
        area_id = session.scalar(select(Area.id).where(Area.slug == wanted.place))
        if area_id is None:
            raise InvalidInput("There is no such area.", "place")
        return {"area_id": area_id}
    unit = session.get(AdminUnit, wanted.place)
    if unit is None or unit.level != LEVELS[wanted.kind]:
        raise InvalidInput("There is no such place of this kind.", "place")
    return {"ags": unit.ags}


def settle(session: Session, actor: Actor, organisation_id: int, name: str, four_eyes: bool) -> None:
    """Rename an organisation, or let its changes wait for an approver."""
    organisation = managed(session, actor, organisation_id)
    before = {"name": organisation.name, "four_eyes": organisation.four_eyes}
    if name.strip() != organisation.name:
        organisation.name = _free_name(session, name)
    organisation.four_eyes = four_eyes
    after = {"name": organisation.name, "four_eyes": four_eyes}
    if after != before:
        audit.record(
            session, AuditAction.ORGANISATION_CHANGED, account_id=actor.account_id, subject=organisation.name,
            before=before, after=after,
        )  # fmt: skip


def _free_name(session: Session, text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_MAX:
        raise InvalidInput(f"A name has 1 to {NAME_MAX} characters.", "name")
    if session.scalar(select(Organisation.id).where(Organisation.name == name)):
        raise NameTaken("Another organisation has this name.", "name")
    return name
