"""CQL2 filters over HTTP, on the sample data: both languages, every CRS offered, and errors with reason and place."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from landportal.gis.cql2 import OPERATORS

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def items(client, text: str, collection: str = "parcels", **query: str):
    query = {"limit": "1000", "filter": text, **query}
    return client.get(f"/api/collections/{collection}/items", query_string=query)


def found(client, text: str, collection: str = "parcels", **query: str) -> list[dict]:
    answer = items(client, text, collection, **query)
    assert answer.status_code == 200, answer.text
    assert answer.json["numberMatched"] == len(answer.json["features"])
    return [feature["properties"] for feature in answer.json["features"]]


@pytest.fixture(scope="module")
def everything(app):
    return found(app.test_client(), "TRUE")


ASKED = {
    "status = 'sold'": lambda one: one["status"] == "sold",
    "\"area_m2\" >= 100000 AND status <> 'sold'": lambda one: one["area_m2"] >= 100_000 and one["status"] != "sold",
    "zone IN ('GI', 'SO') OR rail_siding = TRUE": lambda one: one["zone"] in {"GI", "SO"} or one["rail_siding"] is True,
    "(CASEI(\"name_de\") LIKE CASEI('%GEWERBE%'))": lambda one: "gewerbe" in one["name_de"].lower(),
    "price_eur_m2 BETWEEN 20 AND 35": lambda one: one["price_eur_m2"] is not None and 20 <= one["price_eur_m2"] <= 35,
    "price_eur_m2 * area_m2 < 500000": (
        lambda one: one["price_eur_m2"] is not None and one["price_eur_m2"] * one["area_m2"] < 500_000
    ),
    "motorway_km <= 5 AND NOT zone_restricted": (
        lambda one: one["motorway_km"] is not None and one["motorway_km"] <= 5 and not one["zone_restricted"]
    ),
    "available_from IS NULL": lambda one: one["available_from"] is None,
    "available_from >= DATE('2026-06-01')": lambda one: (one["available_from"] or "") >= "2026-06-01",
    "available_from >= TIMESTAMP('2026-06-01T00:00:00Z')": lambda one: (one["available_from"] or "") >= "2026-06-01",
    "T_AFTER(available_from, INTERVAL('..', '2026-05-31'))": lambda one: (one["available_from"] or "") >= "2026-06-01",
    "A_OVERLAPS(constraint_kinds, ('flood', 'water'))": (
        lambda one: {"flood", "water"} & set(one["constraint_kinds"]) != set()
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_a_filter_gives_the_parcels_that_fit_it(client, everything, text):
    fitting = {one["number"] for one in everything if ASKED[text](one)}
    assert {one["number"] for one in found(client, text)} == fitting
    assert 0 < len(fitting) < len(everything)


def test_gdal_s_name_of_the_language_reads_text(client):
    assert len(found(client, "status = 'sold'", **{"filter-lang": "cql-text"})) == len(found(client, "status = 'sold'"))


def test_the_same_filter_in_json_gives_the_same_parcels(client):
    asked = {
        "op": "and",
        "args": [
            {"op": "=", "args": [{"property": "status"}, "available"]},
            {"op": "s_intersects", "args": [{"property": "geom"}, {"bbox": [10.5, 50.7, 11.5, 51.2]}]},
        ],
    }
    as_json = found(client, json.dumps(asked), **{"filter-lang": "cql2-json"})
    as_text = found(client, "status = 'available' AND S_INTERSECTS(geom, BBOX(10.5, 50.7, 11.5, 51.2))")
    assert as_json == as_text != []


def test_the_box_of_a_filter_finds_what_the_parameter_bbox_finds(client):
    boxed = client.get("/api/collections/parcels/items?limit=1000&bbox=10.5,50.7,11.5,51.2").json["features"]
    filtered = found(client, "S_INTERSECTS(geom, BBOX(10.5, 50.7, 11.5, 51.2))")
    assert [one["properties"] for one in boxed] == filtered


def test_filter_crs_says_in_which_crs_and_order_of_axes_coordinates_are(client):
    asked = {
        CRS84: "BBOX(10.5, 50.7, 11.5, 51.2)",
        f"{EPSG}4326": "BBOX(50.7, 10.5, 51.2, 11.5)",
        f"{EPSG}25832": "BBOX(560000, 5600000, 640000, 5700000)",
        f"{EPSG}31468": "BBOX(5600000, 4400000, 5700000, 4500000)",
        f"{EPSG}3857": "BBOX(1168854, 6570000, 1280000, 6660000)",
    }
    counts = {
        crs: len(found(client, f"S_INTERSECTS(geom, {box})", **{"filter-crs": crs})) for crs, box in asked.items()
    }
    assert counts[CRS84] == counts[f"{EPSG}4326"]
    assert all(0 < count < 399 for count in counts.values())


def test_filters_add_to_other_parameters_and_to_pages(client):
    whole = found(client, "area_m2 > 10000", status="available", sortby="number")
    page = items(client, "area_m2 > 10000", status="available", sortby="number", limit="5").json
    assert {one["status"] for one in whole} == {"available"}
    assert [one["properties"] for one in page["features"]] == whole[:5]
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    second = client.get(following).json["features"]
    assert [one["properties"] for one in second] == whole[5:10]
    hits = items(client, "area_m2 > 10000", status="available", resultType="hits").json
    assert hits["numberMatched"] == len(whole)


@pytest.mark.parametrize(
    ("collection", "text"),
    [
        ("areas", "kind IS NOT NULL AND changed_at < now()"),
        ("admin-units", "population / trade_tax_multiplier > 1 AND ags LIKE '16%'"),
        ("infrastructure", "kind = 'airport' OR voltage_kv > 100"),
        ("roads", "length_m > 1000 AND S_CROSSES(geom, BBOX(10, 50, 11, 51))"),
        ("constraints", "T_BEFORE(source_date, DATE('2030-01-01'))"),
    ],
)
def test_every_collection_takes_filters_on_its_own_properties(client, collection, text):
    assert found(client, text, collection)


WRONG = {
    ("stauts = 'sold'", "cql2-text"): "There is no property 'stauts'. Did you mean 'status'? (at character 1)",
    ("status = ", "cql2-text"): "A value was expected, not the end. (at character 10)",
    ("area_m2 > 'large'", "cql2-text"): "A number cannot be compared with a text. (at character 11)",
    ("contact_email LIKE '%'", "cql2-text"): "There is no property 'contact_email'.",
    ("pg_sleep(10) > 1", "cql2-text"): "There is no function 'pg_sleep'.",
    ("status = 'x' OR 1=1; drop table parcel", "cql2-text"): "The character ';' has no meaning here. (at character 20)",
    ("(" * 500 + "TRUE" + ")" * 500, "cql2-text"): "More than 30 operators stand inside each other.",
    ("S_INTERSECTS(geom, POINT(11 99))", "cql2-text"): "latitudes -90 to 90. (at character 20)",
    ("TRUE OR " * 7000 + "TRUE", "cql2-text"): "A filter has at most 50000 characters.",
    ("status = 'sold'", "cql2-json"): "This is no JSON: Expecting value. (at character 1)",
    ('{"op": "=", "args": [{"property": "area_m2"}, "x"]}', "cql2-json"): "with a text. (at $.args[1])",
    ("[" * 5000, "cql2-json"): "More than 30 operators stand inside each other.",
}  # fmt: skip


@pytest.mark.parametrize(("text", "lang"), WRONG, ids=[f"{place}" for place in range(len(WRONG))])
def test_a_filter_that_cannot_be_used_is_told_with_reason_and_place(client, text, lang):
    answer = items(client, text, **{"filter-lang": lang})
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    (error,) = answer.json["errors"]
    assert error["parameter"] == "filter"
    assert WRONG[text, lang] in error["detail"]


def test_a_text_in_a_filter_is_a_value_and_never_a_part_of_the_statement(client):
    for text in ("name_de = '''; drop table parcel; --'", "name_de LIKE '%%s:x$1{}%'", "name_de = '\U0001f600 ￿'"):
        assert found(client, text) == []
    assert len(found(client, "TRUE")) > 300


def test_the_functions_of_filters_are_told_and_can_be_called(client):
    told = {one["name"]: one for one in client.get("/api/functions").json["functions"]}
    assert {"lower", "year", "area_m2", "s_dwithin", "now"} <= set(told)
    assert told["s_dwithin"]["returns"] == ["boolean"]
    assert [one["type"] for one in told["s_dwithin"]["arguments"]] == [
        ["geometry"],
        ["geometry"],
        ["integer", "number"],
    ]
    values = {"string": "name_de", "integer": "3", "datetime": "confirmed_at", "geometry": "geom"}
    for name, one in told.items():
        assert one["description"]
        called = f"{name}({', '.join(values[argument['type'][0]] for argument in one['arguments'])})"
        assert found(client, f"{called} IS NOT NULL"), name


def blocks(language: str) -> list[str]:
    guide = (Path(__file__).parents[2] / "docs" / "filters.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", guide, re.DOTALL)


@pytest.mark.parametrize("text", [line for block in blocks("cql2") for line in block.splitlines()])
def test_every_example_of_the_guide_finds_something(client, text):
    assert found(client, text)


def test_the_guide_s_example_in_json_finds_something(client):
    (example,) = blocks("json")
    assert found(client, example, **{"filter-lang": "cql2-json"})


def test_the_guide_names_every_function_and_operator():
    guide = (Path(__file__).parents[2] / "docs" / "filters.md").read_text(encoding="utf-8")
    unnamed = {"isnull", "in", "between", "like", *(name[2:] for name in OPERATORS if name.startswith("s_"))}
    for name in OPERATORS:
        assert f"`{name}" in guide.lower() or name in unnamed, name
