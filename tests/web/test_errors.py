"""Failures become clear answers in the visitor's language: never a 500 for bad input, never a stack trace."""

import json

import pytest
from sqlalchemy import create_engine, text

from landportal import db
from landportal.config import read_settings
from landportal.web import create_app
from landportal.web.reading import snapshot

HOSTILE = [
    "q=%00", "q=" + "a" * 5_000, "q=%27%3B+drop+table+parcel%3B--", "q=%25%25%25", "q=<script>alert(1)</script>",
    "q=${7*7}{{7*7}}", "q=%F0%9F%8F%AD", "q=%ff%fe", "q=\\", "q=_%25_", "q=%E2%80%AE",
    "size_min_ha=nan", "size_min_ha=inf", "size_min_ha=1e999", "size_min_ha=-1", "size_min_ha=acht",
    "size_min_ha=9&size_max_ha=1", "price_max_eur_m2=%00", "zone=XX", "status=withdrawn", "status=", "plan=9",
    "ags=1606", "ags=99999", "ags=16056", "area=nix", "area=../../etc/passwd", "available_by=2027-13-45",
    "bbox=170,50,-170,52", "bbox=10,91,11,92", "bbox=1,2", "bbox=11,51,10,50", "bbox=10,50,10,50",
    "page=0", "page=-1", "page=1000000000", "page=99999999999999999999", "page=2", "sort=drop", "sort=-fresh",
    "fits=180x90", "net_min_ha=2", "as_of=2026-01-01", "=", "&&&", "q", "%00=1", "zone=GI&" * 200,
    "fibre_min_mbit=99999999999", "avoid=all", "round_the_clock=maybe", "motorway_max_km=0",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
@pytest.mark.parametrize("lang", ["de", "en"])
def test_hostile_searches_get_a_page_in_the_visitors_language(client, lang, query):
    answer = client.get(f"/{lang}/parcels?{query}")
    assert answer.status_code in {200, 404, 422}
    assert f'<html lang="{lang}">' in answer.text
    assert "Traceback" not in answer.text
    assert "<script>alert(1)" not in answer.text


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_machine_requests_get_an_answer_or_problem_details(client, query):
    answer = client.get(f"/en/parcels.geojson?{query}")
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert answer.mimetype == "application/problem+json"
        body = answer.get_json()
        assert body["status"] == 400
        assert all(error["detail"] for error in body["errors"])


@pytest.mark.parametrize("limit", ["0", "10001", "-1", "many", "1e3", ""])
def test_a_limit_out_of_range_is_refused(client, limit):
    assert client.get(f"/de/parcels.geojson?limit={limit}").status_code == (400 if limit else 200)


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/parcels/40/0/0.mvt",
        "/tiles/parcels/3/99/0.mvt",
        "/tiles/parcels/3/0/0.mvt?zone=XX",
        "/tiles/areas/3/4/2.mvt?x=1",
    ],
)
def test_a_tile_out_of_range_is_a_problem_for_machines(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("path", ["/tiles/nix/3/4/2.mvt", "/de/parcels/nix.geojson", "/tiles/parcels/a/b/c.mvt"])
def test_what_machines_do_not_find_is_problem_details_too(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "path", ["parcels/nix", "areas/nix", "nowhere", "parcels/%00", "parcels/" + "x" * 3_000, "areas/<b>"]
)
@pytest.mark.parametrize(("lang", "words"), [("de", "Diese Seite gibt es nicht."), ("en", "This page does not exist.")])
def test_a_missing_page_says_so_and_offers_the_search(client, path, lang, words):
    answer = client.get(f"/{lang}/{path}")
    assert answer.status_code == 404
    assert words in answer.text
    assert f'href="/{lang}/parcels"' in answer.text


def test_outside_any_language_the_browser_decides(client):
    assert "This page does not exist." in client.get("/fr/x", headers={"Accept-Language": "en"}).text
    assert "Diese Seite gibt es nicht." in client.get("/fr/x", headers={"Accept-Language": "de-AT"}).text


def test_a_page_that_takes_no_input_says_which_methods_it_knows(client):
    answer = client.post("/de/parcels")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "Diese Seite kann nur gelesen werden." in answer.text


@pytest.mark.parametrize(("lang", "words"), [("de", "nicht mehr angeboten"), ("en", "no longer offered")])
def test_a_withdrawn_parcel_is_gone_and_leads_to_its_area(client, sample_engine, lang, words):
    query = text(
        "select p.number, a.slug from parcel p join area a on a.id = p.area_id where p.status = 'withdrawn' limit 1"
    )
    with sample_engine.connect() as connection:
        number, slug = connection.execute(query).one()
    page = client.get(f"/{lang}/parcels/{number}")
    assert page.status_code == 410
    assert words in page.text
    assert f'href="/{lang}/areas/{slug}"' in page.text
    machine = client.get(f"/{lang}/parcels/{number}.geojson")
    assert (machine.status_code, machine.mimetype) == (410, "application/problem+json")


@pytest.fixture
def app_without_database():
    environ = {"LANDPORTAL_DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none", "LANDPORTAL_BASEMAP": "none"}
    return create_app(read_settings(environ))


@pytest.mark.parametrize("path", ["/de/parcels", "/de/parcels/TH-00001", "/de/areas", "/de/areas/x", "/de/open-data"])
def test_with_the_database_down_pages_say_come_back(app_without_database, path):
    answer = app_without_database.test_client().get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Das Portal ist gerade nicht erreichbar." in answer.text


def test_with_the_database_down_machines_get_problem_details(app_without_database):
    answer = app_without_database.test_client().get("/en/parcels.geojson")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"]


def test_with_the_database_down_pages_without_data_are_still_there(app_without_database):
    assert app_without_database.test_client().get("/de/imprint").status_code == 200


def test_the_portal_recovers_without_a_restart(server_url, own_sample_url):
    app = create_app(read_settings({"LANDPORTAL_DATABASE_URL": own_sample_url, "LANDPORTAL_BASEMAP": "none"}))
    client = app.test_client()
    assert client.get("/en/parcels").status_code == 200
    kick_out = text("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = :name")
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(kick_out, {"name": app.extensions["landportal"].engine.url.database})
    admin.dispose()
    assert client.get("/en/parcels").status_code == 200
    app.extensions["landportal"].engine.dispose()


def test_a_search_that_takes_too_long_has_a_sentence_of_its_own(app):
    @db_call(app)
    def slow(session):
        session.execute(text("set local statement_timeout = 50"))
        session.execute(text("select pg_sleep(5)"))

    assert slow.status_code == 503
    assert "This search takes too long." in slow.text
    assert slow.headers["Retry-After"]


def test_a_fault_of_ours_shows_no_stack_trace(app, monkeypatch):
    @db_call(app)
    def broken(session):
        session.execute(text("select no_such_column"))

    assert broken.status_code == 500
    assert "Something went wrong on our side." in broken.text
    assert "no_such_column" not in broken.text


def db_call(app):
    """Run a function against the store inside a request and give its answer."""

    def run(function):
        def view(**_path):
            with snapshot() as session:
                function(session)

        previous = app.view_functions["areas.index"]
        app.view_functions["areas.index"] = view
        try:
            return app.test_client().get("/en/areas")
        finally:
            app.view_functions["areas.index"] = previous

    return run


def test_problem_details_name_every_bad_parameter(client):
    body = json.loads(client.get("/de/parcels.geojson?size_min_ha=acht&zone=XX").text)
    assert [error["parameter"] for error in body["errors"]] == ["zone", "size_min_ha"]
    assert body["errors"][1]["detail"] == "Bitte eine Zahl eingeben, zum Beispiel 8 oder 8,5."


def test_an_unreachable_database_is_told_from_a_wrong_statement(sample_engine):
    from sqlalchemy.exc import DBAPIError

    with sample_engine.connect() as connection, pytest.raises(DBAPIError) as wrong:
        connection.execute(text("select no_such_column"))
    assert not db.is_unreachable(wrong.value)
