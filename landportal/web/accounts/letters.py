"""Mails about accounts: plain text in the account's language, into the outbox in the transaction of their cause."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from flask import g, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from landportal.model import Account
from landportal.services import account_links, outbox
from landportal.services.account_links import VALID_FOR, LinkKind
from landportal.services.guessing import LOCK
from landportal.web.accounts.pages import secret
from landportal.web.reading import settings


def invite(session: Session, account: Account, inviter: str | None = None) -> None:
    """The link by which somebody who was invited sets a password."""
    with _language_of(account):
        days = VALID_FOR[LinkKind.INVITATION].days
        _post(
            session, account, "invitation", _("Your account at landportal"),
            link=_link(account, LinkKind.INVITATION), days=days, inviter=inviter,
        )  # fmt: skip


def send_reset(session: Session, account: Account) -> None:
    """The link by which somebody who forgot it sets a new password."""
    with _language_of(account):
        _post(session, account, "reset", _("Set a new password"), link=_link(account, LinkKind.PASSWORD))


def tell_of_new_password(session: Session, account: Account) -> None:
    """Notice that the password was changed."""
    with _language_of(account):
        _post(session, account, "password_changed", _("Your password was changed"), link=_forgotten())


def tell_of_lock(session: Session, account: Account) -> None:
    """Notice that the account is locked after wrong answers."""
    with _language_of(account):
        minutes = int(LOCK.total_seconds() // 60)
        _post(session, account, "locked", _("Your account was locked"), link=_forgotten(), minutes=minutes)


def _post(session: Session, account: Account, kind: str, subject: str, **facts: object) -> None:
    body = render_template(f"security/email/{kind}.{account.language}.txt", account=account, **facts)
    outbox.post(session, outbox.Letter(kind, account.email, subject, body, account.language, account.id))


def _link(account: Account, kind: LinkKind) -> str:
    return settings().public_url + account_links.link_path(secret(), account, kind)


def _forgotten() -> str:
    return f"{settings().public_url}/{g.lang}/password"


@contextlib.contextmanager
def _language_of(account: Account) -> Iterator[None]:
    """Write in the account's language, whatever the page's."""
    before = g.get("lang")
    g.lang = account.language
    try:
        with force_locale(account.language):
            yield
    finally:
        g.lang = before
