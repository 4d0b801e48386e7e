"""Writing sites through the API: who may, on which terms, what is refused and how, and what the history keeps of it."""

import json
import logging
import re
import threading
from base64 import b64encode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from landportal import db
from landportal.model import TokenScope
from landportal.services import api_tokens
from landportal.services.api_tokens import NewToken
from tests.conftest import CORNER_E, CORNER_N, signed_in
from tests.web.desk_pages import desk_pages

ITEMS = "/api/collections/parcels/items"
GEOJSON, PATCH = "application/geo+json", "application/merge-patch+json"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
UTM_BODY = {"Content-Crs": f"<{UTM}>"}


@pytest.fixture(scope="module")
def portal(clone, settings):
    with desk_pages(clone("empty"), settings) as pages:
        yield Api(pages)


@pytest.fixture(autouse=True)
def _one_pair_of_eyes(portal):
    yield
    portal.store.four_eyes(False)


class Api:
    """The API as programs use it: with a token, a session, or nothing."""

    def __init__(self, pages):
        self.app, self.store = pages.app, pages.store
        self.token = self.token_of(self.store.officer)
        self.made = self.origins = 0

    def token_of(self, account, scope="write", days=None):
        with db.transaction(self.store.owner) as session:
            return api_tokens.make(session, account.id, NewToken("QGIS", TokenScope(scope), days)).secret

    def another_origin(self):
        self.origins += 1
        return f"192.0.2.{self.origins}"

    def open(self, method, path, body=None, token="", origin="127.0.0.1", **headers):
        """Answer to a request with the officer's token; another `token`, or none where it is None."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        secret = self.token if token == "" else token
        if secret is not None:
            headers.setdefault("Authorization", f"Bearer {secret}")
        data = body if isinstance(body, bytes | str) or body is None else json.dumps(body)
        if body is not None:
            headers.setdefault("Content-Type", PATCH if method == "PATCH" else GEOJSON)
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = origin
        return client.open(path, method=method, data=data, headers=headers)

    def item(self, number, **more):
        return self.open("GET", f"{ITEMS}/{number}", **more)

    def patch(self, number, body, **more):
        return self.open("PATCH", f"{ITEMS}/{number}", body, **more)

    def new(self, **facts):
        """The number of a new parcel of its own place, inside the officer's scope."""
        self.made += 1
        body = feature(2 + self.made % 15, 3 + self.made // 15, **facts)
        answer = self.open("POST", ITEMS, body, **UTM_BODY)
        assert answer.status_code == 201, answer.json
        return answer.json["id"]

    def history(self, number):
        with db.reading(self.store.owner) as session:
            found = session.execute(HISTORY, {"number": number})
            return [tuple(row) for row in found]


HISTORY = text(
    """
    select c.through, a.name, c.reason from change c left join account a on a.id = c.account_id
    where c.id in (select change_id from parcel where number = :number
                   union select change_id from parcel_history where number = :number)
    order by c.id
    """
)


def square(east_km, north_km, side_m=100):
    west, south = CORNER_E + east_km * 1000, CORNER_N + north_km * 1000
    east, north = west + side_m, south + side_m
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(east_km=2, north_km=3, **properties):
    return {
        "type": "Feature", "geometry": square(east_km, north_km),
        "properties": {"name_de": "Am Bahnhof", **properties},
    }  # fmt: skip


def pointers(answer):
    assert answer.mimetype == "application/problem+json"
    return {error["pointer"] for error in answer.json["errors"]}


def allowed(answer):
    return set(answer.headers["Allow"].split(", "))


def test_a_site_is_added_changed_replaced_and_withdrawn(portal):
    answer = portal.open("POST", ITEMS, feature(4, 9, zone="GE", price_eur_m2=12.5), **UTM_BODY)
    assert answer.status_code == 201
    number = answer.json["id"]
    assert answer.headers["Location"].endswith(f"{ITEMS}/{number}")
    assert answer.headers["Location"] in [link["href"] for link in answer.json["links"] if link["rel"] == "self"]
    assert answer.json["properties"]["status"] == "preparing"
    assert answer.json["properties"]["ags"] == "16067089"

    patched = portal.patch(
        number, {"properties": {"zone": "GI", "price_eur_m2": None, "contact_name": "Frau Beispiel"}}
    )
    assert patched.status_code == 200
    assert patched.json["properties"]["zone"] == "GI"
    assert patched.json["properties"]["price_eur_m2"] is None

    whole = portal.item(number).json
    whole["properties"]["name_de"] = "Am Güterbahnhof"
    replaced = portal.open("PUT", f"{ITEMS}/{number}", whole)
    assert replaced.status_code == 200, replaced.json
    assert replaced.json["properties"]["name_de"] == "Am Güterbahnhof"
    assert portal.store.parcel(number).contact_name == "Frau Beispiel"

    assert portal.open("DELETE", f"{ITEMS}/{number}").status_code == 204
    assert portal.item(number).status_code == 410
    assert portal.patch(number, {"properties": {"zone": "GE"}}).status_code == 410
    assert [through for through, *_ in portal.history(number)] == ["api"] * 4


def test_who_writes_and_why_is_in_the_history(portal):
    number = portal.new()
    portal.patch(
        number, {"properties": {"zone": "GE"}}, Change_Reason="Bebauungsplan geändert".encode().decode("latin-1")
    )
    portal.patch(number, {"properties": {"zone": "GI"}})
    assert portal.history(number)[1:] == [
        ("api", "Erste", "Bebauungsplan geändert"), ("api", "Erste", "API: QGIS"),
    ]  # fmt: skip


# ----------------------------------------------------------------------------------------------------------- who may


WRITES = [("POST", ITEMS), ("PUT", f"{ITEMS}/H-1"), ("PATCH", f"{ITEMS}/H-1"), ("DELETE", f"{ITEMS}/H-1")]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_the_public_cannot_write_and_is_told_how_one_may(portal, method, path):
    before = portal.store.parcel("H-1").version
    answer = portal.open(method, path, feature(), token=None)
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert [way.split()[0] for way in answer.headers.getlist("WWW-Authenticate")] == ["Bearer", "Basic"]
    assert portal.store.parcel("H-1").version == before


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_token_that_reads_does_not_write(portal, method, path):
    before = portal.store.parcel("H-1").version
    answer = portal.open(method, path, feature(), token=portal.token_of(portal.store.officer, "read"))
    assert answer.status_code == 403
    assert portal.store.parcel("H-1").version == before


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_planners_token_does_not_write_whatever_it_was_made_for(portal, method, path):
    assert portal.open(method, path, feature(), token=portal.token_of(portal.store.planner)).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_site_outside_the_scope_is_refused_before_its_body_is_read(portal, method):
    assert portal.open(method, f"{ITEMS}/W-1", b"no json").status_code == 403


def test_a_site_cannot_be_added_outside_the_scope(portal):
    answer = portal.open("POST", ITEMS, feature(25, 3), **UTM_BODY)
    assert answer.status_code == 422
    assert pointers(answer) == {"/geometry"}
    assert "Waltershausen" in answer.json["errors"][0]["detail"]


def test_basic_carries_the_token_as_password_whatever_the_name(portal):
    for name in ("", "Erste", "ä"):
        pair = b64encode(f"{name}:{portal.token}".encode()).decode()
        assert portal.patch("H-2", {"properties": {}}, token=None, Authorization=f"Basic {pair}").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        "Bearer lp_" + "0" * 48, "Bearer", "Bearer ", "Bearer nothing", "Basic", "Basic !!", "Basic bm9ib2R5",
        "Digest x", "Negotiate abc", "Bearer " + "lp_" * 5000, "Bearer \u00e4\u00f6", "", "lp_x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api", ITEMS, f"{ITEMS}/H-1"])
