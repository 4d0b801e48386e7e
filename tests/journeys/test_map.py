"""The map in a real browser: cells from afar, parcels when close, list and map as one, by mouse, by key, on a phone.

A canvas cannot be read by locators: the map's frame tells what is marked in data attributes, and one test looks at
the pixels. Positions come from the portal's own GeoJSON.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Locator, Page, Route, expect

SITE_CARD = ".map-card:not(.map-card--object)"

pytestmark = pytest.mark.browser

ANY_STATUS = "status=available&status=reserved&status=optioned&status=preparing&status=sold&status=leased"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4//8/AwAI/AL+hc2rNAAAAABJRU5ErkJggg=="
)
PHONE = {"width": 390, "height": 844}


def parcels(live_server: str, query: str = ANY_STATUS) -> list[dict[str, Any]]:
    with urlopen(f"{live_server}/de/parcels.geojson?{query}&limit=50") as answer:
        return json.load(answer)["features"]


@pytest.fixture
def parcel(live_server: str) -> dict[str, Any]:
    """The first parcel of the list that is large enough to be pointed at; `at` is a point inside, lat/lon."""
    for feature in parcels(live_server):
        lon, lat = centre_of(feature)
        ring = feature["geometry"]["coordinates"][0][0]
        if feature["properties"]["area_m2"] > 60_000 and inside(lon, lat, ring):
            return {**feature["properties"], "at": f"{lat:.5f}/{lon:.5f}"}
    raise AssertionError("no large parcel on the first page")


def centre_of(feature: dict[str, Any]) -> tuple[float, float]:
    ring = feature["geometry"]["coordinates"][0][0]
    west, east = min(x for x, _ in ring), max(x for x, _ in ring)
    south, north = min(y for _, y in ring), max(y for _, y in ring)
    return (west + east) / 2, (south + north) / 2


def inside(x: float, y: float, ring: list[list[float]]) -> bool:
    crossings = (
        (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax
        for (ax, ay), (bx, by) in itertools.pairwise(ring)
    )
    return sum(crossings) % 2 == 1


def search(page: Page, live_server: str, at: str = "", lang: str = "de", query: str = ANY_STATUS) -> Locator:
    """Opens the search page, the map at zoom/lat/lon; returns the map's frame once all of its tiles are there."""
    page.goto(f"{live_server}/{lang}/parcels?{query}{'#' + at if at else ''}")
    frame = page.locator("[data-map-frame]")
    expect(frame).to_have_attribute("data-cells", re.compile(r"\d"))
    page.wait_for_load_state("networkidle")
    return frame


def middle_of(box: Locator) -> tuple[float, float]:
    place = box.bounding_box()
    assert place is not None
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def card_of(page: Page, number: str) -> Locator:
    return page.locator(f'#results [data-number="{number}"]')


def drawn_pixels(page: Page, pane: str = "parcels") -> int:
    """How many pixels of a pane's canvases are not transparent."""
    return page.evaluate(
        """(pane) => [...document.querySelectorAll(`.leaflet-${pane}-pane canvas`)].reduce((sum, canvas) => {
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            for (let i = 3; i < data.length; i += 4) if (data[i]) sum += 1;
            return sum;
        }, 0)""",
        pane,
    )


def ground_brightness(page: Page) -> int:
    """Red, green and blue of the plain ground together, 0 to 765."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector('.leaflet-ground-pane canvas');
            const [red, green, blue] = canvas.getContext('2d').getImageData(20, 20, 1, 1).data;
            return red + green + blue;
        }"""
    )


def test_from_afar_cells_stand_for_parcels(page: Page, live_server: str) -> None:
    frame = search(page, live_server)
    expect(frame).to_have_attribute("data-cells", re.compile(r"[1-9]\d*"))
    expect(frame.locator(".map-legend")).to_contain_text("Hektar je Zelle")


