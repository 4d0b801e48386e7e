"""The accounts of the demonstration: one a role, in organisations of the sample data, with this instance's password.

Outside the demonstration no account exists until somebody makes one (`landportal user add`).
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from passlib.hash import argon2
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.model import Account, AdminUnit, Area, Organisation, OrganisationKind, Role
from landportal.services import accounts

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for each other."""


@dataclass(frozen=True)
class DemoOrganisation:
    """An organisation of the demonstration: its name, kind and place (an official key, or an area's slug)."""

    name: str
    kind: OrganisationKind
    place: str


@dataclass(frozen=True)
class DemoAccount:
    """An account of the demonstration. `usable`: it exists and still has the instance's password."""

    email: str
    name: str
    role: Role
    organisation: str
    usable: bool = True


AGENCY = DemoOrganisation("Landesagentur (Demo)", OrganisationKind.STATE_AGENCY, "16")
COUNTY = DemoOrganisation("Landkreis Gotha", OrganisationKind.COUNTY, "16067")
TOWN = DemoOrganisation("Stadt Waltershausen", OrganisationKind.MUNICIPALITY, "16067072")
ASSOCIATION = DemoOrganisation(
    "Planungsverband Goldene Aue", OrganisationKind.PLANNING_ASSOCIATION, "goldene-aue"
)  # fmt: skip

WANTED = (
    ("officer@gotha.example", "Wirtschaftsförderung Landkreis", Role.OFFICER, COUNTY),
    ("approver@gotha.example", "Amtsleitung Landkreis", Role.APPROVER, COUNTY),
    ("officer@waltershausen.example", "Wirtschaftsförderung Stadt", Role.OFFICER, TOWN),
    ("officer@goldene-aue.example", "Geschäftsstelle Verband", Role.OFFICER, ASSOCIATION),
    ("planner@agency.example", "Landesplanung", Role.PLANNER, AGENCY),
    ("administrator@agency.example", "Portalverwaltung", Role.ADMINISTRATOR, AGENCY),
)


def new_password() -> str:
    """A random password of four groups of four letters: about 79 bits, easy to type."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


def ensure_demo_accounts(session: Session, password: str) -> tuple[DemoAccount, ...]:
    """Make the accounts that lack, with `password`; all that the sample data have a place for.

    What was changed since, the password too, stays as it is. The administrator's first sign-in leads through the
    set-up of a second factor.
    """
    hashed = argon2.hash(password)
    made = (_ensure(session, wanted, password, hashed) for wanted in WANTED)
    return tuple(account for account in made if account)


def _ensure(
    session: Session, wanted: tuple[str, str, Role, DemoOrganisation], password: str, hashed: str
) -> DemoAccount | None:
    email, name, role, home = wanted
    account = accounts.by_address(session, email)
    if account is None:
        organisation = _organisation(session, home)
        if organisation is None:
            return None
        account = Account(
            email=email, name=name, password=hashed, fs_uniquifier=uuid.uuid4().hex, role_names=[role],
            organisation_id=organisation.id, active=True,
        )  # fmt: skip
        session.add(account)
        session.flush()
    usable = account.active and bool(account.password) and argon2.verify(password, account.password)
    return DemoAccount(email, account.name, role, home.name, usable)


def _organisation(session: Session, home: DemoOrganisation) -> Organisation | None:
    """The organisation at that place, made where it lacks; None where the place does."""
    if home.kind == OrganisationKind.PLANNING_ASSOCIATION:
        ags, area_id = None, session.scalar(select(Area.id).where(Area.slug == home.place))
    else:
        ags, area_id = session.scalar(select(AdminUnit.ags).where(AdminUnit.ags == home.place)), None
    if ags is None and area_id is None:
        return None
    known = session.scalar(select(Organisation).where(Organisation.name == home.name))
    organisation = known or Organisation(name=home.name, kind=home.kind, ags=ags, area_id=area_id)
    session.add(organisation)
    session.flush()
    return organisation