def test_a_bad_token_is_nobody_not_the_public(portal, given, path):
    answer = portal.open("GET", path, token=None, Authorization=given, origin=portal.another_origin())
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]


def test_a_token_opens_no_page_but_the_api(portal):
    for path in ("/de/desk/", "/de/desk/account", "/de/desk/parcels/H-1"):
        answer = portal.open("GET", path)
        assert answer.status_code == 303
        assert "/login" in answer.headers["Location"]


def test_a_token_in_the_address_is_refused(portal):
    for name in ("token", "access_token", "api_key"):
        answer = portal.open("GET", f"{ITEMS}?{name}={portal.token}", token=None)
        assert answer.status_code == 400
        assert portal.token not in answer.text


def test_a_token_ends_when_it_is_revoked_or_its_account_is_disabled(portal):
    account = portal.store.colleague
    secret = portal.token_of(account)
    assert portal.patch("H-2", {"properties": {}}, token=secret).status_code == 200
    portal.store.by_hand("update account set active = false where id = :id", id=account.id)
    assert portal.patch("H-2", {"properties": {}}, token=secret).status_code == 401
    assert portal.item("H-2", token=secret).status_code == 401
    portal.store.by_hand("update account set active = true where id = :id", id=account.id)
    assert portal.item("H-2", token=secret).status_code == 200
    portal.store.by_hand("update api_token set revoked_at = now() where account_id = :id", id=account.id)
    assert portal.item("H-2", token=secret).status_code == 401


