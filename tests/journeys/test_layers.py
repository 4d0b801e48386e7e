"""Published layers in the browser: off and unasked for at first, then drawn, credited and opened, by mouse and key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import create_engine

from landportal import db
from landportal.services.layer_imports import LayerFacts, LayerRequest, publish
from tests.conftest import add_account
from tests.journeys.test_deliveries import SECRET, _cookie, violations
from tests.journeys.test_map import PHONE, middle_of

pytestmark = pytest.mark.browser

LAT, LON = 50.6, 11.9
"""A place without sites, south-east in the region."""

DRAWN = """() => [...document.querySelectorAll('.leaflet-overlays-pane canvas')].some((canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0))"""


@pytest.fixture(scope="module")
def store(clone: Callable[[str], str]) -> str:
    """Address of a database with the sample data, for this module alone."""
    return clone("sample")


@pytest.fixture(scope="module")
def server(store: str, start_server: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server with its worker, whose store has two layers."""
    folder = tmp_path_factory.mktemp("layers")
    engine = create_engine(store)
    with db.transaction(engine) as session:
        for name, title, width in (("vorrang", "Vorranggebiete", 0.03), ("laerm", "Lärm <b>Nacht</b>", 0.2)):
            shape = shapely.box(LON - width, LAT - width, LON + width, LAT + width)
            publish(session, LayerRequest(_file(folder, name, shape), name, _facts(title)))
    engine.dispose()
    return start_server(store, LANDPORTAL_SECRET_KEY=SECRET, LANDPORTAL_INSTANCE=str(folder / "instance"))


@pytest.fixture
def planner(store: str, server: str) -> dict[str, Any]:
    """The cookie of a planner of Landkreis Gotha."""
    engine = create_engine(store)
    with db.transaction(engine) as session:
        key = add_account(session, "planner", ags="16067").fs_uniquifier
    engine.dispose()
    return _cookie(store, key, server)


def _file(folder: Path, name: str, shape: shapely.Polygon) -> Path:
    properties = {"Größe (m²)": 16067089, "Art": "<i>Gewerbe</i>", "verbindlich": True, "Stand": "2026-01-31"}
    feature = {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}
    path = folder / f"{name}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


def _facts(title: str) -> LayerFacts:
    return LayerFacts(title_de=title, licence="dl-de/by-2-0", attribution="© Regionalverband")


def test_a_layer_is_switched_on_drawn_credited_and_opened(page: Page, server: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}/de/parcels#12/{LAT}/{LON}")
    frame = page.locator("[data-map-frame]")
    expect(frame).to_have_attribute("data-cells", re.compile(r"\d"))
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "layers.json" in url or "/tiles/layer/" in url]
    page.get_by_role("button", name="Kartenebenen").click()
    switch = page.get_by_label("Vorranggebiete")
    expect(switch).not_to_be_checked()
    assert not [url for url in asked if "/tiles/layer/" in url]
    with page.expect_response(re.compile("/tiles/layer/vorrang/")):
        switch.check()
    expect(frame).to_have_attribute("data-overlays", "vorrang")
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("© Regionalverband")
    page.wait_for_function(DRAWN)
    page.get_by_role("button", name="Kartenebenen").click()
    page.mouse.click(*middle_of(frame))
    card = page.get_by_role("region", name="Gewähltes Objekt einer Ebene")
    expect(card).to_contain_text("<i>Gewerbe</i>")
    expect(card).to_contain_text("16067089")
    expect(card.get_by_role("term").first).to_have_text("Größe (m²)")
    assert violations(page) == []
    card.get_by_role("button").click()
    expect(card).to_be_hidden()
    page.get_by_role("button", name="Kartenebenen").click()
    switch.uncheck()
    expect(page.locator(".leaflet-control-attribution")).not_to_contain_text("© Regionalverband")


def test_the_object_under_the_centre_opens_by_key_and_the_topmost_layer_comes_first(page: Page, server: str) -> None:
    page.goto(f"{server}/en/parcels#12/{LAT}/{LON}")
    page.locator("[data-map-frame]").wait_for()
    page.get_by_role("button", name="Map layers").press("Enter")
    for label in ("Vorranggebiete", "Lärm <b>Nacht</b>"):
        page.get_by_label(label).press("Space")
    page.wait_for_function(DRAWN)
    page.wait_for_load_state("networkidle")
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("region", name="Chosen object of a layer")
    expect(card).to_contain_text("Lärm <b>Nacht</b>")
    expect(card.get_by_role("link")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.locator(".folium-map")).to_be_focused()


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE, "color_scheme": "dark"}], ids=["desk", "dark phone"])
def test_a_planner_publishes_a_layer_and_takes_it_down(
    new_context: Callable[..., BrowserContext], server: str, planner: dict[str, Any], tmp_path: Path,
    options: dict[str, Any],
) -> None:  # fmt: skip
    context = new_context(**options)
    context.add_cookies([planner])
    page = context.new_page()
    page.goto(f"{server}/de/planning/layers")
    assert violations(page) == []
    page.get_by_role("link", name="Neue Ebene").click()
    assert violations(page) == []
    page.locator("#file").set_input_files(_file(tmp_path, "neu", shapely.box(10.6, 50.9, 10.7, 51.0)))
    page.get_by_role("button", name="Hochladen und ansehen").click()
    expect(page.get_by_role("heading", name="Was in der Datei steht")).to_be_visible()
    expect(page.locator(".delivered-shape")).to_have_count(1)
    expect(page.get_by_role("cell", name="ganze Zahl")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.locator("#f-name-problem")).to_be_visible()
    assert violations(page) == []
    for label, words in (("Name in Adressen", "neu"), ("Deutscher Titel", "Neues"), ("Lizenz", "CC0")):
        page.get_by_label(label, exact=True).fill(words)
    page.get_by_label("Quellenvermerk", exact=True).fill("© Landkreis")
    page.get_by_role("button", name="Veröffentlichen").click()
    expect(page.get_by_role("heading", name="Die Ebene ist veröffentlicht")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Zur Liste der Ebenen").click()
    page.get_by_role("link", name="Zurückziehen Neues").click()
    assert violations(page) == []
    page.get_by_role("button", name="Zurückziehen").click()
    expect(page.get_by_role("status").first).to_contain_text("„Neues“ ist zurückgezogen")
