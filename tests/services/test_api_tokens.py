"""API tokens: made, kept as a hash, asked whose they are, ended."""

import dataclasses
import datetime as dt
import re
import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from landportal import db
from landportal.errors import InvalidInput, NotFound
from landportal.model import AuditEntry, TokenScope
from landportal.services import api_tokens, audit, guessing
from landportal.services.api_tokens import ACTIVE_MAX, MADE_PER_DAY_MAX, NewToken, TokenRefused
from landportal.services.guessing import TooManyAttempts
from landportal.services.permissions import actor_of
from tests.services.desk_store import desk_store

WANTED = NewToken("QGIS im Büro", TokenScope.WRITE, 30)


@pytest.fixture
def officer(land, account):
    return account("officer", ags="16067089")


def refused(session, secret):
    with pytest.raises(TokenRefused) as told:
        api_tokens.holder(session, secret)
    return told.value.reason


def entries(session, action):
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_token_opens_what_its_account_is(session, officer):
    made = api_tokens.make(session, officer.id, WANTED)
    token, holder = api_tokens.holder(session, made.secret)
    assert (token.id, holder.id, token.scope) == (made.token.id, officer.id, "write")


def test_no_more_than_a_hash_and_a_beginning_is_kept(session, officer):
    secret = api_tokens.make(session, officer.id, WANTED).secret
    assert re.fullmatch(r"lp_[0-9a-f]{48}", secret)
    row = session.scalar(text("select t::text from api_token t"))
    assert secret[:11] in row
    assert secret[11:] not in row


def test_two_tokens_are_never_the_same(session, officer):
    made = {api_tokens.make(session, officer.id, WANTED).secret for _ in range(5)}
    assert len(made) == 5


@pytest.mark.parametrize(
    "secret", ["", "lp_", "lp_" + "0" * 48, "x" * 10_000, "lp_" + "é" * 48, "lp_\x00", "lp_" + "A" * 48]
)
def test_what_is_no_token_opens_nothing(session, officer, secret):
    api_tokens.make(session, officer.id, WANTED)
    assert refused(session, secret) == "unknown"


def test_a_token_ends_with_its_time_its_revocation_or_its_account(session, officer):
    made = api_tokens.make(session, officer.id, WANTED)
    made.token.expires_at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    session.flush()
    assert refused(session, made.secret) == "expired"
    made.token.expires_at = None
    session.flush()
    assert api_tokens.holder(session, made.secret)
    officer.active = False
    session.flush()
    assert refused(session, made.secret) == "disabled"
    officer.active = True
    api_tokens.revoke(session, officer.id, made.token.id)
    assert refused(session, made.secret) == "revoked"


def test_an_administrators_token_waits_for_the_second_factor(session, land, account):
    administrator = account("administrator")
    secret = api_tokens.make(session, administrator.id, WANTED).secret
    assert refused(session, secret) == "second_factor"
    administrator.tf_primary_method, administrator.tf_totp_secret = "authenticator", "x"
    session.flush()
    assert api_tokens.holder(session, secret)


def test_nobody_revokes_anybody_elses_token(session, officer, account):
    made = api_tokens.make(session, officer.id, WANTED)
    with pytest.raises(NotFound):
        api_tokens.revoke(session, account("officer").id, made.token.id)
    assert api_tokens.holder(session, made.secret)


def test_revoking_twice_is_recorded_once(session, officer):
    made = api_tokens.make(session, officer.id, WANTED)
    for _ in range(2):
        api_tokens.revoke(session, officer.id, made.token.id)
    assert [entry.subject for entry in entries(session, "token_revoked")] == [officer.email]


def test_what_is_listed_opens_something(session, officer):
    kept, expired, revoked = (api_tokens.make(session, officer.id, WANTED).token for _ in range(3))
    expired.expires_at = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    api_tokens.revoke(session, officer.id, revoked.id)
    assert [token.id for token in api_tokens.of_account(session, officer.id)] == [kept.id]


def test_making_and_revoking_are_in_the_audit_log_without_the_secret(session, officer, account):
    made = api_tokens.make(session, officer.id, WANTED)
    entry = entries(session, "token_made")[0]
    assert (entry.account_id, entry.facts["token"], entry.facts["scope"]) == (officer.id, "QGIS im Büro", "write")
    assert made.secret not in str(entry.facts)
    administrator = account("administrator", ags="16067089", password="x")
    shown = audit.entries(session, actor_of(administrator)).entries
    assert [entry.action for entry in shown] == ["token_made"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 81}, "name"), ({"name": "a\x07"}, "name"), ({"name": "a\u202eb"}, "name"),
     ({"days": 0}, "days"), ({"days": -1}, "days"), ({"days": 10**9}, "days")],
)  # fmt: skip
def test_a_token_that_makes_no_sense_is_not_made(session, officer, facts, field):
    with pytest.raises(InvalidInput) as told:
        api_tokens.make(session, officer.id, dataclasses.replace(WANTED, **facts))
    assert told.value.field == field


def test_an_account_has_so_many_tokens_and_no_more(session, officer):
    made = [api_tokens.make(session, officer.id, WANTED) for _ in range(ACTIVE_MAX)]
    with pytest.raises(InvalidInput, match="too_many_tokens"):
        api_tokens.make(session, officer.id, WANTED)
    api_tokens.revoke(session, officer.id, made[0].token.id)
    assert api_tokens.make(session, officer.id, WANTED)


def test_making_and_revoking_does_not_go_on_all_day(session, officer):
    for _ in range(MADE_PER_DAY_MAX):
        api_tokens.revoke(session, officer.id, api_tokens.make(session, officer.id, WANTED).token.id)
    with pytest.raises(InvalidInput, match="too_many_tokens_today"):
        api_tokens.make(session, officer.id, WANTED)


def test_the_day_of_the_last_use_is_kept_and_nothing_finer(session, officer):
    token = api_tokens.make(session, officer.id, WANTED).token
    day = dt.date(2026, 3, 14)
    api_tokens.used(session, token.id, day)
    session.refresh(token)
    assert token.last_used_on == day


def test_bad_tokens_of_one_origin_are_counted_and_then_not_even_that(session, officer):
    for _ in range(guessing.ORIGIN_FAILURES_MAX):
        guessing.token_refused(session, "origin", None, "unknown")
    with pytest.raises(TooManyAttempts):
        guessing.token_refused(session, "origin", None, "unknown")
    guessing.token_refused(session, "another", officer.email, "revoked")
    assert len(entries(session, "token_refused")) == guessing.ORIGIN_FAILURES_MAX + 1


def test_many_at_once_do_not_make_more_than_the_limit(database_url, settings):
    with desk_store(database_url, settings) as store:

        def make():
            try:
                with store.writing(store.officer) as session:
                    api_tokens.make(session, store.officer.id, WANTED)
            except InvalidInput:
                pass

        with store.writing(store.officer) as session:
            for _ in range(ACTIVE_MAX - 1):
                api_tokens.make(session, store.officer.id, WANTED)
        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with db.reading(store.owner) as session:
            assert session.scalar(text("select count(*) from api_token")) == ACTIVE_MAX


@pytest.mark.parametrize(
    "statement",
    ["delete from api_token", "update api_token set sha256 = repeat('0', 64)", "update api_token set scope = 'write'",
     "update api_token set expires_at = null", "update api_token set account_id = account_id"],
)  # fmt: skip
def test_the_application_cannot_make_a_token_into_another(session, officer, statement):
    api_tokens.make(session, officer.id, WANTED)
    session.execute(text("set local role landportal_app"))
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text(statement))