def test_a_role_that_is_taken_away_is_taken_from_the_token_too(portal):
    account = portal.store.colleague
    secret = portal.token_of(account)
    portal.store.by_hand("update account set role_names = '{planner}' where id = :id", id=account.id)
    try:
        assert portal.patch("H-2", {"properties": {"zone": "GI"}}, token=secret).status_code == 403
    finally:
        portal.store.by_hand("update account set role_names = '{officer}' where id = :id", id=account.id)


def test_who_keeps_bringing_bad_tokens_has_to_wait(portal):
    origin = portal.another_origin()
    bad = [portal.open("GET", "/api", token=f"lp_{number:048x}", origin=origin) for number in range(32)]
    assert [answer.status_code for answer in bad] == [401] * 30 + [429] * 2
    assert int(bad[-1].headers["Retry-After"]) > 0
    assert portal.open("GET", "/api", origin=origin).status_code == 200


def test_a_session_writes_only_what_a_page_of_ours_sends(portal):
    client = signed_in(portal.app, portal.store.officer)
    page = client.get("/de/desk/account").text
    proof = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    forged = client.patch(f"{ITEMS}/H-2", data='{"properties": {"zone": "GI"}}', content_type=PATCH)
    assert forged.status_code == 400
    assert portal.store.parcel("H-2").zone is None
    form = client.post(ITEMS, data={"type": "Feature"})
    assert form.status_code == 400
    own = client.patch(
        f"{ITEMS}/H-2", data='{"properties": {"zone": "GI"}}', content_type=PATCH, headers={"X-CSRFToken": proof}
    )
    assert own.status_code == 200
    assert portal.store.parcel("H-2").zone == "GI"


def test_who_may_edit_is_offered_it(portal):
    read = {"GET", "HEAD", "OPTIONS"}
    item = f"{ITEMS}/H-1"
    assert allowed(portal.open("OPTIONS", ITEMS)) == read | {"POST"}
    assert allowed(portal.open("OPTIONS", item)) == read | {"PUT", "PATCH", "DELETE"}
    assert allowed(portal.open("OPTIONS", f"{ITEMS}/W-1")) == read
    planner, reader = portal.token_of(portal.store.planner), portal.token_of(portal.store.officer, "read")
    for secret in (None, planner, reader):
        assert allowed(portal.open("OPTIONS", ITEMS, token=secret)) == read
        assert allowed(portal.open("OPTIONS", item, token=secret)) == read
    session = signed_in(portal.app, portal.store.officer)
    assert "POST" in allowed(session.options(ITEMS))
    assert "PATCH" in allowed(session.options(item))
    assert allowed(portal.open("OPTIONS", "/api/collections/areas/items")) == read
    assert portal.open("OPTIONS", f"{ITEMS}/nothing").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_cannot_be_written_says_what_can_be_done_with_it(portal, method):
    path = "/api/collections/areas/items" + ("" if method == "POST" else "/gewerbepark")
    answer = portal.open(method, path, feature())
    assert answer.status_code == 405
    assert allowed(answer) == {"GET", "HEAD", "OPTIONS"}
    answer = portal.open(method, "/api/conformance", {})
    assert answer.status_code == 405
    assert {"GET", "HEAD", "OPTIONS"} <= allowed(answer)


def test_a_head_says_what_a_get_does(portal):
    for path in (ITEMS, f"{ITEMS}/H-1"):
        get, head = portal.open("GET", path), portal.open("HEAD", path)
        assert head.status_code == 200
        assert not head.data
        assert head.headers["ETag"] == get.headers["ETag"]
        assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert portal.open("HEAD", f"{ITEMS}/nothing").status_code == 404


