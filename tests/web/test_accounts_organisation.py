"""The administrator's pages, through their forms, and what they do to people who are signed in at that moment."""

import re

import pytest
from sqlalchemy import select

from landportal import db
from landportal.config import read_settings
from landportal.model import Account, Organisation, OutgoingMail
from landportal.web import create_app
from tests.conftest import Land, add_account, signed_in
from tests.web.test_accounts import HASHED, NEW, link_in, send, told

HOME = "/en/desk/organisation"
FACTOR = {"tf_primary_method": "authenticator", "tf_totp_secret": "x", "password": HASHED}


@pytest.fixture(scope="module")
def store(clone):
    url = clone("empty")
    settings = read_settings(
        {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    )
    owner = db.connect(url, settings)
    with db.transaction(owner) as session:
        Land(session).area("gewerbepark")
    app = create_app(settings)
    yield app, owner
    app.extensions["landportal"].engine.dispose()
    owner.dispose()


@pytest.fixture
def app(store):
    return store[0]


@pytest.fixture
def account(store):
    def make(*roles, **facts):
        with db.transaction(store[1]) as session:
            return add_account(session, *roles, **{"password": HASHED, **facts})

    return make


@pytest.fixture
def county(account, app):
    """A county's administrator, signed in: account and client."""
    administrator = account("administrator", ags="16067", **FACTOR)
    return administrator, signed_in(app, administrator)


@pytest.fixture
def reread(store):
    def read(known):
        with db.reading(store[1]) as session:
            return session.get(type(known), known.id)

    return read


def newest(store, kind):
    with db.reading(store[1]) as session:
        return session.scalars(select(OutgoingMail).where(OutgoingMail.kind == kind).order_by(-OutgoingMail.id)).first()


def test_who_is_invited_gets_a_mail_sets_a_password_and_signs_in(store, app, county):
    administrator, client = county
    page = f"{HOME}/{administrator.organisation_id}/invite"
    answer = send(client, page, email="New@example.org", name="Neu", roles=["officer", "approver"], language="en")
    assert answer.status_code == 303
    assert "The invitation to New@example.org is on its way." in client.get(answer.location).text
    mail = newest(store, "invitation")
    assert (mail.recipient, mail.language) == ("new@example.org", "en")
    assert administrator.name in mail.body

    visitor = app.test_client()
    assert send(visitor, link_in(mail), new_password=NEW, again=NEW).location == "/en/login"
    assert send(visitor, "/en/login", email="new@example.org", password=NEW).location == "/en/desk/"
    assert visitor.get(link_in(mail)).status_code == 410


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "", "name": "x", "roles": "officer"}, "Please enter an email address."),
        ({"email": "no address", "name": "x", "roles": "officer"}, "This is not an email address."),
        ({"email": "a@example.org", "name": "", "roles": "officer"}, "Please enter a name."),
        ({"email": "a@example.org", "name": "x" * 121, "roles": "officer"}, "at most 120 characters"),
        ({"email": "a@example.org", "name": "x"}, "Please choose at least one role."),
        ({"email": "a@example.org", "name": "x", "roles": "king"}, "king"),
    ],
)
def test_a_wrong_invitation_is_told_at_its_field_and_keeps_what_was_entered(county, fields, words):
    administrator, client = county
    answer = send(client, f"{HOME}/{administrator.organisation_id}/invite", language="de", **fields)
    assert answer.status_code == 422
    assert words in told(answer)
    assert 'aria-invalid="true"' in answer.text or 'id="roles-problem"' in answer.text


def test_the_whole_portal_cannot_be_given_away_by_an_administrator_of_a_county(county):
    _, client = county
    assert client.get(f"{HOME}/0/invite").status_code == 403
    assert client.get(f"{HOME}/portal").status_code == 403


def test_roles_taken_away_are_gone_with_the_next_click(app, account, county):
    _, client = county
    other = account("administrator", ags="16067", **FACTOR)
    elsewhere = signed_in(app, other)
    assert elsewhere.get(f"{HOME}/").status_code == 200
    answer = send(client, f"{HOME}/account/{other.id}/roles", page=f"{HOME}/account/{other.id}", roles="planner")
    assert answer.status_code == 303
    assert elsewhere.get(f"{HOME}/").status_code == 403


def test_a_disabled_account_is_out_at_once_and_may_come_back(app, account, county, reread):
    _, client = county
    other = account("officer", ags="16067")
    elsewhere, page = signed_in(app, other), f"{HOME}/account/{other.id}"
    send(client, f"{page}/disable", page=page)
    assert elsewhere.get("/en/desk/account").status_code == 303
    assert not reread(other).active
    send(client, f"{page}/enable", page=page)
    assert reread(other).active


