"""A visitor looks at who lives within reach: the rings on the map, by key too, in light and dark, on a phone."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

from landportal import db
from landportal.services import isochrones
from landportal.services.road_graphs import keeping
from tests.journeys.test_accessibility import violations

NUMBER = "TH-00001"


@pytest.fixture(scope="module")
def server(start_server, clone):
    """A server whose parcel has its isochrones already: the worker takes them one after the other."""
    url = clone("sample")
    engine = create_engine(url)
    with db.transaction(engine) as session:
        parcel = session.scalar(text("select id from parcel where number = :number"), {"number": NUMBER})
        isochrones.compute(session, keeping.current_graph(session), [parcel])
    engine.dispose()
    return start_server(url)


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}],
    ids=["desktop", "dark", "phone"],
)
def test_rings_are_shown_and_put_away_by_key(new_context, server, options):
    # Without motion: a header that slides over the map's buttons on the way there is none to touch.
    page = new_context(reduced_motion="reduce", **options).new_page()
    page.goto(f"{server}/en/parcels/{NUMBER}")
    button = page.get_by_role("button", name="Show on the map")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".map-ring-label")).to_have_count(4)
    assert sorted(page.locator(".map-ring-label").all_text_contents()) == ["15 min", "30 min", "45 min", "60 min"]
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".map-ring-label")).to_have_count(0)


def test_without_script_the_table_stands_and_no_button_is_shown(new_context, server):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{server}/de/parcels/{NUMBER}")
    expect(page.get_by_role("heading", name="Wer im Umkreis wohnt")).to_be_visible()
    expect(page.get_by_text("Auf der Karte zeigen")).to_be_hidden()
    assert page.get_by_role("row", name="60 Minuten").count() == 1
