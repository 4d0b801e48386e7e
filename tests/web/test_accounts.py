"""Signing in, second factor, password and lock-out, through real forms on a real database."""

import datetime as dt
import hashlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from passlib.hash import argon2
from passlib.totp import TOTP
from sqlalchemy import select, text

from landportal import db
from landportal.config import read_settings
from landportal.model import Account, AuditEntry, OutgoingMail
from landportal.services import guessing
from landportal.services.guessing import ACCOUNT_FAILURES_MAX, ORIGIN_FAILURES_MAX, RESET_MAILS_PER_HOUR_MAX
from landportal.web import create_app
from landportal.web.accounts import library
from landportal.web.accounts.pages import own_address
from tests.conftest import Land, add_account, signed_in

PASSWORD = "vier Worte ohne Bezug"
HASHED = argon2.using(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def form_token(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)


def send(client: FlaskClient, path: str, page: str | None = None, **fields: Any):
    """Send the form that `page` (default: `path`) shows."""
    shown = client.get(page or path).text
    return client.post(path, data={"csrf_token": form_token(shown), **fields})


@dataclass
class Portal:
    """An application with a database of its own, and its owner's view of it."""

    app: Any
    owner: Any

    def account(self, *roles: str, **facts: Any) -> Account:
        with db.transaction(self.owner) as session:
            return add_account(session, *roles, **{"password": HASHED, **facts})

    def client(self, origin: str = "192.0.2.1") -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = origin
        return client

    def sign_in(self, account: Account, password: str = PASSWORD, client: FlaskClient | None = None, **fields: Any):
        return send(client or self.client(), "/en/login", email=account.email, password=password, **fields)

    def reread(self, account: Account) -> Account:
        with db.reading(self.owner) as session:
            return session.get(Account, account.id)

    def audit(self, *actions: str) -> list[AuditEntry]:
        with db.reading(self.owner) as session:
            found = select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
            return list(session.scalars(found))

    def mails(self, kind: str) -> list[OutgoingMail]:
        with db.reading(self.owner) as session:
            return list(
                session.scalars(select(OutgoingMail).where(OutgoingMail.kind == kind).order_by(OutgoingMail.id))
            )

    def pass_time(self, **span: float) -> None:
        """Make every entry of the audit log so much older; only the database's owner without its triggers can."""
        with db.transaction(self.owner) as session:
            session.execute(text("set local session_replication_role = replica"))
            session.execute(text("update audit_entry set at = at - :span"), {"span": dt.timedelta(**span)})


@pytest.fixture(scope="module")
def portal(clone):
    url = clone("empty")
    environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    settings = read_settings(environ)
    owner = db.connect(url, settings)
    with db.transaction(owner) as session:
        Land(session)
    app = create_app(settings)
    yield Portal(app, owner)
    app.extensions["landportal"].engine.dispose()
    owner.dispose()


def told(response) -> str:
    """What the page says is wrong."""
    found = re.search(r'<div class="notice notice-danger".*?</div>', response.text, re.S)
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", found.group())).strip() if found else ""


def opens(client: FlaskClient, path: str = "/en/desk/account") -> bool:
    return client.get(path).status_code == 200


# --------------------------------------------------------------------- signing in


def test_the_right_password_opens_the_desk(portal):
    client, account = portal.client(), portal.account("officer")
    answer = portal.sign_in(account, client=client)
    assert (answer.status_code, answer.location) == (303, "/en/desk/")
    assert opens(client)
    assert portal.reread(account).last_sign_in_at is not None


def test_the_address_is_read_without_regard_to_case_and_blanks(portal):
    account = portal.account("officer")
    answer = send(portal.client(), "/de/login", email=f"  {account.email.upper()} ", password=PASSWORD)
    assert answer.status_code == 303


@pytest.mark.parametrize("facts", [{"active": False}, {"password": None}])
def test_an_account_that_is_disabled_or_not_yet_accepted_is_answered_like_a_wrong_password(portal, facts):
    wrong = portal.sign_in(portal.account("officer"), password="falsch")
    closed = portal.sign_in(portal.account("officer", **facts))
    assert (
        (closed.status_code, told(closed))
        == (wrong.status_code, told(wrong))
        == (
            422,
            "Email address or password is wrong.",
        )
    )


def test_an_unknown_address_is_answered_like_a_wrong_password(portal):
    known = portal.sign_in(portal.account("officer"), password="falsch")
    unknown = send(portal.client(), "/en/login", email="nobody@example.org", password="falsch")
    assert (unknown.status_code, told(unknown)) == (known.status_code, told(known))
    assert "nobody@example.org" not in {entry.subject for entry in portal.audit("sign_in_failed")}


def test_an_unknown_address_costs_one_comparison_of_a_hash_like_a_known_one(portal, monkeypatch):
    compared, made = [], []
    verify, make = library.verify_password, library.hash_password
    monkeypatch.setattr(library, "verify_password", lambda *given: compared.append(given) or verify(*given))
    monkeypatch.setattr(library, "hash_password", lambda *given: made.append(given) or make(*given))
    send(portal.client(), "/en/login", email="first@example.org", password="falsch")
    compared.clear()
    made.clear()
    send(portal.client(), "/en/login", email="nobody@example.org", password="falsch")
    send(portal.client(), "/en/login", email=portal.account("officer").email, password="falsch")
    send(portal.client(), "/en/login", email=portal.account("officer", password=None).email, password="falsch")
    assert (len(compared), made) == (3, [])


def test_an_empty_form_says_at_each_field_what_is_missing(portal):
    answer = send(portal.client(), "/en/login", email="", password="")
    assert answer.status_code == 422
    assert "Please enter your email address." in told(answer)
    assert "Please enter your password." in told(answer)
    assert answer.text.count('aria-invalid="true"') == 2


def test_a_nul_byte_is_refused_with_a_page(portal):
    assert send(portal.client(), "/de/login", email="a\x00@example.org", password=PASSWORD).status_code == 422


def test_the_password_is_never_written_back_into_the_page(portal):
    answer = portal.sign_in(portal.account("officer"), password="mein-geheimes-wort")
    assert "mein-geheimes-wort" not in answer.text


def test_a_hash_of_weaker_parameters_is_replaced_when_signing_in(portal):
    account = portal.account("officer")
    portal.sign_in(account)
    assert portal.reread(account).password != HASHED
    assert argon2.verify(PASSWORD, portal.reread(account).password)


def test_the_cookie_of_a_session_cannot_be_read_by_scripts_or_sent_from_elsewhere(portal):
    cookie = portal.sign_in(portal.account("officer")).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_cookies_are_secure_where_the_portal_is_reached_by_https(portal):
    settings = portal.app.extensions["landportal"].settings
    https = read_settings({
        "LANDPORTAL_DATABASE_URL": settings.database_url.replace("+psycopg", ""), "LANDPORTAL_SECRET_KEY": "tests",
        "LANDPORTAL_PUBLIC_URL": "https://portal.example.org", "LANDPORTAL_BASEMAP": "none",
    })  # fmt: skip
    app = create_app(https)
    assert "Secure" in app.test_client().get("/de/login").headers["Set-Cookie"]
    app.extensions["landportal"].engine.dispose()


@pytest.mark.parametrize("path", ["/de/imprint", "/de/areas", "/tiles/areas/5/16/10.mvt", "/healthz"])
def test_public_visitors_get_no_cookie(portal, path):
    assert "Set-Cookie" not in portal.client().get(path).headers


def test_public_machines_answers_do_not_vary_by_cookie(portal):
    client = portal.client()
    portal.sign_in(portal.account("officer"), client=client)
    assert "Cookie" not in client.get("/tiles/areas/5/16/10.mvt").headers.get("Vary", "")


def test_pages_of_whoever_is_signed_in_are_kept_in_no_cache(portal):
    client = portal.client()
    portal.sign_in(portal.account("officer"), client=client)
    assert client.get("/de/imprint").headers["Cache-Control"] == "no-store"
    assert portal.client().get("/de/imprint").headers.get("Cache-Control") != "no-store"


def test_a_session_ends_after_a_working_day(portal):
    account = portal.account("officer")
    client = signed_in(portal.app, account)
    assert opens(client)
    with client.session_transaction() as session:
        session["fs_paa"] = time.time() - 12 * 3600 - 1
    assert not opens(client)


def test_signing_out_ends_the_session(portal):
    client = portal.client()
    portal.sign_in(portal.account("officer"), client=client)
    answer = send(client, "/en/logout", page="/en/desk/account")
    assert answer.location == "/en/login"
    assert not opens(client)


def test_signing_out_by_a_link_is_impossible(portal):
    client = portal.client()
    portal.sign_in(portal.account("officer"), client=client)
    assert client.get("/en/logout").status_code == 405
    assert opens(client)


def test_whoever_is_signed_in_is_not_asked_again(portal):
    client = portal.client()
    portal.sign_in(portal.account("officer"), client=client)
    assert client.get("/de/login?next=/de/areas").location == "/de/areas"


@pytest.mark.parametrize(("roles", "page"), [(["officer"], "/en/desk/"), (["planner"], "/en/desk/")])
def test_after_signing_in_everybody_begins_where_the_work_is(portal, roles, page):
    assert portal.sign_in(portal.account(*roles)).location == page


# ------------------------------------------------------------------- the way back


def test_a_page_that_needs_signing_in_leads_there_and_back(portal):
    client, account = portal.client(), portal.account("officer")
    asked = client.get("/en/desk/account?x=1")
    assert (asked.status_code, asked.location) == (303, "/en/login?next=/en/desk/account?x%3D1")
    page = client.get(asked.location).text
    way_back = re.search(r'name="next" value="([^"]+)"', page).group(1)
    answer = client.post(
        "/en/login",
        data={"csrf_token": form_token(page), "email": account.email, "password": PASSWORD, "next": way_back},
    )
    assert answer.location == "/en/desk/account?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://example.org/", "//example.org/", "/\\example.org", "\\\\example.org", "javascript:alert(1)",
     "/%0d%0aSet-Cookie:x", "/\tx//example.org", "example.org", "/a\\b"],
)  # fmt: skip
def test_nobody_is_sent_to_another_site_after_signing_in(portal, elsewhere):
    answer = portal.sign_in(portal.account("officer"), next=elsewhere)
    assert not urlsplit(answer.location).netloc
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))


