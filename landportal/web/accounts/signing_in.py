"""Signing in with password and, where the account has one, second factor; and signing out.

Between the two steps the session only remembers whose code is awaited; it opens nothing yet.
"""

from __future__ import annotations

import time

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_security import logout_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from landportal.model import Account
from landportal.services import accounts, audit, guessing
from landportal.services.audit import AuditAction
from landportal.services.guessing import AccountLocked
from landportal.web import language, signed_in
from landportal.web.accounts import letters, library
from landportal.web.accounts.forms import CodeForm, SignInForm
from landportal.web.accounts.pages import (
    attempt_on,
    blueprint,
    first_page,
    origin,
    own_address,
    to,
    visitor_writing,
)
from landportal.web.desk.frame import say

AWAITED = "second_factor_of"
AWAITED_S = 600
"""So long after the password the code may follow."""


@blueprint.get(f"{language.PREFIX}/login")
def login() -> str | Response:
    """The sign-in page; whoever is signed in goes on."""
    known = signed_in.account()
    if known:
        return redirect(own_address(request.args.get("next")) or first_page(known), 303)
    return _ask(SignInForm())


@blueprint.post(f"{language.PREFIX}/login")
def check_password() -> str | Response | tuple[str, int]:
    """The first step. A wrong password and an unknown address are answered alike."""
    form = SignInForm()
    if not form.validate():
        return _ask(form), 422
    email = form.email.data.strip().lower()
    with visitor_writing() as store:
        account = accounts.for_signing_in(store, email)
        attempt = attempt_on(email, known=accounts.by_address(store, email) is not None)
        try:
            guessing.admit(store, attempt)
        except AccountLocked:
            return _ask(form, _locked()), 422
        right = library.password_is_right(account, form.password.data)
        if account is None or not right:
            locked = _wrong(store, attempt, AuditAction.SIGN_IN_FAILED, account)
            return _ask(form, _locked() if locked else _("Email address or password is wrong.")), 422
        return _second_step(account) if accounts.has_second_factor(account) else _enter(store, account)


def _wrong(store: Session, attempt: guessing.Attempt, action: AuditAction, account: Account | None) -> bool:
    """Count a wrong answer; whether the account is locked now. Its holder is told once."""
    locked = guessing.failed(store, attempt, action)
    if locked and account:
        letters.tell_of_lock(store, account)
    return locked


def _locked() -> str:
    minutes = int(guessing.LOCK.total_seconds() // 60)
    return _(
        "Too many wrong answers for this address. It is locked for %(minutes)s minutes; setting a new password by mail"
        " opens it at once.",
        minutes=minutes,
    )


def _ask(form: SignInForm, problem: str | None = None) -> str:
    return render_template("security/login.html", form=form, problem=problem, way_back=_way_back())


def _way_back() -> str | None:
    return own_address(request.values.get("next"))


def _second_step(account: Account) -> Response:
    session.clear()
    session[AWAITED] = {"of": account.fs_uniquifier, "at": int(time.time()), "next": _way_back()}
    return to("accounts.code")


def _enter(store: Session, account: Account, way_back: str | None = None) -> Response:
    """Begin a new session: nothing of the one before stays, and the account is recorded as signed in."""
    way_back = way_back or _way_back()
    session.clear()
    session.permanent = True
    library.begin_session(account)
    accounts.signed_in(store, account, origin())
    if accounts.must_set_up_second_factor(account):
        return to("accounts.second_factor", next=way_back)
    return redirect(way_back or first_page(account), 303)


# ------------------------------------------------------------------------------------------------------- second step


@blueprint.get(f"{language.PREFIX}/login/code")
def code() -> str | Response:
    """Ask for the one-time code, or a recovery code with ``?recovery=1``."""
    if _awaited() is None:
        return to("accounts.login")
    return _ask_code(CodeForm())


@blueprint.post(f"{language.PREFIX}/login/code")
def check_code() -> str | Response | tuple[str, int]:
    """The second step."""
    awaited = _awaited()
    if awaited is None:
        return to("accounts.login")
    form = CodeForm()
    if not form.validate():
        return _ask_code(form), 422
    with visitor_writing() as store:
        account = accounts.by_uniquifier(store, str(awaited["of"]))
        if account is None or not accounts.has_second_factor(account):
            session.pop(AWAITED, None)
            return to("accounts.login")
        return _check_code(store, account, form, awaited)


def _check_code(
    store: Session, account: Account, form: CodeForm, awaited: dict[str, object]
) -> str | Response | tuple[str, int]:
    attempt = attempt_on(account.email, known=True)
    try:
        guessing.admit(store, attempt)
    except AccountLocked:
        return _ask_code(form, _locked()), 422
    account = accounts.locked(store, account.id)
    if not _right(store, account, form.code.data):
        locked = _wrong(store, attempt, AuditAction.SECOND_FACTOR_FAILED, account)
        return _ask_code(form, _locked() if locked else _wrong_code()), 422
    answer = _enter(store, account, own_address(str(awaited["next"] or "")))
    if _by_recovery_code():
        left = len(account.mf_recovery_codes or ())
        say(_("This recovery code is used up. You have %(count)s left.", count=left))
    return answer


def _right(store: Session, account: Account, written: str) -> bool:
    if not _by_recovery_code():
        return library.code_is_right(account, written)
    if not library.recovery_code_is_right(account, written):
        return False
    audit.record(store, AuditAction.RECOVERY_CODE_USED, account_id=account.id, subject=account.email)
    return True


def _wrong_code() -> str:
    if _by_recovery_code():
        return _("This is none of your recovery codes, or it was used before.")
    return _("This code is wrong or was used before. Please wait for the next one.")


def _by_recovery_code() -> bool:
    return request.values.get("recovery") == "1"


def _ask_code(form: CodeForm, problem: str | None = None) -> str:
    return render_template("security/code.html", form=form, problem=problem, recovery=_by_recovery_code())


def _awaited() -> dict[str, object] | None:
    """Whose code is awaited, if the password was given a moment ago."""
    awaited = session.get(AWAITED)
    if not isinstance(awaited, dict) or time.time() - awaited["at"] > AWAITED_S:
        return None
    return awaited


# --------------------------------------------------------------------------------------------------------- signing out


@blueprint.post(f"{language.PREFIX}/logout")
def logout() -> Response:
    """Sign out in this browser."""
    known = signed_in.account()
    if known:
        with visitor_writing() as store:
            audit.record(store, AuditAction.SIGNED_OUT, account_id=known.id, subject=known.email, origin=origin())
        logout_user()
    session.clear()
    return redirect(url_for("accounts.login"), 303)
