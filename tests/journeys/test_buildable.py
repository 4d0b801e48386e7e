"""A visitor asks what can be built on a site and whether the hall fits: sketch and map, light and dark, by key."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

from landportal import db
from landportal.services.tasks.enrichment import InThisThread, Run
from tests.journeys.test_accessibility import violations

NUMBER = "TH-00001"


@pytest.fixture(scope="module")
def server(start_server, clone):
    """A server with one computed parcel and its neighbours."""
    url = clone("sample")
    engine = create_engine(url)
    with db.transaction(engine) as session:
        near = "select b.id, 'tests' from parcel a join parcel b on st_dwithin(a.geom, b.geom, 30) where a.number = :n"
        session.execute(text(f"insert into parcel_stale (parcel_id, reason) {near}"), {"n": NUMBER})
    Run(engine, InThisThread()).work_off()
    engine.dispose()
    return start_server(url)


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}],
    ids=["desktop", "dark", "phone"],
)
def test_the_pieces_lie_on_the_map_and_are_put_away_by_key(new_context, server, options):
    page = new_context(**options).new_page()
    with page.expect_response("**/potential.geojson?fits=60x40") as told:
        page.goto(f"{server}/en/parcels/{NUMBER}?fits=60x40")
    assert {"net", "hall"} <= {feature["properties"]["kind"] for feature in told.value.json()["features"]}
    button = page.locator("[data-pieces]")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert violations(page) == []


def test_without_script_the_sketch_stands_alone(new_context, server):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{server}/de/parcels/{NUMBER}?fits=60x40")
    expect(page.locator(".sketch-hall")).to_be_visible()
    expect(page.locator("[data-pieces]")).to_be_hidden()


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 390, "height": 844}}], ids=["desktop", "phone"])
def test_groups_of_sites_are_read_without_a_fault(new_context, server, options):
    page = new_context(**options).new_page()
    page.goto(f"{server}/de/parcels?assemble_min_ha=2")
    expect(page.locator(".card-assembly").first).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= (390 if options else 1440)
