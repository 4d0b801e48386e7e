"""Ways by lorry and isochrones on a parcel's page: minutes and what they rest on, straight lines where none are."""

import json
import re

import pytest
from sqlalchemy import text

from landportal import db
from landportal.config import read_settings
from landportal.services import isochrones, travel
from landportal.web import create_app
from tests.conftest import Land
from tests.services.test_travel import main_road, publish


def visible(page):
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def section(page, title):
    return visible(re.search(rf"<h2[^>]*>{title}</h2>.*?</section>", page, re.DOTALL).group(0))


@pytest.fixture(scope="module")
def address(clone):
    return clone("empty")


@pytest.fixture(scope="module")
def store(address, settings):
    """One store for all tests here; each publishes the graph it wants."""
    engine = db.connect(address, settings)
    with db.transaction(engine) as session:
        land = Land(session)
        land.infrastructure("motorway_junction", "West", 0, 1, ref="A 4")
        land.infrastructure("airport", "Flughafen Ost", 20, 1.1, detail="airport with cargo")
        land.parcel("A", east_km=4, north_km=1.05)
        land.parcel("FAR", east_km=10, north_km=9)
        session.execute(text("update admin_unit set population = 20000 where level = 'municipality'"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def client(store, address):
    environ = {"LANDPORTAL_DATABASE_URL": address, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    return create_app(read_settings(environ)).test_client()


@pytest.fixture
def with_graph(store, tmp_path):
    """A function: the graph is loaded, and isochrones are found."""

    def load(found=True, roads=None, schematic=False):
        with db.transaction(store) as session:
            publish(session, main_road(tmp_path, **roads or {}), schematic=schematic)
        with db.transaction(store) as session:
            while found and isochrones.compute_some(session):
                pass

    return load


def test_without_a_graph_the_page_says_that_lines_are_straight(client, store):
    with db.transaction(store) as session:
        session.execute(text("delete from road_graph"))
        travel.travel_of(session)
    page = client.get("/de/parcels/A").text
    assert "Entfernungen sind Luftlinien: Es ist kein Straßennetz geladen." in section(page, "Verkehr und Versorgung")
    assert "Wer im Umkreis wohnt" not in page
    assert "Luftlinie, A 4" in visible(page)


def test_minutes_kilometres_and_settlement_are_told_in_both_languages(client, with_graph):
    with_graph()
    german = section(client.get("/de/parcels/A").text, "Verkehr und Versorgung")
    assert "West, A 4 4,1 4 West – Lkw, ohne Ortsdurchfahrt" in german
    assert "Flughafen Ost 16,2 17 Ost – Lkw, ohne Ortsdurchfahrt, mit Fracht" in german
    assert "ohne Stau" in german
    page = client.get("/en/parcels/A").text
    english = section(page, "Transport and supply")
    assert "West, A 4 4.1 4 west – lorry, through no settlement" in english
    assert "4 minutes by lorry" in visible(page)


@pytest.mark.parametrize(
    ("built_up", "words"), [("ja", "Lkw, mit Ortsdurchfahrt"), ("", "Lkw, Ortsdurchfahrt nicht bekannt")]
)
def test_a_settlement_on_the_way_is_told_and_what_is_not_known_too(client, with_graph, built_up, words):
    with_graph(roads={"built_up": built_up})
    assert words in section(client.get("/de/parcels/A").text, "Verkehr und Versorgung")


def test_a_schematic_network_says_so_wherever_it_speaks(client, with_graph):
    with_graph(schematic=True)
    page = client.get("/de/parcels/A").text
    for title in ("Verkehr und Versorgung", "Wer im Umkreis wohnt"):
        assert re.search(r"Straßennetz Stand ([\d.]+|unbekannt) schematisch", section(page, title))
    assert "4 Minuten mit dem Lkw, schematisch" in visible(page)
    told = json.loads(client.get("/de/parcels/A/isochrones.geojson").text)["features"]
    assert {feature["properties"]["schematic"] for feature in told} == {True}
    assert "nach Kreisen um die Ortsmitten geschätzt" in visible(page)


def test_a_parcel_off_the_graph_keeps_straight_lines_and_says_why(client, with_graph):
    with_graph()
    page = client.get("/de/parcels/FAR").text
    assert "Im Umkreis von 2 km liegt keine Straße des Netzes" in section(page, "Verkehr und Versorgung")
    assert "Im Umkreis von 2 km um diese Fläche liegt keine Straße" in section(page, "Wer im Umkreis wohnt")
    assert json.loads(client.get("/de/parcels/FAR/isochrones.geojson").text)["features"] == []


def test_people_within_minutes_stand_in_a_table_and_as_geojson(client, with_graph):
    with_graph()
    page = client.get("/de/parcels/A").text
    rows = re.findall(r"(\d+) Minuten ([\d.]+)", section(page, "Wer im Umkreis wohnt"))
    assert [int(minutes) for minutes, _ in rows] == [15, 30, 45, 60]
    people = [int(number.replace(".", "")) for _, number in rows]
    assert people == sorted(people)
    address = re.search(r'data-isochrones="([^"]+)"', page).group(1)
    answer = client.get(address)
    assert answer.mimetype == "application/geo+json"
    told = json.loads(answer.text)["features"]
    assert [feature["properties"]["people"] for feature in reversed(told)] == people


def test_until_the_job_has_run_the_page_says_so(client, with_graph):
    with_graph(found=False)
    page = client.get("/en/parcels/A").text
    assert "Is being worked out." in section(page, "Who lives within reach")
    assert "data-isochrones=" not in page


def test_isochrones_of_no_parcel_are_not_found_and_take_no_parameters(client, with_graph):
    with_graph()
    assert client.get("/de/parcels/NONE/isochrones.geojson").status_code == 404
    assert client.get("/de/parcels/A/isochrones.geojson?x=1").status_code == 400


def test_machines_get_the_minutes(client, with_graph):
    with_graph()
    told = json.loads(client.get("/de/parcels/A.geojson").text)["properties"]
    assert told["motorway_min"] == 4.3
    assert json.loads(client.get("/de/parcels/FAR.geojson").text)["properties"]["motorway_min"] is None


def test_search_takes_minutes_and_shows_them_as_a_chip(client, with_graph):
    with_graph()
    page = client.get("/de/parcels?motorway_max_min=5").text
    assert "Autobahn mit dem Lkw bis 5 min" in visible(page)
    assert json.loads(client.get("/de/parcels.geojson?motorway_max_min=5").text)["numberMatched"] == 1
    assert json.loads(client.get("/de/parcels.geojson?motorway_max_min=4").text)["numberMatched"] == 1
    assert json.loads(client.get("/de/parcels.geojson?motorway_max_min=3").text)["numberMatched"] == 0
    assert client.get("/de/parcels?motorway_max_min=abc").status_code == 422
    assert client.get("/de/parcels.geojson?motorway_max_min=-1").status_code == 400
