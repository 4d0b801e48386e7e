"""The search page: list, counts, chips and facets of one address, for people, for the script and for machines."""

import json
import re

import pytest
from sqlalchemy import text

from landportal.services.search import SearchCriteria, cube, facets
from landportal.web import chips, params

ALL = "status=available&status=reserved&status=optioned&status=preparing&status=sold&status=leased&status=own_use"


def headline(page: str) -> str:
    return re.search(r'<h1 id="results-headline">(.*?)</h1>', page).group(1)


def cards(page: str) -> list[str]:
    return re.findall(r'<li class="card" data-number="([^"]+)"', page)


def count_in_store(engine, condition: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"select count(*) from parcel where {condition}")).scalar()


def test_the_root_leads_to_the_browsers_language(client):
    answer = client.get("/", headers={"Accept-Language": "en-GB,de;q=0.5"})
    assert (answer.status_code, answer.location) == (302, "/en/")
    assert client.get("/", headers={"Accept-Language": "fr"}).location == "/de/"
    assert client.get("/de/").location == "/de/parcels"


def test_without_conditions_all_available_parcels_are_listed(client, sample_engine):
    page = client.get("/de/parcels").text
    assert headline(page) == f"{count_in_store(sample_engine, 'status = ' + repr('available'))} Flächen"
    assert len(cards(page)) == 50


def test_a_condition_narrows_list_count_and_chips(client, sample_engine):
    page = client.get("/en/parcels?zone=GI&size_min_ha=8").text
    wanted = "status = 'available' and zone = 'GI' and area_m2 >= 80000"
    assert headline(page) == f"{count_in_store(sample_engine, wanted)} sites"
    assert 'aria-label="Remove Size from\u00a0' not in page
    assert 'aria-label="Remove Size from 8\u00a0ha"' in page
    assert 'href="/en/parcels?zone=GI"' in page


def test_the_form_keeps_what_was_asked(client):
    page = client.get("/de/parcels?size_min_ha=8.5&zone=GI&q=Gera").text
    assert re.search(r'name="size_min_ha"[^>]*value="8,5"', page)
    assert re.search(r'value="GI" checked', page)
    assert re.search(r'name="q"[^>]*value="Gera"', page)


def test_a_bad_value_comes_back_in_the_form_with_its_sentence_and_no_list(client):
    answer = client.get("/de/parcels?size_min_ha=acht")
    assert answer.status_code == 422
    assert re.search(
        r'name="size_min_ha"[^>]*value="acht" aria-invalid="true" aria-describedby="p-size_min_ha"', answer.text
    )
    assert "Bitte eine Zahl eingeben, zum Beispiel 8 oder 8,5." in answer.text
    assert cards(answer.text) == []


def test_an_unknown_place_is_told_at_its_field(client):
    answer = client.get("/en/parcels?ags=16999&area=atlantis")
    assert answer.status_code == 422
    assert "We know no place with the key 16999." in answer.text


def test_an_unknown_parameter_is_told_at_the_top_of_the_form(client):
    answer = client.get("/de/parcels?sun_hours=9")
    assert answer.status_code == 422
    assert "Eine Bedingung namens „sun_hours“ gibt es nicht." in answer.text


@pytest.mark.parametrize("page", [99, 10_000, 10**9])
def test_a_page_beyond_the_last_is_told_and_leads_to_the_last(client, page):
    answer = client.get(f"/de/parcels?{ALL}&page={page}")
    last = int(re.search(r"Das Ergebnis hat (\d+) Seiten", answer.text).group(1))
    assert answer.status_code == 404
    assert f"page={last}" in answer.text


def test_pages_follow_each_other_without_overlap(client):
    first, second = (cards(client.get(f"/de/parcels?page={page}").text) for page in (1, 2))
    assert len({*first, *second}) == len(first) + len(second) == 100


def test_every_parameter_of_this_release_has_a_control(client):
    page = client.get("/de/parcels?profile=neutral").text
    controls = set(re.findall(r'<(?:input|select)[^>]* name="([^"]+)"', page))
    assert params.NAMES - controls == {"page"}


def test_facets_keep_zeros_and_say_what_an_exclusion_removes(client):
    page = client.get("/de/parcels?zone=GI").text
    assert re.search(r'data-count="f-zone-WR">0<', page)
    assert re.search(r'data-count="f-avoid-flood">\u2212\d+<', page)


def test_a_facet_count_is_what_its_choice_shows(client):
    page = client.get("/de/parcels?zone=GI").text
    reserved = re.search(r'data-count="f-status-reserved">(\d+)<', page).group(1)
    assert headline(client.get("/de/parcels?zone=GI&status=reserved").text).startswith(f"{reserved} Fläche")


def test_an_empty_result_offers_the_nearest_ways_out(client):
    page = client.get("/de/parcels?zone=GI&size_min_ha=500").text
    assert headline(page) == "Keine Fläche erfüllt beide Bedingungen."
    ways = re.findall(r'<ul class="ways-out">(.*?)</ul>', page, re.DOTALL)
    assert 1 <= ways[0].count("<li>") <= 3
    assert "statt 500" in ways[0]
    target = re.search(r'href="(/de/parcels[^"]*)"', ways[0]).group(1).replace("&amp;", "&")
    assert cards(client.get(target).text)


