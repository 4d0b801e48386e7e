"""Setting a password: by invitation, by the link of a reset mail, or by knowing the one of now."""

from __future__ import annotations

from flask import flash, render_template, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.model import Account
from landportal.services import account_links, accounts, guessing
from landportal.services.account_links import LinkExpired, LinkInvalid, LinkKind
from landportal.services.audit import AuditAction
from landportal.services.guessing import AccountLocked
from landportal.web import language, signed_in
from landportal.web.accounts import letters, library
from landportal.web.accounts.forms import ChangePasswordForm, ForgottenForm, NewPasswordForm
from landportal.web.accounts.pages import OWN, attempt_on, blueprint, holder_writing, secret, to, visitor_writing
from landportal.web.desk.frame import say
from landportal.web.reading import current

Answer = str | Response | tuple[str, int]


@blueprint.get(f"{language.PREFIX}/password")
def forgotten() -> str:
    """Ask for the address to which a link is sent."""
    return render_template("security/forgotten.html", form=ForgottenForm())


@blueprint.post(f"{language.PREFIX}/password")
def send_link() -> Answer:
    """Send the link, if there is such an account; the answer is the same if there is none."""
    form = ForgottenForm()
    if not form.validate():
        return render_template("security/forgotten.html", form=form), 422
    with visitor_writing() as store:
        account = accounts.by_address(store, form.email.data)
        attempt = attempt_on(form.email.data.strip().lower(), known=account is not None)
        if guessing.may_ask_for_reset(store, attempt) and account and account.active:
            letters.send_reset(store, account)
    return to("accounts.link_sent")


@blueprint.get(f"{language.PREFIX}/password/sent")
def link_sent() -> str:
    """Say that a mail is on its way, to whomever it concerns."""
    return render_template("security/link_sent.html")


# The converter names the kinds of links (`account_links.LinkKind`).
LINK = f"{language.PREFIX}/<any(invitation, password):kind>/<token>"


@blueprint.get(LINK)
def choose_password(kind: str, token: str) -> Answer:
    """The page behind a link: choose a password. Opening it changes nothing; mail scanners open links too."""
    try:
        with current() as store:
            account = account_links.account_of_link(store, secret(), token, LinkKind(kind))
            return _ask(NewPasswordForm(account), kind, token)
    except LinkInvalid as invalid:
        return _refuse(kind, invalid)


@blueprint.post(LINK)
def set_password(kind: str, token: str) -> Answer:
    """Take the password; every other session and link of the account ends, and signing in follows."""
    try:
        with visitor_writing() as store:
            linked = account_links.account_of_link(store, secret(), token, LinkKind(kind))
            account = accounts.locked(store, linked.id)
            # Whoever waited for the row's lock sees it as it is now: a link works once.
            account_links.account_of_link(store, secret(), token, LinkKind(kind))
            form = NewPasswordForm(account)
            if not form.validate():
                return _ask(form, kind, token), 422
            accounts.set_password(store, account, library.hashed(form.new_password.data), AuditAction.PASSWORD_SET)
            if kind == LinkKind.PASSWORD:
                letters.tell_of_new_password(store, account)
    except LinkInvalid as invalid:
        return _refuse(kind, invalid)
    session.clear()
    flash(_("Your password is set. Please sign in."))
    return to("accounts.login")


def _ask(form: NewPasswordForm, kind: str, token: str) -> str:
    return render_template("security/choose_password.html", form=form, kind=kind, token=token, account=form.account)


def _refuse(kind: str, invalid: LinkInvalid) -> Answer:
    expired = isinstance(invalid, LinkExpired)
    return render_template("security/link_invalid.html", kind=kind, expired=expired), 410


# -------------------------------------------------------------------------------------------- with the password of now


@blueprint.get(f"{OWN}/password")
def change() -> Answer:
    """Ask for the password of now and a new one."""
    return _ask_change(ChangePasswordForm(signed_in.account_holder()))


@blueprint.post(f"{OWN}/password")
def save_change() -> Answer:
    """Change the password; sessions elsewhere end, this one goes on."""
    form = ChangePasswordForm(signed_in.account_holder())
    if not form.validate():
        return _ask_change(form), 422
    with holder_writing() as (store, account):
        attempt = attempt_on(account.email, known=True)
        try:
            guessing.admit(store, attempt)
        except AccountLocked:
            form.password.errors = [_("Too many wrong answers. Please wait a quarter of an hour.")]
            return _ask_change(form), 422
        if not library.password_is_right(account, form.password.data):
            guessing.failed(store, attempt, AuditAction.SIGN_IN_FAILED)
            form.password.errors = [_("This is not your password.")]
            return _ask_change(form), 422
        accounts.set_password(store, account, library.hashed(form.new_password.data), AuditAction.PASSWORD_CHANGED)
        letters.tell_of_new_password(store, account)
    return _go_on(account, _("Your password is changed. You are signed out everywhere else."))


def _ask_change(form: ChangePasswordForm) -> str:
    return render_template("accounts/password.html", form=form)


def _go_on(account: Account, message: str) -> Response:
    """Let this browser's session go on under the account's new `fs_uniquifier`."""
    library.begin_session(account)
    say(message)
    return to("accounts.show")
