"""Who asks: a session of the pages, or a token as Bearer or Basic; nothing else, and tokens nowhere but here.

A token in an address is refused like any unknown parameter: addresses are written into logs. A browser sends its
session's cookie by itself, so what changes something needs the token of the pages' forms beside it; a token of the API
is sent by no browser by itself and needs nothing beside it.
"""

from __future__ import annotations

import contextlib

from flask import Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from landportal import db
from landportal.errors import NotAllowed
from landportal.model import ApiToken, Through, TokenScope
from landportal.services import api_tokens, guessing
from landportal.services.api_tokens import TokenRefused
from landportal.services.permissions import Action, Actor
from landportal.web import security, signed_in
from landportal.web.ogc_api.frame import blueprint
from landportal.web.ogc_api.problems import problem
from landportal.web.reading import current, today

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CHALLENGE = 'Bearer realm="landportal API"', 'Basic realm="landportal API", charset="UTF-8"'


@blueprint.record_once
def _ask_for_form_tokens_here(state: BlueprintSetupState) -> None:
    state.app.extensions["csrf"].exempt(blueprint)


@blueprint.before_request
def _find_out() -> None:
    """Take the token of this request, or of a session's the proof that one of our pages sent it."""
    if "Authorization" in request.headers:
        _take_token()
    elif request.method not in SAFE and signed_in.account() is not None:
        security.refuse_forged()


def _take_token() -> None:
    try:
        with current() as store:
            token, account = api_tokens.holder(store, _brought())
    except TokenRefused as refused:
        _count(refused)
        raise
    if token.last_used_on != today():
        with signed_in.writing(db.Acting(account.id, Through.API)) as store:
            api_tokens.used(store, token.id, today())
    signed_in.act_for(account)
    g.api_token = token
    if request.method not in SAFE and token.scope != TokenScope.WRITE:
        raise NotAllowed(_("This token only reads. Please make one that writes."))


def _brought() -> str:
    """What was brought as a token; with Basic it is the password, whatever the name."""
    given = request.authorization
    if given is not None and given.type == "bearer":
        return (given.token or "").strip()
    if given is not None and given.type == "basic":
        return (given.password or "").strip()
    return ""


def _count(refused: TokenRefused) -> None:
    origin = guessing.origin_of(str(current_app.config["SECRET_KEY"]), request.remote_addr)
    with signed_in.writing(db.Acting(None, Through.API)) as store:
        guessing.token_refused(store, origin, refused.subject, refused.reason)


def token() -> ApiToken | None:
    """The token this request came with."""
    found: ApiToken | None = g.get("api_token")
    return found


def writer() -> Actor:
    """Whoever may change sites, by session or by a token that writes; SignInNeeded or NotAllowed otherwise."""
    return signed_in.actor_for(Action.EDIT)


def may_write() -> Actor | None:
    """The same where it is only asked."""
    brought = token()
    if brought is not None and brought.scope != TokenScope.WRITE:
        return None
    with contextlib.suppress(NotAllowed, signed_in.SignInNeeded):
        return writer()
    return None


@blueprint.errorhandler(TokenRefused)
def _on_refused(_refused: TokenRefused) -> Response:
    return problem(401, _("Please sign in."), _("This token is not known, has expired or was revoked."))


@blueprint.after_request
def _challenge(response: Response) -> Response:
    """Say how one may show who one is; and that the answer depends on it."""
    response.vary.add("Authorization")
    if response.status_code == 401:
        for way in CHALLENGE:
            response.headers.add("WWW-Authenticate", way)
    return response
