"""One's own second factor: set it up with an authenticator app, make recovery codes, take it away."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode
from flask import render_template, request, session
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from landportal.errors import NotAllowed
from landportal.model import Account, Role
from landportal.services import accounts, audit, guessing
from landportal.services.audit import AuditAction
from landportal.services.guessing import AccountLocked
from landportal.web import signed_in
from landportal.web.accounts import library
from landportal.web.accounts.forms import CodeForm
from landportal.web.accounts.pages import OWN, attempt_on, blueprint, first_page, holder_writing, own_address, to
from landportal.web.desk.frame import say

PENDING = "second_factor_to_be"
"""The secret that is being set up, encrypted; in the session until its first code is right."""

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True)
class QrCode:
    """Dark squares as one path of an SVG of `size` × `size` units, quiet zone included."""

    path: str
    size: int


@blueprint.get(f"{OWN}/second-factor")
def second_factor() -> Answer:
    """The second factor of this account: set it up, or what can be done with it."""
    account = signed_in.account_holder()
    if accounts.has_second_factor(account):
        return _show(account, CodeForm())
    return _ask(account, CodeForm())


@blueprint.post(f"{OWN}/second-factor")
def set_up() -> Answer:
    """Take the secret over once its first code is right, and show the recovery codes."""
    form = CodeForm()
    account = signed_in.account_holder()
    if accounts.has_second_factor(account) or PENDING not in session:
        return to("accounts.second_factor")
    if not form.validate():
        return _ask(account, form), 422
    with holder_writing() as (store, account):
        try:
            guessing.admit(store, attempt_on(account.email, known=True))
        except AccountLocked:
            return _ask(account, form, _wait()), 422
        if not library.code_is_right(account, form.code.data, session[PENDING]):
            guessing.failed(store, attempt_on(account.email, known=True), AuditAction.SECOND_FACTOR_FAILED)
            return _ask(account, form, _("This code is wrong. Does your phone show the right time?")), 422
        account.tf_primary_method, account.tf_totp_secret = "authenticator", session.pop(PENDING)
        audit.record(store, AuditAction.SECOND_FACTOR_SET_UP, account_id=account.id, subject=account.email)
        return _show_codes(store, account)


@blueprint.post(f"{OWN}/second-factor/codes")
def new_codes() -> Answer:
    """Make new recovery codes against a one-time code; those before count no more."""
    return _with_code(_show_codes)


@blueprint.post(f"{OWN}/second-factor/remove")
def remove() -> Answer:
    """Take the second factor away against a one-time code; administrators need one."""
    if Role.ADMINISTRATOR in signed_in.account_holder().roles_held:
        raise NotAllowed
    return _with_code(_remove)


def _remove(store: Session, account: Account) -> Response:
    accounts.remove_second_factor(store, account, account.id)
    say(_("The second factor is removed. Signing in asks for your password alone."))
    return to("accounts.show")


def _with_code(then: object) -> Answer:
    """Do `then` if the form brings a right one-time code."""
    form = CodeForm()
    if not accounts.has_second_factor(signed_in.account_holder()):
        return to("accounts.second_factor")
    if not form.validate():
        return _show(signed_in.account_holder(), form), 422
    with holder_writing() as (store, account):
        attempt = attempt_on(account.email, known=True)
        try:
            guessing.admit(store, attempt)
        except AccountLocked:
            return _show(account, form, _wait()), 422
        if not library.code_is_right(account, form.code.data):
            guessing.failed(store, attempt, AuditAction.SECOND_FACTOR_FAILED)
            wrong = _("This code is wrong or was used before. Please wait for the next one.")
            return _show(account, form, wrong), 422
        return then(store, account)  # type: ignore[operator, no-any-return]


def _show_codes(store: Session, account: Account) -> str:
    """The recovery codes, this once: reloading the page makes none and shows none."""
    codes = library.new_recovery_codes(account)
    audit.record(store, AuditAction.RECOVERY_CODES_MADE, account_id=account.id, subject=account.email)
    way_on = own_address(request.values.get("next")) or first_page(account)
    return render_template("accounts/recovery_codes.html", codes=codes, way_on=way_on)


def _ask(account: Account, form: CodeForm, problem: str | None = None) -> str:
    if PENDING not in session:
        session[PENDING] = library.new_totp_secret()
    values = library.security().totp_factory
    return render_template(
        "accounts/second_factor_set_up.html",
        form=form,
        problem=problem,
        required=accounts.must_set_up_second_factor(account),
        way_back=own_address(request.values.get("next")),
        qr_code=qr_code(values.get_totp_uri(account.email, session[PENDING])),
        key=values.get_totp_pretty_key(session[PENDING]),
    )


def _show(account: Account, form: CodeForm, problem: str | None = None) -> str:
    return render_template(
        "accounts/second_factor.html",
        form=form,
        problem=problem,
        left=len(account.mf_recovery_codes or ()),
        removable=Role.ADMINISTRATOR not in account.roles_held,
    )


def _wait() -> str:
    return _("Too many wrong answers. Please wait a quarter of an hour.")


def qr_code(content: str) -> QrCode:
    """`content` as a QR code."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    code.add_data(content)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return QrCode(path, len(rows))