# -------------------------------------------------------------------------------------------------- versions and races


def test_the_validator_carries_the_version_and_a_write_returns_the_next(portal):
    number = portal.new()
    first = portal.item(number).headers["ETag"]
    assert re.fullmatch(r'W/"1-[0-9a-f]+"', first)
    answer = portal.patch(number, {"properties": {"zone": "GE"}}, If_Match=first)
    assert answer.status_code == 200
    assert answer.headers["ETag"].startswith('W/"2-')
    again = portal.patch(number, {"properties": {"zone": "GI"}}, If_Match=answer.headers["ETag"])
    assert again.status_code == 200
    assert portal.item(number, If_None_Match=portal.item(number).headers["ETag"]).status_code == 304


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("match", ['W/"1-abc"', '"7-abc"', "abc", '"-"', '"9999999999-a"', 'W/"x-1"', '"1"'])
def test_a_version_that_does_not_stand_any_more_is_refused(portal, method, match):
    number = "H-3"
    if portal.store.parcel(number).version == 1:
        portal.patch(number, {"properties": {"zone": "GE"}})
    before = portal.store.parcel(number).version
    body = portal.item(number).json if method == "PUT" else {"properties": {"zone": "GI"}}
    answer = portal.open(method, f"{ITEMS}/{number}", None if method == "DELETE" else body, If_Match=match)
    assert answer.status_code == 412
    assert answer.mimetype == "application/problem+json"
    assert portal.store.parcel(number).version == before


def test_one_of_several_versions_or_any_is_enough(portal):
    number = portal.new()
    for match in ('W/"9-a", W/"1-a"', "*"):
        assert portal.patch(number, {"properties": {"plan_name": match}}, If_Match=match).status_code == 200


