"""Accounts: who is invited, with which roles, where; and what people settle about their own account.

Every change is permitted (`require_management`), audited, and leaves the portal with an administrator. Passwords and
codes are checked by the web floor; the mails about them are written there too.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from landportal.errors import Conflict, InvalidInput, NotFound
from landportal.model import Account, Organisation, OrganisationKind, Role
from landportal.services import audit
from landportal.services.audit import AuditAction
from landportal.services.permissions import Actor, require_management

NAME_MAX = 120


class AddressTaken(InvalidInput):
    """Somebody has an account with this address already."""


class LastAdministrator(Conflict):
    """The portal would be left without anybody who can manage all of it."""


@dataclass(frozen=True)
class Invitation:
    """Whom to invite, and as what. Without an organisation only as administrator of the whole portal."""

    email: str
    name: str
    roles: frozenset[Role]
    organisation_id: int | None = None
    language: str = "de"


def address(text: str) -> str:
    """A mail address as it is kept: valid, in lower case; InvalidInput otherwise. Nothing is asked of the network."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as wrong:
        raise InvalidInput(str(wrong), "email") from wrong


def by_address(session: Session, email: str) -> Account | None:
    """The account with this address, active or not."""
    return session.scalar(select(Account).where(Account.email == email.strip().lower()))


def for_signing_in(session: Session, email: str) -> Account | None:
    """The account that may sign in with this address: active, invited and accepted."""
    account = by_address(session, email)
    return account if account and account.active and account.password else None


def by_uniquifier(session: Session, uniquifier: str) -> Account | None:
    """The active account that a session or link names."""
    return session.scalar(select(Account).where(Account.fs_uniquifier == uniquifier, Account.active))


def locked(session: Session, account_id: int) -> Account:
    """The account as it stands now, its row locked until the transaction ends; NotFound if there is none."""
    row = select(Account).where(Account.id == account_id).with_for_update(of=Account)
    account = session.scalar(row.execution_options(populate_existing=True))
    if account is None:
        raise NotFound(str(account_id))
    return account


def must_set_up_second_factor(account: Account) -> bool:
    """Whether the account reaches nothing before it has a second factor: administrators."""
    return Role.ADMINISTRATOR in account.roles_held and not has_second_factor(account)


def has_second_factor(account: Account) -> bool:
    """Whether signing in asks for a code."""
    return bool(account.tf_primary_method and account.tf_totp_secret)


# -------------------------------------------------------------------------------------------------------- one's own


def signed_in(session: Session, account: Account, origin: str) -> None:
    """Record that `account` signed in."""
    account.last_sign_in_at = dt.datetime.now(dt.UTC)
    audit.record(session, AuditAction.SIGNED_IN, account_id=account.id, subject=account.email, origin=origin)


def settle(account: Account, name: str, language: str, digest: bool) -> None:
    """What people settle about their own account; InvalidInput(field)."""
    account.name, account.language, account.digest = _name(name), language, digest


def set_password(session: Session, account: Account, hashed: str, action: AuditAction) -> None:
    """Give `account` the password whose hash is `hashed`; every session and link made before ends."""
    account.password = hashed
    renew_uniquifier(account)
    audit.record(session, action, account_id=account.id, subject=account.email)


def renew_uniquifier(account: Account) -> None:
    """End all sessions and links of `account`."""
    account.fs_uniquifier = uuid.uuid4().hex


def sign_out_everywhere(session: Session, account: Account) -> None:
    """End all sessions of `account`, at its own wish."""
    renew_uniquifier(account)
    audit.record(session, AuditAction.SESSIONS_ENDED, account_id=account.id, subject=account.email)


def remove_second_factor(session: Session, account: Account, by: int | None) -> None:
    """Take the second factor and its recovery codes away; `by` is who did it (None: the command line)."""
    account.tf_primary_method = account.tf_totp_secret = account.mf_recovery_codes = None
    audit.record(session, AuditAction.SECOND_FACTOR_REMOVED, account_id=by, subject=account.email)


# ------------------------------------------------------------------------------------------------------- managing


def invite(session: Session, actor: Actor | None, invitation: Invitation) -> Account:
    """Make an account that waits for its password; `actor` None is the database's owner at the command line.

    Raises NotAllowed outside the actor's scope, AddressTaken, InvalidInput(field), NotFound (organisation).
    """
    organisation = _organisation(session, invitation.organisation_id)
    if actor:
        require_management(actor, organisation)
    _check_roles(invitation.roles, organisation)
    email = address(invitation.email)
    if by_address(session, email):
        raise AddressTaken("There is an account with this address already.", "email")
    account = Account(
        email=email, name=_name(invitation.name), role_names=sorted(invitation.roles), fs_uniquifier=uuid.uuid4().hex,
        organisation_id=invitation.organisation_id, language=invitation.language,
    )  # fmt: skip
    session.add(account)
    session.flush()
    session.refresh(account)
    _record(session, actor, AuditAction.INVITED, account, roles=account.role_names)
    return account


