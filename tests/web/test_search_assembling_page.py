"""Several sites together on the search page, for machines and on the map."""

import re

import pytest
from sqlalchemy import create_engine

from landportal import db
from landportal.config import read_settings
from landportal.services.search import assembling
from landportal.services.tasks.enrichment import InThisThread, Run
from landportal.web import create_app
from tests.conftest import Land


@pytest.fixture(scope="module")
def portal(clone):
    """A client of a portal with two computed parcels side by side and one apart."""
    url = clone("empty")
    engine = create_engine(url)
    with db.transaction(engine) as session:
        land = Land(session)
        for name, east_km in (("A", 1), ("B", 1.11), ("C", 3)):
            land.parcel(name, east_km, 1, zone="GE", price_eur_m2=20)
    Run(engine, InThisThread()).work_off()
    engine.dispose()
    environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    return create_app(read_settings(environ)).test_client()


def test_a_group_is_one_card_with_its_parcels_and_what_it_offers(portal):
    page = portal.get("/de/parcels?assemble_min_ha=2&fits=150x60").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "1 Möglichkeit" in text
    assert "2 Flächen zusammen" in text
    assert "/de/parcels/A?fits=150x60" in page
    assert "/de/parcels/B?fits=150x60" in page
    assert "/de/parcels/C" not in page
    assert re.search(r"1\.000 m² Weg oder Straße dazwischen", text)
    assert re.search(r"Preis für alle 400\.000 €", text)
    assert "Halle passt" in text
    assert 'class="hall"' in page


def test_the_same_in_english(portal):
    page = portal.get("/en/parcels?assemble_min_ha=2").text
    assert "1 possibility" in page
    assert "2 sites together" in page
    assert "€400,000" in re.sub(r"<[^>]+>", "", page)


def test_machines_and_tiles_know_the_group(portal):
    (feature,) = portal.get("/de/parcels.geojson?assemble_min_ha=2").json["features"]
    assert feature["properties"]["members"] == ["A", "B"]
    everything, members = (
        portal.get(f"/tiles/parcels/5/16/10.mvt{query}").data for query in ("", "?assemble_min_ha=2")
    )
    assert everything
    assert members
    assert everything != members


def test_nothing_reaches_the_size_says_so_with_a_way_out(portal):
    page = portal.get("/de/parcels?assemble_min_ha=9")
    assert page.status_code == 200
    assert "Keine Fläche erfüllt diese Bedingung." in page.text
    assert "ohne die Bedingung" in page.text


@pytest.mark.parametrize("value", ["-1", "x", "1e9", "nan"])
def test_a_bad_size_is_told_at_its_field(portal, value):
    page = portal.get(f"/de/parcels?assemble_min_ha={value}")
    assert page.status_code == 422
    assert 'id="p-assemble_min_ha"' in page.text
    assert portal.get(f"/de/parcels.geojson?assemble_min_ha={value}").status_code == 400


def test_the_past_knows_no_groups(portal):
    page = portal.get("/de/parcels?assemble_min_ha=2&as_of=2026-01-01")
    assert page.status_code == 422
    assert "nur für den heutigen Stand bekannt" in page.text


def test_too_many_sites_are_told_at_the_field(portal, monkeypatch):
    monkeypatch.setattr(assembling, "SITES_MAX", 1)
    assembling.forget()
    page = portal.get("/de/parcels?assemble_min_ha=1.5")
    assert page.status_code == 422
    assert 'id="p-assemble_min_ha"' in page.text