def test_sessions_and_second_factor_are_ended_by_one_button_each(app, account, county, reread):
    _, client = county
    other = account("officer", ags="16067", **FACTOR)
    elsewhere, page = signed_in(app, other), f"{HOME}/account/{other.id}"
    send(client, f"{page}/sessions", page=page)
    assert elsewhere.get("/en/desk/account").status_code == 303
    send(client, f"{page}/second-factor", page=page)
    assert reread(other).tf_totp_secret is None


def test_a_new_link_ends_the_older_one(store, app, account, county):
    _, client = county
    other = account("officer", ags="16067", password=None)
    page = f"{HOME}/account/{other.id}"
    links = []
    for _ in range(2):
        send(client, f"{page}/invite", page=page)
        links.append(link_in(newest(store, "invitation")))
    assert [app.test_client().get(link).status_code for link in links] == [410, 200]


def test_an_account_is_moved_inside_the_scope(account, county, reread):
    _, client = county
    other, town = account("officer", ags="16067"), account("officer", ags="16067089")
    page = f"{HOME}/account/{other.id}"
    assert send(client, f"{page}/organisation", page=page, organisation=town.organisation_id).status_code == 303
    assert reread(other).organisation_id == town.organisation_id
    state = account("officer", ags="16")
    for goal in (state.organisation_id, "", "x", "999999"):
        assert send(client, f"{page}/organisation", page=page, organisation=goal).status_code in {403, 404}
    assert reread(other).organisation_id == town.organisation_id


def test_the_last_administrator_of_the_portal_is_told_that_it_is_needed(store, app, account):
    with db.transaction(store[1]) as session:
        for other in session.scalars(select(Account).where(Account.role_names.contains(["administrator"]))):
            other.active = False
    only = account("administrator", ags="16", **FACTOR)
    client, page = signed_in(app, only), f"{HOME}/account/{only.id}"
    for step in ("disable", "roles"):
        answer = send(client, f"{page}/{step}", page=page, roles="officer")
        assert answer.status_code == 409
        assert "last administrator" in told(answer)
    assert client.get(f"{HOME}/").status_code == 200


def test_four_eyes_and_name_are_settled_for_an_organisation(account, county, reread, store):
    administrator, client = county
    town = account("officer", ags="16067072")
    page = f"{HOME}/{town.organisation_id}"
    assert send(client, page, name="Stadt Waltershausen", four_eyes="y").status_code == 303
    with db.reading(store[1]) as session:
        kept = session.get(Organisation, town.organisation_id)
    assert (kept.name, kept.four_eyes) == ("Stadt Waltershausen", True)
    taken = reread(administrator).organisation.name
    answer = send(client, page, name=taken)
    assert (answer.status_code, "Another organisation has this name." in told(answer)) == (422, True)


def test_an_organisation_is_made_by_kind_and_place_without_script(store, county):
    _, client = county
    offered = client.get(f"{HOME}/new?kind=municipality&search=hörs").text
    assert re.findall(r'<option value="(\d+)"', offered) == ["16067089"]
    answer = send(
        client, f"{HOME}/new", page=f"{HOME}/new?kind=municipality&search=hörs", kind="municipality",
        place="16067089", name="Gemeinde Hörsel", four_eyes="y",
    )  # fmt: skip
    assert answer.status_code == 303
    assert "Gemeinde Hörsel" in client.get(answer.location).text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "municipality", "place": "99999999", "name": "x"}, 422),
        ({"kind": "municipality", "place": "16067089", "name": ""}, 422),
        ({"kind": "empire", "place": "16067089", "name": "x"}, 422),
        ({"kind": "state_agency", "place": "16", "name": "x"}, 403),
        ({"kind": "planning_association", "place": "gewerbepark", "name": "x"}, 403),
    ],
)
def test_an_organisation_that_cannot_be_is_not_made(county, fields, status):
    _, client = county
    assert send(client, f"{HOME}/new", page=f"{HOME}/new?kind=municipality", **fields).status_code == status


def test_the_log_shows_what_was_done_and_by_whom(account, county):
    administrator, client = county
    other = account("officer", ags="16067")
    page = f"{HOME}/account/{other.id}"
    send(client, f"{page}/roles", page=page, roles=["officer", "planner"])
    rows = re.findall(r"<tr><td.*?</tr>", client.get(f"{HOME}/log?show=permissions").text, re.S)
    assert all(words in rows[0] for words in ("roles changed", administrator.name, other.email, "officer, planner"))
    for odd in ("show=nothing", "page=0", "page=-3", "page=x", "page=999999999999"):
        assert client.get(f"{HOME}/log?{odd}").status_code == 200


def test_names_are_shown_as_text_and_never_run(account, county):
    _, client = county
    other = account("officer", ags="16067", name="<script>alert(1)</script>")
    assert "<script>alert" not in client.get(f"{HOME}/account/{other.id}").text
    assert "<script>alert" not in client.get(f"{HOME}/{other.organisation_id}").text