def managed(session: Session, actor: Actor, account_id: int) -> Account:
    """The account `account_id`, locked, if the actor manages it; NotFound or NotAllowed.

    Administrators change accounts one after the other, so that two cannot shut each other out at once.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("management of accounts", 0))))
    account = locked(session, account_id)
    require_management(actor, account.organisation)
    return account


def change_roles(session: Session, actor: Actor, account_id: int, roles: Collection[Role]) -> None:
    """Give the account exactly `roles`. It takes effect with its next click."""
    account = managed(session, actor, account_id)
    _check_roles(roles, account.organisation)
    before = account.role_names
    if set(before) == set(roles):
        return
    with _keeping_an_administrator(session):
        account.role_names = sorted(roles)
    _record(session, actor, AuditAction.ROLES_CHANGED, account, before=before, after=account.role_names)


def move(session: Session, actor: Actor, account_id: int, organisation_id: int | None) -> None:
    """Put the account into another organisation; both must be the actor's to manage."""
    account = managed(session, actor, account_id)
    goal = _organisation(session, organisation_id)
    require_management(actor, goal)
    if account.organisation_id == organisation_id:
        return
    _check_roles(account.roles_held, goal)
    before = account.organisation.name if account.organisation else None
    with _keeping_an_administrator(session):
        account.organisation, account.organisation_id = goal, organisation_id
    _record(session, actor, AuditAction.MOVED, account, before=before, after=goal.name if goal else None)


def disable(session: Session, actor: Actor | None, account_id: int) -> None:
    """Shut the account out at once. It stays in the history under its name."""
    account = managed(session, actor, account_id) if actor else locked(session, account_id)
    if not account.active:
        return
    with _keeping_an_administrator(session) if actor else contextlib.nullcontext():
        account.active = False
        renew_uniquifier(account)
    _record(session, actor, AuditAction.DISABLED, account)


def enable(session: Session, actor: Actor | None, account_id: int) -> None:
    """Let the account in again, with the password and second factor it had."""
    account = managed(session, actor, account_id) if actor else locked(session, account_id)
    if account.active:
        return
    account.active = True
    _record(session, actor, AuditAction.ENABLED, account)


def invite_again(session: Session, actor: Actor | None, account_id: int) -> Account:
    """The account, for a new link to set its password; older links end."""
    account = managed(session, actor, account_id) if actor else locked(session, account_id)
    renew_uniquifier(account)
    _record(session, actor, AuditAction.INVITED, account, again=True)
    return account


def reset_second_factor(session: Session, actor: Actor, account_id: int) -> None:
    """Take away a second factor that was lost; the account's sessions end too."""
    account = managed(session, actor, account_id)
    renew_uniquifier(account)
    remove_second_factor(session, account, actor.account_id)


def end_sessions(session: Session, actor: Actor, account_id: int) -> None:
    """Sign the account out everywhere."""
    account = managed(session, actor, account_id)
    renew_uniquifier(account)
    _record(session, actor, AuditAction.SESSIONS_ENDED, account)


def _organisation(session: Session, organisation_id: int | None) -> Organisation | None:
    if organisation_id is None:
        return None
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound(str(organisation_id))
    return organisation


def _check_roles(roles: Collection[Role], organisation: Organisation | None) -> None:
    if not roles:
        raise InvalidInput("At least one role is needed.", "roles")
    if organisation is None and set(roles) != {Role.ADMINISTRATOR}:
        raise InvalidInput("Without an organisation an account can only be administrator.", "roles")


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 0 < len(name) <= NAME_MAX:
        raise InvalidInput(f"A name has 1 to {NAME_MAX} characters.", "name")
    return name


@contextlib.contextmanager
def _keeping_an_administrator(session: Session) -> Iterator[None]:
    """LastAdministrator where the block takes away the last who manages the whole portal or a whole state."""
    before = _administrators_of_all(session)
    yield
    session.flush()
    if before and not _administrators_of_all(session):
        raise LastAdministrator("The portal needs an administrator.")


def _administrators_of_all(session: Session) -> int:
    counted = (
        select(func.count())
        .select_from(Account)
        .outerjoin(Organisation, Organisation.id == Account.organisation_id)
        .where(
            Account.active,
            Account.password.is_not(None),
            Account.role_names.contains([Role.ADMINISTRATOR]),
            or_(
                Account.organisation_id.is_(None),
                Organisation.active & (Organisation.kind == OrganisationKind.STATE_AGENCY),
            ),
        )
    )
    return session.scalar(counted) or 0


def _record(session: Session, actor: Actor | None, action: AuditAction, account: Account, **facts: Any) -> None:
    audit.record(session, action, account_id=actor.account_id if actor else None, subject=account.email, **facts)
