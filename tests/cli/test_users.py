"""``landportal user``: the first administrator, the table, and the way out, against a real database."""

import re
import subprocess
import sys

import pytest
from sqlalchemy import select

from landportal import db
from landportal.model import Account, AuditEntry
from landportal.services import account_links
from landportal.services.account_links import LinkInvalid, LinkKind
from tests.conftest import Land, add_account

KEY = "tests"


@pytest.fixture
def store(database_url, settings):
    owner = db.connect(database_url, settings)
    with db.transaction(owner) as session:
        Land(session)
        add_account(session, "officer", ags="16067", email="officer@example.org", password="x")
    yield owner
    owner.dispose()


@pytest.fixture
def user(database_url, tmp_path):
    def run(*arguments):
        environ = {
            "LANDPORTAL_DATABASE_URL": database_url, "LANDPORTAL_INSTANCE": str(tmp_path), "PATH": "/usr/bin:/bin",
            "LANDPORTAL_SECRET_KEY": KEY, "LANDPORTAL_PUBLIC_URL": "https://portal.example.org", "COLUMNS": "200",
        }  # fmt: skip
        command = [sys.executable, "-m", "landportal.cli", "user", *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)

    return run


def account(store, email):
    with db.reading(store) as session:
        return session.scalar(select(Account).where(Account.email == email))


def linked(store, output):
    """The account that the printed link is for."""
    lang, token = re.search(r"https://portal\.example\.org/(de|en)/invitation/(\S+)", output).groups()
    with db.reading(store) as session:
        return lang, account_links.account_of_link(session, KEY, token, LinkKind.INVITATION).email


ADD = ("add", "--email", "Office@example.org", "--name", "Portal office", "--role", "administrator")


def test_the_first_administrator_gets_a_link_and_no_password(store, user):
    answer = user(*ADD, "--language", "en")
    assert answer.returncode == 0, answer.stderr
    assert linked(store, answer.stdout) == ("en", "office@example.org")
    made = account(store, "office@example.org")
    assert (made.password, made.organisation_id, made.role_names) == (None, None, ["administrator"])


def test_an_account_is_put_into_an_organisation_by_name_or_key(store, user):
    for number, said in enumerate(("16067", "Organisation 16067")):
        answer = user(
            "add", "--email", f"{number}@example.org", "--name", "Amt", "--role", "officer", "--role", "approver",
            "--organisation", said,
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr
        made = account(store, f"{number}@example.org")
        assert (made.organisation.ags, made.role_names) == ("16067", ["approver", "officer"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "--email", "officer@example.org", "--name", "x", "--role", "administrator"), "already"),
        (("add", "--email", "no address", "--name", "x", "--role", "administrator"), "email:"),
        (("add", "--email", "a@example.org", "--name", "x", "--role", "officer"), "Without an organisation"),
        ((*ADD, "--organisation", "Nirgends"), "Known: Organisation 16067"),
        (("disable", "nobody@example.org"), "no account nobody@example.org"),
        (("invite", "nobody@example.org"), "no account nobody@example.org"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(store, user, arguments, words):
    answer = user(*arguments)
    assert answer.returncode == 1
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_role_is_wrong_usage(user):
    assert user("add", "--email", "a@example.org", "--name", "x", "--role", "king").returncode == 2


def test_the_table_shows_every_account(store, user):
    user(*ADD)
    lines = {line.split()[0]: line for line in user("list").stdout.splitlines() if "@" in line}
    assert set(lines) == {"officer@example.org", "office@example.org"}
    assert "Organisation 16067" in lines["officer@example.org"]
    assert "invited" in lines["office@example.org"]
    assert "active" in lines["officer@example.org"]


def test_disabling_ends_sessions_at_once_and_can_be_undone(store, user):
    before = account(store, "officer@example.org")
    assert user("disable", "Officer@example.org").returncode == 0
    after = account(store, "officer@example.org")
    assert (after.active, after.fs_uniquifier != before.fs_uniquifier) == (False, True)
    assert user("enable", "officer@example.org").returncode == 0
    assert account(store, "officer@example.org").active


def test_a_lost_way_in_is_found_again(store, user):
    first = user(*ADD).stdout
    with db.transaction(store) as session:
        made = session.scalar(select(Account).where(Account.email == "office@example.org"))
        made.tf_primary_method, made.tf_totp_secret = "authenticator", "lost"
    again = user("invite", "office@example.org")
    assert linked(store, again.stdout) == ("de", "office@example.org")
    with pytest.raises(LinkInvalid):
        linked(store, first)
    assert account(store, "office@example.org").tf_totp_secret is None


def test_what_the_command_line_does_is_audited(store, user):
    user(*ADD)
    user("disable", "officer@example.org")
    with db.reading(store) as session:
        kept = session.execute(select(AuditEntry.action, AuditEntry.subject).order_by(AuditEntry.id)).all()
    assert kept == [("invited", "office@example.org"), ("disabled", "officer@example.org")]