def test_only_addresses_of_our_own_are_a_way_back():
    assert own_address("/de/desk/?page=2") == "/de/desk/?page=2"
    assert [own_address(bad) for bad in (None, "", "x", "//x", "/\\x", "http://x", "/\nx")] == [None] * 7


# ------------------------------------------------------------------- forged forms


@pytest.mark.parametrize("token", ["", "forged", None])
@pytest.mark.parametrize(("lang", "words"), [("de", "/de/login"), ("en", "This form has expired.")])
def test_a_form_without_the_right_token_is_refused_with_a_page(portal, token, lang, words):
    fields = {"email": "a@example.org", "password": "x"} | ({} if token is None else {"csrf_token": token})
    answer = portal.client().post(f"/{lang}/login", data=fields)
    assert answer.status_code == 400
    assert words in answer.text
    assert "<h1>" in answer.text


def test_a_token_of_another_session_is_refused(portal):
    mine, other = portal.client(), portal.client()
    portal.sign_in(portal.account("officer"), client=mine)
    mine.get("/en/desk/account")
    stolen = form_token(other.get("/en/login").text)
    assert mine.post("/en/desk/account/sessions", data={"csrf_token": stolen}).status_code == 400
    assert opens(mine)


def test_scripts_send_the_token_as_a_header(portal):
    client = portal.client()
    portal.sign_in(portal.account("officer"), client=client)
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/en/desk/account").text).group(1)
    assert client.post("/en/desk/account/sessions", headers={"X-CSRFToken": token}).status_code == 303


