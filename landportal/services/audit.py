"""The audit log: sign-ins, permissions, exports. It only grows; the database lets nobody change or delete an entry.

Changes of land are kept by the history of the database, not here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from landportal.model import Account, AuditEntry, Organisation
from landportal.services.permissions import Action, Actor, require, under_management

PAGE_ENTRIES = 50


class AuditAction(StrEnum):
    """What is worth keeping. Names are permanent: entries are never rewritten."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_FAILED = "sign_in_failed"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    CODE_ACCEPTED = "code_accepted"
    RECOVERY_CODE_USED = "recovery_code_used"
    ACCOUNT_LOCKED = "account_locked"
    SESSIONS_ENDED = "sessions_ended"
    PASSWORD_RESET_ASKED = "password_reset_asked"  # noqa: S105 - the name of an action
    PASSWORD_SET = "password_set"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SECOND_FACTOR_SET_UP = "second_factor_set_up"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    INVITED = "invited"
    ROLES_CHANGED = "roles_changed"
    MOVED = "moved"
    DISABLED = "disabled"
    ENABLED = "enabled"
    ORGANISATION_MADE = "organisation_made"
    ORGANISATION_CHANGED = "organisation_changed"
    EXPORTED = "exported"
    TOKEN_MADE = "token_made"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    TOKEN_REFUSED = "token_refused"  # noqa: S105
    DOCUMENT_ADDED = "document_added"
    DOCUMENT_PUBLISHED = "document_published"
    DOCUMENT_TAKEN_DOWN = "document_taken_down"
    LAYER_PUBLISHED = "layer_published"
    LAYER_TAKEN_DOWN = "layer_taken_down"
    DISTANCE_SET = "distance_set"


SIGN_INS = frozenset(
    {
        *(AuditAction.SIGNED_IN, AuditAction.SIGNED_OUT, AuditAction.SIGN_IN_FAILED, AuditAction.SECOND_FACTOR_FAILED),
        *(AuditAction.RECOVERY_CODE_USED, AuditAction.ACCOUNT_LOCKED, AuditAction.SESSIONS_ENDED),
        *(AuditAction.PASSWORD_RESET_ASKED, AuditAction.PASSWORD_SET, AuditAction.PASSWORD_CHANGED),
        *(AuditAction.SECOND_FACTOR_SET_UP, AuditAction.SECOND_FACTOR_REMOVED, AuditAction.RECOVERY_CODES_MADE),
        *(AuditAction.TOKEN_MADE, AuditAction.TOKEN_REVOKED, AuditAction.TOKEN_REFUSED),
    }
)
PERMISSIONS = frozenset(
    {
        *(AuditAction.INVITED, AuditAction.ROLES_CHANGED, AuditAction.MOVED, AuditAction.DISABLED, AuditAction.ENABLED),
        *(AuditAction.ORGANISATION_MADE, AuditAction.ORGANISATION_CHANGED),
    }
)


def record(
    session: Session,
    action: AuditAction,
    *,
    account_id: int | None = None,
    subject: str | None = None,
    origin: str | None = None,
    **facts: Any,
) -> None:
    """Add an entry: `account_id` did `action` to `subject` (a mail address or a name) with `facts` (JSON).

    `origin` is the keyed hash of the visitor's address (`services.guessing.origin_of`).
    """
    entry = AuditEntry(
        account_id=account_id, action=action, subject=subject[:254] if subject else None, origin=origin, facts=facts
    )
    session.add(entry)
    session.flush()


def last_counter(session: Session, account_id: int) -> int | None:
    """The time step of the last one-time code that `account_id` used: it and those before are spent."""
    spent = select(func.max(AuditEntry.facts["counter"].as_integer())).where(
        AuditEntry.account_id == account_id, AuditEntry.action == AuditAction.CODE_ACCEPTED
    )
    return session.scalar(spent)


# ------------------------------------------------------------------------------------------------------ reading the log


@dataclass(frozen=True)
class Entry:
    """One entry for a reader; `by` is the name of the account that acted."""

    at: dt.datetime
    action: AuditAction
    by: str | None
    subject: str | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page of the log, newest first; `more` says that older entries follow."""

    entries: tuple[Entry, ...]
    number: int
    more: bool


def entries(session: Session, actor: Actor, actions: Collection[AuditAction] = (), page: int = 1) -> Page:
    """Entries about accounts the actor manages, newest first; NotAllowed for everybody but administrators."""
    require(actor, Action.MANAGE_ACCOUNTS)
    shown = [AuditEntry.action.in_(actions or SIGN_INS | PERMISSIONS | {AuditAction.EXPORTED}), *_reached(actor)]
    found = (
        select(AuditEntry, Account.name)
        .outerjoin(Account, Account.id == AuditEntry.account_id)
        .where(*shown)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(PAGE_ENTRIES + 1)
        .offset((page - 1) * PAGE_ENTRIES)
    )
    rows = session.execute(found).all()
    shown_entries = tuple(
        Entry(entry.at, AuditAction(entry.action), name, entry.subject, entry.facts)
        for entry, name in rows[:PAGE_ENTRIES]
    )
    return Page(shown_entries, page, len(rows) > PAGE_ENTRIES)


def _reached(actor: Actor) -> list[ColumnElement[bool]]:
    """Entries by accounts the actor manages or about them; of the whole portal for whoever manages all of it."""
    if actor.whole_portal:
        return []
    mine = select(Organisation.id).where(under_management(actor))
    ids = select(Account.id).where(Account.organisation_id.in_(mine))
    addresses = select(Account.email).where(Account.organisation_id.in_(mine))
    return [or_(AuditEntry.account_id.in_(ids), AuditEntry.subject.in_(addresses))]
