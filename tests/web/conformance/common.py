"""Checks of OGC API Common: landing page, collections, schemas."""

from __future__ import annotations

import json
import re
from html import unescape

from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from shapely import box
from shapely.geometry import shape

from landportal.web.ogc_api.landing import CONFORMANCE
from tests.web.conformance.reader import OPENAPI, REL, hrefs, links, local, meets, schemas_of


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


@meets("ogcapi-common-3/1.0", "schemas")
def _(api):
    for collection, schema in schemas_of(api, "schema", "describedby"):
        assert schema["type"] == "object"
        assert schema["properties"]["geom"]["format"].startswith("geometry-")
        assert schema["properties"]["geom"]["x-ogc-role"] == "primary-geometry"
        for one in api.items(collection, limit="50"):
            for name, value in one["properties"].items():
                if value is not None:
                    OAS31Validator(schema["properties"][name]).validate(value)


@meets("ogcapi-common-3/1.0", "returnables-and-receivables")
def _(api):
    for collection, schema in schemas_of(api, "schema", f"{REL}schema"):
        returned = set(api.items(collection, limit="1")[0]["properties"])
        assert returned == set(schema["properties"]) - {"geom"}
        assert schema["additionalProperties"] is False
    writable = {
        name for name, one in api.get("/collections/parcels/schema")["properties"].items() if "readOnly" not in one
    }
    assert {"name_de", "zone", "geom"} <= writable
    assert {"number", "area_m2", "municipality", "confirmed_at"}.isdisjoint(writable)


@meets("ogcapi-common-3/1.0", "queryables")
def _(api):
    for _collection, schema in schemas_of(api, "queryables", f"{REL}queryables"):
        assert all(set(one) & {"type", "format"} for one in schema["properties"].values())
    codes = api.get("/collections/parcels/queryables")["properties"]["status"]["enum"]
    assert {one["status"] for one in api.everything.values()} < set(codes)


@meets("ogcapi-common-3/1.0", "sortables")
def _(api):
    for _collection, schema in schemas_of(api, "sortables", f"{REL}sortables"):
        assert all(one["type"] in {"string", "number", "integer", "boolean"} for one in schema["properties"].values())
    listed = api.get("/collections/parcels/sortables")["properties"]
    for name in listed:
        assert api.get("/collections/parcels/items", sortby=name, limit="1")["numberReturned"] == 1
    for name in set(api.get("/collections/parcels/schema")["properties"]) - set(listed):
        assert api.refused("/collections/parcels/items", sortby=name) == ["sortby"]