def test_scripts_are_told_that_the_session_has_ended(portal):
    client = portal.client()
    token = form_token(client.get("/en/login").text)
    answer = client.post("/en/desk/account/sessions", headers={"X-CSRFToken": token})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


def test_the_public_pages_carry_no_token(portal):
    assert "csrf" not in portal.client().get("/de/imprint").text


# ------------------------------------------------------------------ second factor


class Phone:
    """An authenticator app that was given the key on the page."""

    def __init__(self, page: str) -> None:
        key = re.search(r'class="secret-key">([^<]+)<', page).group(1).replace("-", "").replace(" ", "")
        self.totp = TOTP(key=key, format="base32")

    def code(self, later_s: int = 0) -> str:
        return self.totp.generate(time.time() + later_s).token


SET_UP = "/en/desk/account/second-factor"


def set_up(client: FlaskClient) -> tuple[Phone, list[str]]:
    page = client.get(SET_UP).text
    phone = Phone(page)
    answer = client.post(SET_UP, data={"csrf_token": form_token(page), "code": phone.code(-30)})
    assert answer.status_code == 200
    return phone, re.findall(r"<li><code>([^<]+)</code>", answer.text)


@pytest.fixture
def with_phone(portal):
    """An officer with a second factor: account, phone, recovery codes."""
    account, client = portal.account("officer"), portal.client()
    portal.sign_in(account, client=client)
    return account, *set_up(client)


