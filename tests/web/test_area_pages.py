"""The list of areas with its filters, an area with members and balance, and the pages of the frame."""

import re

import pytest

from landportal.services.reports import contiguous
from landportal.services.reports.land_balance import ROAD_WIDTH_M
from landportal.services.reports.units import find_unit

NBSP = "\u00a0"


def listed(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/\w\w/areas/([^"]+)"', page)


def test_all_areas_are_listed(client):
    page = client.get("/de/areas").text
    assert len(listed(page)) > 50
    assert "goldene-aue" in listed(page)


def test_the_list_can_be_narrowed_by_county(client):
    assert set(listed(client.get("/de/areas?county=16062").text)) < set(listed(client.get("/de/areas").text))
    assert "goldene-aue" in listed(client.get("/de/areas?county=16062").text)


def test_the_list_can_be_narrowed_to_shared_areas(client):
    shared = listed(client.get("/en/areas?inter_municipal=1").text)
    assert {"goldene-aue", "erfurter-kreuz"} <= set(shared)
    assert len(shared) < 20


@pytest.mark.parametrize("query", ["county=99999", "county=Gotha", "inter_municipal=maybe", "sort=name"])
def test_a_bad_filter_is_told(client, query):
    answer = client.get(f"/de/areas?{query}")
    assert answer.status_code == 422
    assert 'class="problem"' in answer.text


@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_area_has_a_page(app, lang):
    client = app.test_client()
    slugs = listed(client.get("/de/areas").text)
    assert {client.get(f"/{lang}/areas/{slug}").status_code for slug in slugs[::3]} == {200}


def test_a_shared_area_shows_members_shares_and_sums(client):
    page = client.get("/de/areas/goldene-aue").text
    assert "Interkommunales Gebiet von vier Gemeinden" in page
    for municipality in ("Nordhausen", "Heringen/Helme", "Urbach", "Görsbach"):
        assert municipality in page
    assert page.count(f"100,0{NBSP}%") == 2
    assert "Ein Kontakt für alle vier" in page


def test_the_balance_sums_to_the_parcels(client):
    page = client.get("/de/areas/goldene-aue").text
    total = float(re.search(rf"Flächen ([\d,]+){NBSP}ha", page).group(1).replace(",", "."))
    parts = re.findall(
        r'<dd><span class="figure">([\d,]+)</span>', re.search(r'<dl class="balance">.*?</dl>', page).group(0)
    )
    assert sum(float(part.replace(",", ".")) for part in parts) == pytest.approx(total, abs=0.2)


def test_the_largest_free_piece_is_what_lies_together(client, sample_session):
    site = contiguous.largest(sample_session, find_unit(sample_session, "area:goldene-aue"), ROAD_WIDTH_M)[0]
    told = re.sub(r"<[^>]+>", " ", client.get("/de/areas/goldene-aue").text).partition("Größtes freies Stück")[2][:200]
    assert f"{float(site.net_m2) / 10_000:.2f}".replace(".", ",") in told
    assert ("nebeneinander" in told) == (site.parcels > 1)


def test_all_parcels_of_an_area_are_one_click_away_in_the_search(client):
    page = client.get("/de/areas/goldene-aue").text
    link = re.search(r'href="(/de/parcels\?area=goldene-aue[^"]*)"', page).group(1).replace("&amp;", "&")
    found = client.get(link).text
    assert re.search(r'<h1 id="results-headline">(\d+) Flächen', found).group(1) == str(
        page.count('class="num" data-unit="ha"')
    )


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("page", ["open-data", "imprint", "privacy", "accessibility"])
def test_the_pages_of_the_frame_exist_in_both_languages(client, lang, page):
    answer = client.get(f"/{lang}/{page}")
    assert answer.status_code == 200
    assert f'<html lang="{lang}">' in answer.text
    assert len(re.findall(r"<h1\b", answer.text)) == 1


def test_open_data_names_every_data_set_with_licence_and_address(client):
    page = client.get("/en/open-data").text
    assert "/en/parcels.geojson" in page
    assert "© GeoBasis-DE / BKG 2017, Daten verändert" in page
    assert page.count("<dt>Licence</dt>") >= 15


def test_the_operators_own_text_takes_the_place_of_the_placeholder(app, tmp_path, monkeypatch):
    from dataclasses import replace

    portal = app.extensions["landportal"]
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/imprint.de.txt").write_text("Stadt Musterhausen\nMarkt 1\n\n<b>Telefon</b> 1", encoding="utf-8")
    own = replace(portal, settings=replace(portal.settings, instance=tmp_path))
    monkeypatch.setitem(app.extensions, "landportal", own)
    page = app.test_client().get("/de/imprint").text
    assert "Stadt Musterhausen" in page
    assert "&lt;b&gt;Telefon" in page
    assert "noch nicht ausgefüllt" not in page
    assert "has not filled in" in app.test_client().get("/en/imprint").text
