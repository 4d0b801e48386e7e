"""One's own API tokens: list them, make one and see it this once, revoke it. What they open: `services.api_tokens`."""

from __future__ import annotations

import secrets

from flask import render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.model import Account, TokenScope
from landportal.services import api_tokens
from landportal.services.api_tokens import MadeToken, NewToken
from landportal.services.permissions import Action, actor_of
from landportal.web import signed_in
from landportal.web.accounts.forms import TokenForm
from landportal.web.accounts.pages import OWN, blueprint, holder_writing, to
from landportal.web.desk.frame import say

MAY = {TokenScope.READ: _l("read"), TokenScope.WRITE: _l("read and write")}
HOLDS = {"30": _l("30 days"), "90": _l("90 days"), "365": _l("one year"), "0": _l("until it is revoked")}

ONCE = "token_form"
"""What stands for the form on the page: one that is sent twice, by reloading, makes no second token."""


@blueprint.get(f"{OWN}/tokens")
def tokens() -> str:
    """The tokens of this account, and the form for another."""
    account = signed_in.account_holder()
    with signed_in.looking() as store:
        return _page(store, account, TokenForm())


@blueprint.post(f"{OWN}/tokens")
def make_token() -> str | Response | tuple[str, int]:
    """Make a token; the answer is the only page that ever shows it."""
    form, acts = TokenForm(), signed_in.acting()
    if request.form.get("once", "") != session.pop(ONCE, None):
        say(_("This form was sent before. No token was made."), warning=True)
        return to("accounts.tokens")
    if not form.validate():
        with signed_in.looking() as store:
            return _page(store, signed_in.account_holder(), form), 422
    with holder_writing() as (store, account):
        wanted = NewToken(form.name.data, TokenScope(form.scope.data), int(form.days.data) or None)
        try:
            made = api_tokens.make(store, acts.account_id or account.id, wanted)
        except InvalidInput as refused:
            return _page(store, account, form, problem=_refusal(refused)), 422
        return _page(store, account, TokenForm(formdata=None), made)


@blueprint.post(f"{OWN}/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> Response:
    """End a token at once."""
    with holder_writing() as (store, account):
        ended = api_tokens.revoke(store, account.id, token_id)
    say(_("The token “%(name)s” is revoked. Programs that used it are shut out.", name=ended.name))
    return to("accounts.tokens")


def _page(
    store: Session, account: Account, form: TokenForm, made: MadeToken | None = None, problem: str | None = None
) -> str:
    session[ONCE] = secrets.token_urlsafe(9)
    return render_template(
        "accounts/tokens.html", form=form, made=made, problem=problem, listed=api_tokens.of_account(store, account.id),
        once=session[ONCE], writes=actor_of(account).may(Action.EDIT), api=url_for("ogc_api.landing", _external=True),
        may=MAY, holds=HOLDS,
    )  # fmt: skip


def _refusal(refused: InvalidInput) -> str:
    if str(refused) == "too_many_tokens":
        return _("You have %(count)s tokens. Please revoke one that is not used any more.", count=api_tokens.ACTIVE_MAX)
    if str(refused) == "too_many_tokens_today":
        return _("You have made many tokens today. Please try again tomorrow.")
    return _("Please give the token a name of at most %(count)s signs.", count=api_tokens.NAME_MAX)
