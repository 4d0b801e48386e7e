"""The public figures of freshness, and the page behind a digest's link: what it shows, and what it refuses to do."""

import csv
import datetime as dt
import io
import re

import pytest
from sqlalchemy import create_engine, select, text

from landportal import db
from landportal.config import read_settings
from landportal.model import Account, OutgoingMail
from landportal.services import digests
from landportal.web import create_app
from tests.conftest import Land, add_account

NOW = dt.datetime.now(dt.UTC)


class Portal:
    """An application on a database of its own in which officers were reminded."""

    def __init__(self, url):
        environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_SECRET_KEY": "tests", "LANDPORTAL_BASEMAP": "none"}
        self.settings = read_settings({**environ, "LANDPORTAL_PUBLIC_URL": "https://portal.example.org"})
        self.client = create_app(self.settings).test_client()
        self.engine = create_engine(url)

    def run(self, statement, **values):
        with self.engine.begin() as connection:
            return connection.execute(text(statement), values)

    def value(self, statement, **values):
        with self.engine.connect() as connection:
            return connection.scalar(text(statement), values)

    def remind(self):
        """The path of the link each account was sent, by address."""
        with db.transaction(self.engine) as session:
            digests.remind(session, self.settings)
            mails = session.scalars(select(OutgoingMail)).all()
        return {
            mail.recipient: re.search(r"https://portal\.example\.org(/\S+/confirm/\S+)", mail.body)[1] for mail in mails
        }

    def confirmed(self):
        with self.engine.connect() as connection:
            fresh = "select number from parcel where confirmed_at > now() - interval '1 hour' order by number"
            return connection.scalars(text(fresh)).all()


@pytest.fixture
def portal(database_url):
    portal = Portal(database_url)
    with db.transaction(portal.engine) as session:
        land = Land(session)
        ages = {"A": 100, "B": 50, "C": 40, "FRESH": 2}
        for place, (number, days) in enumerate(ages.items()):
            confirmed_at = NOW - dt.timedelta(days=days)
            land.parcel(number, name_de=f"Fläche {number}", east_km=1 + 2 * place, confirmed_at=confirmed_at)
        land.parcel("OTHER", east_km=25, confirmed_at=NOW - dt.timedelta(days=200))
        add_account(session, "officer", ags="16067089", email="town@example.org", name="Wirtschaft Hörsel")
        add_account(session, "officer", ags="16067072", email="other@example.org", name="Wirtschaft Waltershausen")
    yield portal
    portal.engine.dispose()
    portal.client.application.extensions["landportal"].engine.dispose()


@pytest.fixture
def link(portal):
    return portal.remind()["town@example.org"]


def test_the_link_shows_the_officers_due_parcels_ticked_without_sign_in(portal, link):
    page = portal.client.get(link)
    assert page.status_code == 200
    assert re.findall(r'name="number" value="(\w+)" checked', page.text) == ["A", "B", "C"]
    assert "OTHER" not in page.text
    assert "zuletzt vor 100 Tagen" in page.text or "last confirmed 100 days ago" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in page.headers


def test_a_scanner_that_follows_the_link_confirms_nothing(portal, link):
    version = "select sum(version) from parcel"
    before = portal.value(version)
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        portal.client.open(link, method=method)
    assert portal.client.put(link).status_code == 405
    assert portal.value(version) == before
    assert portal.confirmed() == []


def test_the_button_confirms_what_is_ticked_in_the_officers_name(portal, link):
    answer = portal.client.post(link, data={"number": ["A", "C"]})
    assert (answer.status_code, answer.location) == (303, link)
    assert portal.confirmed() == ["A", "C"]
    change = portal.run(
        "select c.through, a.email, p.confirmed_by from change c join parcel p on p.change_id = c.id"
        " join account a on a.id = c.account_id where p.number = 'A'"
    ).one()
    assert change == ("link", "town@example.org", "Organisation 16067089")
    after = portal.client.get(link).text
    assert re.findall(r'name="number" value="(\w+)"', after) == ["B"]
    assert 'role="status"' in after


