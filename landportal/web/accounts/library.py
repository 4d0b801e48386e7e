"""Flask-Security as this portal uses it: password hashes, sessions, one-time and recovery codes, on our own tables.

The library checks and signs; pages, words, limits and mails are ours, because each sign-in step is one transaction with
its audit entry. Only this module configures it.
"""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any, cast

from flask import Flask, current_app
from flask_login import utils as flask_login_utils
from flask_security import Security, UserDatastore, UserMixin, hash_password, login_user, verify_password
from flask_security.totp import Totp
from passlib.totp import TotpMatch
from sqlalchemy.orm import object_session

from landportal.model import Account
from landportal.secret_key import derived
from landportal.services import accounts, audit
from landportal.services.audit import AuditAction
from landportal.web.reading import current
from landportal.web.signed_in import SESSION_MAX

PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 256
RECOVERY_CODES = 10
ISSUER = "landportal"
CLOCK_SKEW_S = 30
"""A one-time code also counts half a minute before and after its time."""
_NOBODY = "landportal-hash-of-nobody"


def install(app: Flask, secret: str, secure: bool) -> None:
    """Set the library up; `secure`: the portal is reached by https, cookies too."""
    app.config.update(_configuration(secret, secure))
    security = Security(app, _Accounts(), register_blueprint=False, totp_cls=_OneTimeCodes)
    _spare_public_pages(app, security)


def _spare_public_pages(app: Flask, security: Security) -> None:
    """Keep the library from opening the session, and reading the account, for every tile and public page.

    `signed_in` reads the account where it is needed; a session that is opened makes an answer vary by cookie, and no
    cache would keep it. Nobody is remembered longer than the session.
    """
    security.principal.identity_loaders.clear()
    app.template_context_processors[None].remove(flask_login_utils._user_context_processor)
    app.after_request_funcs[None].remove(security.login_manager._update_remember_cookie)


def _configuration(secret: str, secure: bool) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_NAME": "landportal",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": SESSION_MAX,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_TIME_LIMIT": int(SESSION_MAX.total_seconds()),
        "SECURITY_PASSWORD_HASH": "argon2",
        # Without a second, shared salt: a password outlives a change of the secret key.
        "SECURITY_PASSWORD_SINGLE_HASH": True,
        "SECURITY_PASSWORD_LENGTH_MIN": PASSWORD_LENGTH_MIN,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [_fernet_key(secret)],
        "SECURITY_TOTP_SECRETS": {"1": derived(secret, "one-time codes").hex()},
        "SECURITY_TOTP_ISSUER": ISSUER,
        "SECURITY_RESET_PASSWORD_WITHIN": dt.timedelta(hours=1),
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
    }


def _fernet_key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(derived(secret, "recovery codes"))


class Person(UserMixin):
    """What the library keeps in the session about an account: its `fs_uniquifier`."""

    def __init__(self, account: Account) -> None:
        self.fs_uniquifier, self.active = account.fs_uniquifier, account.active


class _Accounts(UserDatastore):
    """The library's way to our accounts. It changes rows of the session they came from; `db` alone commits."""

    def __init__(self) -> None:
        super().__init__(Account, None)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Person | None:  # noqa: ARG002
        with current() as session:
            account = accounts.by_uniquifier(session, kwargs["fs_uniquifier"])
        return Person(account) if account else None

    def put(self, model: Account) -> Account:
        return model

    def mf_delete_recovery_code(self, user: Account, idx: int) -> bool:
        codes = list(user.mf_recovery_codes or ())
        del codes[idx]
        user.mf_recovery_codes = codes
        return True


class _OneTimeCodes(Totp):
    """Codes that count once: the audit log remembers the time step of the last one."""

    def get_last_counter(self, user: Account) -> int | None:
        return audit.last_counter(object_session(user), user.id)

    def set_last_counter(self, user: Account, tmatch: TotpMatch) -> None:
        audit.record(object_session(user), AuditAction.CODE_ACCEPTED, account_id=user.id, counter=tmatch.counter)


# --------------------------------------------------------------------------------------------- what our pages ask of it


def security() -> Security:
    """The library, as this application set it up."""
    return cast(Security, current_app.extensions["security"])


def password_is_right(account: Account | None, password: str) -> bool:
    """Whether `password` is the account's; as slow for an account that does not exist.

    A hash of older parameters is replaced by the way.
    """
    normal = security().password_util.normalize(password[:PASSWORD_LENGTH_MAX])
    kept = account.password if account else None
    right = verify_password(normal, kept or _nobodys_hash())
    if account is None or kept is None or not right:
        return False
    if security().pwd_context.needs_update(kept):
        account.password = hash_password(normal)
    return True


def _nobodys_hash() -> str:
    """A hash to compare with where there is none; made once, or unknown addresses would take longer."""
    if _NOBODY not in current_app.extensions:
        current_app.extensions[_NOBODY] = hash_password("nobody's password")
    return str(current_app.extensions[_NOBODY])


def hashed(password: str) -> str:
    """The salted hash to keep of a new password."""
    return str(hash_password(security().password_util.normalize(password)))


def begin_session(account: Account) -> None:
    """Let this browser be signed in as `account`."""
    login_user(Person(account), remember=False)


def new_totp_secret() -> str:
    """A secret for one-time codes, encrypted as it is kept."""
    return str(security().totp_factory.generate_totp_secret())


def code_is_right(account: Account, code: str, secret: str | None = None) -> bool:
    """Whether `code` is the one-time code of this moment, not used before; of `secret` while it is being set up."""
    digits = "".join(code.split())
    kept = secret or account.tf_totp_secret
    if not kept or not digits.isascii() or not digits.isdigit():
        return False
    return bool(security().totp_factory.verify_totp(digits, kept, account, window=CLOCK_SKEW_S))


def recovery_code_is_right(account: Account, code: str) -> bool:
    """Whether `code` is one of the account's recovery codes; it is used up by this."""
    codes = security().mf_recovery_codes_util
    written = code.strip().lower()
    return codes.check_recovery_code(account, written) and codes.delete_recovery_code(account, written)


def new_recovery_codes(account: Account) -> list[str]:
    """Ten new recovery codes; those before count no more. They are kept encrypted and shown this once."""
    return list(security().mf_recovery_codes_util.create_recovery_codes(account))
