"""Links by which an account gets a password: an invitation, or a reset by mail. They expire and work once.

A link is signed with the instance's key and names the account by its `fs_uniquifier`: when a password is set, that
changes, and every link made before is worth nothing. The address around it is the web floor's (`link_path`).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import LandportalError
from landportal.model import Account
from landportal.secret_key import derived


class LinkKind(StrEnum):
    """What a link is for; part of its address."""

    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105 - a part of an address


VALID_FOR = {LinkKind.INVITATION: dt.timedelta(days=7), LinkKind.PASSWORD: dt.timedelta(hours=1)}


class LinkInvalid(LandportalError):
    """The link was altered, used, or replaced by a newer one."""


class LinkExpired(LinkInvalid):
    """The link is genuine but too old."""


def link_path(secret: str, account: Account, kind: LinkKind) -> str:
    """The address, from the root of the portal, at which `account` sets its password."""
    return f"/{account.language}/{kind}/{_signer(secret, kind).dumps(account.fs_uniquifier)}"


def account_of_link(session: Session, secret: str, token: str, kind: LinkKind) -> Account:
    """The account that the link with `token` is for; LinkExpired or LinkInvalid."""
    try:
        uniquifier = _signer(secret, kind).loads(token, max_age=int(VALID_FOR[kind].total_seconds()))
    except SignatureExpired as expired:
        raise LinkExpired from expired
    except BadSignature as altered:
        raise LinkInvalid from altered
    account = session.scalar(select(Account).where(Account.fs_uniquifier == str(uniquifier), Account.active))
    if account is None:
        raise LinkInvalid
    return account


def _signer(secret: str, kind: LinkKind) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derived(secret, f"link {kind}"))