def test_parcels_of_others_and_unlisted_ones_are_never_confirmed(portal, link):
    portal.client.post(link, data={"number": ["OTHER", "FRESH", "NO-SUCH", "' or 1=1"]})
    assert portal.value("select count(*) from change where through = 'link'") == 0
    other = portal.remind()["other@example.org"]
    portal.client.post(other, data={"number": ["A", "OTHER"]})
    assert portal.confirmed() == ["OTHER"]


def test_a_parcel_that_left_the_scope_is_left_out_and_told(portal, link):
    portal.run("update parcel set geom = st_translate(geom, 22000, 0) where number = 'B'")
    portal.run("update parcel set status = 'withdrawn' where number = 'C'")
    page = portal.client.get(link).text
    assert re.findall(r'name="number" value="(\w+)"', page) == ["A"]
    assert page.index("Fläche B") > page.index("left-out-title")
    portal.client.post(link, data={"number": ["A", "B", "C"]})
    assert portal.confirmed() == ["A"]


def test_what_has_ended_waits_for_a_decision_and_is_not_ticked(portal):
    portal.run("update parcel set status = 'reserved', status_until = current_date - 3 where number = 'A'")
    page = portal.client.get(portal.remind()["town@example.org"]).text
    assert re.findall(r'name="number" value="(\w+)" checked', page) == ["B", "C"]
    assert 'id="e-A"' in page


def test_nothing_ticked_is_told_and_changes_nothing(portal, link):
    answer = portal.client.post(link, data={})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert portal.confirmed() == []


@pytest.mark.parametrize("lang", ["de", "en"])
def test_an_altered_link_is_told_with_the_way_to_sign_in(portal, link, lang):
    address = f"/{lang}{link[3:]}"
    for broken in (address[:-6], address.replace("confirm/", "confirm/x"), f"/{lang}/confirm/{'x' * 3000}"):
        for answer in (portal.client.get(broken), portal.client.post(broken, data={"number": "A"})):
            assert answer.status_code == 400
            assert f'href="/{lang}/desk/"' in answer.text
            assert answer.headers["Cache-Control"] == "no-store"
    assert portal.confirmed() == []


def test_an_expired_link_is_gone(portal, link, monkeypatch):
    import time

    later = time.time() + 15 * 86_400
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert portal.client.get(link).status_code == 410
    assert portal.client.post(link, data={"number": "A"}).status_code == 410
    assert portal.confirmed() == []


@pytest.mark.parametrize(
    "change", ["account set active = false", "account set fs_uniquifier = email", "organisation set active = false"]
)
def test_a_disabled_or_signed_out_account_ends_its_link(portal, link, change):
    portal.run(f"update {change}")
    assert portal.client.get(link).status_code == 400
    assert portal.client.post(link, data={"number": "A"}).status_code == 400
    assert portal.confirmed() == []


def test_the_link_signs_nobody_in(portal, link):
    portal.client.get(link)
    portal.client.post(link, data={"number": "A"})
    assert portal.client.get("/de/desk/account").status_code == 303
    with db.transaction(portal.engine) as session:
        uniquifiers = session.scalars(select(Account.fs_uniquifier)).all()
    assert all(uniquifier not in link for uniquifier in uniquifiers)


# ------------------------------------------------------------------------------------------------ the public figures


def rows(page):
    return re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a>', page)


