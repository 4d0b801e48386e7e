"""The officer draws, corrects, splits and merges with the mouse and by keyboard alone, and adds a photo."""

from __future__ import annotations

import io
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from landportal import db
from landportal.config import read_settings
from landportal.web import create_app
from tests.conftest import add_account
from tests.services.test_documents import photo_with_gps

PARCEL = "TH-00098"
"""A lot of 21.6 ha in Hörsel, with a neighbour a metre away."""


@pytest.fixture(scope="module")
def store(clone):
    return clone("sample")


@pytest.fixture(scope="module")
def cookie(store):
    """The cookie of an officer of the state agency who is signed in."""
    engine = create_engine(store)
    with db.transaction(engine) as session:
        account = add_account(session, "officer", ags="16")
    engine.dispose()
    environ = {"LANDPORTAL_DATABASE_URL": store, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "journeys"}
    client = create_app(read_settings(environ)).test_client()
    with client.session_transaction() as session:
        session.update({"_user_id": account.fs_uniquifier, "_fresh": True, "fs_paa": time.time()})
    [kept] = client._cookies.values()
    return {"name": kept.key, "value": kept.value}


@pytest.fixture(scope="module")
def server(start_server, store):
    return start_server(store, LANDPORTAL_SECRET_KEY="journeys")


@pytest.fixture
def officer(new_context, server, cookie):
    """A page on which the officer is signed in; scripts that throw and a policy that blocks fail the test."""
    context = new_context(base_url=server)
    context.add_cookies([{**cookie, "url": server}])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    assert faults == []


def sql(store, statement):
    engine = create_engine(store)
    with engine.connect() as connection:
        rows = connection.execute(text(statement)).all()
    engine.dispose()
    return rows


def box_of_map(page: Page):
    page.locator(".shape-map").scroll_into_view_if_needed()
    return page.locator("#map_portal").bounding_box()


def click_on_map(page: Page, *places):
    """Clicks at parts of the map's width and height, one after the other."""
    box = box_of_map(page)
    for across, down in places:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"], steps=4)
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(80)


def corners(page: Page):
    return [line for line in page.locator("[data-shape-text]").input_value().splitlines() if line]


def test_a_parcel_is_drawn_with_the_mouse_corrected_and_saved(officer: Page, store):
    officer.goto("/en/desk/parcels/new")
    # The text field takes the map to where the parcel shall lie.
    officer.get_by_label("Corners").fill("612600 5641600\n612900 5641600\n612900 5641900\n612600 5641900")
    expect(officer.locator("[data-headline]")).to_contain_text("9.00 ha")
    officer.get_by_label("Corners").fill("")
    expect(officer.locator("[data-check-result]")).to_contain_text("Please draw")
    expect(officer.get_by_role("button", name="Draw a part")).to_have_attribute("aria-pressed", "true")
    click_on_map(officer, (0.3, 0.3), (0.6, 0.3), (0.6, 0.7), (0.3, 0.7), (0.3, 0.3))
    expect(officer.locator("[data-headline]")).to_contain_text("ha")
    expect(officer.get_by_role("button", name="Drag corners")).to_have_attribute("aria-pressed", "true")
    assert len(corners(officer)) == 4
    before = corners(officer)
    drag(officer, (0.6, 0.7), (0.68, 0.62))
    expect(officer.locator("[data-shape-text]")).not_to_have_value("\n".join(before))
    assert len(corners(officer)) == 4
    assert sum(old != new for old, new in zip(before, corners(officer), strict=True)) == 1
    officer.get_by_role("button", name="Undo").click()
    expect(officer.locator("[data-shape-text]")).to_have_value("\n".join(before))
    officer.get_by_label("Name in German").fill("Gezeichnet")
    officer.get_by_role("textbox", name="Reason").fill("neuer Bebauungsplan")
    officer.get_by_role("button", name="Create the site").last.click()
    expect(officer).to_have_url(re.compile(r"/parcels/LP-\d+"))
    [(status, parts, points)] = sql(
        store, "select status, st_numgeometries(geom), st_npoints(geom) from parcel where name_de = 'Gezeichnet'"
    )
    assert (status, parts, points) == ("preparing", 1, 5)


def drag(page: Page, start, end):
    box = box_of_map(page)
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=8)
    page.mouse.up()
    page.wait_for_timeout(400)