def test_of_two_writers_who_know_the_same_version_one_wins(portal):
    number = portal.new()
    etag = portal.item(number).headers["ETag"]
    secrets = [portal.token, portal.token_of(portal.store.colleague)]
    ready, codes = threading.Barrier(2), []

    def write(place):
        ready.wait()
        answer = portal.patch(number, {"properties": {"plan_name": f"B{place}"}}, token=secrets[place], If_Match=etag)
        codes.append(answer.status_code)

    threads = [threading.Thread(target=write, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 412]
    assert portal.store.parcel(number).version == 2


def test_a_connection_that_dies_in_the_middle_leaves_nothing_behind(portal):
    number = portal.new()
    answers = []
    body = {"properties": {"zone": "GI"}, "geometry": square(17, 17)}
    with portal.store.owner.begin() as other:
        other.execute(text("select 1 from parcel where number = :n for update"), {"n": number})
        writer = threading.Thread(target=lambda: answers.append(portal.patch(number, body, **UTM_BODY)))
        writer.start()
        killed = None
        while killed is None and writer.is_alive():
            killed = other.execute(KILL_WAITING).scalar()
        writer.join()
    assert killed
    assert answers[0].status_code == 503
    parcel = portal.store.parcel(number)
    assert (parcel.version, parcel.zone) == (1, None)
    assert len(portal.history(number)) == 1
    assert portal.patch(number, body, **UTM_BODY).status_code == 200


KILL_WAITING = text(
    """
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and pid <> pg_backend_pid() limit 1
    """
)


# ----------------------------------------------------------------------------------------------------------- four eyes


def test_with_four_eyes_a_write_becomes_a_proposal(portal):
    number = portal.new()
    portal.store.four_eyes()
    answer = portal.patch(number, {"properties": {"zone": "GI"}})
    assert answer.status_code == 202
    assert portal.store.parcel(number).zone is None
    page = signed_in(portal.app, portal.store.approver).get(answer.headers["Location"].split("localhost")[1])
    assert page.status_code == 200
    assert "GI" in page.text

    assert portal.open("DELETE", f"{ITEMS}/{number}").status_code == 202
    assert portal.item(number).status_code == 200

    added = portal.open("POST", ITEMS, feature(6, 16, zone="GE"), **UTM_BODY)
    assert added.status_code == 202
    assert portal.item(added.json["number"]).status_code == 410
    assert portal.patch(number, {"properties": {"name_de": "Am Bahnhof"}}).status_code == 200


# ---------------------------------------------------------------------------------------------------- what is refused


def test_every_property_that_does_not_fit_is_named(portal):
    answer = portal.patch(
        "H-2",
        {
            "properties": {
                "colour": "red", "area_m2": 5, "municipality": "Gotha", "version": 3, "zone": "XX", "grz": 7, "grz ": 1,
                "plan_status": "4000", "price_eur_m2": "12", "round_the_clock": 1, "available_from": "soon",
                "cadastral_ids": ["x"], "name_de": None, "area": "nowhere", "description_de": "a\u0007b", "a/b~c": 1,
                "power_mw": True, "fibre_mbit": 1.5, "waste_water_pe": 10**30,
            }
        },
    )  # fmt: skip
    assert answer.status_code == 422
    names = """colour area_m2 municipality version zone grz plan_status price_eur_m2 round_the_clock available_from
        cadastral_ids name_de area description_de a~1b~0c power_mw fibre_mbit waste_water_pe"""
    assert pointers(answer) == {f"/properties/{name}" for name in names.split()} | {"/properties/grz "}
    assert all(error["detail"] for error in answer.json["errors"])


def test_refusals_speak_the_readers_language(portal):
    for language, words in (("de", "keine solche Eigenschaft"), ("en", "no such property")):
        answer = portal.patch("H-2", {"properties": {"colour": 1}}, Accept_Language=language)
        assert words in answer.json["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], "/type"), (7, "/type"), (True, "/type"), (b"null", "/type"), (b'"x"', "/type"),
        ({"type": "FeatureCollection"}, "/type"),
        ({"properties": None}, "/properties"), ({"properties": []}, "/properties"), ({"id": "H-1"}, "/id"),
        ({"geometry": None}, "/geometry"), ({"geometry": 3}, "/geometry"), ({"geometry": {}}, "/geometry"),
        ({"crs": {"type": "name"}}, "/crs"), ({"colour": 1}, "/colour"),
        ({"geometry": {"type": "Point", "coordinates": [11, 51]}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[]]}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[11, 51], [11, 51], [11, 51], [11, 51]]]}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[11, "x"], [12, 51], [11, 52], [11, 51]]]}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[11], [12, 51], [11, 52]]]}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[1e308, 51], [12, 51], [11, 52]]]}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[10**400, 51], [12, 51], [11, 52]]]}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[True, 51], [12, 51], [11, 52]]]}}, "/geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[900, 51], [12, 51], [11, 52]]]}}, "/geometry"),
        ({"geometry": {"type": "MultiPolygon", "coordinates": []}}, "/geometry"),
        ({"geometry": {"type": "MultiPolygon", "coordinates": [[[[51, 11], [51, 12], [52, 11]]]]}}, "/geometry"),
        (
            {"geometry": {"type": "Polygon", "coordinates": [[[11, 51], [11.1, 51.1], [11.1, 51], [11, 51.1]]]}},
            "/geometry",
        ),
        ({"geometry": {"type": "GeometryCollection", "geometries": []}}, "/geometry"),
    ],
)  # fmt: skip
def test_what_is_no_feature_is_refused_where_it_is_wrong(portal, body, pointer):
    answer = portal.patch("H-2", body)
    assert answer.status_code == 422
    assert pointers(answer) == {pointer}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 100_000,
        b'{"properties": {}, "properties": {}}', b'{"a":' * 50_000, b"nothing", b'{"a": 1} {"b": 2}',
        "{}".encode("utf-16"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(portal, body):
    answer = portal.patch("H-2", body)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_a_feature_that_is_too_large_is_not_read(portal):
    assert portal.patch("H-2", b'{"properties": {"name_de": "' + b"x" * 1_000_000 + b'"}}').status_code == 413
    ring = [[11 + place / 1e6, 51] for place in range(11_000)]
    answer = portal.patch("H-2", {"geometry": {"type": "Polygon", "coordinates": [ring]}})
    assert answer.status_code == 422
    assert pointers(answer) == {"/geometry"}


@pytest.mark.parametrize(
    ("method", "media_type"),
    [
        ("POST", PATCH), ("POST", "text/plain"), ("PUT", PATCH), ("PATCH", GEOJSON), ("PATCH", "application/json"),
        ("PATCH", "application/json-patch+json"), ("POST", ""), ("POST", "application/geo+json; charset=latin-1"),
    ],
)  # fmt: skip
def test_another_media_type_is_refused_with_the_right_one(portal, method, media_type):
    answer = portal.open(method, ITEMS if method == "POST" else f"{ITEMS}/H-2", b"{}", Content_Type=media_type)
    assert answer.status_code == 415
    taken = answer.headers["Accept-Patch" if method == "PATCH" else "Accept-Post"]
    assert (PATCH if method == "PATCH" else GEOJSON) in taken


def test_packed_bodies_are_not_unpacked(portal):
    assert portal.patch("H-2", b"x", Content_Encoding="gzip").status_code == 415


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Crs", "<EPSG:4711>"),
        ("Content-Crs", ""),
        ("Change-Reason", "x" * 3_000),
        ("Change-Reason", "\x80\xff"),
    ],
)
def test_a_header_that_cannot_be_used_is_named(portal, header, value):
    answer = portal.patch("H-2", {"properties": {"zone": "GI"}}, **{header: value})
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json["errors"]] == [header]