def test_the_page_leads_from_counties_to_municipalities_to_their_parcels(portal):
    client = portal.client
    assert rows(client.get("/de/freshness").text) == [("/de/freshness?county=16067", "Gotha")]
    page = client.get("/de/freshness?county=16067").text
    assert rows(page) == [("/de/parcels?ags=16067089", "Hörsel"), ("/de/parcels?ags=16067072", "Waltershausen")]
    assert "3 von 4" in page or "3 of 4" in page
    assert rows(client.get("/de/freshness?county=16067&sort=share").text)[0][1] == "Waltershausen"
    assert rows(client.get("/de/freshness?county=16067&sort=-share").text)[0][1] == "Hörsel"
    assert 'aria-sort="descending"' in client.get("/de/freshness?sort=-sites").text


@pytest.mark.parametrize(
    "query", ["sort=colour", "county=99999", "county=16067089", "page=2", "county=' or 1=1", "sort=--share"]
)
def test_what_the_address_cannot_mean_is_told(portal, query):
    assert portal.client.get(f"/de/freshness?{query}").status_code == 422


def test_machines_get_every_figure_as_json_and_csv(portal):
    answer = portal.client.get("/de/freshness.json").json
    assert answer["days"] == 90
    town = next(place for place in answer["places"] if place["ags"] == "16067089")
    assert (town["parcels"], town["confirmed"], town["never_confirmed"]) == (4, 3, 0)
    table = portal.client.get("/en/freshness.csv").get_data().decode("utf-8-sig")
    assert [row["ags"] for row in csv.DictReader(io.StringIO(table), delimiter=";")] == [
        "16067",
        "16067089",
        "16067072",
    ]
    assert portal.client.get("/de/freshness.json?x=1").status_code in {400, 422}


def test_a_name_like_a_formula_stays_text_in_the_table(portal):
    portal.run("update admin_unit set name = '=1+1' where ags = '16067089'")
    assert ";'=1+1;" in portal.client.get("/de/freshness.csv").text


@pytest.mark.parametrize("address", ["/de/parcels?ags=16067089", "/de/parcels/A"])
def test_a_place_and_its_parcels_say_how_fresh_the_place_is(portal, address):
    line = re.search(r'class="coverage-line">(.*?)</p>', portal.client.get(address).text)[1]
    assert line.startswith("Hörsel: 3 ")
    assert 'href="/de/freshness?county=16067"' in line


def test_no_figure_is_shown_where_none_is_meant(portal):
    for address in ("/de/parcels", "/de/parcels?ags=16067089&ags=16067072", "/de/parcels?ags=16"):
        assert "coverage-line" not in portal.client.get(address).text


def test_the_filter_has_its_group_its_chip_and_its_counts(portal):
    page = portal.client.get("/de/parcels?freshness=stale&freshness=due").text
    assert re.findall(r'class="card" data-number="(\w+)"', page) == ["A", "B", "C"]
    assert len(re.findall(r'name="freshness" value="\w+" checked', page)) == 2
    assert dict(re.findall(r'data-count="f-freshness-(\w+)">([^<]*)<', page)) == {
        "fresh": "1", "due": "2", "old": "0", "stale": "1", "unconfirmed": "1",
    }  # fmt: skip
    assert portal.client.get("/de/parcels?freshness=rotten").status_code == 422
    assert portal.client.get("/de/parcels.geojson?freshness=stale").json["numberMatched"] == 1
    assert portal.client.get("/de/parcels.geojson?freshness=rotten").status_code == 400


def test_tiles_honour_the_filter_and_do_not_hold_for_ever(portal):
    tile = "/tiles/parcels/14/8659/5482.mvt"
    address = portal.value("select lon || ' ' || lat from parcel where number = 'A'").split()
    lon, lat = map(float, address)
    import math

    x = int((lon + 180) / 360 * 2**14)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**14)
    tile = f"/tiles/parcels/14/{x}/{y}.mvt"
    with_a = portal.client.get(f"{tile}?freshness=stale")
    assert with_a.status_code == 200
    assert portal.client.get(f"{tile}?freshness=due").status_code == 204
    assert with_a.headers["ETag"].count("-") == 2
    assert portal.client.get(tile).headers["ETag"].count("-") == 1
