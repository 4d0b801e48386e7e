"""The audit log as a page."""

from __future__ import annotations

from flask import render_template, request

from landportal.services import audit
from landportal.services.audit import PERMISSIONS, SIGN_INS, AuditAction
from landportal.web import signed_in
from landportal.web.organisations.organisation_pages import administrator
from landportal.web.organisations.pages import blueprint

SHOWN = {
    "all": frozenset[AuditAction](),
    "permissions": PERMISSIONS,
    "sign-ins": SIGN_INS,
    "exports": frozenset({AuditAction.EXPORTED}),
}
"""What the filter offers, and which entries it stands for; none means all."""

PAGES_MAX = 10_000


@blueprint.get("/log")
def log() -> str:
    """Sign-ins, permissions and exports inside the scope, newest first, fifty a page."""
    actor = administrator()
    shown = request.args.get("show", "all")
    shown = shown if shown in SHOWN else "all"
    number = request.args.get("page", 1, type=int)
    with signed_in.looking() as session:
        page = audit.entries(session, actor, SHOWN[shown], min(max(number, 1), PAGES_MAX))
    return render_template("organisation/log.html", page=page, shown=shown, choices=tuple(SHOWN))