def test_a_shape_that_wants_a_yes_is_saved_with_one(portal):
    number = portal.new()
    # A fifth of it lies on another site: that is for somebody to confirm.
    crossing = square(2 + 0.08, 1, 100)
    answer = portal.patch(number, {"geometry": crossing}, **UTM_BODY)
    assert answer.status_code == 422
    assert "H-2" in answer.json["errors"][0]["detail"]
    assert "handling=lenient" in answer.json["detail"]
    assert portal.patch(number, {"geometry": crossing}, **UTM_BODY, Prefer="handling=lenient").status_code == 200
    same_land = portal.patch(number, {"geometry": square(2, 1)}, **UTM_BODY, Prefer="handling=lenient")
    assert same_land.status_code == 422
    assert "lenient" not in same_land.json["detail"]


# ------------------------------------------------------------------------------------------ what goes out and comes in


@pytest.mark.parametrize("crs", ["3857", "4326", "25832", "25833", "31468", None])
def test_what_was_read_can_be_sent_back_in_every_crs_and_changes_nothing(portal, crs):
    number = portal.new(zone="GE", price_eur_m2=12.35, cadastral_ids=["160067001000010000__"], status="available")
    uri = f"http://www.opengis.net/def/crs/EPSG/0/{crs}"
    got = portal.open("GET", f"{ITEMS}/{number}" + (f"?crs={uri}" if crs else ""))
    headers = {"Content_Crs": got.headers["Content-Crs"]} if crs else {}
    before = portal.history(number)
    answer = portal.open("PUT", f"{ITEMS}/{number}", got.json, **headers)
    assert answer.status_code == 200, answer.json
    assert answer.headers["ETag"].split("-")[0] == got.headers["ETag"].split("-")[0]
    assert portal.history(number) == before


def test_a_replacement_forgets_what_it_leaves_out_but_not_what_it_cannot_see(portal):
    number = portal.new(zone="GE", price_eur_m2=12, status="available")
    portal.patch(number, {"properties": {"contact_name": "Frau Beispiel"}})
    sent = {"type": "Feature", "geometry": portal.item(number).json["geometry"], "properties": {"name_de": "Neu"}}
    answer = portal.open("PUT", f"{ITEMS}/{number}", sent)
    assert answer.status_code == 200
    parcel = portal.store.parcel(number)
    assert (parcel.name_de, parcel.zone, parcel.price_eur_m2) == ("Neu", None, None)
    assert (parcel.status, parcel.contact_name) == ("available", "Frau Beispiel")


def test_a_new_shape_and_new_values_are_one_version(portal):
    number = portal.new()
    answer = portal.patch(number, {"geometry": square(19, 3, 200), "properties": {"zone": "GI"}}, **UTM_BODY)
    assert answer.headers["ETag"].startswith('W/"2-')
    assert answer.json["properties"]["area_m2"] == 40_000


def test_an_answer_without_a_body_is_sent_where_it_is_wanted(portal):
    number = portal.new()
    answer = portal.patch(number, {"properties": {"zone": "GI"}}, Prefer="return=minimal")
    assert answer.status_code == 204
    assert not answer.data
    assert answer.headers["ETag"].startswith('W/"2-')
    assert answer.headers["Preference-Applied"] == "return=minimal"