def test_the_part_for_the_script_is_the_same_result(client):
    whole = client.get("/de/parcels?zone=GI&sort=price")
    part = client.get("/de/parcels?zone=GI&sort=price", headers={"X-Requested-Part": "results"})
    assert cards(part.text) == cards(whole.text)
    assert "<html" not in part.text
    state = json.loads(re.search(r'data-part="state">(.*?)</script>', part.text, re.DOTALL).group(1))
    assert state["query"] == "zone=GI"
    assert state["address"] == "/de/parcels?zone=GI&sort=price"
    assert len(state["bounds"]) == 4
    assert "X-Requested-Part" in whole.headers["Vary"]
    assert "X-Requested-Part" in part.headers["Vary"]


def test_each_card_carries_its_facts(client):
    page = client.get("/de/parcels?sort=size").text
    card = re.search(r'<li class="card".*?</li>', page, re.DOTALL).group(0)
    for word in ("Fläche", "Gebiet", "Preis", "Autobahn", "data-show-on-map", 'class="dial"', "status-letter"):
        assert word in card


def test_silhouettes_share_one_scale(client):
    boxes = re.findall(r'class="silhouette" viewBox="0 0 ([\d.]+) ', client.get(f"/de/parcels?{ALL}&sort=-size").text)
    assert set(boxes) == {"900.0"}


def test_data_text_is_escaped(client):
    page = client.get("/de/parcels?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_geojson_is_the_same_result_in_the_same_order(client):
    answer = client.get("/de/parcels.geojson?zone=GI&sort=-size&limit=7")
    body = answer.get_json(force=True)
    listed = cards(client.get("/de/parcels?zone=GI&sort=-size").text)
    assert answer.mimetype == "application/geo+json"
    assert body["numberReturned"] == len(body["features"]) == 7
    assert [feature["properties"]["number"] for feature in body["features"]] == listed[:7]


def test_the_other_language_is_the_same_page(client):
    page = client.get("/de/parcels?zone=GI&size_min_ha=8,5").text
    assert 'href="/en/parcels?zone=GI&amp;size_min_ha=8,5"' in page


def test_the_page_says_that_its_data_are_samples_and_whose_they_are(client):
    page = client.get("/de/parcels").text
    assert "Beispieldaten" in page
    assert "© GeoBasis-DE / BKG 2017, Daten verändert" in page


def test_answers_are_compressed(client):
    answer = client.get("/de/parcels", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert len(answer.data) < 20_000


@pytest.mark.parametrize("query", ["", "zone=GI&size_min_ha=8", "zone=XX"])
def test_a_page_has_one_main_heading_and_one_main_region(client, query):
    page = client.get(f"/de/parcels?{query}").text
    assert len(re.findall(r"<h1\b", page)) == 1
    assert len(re.findall(r"<main\b", page)) == 1


def test_conditions_are_counted_in_words(app):
    with app.test_request_context("/de/parcels"):
        assert chips.no_match(5) == "Keine Fläche erfüllt alle fünf Bedingungen."
        assert chips.no_match(12) == "Keine Fläche erfüllt alle 12 Bedingungen."
        both = chips.chips(SearchCriteria(size_min_ha=8.0, size_max_ha=20.0), {})
        assert [(chip.label, chip.value) for chip in both] == [("Größe", "8 bis 20 ha")]


@pytest.fixture
def counted_to_twenty(monkeypatch):
    """As if no search counted further than twenty."""
    kept = (facets._statement, facets._statement_of_kept, facets._statement_of_result)
    for module in (cube, facets):
        monkeypatch.setattr(module, "COUNTED_MAX", 20)
    for statement in kept:
        statement.cache_clear()
    yield
    for statement in kept:
        statement.cache_clear()


def test_what_was_not_counted_to_its_end_is_told_as_more(client, counted_to_twenty):
    german = client.get("/de/parcels?size_min_ha=0.5").text
    assert headline(german) == "Mehr als 20 Flächen"
    assert re.search(r'class="results-total">mehr als [\d,.]+\sha<', german)
    assert re.search(r'data-count="f-status-available">\d+\+<', german)
    assert headline(client.get("/en/parcels?size_min_ha=0.5").text) == "More than 20 sites"
    assert "Mehr als 20 Flächen, mehr als" in client.get("/de/planning/exports?size_min_ha=0.5").text


def test_counties_and_choices_alone_are_counted_to_their_end(client, sample_engine, counted_to_twenty):
    page = client.get("/de/parcels").text
    assert headline(page) == f"{count_in_store(sample_engine, 'status = ' + repr('available'))} Flächen"
    assert not re.search(r'data-count="f-(zone|status|plan|avoid)-[a-z_A-Z]+">\d+\+<', page)
    assert re.search(r'data-count="f-freshness-\w+">\d+\+<', page)