def test_a_click_on_a_cell_leads_into_it(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    frame = search(page, live_server, f"9/{parcel['at']}")
    expect(frame).to_have_attribute("data-cells", re.compile(r"[1-9]\d*"))
    page.mouse.click(*middle_of(frame))
    expect(page).to_have_url(re.compile(r"#11/"))
    expect(frame.locator(".map-legend")).to_contain_text("F · frei")


def test_close_up_parcels_are_drawn(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    frame = search(page, live_server, f"16/{parcel['at']}")
    expect(frame).to_have_attribute("data-parcels", re.compile(r"[1-9]"))
    expect(frame).to_have_attribute("data-cells", "0")
    assert drawn_pixels(page) > 5_000


def test_pointing_at_a_parcel_marks_its_card(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    frame = search(page, live_server, f"16/{parcel['at']}")
    expect(frame).to_have_attribute("data-parcels", re.compile(r"[1-9]"))
    page.mouse.move(*middle_of(frame))
    expect(frame).to_have_attribute("data-hovered", parcel["number"])
    expect(card_of(page, parcel["number"])).to_have_class(re.compile("is-highlighted"))
    page.mouse.move(5, 5)
    expect(card_of(page, parcel["number"])).not_to_have_class(re.compile("is-highlighted"))


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_pointing_at_a_card_marks_its_parcel(page: Page, live_server: str, parcel: dict[str, Any], way: str) -> None:
    frame = search(page, live_server, f"16/{parcel['at']}")
    card = card_of(page, parcel["number"])
    if way == "mouse":
        card.hover()
    else:
        card.get_by_role("link").focus()
    expect(frame).to_have_attribute("data-hovered", parcel["number"])


def test_a_click_opens_a_card_that_leads_to_the_parcel(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    frame = search(page, live_server, f"16/{parcel['at']}")
    expect(frame).to_have_attribute("data-parcels", re.compile(r"[1-9]"))
    page.mouse.click(*middle_of(frame))
    card = frame.locator(SITE_CARD)
    expect(card).to_contain_text(parcel["name_de"])
    expect(card).to_contain_text(f"{parcel['area_m2'] / 10_000:.2f}".replace(".", ","))
    expect(card.locator(".status")).to_be_visible()
    expect(card.locator(".age")).to_be_visible()
    expect(card_of(page, parcel["number"])).to_have_class(re.compile("is-selected"))
    card.get_by_role("link", name="Fläche ansehen").click()
    expect(page).to_have_url(f"{live_server}/de/parcels/{parcel['number']}")
    expect(page.locator("[data-map-frame]")).to_have_attribute("data-selected", parcel["number"])


def test_the_card_speaks_english_too(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    frame = search(page, live_server, f"16/{parcel['at']}", lang="en")
    expect(frame).to_have_attribute("data-parcels", re.compile(r"[1-9]"))
    page.mouse.click(*middle_of(frame))
    expect(frame.locator(SITE_CARD)).to_contain_text(parcel["name_en"] or parcel["name_de"])
    expect(frame.get_by_role("link", name="View site")).to_be_visible()
    expect(frame.get_by_role("button", name="Zoom in")).to_be_visible()


def test_show_on_map_leads_to_the_parcel(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    frame = search(page, live_server)
    card_of(page, parcel["number"]).locator("[data-show-on-map]").click()
    expect(frame).to_have_attribute("data-selected", parcel["number"])
    expect(frame).to_have_attribute("data-cells", "0")
    expect(frame.locator(SITE_CARD)).to_contain_text(parcel["name_de"])


def test_by_keyboard_alone_one_opens_a_parcel_and_comes_back(
    page: Page, live_server: str, parcel: dict[str, Any]
) -> None:
    frame = search(page, live_server, f"16/{parcel['at']}")
    expect(frame).to_have_attribute("data-parcels", re.compile(r"[1-9]"))
    box = frame.get_by_role("application", name="Karte der Flächen")
    box.focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"#17/"))
    page.keyboard.press("-")
    expect(page).to_have_url(re.compile(r"#16/"))
    page.keyboard.press("Enter")
    expect(frame.get_by_role("link", name="Fläche ansehen")).to_be_focused()
    page.keyboard.press("Escape")
    expect(frame.locator(SITE_CARD)).to_be_hidden()
    expect(box).to_be_focused()
    before = page.url
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(before)


def test_the_list_gets_the_focus_back_from_the_card(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    frame = search(page, live_server)
    button = card_of(page, parcel["number"]).locator("[data-show-on-map]")
    button.focus()
    page.keyboard.press("Enter")
    expect(frame.locator(SITE_CARD)).to_be_visible()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_a_layer_that_is_off_asks_for_nothing_until_it_is_switched_on(
    page: Page, live_server: str, parcel: dict[str, Any]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    frame = search(page, live_server, f"13/{parcel['at']}")
    assert not [url for url in asked if "/tiles/constraints/" in url]
    assert frame.locator(".map-panel input:checked").count() <= 4  # and the parcels, which have no switch
    frame.get_by_role("button", name="Kartenebenen").click()
    with page.expect_response(re.compile("/tiles/constraints/")):
        frame.locator('input[name="layer-flood"]').check()
    page.keyboard.press("Escape")
    expect(frame.locator(".map-panel")).to_be_hidden()
    expect(frame.get_by_role("button", name="Kartenebenen")).to_be_focused()


def test_new_results_change_the_tiles_and_the_view(page: Page, live_server: str) -> None:
    search(page, live_server, query="status=available")
    with page.expect_response(re.compile(r"/tiles/parcels/.*zone=GI")):
        page.locator('#search-form input[name="zone"][value="GI"]').check()


def test_a_view_chosen_by_hand_stays_when_filters_change(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    search(page, live_server, f"14/{parcel['at']}", query="status=available")
    page.locator('#search-form input[name="zone"][value="GI"]').check()
    expect(page).to_have_url(re.compile(r"zone=GI.*#14/"))


def test_back_leads_to_the_earlier_query_of_the_tiles(page: Page, live_server: str) -> None:
    search(page, live_server, query="status=available")
    with page.expect_response(re.compile(r"/tiles/parcels/.*zone=GI")):
        page.locator('#search-form input[name="zone"][value="GI"]').check()
    with page.expect_response(lambda answer: "/tiles/parcels/" in answer.url and "zone=GI" not in answer.url):
        page.go_back()


def test_on_a_phone_the_map_is_behind_the_list_and_loads_when_shown(page: Page, live_server: str) -> None:
    page.set_viewport_size(PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server}/de/parcels")
    frame = page.locator("[data-map-frame]")
    expect(frame).to_be_hidden()
    page.get_by_role("button", name="Karte", exact=True).click()
    expect(frame).to_be_visible()
    expect(frame).to_have_attribute("data-cells", re.compile(r"[1-9]\d*"))
    expect(frame.locator(".map-legend")).not_to_have_attribute("open", "")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    # Hidden, it asks for nothing; shown, at most what one screen needs of each layer.
    assert len([url for url in asked if "/tiles/parcels/" in url]) <= 16


def test_on_a_phone_the_buttons_are_large_enough_for_a_thumb(page: Page, live_server: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server}/de/parcels")
    page.get_by_role("button", name="Karte", exact=True).click()
    for button in page.locator(".map-controls button").all():
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 44


def test_the_map_follows_the_dark_theme_without_a_reload(page: Page, live_server: str, parcel: dict[str, Any]) -> None:
    frame = search(page, live_server, f"16/{parcel['at']}")
    expect(frame).to_have_attribute("data-cells", "0")
    assert ground_brightness(page) > 600
    page.emulate_media(color_scheme="dark")
    deadline = time.monotonic() + 10
    while ground_brightness(page) > 150 and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert ground_brightness(page) < 150


def test_full_screen_and_own_position_wait_for_a_click(page: Page, live_server: str) -> None:
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 50.98, "longitude": 11.03})
    frame = search(page, live_server)
    assert "#" not in page.url
    frame.get_by_role("button", name="Meine Position zeigen").click()
    expect(page).to_have_url(re.compile(r"#13/50\.98\d*/11\.03"))
    expect(frame.get_by_role("button", name="Vollbild")).to_be_visible()


def test_when_tiles_do_not_come_the_map_says_so_and_the_list_goes_on(page: Page, live_server: str) -> None:
    def refuse(route: Route) -> None:
        route.abort()

    page.route(re.compile("/tiles/parcels/"), refuse)
    page.goto(f"{live_server}/de/parcels")
    expect(page.locator(".map-notice")).to_contain_text("Liste")
    expect(page.locator("#results .card").first).to_be_visible()
    page.unroute(re.compile("/tiles/parcels/"), refuse)
    # It tries again by itself.
    expect(page.locator(".map-notice")).to_have_count(0, timeout=15_000)
    expect(page.locator("[data-map-frame]")).to_have_attribute("data-cells", re.compile(r"[1-9]\d*"))


@pytest.fixture(scope="module")
def server_with_base_map(start_server: Callable[..., str], sample_url: str) -> str:
    """A server whose base map comes from an address of its own that nothing answers at."""
    return start_server(sample_url, LANDPORTAL_BASEMAP="/no-base-map/{z}/{x}/{y}.png|© Grundkarte")


def test_without_an_answering_base_map_the_map_stays_useful_and_says_so(page: Page, server_with_base_map: str) -> None:
    frame = search(page, server_with_base_map)
    expect(frame.locator(".map-notice")).to_contain_text("Grundkarte")
    expect(frame).to_have_attribute("data-cells", re.compile(r"[1-9]"))
    expect(frame).to_contain_text("© Grundkarte")
    assert drawn_pixels(page, "borders") > 1_000
    assert drawn_pixels(page, "infrastructure") > 1_000


def test_a_base_map_that_answers_lies_below_and_can_be_switched_off(page: Page, server_with_base_map: str) -> None:
    page.route("**/no-base-map/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
    frame = search(page, server_with_base_map)
    pictures = frame.locator(".leaflet-basemap-pane img")
    expect(pictures.first).to_be_visible()
    expect(frame.locator(".map-notice")).to_have_count(0)
    frame.get_by_role("button", name="Kartenebenen").click()
    frame.locator('input[name="layer-basemap"]').uncheck()
    expect(pictures).to_have_count(0)


def test_the_map_runs_without_errors_and_without_breaking_its_own_rules(
    page: Page, live_server: str, parcel: dict[str, Any]
) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    frame = search(page, live_server, f"15/{parcel['at']}")
    expect(frame).to_have_attribute("data-parcels", re.compile(r"[1-9]"))
    page.mouse.click(*middle_of(frame))
    expect(frame.locator(SITE_CARD)).to_be_visible()
    frame.get_by_role("button", name="Vergrößern").click()
    frame.get_by_role("button", name="Verkleinern").click()
    assert problems == []
