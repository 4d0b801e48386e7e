"""Every conformance class that the API declares, asked for something that its standard demands.

A check stands beside the class it proves, in `CHECKS`; a class without one, or a check without its class, is a failure.
What can be told from the data is picked by Python from all features and compared with what the API picks.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Callable
from functools import cached_property
from html import unescape
from urllib.parse import urlencode, urlsplit

import cql2
import pyproj
import pytest
from mapbox_vector_tile import decode
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from shapely import Point, box
from shapely.geometry import shape

from landportal.web.ogc_api.landing import CONFORMANCE
from tests.web.desk_pages import desk_pages
from tests.web.test_ogc_writing import ITEMS, UTM, UTM_BODY, Api, allowed, feature, square

SPEC = "http://www.opengis.net/spec/"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

CHECKS: dict[str, tuple[str, Callable]] = {}


def meets(standard: str, name: str, fixture: str = "api"):
    """The decorated check proves the class `name` of `standard`, with what `fixture` gives."""

    def add(check):
        uri = f"{SPEC}{standard}/conf/{name}"
        assert uri not in CHECKS
        CHECKS[uri] = fixture, check
        return check

    return add


def cql(name: str):
    return meets("cql2/1.0", name)


class Reader:
    """The API as the public reads it."""

    def __init__(self, client):
        self.client = client

    def open(self, path, accept=None, **query):
        headers = {"Accept": accept} if accept else {}
        return self.client.get(path, query_string=query or None, headers=headers)

    def get(self, path, **query):
        answer = self.open(f"/api{path}", **query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def items(self, collection="parcels", **query):
        return self.get(f"/collections/{collection}/items", **{"limit": "1000", **query})["features"]

    def refused(self, path, **query):
        """The parameters that a 400 names."""
        answer = self.open(f"/api{path}", **query)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
        return [one["parameter"] for one in answer.json["errors"]]

    @cached_property
    def everything(self):
        """The properties of all parcels by number."""
        return {one["id"]: one["properties"] for one in self.items()}

    @cached_property
    def shapes(self):
        """The shapes of all parcels by number, in EPSG:25832."""
        return {one["id"]: shape(one["geometry"]) for one in self.items(crs=f"{EPSG}25832")}

    def found(self, text, **query):
        return {one["id"] for one in self.items(filter=text, properties="number", **query)}

    def picks(self, text, fits, **query):
        """The filter finds exactly the parcels that `fits` says yes to; some, and not all."""
        picked = {number for number, one in self.everything.items() if fits(one)}
        assert 0 < len(picked) < len(self.everything), text
        assert self.found(text, **query) == picked, text

    def picks_shapes(self, text, fits):
        """The same by shape; coordinates of the filter are in EPSG:25832."""
        self.picks(text, lambda one: fits(self.shapes[one["number"]]), **{"filter-crs": f"{EPSG}25832"})


@pytest.fixture(scope="module")
def api(app):
    return Reader(app.test_client())


@pytest.fixture(scope="module")
def portal(clone, settings):
    with desk_pages(clone("empty"), settings) as pages:
        yield Api(pages)


@pytest.fixture(scope="module")
def both(api, portal):
    return api, portal


@pytest.mark.parametrize("uri", CHECKS)
def test_what_a_declared_class_demands_is_met(uri, request):
    fixture, check = CHECKS[uri]
    check(request.getfixturevalue(fixture))


def test_every_declared_class_has_its_check_and_no_other(client):
    told = client.get("/api/conformance").json["conformsTo"]
    assert set(told) == set(CONFORMANCE) == set(CHECKS)


def links(document, rel):
    return [one for one in document["links"] if one["rel"] == rel]


def local(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def hrefs(page):
    return {local(unescape(one)).removesuffix("?f=html") for one in re.findall(r'href="([^"]+)"', page)}


# ------------------------------------------------------------------------------------------------------ Common 1 to 3


@meets("ogcapi-common-1/1.0", "core")
def _(api):
    assert api.refused("", surprise="1") == ["surprise"]
    assert api.refused("/conformance", f="xml") == ["f"]
    assert api.open("/api/nothing").status_code == 404
    refused = api.client.delete("/api/conformance")
    assert refused.status_code == 405
    assert "GET" in refused.headers["Allow"]
    assert api.client.head("/api/conformance").content_length == api.open("/api/conformance").content_length


@meets("ogcapi-common-1/1.0", "landing-page")
def _(api):
    landing = api.get("")
    assert landing["title"]
    (described,) = links(landing, "service-desc")
    assert api.open(local(described["href"])).content_type == OPENAPI
    (declared,) = links(landing, f"{REL}conformance")
    assert api.open(local(declared["href"])).json["conformsTo"] == list(CONFORMANCE)


@meets("ogcapi-common-1/1.0", "json")
def _(api):
    for path in ("", "/conformance", "/collections", "/collections/parcels"):
        answer = api.open(f"/api{path}", "text/html;q=0.3, application/json")
        assert answer.mimetype == "application/json"
        assert isinstance(json.loads(answer.data), dict)
    for one in api.get("")["links"]:
        assert {"href", "rel", "type"} <= set(one)


@meets("ogcapi-common-1/1.0", "html")
def _(api):
    page = api.open("/api", "text/html,application/xhtml+xml;q=0.9")
    assert page.mimetype == "text/html"
    assert api.get("")["title"] in unescape(page.text)
    told = {local(one["href"]).partition("?")[0] for one in api.get("")["links"]}
    assert told <= {one.partition("?")[0] for one in hrefs(page.text)} | {"/api"}
    declared = unescape(api.open("/api/conformance", f="html").text)
    assert all(uri in declared for uri in CONFORMANCE)


@meets("ogcapi-common-1/1.0", "oas30")
def _(api):
    document = api.open("/api/openapi.json").json
    validate(document)
    assert re.fullmatch(r"3\.0\.\d", document["openapi"])
    for path in ("/", "/conformance", "/collections", "/collections/parcels"):
        assert api.open(f"/api{path}").status_code == 200
        assert {"200", "400"} <= set(document["paths"][path]["get"]["responses"])


@meets("ogcapi-common-2/1.0", "collections")
def _(api):
    (data,) = links(api.get(""), f"{REL}data")
    whole = api.open(local(data["href"])).json
    assert links(whole, "self")
    assert len(whole["collections"]) >= 6
    for listed in whole["collections"]:
        alone = api.get(f"/collections/{listed['id']}")
        for part in ("id", "title", "description", "extent", "crs", "itemType"):
            assert alone[part] == listed[part]
        assert links(listed, "self")
        assert links(listed, "items")
    west, south, east, north = api.get("/collections/parcels")["extent"]["spatial"]["bbox"][0]
    around = box(west - 1e-5, south - 1e-5, east + 1e-5, north + 1e-5)
    assert all(around.contains(shape(one["geometry"])) for one in api.items())


def _properties_hold(api, part, role):
    """The schema is one of JSON Schema 2020-12, linked from its collection, and the features are what it says."""
    for one in api.get("/collections")["collections"]:
        (linked,) = [link for link in links(one, role) if link["type"] == "application/schema+json"]
        answer = api.open(local(linked["href"]))
        assert answer.mimetype == "application/schema+json"
        assert answer.json["$schema"] == SCHEMA_DIALECT
        assert urlsplit(answer.json["$id"]).path == f"/api/collections/{one['id']}/{part}"
        OAS31Validator.check_schema(answer.json)
        yield one["id"], answer.json


@meets("ogcapi-common-3/1.0", "schemas")
def _(api):
    for collection, schema in _properties_hold(api, "schema", "describedby"):
        assert schema["type"] == "object"
        assert schema["properties"]["geom"]["format"].startswith("geometry-")
        assert schema["properties"]["geom"]["x-ogc-role"] == "primary-geometry"
        for one in api.items(collection, limit="50"):
            for name, value in one["properties"].items():
                if value is not None:
                    OAS31Validator(schema["properties"][name]).validate(value)


@meets("ogcapi-common-3/1.0", "returnables-and-receivables")
def _(api):
    for collection, schema in _properties_hold(api, "schema", f"{REL}schema"):
        returned = set(api.items(collection, limit="1")[0]["properties"])
        assert returned == set(schema["properties"]) - {"geom"}
        assert schema["additionalProperties"] is False
    writable = {
        name for name, one in api.get("/collections/parcels/schema")["properties"].items() if "readOnly" not in one
    }
    assert {"name_de", "zone", "geom"} <= writable
    assert {"number", "area_m2", "municipality", "confirmed_at"}.isdisjoint(writable)


def _every_queryable_can_be_asked(api, role):
    for collection, schema in _properties_hold(api, "queryables", role):
        names = [name for name in schema["properties"] if name != "geom"]
        asked = " AND ".join(f'("{name}" IS NULL OR "{name}" IS NOT NULL)' for name in names[:20])
        path = f"/collections/{collection}/items"
        whole = api.get(path, resultType="hits")["numberMatched"]
        assert api.get(path, resultType="hits", filter=asked)["numberMatched"] == whole > 0


@meets("ogcapi-common-3/1.0", "queryables")
def _(api):
    for _collection, schema in _properties_hold(api, "queryables", f"{REL}queryables"):
        assert all(set(one) & {"type", "format"} for one in schema["properties"].values())
    codes = api.get("/collections/parcels/queryables")["properties"]["status"]["enum"]
    assert {one["status"] for one in api.everything.values()} < set(codes)


def _sorted_by(api, **query):
    return [one["properties"] for one in api.items(**query)]


@meets("ogcapi-common-3/1.0", "sortables")
def _(api):
    for _collection, schema in _properties_hold(api, "sortables", f"{REL}sortables"):
        assert all(one["type"] in {"string", "number", "integer", "boolean"} for one in schema["properties"].values())
    listed = api.get("/collections/parcels/sortables")["properties"]
    for name in listed:
        assert api.get("/collections/parcels/items", sortby=name, limit="1")["numberReturned"] == 1
    for name in set(api.get("/collections/parcels/schema")["properties"]) - set(listed):
        assert api.refused("/collections/parcels/items", sortby=name) == ["sortby"]


# ---------------------------------------------------------------------------------------------------------- Features


@meets("ogcapi-features-1/1.0", "core")
def _(api):
    seen, address = [], "/api/collections/parcels/items?limit=150"
    while address:
        page = api.open(address).json
        seen += [one["id"] for one in page["features"]]
        assert page["numberReturned"] == len(page["features"]) <= 150
        address = next((local(one["href"]) for one in links(page, "next")), None)
    assert sorted(seen) == sorted(api.everything)
    assert page["numberMatched"] == len(seen)

    corner = box(10.5, 50.7, 11.2, 51.1)
    boxed = {one["id"] for one in api.items(bbox="10.5,50.7,11.2,51.1")}
    assert boxed == {one["id"] for one in api.items() if shape(one["geometry"]).intersects(corner)}
    assert 0 < len(boxed) < len(seen)

    moments = sorted(one["confirmed_at"] for one in api.everything.values())
    first, last = (dt.datetime.fromisoformat(moments[place]) for place in (100, 250))
    span = "/".join(one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in (first, last))
    within = [one for one in moments if first <= dt.datetime.fromisoformat(one) <= last]
    assert len(api.items(datetime=span)) == len(within) < len(moments)

    one = api.open(f"/api/collections/parcels/items/{seen[0]}").json
    assert one["properties"] == api.everything[seen[0]]
    assert {"self", "alternate", "collection"} <= {link["rel"] for link in one["links"]}
    assert api.refused("/collections/parcels/items", limit="0", bbox="1,2", datetime="soon", nothing="1") == ["nothing"]
    assert sorted(api.refused("/collections/parcels/items", limit="0", bbox="1,2")) == ["bbox", "limit"]


@meets("ogcapi-features-1/1.0", "oas30")
def _(api):
    document = api.open("/api/openapi.json").json
    shared = document["components"]["parameters"]
    for one in api.get("/collections")["collections"]:
        told = document["paths"][f"/collections/{one['id']}/items"]["get"]
        names = {each.get("name") or shared[each["$ref"].rpartition("/")[2]]["name"] for each in told["parameters"]}
        assert {"limit", "bbox", "datetime"} <= names
        assert "application/geo+json" in told["responses"]["200"]["content"]
    assert shared["limit"]["schema"]["maximum"] == 10_000
    assert shared["bbox"]["schema"] == {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    assert (shared["bbox"]["style"], shared["bbox"]["explode"]) == ("form", False)


@meets("ogcapi-features-1/1.0", "html")
def _(api):
    page = api.open("/api/collections/parcels/items", "text/html", limit="5", sortby="number")
    assert page.mimetype == "text/html"
    document = api.get("/collections/parcels/items", limit="5", sortby="number")
    for one in document["features"]:
        assert one["properties"]["name_de"] in unescape(page.text)
    following = api.open(local(unescape(re.search(r'href="([^"]*after=[^"]*)"', page.text).group(1))), "text/html")
    assert sorted(api.everything)[5] in following.text
    number = document["features"][0]["id"]
    alone = unescape(api.open(f"/api/collections/parcels/items/{number}", "text/html").text)
    for value in ("name_de", "municipality", "plan_name"):
        assert api.everything[number][value] in alone


@meets("ogcapi-features-1/1.0", "geojson")
def _(api):
    answer = api.open("/api/collections/parcels/items", "application/geo+json", limit="20")
    assert answer.mimetype == "application/geo+json"
    assert answer.json["type"] == "FeatureCollection"
    assert links(answer.json, "self")
    for one in answer.json["features"]:
        assert (one["type"], one["geometry"]["type"]) == ("Feature", "MultiPolygon")
        found = shape(one["geometry"])
        assert found.is_valid
        assert box(9.8, 50.1, 12.8, 51.8).contains(found)
    alone = api.open(f"/api/collections/parcels/items/{one['id']}", "application/geo+json")
    assert (alone.mimetype, alone.json["type"], alone.json["id"]) == ("application/geo+json", "Feature", one["id"])


@meets("ogcapi-features-2/1.0", "crs")
def _(api):
    told = api.get("/collections/parcels")
    assert told["storageCrs"] in told["crs"]
    assert told["crs"][0] == CRS84
    number, stored = next(iter(api.shapes.items()))
    centre = stored.centroid
    for uri in told["crs"]:
        answer = api.open(f"/api/collections/parcels/items/{number}", crs=uri)
        assert answer.headers["Content-Crs"] == f"<{uri}>"
        target = pyproj.CRS("OGC:CRS84" if uri == CRS84 else f"EPSG:{uri.rpartition('/')[2]}")
        wanted = pyproj.Transformer.from_crs(25832, target).transform(centre.x, centre.y)
        got = shape(answer.json["geometry"]).centroid
        # The step to the old datum of 31468 is known to some metres only.
        near = 1e-6 if target.is_geographic else 5 if uri.endswith("31468") else 0.01
        assert math.dist(wanted, (got.x, got.y)) < near, uri
        west, south, east, north = shape(answer.json["geometry"]).bounds
        around = api.items(bbox=f"{west},{south},{east},{north}", **{"bbox-crs": uri})
        assert number in {one["id"] for one in around}
        assert len(around) < 20
    assert api.refused("/collections/parcels/items", crs=f"{EPSG}4258") == ["crs"]
    assert api.refused("/collections/parcels/items", bbox="1,2,3,4", **{"bbox-crs": "25832"}) == ["bbox-crs"]


@meets("ogcapi-features-3/1.0", "queryables")
def _(api):
    _every_queryable_can_be_asked(api, f"{REL}queryables")
    assert api.refused("/collections/parcels/items", filter="contact_email IS NULL") == ["filter"]


@meets("ogcapi-features-3/1.0", "queryables-query-parameters")
def _(api):
    document = api.open("/api/openapi.json").json["paths"]["/collections/parcels/items"]["get"]["parameters"]
    declared = {one["name"] for one in document if one.get("in") == "query"}
    queryables = api.get("/collections/parcels/queryables")["properties"]
    assert declared == set(queryables) - {"geom"}
    for name in ("status", "zone_restricted", "plan_status", "grz", "status_since", "county", "xplan_zone_code"):
        value = next(one[name] for one in api.everything.values() if one[name] is not None)
        stated = str(value).lower() if isinstance(value, bool) else str(value)
        picked = {number for number, one in api.everything.items() if one[name] == value}
        assert {one["id"] for one in api.items(**{name: stated})} == picked, name
    both = {number for number, one in api.everything.items() if (one["status"], one["zone"]) == ("sold", "GE")}
    assert {one["id"] for one in api.items(status="sold", zone="GE")} == both != set()


@meets("ogcapi-features-3/1.0", "filter")
def _(api):
    api.picks("status = 'sold'", lambda one: one["status"] == "sold", **{"filter-lang": "cql2-text"})
    api.picks("status = 'sold'", lambda one: one["status"] == "sold")
    assert api.refused("/collections/parcels/items", filter="TRUE", **{"filter-lang": "sql"}) == ["filter-lang"]
    assert api.refused("/collections/parcels/items", filter="status = ") == ["filter"]
    ways = {CRS84: "BBOX(10.5, 50.7, 11.5, 51.2)", f"{EPSG}4326": "BBOX(50.7, 10.5, 51.2, 11.5)"}
    lon_lat, lat_lon = (api.found(f"S_INTERSECTS(geom, {area})", **{"filter-crs": crs}) for crs, area in ways.items())
    assert lon_lat == lat_lon == api.found(f"S_INTERSECTS(geom, {ways[CRS84]})")
    assert 0 < len(lon_lat) < len(api.everything)


@meets("ogcapi-features-3/1.0", "features-filter")
def _(api):
    for one in api.get("/collections")["collections"]:
        assert links(one, f"{REL}queryables")
        path = f"/collections/{one['id']}/items"
        assert api.get(path, filter="FALSE")["features"] == []
        assert api.refused(path, filter="nothing = 1") == ["filter"]
    both = api.found("area_m2 > 20000", bbox="10.5,50.7,11.5,51.2", status="available")
    boxed = {one["id"] for one in api.items(bbox="10.5,50.7,11.5,51.2")}
    facts = api.everything.items()
    fitting = {number for number, one in facts if one["area_m2"] > 20_000 and one["status"] == "available"}
    assert both == boxed & fitting != set()


def _new(portal, **facts):
    number = portal.new(**facts)
    return number, f"{ITEMS}/{number}"


@meets("ogcapi-features-4/1.0", "create-replace-delete", "portal")
def _(portal):
    assert "POST" in allowed(portal.open("OPTIONS", ITEMS))
    created = portal.open("POST", ITEMS, feature(3, 14, zone="GE"), **UTM_BODY)
    assert created.status_code == 201
    address = local(created.headers["Location"])
    assert {"PUT", "DELETE"} <= allowed(portal.open("OPTIONS", address))
    assert portal.open("GET", address).json["properties"]["zone"] == "GE"
    replacing = portal.open("PUT", address, feature(3, 14, name_de="Neu"), **UTM_BODY)
    assert replacing.status_code in {200, 204}
    stands = portal.open("GET", address).json["properties"]
    assert (stands["name_de"], stands["zone"]) == ("Neu", None)
    assert portal.open("PUT", f"{ITEMS}/nothing", feature(3, 14), **UTM_BODY).status_code == 404
    assert portal.open("DELETE", address).status_code in {200, 204}
    assert portal.open("GET", address).status_code in {404, 410}


@meets("ogcapi-features-4/1.0", "update", "portal")
def _(portal):
    number, address = _new(portal, zone="GE", price_eur_m2=12.5)
    offered = portal.open("OPTIONS", address)
    assert "PATCH" in allowed(offered)
    assert offered.headers["Accept-Patch"] == "application/merge-patch+json"
    before = portal.item(number).json
    answer = portal.patch(number, {"properties": {"price_eur_m2": None, "name_de": "Anders"}})
    assert answer.status_code == 200
    after = portal.item(number).json
    assert after["geometry"] == before["geometry"]
    told = ("price_eur_m2", "name_de", "zone")
    assert [after["properties"][name] for name in told] == [None, "Anders", "GE"]
    assert portal.patch("nothing", {"properties": {}}).status_code == 404
    refused = portal.open("PATCH", address, b"<feature/>", Content_Type="application/xml")
    assert refused.status_code == 415


@meets("ogcapi-features-4/1.0", "features", "portal")
def _(portal):
    offered = portal.open("OPTIONS", ITEMS)
    assert "application/geo+json" in offered.headers["Accept-Post"]
    number, address = _new(portal)
    moved = feature(2, 15)
    assert portal.open("PUT", address, moved, **UTM_BODY).status_code in {200, 204}
    in_utm = portal.open("GET", f"{address}?crs={UTM}").json["geometry"]
    assert shape(in_utm).equals_exact(shape(square(2, 15)), 0.001) or shape(in_utm).equals(shape(square(2, 15)))
    lon_lat = portal.item(number).json
    portal.open("PUT", address, feature(5, 15), **UTM_BODY)
    assert portal.open("PUT", address, lon_lat).status_code in {200, 204}
    again = shape(portal.open("GET", f"{address}?crs={UTM}").json["geometry"])
    assert again.symmetric_difference(shape(square(2, 15))).area < 20
    assert portal.open("PUT", address, moved, Content_Crs=f"<{EPSG}4258>").status_code == 400
    assert portal.open("POST", ITEMS, b"<x/>", Content_Type="application/gml+xml").status_code == 415
    assert portal.open("POST", ITEMS, {"type": "Feature"}).status_code == 422


@meets("ogcapi-features-4/1.0", "optimistic-locking-etags", "portal")
def _(portal):
    number, address = _new(portal)
    read = portal.item(number).headers["ETag"]
    first = portal.patch(number, {"properties": {"zone": "GE"}}, If_Match=read)
    assert first.status_code == 200
    assert first.headers["ETag"] not in {read, None}
    late = [
        portal.patch(number, {"properties": {"zone": "GI"}}, If_Match=read),
        portal.open("PUT", address, feature(2, 3), **UTM_BODY, If_Match=read),
        portal.open("DELETE", address, If_Match=read),
    ]
    assert [one.status_code for one in late] == [412, 412, 412]
    assert portal.item(number).json["properties"]["zone"] == "GE"
    current = portal.item(number).headers["ETag"]
    assert portal.open("DELETE", address, If_Match=current).status_code in {200, 204}


@meets("ogcapi-features-5/1.0", "schemas")
def _(api):
    for one in api.get("/collections")["collections"]:
        schema = api.open(local(links(one, f"{REL}schema")[0]["href"])).json
        geometries = [each for each in schema["properties"].values() if each.get("x-ogc-role") == "primary-geometry"]
        assert len(geometries) == 1
        assert "type" not in geometries[0]
    known = api.get("/collections/parcels/schema")["properties"]
    assert known["available_from"]["format"] == "date"
    assert known["confirmed_at"]["format"] == "date-time"
    assert known["cadastral_ids"]["items"] == {"type": "string"}
    assert known["status"]["enum"]
    assert all(one["title"] for one in known.values())


@meets("ogcapi-features-8/1.0", "sorting")
def _(api):
    def by_size(one):
        return -one["area_m2"]

    got = _sorted_by(api, sortby="zone_restricted,-area_m2")
    whole = sorted(api.everything.values(), key=lambda one: (one["zone_restricted"], by_size(one)))
    assert [one["area_m2"] for one in got] == [one["area_m2"] for one in whole]
    assert _sorted_by(api, sortby="+area_m2") == _sorted_by(api, sortby="-area_m2")[::-1]
    assert api.refused("/collections/parcels/items", sortby="nothing") == ["sortby"]


@meets("ogcapi-features-8/1.0", "sortables")
def _(api):
    schemas = dict(_properties_hold(api, "sortables", f"{REL}sortables"))
    names = [name for name, one in schemas["parcels"]["properties"].items() if one["type"] in {"number", "integer"}]
    assert len(names) > 10
    for name in names:
        got = [one[name] for one in _sorted_by(api, sortby=name, properties=name)]
        known = [value for value in got if value is not None]
        assert known == sorted(known) == got[: len(known)], name


@meets("ogcapi-features-8/1.0", "features-sorting")
def _(api):
    for collection, name in (("areas", "slug"), ("admin-units", "ags"), ("parcels", "status_since")):
        assert links(api.get(f"/collections/{collection}"), f"{REL}sortables")
        got = [one["properties"][name] for one in api.items(collection, sortby=f"-{name}", properties=name)]
        assert got == sorted(got, reverse=True)
        assert got[0] != got[-1]
    document = api.open("/api/openapi.json").json
    listed = document["paths"]["/collections/areas/items"]["get"]["parameters"]
    assert {"$ref": "#/components/parameters/sortby"} in listed
    sold = _sorted_by(api, sortby="-area_m2", filter="status = 'sold'", limit="5")
    largest = sorted((one["area_m2"] for one in api.everything.values() if one["status"] == "sold"), reverse=True)
    assert [one["area_m2"] for one in sold] == largest[:5]


# ------------------------------------------------------------------------------------------------------------- CQL2

MIXED = "(status = 'sold' OR zone = 'GI') AND NOT area_m2 <= 30000"


def mixed(one):
    return (one["status"] == "sold" or one["zone"] == "GI") and not one["area_m2"] <= 30_000


@cql("cql2-text")
def _(api):
    api.picks(MIXED, mixed)
    api.picks("\"status\"='sold' or zone in('GI')", lambda one: one["status"] == "sold" or one["zone"] == "GI")
    assert api.found("name_de = 'O''Neill'") == set()
    assert api.refused("/collections/parcels/items", filter="{}") == ["filter"]


@cql("cql2-json")
def _(api):
    written = cql2.parse_text(MIXED).to_json()
    assert written["op"] == "and"
    api.picks(json.dumps(written), mixed, **{"filter-lang": "cql2-json"})
    around = {"op": "s_intersects", "args": [{"property": "geom"}, {"bbox": [10.5, 50.7, 11.5, 51.2]}]}
    boxed = {one["id"] for one in api.items(bbox="10.5,50.7,11.5,51.2")}
    assert api.found(json.dumps(around), **{"filter-lang": "cql2-json"}) == boxed
    asked = {"filter": MIXED, "filter-lang": "cql2-json"}
    assert api.refused("/collections/parcels/items", **asked) == ["filter"]


@cql("basic-cql2")
def _(api):
    api.picks("status <> 'sold'", lambda one: one["status"] != "sold")
    api.picks("area_m2 < 20000", lambda one: one["area_m2"] < 20_000)
    api.picks("area_m2 >= 1e5", lambda one: one["area_m2"] >= 100_000)
    api.picks("zone_restricted = TRUE", lambda one: one["zone_restricted"])
    api.picks("grz IS NULL", lambda one: one["grz"] is None)
    api.picks("available_from IS NOT NULL", lambda one: one["available_from"] is not None)
    api.picks("available_from < DATE('2026-06-01')", lambda one: (one["available_from"] or "9") < "2026-06-01")
    # What is unknown is neither, and AND binds before OR.
    api.picks("NOT (price_eur_m2 > 20)", lambda one: one["price_eur_m2"] is not None and one["price_eur_m2"] <= 20)
    api.picks(
        "zone = 'GI' OR zone = 'GE' AND status = 'sold'",
        lambda one: one["zone"] == "GI" or (one["zone"] == "GE" and one["status"] == "sold"),
    )
    moment = sorted(one["confirmed_at"] for one in api.everything.values())[200]
    zulu = moment.replace("+00:00", "Z")
    api.picks(f"confirmed_at > TIMESTAMP('{zulu}')", lambda one: one["confirmed_at"] > moment)
    assert api.found("TRUE") == set(api.everything)
    assert api.found("FALSE") == set()


@cql("advanced-comparison-operators")
def _(api):
    api.picks("name_de LIKE '%Los _'", lambda one: re.fullmatch(r".*Los .", one["name_de"]))
    api.picks("county NOT LIKE 'G%'", lambda one: not one["county"].startswith("G"))
    api.picks("zone IN ('GI', 'SO')", lambda one: one["zone"] in {"GI", "SO"})
    api.picks("plan_status NOT IN (4000, 3000)", lambda one: one["plan_status"] not in {4000, 3000, None})
    api.picks("area_m2 BETWEEN 20000 AND 40000", lambda one: 20_000 <= one["area_m2"] <= 40_000)
    api.picks("area_m2 NOT BETWEEN 20000 AND 40000", lambda one: not 20_000 <= one["area_m2"] <= 40_000)
    assert api.found("name_de LIKE '100\\%'") == set()


@cql("case-insensitive-comparison")
def _(api):
    api.picks("CASEI(status) = CASEI('SOLD')", lambda one: one["status"] == "sold")
    api.picks("CASEI(name_de) LIKE CASEI('%GEWERBE%')", lambda one: "gewerbe" in one["name_de"].casefold())
    api.picks("CASEI(zone) IN (CASEI('gi'), CASEI('so'))", lambda one: one["zone"] in {"GI", "SO"})
    assert api.found("status = 'SOLD'") == set()


def plain(text):
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


@cql("accent-insensitive-comparison")
def _(api):
    place = next(one["municipality"] for one in api.everything.values() if re.search("[äöü]", one["municipality"]))
    api.picks(f"ACCENTI(municipality) = ACCENTI('{plain(place)}')", lambda one: one["municipality"] == place)
    api.picks("ACCENTI(name_de) LIKE ACCENTI('%o%')", lambda one: "o" in plain(one["name_de"]))
    assert api.found(f"municipality = '{plain(place)}'") == set()


@cql("basic-spatial-functions")
def _(api):
    point = next(iter(api.shapes.values())).representative_point()
    api.picks_shapes(f"S_INTERSECTS(geom, {point.wkt})", lambda one: one.intersects(point))
    around = box(*point.buffer(30_000).bounds)
    stated = ", ".join(map(str, around.bounds))
    api.picks_shapes(f"S_INTERSECTS(geom, BBOX({stated}))", lambda one: one.intersects(around))


@cql("basic-spatial-functions-plus")
def _(api):
    middle = Point(*next(iter(api.shapes.values())).centroid.coords)
    triangle = shape({"type": "Polygon", "coordinates": [_ring(middle, (-9e3, 0), (4e4, -2e4), (2e4, 5e4))]})
    lines = [one.representative_point().coords[0] for one in list(api.shapes.values())[:4]]
    line = shape({"type": "LineString", "coordinates": lines})
    points = shape({"type": "MultiPoint", "coordinates": lines})
    for literal in (triangle, line, points, triangle.union(triangle.centroid.buffer(10).boundary)):
        api.picks_shapes(f"S_INTERSECTS(geom, {literal.wkt})", literal.intersects)


def _ring(middle, *steps):
    corners = [(middle.x + east, middle.y + north) for east, north in steps]
    return [*corners, corners[0]]


@meets("cql2/1.0", "spatial-functions", "both")
def _(both):
    api, portal = both
    one = next(iter(api.shapes.values()))
    inside, (west, south, east, north) = one.representative_point(), one.bounds
    half = box(west, south, (west + east) / 2, north)
    through = shape({"type": "LineString", "coordinates": [(west - 50, inside.y), (east + 50, inside.y)]})
    around, small = box(*one.buffer(20_000).bounds), inside.buffer(1)
    asked = {
        f"S_DISJOINT(geom, {around.wkt})": around.disjoint,
        f"S_WITHIN(geom, {around.wkt})": around.contains,
        f"S_CONTAINS(geom, {small.wkt})": lambda parcel: parcel.contains(small),
        f"S_OVERLAPS(geom, {half.wkt})": half.overlaps,
        f"S_CROSSES(geom, {through.wkt})": through.crosses,
    }
    for text, fits in asked.items():
        api.picks_shapes(text, fits)
    # Corners that are whole metres: the parcel of the portal that is written to.
    corner = square(1, 1)["coordinates"][0][0]
    beside = shape(square(1.1, 1))
    exact = {
        f"S_EQUALS(geom, {shape(square(1, 1)).wkt})": {"H-1"},
        f"S_EQUALS(geom, {beside.wkt})": set(),
        f"S_TOUCHES(geom, {beside.wkt})": {"H-1"},
        f"S_TOUCHES(geom, POINT({corner[0]} {corner[1]}))": {"H-1"},
        f"S_TOUCHES(geom, {beside.buffer(1).wkt})": set(),
    }
    for text, numbers in exact.items():
        stated = urlencode({"filter": text, "filter-crs": UTM})
        assert {one["id"] for one in portal.open("GET", f"{ITEMS}?{stated}").json["features"]} == numbers, text


@cql("temporal-functions")
def _(api):
    def day(one):
        return one["available_from"]

    span = "INTERVAL('2026-04-01', '2026-06-30')"
    known = next(day(one) for one in api.everything.values() if day(one))
    asked = {
        "T_AFTER(available_from, DATE('2026-06-01'))": lambda one: day(one) > "2026-06-01",
        "T_BEFORE(available_from, DATE('2026-06-01'))": lambda one: day(one) < "2026-06-01",
        f"T_EQUALS(available_from, DATE('{known}'))": lambda one: day(one) == known,
        f"T_INTERSECTS(available_from, {span})": lambda one: "2026-04-01" <= day(one) <= "2026-06-30",
        f"T_DISJOINT(available_from, {span})": lambda one: not "2026-04-01" <= day(one) <= "2026-06-30",
        f"T_DURING(INTERVAL(status_since, available_from), {span})": (
            lambda one: "2026-04-01" < one["status_since"] <= day(one) < "2026-06-30"
        ),
        f"T_CONTAINS(INTERVAL(status_since, available_from), {span})": (
            lambda one: one["status_since"] < "2026-04-01" and day(one) > "2026-06-30"
        ),
        f"T_OVERLAPS(INTERVAL(status_since, available_from), {span})": (
            lambda one: one["status_since"] < "2026-04-01" < day(one) < "2026-06-30"
        ),
    }
    for text, fits in asked.items():
        # Where the second day comes before the first there is no interval to compare.
        forward = f"{text} AND status_since <= available_from" if "INTERVAL(s" in text else text
        api.picks(forward, lambda one, fits=fits: day(one) is not None and fits(one))


@cql("array-functions")
def _(api):
    def kinds(one):
        return set(one["constraint_kinds"])

    some = next(kinds(one) for one in api.everything.values() if len(kinds(one)) > 1)
    stated = "(" + ", ".join(f"'{one}'" for one in sorted(some)) + ")"
    api.picks(f"A_CONTAINS(constraint_kinds, {stated})", lambda one: kinds(one) >= some)
    api.picks(f"A_CONTAINEDBY(constraint_kinds, {stated})", lambda one: kinds(one) <= some)
    api.picks(f"A_OVERLAPS(constraint_kinds, {stated})", lambda one: kinds(one) & some)
    api.picks(f"A_EQUALS(constraint_kinds, {stated})", lambda one: kinds(one) == some)


@cql("property-property")
def _(api):
    api.picks("rail_km < motorway_km", lambda one: _less(one["rail_km"], one["motorway_km"]))
    api.picks("municipality = county", lambda one: one["municipality"] == one["county"])
    api.picks("available_from < status_since", lambda one: _less(one["available_from"], one["status_since"]))
    api.picks("100000 < area_m2", lambda one: one["area_m2"] > 100_000)


def _less(first, second):
    return first is not None and second is not None and first < second


@cql("functions")
def _(api):
    told = {one["name"]: one for one in api.get("/functions")["functions"]}
    assert links(api.get(""), f"{REL}functions")
    assert told["char_length"]["returns"] == ["integer"]
    api.picks("char_length(name_de) > 28", lambda one: len(one["name_de"]) > 28)
    api.picks("upper(status) = 'SOLD'", lambda one: one["status"] == "sold")
    api.picks("floor(motorway_km) = 3", lambda one: one["motorway_km"] is not None and 3 <= one["motorway_km"] < 4)
    api.picks("year(status_since) = 2026", lambda one: one["status_since"].startswith("2026"))
    assert api.refused("/collections/parcels/items", filter="version() = '1'") == ["filter"]


@cql("arithmetic")
def _(api):
    def price(one):
        return one["price_eur_m2"]

    api.picks("area_m2 / 10000 > 5", lambda one: one["area_m2"] / 10_000 > 5)
    api.picks("price_eur_m2 * area_m2 < 500000", lambda one: price(one) and price(one) * one["area_m2"] < 500_000)
    api.picks("2 + 3 * price_eur_m2 - 1 >= 61", lambda one: price(one) is not None and 1 + 3 * price(one) >= 61)
    api.picks("(2 + 3) * price_eur_m2 > 100", lambda one: price(one) is not None and 5 * price(one) > 100)
    api.picks("xplan_zone_code % 1000 = 700", lambda one: (one["xplan_zone_code"] or 0) % 1000 == 700)
    api.picks("plan_status div 1000 = 4", lambda one: (one["plan_status"] or 0) // 1000 == 4)
    api.picks("area_m2 > 3 ^ 10", lambda one: one["area_m2"] > 3**10)


# ----------------------------------------------------------------------------------------------------- Tiles and grids

WEB, ADV = "WebMercatorQuad", "DE_EPSG_25832_ADV"


def _tile_of(api, grid, level, place):
    """Address of the tile that holds `place`, and its box."""
    matrix = api.get(f"/tileMatrixSets/{grid}")["tileMatrices"][level]
    width, (west, north) = matrix["cellSize"] * matrix["tileWidth"], matrix["pointOfOrigin"]
    column, row = int((place[0] - west) / width), int((north - place[1]) / width)
    left, top = west + column * width, north - row * width
    return f"/api/collections/parcels/tiles/{grid}/{level}/{row}/{column}", box(left, top - width, left + width, top)


def _places(api, grid):
    """A point in each parcel, in the CRS of the grid."""
    crs = f"{EPSG}3857" if grid == WEB else f"{EPSG}25832"
    return [shape(one["geometry"]).centroid for one in api.items(crs=crs, limit="3")]


def _drawn(answer):
    return {one["properties"]["id"]: one for one in decode(answer.data)["features"]["features"]}


@meets("ogcapi-tiles-1/1.0", "core")
def _(api):
    for level in (9, 12):
        for one in list(api.shapes.values())[:3]:
            address, area = _tile_of(api, ADV, level, one.centroid.coords[0])
            answer = api.open(address)
            assert answer.status_code == 200
            inside = {number for number, each in api.shapes.items() if each.intersects(area)}
            near = {number for number, each in api.shapes.items() if each.intersects(area.buffer(area.length / 16))}
            assert inside <= set(_drawn(answer)) <= near
    assert api.open(f"/api/collections/parcels/tiles/{WEB}/3/0/0").status_code == 204
    for outside in ("3/8/0", "3/0/8", "99/0/0"):
        assert api.open(f"/api/collections/parcels/tiles/{WEB}/{outside}").status_code in {400, 404}


@meets("ogcapi-tiles-1/1.0", "tileset")
def _(api):
    for grid in (WEB, ADV):
        told = api.get(f"/collections/parcels/tiles/{grid}")
        assert told["dataType"] == "vector"
        scheme = api.open(local(links(told, f"{REL}tiling-scheme")[0]["href"])).json
        assert (scheme["id"], scheme["crs"]) == (grid, told["crs"])
        (template,) = links(told, "item")
        assert template["templated"] is True
        place = _places(api, grid)[0].coords[0]
        address, _area = _tile_of(api, grid, 11, place)
        level, row, column = address.split("/")[-3:]
        filled = local(template["href"]).format(tileMatrix=level, tileRow=row, tileCol=column)
        assert filled == address
        assert api.open(filled).mimetype == template["type"]


@meets("ogcapi-tiles-1/1.0", "tilesets-list")
def _(api):
    listed = api.get("/collections/parcels/tiles")["tilesets"]
    assert [one["crs"] for one in listed] == [f"{EPSG}3857", f"{EPSG}25832"]
    for one in listed:
        assert {"dataType", "crs", "links"} <= set(one)
        alone = api.open(local(links(one, "self")[0]["href"])).json
        assert alone["title"] == one["title"]
        assert links(alone, f"{REL}tiling-scheme") == links(one, f"{REL}tiling-scheme")
    assert listed[0]["tileMatrixSetURI"] == f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{WEB}"


@meets("ogcapi-tiles-1/1.0", "geodata-tilesets")
def _(api):
    for one in api.get("/collections")["collections"]:
        (linked,) = links(one, f"{REL}tilesets-vector")
        listed = api.open(local(linked["href"])).json["tilesets"]
        assert listed
        for each in listed:
            assert local(links(each, f"{REL}geodata")[0]["href"]) == f"/api/collections/{one['id']}"
        assert api.open(f"/api/collections/{one['id']}/tiles/{ADV}/0/0/0").status_code == 200


@meets("ogcapi-tiles-1/1.0", "oas30")
def _(api):
    paths = api.open("/api/openapi.json").json["paths"]
    for one in api.get("/collections")["collections"]:
        base = f"/collections/{one['id']}/tiles"
        assert {base, f"{base}/{{tileMatrixSetId}}"} <= set(paths)
        tile = paths[f"{base}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"]["get"]
        names = [each["name"] for each in tile["parameters"] if each["in"] == "path" and each["required"]]
        assert names == ["tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"]
        assert tile["parameters"][0]["schema"]["enum"] == [WEB, ADV]
        assert list(tile["responses"]["200"]["content"]) == ["application/vnd.mapbox-vector-tile"]


@meets("ogcapi-tiles-1/1.0", "mvt")
def _(api):
    number, one = next(iter(api.shapes.items()))
    address, area = _tile_of(api, ADV, 12, one.centroid.coords[0])
    answer = api.open(address, "application/vnd.mapbox-vector-tile")
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    layer = decode(answer.data)["features"]
    assert layer["version"] == 2
    drawn = _drawn(answer)[number]
    print(drawn, layer["extent"])
    assert drawn["properties"]["id"] == number
    scale = (area.bounds[2] - area.bounds[0]) / layer["extent"]
    # The decoder turns the tile's axis round: its rows go up as northings do.
    west, south, _east, _north = area.bounds
    got = shape(drawn["geometry"]).bounds
    back = [west + got[0] * scale, south + got[1] * scale, west + got[2] * scale, south + got[3] * scale]
    wanted = one.intersection(area.buffer(area.length / 16)).bounds
    assert all(abs(first - second) < 3 * scale for first, second in zip(back, wanted, strict=True))


@meets("tms/2.0", "tilematrixset")
def _(api):
    half = math.pi * 6_378_137
    known = {WEB: (559_082_264.0287178, [-half, half], 23), ADV: (17_471_320.75089743, [-46_133.17, 6_301_219.54], 17)}
    for grid, (denominator, corner, levels) in known.items():
        told = api.get(f"/tileMatrixSets/{grid}")
        axes = [one.abbrev for one in pyproj.CRS(f"EPSG:{told['crs'].rpartition('/')[2]}").axis_info]
        assert told["orderedAxes"] == axes
        assert len(told["tileMatrices"]) == levels
        for level, one in enumerate(told["tileMatrices"]):
            assert one["scaleDenominator"] == pytest.approx(denominator / 2**level, rel=1e-9)
            assert one["cellSize"] == pytest.approx(one["scaleDenominator"] * 0.00028, rel=1e-9)
            assert one["pointOfOrigin"] == pytest.approx(corner, rel=1e-9)
            assert (one["matrixWidth"], one["matrixHeight"]) == (2**level, 2**level)
    last = api.get(f"/tileMatrixSets/{WEB}")["tileMatrices"][-1]
    assert last["cellSize"] * 256 * last["matrixWidth"] == pytest.approx(2 * half)


@meets("tms/2.0", "json-tilematrixset")
def _(api):
    whole = {"type": "integer", "minimum": 1}
    number = {"type": "number", "exclusiveMinimum": 0}
    matrix = {
        "type": "object",
        "required": [
            "id", "scaleDenominator", "cellSize", "pointOfOrigin", "tileWidth", "tileHeight", "matrixWidth",
            "matrixHeight",
        ],
        "properties": {
            "id": {"type": "string"}, "scaleDenominator": number, "cellSize": number,
            "cornerOfOrigin": {"enum": ["topLeft", "bottomLeft"]}, "tileWidth": whole, "tileHeight": whole,
            "pointOfOrigin": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            "matrixWidth": whole, "matrixHeight": whole,
        },
    }  # fmt: skip
    described = {
        "type": "object",
        "required": ["crs", "tileMatrices"],
        "properties": {
            "id": {"type": "string", "pattern": r"^[\w\-]+$"}, "crs": {"type": "string", "format": "uri"},
            "uri": {"type": "string"}, "orderedAxes": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "tileMatrices": {"type": "array", "items": matrix, "minItems": 1},
        },
    }  # fmt: skip
    listed = api.get("/tileMatrixSets")["tileMatrixSets"]
    assert [one["id"] for one in listed] == [WEB, ADV]
    for one in listed:
        answer = api.open(local(links(one, "self")[0]["href"]), "application/json")
        assert answer.mimetype == "application/json"
        OAS31Validator(described).validate(answer.json)
        assert [each["id"] for each in answer.json["tileMatrices"]] == [
            str(level) for level in range(len(answer.json["tileMatrices"]))
        ]