def second_step(portal, account, code, recovery=False, client=None):
    client = client or portal.client()
    answer = portal.sign_in(account, client=client)
    assert answer.location == "/en/login/code"
    page = "/en/login/code?recovery=1" if recovery else "/en/login/code"
    return client, send(client, "/en/login/code", page=page, code=code, **({"recovery": "1"} if recovery else {}))


def test_a_second_factor_is_set_up_from_a_picture_or_a_key_and_shows_ten_recovery_codes(portal):
    client = portal.client()
    portal.sign_in(portal.account("officer"), client=client)
    page = client.get(SET_UP).text
    assert '<svg class="qr-code" role="img"' in page
    assert len(set(set_up(client)[1])) == 10


def test_the_secret_and_the_recovery_codes_are_kept_encrypted(portal, with_phone):
    account, phone, codes = with_phone
    kept = portal.reread(account)
    assert phone.totp.base32_key not in kept.tf_totp_secret
    assert not set(codes) & set(kept.mf_recovery_codes)


def test_the_password_alone_opens_nothing_where_there_is_a_second_factor(portal, with_phone):
    account, *_ = with_phone
    client = portal.client()
    portal.sign_in(account, client=client)
    assert not opens(client)


def test_the_right_code_opens(portal, with_phone):
    account, phone, _ = with_phone
    client, answer = second_step(portal, account, phone.code())
    assert answer.location == "/en/desk/"
    assert opens(client)


def test_a_code_counts_once(portal, with_phone):
    account, phone, _ = with_phone
    code = phone.code()
    second_step(portal, account, code)
    client, again = second_step(portal, account, code)
    assert again.status_code == 422
    assert "used before" in told(again)
    assert not opens(client)


def test_one_code_sent_twice_at_once_opens_once(portal, with_phone):
    account, phone, _ = with_phone
    clients = [portal.client(), portal.client()]
    tokens = []
    for client in clients:
        portal.sign_in(account, client=client)
        tokens.append(form_token(client.get("/en/login/code").text))
    code = phone.code()

    def enter(client, token):
        return client.post("/en/login/code", data={"csrf_token": token, "code": code}).status_code

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(enter, clients, tokens)) == [303, 422]


@pytest.mark.parametrize("code", ["000000", "abc", "12345678901234567890", "١٢٣٤٥٦", "''; --"])
def test_a_wrong_code_is_refused(portal, with_phone, code):
    account, *_ = with_phone
    client, answer = second_step(portal, account, code)
    assert answer.status_code == 422
    assert not opens(client)


