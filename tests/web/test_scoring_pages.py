"""Ranking on the pages: reasons in words, a profile that stays in every link, missing facts told, the desk's list."""

import re

import pytest

from landportal.services.scoring.criteria import CRITERIA
from tests.web.desk_pages import desk_pages, words


@pytest.fixture(scope="module")
def ranked(app):
    return app.test_client().get("/de/parcels?profile=logistics").text


def cards(page):
    return re.findall(r'<li class="card.*?</li>\s*(?=<li class="card|</ol>)', page, re.DOTALL)


def scores(page):
    return [int(figure) for figure in re.findall(r'<strong class="figure">(\d+)</strong>', page)]


def test_the_best_comes_first_with_its_reasons_and_how_firm_it_stands(ranked):
    assert scores(ranked) == sorted(scores(ranked), reverse=True)
    first = words(cards(ranked)[0])
    assert re.search(r"aus \d+ von 16 Merkmalen", first)
    assert "Autobahn: " in first
    assert re.search(r"In \d+\s*% der Versuche unter den ersten drei", first)


def test_what_drops_out_comes_last_with_its_sentence(client):
    first = client.get("/de/parcels?profile=logistics").text
    pages = int(re.search(r"von (\d+)</span>", first).group(1))
    last = client.get(f"/de/parcels?profile=logistics&page={pages}").text
    assert "Fällt weg" not in cards(first)[0]
    assert all("Fällt weg: nachts nur" in card and "is-out" in card for card in cards(last))
    assert re.search(r"nachts nur (35|4\d|5\d)\s*dB\(A\) zulässig, verlangt 60\s*dB\(A\)", words(last))


def test_a_profile_takes_nothing_away_from_the_result(client):
    counted = r'id="results-headline">([^<]*)<'
    plain, ranked = (client.get(f"/en/parcels?zone=GE{more}").text for more in ("", "&profile=data_centre"))
    assert re.search(counted, plain).group(1) == re.search(counted, ranked).group(1)


def test_the_profile_stays_in_links_to_parcels_and_back(client):
    page = client.get("/en/parcels?profile=food&w_size=9&must=night:50").text
    link = re.search(r'href="(/en/parcels/TH-[^"]+)"', page).group(1).replace("&amp;", "&")
    assert "profile=food" in link
    assert "w_size=9" in link
    detail = client.get(link).text
    assert "Suitability: Food" in words(detail)
    assert re.search(r'href="/en/parcels\?profile=food&amp;w_size=9&amp;must=night:50"', detail)


def test_asking_for_a_hall_on_a_parcel_page_keeps_the_profile_and_the_other_way_round(client):
    page = client.get("/en/parcels/TH-00043?profile=food&w_size=9&fits=90x60").text
    assert re.search(
        r'<form class="hall-form".*?name="profile" value="food".*?name="w_size" value="9"', page, re.DOTALL
    )
    assert re.search(r'href="/en/parcels/TH-00043\?[^"]*fits=90x60[^"]*profile=crafts', page)


def test_the_parts_on_a_page_sum_to_the_whole(client):
    page = client.get("/en/parcels/TH-00043?profile=neutral").text
    table = re.search(r'<table class="rows-on-phone contributions">.*?</table>', page, re.DOTALL).group(0)
    body, foot = table.split("<tfoot>")
    ends = [re.findall(r"\d+\.\d", cell) for cell in re.findall(r'<td class="num">(\d[^<]*\.\d)</td>', body)]
    low, high = (sum(float(end[which]) for end in ends) for which in (0, -1))
    total = [float(figure) for figure in re.findall(r"\d+\.\d", foot)]
    assert len(ends) == len(CRITERIA)
    assert total[0] == pytest.approx(low, abs=len(CRITERIA) * 0.05)
    assert total[-1] == pytest.approx(high, abs=len(CRITERIA) * 0.05)


