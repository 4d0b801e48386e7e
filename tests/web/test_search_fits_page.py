"""A hall and net buildable land on the search page: fields, chips, cards, bad values at their field."""

import json
import re

import pytest
from sqlalchemy import create_engine

from landportal.config import read_settings
from landportal.services.search import fitting
from landportal.services.tasks.enrichment import InThisThread, Run
from landportal.web import create_app
from tests.conftest import Land


@pytest.fixture(scope="module")
def portal(clone):
    """A client of a portal with three computed parcels."""
    url = clone("empty")
    engine = create_engine(url)
    from landportal import db

    with db.transaction(engine) as session:
        land = Land(session)
        land.parcel("large", 1, 1, ha=4)
        land.parcel("small", 3, 1, ha=1)
        land.parcel("wet", 5, 1, ha=4)
        land.constraint("flood", 5, 1, 0.1, 1, grade="excluded")
    Run(engine, InThisThread()).work_off()
    engine.dispose()
    environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    return create_app(read_settings(environ)).test_client()


def listed(page):
    return re.findall(r'data-number="(\w+)"', page.text)


def test_a_hall_is_asked_by_one_value_or_by_the_two_fields_of_the_form(portal):
    for query in ("fits=150x150", "fits=150&fits=150", "fits=150,0+%C3%97+150"):
        assert listed(portal.get(f"/de/parcels?{query}")) == ["large"]
    page = portal.get("/de/parcels?fits=180x90").text
    assert (
        'id="f-fits-width" name="fits" type="text" inputmode="decimal" autocomplete="off" maxlength="80" value="180"'
        in page
    )
    assert (
        'id="f-fits-depth" name="fits" type="text" inputmode="decimal" autocomplete="off" maxlength="80" value="90"'
        in page
    )
    assert "180\u00a0×\u00a090\u00a0m" in page


def test_cards_say_that_the_hall_fits_and_take_it_along(portal):
    page = portal.get("/de/parcels?fits=180x90").text
    assert "Halle passt</span>" in page
    assert "/de/parcels/large?fits=180x90" in page
    assert "Halle passt</span>" not in portal.get("/de/parcels").text


def test_net_area_is_a_chip_and_a_condition(portal):
    page = portal.get("/de/parcels?net_min_ha=3")
    assert listed(page) == ["large"]
    assert "ab 3\u00a0ha" in page.text


@pytest.mark.parametrize(
    "value", ["0x90", "1e9x1", "180", "axb", "180x", "x90", "180x90x20", "-5x10", "5001x10", "0.5x3", "9999999999x1"]
)
def test_a_bad_hall_is_told_at_its_field_and_to_machines(portal, value):
    page = portal.get(f"/de/parcels?fits={value}")
    assert page.status_code == 422
    assert "Bitte Breite und Tiefe der Halle in Metern angeben" in page.text
    assert 'id="p-fits"' in page.text
    machine = portal.get(f"/de/parcels.geojson?fits={value}")
    assert machine.status_code == 400
    assert json.loads(machine.text)["errors"][0]["parameter"] == "fits"
    assert portal.get(f"/tiles/parcels/9/271/172.mvt?fits={value}").status_code == 400


def test_a_hall_is_not_asked_of_the_past(portal):
    page = portal.get("/de/parcels?fits=180x90&as_of=2026-11-27")
    assert page.status_code == 422
    assert "nur für den heutigen Stand" in page.text


def test_too_many_open_questions_are_told_at_the_field(portal, monkeypatch):
    monkeypatch.setattr(fitting, "EXAMINED_MAX", -1)
    page = portal.get("/de/parcels?fits=180x90")
    assert page.status_code == 422
    assert "Bitte die Suche nach Ort oder Größe einschränken" in page.text
    machine = portal.get("/de/parcels.geojson?fits=180x90")
    assert (machine.status_code, json.loads(machine.text)["errors"][0]["parameter"]) == (400, "fits")


def test_map_and_machines_show_what_the_list_shows(portal):
    machine = json.loads(portal.get("/de/parcels.geojson?fits=80x80").text)
    assert machine["numberMatched"] == 3
    assert all("placement" in feature["properties"] for feature in machine["features"])
    assert portal.get("/tiles/parcels/6/33/21.mvt?fits=80x80").status_code in {200, 204}


def test_the_parcel_page_explains_gross_to_net_with_sources(portal):
    page = portal.get("/de/parcels/wet").text
    section = page[page.index('id="buildable"') : page.index("</section>", page.index('id="buildable"'))]
    for words in ("Grundstück brutto", "Abstand zur Grenze, 3\u00a0m", "ThürBO § 6", "Netto bebaubar", "berechnet am"):
        assert words in section
    rows = re.findall(r'<tr class="is-(\w+)">.*?<td class="num">(.*?)\u00a0ha</td>', section, re.DOTALL)
    assert [kind for kind, _ in rows] == ["gross", "excluded", "excluded", "net"]
    amounts = [float(text.replace("\u2212", "-").replace(",", ".")) for _, text in rows]
    assert amounts[0] + amounts[1] + amounts[2] == pytest.approx(amounts[3], abs=0.015)
    assert section.count('class="sketch-excluded"') == 2


def test_the_parcel_page_says_whether_a_hall_fits_and_by_how_much_it_fails(portal):
    fits = portal.get("/de/parcels/large?fits=180x90").text
    assert "Eine Halle von 180\u00a0×\u00a090\u00a0m passt" in fits
    assert 'class="sketch-hall"' in fits
    fails = portal.get("/de/parcels/large?fits=250x90").text
    assert "passt nicht: sie ist um" in fails
    assert 'class="sketch-hall"' not in fails
    assert portal.get("/de/parcels/large?fits=0x1").status_code == 422


def test_a_parcel_that_is_not_computed_says_so(client, sample_engine):
    from sqlalchemy import text

    with sample_engine.connect() as connection:
        number = connection.scalar(text("select number from parcel where net_area_m2 is null and status = 'available'"))
    page = client.get(f"/de/parcels/{number}").text
    assert "Noch nicht berechnet." in page


def test_the_map_gets_the_pieces_the_net_area_and_the_hall(portal):
    page = portal.get("/de/parcels/wet?fits=60x40").text
    assert 'data-pieces="/de/parcels/wet/potential.geojson?fits=60x40"' in page
    features = portal.get("/de/parcels/wet/potential.geojson?fits=60x40").json["features"]
    by_kind = {feature["properties"]["kind"]: feature for feature in features}
    assert by_kind.keys() == {"excluded", "net", "yard", "hall"}
    assert {feature["properties"].get("cause") for feature in features} == {"border", "flood", None}
    west, south = by_kind["net"]["geometry"]["coordinates"][0][0][0]
    assert 9 < west < 13
    assert 50 < south < 52
    without = portal.get("/de/parcels/wet/potential.geojson").json["features"]
    assert {feature["properties"]["kind"] for feature in without} == {"excluded", "net"}


@pytest.mark.parametrize(("query", "status"), [("?fits=0x90", 400), ("?fits=1e9x1", 400), ("?as_of=2026-01-01", 400)])
def test_the_pieces_take_a_hall_alone(portal, query, status):
    assert portal.get(f"/de/parcels/wet/potential.geojson{query}").status_code == status


def test_the_pieces_of_no_parcel_are_not_found(portal):
    assert portal.get("/de/parcels/nothing/potential.geojson").status_code == 404