def test_a_recovery_code_opens_once(portal, with_phone):
    account, _, codes = with_phone
    client, answer = second_step(portal, account, codes[3].upper(), recovery=True)
    assert answer.status_code == 303
    assert "You have 9 left" in client.get("/en/desk/account").text
    assert second_step(portal, account, codes[3], recovery=True)[1].status_code == 422
    assert second_step(portal, account, codes[4], recovery=True)[1].status_code == 303


def test_new_recovery_codes_replace_the_old_ones(portal, with_phone):
    account, phone, codes = with_phone
    client, _ = second_step(portal, account, phone.code())
    answer = send(client, f"{SET_UP}/codes", page=SET_UP, code=phone.code(30))
    assert len(set(re.findall(r"<li><code>([^<]+)</code>", answer.text)) - set(codes)) == 10
    assert second_step(portal, account, codes[0], recovery=True)[1].status_code == 422


def test_the_second_factor_is_removed_against_a_code(portal, with_phone):
    account, phone, _ = with_phone
    client, _ = second_step(portal, account, phone.code())
    assert send(client, f"{SET_UP}/remove", page=SET_UP, code="000000").status_code == 422
    assert send(client, f"{SET_UP}/remove", page=SET_UP, code=phone.code(30)).status_code == 303
    assert portal.reread(account).tf_totp_secret is None
    assert portal.sign_in(account).location == "/en/desk/"


def test_the_code_must_follow_the_password_soon(portal, with_phone):
    account, phone, _ = with_phone
    client = portal.client()
    portal.sign_in(account, client=client)
    token = form_token(client.get("/en/login/code").text)
    with client.session_transaction() as session:
        session["second_factor_of"] = {**session["second_factor_of"], "at": time.time() - 601}
    answer = client.post("/en/login/code", data={"csrf_token": token, "code": phone.code()})
    assert answer.location == "/en/login"
    assert not opens(client)


def test_an_administrator_reaches_nothing_before_the_second_factor(portal):
    client, account = portal.client(), portal.account("administrator", "officer", ags="16")
    answer = portal.sign_in(account, client=client)
    assert answer.location.startswith(SET_UP)
    refused = client.get("/en/desk/organisation/")
    assert (refused.status_code, refused.location.split("?")[0]) == (303, SET_UP)
    set_up(client)
    assert client.get("/en/desk/organisation/").status_code == 200


def test_an_administrator_cannot_remove_its_second_factor(portal):
    client, account = portal.client(), portal.account("administrator", ags="16")
    portal.sign_in(account, client=client)
    phone, _ = set_up(client)
    answer = send(client, f"{SET_UP}/remove", page=SET_UP, code=phone.code())
    assert answer.status_code == 403
    assert portal.reread(account).tf_totp_secret is not None


# ----------------------------------------------------------------------- guessing


def fail(portal, email, times, origin="192.0.2.99"):
    for _ in range(times):
        answer = send(portal.client(origin), "/en/login", email=email, password="falsch")
    return answer


def test_an_account_is_locked_after_five_wrong_passwords_and_its_holder_told_once(portal):
    account = portal.account("officer", language="en")
    assert "locked" not in told(fail(portal, account.email, ACCOUNT_FAILURES_MAX - 1, "192.0.2.10"))
    assert "locked for 15 minutes" in told(fail(portal, account.email, 1, "192.0.2.10"))
    locked = portal.sign_in(account, client=portal.client("192.0.2.11"))
    assert (locked.status_code, "locked for 15 minutes" in told(locked)) == (422, True)
    fail(portal, account.email, 2, "192.0.2.12")
    assert [mail.recipient for mail in portal.mails("locked")].count(account.email) == 1


def test_an_address_without_account_is_locked_in_the_same_words(portal):
    account = portal.account("officer")
    known = fail(portal, account.email, ACCOUNT_FAILURES_MAX, "192.0.2.13")
    unknown = fail(portal, "nobody-here@example.org", ACCOUNT_FAILURES_MAX, "192.0.2.14")
    assert told(known) == told(unknown) != ""


def test_a_lock_opens_by_itself(portal):
    account = portal.account("officer")
    fail(portal, account.email, ACCOUNT_FAILURES_MAX, "192.0.2.15")
    portal.pass_time(minutes=16)
    assert portal.sign_in(account, client=portal.client("192.0.2.15")).status_code == 303


