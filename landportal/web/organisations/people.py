"""One account as an administrator sees it: roles, organisation, and what helps when something is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.services import accounts, organisations
from landportal.services.accounts import LastAdministrator
from landportal.services.permissions import Actor
from landportal.web import signed_in
from landportal.web.accounts import letters
from landportal.web.accounts.pages import to
from landportal.web.desk.frame import say
from landportal.web.organisations.forms import MoveForm, RolesForm
from landportal.web.organisations.organisation_pages import administrator
from landportal.web.organisations.pages import Refused, blueprint, put_at_field

Answer = str | Response | Refused


@blueprint.get("/account/<int:account_id>")
def account(account_id: int) -> str:
    """One account and everything an administrator can do about it."""
    return _page(administrator(), account_id)


@blueprint.post("/account/<int:account_id>/roles")
def change_roles(account_id: int) -> Answer:
    """Give the account exactly the roles that are ticked; it takes effect with its next click."""
    actor, form = administrator(), RolesForm()
    if not form.validate():
        return _page(actor, account_id, roles=form), 422
    try:
        with signed_in.writing() as session:
            accounts.change_roles(session, actor, account_id, form.chosen())
    except InvalidInput as refusal:
        put_at_field(form, refusal)
        return _page(actor, account_id, roles=form), 422
    except LastAdministrator:
        return _page(actor, account_id, problem=_last_administrator()), 409
    return _done(account_id, _("The roles are changed."))


@blueprint.post("/account/<int:account_id>/organisation")
def move(account_id: int) -> Answer:
    """Put the account into another organisation."""
    actor, form = administrator(), MoveForm()
    try:
        with signed_in.writing() as session:
            accounts.move(session, actor, account_id, form.chosen())
    except InvalidInput:
        form.organisation.errors = [_("Without an organisation an account can only be administrator.")]
        return _page(actor, account_id, move=form), 422
    except LastAdministrator:
        return _page(actor, account_id, problem=_last_administrator()), 409
    return _done(account_id, _("The account is moved."))


def _invite_again(session: Session, actor: Actor, account_id: int) -> None:
    letters.invite(session, accounts.invite_again(session, actor, account_id), actor.name)


STEPS: Mapping[str, tuple[Callable[[Session, Actor, int], None], LazyString]] = {
    "disable": (accounts.disable, _l("The account is disabled and signed out everywhere.")),
    "enable": (accounts.enable, _l("The account is enabled again.")),
    "invite": (_invite_again, _l("A new link is on its way; older ones do not work any more.")),
    "second-factor": (accounts.reset_second_factor, _l("The second factor is removed, and the account signed out.")),
    "sessions": (accounts.end_sessions, _l("The account is signed out everywhere.")),
}
"""What an administrator can do to an account with one button, and what is said afterwards."""


@blueprint.post("/account/<int:account_id>/<any(disable, enable, invite, 'second-factor', sessions):step>")
def take_step(account_id: int, step: str) -> Answer:
    """Do one of `STEPS`."""
    actor = administrator()
    do, done = STEPS[step]
    try:
        with signed_in.writing() as session:
            do(session, actor, account_id)
    except LastAdministrator:
        return _page(actor, account_id, problem=_last_administrator()), 409
    return _done(account_id, str(done))


def _done(account_id: int, message: str) -> Response:
    """Back to the account, or to where one still may be: an administrator may have changed its own rights."""
    say(message)
    return to("organisation.account", account_id=account_id)


def _last_administrator() -> str:
    return _("This is the last administrator of the portal. Please make another one first.")


def _page(
    actor: Actor,
    account_id: int,
    roles: RolesForm | None = None,
    move: MoveForm | None = None,
    problem: str | None = None,
) -> str:
    with signed_in.looking() as session:
        shown = organisations.account_of(session, actor, account_id)
        homes = organisations.choices(session, actor)
    return render_template(
        "organisation/account.html",
        account=shown,
        second_factor=accounts.has_second_factor(shown),
        roles_form=roles or RolesForm(data={"roles": shown.role_names}),
        move_form=move or MoveForm(data={"organisation": str(shown.organisation_id or "")}),
        homes=homes,
        actor=actor,
        problem=problem,
    )
