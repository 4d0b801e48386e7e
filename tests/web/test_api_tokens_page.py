"""The page of one's own API tokens: made and shown once, listed, revoked, and no token anywhere else."""

import re

import pytest

from landportal import db
from landportal.model import TokenScope
from landportal.services import api_tokens
from landportal.services.api_tokens import NewToken
from tests.conftest import add_account, signed_in
from tests.web.desk_pages import desk_pages, fields_of, words

PAGE = "/en/desk/account/tokens"


@pytest.fixture(scope="module")
def pages(clone, settings):
    with desk_pages(clone("empty"), settings) as pages:
        yield pages


@pytest.fixture
def visitor(pages):
    """An officer of one's own with the page of tokens open."""
    with db.transaction(pages.store.owner) as session:
        account = add_account(session, "officer", ags="16067089", password="x")
    visitor = pages.as_(account)
    visitor.account = account
    return visitor


def make(visitor, **fields):
    once = fields_of(visitor.get(PAGE).text)["once"]
    return visitor.send(PAGE, {"once": once, "name": "QGIS", "scope": "write", "days": "30", **fields})


def secret_on(page):
    found = re.search(r'value="(lp_[0-9a-f]{48})"', page)
    return found.group(1) if found else None


def api(pages, secret):
    return pages.app.test_client().get("/api", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_shown_once_and_opens_the_api(pages, visitor):
    answer = make(visitor)
    secret = secret_on(answer.text)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert api(pages, secret) == 200
    again = visitor.get(PAGE).text
    assert secret not in again
    assert secret[:11] in again
    assert "QGIS" in words(again)


def test_a_form_that_is_sent_twice_makes_one_token(pages, visitor):
    fields = {"once": fields_of(visitor.get(PAGE).text)["once"], "name": "QGIS", "scope": "read", "days": "0"}
    assert secret_on(visitor.send(PAGE, fields).text)
    again = visitor.send(PAGE, fields)
    assert again.status_code == 303
    with db.reading(pages.store.owner) as session:
        assert len(api_tokens.of_account(session, visitor.account.id)) == 1


def test_a_revoked_token_opens_nothing_from_the_next_request_on(pages, visitor):
    secret = secret_on(make(visitor).text)
    action = re.search(rf'action="({PAGE}/\d+/revoke)"', visitor.get(PAGE).text).group(1)
    answer = visitor.send(action, {})
    assert answer.status_code == 303
    assert api(pages, secret) == 401
    page = visitor.get(PAGE).text
    assert "shut out" in words(page)
    assert "None yet" in words(page)


def test_the_list_tells_when_a_token_was_last_used(pages, visitor):
    secret = secret_on(make(visitor).text)
    assert "not yet" in words(visitor.get(PAGE).text)
    api(pages, secret)
    assert "not yet" not in words(visitor.get(PAGE).text)


def test_nobody_sees_or_revokes_anybody_elses_token(pages, visitor):
    with db.transaction(pages.store.owner) as session:
        other = api_tokens.make(session, pages.store.colleague.id, NewToken("Fremd", TokenScope.WRITE, 1))
    assert "Fremd" not in visitor.get(PAGE).text
    assert visitor.send(f"{PAGE}/{other.token.id}/revoke", {}).status_code == 404
    assert visitor.send(f"{PAGE}/99999999999999999999/revoke", {}).status_code == 404
    assert api(pages, other.secret) == 200


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"name": "  "}, {"name": "x" * 81}, {"name": "a\u202eb"}, {"scope": "all"}, {"days": "9999"},
     {"days": "-1"}, {"days": "x"}, {"scope": ""}],
)  # fmt: skip
def test_what_makes_no_sense_is_told_at_the_form(visitor, fields):
    answer = make(visitor, **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert secret_on(answer.text) is None


def test_a_form_of_another_page_makes_no_token(pages, visitor):
    visitor.get(PAGE)
    forged = visitor.client.post(PAGE, data={"name": "x", "scope": "write", "days": "0", "once": "x"})
    assert forged.status_code == 400


def test_too_many_tokens_are_told(pages, visitor):
    with db.transaction(pages.store.owner) as session:
        for _ in range(api_tokens.ACTIVE_MAX):
            api_tokens.make(session, visitor.account.id, NewToken("QGIS", TokenScope.READ, 1))
    answer = make(visitor)
    assert answer.status_code == 422
    assert "revoke one" in words(answer.text)


def test_a_planner_is_not_offered_a_token_that_writes(pages):
    page = signed_in(pages.app, pages.store.planner).get(PAGE).text
    assert 'id="scope-read"' in page
    assert 'id="scope-write"' not in page


def test_an_administrator_without_second_factor_is_sent_to_set_it_up(pages):
    with db.transaction(pages.store.owner) as session:
        administrator = add_account(session, "administrator", ags="16067089", password="x")
    answer = signed_in(pages.app, administrator).get(PAGE)
    assert answer.status_code == 303
    assert "/second-factor" in answer.headers["Location"]


def test_administrators_read_in_the_log_which_tokens_were_made(pages, visitor):
    make(visitor, name="Fachschale")
    facts = {"tf_primary_method": "authenticator", "tf_totp_secret": "x", "password": "x"}
    with db.transaction(pages.store.owner) as session:
        administrator = add_account(session, "administrator", ags="16067089", **facts)
    page = signed_in(pages.app, administrator).get("/de/desk/organisation/log").text
    assert "API-Token erzeugt" in words(page)
    assert "Fachschale (lp_" in words(page)