def test_wrong_codes_count_like_wrong_passwords(portal, with_phone):
    account, phone, codes = with_phone
    client = portal.client("192.0.2.16")
    portal.sign_in(account, client=client)
    for number in range(ACCOUNT_FAILURES_MAX):
        recovery = {"recovery": "1"} if number % 2 else {}
        answer = send(client, "/en/login/code", code="000000", **recovery)
    assert "locked for 15 minutes" in told(answer)
    assert send(client, "/en/login/code", code=phone.code()).status_code == 422
    assert send(client, "/en/login/code", code=codes[0], recovery="1").status_code == 422


def test_signing_in_makes_earlier_failures_count_no_more(portal):
    account = portal.account("officer")
    for _ in range(2):
        fail(portal, account.email, ACCOUNT_FAILURES_MAX - 1, "192.0.2.17")
        assert portal.sign_in(account, client=portal.client("192.0.2.17")).status_code == 303


def test_an_origin_that_keeps_failing_is_told_to_wait_whatever_the_account(portal):
    origin = "192.0.2.18"
    for number in range(ORIGIN_FAILURES_MAX):
        send(portal.client(origin), "/en/login", email=f"{number}@example.org", password="falsch")
    answer = portal.sign_in(portal.account("officer"), client=portal.client(origin))
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "Too many attempts." in answer.text
    assert portal.sign_in(portal.account("officer"), client=portal.client("192.0.2.19")).status_code == 303
    portal.pass_time(minutes=16)
    assert portal.sign_in(portal.account("officer"), client=portal.client(origin)).status_code == 303


def test_many_guesses_at_once_are_counted_like_many_in_a_row(portal):
    account = portal.account("officer")

    def guess(number):
        return told(send(portal.client("192.0.2.20"), "/en/login", email=account.email, password=f"falsch {number}"))

    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(guess, range(12)))
    assert sum("is wrong" in answer for answer in answers) == ACCOUNT_FAILURES_MAX - 1
    assert len([e for e in portal.audit("sign_in_failed") if e.subject == account.email]) == ACCOUNT_FAILURES_MAX


def test_of_an_ipv6_address_the_network_counts():
    first, neighbour = guessing.origin_of("k", "2001:db8::1"), guessing.origin_of("k", "2001:db8::ffff:1")
    assert first == neighbour != guessing.origin_of("k", "2001:db8:0:1::1")
    assert guessing.origin_of("k", "::ffff:192.0.2.1") == guessing.origin_of("k", "192.0.2.1")


def test_the_log_keeps_no_address_of_a_visitor(portal):
    fail(portal, "nobody-else@example.org", 1, "192.0.2.21")
    origin = portal.audit("sign_in_failed")[-1].origin
    assert "192.0.2.21" not in origin
    assert origin != hashlib.sha256(b"192.0.2.21").hexdigest()[:32]


# ---------------------------------------------------------------------- passwords


def link_in(mail: OutgoingMail) -> str:
    return urlsplit(re.search(r"https?://\S+", mail.body).group()).path


def reset_link(portal, account) -> str:
    send(portal.client(), "/en/password", email=account.email)
    return link_in([mail for mail in portal.mails("reset") if mail.recipient == account.email][-1])


NEW = "ein anderer langer Satz"


def test_a_forgotten_password_is_set_by_mail_once(portal):
    account = portal.account("officer")
    elsewhere = signed_in(portal.app, account)
    link = reset_link(portal, account)
    answer = send(portal.client(), link, new_password=NEW, again=NEW)
    assert answer.location == "/de/login"
    assert portal.sign_in(account, NEW).status_code == 303
    assert portal.sign_in(account).status_code == 422
    assert not opens(elsewhere)
    assert portal.client().get(link).status_code == 410
    assert portal.mails("password_changed")[-1].recipient == account.email