def test_status_follows_the_rules_of_the_desk(portal):
    number = portal.new(status="available")

    def patch(**properties):
        return portal.patch(number, {"properties": properties})

    assert pointers(patch(status="reserved")) == {"/properties/status_until"}
    assert patch(status="reserved", status_until="2099-01-01").status_code == 200
    assert portal.open("DELETE", f"{ITEMS}/{number}").status_code == 409
    assert pointers(patch(status="leased")) == {"/properties/status"}
    assert patch(status="available").status_code == 200
    assert portal.store.parcel(number).status_until is None
    new = portal.open("POST", ITEMS, feature(19, 9, status="sold"), **UTM_BODY)
    assert pointers(new) == {"/properties/status"}


def test_a_site_is_withdrawn_by_its_status_too(portal):
    number = portal.new()
    answer = portal.patch(number, {"properties": {"status": "withdrawn"}})
    assert (answer.status_code, answer.data) == (204, b"")
    assert portal.item(number).status_code == 410


def test_a_price_or_on_request_never_both(portal):
    number = portal.new(price_on_request=True)
    assert pointers(portal.patch(number, {"properties": {"price_eur_m2": 5}})) == {"/properties/price_on_request"}
    both = {"properties": {"price_eur_m2": 5, "price_on_request": False}}
    assert portal.patch(number, both).status_code == 200


def test_a_site_is_put_into_an_area_by_its_slug(portal):
    number = portal.new()
    assert portal.patch(number, {"properties": {"area": "gewerbepark"}}).json["properties"]["area"] == "gewerbepark"
    assert portal.patch(number, {"properties": {"area": None}}).json["properties"]["area"] is None


# ------------------------------------------------------------------------------------------------------------- hostile


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
known = st.sampled_from(
    [
        "name_de", "zone", "status", "status_until", "price_eur_m2", "grz", "area", "cadastral_ids", "gas", "servicing",
        "fibre_mbit", "confirmed_at", "available_from", "rail_siding", "plan_status", "xplan_zone_code", "version",
        "number", "contact_email", "lot_min_m2",
    ]
)  # fmt: skip
rings = st.lists(st.lists(st.lists(st.floats(-200, 200) | json_values, max_size=4), max_size=6), max_size=3)
kinds = st.sampled_from(["Polygon", "MultiPolygon"])
shapes = st.fixed_dictionaries({"type": kinds, "coordinates": rings | json_values})
features = st.fixed_dictionaries(
    {},
    optional={
        "type": st.just("Feature") | json_values, "id": json_values, "geometry": shapes | json_values,
        "properties": st.dictionaries(known | st.text(max_size=10), json_values, max_size=5) | json_values,
        "crs": json_values,
    },
)  # fmt: skip


@given(body=features | json_values, method=st.sampled_from(["POST", "PUT", "PATCH"]))
@hypothesis_settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_body_is_a_fault_of_ours(portal, body, method):
    answer = portal.open(method, ITEMS if method == "POST" else f"{ITEMS}/H-3", json.dumps(body))
    assert answer.status_code in {200, 201, 400, 409, 422}, (answer.status_code, body)
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["errors"]


def test_a_token_is_never_written_into_a_log(portal, caplog):
    caplog.set_level(logging.DEBUG)
    portal.patch("H-2", {"properties": {"zone": "GE"}})
    portal.patch("H-2", {"properties": {"zone": "XX"}})
    portal.open("GET", "/api", token=portal.token + "0")
    with db.reading(portal.store.owner) as session:
        kept = session.scalar(text("select string_agg(t::text, ' ') from audit_entry t"))
        kept += session.scalar(text("select string_agg(t::text, ' ') from api_token t"))
        kept += session.scalar(text("select string_agg(t::text, ' ') from change t"))
    assert "token_refused" in kept
    assert portal.token not in caplog.text + kept
    assert portal.token[3:40] not in caplog.text + kept


# --------------------------------------------------------------------------------------- what programs for maps rely on


MINE = "/api/collections/my-parcels/items"


