"""Checks of CQL2: what a filter finds is what Python picks from all features."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from urllib.parse import urlencode

import cql2
from shapely import Point, box
from shapely.geometry import shape

from tests.web.conformance.reader import REL, links, meets
from tests.web.test_ogc_writing import ITEMS, UTM, square


def cql(name: str):
    return meets("cql2/1.0", name)


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
    day = next(one["available_from"] for one in api.everything.values() if one["available_from"])
    api.picks(f"available_from <= DATE('{day}')", lambda one: (one["available_from"] or "9") <= day)
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


def shifted(day, days):
    return (dt.date.fromisoformat(day) + dt.timedelta(days)).isoformat()


def days_of(api):
    """Of all parcels with both: the days between which they became what they are and can be had, the longest last."""
    known = [(one["status_since"], one["available_from"]) for one in api.everything.values() if one["available_from"]]
    forward = [(since, free) for since, free in known if since <= free]
    return sorted(forward, key=lambda one: dt.date.fromisoformat(one[1]) - dt.date.fromisoformat(one[0]))


@cql("temporal-functions")
def _(api):
    free = sorted(one["available_from"] for one in api.everything.values() if one["available_from"])
    first, last = free[len(free) // 4], free[3 * len(free) // 4]
    span = f"INTERVAL('{first}', '{last}')"
    asked = {
        f"T_AFTER(available_from, DATE('{first}'))": lambda day: day > first,
        f"T_BEFORE(available_from, DATE('{first}'))": lambda day: day < first,
        f"T_EQUALS(available_from, DATE('{first}'))": lambda day: day == first,
        f"T_INTERSECTS(available_from, {span})": lambda day: first <= day <= last,
        f"T_DISJOINT(available_from, {span})": lambda day: not first <= day <= last,
    }
    for text, fits in asked.items():
        api.picks(text, lambda one, fits=fits: one["available_from"] is not None and fits(one["available_from"]))

    longest, long = days_of(api)[-1], days_of(api)[-20]
    begin, end = shifted(longest[0], 1), shifted(longest[1], -1)
    before, after = shifted(long[0], -1), shifted(long[1], 1)
    relations = {
        ("T_CONTAINS", begin, end): lambda since, day: since < begin and day > end,
        ("T_DURING", before, after): lambda since, day: since > before and day < after,
        ("T_OVERLAPS", begin, shifted(end, 2)): lambda since, day: since < begin < day < shifted(end, 2),
    }
    for (name, one_side, other_side), fits in relations.items():
        # Where the second day comes before the first there is no interval to compare.
        text = f"{name}(INTERVAL(status_since, available_from), INTERVAL('{one_side}', '{other_side}'))"
        forward = f"{text} AND status_since <= available_from"
        api.picks(forward, lambda one, fits=fits: _forward(one) and fits(one["status_since"], one["available_from"]))


def _forward(one):
    return one["available_from"] is not None and one["status_since"] <= one["available_from"]


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
    month = int(next(iter(api.everything.values()))["status_since"][5:7])
    api.picks(f"month(status_since) = {month}", lambda one: int(one["status_since"][5:7]) == month)
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