def test_opening_a_link_changes_nothing(portal):
    account = portal.account("officer")
    link = reset_link(portal, account)
    for _ in range(3):
        assert portal.client().get(link).status_code == 200
    assert portal.reread(account).password == HASHED


def test_a_link_used_twice_at_once_sets_one_password(portal):
    account = portal.account("officer")
    link = reset_link(portal, account)
    clients = [portal.client(), portal.client()]
    tokens = [form_token(client.get(link).text) for client in clients]

    def choose(client, token, password):
        return client.post(link, data={"csrf_token": token, "new_password": password, "again": password}).status_code

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(choose, clients, tokens, [NEW, NEW + "!"])) == [303, 410]


def test_asking_for_a_link_answers_alike_whether_the_account_exists(portal):
    known = send(portal.client(), "/en/password", email=portal.account("officer").email)
    unknown = send(portal.client(), "/en/password", email="nobody@example.org")
    odd = send(portal.client(), "/en/password", email="no address")
    assert {(answer.status_code, answer.location) for answer in (known, unknown, odd)} == {(303, "/en/password/sent")}


def test_at_most_three_reset_mails_an_hour_go_to_an_address(portal):
    account = portal.account("officer")
    for _ in range(RESET_MAILS_PER_HOUR_MAX + 2):
        send(portal.client(), "/en/password", email=account.email)
    count = [mail.recipient for mail in portal.mails("reset")].count(account.email)
    assert count == RESET_MAILS_PER_HOUR_MAX
    portal.pass_time(minutes=61)
    send(portal.client(), "/en/password", email=account.email)
    assert [mail.recipient for mail in portal.mails("reset")].count(account.email) == count + 1


def test_an_origin_that_asks_for_one_address_after_the_other_is_told_to_wait(portal):
    origin = "192.0.2.31"
    for number in range(ORIGIN_FAILURES_MAX):
        send(portal.client(origin), "/en/password", email=f"reset{number}@example.org")
    assert send(portal.client(origin), "/en/password", email="one-more@example.org").status_code == 429


def test_a_new_password_opens_a_locked_account_at_once(portal):
    account = portal.account("officer")
    fail(portal, account.email, ACCOUNT_FAILURES_MAX, "192.0.2.30")
    send(portal.client(), reset_link(portal, account), new_password=NEW, again=NEW)
    assert portal.sign_in(account, NEW).status_code == 303


@pytest.mark.parametrize("harm", [lambda link: link[:-3] + "abc", lambda link: link + "x", lambda link: link[:-9]])
def test_an_altered_link_is_refused_with_the_next_step(portal, harm):
    answer = portal.client().get(harm(reset_link(portal, portal.account("officer"))))
    assert answer.status_code == 410
    assert "/de/password" in answer.text


def test_a_link_for_one_purpose_serves_no_other(portal):
    link = reset_link(portal, portal.account("officer"))
    assert portal.client().get(link.replace("/password/", "/invitation/")).status_code == 410


def test_a_link_expires(portal, monkeypatch):
    link = reset_link(portal, portal.account("officer"))
    real = time.time
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: real() + 3601)
    answer = portal.client().get(link)
    assert answer.status_code == 410


def test_a_link_of_a_disabled_account_is_refused(portal):
    account = portal.account("officer")
    link = reset_link(portal, account)
    with db.transaction(portal.owner) as session:
        session.get(Account, account.id).active = False
    assert portal.client().get(link).status_code == 410


@pytest.mark.parametrize(
    "weak",
    ["kurz", "elf Zeichen", "aaaaaaaaaaaaaaa", "123456789012", "abcdefghijklm", "Passwort12345!", "landportal2026",
     "111222111222", "1234567890123456", "            x", "w" * 300],
)  # fmt: skip
def test_a_password_that_guessing_starts_with_is_refused(portal, weak):
    account = portal.account("officer")
    link = reset_link(portal, account)
    answer = send(portal.client(), link, new_password=weak, again=weak)
    assert answer.status_code == 422
    assert portal.reread(account).password == HASHED


