"""The abstract test suite of CQL2 (OGC 21-065r2, annex A), asked of context layers with the standard's own test data.

First its 351 predicates with their counts, in text and, as the PyPI package `cql2` translates them, in JSON; then what
it asks of every property. `tests/data/cql2/README.md` says where predicates, counts and data come from. The classes
array-functions and functions ask for what these data do not have: `tests/gis` looks after them.
"""

import csv
import itertools
import json
import random
from pathlib import Path

import cql2
import pytest

from landportal import db
from landportal.config import read_settings
from landportal.services.layer_imports import LayerFacts, LayerRequest, publish
from landportal.web import create_app

FOLDER = Path(__file__).parents[1] / "data" / "cql2"
FACTS = LayerFacts(title_en="CQL2", licence="CC0-1.0", attribution="Natural Earth")
COUNTRIES, PLACES, RIVERS = LAYERS = (
    "ne_110m_admin_0_countries", "ne_110m_populated_places_simple", "ne_110m_rivers_lake_centerlines",
)  # fmt: skip
ROWS = {COUNTRIES: 177, PLACES: 243, RIVERS: 13}


def table(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def combined(p1, p2, p3, p4):
    return f"(NOT ({p2}) AND {p1}) OR ({p3} and {p4}) or not ({p1} OR {p4})"


STANDARD = [(one["collection"], one["predicate"], int(one["count"])) for one in table("predicates.tsv")] + [
    (PLACES, combined(*(one[f"p{at}"] for at in range(1, 5))), int(one["count"])) for one in table("combinations.tsv")
]

IN_ONE_BOX = "S_INTERSECTS(geom,BBOX(0,40,10,50))"
IN_THE_OTHER = "S_INTERSECTS(geom,BBOX(-90,40,-60,50))"
ENDING = "T_{}(interval(start,end),interval('{}-04-16T10:13:19Z','2022-04-16T10:16:06Z'))"
IMPOSSIBLE = {f"{IN_ONE_BOX} or {IN_THE_OTHER}", ENDING.format("FINISHES", 2022)}
"""Counts that no data could have, see the README; what is right about them is tested below."""

PREDICATES = [one for one in STANDARD if one[1] not in IMPOSSIBLE]


class Layers:
    """The three files, published, and what is asked of them over HTTP."""

    def __init__(self, url):
        settings = read_settings(
            {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
        )
        with db.transaction(db.connect(url, settings)) as session:
            self.told = {
                name: publish(session, LayerRequest(FOLDER / f"{name}.geojson", name, FACTS)) for name in LAYERS
            }
        self.client = create_app(settings).test_client()

    def ask(self, layer, asked, lang="cql2-text"):
        query = {"filter": asked, "filter-lang": lang, "resultType": "hits"}
        return self.client.get(f"/api/collections/{layer}/items", query_string=query)

    def count(self, layer, asked, lang="cql2-text"):
        answer = self.ask(layer, asked, lang)
        assert answer.status_code == 200, (asked, answer.json)
        return answer.json["numberMatched"]

    def properties(self, layer):
        """Name → type of each queryable that is no geometry, quoted where it has to be."""
        told = self.client.get(f"/api/collections/{layer}/queryables").json["properties"]
        types = {name: one.get("format", one.get("type")) for name, one in told.items()}
        return {f'"{name}"': kind for name, kind in types.items() if not kind.startswith("geometry")}

    def assert_apart(self, layer, one, other):
        assert self.count(layer, f"({one}) AND ({other})") == 0

    def assert_alike(self, layer, one, other):
        both = self.count(layer, f"({one}) AND ({other})")
        assert self.count(layer, one) == self.count(layer, other) == both


@pytest.fixture(scope="module")
def layers(clone):
    return Layers(clone("empty"))


def test_the_files_are_read_whole_and_every_predicate_is_there(layers):
    assert {name: told.features for name, told in layers.told.items()} == ROWS
    assert not any(told.left_out or told.mended for told in layers.told.values())
    assert (len(STANDARD), len(PREDICATES)) == (351, 349)


@pytest.mark.parametrize(("layer", "predicate", "count"), PREDICATES)
def test_predicate_in_text(layers, layer, predicate, count):
    assert layers.count(layer, predicate) == count


@pytest.mark.parametrize(("layer", "predicate", "count"), PREDICATES)
def test_predicate_in_json(layers, layer, predicate, count):
    asked = json.dumps(cql2.parse_text(predicate).to_json())
    assert layers.count(layer, asked, "cql2-json") == count


def test_two_counts_of_the_standard_contradict_its_others(layers):
    one, other = layers.count(COUNTRIES, IN_ONE_BOX), layers.count(COUNTRIES, IN_THE_OTHER)
    assert (one, other, layers.count(COUNTRIES, f"{IN_ONE_BOX} or {IN_THE_OTHER}")) == (8, 2, 10)
    assert layers.count(PLACES, ENDING.format("FINISHEDBY", 2022)) == 1
    assert layers.count(PLACES, ENDING.format("FINISHES", 2022)) == 0
    assert layers.count(PLACES, ENDING.format("FINISHES", 2020)) == 1


# -------------------------------------------------------------------------------------------- what every property takes


VALUES = {
    "string": "'foo'", "boolean": "true", "number": "3.14", "integer": "1",
    "date-time": "TIMESTAMP('2022-04-14T14:48:46Z')", "date": "DATE('2022-04-14')",
}  # fmt: skip
LISTED = {
    "string": "'foo', 'bar'", "boolean": "true", "number": "1, 2, 3", "integer": "1, 2, 3",
    "date-time": "'2022-04-14T14:52:56Z', '2022-04-14T15:52:56Z'", "date": "'2022-04-14', '2022-04-15'",
}  # fmt: skip
TEXT_PAIRS_APART = [
    ("{} LIKE '_%'", "{} LIKE ''"),
    ("CASEI({}) = casei('foo')", "CASEI({}) <> casei('FOO')"),
    ("ACCENTI({}) = accenti('äöüéáí')", "ACCENTI({}) <> accenti('aoueai')"),
]
TEXT_PAIRS_ALIKE = [
    ("{} LIKE '%'", "{} LIKE '%%'"),
    ("CASEI({}) LIKE casei('foo%')", "CASEI({}) LIKE casei('FOO%')"),
    ("ACCENTI({}) LIKE accenti('Ä%')", "ACCENTI({}) LIKE accenti('A%')"),
    ("ACCENTI(CASEI({})) = accenti(casei('ÄÉ'))", "ACCENTI(CASEI({})) = accenti(casei('ae'))"),
    ("ACCENTI(CASEI({})) LIKE accenti(casei('Ä%'))", "ACCENTI(CASEI({})) LIKE accenti(casei('a%'))"),
]


@pytest.mark.parametrize("layer", LAYERS)
def test_every_property_has_a_type_and_compares(layers, layer):
    properties = layers.properties(layer)
    assert set(properties.values()) <= set(VALUES)
    assert properties
    for name, kind in properties.items():
        for one, other in (("=", "<>"), (">", "<="), ("<", ">=")):
            layers.assert_apart(layer, f"{name} {one} {VALUES[kind]}", f"{name} {other} {VALUES[kind]}")
            layers.assert_apart(layer, f"{VALUES[kind]} {one} {name}", f"{VALUES[kind]} {other} {name}")
        layers.assert_apart(layer, f"{name} IS NULL", f"{name} is not null")
        layers.count(layer, f"{name} in ({LISTED[kind]})")
        if kind in {"number", "integer"}:
            layers.count(layer, f"{name} BETWEEN 0 AND 100")
            assert layers.count(layer, f"{name} between 100.0 and 1.0") == 0


@pytest.mark.parametrize("layer", LAYERS)
def test_every_property_compares_with_itself(layers, layer):
    for name in layers.properties(layer):
        known = layers.count(layer, f"{name} IS NOT NULL")
        assert {layers.count(layer, f"{name} {op} {name}") for op in ("=", ">=", "<=")} == {known}
        assert {layers.count(layer, f"{name} {op} {name}") for op in ("<>", "<", ">")} == {0}


@pytest.mark.parametrize("value", ["'foo'", "true", "3.14", "1", VALUES["date-time"], VALUES["date"]])
def test_values_compare_with_themselves(layers, value):
    assert {layers.count(RIVERS, f"{value} {op} {value}") for op in ("=", ">=", "<=")} == {13}
    assert {layers.count(RIVERS, f"{value} {op} {value}") for op in ("<>", "<", ">")} == {0}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_text_takes_patterns_and_letters(layers, layer):
    for name in (name for name, kind in layers.properties(layer).items() if kind == "string"):
        for one, other in TEXT_PAIRS_APART:
            layers.assert_apart(layer, one.format(name), other.format(name))
        for one, other in TEXT_PAIRS_ALIKE:
            layers.assert_alike(layer, one.format(name), other.format(name))
        assert layers.count(layer, rf"{name} like '\%\_'") == 0


@pytest.mark.parametrize("layer", LAYERS)
def test_truth_values_alone_and_random_combinations_are_answered(layers, layer):
    assert (layers.count(layer, "true"), layers.count(layer, "false")) == (ROWS[layer], 0)
    known = [predicate for of_layer, predicate, _ in PREDICATES if of_layer == layer]
    dice = random.Random(layer)
    for _ in range(10):
        p1, p2, p3, p4 = (f"({one})" for one in dice.choices(known, k=4))
        layers.count(layer, f"((NOT {p1} AND {p2}) OR ({p3} and NOT {p4}) or not ({p1} AND {p4}))")


# -------------------------------------------------------------------------------------------------------- times, places


SPAN = "INTERVAL('2021-01-01T00:00:00Z','2021-12-31T23:59:59Z')"
INSTANTS = {
    "start": ("TIMESTAMP('2022-04-24T07:59:57Z')", SPAN), "end": ("TIMESTAMP('2022-04-24T07:59:57Z')", SPAN),
    '"date"': ("DATE('2022-04-24')", "INTERVAL('2021-01-01','2021-12-31')"),
}  # fmt: skip
OF_INSTANTS = ("AFTER", "BEFORE", "DISJOINT", "EQUALS", "INTERSECTS")
OF_INTERVALS = (
    *OF_INSTANTS, "CONTAINS", "DURING", "FINISHEDBY", "FINISHES", "MEETS", "METBY", "OVERLAPPEDBY", "OVERLAPS",
    "STARTEDBY", "STARTS",
)  # fmt: skip

WORLD = ("BBOX(-180,-90,180,90)", "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))")
LINE, POINT, POINTS = "LINESTRING(7 50,10 51)", "POINT(7.02 49.92)", "MULTIPOINT(7 50,10 51)"
HOLED = "((-180 -90, -90 -90, -90 90, -180 90, -180 -90), (-120 -50, -100 -50, -100 -40, -120 -40, -120 -50))"
SQUARE = "((0 0, 10 0, 10 10, 0 10, 0 0))"
LITERALS = [
    *WORLD, POINT, "LINESTRING(7 50, 10 51)", "LINESTRING(-180 -45, 0 -45)",
    "MULTILINESTRING((-180 -45, 0 -45), (0 45, 180 45))", f"POLYGON{HOLED}", f"MULTIPOLYGON({HOLED},{SQUARE})",
    f"GEOMETRYCOLLECTION({POINT}, POLYGON{SQUARE})",
]  # fmt: skip


@pytest.mark.parametrize("name", INSTANTS)
def test_every_time_takes_the_functions_for_instants(layers, name):
    for op, other in itertools.product(OF_INSTANTS, INSTANTS[name]):
        layers.assert_apart(PLACES, f"T_{op}({name},{other})", f"{name} IS NULL")


@pytest.mark.parametrize("op", OF_INTERVALS)
def test_two_times_are_an_interval(layers, op):
    layers.assert_apart(PLACES, f"T_{op}(INTERVAL(start,end),{SPAN})", "start IS NULL AND end IS NULL")


@pytest.mark.parametrize("layer", LAYERS)
def test_geometries_meet_every_kind_of_literal(layers, layer):
    for literal in LITERALS:
        layers.assert_apart(layer, f"S_INTERSECTS(geom,{literal})", f"S_DISJOINT(geom,{literal})")
    for world in WORLD:
        assert layers.count(layer, f"S_INTERSECTS(geom,{world})") == ROWS[layer]
    halves = ("BBOX(-180,-90,-90,90)", "BBOX(90,-90,180,90)")
    layers.count(layer, " AND ".join(f"S_INTERSECTS(geom,{half})" for half in halves))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("literal", ["POINT(90 180)", "MULTIPOINT(7.02 49.92, 90 180)"])
def test_what_lies_on_no_place_on_earth_is_refused(layers, layer, literal):
    for op in ("S_INTERSECTS", "S_DISJOINT"):
        answer = layers.ask(layer, f"{op}(geom,{literal})")
        assert answer.status_code == 400
        assert "latitudes -90 to 90" in answer.json["detail"]


@pytest.mark.parametrize("layer", LAYERS)
def test_geometries_take_every_spatial_function(layers, layer):
    for op in ("WITHIN", "CONTAINS"):
        layers.assert_alike(layer, *(f"S_{op}(geom,{world})" for world in WORLD))
    for literal in (*WORLD, LINE, POINTS):
        layers.assert_apart(layer, f"S_WITHIN(geom,{literal})", f"S_CONTAINS(geom,{literal})")
    assert {layers.count(layer, f"S_EQUALS(geom,{one})") for one in (WORLD[1], LINE, POINT)} == {0}
    for op, literal in itertools.product(("TOUCHES", "CROSSES"), (*WORLD, LINE)):
        layers.count(layer, f"S_{op}(geom,{literal})")
    layers.count(layer, f"S_OVERLAPS(geom,{ {COUNTRIES: WORLD[1], PLACES: POINTS, RIVERS: LINE}[layer] })")
