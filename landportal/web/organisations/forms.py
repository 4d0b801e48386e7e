"""The forms of the administrator's pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length

from landportal.model import OrganisationKind, Role
from landportal.web.accounts.forms import EMAIL_MAX, OwnForm
from landportal.web.language import LANGUAGES


def _roles() -> SelectMultipleField:
    required = DataRequired(_l("Please choose at least one role."))
    return SelectMultipleField(_l("Roles"), [required], choices=[role.value for role in Role])


class RolesForm(OwnForm):
    """The roles of an account."""

    roles = _roles()

    def chosen(self) -> frozenset[Role]:
        """The roles that were ticked."""
        return frozenset(Role(code) for code in self.roles.data or ())


class InvitationForm(RolesForm):
    """Whom to invite."""

    email = StringField(
        _l("Email address"), [DataRequired(_l("Please enter an email address.")), Length(max=EMAIL_MAX)]
    )
    name = StringField(_l("Name"), [DataRequired(_l("Please enter a name."))])
    # Once more, so that its problems are told in the order of the page.
    roles = _roles()
    language = RadioField(_l("Language of mails"), choices=list(LANGUAGES), default="de")


class MoveForm(OwnForm):
    """Where an account belongs; an empty choice is the whole portal."""

    organisation = SelectField(_l("Organisation"), validate_choice=False)

    def chosen(self) -> int | None:
        """The organisation's id."""
        return int(self.organisation.data) if (self.organisation.data or "").isdigit() else None


class OrganisationForm(OwnForm):
    """What can be settled about an organisation."""

    name = StringField(_l("Name"), [DataRequired(_l("Please enter a name."))])
    four_eyes = BooleanField(_l("Changes wait for an approver"))


class NewOrganisationForm(OrganisationForm):
    """An organisation to be made; `place` is an official key or an area's slug."""

    kind = RadioField(_l("Kind"), choices=[kind.value for kind in OrganisationKind])
    place = SelectField(_l("Place"), [DataRequired(_l("Please choose a place from the list."))], validate_choice=False)
