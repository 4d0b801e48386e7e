"""Freshness in a browser: from a digest's link to a confirmed parcel, and the public figures; axe finds nothing."""

import datetime as dt
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import create_engine, select

from landportal import db
from landportal.config import read_settings
from landportal.model import OutgoingMail
from landportal.services import digests
from tests.conftest import Land, add_account

NOW = dt.datetime.now(dt.UTC)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['target']}" for each in found]


@pytest.fixture(scope="module")
def store(clone):
    """A store in which two officers, one of each language, look after Hörsel; and the mail each was written."""
    settings = read_settings({"LANDPORTAL_SECRET_KEY": "tests", "LANDPORTAL_PUBLIC_URL": "https://portal.example.org"})
    url = clone("empty")
    engine = create_engine(url)
    with db.transaction(engine) as session:
        land = Land(session)
        for place, days in enumerate((130, 70, 40)):
            confirmed_at = NOW - dt.timedelta(days=days)
            land.parcel(f"P{place}", name_de=f"Fläche {place}", east_km=1 + 2 * place, confirmed_at=confirmed_at)
        ended = (NOW - dt.timedelta(days=3)).date()
        land.parcel("ENDED", name_de="Reserviert", east_km=9, status="reserved", status_until=ended)
        for language in ("de", "en"):
            add_account(session, "officer", ags="16067089", email=f"{language}@example.org", language=language)
        digests.remind(session, settings)  # Before the server's own worker does.
        mails = dict(session.execute(select(OutgoingMail.language, OutgoingMail.body)).all())
    engine.dispose()
    return url, mails


@pytest.fixture(scope="module")
def server(start_server, store):
    return start_server(store[0], LANDPORTAL_SECRET_KEY="tests")


@pytest.fixture(scope="module")
def links(store):
    """The path of the link each language's officer was sent."""
    return {language: re.search(r"example\.org(/\S+/confirm/\S+)", body)[1] for language, body in store[1].items()}


def test_an_officer_confirms_from_the_mail_and_keeps_back_what_has_changed(page, server, links):
    page.goto(server + links["de"])
    expect(page.get_by_role("checkbox", name="Fläche 1")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Reserviert")).not_to_be_checked()
    page.get_by_text("Fläche 1", exact=True).click()
    page.locator("form[action*=confirm] button[type=submit]").click()
    expect(page.get_by_role("status")).to_contain_text("2")
    expect(page.get_by_role("checkbox", name="Fläche 1")).to_be_visible()
    expect(page.get_by_role("checkbox")).to_have_count(2)
    assert page.context.cookies() == []
    page.goto(f"{server}/de/freshness?county=16067")
    expect(page.get_by_role("row", name=re.compile("Hörsel"))).to_contain_text("3")
    assert violations(page) == []


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_on_the_pages_of_freshness(new_context, server, links, lang, options):
    page = new_context(**options).new_page()
    for path in (links[lang], f"/{lang}/confirm/broken", f"/{lang}/freshness", f"/{lang}/parcels?ags=16067089"):
        page.goto(server + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_the_table_sorts_by_its_headings_without_script(new_context, server):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{server}/en/freshness?county=16067")
    page.get_by_role("columnheader").nth(1).get_by_role("link").click()
    expect(page.get_by_role("columnheader").nth(1)).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("columnheader").nth(1).get_by_role("link").click()
    expect(page.get_by_role("columnheader").nth(1)).to_have_attribute("aria-sort", "descending")
