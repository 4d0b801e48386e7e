"""The OGC API on the sample data: what standards and their clients rely on."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from landportal.web.ogc_api.landing import CONFORMANCE

COLLECTIONS = {"parcels", "areas", "admin-units", "infrastructure", "roads", "constraints", "funded-areas"}
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def items(client: FlaskClient, collection: str = "parcels", **query: str):
    return client.get(f"/api/collections/{collection}/items", query_string=query)


def local(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_every_link_of_landing_and_collections_leads_somewhere(client):
    landing = client.get("/api").json
    found = [*landing["links"]]
    for one in client.get("/api/collections").json["collections"]:
        found += one["links"]
    assert len(found) > 40
    for link in found:
        answer = client.get(local(link["href"]))
        assert answer.status_code == 200, link
        assert answer.mimetype == link["type"].split(";")[0], link


def test_the_landing_page_answers_with_and_without_a_slash(client):
    assert client.get("/api").json["links"]
    assert client.get("/api/").json["links"]


def test_qgis_finds_what_it_insists_on_at_the_landing_page(client):
    links = {link["rel"]: link["type"] for link in client.get("/api").json["links"]}
    assert links["service-desc"] == "application/vnd.oai.openapi+json;version=3.0"
    assert links["data"] == "application/json"


def test_the_collections_are_those_of_the_portal(client):
    assert {one["id"] for one in client.get("/api/collections").json["collections"]} >= COLLECTIONS


@pytest.mark.parametrize("collection", sorted(COLLECTIONS))
@pytest.mark.parametrize("part", ["", "/schema", "/queryables", "/sortables", "/items", "/tiles"])
@pytest.mark.parametrize("form", ["json", "html"])
def test_every_address_of_every_collection_answers_in_both_forms(client, collection, part, form):
    answer = client.get(f"/api/collections/{collection}{part}?f={form}")
    assert answer.status_code == 200
    assert ("html" in answer.mimetype) == (form == "html")


def test_following_next_reads_every_parcel_once(client):
    seen: list[str] = []
    address = "/api/collections/parcels/items?limit=37"
    while address:
        page = client.get(address).json
        seen += [feature["id"] for feature in page["features"]]
        assert page["numberReturned"] == len(page["features"]) <= 37
        following = [link for link in page["links"] if link["rel"] == "next"]
        address = local(following[0]["href"]) if following else ""
        if following:
            assert following[0]["type"] == "application/geo+json"
    assert len(seen) == len(set(seen)) == page["numberMatched"] > 300


@pytest.mark.parametrize("order", ["status", "-area_m2", "price_eur_m2,-name_de", "-confirmed_at", "county,number"])
def test_a_sorted_list_loses_and_repeats_nothing_from_page_to_page(client, order):
    whole = [feature["id"] for feature in items(client, limit="10000", sortby=order).json["features"]]
    seen: list[str] = []
    address = f"/api/collections/parcels/items?limit=61&sortby={order}"
    while address:
        page = client.get(address).json
        seen += [feature["id"] for feature in page["features"]]
        following = [link for link in page["links"] if link["rel"] == "next"]
        address = local(following[0]["href"]) if following else ""
    assert seen == whole


def test_offset_is_understood_too(client):
    whole = [feature["id"] for feature in items(client, limit="20").json["features"]]
    assert [feature["id"] for feature in items(client, limit="5", offset="10").json["features"]] == whole[10:15]


def test_a_limit_above_the_most_is_cut_not_refused(client):
    assert items(client, limit="9999999").status_code == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"), ("limit", "-1"), ("limit", "ten"), ("limit", "1.5"), ("offset", "-1"), ("bbox", "1,2,3"),
        ("bbox", "a,b,c,d"), ("bbox", "10,52,11,50"), ("bbox", "nan,1,2,3"), ("bbox", "1e400,1,2,3"),
        ("crs", "EPSG:4711"),
        ("bbox-crs", "http://example.org"), ("datetime", "yesterday"), ("datetime", "2026-02-30"),
        ("datetime", "2027-01-01/2026-01-01"), ("datetime", "2026-01-01/2026-02-01/2026-03-01"), ("sortby", "nothing"),
        ("sortby", "cadastral_ids"), ("sortby", "number,number"), ("properties", "nothing"), ("resultType", "few"),
        ("filter-lang", "sql"), ("f", "xml"), ("nonsense", "1"), ("area_m2", "large"), ("schematic", "maybe"),
        ("status_since", "soon"), ("xplan_zone_code", "1e99"), ("xplan_zone_code", "9" * 30), ("after", "nowhere"),
        ("after", "WzEsMl0"), ("after", "W251bGxd"), ("number", "a\x00b"), ("after", "\ud83d"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_is_told_by_name(client, name, value):
    answer = items(client, **{name: value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")})
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert name in [error["parameter"] for error in answer.json["errors"]]


def test_an_unknown_parameter_is_refused_at_every_address(client):
    for address in ("", "/conformance", "/collections", "/collections/parcels", "/collections/parcels/queryables"):
        assert client.get(f"/api{address}?surprise=1").status_code == 400


def test_a_moment_without_its_zone_is_utc_as_qgis_writes_it(client):
    moment = sorted(one["properties"]["confirmed_at"] for one in items(client, limit="1000").json["features"])[200]
    stated = moment.removesuffix("+00:00")
    found = items(client, datetime=f"{stated}/9999-12-31T00:00:00Z", limit="1000").json
    assert 0 < found["numberMatched"] < items(client).json["numberMatched"]
    assert found["features"] == items(client, datetime=f"{stated}Z/..", limit="1000").json["features"]


def test_queryables_work_as_query_parameters(client):
    found = items(client, status="sold", limit="1000").json
    assert found["numberMatched"] == len(found["features"]) > 0
    assert {feature["properties"]["status"] for feature in found["features"]} == {"sold"}
    flooded = items(client, constraint_kinds="flood", limit="1000").json["features"]
    assert flooded
    assert all("flood" in feature["properties"]["constraint_kinds"] for feature in flooded)


def test_a_number_that_no_column_holds_is_found_nowhere(client):
    assert items(client, "admin-units", trade_tax_multiplier="5475112853030").json["numberMatched"] == 0


def test_hits_count_without_features(client):
    answer = items(client, status="sold", resultType="hits").json
    assert answer["features"] == []
    assert answer["numberMatched"] == items(client, status="sold").json["numberMatched"]


def test_a_box_finds_the_same_in_every_crs(client):
    inside = {feature["id"] for feature in items(client, bbox="10.9,50.8,11.2,51.1", limit="1000").json["features"]}
    swapped = items(client, bbox="50.8,10.9,51.1,11.2", limit="1000", **{"bbox-crs": f"{EPSG}4326"}).json["features"]
    assert inside == {feature["id"] for feature in swapped} != set()


def test_a_box_far_beyond_a_grid_is_cut_to_it(client):
    for crs in ("3857", "25832", "25833", "31468"):
        answer = items(client, bbox="-900000000,-900000000,900000000,900000000", **{"bbox-crs": f"{EPSG}{crs}"})
        assert answer.status_code == 200
        assert answer.json["numberMatched"] == items(client).json["numberMatched"]


def test_a_box_across_the_antimeridian_is_two(client):
    assert items(client, bbox="170,50,-170,60").json["numberMatched"] == 0
    assert items(client, bbox="5,40,-170,60").json["numberMatched"] == items(client).json["numberMatched"]


def test_axes_follow_the_authority(client):
    def first(crs: str) -> tuple[float, float]:
        answer = items(client, limit="1", crs=f"{EPSG}{crs}")
        assert answer.headers["Content-Crs"] == f"<{EPSG}{crs}>"
        x, y, *_ = answer.json["features"][0]["geometry"]["coordinates"][0][0][0]
        return x, y

    assert 47 < first("4326")[0] < 55
    assert 500_000 < first("25832")[0] < 800_000
    assert 5_500_000 < first("31468")[0] < 5_800_000
    assert 4_300_000 < first("31468")[1] < 4_600_000


def test_coordinates_are_the_stored_ones_to_a_millimetre(client):
    from pyproj import Transformer

    grid, degrees = (
        items(client, limit="1", crs=crs).json["features"][0]["geometry"]["coordinates"][0][0]
        for crs in (f"{EPSG}25832", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")
    )
    to_grid = Transformer.from_crs(4326, 25832, always_xy=True)
    for (east, north), (lon, lat) in zip(grid, degrees, strict=True):
        x, y = to_grid.transform(lon, lat)
        assert abs(x - east) < 0.001
        assert abs(y - north) < 0.001


def test_a_list_holds_until_something_changes(client):
    answer = items(client, limit="3")
    validator = answer.headers["ETag"]
    assert validator.startswith('W/"')
    again = client.get("/api/collections/parcels/items?limit=3", headers={"If-None-Match": validator})
    assert again.status_code == 304
    assert not again.data
    assert items(client, limit="4").headers["ETag"] != validator


def test_one_feature_says_where_its_page_is(client):
    number = items(client, limit="1").json["features"][0]["id"]
    feature = client.get(f"/api/collections/parcels/items/{number}").json
    assert feature["id"] == number == feature["properties"]["number"]
    page = next(link for link in feature["links"] if link["rel"] == "related")
    assert client.get(local(page["href"])).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "parcels/items/nothing",
        "infrastructure/items/abc",
        "infrastructure/items/5475112853030",
        "infrastructure/items/99999999999999999999",
        "nothing",
        "nothing/items",
    ],
)
def test_what_does_not_exist_is_not_found(client, address):
    answer = client.get(f"/api/collections/{address}")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_head_and_options_answer(client):
    head = client.head("/api/collections/parcels/items")
    assert head.status_code == 200
    assert not head.data
    assert head.headers["ETag"]
    allowed = set(client.options("/api/collections/parcels/items").headers["Allow"].split(", "))
    assert {"GET", "HEAD", "OPTIONS"} <= allowed
    assert "DELETE" not in allowed


def test_officers_fields_are_not_told_to_the_public(client):
    feature = items(client, limit="1").json["features"][0]
    assert "contact_email" not in feature["properties"]
    assert items(client, contact_email="a@example.org").status_code == 400


def test_only_the_properties_asked_for_are_sent(client):
    feature = items(client, limit="1", properties="number,zone").json["features"][0]
    assert set(feature["properties"]) == {"number", "zone"}


def test_tiles_of_both_grids_hold_the_parcels(client):
    from mapbox_vector_tile import decode

    feature = items(client, limit="1").json["features"][0]
    east, north, *_ = items(client, limit="1", crs=f"{EPSG}25832").json["features"][0]["geometry"]["coordinates"][0][0][
        0
    ]
    grid = client.get("/api/tileMatrixSets/DE_EPSG_25832_ADV").json
    level = grid["tileMatrices"][12]
    width = level["cellSize"] * level["tileWidth"]
    column, row = int((east - level["pointOfOrigin"][0]) / width), int((level["pointOfOrigin"][1] - north) / width)
    answer = client.get(f"/api/collections/parcels/tiles/DE_EPSG_25832_ADV/12/{row}/{column}")
    assert feature["id"] in [one["properties"]["id"] for one in decode(answer.data)["features"]["features"]]
    assert client.get("/api/collections/parcels/tiles/WebMercatorQuad/3/0/0").status_code == 204
    assert client.get("/api/collections/parcels/tiles/WebMercatorQuad/3/9/0").status_code == 400
    assert client.get("/api/collections/parcels/tiles/Nothing/3/0/0").status_code == 404


def test_conformance_names_every_class_once(client):
    told = client.get("/api/conformance").json["conformsTo"]
    assert told == list(CONFORMANCE)
    assert len(told) == len(set(told))


def test_the_description_is_valid_openapi(client):
    from openapi_spec_validator import validate

    document = client.get("/api/openapi.json").json
    validate(document)
    assert document["openapi"].startswith("3.0")
    parameters = document["paths"]["/collections/parcels/items"]["get"]["parameters"]
    assert {"status", "county", "zone"} <= {one.get("name") for one in parameters}
    assert "cql-text" in document["components"]["parameters"]["filter-lang"]["schema"]["enum"]
    assert document["components"]["parameters"]["limit"]["schema"]["maximum"] == 10_000
