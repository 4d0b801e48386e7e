"""The blueprint of the account pages, and what they share: transactions, the way back, who is asking."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from landportal import db
from landportal.model import Account, Through
from landportal.services import accounts
from landportal.services.guessing import Attempt, origin_of, subject_of
from landportal.services.permissions import Action, actor_of
from landportal.web import language, signed_in

blueprint = Blueprint("accounts", __name__)

OWN = f"{language.PREFIX}/desk/account"


@contextlib.contextmanager
def visitor_writing() -> Iterator[Session]:
    """A transaction of somebody who is not signed in yet."""
    with signed_in.writing(db.Acting(None, Through.PAGE)) as session:
        yield session


@contextlib.contextmanager
def holder_writing() -> Iterator[tuple[Session, Account]]:
    """A transaction of the person who is signed in, with the account's row locked; second factor or not."""
    known = signed_in.account_holder()
    with signed_in.writing(db.Acting(known.id, Through.PAGE)) as session:
        account = accounts.locked(session, known.id)
        if account.fs_uniquifier != known.fs_uniquifier or not account.active:
            raise signed_in.SignInNeeded
        yield session, account


def secret() -> str:
    """The key of this instance."""
    return str(current_app.config["SECRET_KEY"])


def attempt_on(email: str, known: bool) -> Attempt:
    """This visitor's attempt to get into the account with this address, as the limits count it."""
    return Attempt(subject_of(secret(), email, known), origin())


def origin() -> str:
    """A keyed hash of this visitor's address."""
    return origin_of(secret(), request.remote_addr)


def own_address(path: str | None) -> str | None:
    """`path` if it is an address of this portal, else None: nobody is sent elsewhere after signing in."""
    if not path or not path.startswith("/") or path[1:2] in {"/", "\\"} or not path.isprintable() or "\\" in path:
        return None
    parts = urlsplit(path)
    return None if parts.scheme or parts.netloc else path


def first_page(account: Account) -> str:
    """Where `account` begins: the desk, the organisations for administrators, else its own account."""
    actor = actor_of(account)
    if actor.may(Action.SEE_DESK):
        return f"/{language.current()}/desk/"
    if actor.may(Action.MANAGE_ACCOUNTS):
        return url_for("organisation.index")
    return url_for("accounts.show")


def to(endpoint: str, **values: object) -> Response:
    """Redirect after a form was taken: 303, so that reloading sends nothing twice."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[arg-type]
