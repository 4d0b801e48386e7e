"""The page of exports and its downloads over HTTP: filter, CRS, roles, records, picks, refusals, hostile input."""

from __future__ import annotations

import io
import json
import zipfile

import pyogrio
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from landportal import db
from landportal.config import read_settings
from landportal.model import AuditEntry
from landportal.services.exports import FORMATS
from landportal.web import create_app
from landportal.web.planning import export_store
from tests.conftest import Land, add_account, signed_in

EXPORT = "/en/planning/export"


def matched(client: FlaskClient, query: str = "") -> int:
    return client.get(f"/en/parcels.geojson?limit=1&{query}").json["numberMatched"]


@pytest.mark.parametrize("code", FORMATS)
def test_every_format_is_one_address_with_its_record(client: FlaskClient, code: str) -> None:
    answer = client.get(f"{EXPORT}/{code}?ags=16067&zone=GI")
    assert answer.status_code == 200
    assert answer.mimetype == FORMATS[code].media_type
    assert answer.headers["OGC-NumberMatched"] == str(matched(client, "ags=16067&zone=GI")) != "0"
    assert "attachment; filename=sites-" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].endswith(f".{FORMATS[code].extension}")
    record = client.get(answer.headers["Link"].split(">")[0][1:]).json
    assert record["count"] == int(answer.headers["OGC-NumberMatched"])
    assert record["filter"] == {"ags": ["16067"], "zone": ["GI"]}
    if not FORMATS[code].streamed:
        assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_a_geojson_download_is_the_result_of_the_search(client: FlaskClient) -> None:
    query = "zone=GE&size_min_ha=2"
    features = client.get(f"{EXPORT}/geojson?{query}").json["features"]
    listed = client.get(f"/en/parcels.geojson?limit=10000&{query}").json["features"]
    assert {f["properties"]["number"] for f in features} == {f["properties"]["number"] for f in listed}


