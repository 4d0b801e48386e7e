"""Checks of OGC API Features that read: core, CRS, filter, schemas, sorting."""

from __future__ import annotations

import datetime as dt
import math
import re
from html import unescape

import pyproj
from shapely import box
from shapely.geometry import shape

from tests.web.conformance.reader import CRS84, EPSG, REL, links, local, meets, schemas_of


def _sorted_by(api, **query):
    return [one["properties"] for one in api.items(**query)]


def _every_queryable_can_be_asked(api, role):
    for collection, schema in schemas_of(api, "queryables", role):
        names = [name for name in schema["properties"] if name != "geom"]
        path = f"/collections/{collection}/items"
        whole = api.get(path, resultType="hits")["numberMatched"]
        for begin in range(0, len(names), 20):
            some = names[begin : begin + 20]
            asked = " AND ".join(f'("{name}" IS NULL OR "{name}" IS NOT NULL)' for name in some)
            assert api.get(path, resultType="hits", filter=asked)["numberMatched"] == whole > 0


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
    schemas = dict(schemas_of(api, "sortables", f"{REL}sortables"))
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
