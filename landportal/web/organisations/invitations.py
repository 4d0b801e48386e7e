"""Inviting people into an organisation."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.model import Organisation
from landportal.services import accounts, organisations
from landportal.services.accounts import Invitation
from landportal.services.permissions import Actor, require_management
from landportal.web import signed_in
from landportal.web.accounts import letters
from landportal.web.accounts.pages import to
from landportal.web.desk.frame import say
from landportal.web.organisations.forms import InvitationForm
from landportal.web.organisations.organisation_pages import administrator
from landportal.web.organisations.pages import Refused, blueprint, put_at_field

PORTAL = 0
"""Stands in an address where the whole portal is meant instead of an organisation."""


@blueprint.get("/<int:organisation_id>/invite")
def invite(organisation_id: int) -> str:
    """Ask whom to invite, and as what."""
    return _ask(administrator(), organisation_id, InvitationForm())


@blueprint.post("/<int:organisation_id>/invite")
def send_invitation(organisation_id: int) -> str | Response | Refused:
    """Make the account and send its link."""
    actor, form = administrator(), InvitationForm()
    if form.validate():
        try:
            _invite(actor, organisation_id, form)
            say(_("The invitation to %(email)s is on its way.", email=form.email.data.strip()))
            return _back(organisation_id)
        except InvalidInput as refusal:
            put_at_field(form, refusal)
    return _ask(actor, organisation_id, form), 422


def _invite(actor: Actor, organisation_id: int, form: InvitationForm) -> None:
    wanted = Invitation(form.email.data, form.name.data, form.chosen(), organisation_id or None, form.language.data)
    with signed_in.writing() as session:
        account = accounts.invite(session, actor, wanted)
        letters.invite(session, account, actor.name)


def _ask(actor: Actor, organisation_id: int, form: InvitationForm) -> str:
    organisation: Organisation | None = None
    with signed_in.looking() as session:
        if organisation_id == PORTAL:
            require_management(actor, None)
        else:
            organisation = organisations.managed(session, actor, organisation_id)
    return render_template("organisation/invite.html", form=form, organisation=organisation)


def _back(organisation_id: int) -> Response:
    if organisation_id == PORTAL:
        return to("organisation.portal")
    return to("organisation.show", organisation_id=organisation_id)
