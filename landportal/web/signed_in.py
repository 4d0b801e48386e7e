"""Who is signed in, read anew with every request: a role taken away is gone with the next click.

Signing in and out itself lives in `accounts`; what roles may do in `services.permissions`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from flask import g, request, session
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal import db
from landportal.model import Account, Through
from landportal.services.permissions import Action, Actor, actor_of, require
from landportal.web.reading import portal, snapshot

SESSION_KEY = "_user_id"
"""Where Flask-Login keeps the account's `fs_uniquifier`."""


class SignInNeeded(Exception):
    """The page is for people who are signed in; the visitor is sent to the sign-in page and back."""


def actor() -> Actor | None:
    """The person who is signed in; None for the public. Public pages without a session cost nothing here."""
    if "actor" not in g:
        g.actor = _read()
    found: Actor | None = g.actor
    return found


def _read() -> Actor | None:
    if not request.cookies or SESSION_KEY not in session:
        return None
    with snapshot() as store:
        account = store.scalar(select(Account).where(Account.fs_uniquifier == session[SESSION_KEY], Account.active))
        return actor_of(account) if account else None


def actor_for(action: Action) -> Actor:
    """The person who is signed in and may do `action` somewhere; SignInNeeded or NotAllowed otherwise."""
    known = actor()
    if known is None:
        raise SignInNeeded
    require(known, action)
    return known


def acting(through: Through = Through.PAGE) -> db.Acting:
    """Who acts in a transaction of this request."""
    known = actor()
    if known is None:
        raise SignInNeeded
    return db.Acting(known.account_id, through)


@contextlib.contextmanager
def writing(acts: db.Acting | None = None) -> Iterator[Session]:
    """A transaction of the person who is signed in: committed at the end of the block, or not at all."""
    with db.transaction(portal().engine, acts or acting()) as store:
        yield store


@contextlib.contextmanager
def looking() -> Iterator[Session]:
    """A session of one snapshot that sees what the person who is signed in may see, histories included."""
    with db.reading(portal().engine, acting()) as store:
        yield store
