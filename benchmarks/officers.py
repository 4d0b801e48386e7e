"""Officers of a measured store: an account with a password, and a status changed as a browser changes it.

Signing in and the desk's form go over HTTP with the form's token; nothing here reaches into the application.
"""

from __future__ import annotations

import http.client
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from passlib.hash import argon2
from sqlalchemy import create_engine, select

from benchmarks.forms import NEXT, PASSWORD, sign_in_form, status_form
from landportal import db
from landportal.model import Account, Organisation


def make_officer(url: str, ags: str) -> str:
    """An officer with PASSWORD for the land of `ags`, made anew; the mail address."""
    email = f"{uuid.uuid4().hex[:10]}@example.org"
    engine = create_engine(url)
    with db.transaction(engine) as session:
        organisation = session.scalar(select(Organisation).where(Organisation.ags == ags))
        if organisation is None:
            kind = {2: "state_agency", 5: "county", 8: "municipality"}[len(ags)]
            organisation = Organisation(name=f"benchmark {ags}", kind=kind, ags=ags)
            session.add(organisation)
            session.flush()
        session.add(
            Account(
                email=email, name="benchmark", role_names=["officer"], fs_uniquifier=secrets.token_hex(),
                organisation_id=organisation.id, active=True, password=argon2.hash(PASSWORD),
            )
        )  # fmt: skip
    engine.dispose()
    return email


@dataclass
class Officer:
    """An officer at a browser with cookies, over one kept connection; with none yet, signs in first."""

    port: int
    email: str
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if not self.cookies:
            self._sign_in()

    def _sign_in(self) -> None:
        _, page = self.ask("GET", "/de/login")
        status, _ = self.ask("POST", "/de/login", sign_in_form(page, self.email))
        if status != 303 and status != 302:
            raise SystemExit(f"signing in answers {status}")

    def change(self, number: str, status: str) -> None:
        """Open the form of parcel `number`, choose `status`, send it."""
        self.send(number, self.opened(number, status))

    def opened(self, number: str, status: str) -> dict[str, str]:
        """The form of parcel `number`, filled in."""
        answered, page = self.ask("GET", f"/de/desk/parcels/{number}/status")
        if answered != 200:
            raise SystemExit(f"the form of {number} answers {answered}")
        return status_form(page, status)

    def send(self, number: str, form: dict[str, str]) -> None:
        """Send the form back; a change that is refused ends the measurement."""
        answered, page = self.ask("POST", f"/de/desk/parcels/{number}/status", form)
        if answered != 303:
            raise SystemExit(f"changing {number} answers {answered}: {page[:200]}")

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and page; cookies are kept."""
        headers = {
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        body = None
        if form is not None:
            body, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.read().decode()


def each_other(status: str) -> Callable[[], str]:
    """A function that gives the other status at each call, beginning with what may follow `status`."""
    now = status

    def following() -> str:
        nonlocal now
        now = NEXT[now]
        return now

    return following