def test_ones_own_address_is_no_password(portal):
    account = portal.account("officer", email="somebody.with.long.name@example.org")
    link = reset_link(portal, account)
    answer = send(portal.client(), link, new_password="somebody.with.long.name", again="somebody.with.long.name")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "strong", ["vier Worte ohne Bezug", "Übergrößenträger 7", "x7!kQp2$Lm9#", "日本語のパスワードです長い"]
)
def test_any_long_password_of_any_signs_is_taken(portal, strong):
    account = portal.account("officer")
    send(portal.client(), reset_link(portal, account), new_password=strong, again=strong)
    assert portal.sign_in(account, strong).status_code == 303


def test_the_same_password_written_by_another_keyboard_is_the_same(portal):
    account = portal.account("officer")
    composed, decomposed = "Grünfläche am Wald", "Gru\u0308nfla\u0308che am Wald"
    send(portal.client(), reset_link(portal, account), new_password=composed, again=composed)
    assert portal.sign_in(account, decomposed).status_code == 303


def test_two_different_new_passwords_are_refused(portal):
    answer = send(portal.client(), reset_link(portal, portal.account("officer")), new_password=NEW, again=NEW + "x")
    assert answer.status_code == 422


def test_changing_the_password_ends_sessions_elsewhere_and_keeps_this_one(portal):
    account, client = portal.account("officer"), portal.client()
    elsewhere = signed_in(portal.app, account)
    portal.sign_in(account, client=client)
    page = "/en/desk/account/password"
    wrong = send(client, page, password="falsch", new_password=NEW, again=NEW)
    assert "This is not your password." in told(wrong)
    assert send(client, page, password=PASSWORD, new_password=NEW, again=NEW).status_code == 303
    assert opens(client)
    assert not opens(elsewhere)
    assert portal.mails("password_changed")[-1].recipient == account.email


# -------------------------------------------------------------------- own account


def test_name_language_and_reminders_are_ones_own(portal):
    account, client = portal.account("officer"), portal.client()
    portal.sign_in(account, client=client)
    assert send(client, "/en/desk/account", name="  Büro   Gotha ", language="en").status_code == 303
    kept = portal.reread(account)
    assert (kept.name, kept.language, kept.digest) == ("Büro Gotha", "en", False)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "language": "de"},
        {"name": "x", "language": "fr"},
        {"name": "x" * 121, "language": "de"},
        {"name": "   ", "language": "de"},
    ],
)
def test_a_wrong_entry_changes_nothing(portal, fields):
    account, client = portal.account("officer"), portal.client()
    portal.sign_in(account, client=client)
    assert send(client, "/en/desk/account", **fields).status_code == 422
    assert portal.reread(account).name == account.name


def test_signing_out_everywhere_ends_every_session(portal):
    account, client = portal.account("officer"), portal.client()
    elsewhere = signed_in(portal.app, account)
    portal.sign_in(account, client=client)
    send(client, "/en/desk/account/sessions", page="/en/desk/account")
    assert (opens(client), opens(elsewhere)) == (False, False)


def test_a_disabled_account_is_out_with_the_next_click(portal):
    account, client = portal.account("officer"), portal.client()
    portal.sign_in(account, client=client)
    with db.transaction(portal.owner) as session:
        session.get(Account, account.id).active = False
    assert not opens(client)


def test_the_header_says_for_whom_one_is_signed_in(portal):
    client = portal.client()
    assert "Sign in" in client.get("/en/imprint").text
    portal.sign_in(portal.account("officer"), client=client)
    page = client.get("/en/imprint").text
    assert "Organisation 16067" in page
    assert "Sign out" in page


@pytest.mark.parametrize(("kind", "lang", "word"), [("reset", "de", "Guten Tag"), ("reset", "en", "Hello")])
def test_mails_are_written_in_the_language_of_the_account(portal, kind, lang, word):
    account = portal.account("officer", language=lang)
    send(portal.client(), "/en/password", email=account.email)
    mail = [mail for mail in portal.mails(kind) if mail.recipient == account.email][-1]
    assert mail.body.startswith(word)
    assert f"/{lang}/password/" in mail.body
    assert mail.language == lang