def test_an_officer_is_offered_editing_at_the_first_of_the_own_sites(portal):
    """QGIS asks the first feature of a collection, and offers editing of all or none by its answer."""
    first = portal.open("GET", f"{MINE}?limit=10").json["features"][0]["id"]
    assert {"PUT", "PATCH", "DELETE"} <= allowed(portal.open("OPTIONS", f"{MINE}/{first}"))
    assert "POST" in allowed(portal.open("OPTIONS", MINE))
    assert "W-1" not in [one["id"] for one in portal.open("GET", f"{MINE}?limit=1000").json["features"]]
    assert portal.open("GET", f"{MINE}/W-1").status_code == 404


def test_the_own_sites_are_nobody_elses(portal):
    for secret in (None, portal.token_of(portal.store.planner)):
        listed = portal.open("GET", "/api/collections", token=secret).json["collections"]
        assert "my-parcels" not in [one["id"] for one in listed]
        assert portal.open("GET", MINE, token=secret).status_code == 404
    assert "my-parcels" in [one["id"] for one in portal.open("GET", "/api/collections").json["collections"]]
    county = portal.open("GET", f"{MINE}?limit=1000", token=portal.token_of(portal.store.approver))
    assert "W-1" in [one["id"] for one in county.json["features"]]


def test_a_copy_of_somebody_elses_own_sites_does_not_hold(portal):
    mine = portal.open("GET", MINE).headers["ETag"]
    assert portal.open("GET", MINE, If_None_Match=mine).status_code == 304
    approver = portal.token_of(portal.store.approver)
    assert portal.open("GET", MINE, token=approver, If_None_Match=mine).status_code == 200


def test_own_sites_are_read_and_replaced_with_what_only_their_keepers_see(portal):
    number = portal.new()
    portal.patch(number, {"properties": {"contact_name": "Frau Beispiel", "power_source": "Netzbetreiber"}})
    got = portal.open("GET", f"{MINE}/{number}").json
    assert got["properties"]["contact_name"] == "Frau Beispiel"
    got["properties"]["contact_name"] = None
    answer = portal.open("PUT", f"{MINE}/{number}", got)
    assert answer.status_code == 200
    parcel = portal.store.parcel(number)
    assert (parcel.contact_name, parcel.power_source) == (None, "Netzbetreiber")


def test_what_qgis_sends_for_a_new_site_is_taken(portal):
    """Every field of the layer, null where nothing was entered, heights, and the CRS without angle brackets."""
    fields = portal.open("GET", f"{MINE}?limit=1").json["features"][0]["properties"]
    ring = [[*corner, 0.0] for corner in square(18, 18)["coordinates"][0]]
    body = {
        "type": "Feature", "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
        "properties": {**dict.fromkeys(fields), "name_de": "Aus QGIS"},
    }  # fmt: skip
    answer = portal.open("POST", MINE, body, Content_Crs=UTM)
    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"].rpartition("/items/")[2] == answer.json["id"]
    assert portal.open("PATCH", f"{MINE}/{answer.json['id']}", {"properties": {"grz": 0.8}}).status_code == 200


def test_the_description_for_an_officer_is_valid_openapi_and_offers_writing(portal):
    from openapi_spec_validator import validate

    document = portal.open("GET", "/api/openapi.json").json
    validate(document)
    paths, schemes = document["paths"], document["components"]["securitySchemes"]
    assert {one["scheme"] for one in schemes.values()} == {"bearer", "basic"}
    for name in ("parcels", "my-parcels"):
        assert "post" in paths[f"/collections/{name}/items"]
        assert {"put", "patch", "delete"} <= set(paths[f"/collections/{name}/items/{{featureId}}"])
    assert "post" not in paths["/collections/areas/items"]


def test_the_schema_tells_what_can_be_written(portal):
    properties = portal.open("GET", "/api/collections/my-parcels/schema").json["properties"]
    read_only = {name for name, one in properties.items() if one.get("readOnly")}
    assert {"number", "area_m2", "version", "confirmed_at"} <= read_only
    assert {"name_de", "zone", "status", "area", "contact_name", "geom"} & read_only == set()


def test_what_is_declared_of_part_4_is_declared_by_its_name(portal):
    told = portal.open("GET", "/api/conformance").json["conformsTo"]
    names = {one.rpartition("/")[2] for one in told if "ogcapi-features-4" in one}
    assert names == {"create-replace-delete", "update", "features", "optimistic-locking-etags"}
