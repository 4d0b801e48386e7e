"""The administrator's way: first sign-in with the demonstration's password, second factor, people in and out."""

import re
import time

import pytest
from passlib.totp import TOTP
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from tests.journeys.test_accessibility import violations
from tests.web.test_accounts import NEW

ADMINISTRATOR, COUNTY = "administrator@agency.example", "Landkreis Gotha"


@pytest.fixture(scope="module")
def demo(start_server, clone, tmp_path_factory):
    """A demonstration of its own: address, password, and an engine on its database."""
    url, instance = clone("sample"), tmp_path_factory.mktemp("instance")
    address = start_server(url, LANDPORTAL_DEMO="1", LANDPORTAL_INSTANCE=str(instance))
    engine = create_engine(url)
    yield address, (instance / "demo-password").read_text(), engine
    engine.dispose()


def sign_in(page: Page, address: str, email: str, password: str, lang: str = "de") -> None:
    page.goto(f"{address}/{lang}/login")
    page.locator("#email").fill(email)
    page.locator("#password").fill(password)
    page.locator("main button[type=submit]").click()


_KEYS: dict[str, TOTP] = {}


def sign_in_as_administrator(page: Page, demo, lang: str = "de") -> None:
    """The first time through the set-up of the second factor, later with a code of it."""
    address, password, engine = demo
    sign_in(page, address, ADMINISTRATOR, password, lang)
    if address not in _KEYS:
        key = page.locator(".secret-key").inner_text().replace("-", "").replace(" ", "")
        _KEYS[address] = TOTP(key=key, format="base32")
        page.locator("#code").fill(_KEYS[address].generate().token)
        page.locator("main button[type=submit]").click()
        expect(page.locator(".recovery-codes code")).to_have_count(10)
        page.locator("main .button-primary").click()
    else:
        # A code counts once and the tests are faster than the clock: the log forgets which was the last.
        with engine.begin() as connection:
            connection.execute(text("set local session_replication_role = replica"))
            connection.execute(text("delete from audit_entry where action = 'code_accepted'"))
        page.locator("#code").fill(_KEYS[address].generate(time.time()).token)
        page.locator("main button[type=submit]").click()
    expect(page).to_have_url(re.compile("/desk/organisation/$"))


def test_from_the_first_sign_in_to_an_officer_who_comes_and_goes(page, new_context, demo):
    address, _, engine = demo
    sign_in_as_administrator(page, demo)

    page.get_by_role("main").get_by_role("link", name=COUNTY).click()
    page.get_by_role("link", name="Jemanden einladen").click()
    page.get_by_label("E-Mail-Adresse").fill("new@gotha.example")
    page.get_by_label("Name").fill("Neue Sachbearbeitung")
    page.get_by_label("Sachbearbeitung", exact=True).check()
    page.get_by_role("button", name="Einladung senden").click()
    expect(page.get_by_role("status")).to_contain_text("new@gotha.example ist unterwegs")
    expect(page.get_by_role("row", name="Neue Sachbearbeitung")).to_contain_text("eingeladen")

    with engine.connect() as connection:
        body = connection.scalar(text("select body from outgoing_mail where recipient = 'new@gotha.example'"))
    officer = new_context().new_page()
    officer.goto(address + re.search(r"https?://[^/]+(/\S+)", body).group(1))
    assert violations(officer) == []
    officer.get_by_label("Neues Passwort", exact=True).fill(NEW)
    officer.get_by_label("Neues Passwort, noch einmal").fill(NEW)
    officer.get_by_role("button", name="Passwort festlegen").click()
    expect(officer.get_by_role("status")).to_contain_text("Bitte melden Sie sich an")
    sign_in(officer, address, "new@gotha.example", NEW)
    expect(officer).to_have_url(f"{address}/de/desk/")
    expect(officer.get_by_role("banner")).to_contain_text(COUNTY)
    assert officer.goto(f"{address}/de/desk/parcels/new").status == 200

    page.get_by_role("link", name="Neue Sachbearbeitung").click()
    page.get_by_label("Sachbearbeitung", exact=True).uncheck()
    page.get_by_label("Planung", exact=True).check()
    page.get_by_role("button", name="Rollen speichern").click()
    expect(page.get_by_role("status")).to_contain_text("Die Rollen sind geändert")
    assert officer.goto(f"{address}/de/desk/parcels/new").status == 403

    page.get_by_role("button", name="Konto deaktivieren").click()
    expect(page.get_by_role("status")).to_contain_text("deaktiviert")
    officer.goto(f"{address}/de/desk/account")
    expect(officer).to_have_url(re.compile("/de/login"))

    page.goto(f"{address}/de/desk/organisation/log?show=permissions")
    expect(page.get_by_role("table")).to_contain_text("Sachbearbeitung > Planung")

    page.locator("details.signed-in summary").click()
    page.get_by_role("button", name="Abmelden").click()
    page.goto(f"{address}/de/desk/organisation/")
    expect(page).to_have_url(re.compile("/de/login"))


def test_everything_works_without_script(new_context, demo):
    page = new_context(java_script_enabled=False).new_page()
    sign_in_as_administrator(page, demo)
    page.get_by_role("main").get_by_role("link", name=COUNTY).click()
    page.get_by_label("Änderungen warten auf eine Freigabe").check()
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    expect(page.get_by_label("Änderungen warten auf eine Freigabe")).to_be_checked()


@pytest.mark.parametrize("lang", ["de", "en"])
def test_axe_finds_nothing_before_signing_in(new_context, demo, lang):
    page = new_context().new_page()
    for path in ("login", "password", "password/sent", "password/altered", "invitation/altered"):
        page.goto(f"{demo[0]}/{lang}/{path}")
        assert violations(page) == [], path
    page.goto(f"{demo[0]}/{lang}/login")
    page.locator("main button[type=submit]").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert violations(page) == []


PAGES = ["account", "account/password", "account/second-factor", "organisation/", "organisation/1",
         "organisation/1/invite", "organisation/account/1", "organisation/new", "organisation/new?kind=county",
         "organisation/log"]  # fmt: skip


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(
    "options", [{}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}], ids=["light", "dark phone"]
)
def test_axe_finds_nothing_on_the_administrators_pages(new_context, demo, lang, options):
    page = new_context(**options).new_page()
    sign_in_as_administrator(page, demo, lang)
    for path in PAGES:
        assert page.goto(f"{demo[0]}/{lang}/desk/{path}").status == 200, path
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
