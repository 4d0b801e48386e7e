"""Filters nobody thought of: random ones agree with a second opinion, random nonsense is refused and never an error."""

from __future__ import annotations

import datetime as dt
import json
import re

import cql2 as other_reader
import pytest
import shapely
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from landportal.gis import cql2
from landportal.gis.cql2 import BadFilter, json_form, text
from landportal.gis.cql2.tree import Call, Listed
from landportal.gis.fields import FilterSource
from tests.gis.filter_judge import ARRAYS, COMPARE, TIMES, judged, written
from tests.gis.filter_rows import KINDS, Rows


def examples(count: int) -> settings:
    return settings(
        max_examples=count, derandomize=True, deadline=None, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip


BEST = 'the "best" größe'


def moment(hour: int) -> dt.datetime:
    return dt.datetime(2026, 3, 14, hour, tzinfo=dt.UTC)


ROWS = [
    {"name": "aB", BEST: "a%_\\'é", "count": 3, "share": 0.5, "other": -8.0, "boolean": True, "select": False,
     "date": dt.date(2026, 3, 14), "start": moment(0), "end": moment(12), "tags": ["a", "b"], "geom": "POINT (1 1)"},
    {"name": "", BEST: "aB", "count": -7, "share": 0.0, "other": 4.0, "boolean": False, "select": None,
     "date": dt.date(2026, 3, 13), "start": moment(12), "end": moment(13), "tags": [],
     "geom": "LINESTRING (0 0, 2 2)"},
    {"name": "É%", BEST: None, "count": 0, "share": 2.0, "other": 2.0, "boolean": None, "select": True,
     "date": None, "start": moment(12), "end": None, "tags": ["b", None], "geom": "POLYGON ((0 0, 2 0, 2 2, 0 0))"},
    {"name": "ab", BEST: "b", "count": 2**53 + 1, "share": None, "other": -0.5, "boolean": True, "select": True,
     "date": dt.date(2026, 3, 15), "start": None, "end": moment(23), "tags": None,
     "geom": "POLYGON ((1 0, 3 0, 3 2, 1 2, 1 0))"},
    dict.fromkeys((*KINDS, "geom")),
]  # fmt: skip


@pytest.fixture
def rows(session):
    table = Rows(session)
    for key, row in enumerate(ROWS):
        values = {name: value for name, value in row.items() if name != "geom"}
        table.add(str(key), row["geom"], **values)
    return table


def prop(*names: str):
    return st.sampled_from(names).map(lambda name: {"property": name})


def call(op: str, *args):
    return st.tuples(*args).map(lambda told: {"op": op, "args": list(told)})


def calls(ops, *args):
    return st.tuples(st.sampled_from(sorted(ops)), *args).map(lambda told: {"op": told[0], "args": list(told[1:])})


DIVISORS = prop("share", "other") | st.sampled_from([0, 1, -1, 2, 4, 5, -8, 0.5])
"""Divisions by these end, so that fractions and PostgreSQL's numbers are the same."""

words = st.text("aBé%_\\' ", max_size=4).filter(lambda word: not re.search(r"\\('|$)", word))
texts = st.deferred(
    lambda: prop("name", BEST) | words | calls(["lower", "upper", "casei"], texts) | call("concat", texts, texts)
)
numbers = st.recursive(
    prop("count", "share", "other") | st.integers(-9, 9) | st.sampled_from([0.5, -1.5, 0.25, 9_007_199_254_740_993]),
    lambda inner: calls("+-*", inner, inner) | calls(["/", "div", "%"], inner, DIVISORS)
    | call("^", inner, st.integers(0, 2)) | calls(["abs", "floor", "ceil", "round"], inner)
    | call("char_length", texts) | call("year", prop("date")),
    max_leaves=4,
)  # fmt: skip
patterns = st.lists(st.sampled_from(["a", "B", "é", "'", "%", "_", "\\%", "\\_", "\\\\"]), max_size=4).map("".join)
days = st.sampled_from(["2026-03-13", "2026-03-14", "2026-03-15"])
moments = st.sampled_from(["2026-03-14T00:00:00Z", "2026-03-14T12:00:00Z", "2026-03-14T23:00:00Z"])
instants = (
    prop("date", "start", "end") | days.map(lambda day: {"date": day}) | moments.map(lambda one: {"timestamp": one})
)
dates = prop("date") | days.map(lambda day: {"date": day})
stamps = prop("start", "end") | moments.map(lambda one: {"timestamp": one})
sides = st.sampled_from([
    ["2026-03-13", "2026-03-14"], ["2026-03-14", "2026-03-14"], ["..", "2026-03-14"], ["2026-03-14T12:00:00Z", ".."],
    ["2026-03-14T00:00:00Z", "2026-03-14T12:00:00Z"], ["..", ".."],
])  # fmt: skip
spans = (
    instants
    | sides.map(lambda told: {"interval": told})
    | st.tuples(prop("start", "date"), st.just("..") | prop("end")).map(lambda told: {"interval": list(told)})
)
lists = prop("tags") | st.lists(st.sampled_from(["a", "b", "c"]) | prop("name"), max_size=3)
shapes = st.sampled_from([
    "POINT (1 1)", "POINT (0 0)", "LINESTRING (0 0, 2 2)", "LINESTRING (0 2, 2 0)", "POLYGON ((0 0, 2 0, 2 2, 0 0))",
    "POLYGON ((-1 -1, 4 -1, 4 4, -1 4, -1 -1))", "MULTIPOINT ((1 1), (9 9))", "POLYGON ((2 1, 5 1, 5 5, 2 5, 2 1))",
]).map(lambda wkt: json.loads(shapely.to_geojson(shapely.from_wkt(wkt))))  # fmt: skip
RELATIONS = ("s_intersects", "s_disjoint", "s_equals", "s_touches", "s_within", "s_overlaps", "s_crosses", "s_contains")

atoms = (
    prop("boolean", "select")
    | st.booleans()
    | calls(COMPARE, numbers, numbers)
    | calls(["=", "<>"], texts, texts)
    | calls(COMPARE, dates, dates)
    | calls(COMPARE, stamps, stamps)
    | call("between", numbers, numbers, numbers)
    | call("in", numbers, st.lists(numbers, min_size=1, max_size=3))
    | call("in", texts, st.lists(texts, min_size=1, max_size=3))
    | call("like", texts, patterns)
    | call("isNull", numbers | texts | instants | lists.filter(lambda one: isinstance(one, dict)) | prop("boolean"))
    | calls(TIMES, spans, spans)
    | calls(ARRAYS, lists, lists)
    | calls(RELATIONS, prop("geom"), shapes)
)
conditions = st.recursive(
    atoms,
    lambda inner: call("not", inner) | calls(["and", "or"], inner, inner) | calls(["and", "or"], inner, inner, inner)
    | calls(["=", "<>", "<", ">="], inner, inner) | call("isNull", inner)
    | call("in", inner, st.lists(inner, min_size=1, max_size=2)),
    max_leaves=5,
)  # fmt: skip


def judged_rows(asked) -> set[str]:
    shaped = [{**row, "geom": row["geom"] and shapely.from_wkt(row["geom"])} for row in ROWS]
    return {str(key) for key, row in enumerate(shaped) if judged(asked, row) is True}


@examples(200)
@given(asked=conditions)
def test_text_and_json_find_what_a_second_opinion_finds(rows, asked):
    try:
        found = rows.found(json.dumps(asked), "cql2-json")
    except BadFilter as refused:
        assume("more than 5000 digits" not in str(refused))
        raise
    assert found == rows.found(written(asked)) == judged_rows(asked)


@examples(100)
@given(asked=conditions)
def test_another_reader_of_cql2_reads_the_same_tree(asked):
    """It knows no empty lists, loses the parentheses around a single value, and makes every number a double."""
    assume('"a_' not in json.dumps(asked) and "9007199254740993" not in json.dumps(asked))
    theirs = other_reader.parse_text(written(asked)).to_json()
    assert level(json_form.parse(json.dumps(theirs))) == level(text.parse(written(asked)))


def level(node):
    """AND in AND is one AND, and so is OR in OR: readers may group them as they like."""
    if not isinstance(node, Call):
        return Listed(tuple(map(level, node.items)), "") if isinstance(node, Listed) else node
    args = [level(arg) for arg in node.args]
    if node.op in {"and", "or"}:
        args = [inner for arg in args for inner in (arg.args if isinstance(arg, Call) and arg.op == node.op else [arg])]
    return Call(node.op, tuple(args), "")


places = st.tuples(*[st.floats(-400, 400) | st.floats(-3e7, 3e7) | st.floats(-1e9, 1e9)] * 4)
forms = st.sampled_from([
    "BBOX({0}, {1}, {2}, {3})", "POINT({0} {1})", "LINESTRING({0} {1}, {2} {3})", "MULTIPOINT({0} {1}, {2} {3})",
    "POLYGON(({0} {1}, {2} {1}, {2} {3}, {0} {1}))", "GEOMETRYCOLLECTION(POINT({0} {1}), LINESTRING({0} {1}, {2} {3}))",
])  # fmt: skip


@examples(200)
@given(
    form=forms, numbers=places, relation=st.sampled_from(RELATIONS), swapped=st.booleans(),
    srid=st.sampled_from([4326, 3857, 25832, 25833, 31468]), stored=st.sampled_from([4326, 25832]),
)  # fmt: skip
def test_a_literal_anywhere_in_any_crs_is_refused_or_answered(session, form, numbers, relation, swapped, srid, stored):
    point = "SRID=25832;POINT(620000 5640000)" if stored == 25832 else "SRID=4326;POINT(11 51)"
    source = FilterSource((), func.st_geomfromewkt(point), stored)
    asked = f"{relation}(geom, {form.format(*(format(number, '.6f') for number in numbers))})"
    try:
        condition = cql2.compile_filter(asked, "cql2-text", source, srid, swapped=swapped)
    except BadFilter:
        return
    with session.begin_nested():
        assert session.scalar(select(condition)) is not None


PIECES = r"""
( ) [ ] , + - * / ^ % = <> < > <= >= != . .. ' " : ; \ 😀 ß AND OR NOT LIKE BETWEEN IN IS NULL TRUE FALSE DIV
CASEI( ACCENTI( DATE( TIMESTAMP( INTERVAL( BBOX( '..' S_INTERSECTS( S_TOUCHES( T_AFTER( T_MEETS( A_EQUALS( A_CONTAINS(
lower( round( year( area_m2( s_dwithin( now() name count share boolean date start tags geom geometry nothing
0 1 -1 2.5 1e308 1e-308 1e999 99999999999 'a' '%' '\' '2026-03-14' '2026-03-14T12:00:00Z' '0000-00-00'
POINT( POLYGON(( GEOMETRYCOLLECTION( 1,1 EMPTY
""".split()  # noqa: SIM905 - a list of so many quotes could not be read


def finds_or_refuses(rows: Rows, asked: str, lang: str) -> None:
    """Anything but a BadFilter is an error and fails the test."""
    try:
        condition = cql2.compile_filter(asked, lang, rows.source, 4326)
    except BadFilter:
        return
    with rows.session.begin_nested():
        rows.session.execute(select(rows.table.c.key).where(condition)).all()


@examples(300)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_nonsense_in_text_is_refused_or_answered(rows, pieces):
    finds_or_refuses(rows, " ".join(pieces), "cql2-text")


@examples(200)
@given(asked=conditions, place=st.floats(0, 1), length=st.integers(0, 6), piece=st.sampled_from(["", *PIECES]))
def test_a_filter_with_an_error_in_it_is_refused_or_answered(rows, asked, place, length, piece):
    right = written(asked)
    at = int(place * len(right))
    finds_or_refuses(rows, right[:at] + piece + right[at + length :], "cql2-text")


OPERATORS = [*cql2.OPERATORS, "nothing", "S_INTERSECTS", ""]
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["2026-03-14", "..", "%", "\x00", "\ud800", 10**400, -(2**63), 1e308, 5e-324])
    | prop(*KINDS, "geom") | instants | spans | shapes | sides
)  # fmt: skip
nonsense = st.recursive(
    scalars | st.dictionaries(st.sampled_from(["op", "args", "property", "date", "bbox", "type"]), scalars, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | calls(OPERATORS, inner) | calls(OPERATORS, inner, inner)
    | calls(OPERATORS, inner, st.lists(inner, max_size=3)) | calls(OPERATORS, inner, inner, inner)
    | st.lists(inner, max_size=6).map(lambda told: {"bbox": told})
    | st.lists(inner, max_size=4).map(lambda told: {"type": "Polygon", "coordinates": told}),
    max_leaves=8,
)  # fmt: skip


@examples(300)
@given(asked=nonsense)
def test_nonsense_in_json_is_refused_or_answered(rows, asked):
    finds_or_refuses(rows, json.dumps(asked), "cql2-json")


@examples(100)
@given(asked=st.text(max_size=60))
def test_any_text_is_refused_or_answered_in_both_languages(rows, asked):
    finds_or_refuses(rows, asked, "cql2-text")
    finds_or_refuses(rows, asked, "cql2-json")