def test_the_table_names_value_weight_and_where_thresholds_come_from(client):
    page = words(client.get("/de/parcels/TH-00043?profile=logistics").text)
    assert re.search(r"Nachtbetrieb 70\s*dB\(A\) 100 9 \d+,\d TA Lärm 6.1", page)
    assert "Faustregel, nicht geprüft" in page


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(
    "preset", ["logistics", "production", "food", "data_centre", "crafts", "laboratory", "neutral"]
)
def test_every_profile_has_pages_without_a_blank(client, lang, preset):
    search = client.get(f"/{lang}/parcels?profile={preset}&status=available&status=preparing&status=sold")
    assert search.status_code == 200
    numbers = re.findall(r'data-number="([^"]+)"', search.text)
    for number in numbers[::15]:
        page = client.get(f"/{lang}/parcels/{number}?profile={preset}")
        assert page.status_code == 200
        table = re.search(r'<table class="rows-on-phone contributions">.*?</table>', page.text, re.DOTALL).group(0)
        for cell in re.findall(r'<t[dh](?: class="(?:num|note)[^"]*"| scope="row")?>(.*?)</t[dh]>', table, re.DOTALL):
            assert words(cell)


@pytest.mark.parametrize(("lang", "sentence"), [("de", "ganze Zahl von 0 bis 10"), ("en", "whole number from 0 to 10")])
def test_a_bad_weight_is_told_at_its_slider(client, lang, sentence):
    answer = client.get(f"/{lang}/parcels?profile=food&w_size=11")
    assert answer.status_code == 422
    assert re.search(
        rf'id="f-w_size"[^>]*aria-invalid="true" aria-describedby="p-w_size".*?{sentence}', answer.text, re.S
    )


def test_bad_profiles_of_a_parcel_page_are_told_and_never_a_failure(client):
    for query in ("profile=x", "w_size=99", "must=size:x", "profile=food&profile=crafts"):
        assert 400 <= client.get(f"/de/parcels/TH-00043?{query}").status_code < 500


def test_machines_get_the_score_and_its_ends_in_list_order(client):
    answer = client.get("/en/parcels.geojson?profile=production&limit=1000").get_json()
    facts = [feature["properties"] for feature in answer["features"]]
    assert all(0 <= one["score_low"] <= one["score"] <= one["score_high"] <= 100 for one in facts)
    keys = [(one["knocked_out"], -one["score"]) for one in facts]
    assert keys == sorted(keys)
    assert any(one["score_low"] < one["score_high"] for one in facts)
    plain = client.get("/en/parcels.geojson?limit=1").get_json()["features"][0]["properties"]
    assert "score" not in plain


def test_a_search_of_the_past_is_ranked_as_the_land_stood_then(client):
    assert client.get("/de/parcels?profile=food&as_of=2026-11-27").status_code == 200
    assert client.get("/de/parcels/TH-00043?profile=food&as_of=2026-11-27").status_code in (200, 404)


def test_readiness_on_the_public_page_names_what_is_missing_and_no_person(client):
    page = client.get("/de/parcels/TH-00043").text
    box = re.search(r'<section class="box" aria-labelledby="readiness-title">.*?</section>', page, re.DOTALL).group(0)
    earned = [tuple(map(int, pair)) for pair in re.findall(r"(\d+)/(\d+)</span>", box)]
    assert sum(worth for _earned, worth in earned) == 100
    assert f"Ansiedlungsreife {sum(points for points, _worth in earned)} von 100" in words(box)
    assert "@" not in box


def test_the_desk_says_what_would_lift_a_parcel_most_points_first_and_where(database_url, settings):
    with desk_pages(database_url, settings) as pages:
        officer = pages.as_(pages.store.officer)
        page = officer.get("/de/desk/parcels/H-1").text
        box = re.search(r'<section class="box" aria-labelledby="lifting-title">.*?</section>', page, re.DOTALL).group(0)
        points = [int(count) for count in re.findall(r"\+(\d+) Punkte?", box)]
        assert points == sorted(points, reverse=True)
        ready = int(re.search(r'<strong class="figure">(\d+)</strong>', box).group(1))
        assert ready + sum(points) == 100
        target = re.search(r'href="(/de/desk/parcels/[^"#]+/edit)#(f-[a-z_0-9]+)"', box)
        assert f'id="{target.group(2)}"' in officer.get(target.group(1)).text
        # Whoever may only look is told the same, without ways into the editor.
        planner = pages.as_(pages.store.planner).get("/de/desk/parcels/H-1").text
        assert "Was diese Fläche heben würde" in planner
        assert "/edit#" not in planner
