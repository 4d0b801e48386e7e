"""Words about accounts: roles, kinds of organisations, what the audit log calls things; and times of day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Flask
from flask_babel import format_datetime, lazy_gettext, lazy_pgettext

from landportal.model import OrganisationKind, Role
from landportal.services.audit import AuditAction

ROLE = {
    Role.OFFICER: lazy_pgettext("role", "officer"),
    Role.APPROVER: lazy_pgettext("role", "approver"),
    Role.PLANNER: lazy_pgettext("role", "planner"),
    Role.ADMINISTRATOR: lazy_pgettext("role", "administrator"),
}

ROLE_NOTE = {
    Role.OFFICER: lazy_pgettext("role", "keeps sites up to date: edit, confirm, import, export"),
    Role.APPROVER: lazy_pgettext(
        "role", "the same, and releases the changes of others where two pairs of eyes are wanted"
    ),
    Role.PLANNER: lazy_pgettext("role", "reads everything, histories too, and exports; changes nothing"),
    Role.ADMINISTRATOR: lazy_pgettext("role", "manages organisations and accounts; no sites"),
}

KIND = {
    OrganisationKind.MUNICIPALITY: lazy_pgettext("organisation", "municipality"),
    OrganisationKind.COUNTY: lazy_pgettext("organisation", "county or city of its own"),
    OrganisationKind.STATE_AGENCY: lazy_pgettext("organisation", "state agency"),
    OrganisationKind.PLANNING_ASSOCIATION: lazy_pgettext("organisation", "association of an inter-municipal area"),
}

AUDIT = {
    AuditAction.SIGNED_IN: lazy_pgettext("audit", "signed in"),
    AuditAction.SIGNED_OUT: lazy_pgettext("audit", "signed out"),
    AuditAction.SIGN_IN_FAILED: lazy_pgettext("audit", "wrong password"),
    AuditAction.SECOND_FACTOR_FAILED: lazy_pgettext("audit", "wrong code"),
    AuditAction.CODE_ACCEPTED: lazy_pgettext("audit", "one-time code used"),
    AuditAction.RECOVERY_CODE_USED: lazy_pgettext("audit", "recovery code used"),
    AuditAction.ACCOUNT_LOCKED: lazy_pgettext("audit", "account locked"),
    AuditAction.SESSIONS_ENDED: lazy_pgettext("audit", "signed out everywhere"),
    AuditAction.PASSWORD_RESET_ASKED: lazy_pgettext("audit", "new password asked for"),
    AuditAction.PASSWORD_SET: lazy_pgettext("audit", "password set by link"),
    AuditAction.PASSWORD_CHANGED: lazy_pgettext("audit", "password changed"),
    AuditAction.SECOND_FACTOR_SET_UP: lazy_pgettext("audit", "second factor set up"),
    AuditAction.SECOND_FACTOR_REMOVED: lazy_pgettext("audit", "second factor removed"),
    AuditAction.RECOVERY_CODES_MADE: lazy_pgettext("audit", "recovery codes made"),
    AuditAction.INVITED: lazy_pgettext("audit", "invited"),
    AuditAction.ROLES_CHANGED: lazy_pgettext("audit", "roles changed"),
    AuditAction.MOVED: lazy_pgettext("audit", "moved to another organisation"),
    AuditAction.DISABLED: lazy_pgettext("audit", "account disabled"),
    AuditAction.ENABLED: lazy_pgettext("audit", "account enabled"),
    AuditAction.ORGANISATION_MADE: lazy_pgettext("audit", "organisation created"),
    AuditAction.ORGANISATION_CHANGED: lazy_pgettext("audit", "organisation changed"),
    AuditAction.EXPORTED: lazy_pgettext("audit", "exported"),
    AuditAction.TOKEN_MADE: lazy_pgettext("audit", "API token made"),
    AuditAction.TOKEN_REVOKED: lazy_pgettext("audit", "API token revoked"),
    AuditAction.TOKEN_REFUSED: lazy_pgettext("audit", "API token refused"),
    AuditAction.DOCUMENT_ADDED: lazy_pgettext("audit", "document added"),
    AuditAction.DOCUMENT_PUBLISHED: lazy_pgettext("audit", "document made public"),
    AuditAction.DOCUMENT_TAKEN_DOWN: lazy_pgettext("audit", "document taken down"),
    AuditAction.DISTANCE_SET: lazy_pgettext("audit", "distance set"),
    AuditAction.LAYER_PUBLISHED: lazy_pgettext("audit", "layer published"),
    AuditAction.LAYER_TAKEN_DOWN: lazy_pgettext("audit", "layer taken down"),
}

FOUR_EYES = {True: lazy_gettext("four eyes"), False: lazy_gettext("no four eyes")}


def install(app: Flask) -> None:
    """Make them known to every template."""
    for function in (role, role_note, kind, audit_action, audit_facts, day_and_time):
        app.add_template_filter(function)


def role(code: str) -> str:
    """A role in words."""
    return str(ROLE[Role(code)])


def role_note(code: str) -> str:
    """What a role is for."""
    return str(ROLE_NOTE[Role(code)])


def kind(code: str) -> str:
    """A kind of organisation in words."""
    return str(KIND[OrganisationKind(code)])


def audit_action(code: str) -> str:
    """What happened, for the audit log."""
    return str(AUDIT[AuditAction(code)])


def audit_facts(facts: dict[str, Any]) -> str:
    """What an entry of the audit log says besides: roles given, before and after, which token."""
    if "roles" in facts:
        return _said(facts["roles"])
    if "token" in facts:
        return f"{facts['token']} ({facts['prefix']}…)"
    if "before" in facts or "after" in facts:
        return f"{_said(facts.get('before'))} > {_said(facts.get('after'))}"
    return kind(facts["kind"]) if "kind" in facts else ""


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(_said(part) for part in value.values())
    if isinstance(value, list):
        return ", ".join(role(code) for code in value) or "–"
    return str(FOUR_EYES[value]) if isinstance(value, bool) else str(value or "–")


def day_and_time(at: dt.datetime | None) -> str:
    """A day with its time, where the land lies; an en dash for never."""
    return str(format_datetime(at, "short")) if at else "–"
