"""The forms of the account pages: what they ask, and the sentence for everything that can be wrong with an answer.

The token against forged requests is checked for the whole application (`web.security`), not form by form.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, PasswordField, RadioField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from landportal.model import Account, TokenScope
from landportal.services import accounts
from landportal.services.api_tokens import NAME_MAX
from landportal.web.accounts.library import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from landportal.web.language import LANGUAGES

EMAIL_MAX = 254
COMMONLY_GUESSED = frozenset(
    """
    passwort password kennwort geheim qwertz qwerty letmein willkommen welcome sommer winter admin administrator
    landportal thueringen thüringen erfurt gotha abc abcdef iloveyou hallo fußball
    """.split()  # noqa: SIM905 - a list of bare words reads best as text
)
"""Words that guessing starts with: a password that is one of them and a few digits or signs is refused."""


class OwnForm(FlaskForm):
    """A form without a token of its own: the application's is in every form."""

    class Meta:
        csrf = False


def _required(message: Any) -> DataRequired:
    return DataRequired(message)


class SignInForm(OwnForm):
    """Mail address and password."""

    email = StringField(_l("Email address"), [_required(_l("Please enter your email address.")), Length(max=EMAIL_MAX)])
    password = PasswordField(_l("Password"), [_required(_l("Please enter your password."))])


class CodeForm(OwnForm):
    """A one-time code, or a recovery code."""

    code = StringField(_l("Code"), [_required(_l("Please enter the code.")), Length(max=40)])


class ForgottenForm(OwnForm):
    """The mail address to which a link is sent."""

    email = StringField(_l("Email address"), [_required(_l("Please enter your email address.")), Length(max=EMAIL_MAX)])


class NewPasswordForm(OwnForm):
    """A new password, twice. `account` is whose it will be."""

    new_password = PasswordField(_l("New password"), [_required(_l("Please choose a password."))])
    again = PasswordField(_l("New password, once more"), [_required(_l("Please enter the new password once more."))])

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account

    def validate_new_password(self, field: Field) -> None:
        """A sentence where the password is too short, too long, or what guessing starts with."""
        problem = password_problem(field.data, self.account)
        if problem:
            raise ValidationError(problem)

    def validate_again(self, field: Field) -> None:
        """Both must be the same."""
        if field.data != self.new_password.data:
            raise ValidationError(_("The two passwords are not the same."))


class ChangePasswordForm(NewPasswordForm):
    """The password of now, and a new one."""

    password = PasswordField(_l("Password of now"), [_required(_l("Please enter your password."))])


class OwnAccountForm(OwnForm):
    """Name, language and digest mails."""

    name = StringField(
        _l("Name"),
        [
            _required(_l("Please enter a name.")),
            Length(max=accounts.NAME_MAX, message=_l("Please shorten the name to 120 characters.")),
        ],
    )
    language = RadioField(_l("Language of mails"), choices=list(LANGUAGES))
    digest = BooleanField(_l("Reminders by mail"))


class TokenForm(OwnForm):
    """What an API token is for. `days` is how long it holds, 0 for as long as it is wanted."""

    name = StringField(
        _l("Name"),
        [
            _required(_l("Please enter a name.")),
            Length(max=NAME_MAX, message=_l("Please shorten the name to 80 characters.")),
        ],
    )
    scope = RadioField(_l("The program may"), choices=[str(one) for one in TokenScope], default=TokenScope.READ)
    days = RadioField(_l("Holds for"), choices=["30", "90", "365", "0"], default="365")


def password_problem(password: str, account: Account) -> str | None:
    """What is wrong with `password` for `account`; None if nothing. Long is what counts; no rule about signs."""
    if len(password) < PASSWORD_LENGTH_MIN:
        return _("Please choose at least %(count)s characters.", count=PASSWORD_LENGTH_MIN)
    if len(password) > PASSWORD_LENGTH_MAX:
        return _("Please choose at most %(count)s characters.", count=PASSWORD_LENGTH_MAX)
    plain = password.casefold()
    if len(set(plain)) < 5 or _is_counting(plain):
        return _("This is too easy to guess. Three or four words that do not belong together are a good password.")
    if plain.strip("0123456789!?.,-_ *#+$") in COMMONLY_GUESSED | {""} or _names_of(account) & {plain, plain[:-1]}:
        return _("This is too easy to guess. Three or four words that do not belong together are a good password.")
    return None


def _is_counting(plain: str) -> bool:
    """123456789012, abcdefghijkl: every sign follows the one before, or repeats it."""
    steps = [ord(after) - ord(before) for before, after in pairwise(plain)]
    return sum(step in {0, 1, -1} for step in steps) >= len(steps) - 2


def _names_of(account: Account) -> set[str]:
    local, _sign, host = account.email.partition("@")
    return {account.email, local, host, account.name.casefold(), account.name.casefold().replace(" ", "")}
