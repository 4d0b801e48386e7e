"""One's own account: name, language, reminders, and signing out everywhere."""

from __future__ import annotations

from flask import flash, render_template, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.model import Account
from landportal.services import accounts
from landportal.web import signed_in
from landportal.web.accounts.forms import OwnAccountForm
from landportal.web.accounts.pages import OWN, blueprint, holder_writing, to
from landportal.web.desk.frame import say


@blueprint.get(OWN)
def show() -> str:
    """Everything about one's own account."""
    account = signed_in.account_holder()
    return _page(account, OwnAccountForm(obj=account))


@blueprint.post(OWN)
def save() -> str | Response | tuple[str, int]:
    """Keep name, language and whether reminders come by mail."""
    form = OwnAccountForm()
    if not form.validate():
        return _page(signed_in.account_holder(), form), 422
    with holder_writing() as (_store, account):
        try:
            accounts.settle(account, form.name.data, form.language.data, form.digest.data)
        except InvalidInput:
            form.name.errors = [_("Please enter a name.")]
            return _page(account, form), 422
    say(_("Saved."))
    return to("accounts.show")


@blueprint.post(f"{OWN}/sessions")
def sign_out_everywhere() -> Response:
    """End every session of this account, this one too."""
    with holder_writing() as (store, account):
        accounts.sign_out_everywhere(store, account)
    session.clear()
    flash(_("You are signed out everywhere."))
    return to("accounts.login")


def _page(account: Account, form: OwnAccountForm) -> str:
    return render_template(
        "accounts/account.html", account=account, form=form, second_factor=accounts.has_second_factor(account)
    )
