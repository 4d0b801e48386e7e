"""Who is signed in, read anew with every request: a role taken away is gone with the next click.

Signing in and out itself lives in `accounts`; what roles may do in `services.permissions`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, Response, g, request, session
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from landportal import db
from landportal.model import Account, Through
from landportal.services import accounts
from landportal.services.permissions import Action, Actor, Scope, actor_of, require
from landportal.web.reading import current, end_of, land_engine, portal, wrote

SESSION_KEY = "_user_id"
"""Where Flask-Login keeps the account's `fs_uniquifier`."""
SINCE_KEY = "fs_paa"
"""Where Flask-Security keeps when the account signed in."""
SESSION_MAX = dt.timedelta(hours=12)
"""A working day after signing in one has to sign in again, whatever happened between."""


class SignInNeeded(Exception):
    """The page is for people who are signed in; the visitor is sent to the sign-in page and back."""


class SecondFactorNeeded(SignInNeeded):
    """The person is signed in but must set up a second factor before anything else."""


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, for the header of every page."""

    label: str
    keeps_land: bool
    manages: bool


def install(app: Flask) -> None:
    """Let templates ask who is signed in, and keep what they are shown out of every cache."""
    app.add_template_global(signed_in_person)
    app.after_request(_keep_out_of_caches)


def _keep_out_of_caches(response: Response) -> Response:
    if g.get("account") is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


def account() -> Account | None:
    """The account of this session, even one that has yet to set up its second factor; None for the public.

    Public pages without a cookie cost nothing here.
    """
    if "account" not in g:
        g.account = _read()
    found: Account | None = g.account
    return found


def act_for(holder: Account) -> None:
    """Let this request be that of `holder`, who has shown it otherwise than by a session: by a token of the API."""
    g.account = holder


def _read() -> Account | None:
    if not request.cookies or SESSION_KEY not in session:
        return None
    if time.time() - session.get(SINCE_KEY, 0) > SESSION_MAX.total_seconds():
        return None
    with current() as store:
        return accounts.by_uniquifier(store, session[SESSION_KEY])


def signed_in_person() -> SignedIn | None:
    """Who is signed in; nobody on a page that says the database is away."""
    try:
        known = account()
    except SQLAlchemyError:
        return None
    if known is None:
        return None
    may = actor() or Actor(known.id, known.name, frozenset(), Scope())
    label = known.organisation.name if known.organisation else known.name
    return SignedIn(label, may.may(Action.SEE_DESK), may.may(Action.MANAGE_ACCOUNTS))


def account_holder() -> Account:
    """The account of this session for pages about itself, second factor or not; SignInNeeded without one."""
    known = account()
    if known is None:
        raise SignInNeeded
    return known


def actor() -> Actor | None:
    """The person who is signed in; None for the public, and for whoever must set up a second factor first."""
    known = account()
    if known is None or accounts.must_set_up_second_factor(known):
        return None
    return actor_of(known)


def _present() -> Actor:
    known = actor()
    if known is None:
        raise SecondFactorNeeded if account() else SignInNeeded
    return known


def actor_for(action: Action) -> Actor:
    """The person who is signed in and may do `action` somewhere; SignInNeeded or NotAllowed otherwise."""
    known = _present()
    require(known, action)
    return known


def acting(through: Through = Through.PAGE) -> db.Acting:
    """Who acts in a transaction of this request."""
    return db.Acting(_present().account_id, through)


@contextlib.contextmanager
def writing(acts: db.Acting | None = None) -> Iterator[Session]:
    """A transaction of the person who is signed in: committed at the end of the block, or not at all."""
    with db.transaction(portal().engine, acts or acting()) as store:
        yield store
    wrote()


@contextlib.contextmanager
def looking(as_of: dt.date | None = None) -> Iterator[Session]:
    """A session of one snapshot that sees what the person who is signed in may see, histories included."""
    with db.reading(land_engine(), acting(), end_of(as_of) if as_of else None) as store:
        yield store
