"""The blueprint of the administrator's pages, and the sentences for what a service refuses."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import gettext as _
from wtforms import Form

from landportal.errors import InvalidInput
from landportal.services.accounts import AddressTaken
from landportal.services.organisations import NameTaken
from landportal.web import language

blueprint = Blueprint("organisation", __name__, url_prefix=f"{language.PREFIX}/desk/organisation")

Refused = tuple[str, int]


def put_at_field(form: Form, refusal: InvalidInput) -> None:
    """Say at the field of `form` it is about what a service refused."""
    field = form[refusal.field or "name"]
    field.errors = [*field.errors, _sentence(refusal)]


def _sentence(refusal: InvalidInput) -> str:
    if isinstance(refusal, AddressTaken):
        return _("There is an account with this address already.")
    if isinstance(refusal, NameTaken):
        return _("Another organisation has this name.")
    return {
        "email": _("This is not an email address."),
        "name": _("Please enter a name of at most 120 characters."),
        "roles": _("Please choose at least one role. Without an organisation only “administrator” is possible."),
        "place": _("Please choose a place from the list."),
    }.get(refusal.field or "", _("This cannot be used."))