def test_a_line_across_the_map_splits_a_parcel_and_its_address_names_the_parts(officer: Page):
    officer.goto(f"/de/desk/parcels/{PARCEL}/split")
    expect(officer.get_by_role("button", name="Linie zeichnen")).to_have_attribute("aria-pressed", "true")
    click_on_map(officer, (0.45, 0.05), (0.45, 0.5), (0.5, 0.95), (0.5, 0.95))
    expect(officer.locator("[data-headline]")).to_contain_text("2 Teile")
    expect(officer.locator(".part-number")).to_have_count(2)
    officer.get_by_label("Name von Teil 1").fill("Los 15 West")
    drag(officer, (0.45, 0.5), (0.48, 0.5))
    expect(officer.get_by_label("Name von Teil 1")).to_have_value("Los 15 West")
    officer.get_by_role("textbox", name="Grund").fill("Teilverkauf")
    officer.get_by_role("button", name="Fläche teilen").click()
    expect(officer.get_by_text("Die Fläche wurde geteilt")).to_be_visible()
    answer = officer.goto(f"/de/parcels/{PARCEL}")
    assert answer.status == 410
    expect(officer.get_by_text("Daraus wurden 2 neue Flächen:")).to_be_visible()
    officer.get_by_role("link", name=re.compile("Los 15 West")).click()
    expect(officer.get_by_role("heading", level=1)).to_have_text("Los 15 West")


def test_without_script_and_mouse_a_shape_is_changed_by_keyboard(new_context, server, cookie, store):
    context = new_context(base_url=server, java_script_enabled=False)
    context.add_cookies([{**cookie, "url": server}])
    page = context.new_page()
    page.goto("/en/desk/parcels/TH-00101/shape")
    field = page.get_by_label("Corners")
    field.focus()
    lines = field.input_value().splitlines()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("\n".join(lines[:-1]))
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("1") and page.locator(":focus").get_attribute("name") == "reason":
            break
    page.keyboard.insert_text("Ecke entfällt")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Save the shape"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/parcels/TH-00101$"))
    [(corner_count,)] = sql(store, "select st_npoints(geom) - 1 from parcel where number = 'TH-00101'")
    assert corner_count == len(lines) - 1


def test_typing_corners_draws_them_and_tells_what_is_wrong(officer: Page):
    officer.goto("/de/desk/parcels/TH-00096/shape")
    officer.get_by_label("Eckpunkte").fill("5640000 620000")
    expect(officer.locator("[data-check-result]")).to_contain_text("vertauscht")
    officer.get_by_label("Eckpunkte").fill("611000 5641000\n611100 5641100\n611100 5641000\n611000 5641100")
    expect(officer.locator("[data-check-result]")).to_contain_text("kreuzt sich selbst")
    officer.get_by_role("button", name="Berichtigte Form übernehmen").click()
    expect(officer.locator("[data-check-result]")).not_to_contain_text("kreuzt sich selbst")


def test_a_photo_loses_its_place_on_the_way_to_the_public(officer: Page, server, new_context):
    officer.goto("/de/desk/parcels/TH-00096/documents")
    officer.get_by_label("Datei").set_input_files(
        {"name": "IMG_0815.jpg", "mimeType": "image/jpeg", "buffer": photo_with_gps()}
    )
    officer.get_by_label("Art").select_option("photo")
    officer.get_by_label("Titel").fill("Zufahrt von Westen")
    officer.get_by_label("alle, auf der Seite der Fläche").check()
    officer.get_by_role("button", name="Dokument hinzufügen").click()
    expect(officer.get_by_role("link", name="Zufahrt von Westen")).to_be_visible()
    public = new_context(base_url=server).new_page()
    public.goto("/de/parcels/TH-00096")
    place = public.get_by_role("link", name=re.compile("Zufahrt von Westen")).get_attribute("href")
    sent = public.request.get(place).body()
    with Image.open(io.BytesIO(sent)) as shown:
        assert dict(shown.getexif()) == {}
    assert b"Kamera" not in sent
    small = public.locator(".photos img")
    small.scroll_into_view_if_needed()
    expect(small).to_be_visible()
    assert small.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0


@pytest.mark.parametrize(
    "page",
    ["new", "TH-00096/shape", "TH-00096/split", "TH-00349/merge?with=TH-00350", "TH-00096/documents", "TH-00095/merge"],
)
def test_pages_have_no_axe_violation_in_either_language(new_context, server, cookie, page):
    for lang, width, scheme in (("de", 1440, "light"), ("en", 390, "dark")):
        context = new_context(base_url=server, color_scheme=scheme, viewport={"width": width, "height": 900})
        context.add_cookies([{**cookie, "url": server}])
        opened = context.new_page()
        answer = opened.goto(f"/{lang}/desk/parcels/{page}")
        assert answer.status == 200
        opened.wait_for_timeout(700)
        found = Axe().run(opened)
        assert found.violations_count == 0, found.generate_report()
        overflow = opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0
        context.close()