def test_the_order_asked_for_is_the_order_of_the_rows(client: FlaskClient) -> None:
    rows = client.get(f"{EXPORT}/geojson?sort=size&columns=area_m2").json["features"]
    sizes = [row["properties"]["area_m2"] for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert set(rows[0]["properties"]) == {"number", "area_m2"}


def test_crs_zip_and_columns_are_what_was_asked_for(client: FlaskClient) -> None:
    answer = client.get(f"{EXPORT}/gpkg?crs=EPSG:31468&zip=1&columns=hilucs,zone&columns=number")
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Crs"] == "<http://www.opengis.net/def/crs/EPSG/0/31468>"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert sorted(archive.namelist()) == ["parcels.gpkg", "parcels.record.json"]
        record = json.loads(archive.read("parcels.record.json"))
        meta, *_ = pyogrio.raw.read(archive.read("parcels.gpkg"))
    assert meta["crs"] == "EPSG:31468"
    assert list(meta["fields"]) == ["number", "zone", "hilucs"] == [each["name"] for each in record["columns"]]


def test_picked_sites_give_their_cadastral_identifiers(client: FlaskClient) -> None:
    features = client.get(f"{EXPORT}/geojson").json["features"]
    some = [f["properties"] for f in features if f["properties"]["cadastral_ids"]][:3]
    picks = "&".join(f"number={one['number']}" for one in some)
    lines = client.get(f"{EXPORT}/cadastral?{picks}").text.splitlines()
    assert sorted(lines[1:]) == sorted(f"{i},{one['number']}" for one in some for i in one["cadastral_ids"])


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("dxf?crs=4326", "crs"), ("kml?crs=25832", "crs"), ("csv?crs=abc", "crs"), ("csv?crs=%00", "crs"),
        ("csv?crs=25832&crs=4326", "crs"), ("csv?columns=contact_email", "columns"), ("csv?columns=x%27--", "columns"),
        ("csv?number=nobody", "number"), ("csv?number=%00", "number"), ("csv?scope=all", "scope"), ("csv?zip=2", "zip"),
        ("csv?as_of=2999-01-01", "as_of"), ("csv?page=2", "page"), ("csv?nonsense=1", "nonsense"),
        ("csv?size_min_ha=-1", "size_min_ha"), ("csv?ags=99", "ags"), ("csv?area=nowhere", "area"),
        ("csv?" + "&".join(f"number=LP-{n}" for n in range(600)), "number"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_at_its_name(client: FlaskClient, path: str, parameter: str) -> None:
    for address in (f"{EXPORT}/{path}", f"{EXPORT}/{path.replace('?', '/record?', 1)}"):
        answer = client.get(address)
        assert answer.status_code == 400, answer.text[:200]
        assert answer.mimetype == "application/problem+json"
        assert [error["parameter"] for error in answer.json["errors"]] == [parameter]


def test_a_person_is_told_on_the_page(client: FlaskClient) -> None:
    answer = client.get(f"{EXPORT}/dxf?crs=4326&zone=GI", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert page.status_code == 422
    assert "DXF cannot be written in EPSG:4326. It can in: EPSG:25832" in page.text
    assert client.get(f"{EXPORT}/nonsense").status_code == 404


def test_no_parameter_leads_a_person_to_another_host(client: FlaskClient) -> None:
    hostile = "_external=1&_scheme=ftp&_anchor=x&lang=xx&endpoint=y&format=z&format_=q&_method=POST"
    answer = client.get(f"{EXPORT}/csv?{hostile}", headers={"Accept": "text/html", "Host": "evil.example"})
    assert answer.status_code == 303
    assert answer.location.startswith("/en/planning/exports?")
    assert client.get(answer.location).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "ags=99", "area=nowhere", "page=0", "number=nobody&format=csv", "columns=x", "crs=%00&format=gpkg", "q=%00",
        "scope=all", "nonsense=1", "as_of=2999-01-01", "format=dxf&crs=4326", "crs=4326&crs=25832",
    ],
)  # fmt: skip
def test_the_page_tells_what_cannot_be_used(client: FlaskClient, query: str) -> None:
    page = client.get(f"/de/planning/exports?{query}")
    assert page.status_code == 422
    assert "Bitte prüfen Sie Ihre Eingaben" in page.text


@pytest.mark.parametrize("query", ["page=999999999", "number=nobody", "format=doc", "number=%3Cb%3E&columns=,,,", ""])
def test_the_page_takes_what_does_no_harm(client: FlaskClient, query: str) -> None:
    page = client.get(f"/en/planning/exports?{query}")
    assert page.status_code == 200
    assert "<b></label>" not in page.text


def test_the_page_keeps_the_filter_and_offers_every_format(client: FlaskClient) -> None:
    page = client.get("/en/planning/exports?zone=GI&ags=16067&as_of=2026-11-01&crs=25833&columns=hilucs")
    assert page.status_code == 200
    assert '<input type="hidden" name="zone" value="GI">' in page.text
    assert '<option value="25833" selected>' in page.text
    for code in FORMATS:
        assert f'formaction="{EXPORT}/{code}"' in page.text
    assert "my organisation" not in page.text
    german = client.get("/de/planning/exports")
    assert "Flurstückskennzeichen (CSV)" in german.text


def test_the_search_leads_to_its_export(client: FlaskClient) -> None:
    assert 'href="/en/planning/exports?zone=GI' in client.get("/en/parcels?zone=GI&sort=size&page=1").text


@pytest.fixture(scope="module")
def kept(clone) -> tuple[Flask, dict]:
    """An application with land of two municipalities, an officer of one of them and an investor of none."""
    settings = read_settings(
        {"LANDPORTAL_DATABASE_URL": clone("empty"), "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    )
    owner = db.connect(settings.database_url, settings)
    with db.transaction(owner) as session:
        land = Land(session)
        land.parcel("mine", contact_email="amt@example.org", status="preparing")
        land.parcel("mine-gone", status="withdrawn", east_km=3)
        land.parcel("theirs", east_km=25)
        people = {role: add_account(session, role, ags="16067089", password="x") for role in ("officer", "planner")}
        people["administrator"] = add_account(
            session,
            "administrator",
            ags="16067089",
            password="x",
            tf_primary_method="authenticator",
            tf_totp_secret="x",
        )
    app = create_app(settings)
    yield app, people, owner
    owner.dispose()


def test_a_person_whose_session_has_ended_is_led_to_the_sign_in(kept) -> None:
    app, _, _ = kept
    visitor = app.test_client()
    answer = visitor.get(f"{EXPORT}/csv?scope=mine", headers={"Accept": "text/html"})
    assert visitor.get(answer.location).location.startswith("/en/login")


def test_asking_for_the_head_alone_holds_no_connection(kept) -> None:
    app, _, _ = kept
    for _ in range(5):
        assert app.test_client().head(f"{EXPORT}/geojson").headers["OGC-NumberMatched"] == "1"
    assert app.test_client().get(f"{EXPORT}/geojson").status_code == 200


def test_only_keepers_export_their_own_land_with_all_columns(kept) -> None:
    app, people, owner = kept
    address = f"{EXPORT}/geojson?scope=mine"
    assert app.test_client().get(address).status_code == 401
    assert signed_in(app, people["administrator"]).get(address).status_code == 403
    for role in ("officer", "planner"):
        answer = signed_in(app, people[role]).get(address)
        rows = {feature["id"]: feature["properties"] for feature in answer.json["features"]}
        assert set(rows) == {"mine", "mine-gone"}
        assert rows["mine"]["contact_email"] == "amt@example.org"
        assert answer.headers["Cache-Control"] == "no-store"
        public = signed_in(app, people[role]).get(f"{EXPORT}/geojson").json["features"]
        assert [feature["id"] for feature in public] == ["theirs"]
        assert "contact_email" not in public[0]["properties"]
    with db.reading(owner, db.Acting(people["officer"].id, "page")) as session:
        subjects = session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "exported")).all()
    assert subjects == ["geojson", "geojson"]


def test_a_number_of_somebody_else_is_unknown_in_my_land(kept) -> None:
    app, people, _ = kept
    answer = signed_in(app, people["officer"]).get(f"{EXPORT}/csv?scope=mine&number=mine&number=theirs")
    assert answer.status_code == 400
    assert "theirs" in answer.json["errors"][0]["detail"]


def test_the_desk_leads_to_the_export_of_its_land(kept) -> None:
    app, people, _ = kept
    client = signed_in(app, people["officer"])
    assert "/en/planning/exports?scope=mine" in client.get("/en/desk/").text
    page = client.get("/en/planning/exports?scope=mine&status=withdrawn").text
    assert "mine-gone" in page
    assert "contact_email" in page


def test_temporary_files_are_gone_when_the_answer_begins(kept, monkeypatch) -> None:
    app, _, _ = kept
    home = app.extensions["landportal"].settings.instance / "exports"
    before = set(home.iterdir()) if home.is_dir() else set()
    answer = app.test_client().get(f"{EXPORT}/gpkg")
    assert answer.status_code == 200
    assert set(home.iterdir()) <= before
    with monkeypatch.context() as patch:
        patch.setattr(export_store, "FORGOTTEN_S", -1)
        (home / "forgotten").mkdir()
        app.test_client().get(f"{EXPORT}/gpkg")
        assert not (home / "forgotten").exists()
