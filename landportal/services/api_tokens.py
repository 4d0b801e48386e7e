"""API tokens: by which programs act for somebody: made, listed, revoked, and asked whose they are.

A token opens what its account may do at that moment, reading or writing; it is shown once and kept as a hash. Where a
request carries it is the web floor's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput, LandportalError, NotFound
from landportal.model import Account, ApiToken, TokenScope
from landportal.services import accounts, audit
from landportal.services.audit import AuditAction

NAME_MAX = 80
ACTIVE_MAX = 20
"""Tokens of one account that open something; more than that nobody keeps apart."""
MADE_PER_DAY_MAX = 30
DAYS_MAX = 366
SECRET_BYTES = 24
"""192 random bits: nobody finds one by trying, so a fast hash is enough and a salt adds nothing."""

MARK = "lp_"
"""What every token begins with: programs that look for secrets in files find ours by it."""
_FORM = re.compile(rf"{MARK}[0-9a-f]{{{2 * SECRET_BYTES}}}", re.ASCII)
_PREFIX_LENGTH = len(MARK) + 8


class TokenRefused(LandportalError):
    """The token opens nothing. `reason` and `subject` (whose it was) are for the log, not for whoever brought it."""

    def __init__(self, reason: str, subject: str | None = None) -> None:
        super().__init__()
        self.reason, self.subject = reason, subject


@dataclass(frozen=True)
class NewToken:
    """What a token is made for. `days` it holds from now on; None: until it is revoked."""

    name: str
    scope: TokenScope
    days: int | None


@dataclass(frozen=True)
class MadeToken:
    """A token with the only copy of its secret."""

    token: ApiToken
    secret: str


def make(session: Session, account_id: int, wanted: NewToken) -> MadeToken:
    """Make a token for the account; InvalidInput (name, days) or, where there are too many, without a field."""
    account = accounts.locked(session, account_id)
    name = " ".join(wanted.name.split())
    if not 0 < len(name) <= NAME_MAX or not name.isprintable():
        raise InvalidInput("token_name", "name")
    if wanted.days is not None and not 0 < wanted.days <= DAYS_MAX:
        raise InvalidInput("token_days", "days")
    _refuse_too_many(session, account_id)
    secret = MARK + secrets.token_hex(SECRET_BYTES)
    now = dt.datetime.now(dt.UTC)
    token = ApiToken(
        account_id=account_id, name=name, scope=wanted.scope, prefix=secret[:_PREFIX_LENGTH], sha256=_hash(secret),
        expires_at=now + dt.timedelta(days=wanted.days) if wanted.days else None,
    )  # fmt: skip
    session.add(token)
    session.flush()
    session.refresh(token)
    _record(session, AuditAction.TOKEN_MADE, account, token)
    return MadeToken(token, secret)


def _refuse_too_many(session: Session, account_id: int) -> None:
    mine = ApiToken.account_id == account_id
    active = session.scalar(select(func.count()).where(mine, _opens())) or 0
    today = session.scalar(select(func.count()).where(mine, ApiToken.created_at > func.now() - dt.timedelta(days=1)))
    if active >= ACTIVE_MAX:
        raise InvalidInput("too_many_tokens")
    if (today or 0) >= MADE_PER_DAY_MAX:
        raise InvalidInput("too_many_tokens_today")


def of_account(session: Session, account_id: int) -> Sequence[ApiToken]:
    """The account's tokens that open something, newest first."""
    listed = select(ApiToken).where(ApiToken.account_id == account_id, _opens()).order_by(ApiToken.id.desc())
    return session.scalars(listed).all()


def revoke(session: Session, account_id: int, token_id: int) -> ApiToken:
    """End a token of the account at once; revoking it twice does nothing. NotFound for anybody else's."""
    account = accounts.locked(session, account_id)
    token = session.get(ApiToken, token_id) if 0 < token_id < 2**31 else None
    if token is None or token.account_id != account_id:
        raise NotFound(str(token_id))
    if token.revoked_at is None:
        token.revoked_at = dt.datetime.now(dt.UTC)
        session.flush()
        _record(session, AuditAction.TOKEN_REVOKED, account, token)
    return token


def holder(session: Session, secret: str) -> tuple[ApiToken, Account]:
    """The token that `secret` is, and whose it is; TokenRefused where it opens nothing."""
    if not _FORM.fullmatch(secret):
        raise TokenRefused("unknown")
    token = session.scalar(select(ApiToken).where(ApiToken.sha256 == _hash(secret)))
    if token is None:
        raise TokenRefused("unknown")
    account = session.get_one(Account, token.account_id)
    if token.revoked_at is not None:
        raise TokenRefused("revoked", account.email)
    if token.expires_at is not None and token.expires_at <= dt.datetime.now(dt.UTC):
        raise TokenRefused("expired", account.email)
    if not account.active:
        raise TokenRefused("disabled", account.email)
    if accounts.must_set_up_second_factor(account):
        raise TokenRefused("second_factor", account.email)
    return token, account


def used(session: Session, token_id: int, day: dt.date) -> None:
    """Note that the token was used on `day`: which tokens still serve, not when somebody works."""
    unsaid = ApiToken.last_used_on.is_distinct_from(day)
    session.execute(update(ApiToken).where(ApiToken.id == token_id, unsaid).values(last_used_on=day))


def _opens() -> ColumnElement[bool]:
    unexpired = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > func.now())
    return and_(ApiToken.revoked_at.is_(None), unexpired)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(session: Session, action: AuditAction, account: Account, token: ApiToken) -> None:
    facts = {"token": token.name, "prefix": token.prefix, "scope": token.scope}
    audit.record(session, action, account_id=account.id, subject=account.email, **facts)
