"""What filters find: every operator of CQL2, on rows of every kind of value, unknown ones among them."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from landportal.gis.cql2 import BadFilter
from tests.gis.filter_rows import Rows


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def rows(session):
    """Three rows told apart in everything, and one of which nothing is known."""
    return (
        Rows(session)
        .add(
            "A", "POINT(11 51)", name="København", count=5, share=0.5, other=2.0, boolean=True, select=False,
            date=dt.date(2022, 4, 16), start=moment("2022-04-16T10:13:19+00:00"),
            end=moment("2022-04-16T10:15:10+00:00"), tags=["a", "b"], **{'the "best" größe': "x'y"},
        )
        .add(
            "B", "LINESTRING(11 51, 12 52)", name="Kobenhavn 100%", count=-7, share=-1.5, other=-1.5, boolean=False,
            select=True, date=dt.date(2023, 4, 16), start=moment("2021-04-16T10:15:59+00:00"),
            end=moment("2022-04-16T10:16:06+00:00"), tags=[], **{'the "best" größe': "und"},
        )
        .add(
            "C", "POLYGON((10 50, 11 50, 11 51, 10 51, 10 50))", name="straße_1", count=2**60 + 1, share=1e300,
            other=0.0, boolean=True, select=True, date=dt.date(2021, 1, 1), start=moment("2022-04-16T10:15:10+00:00"),
            end=moment("2022-04-16T10:16:06+00:00"), tags=["b", "c", "d"],
        )
        .add("?")
    )  # fmt: skip


FINDS = {
    # Texts
    "name = 'København'": "A",
    "'København' <> name": "BC",
    "name < 'L'": "AB",
    "name LIKE 'K%'": "AB",
    "name NOT LIKE 'K%'": "C",
    "name LIKE '%100\\%'": "B",
    "name LIKE '%e_1'": "C",
    "name LIKE '%e\\_1'": "C",
    "name LIKE 'straße_'": "",
    "CASEI(name) = casei('KØBENHAVN')": "A",
    "CASEI(name) LIKE CASEI('KOB%')": "B",
    "ACCENTI(name) LIKE ACCENTI('Køb%')": "AB",
    "ACCENTI(CASEI(name)) = ACCENTI(CASEI('KOBENHAVN 100%'))": "B",
    "CASEI(name) IN (CASEI('STRASSE_1'), CASEI('STRAßE_1'))": "C",
    '"the ""best"" größe" = \'x\'\'y\'': "A",
    '"the ""best"" größe" IS NULL': "C?",
    "name = \"the \"\"best\"\" größe\"": "",
    # Numbers
    "count = 5": "A",
    "count = 5.0": "A",
    "count > 1152921504606846976": "C",
    "count < 99999999999999999999999999": "ABC",
    "count < 1.5e300": "ABC",
    "share >= 0.5": "AC",
    "share = other": "B",
    "share <> other": "AC",
    "count IN (5, -7.0)": "AB",
    "count IN (share, 5)": "A",
    "count NOT IN (5)": "BC",
    "count BETWEEN -7 AND 5": "AB",
    "count NOT BETWEEN -7 AND 5": "C",
    "share BETWEEN other AND 1": "B",
    # Arithmetic
    "count + 1 = 6": "A",
    "count - 1 = 2 * 2": "A",
    "count = 1152921504606846976 + 1": "C",
    "share + 0.2 = 0.7": "A",
    "count * share = 10.5": "B",
    "share * share > 1": "BC",
    "share ^ 2 = 0.25": "A",
    "share ^ -1 = 2": "A",
    "other ^ -1 < 0": "B",
    "2 ^ count = 32": "A",
    "count ^ 0.5 > 2": "AC",
    "count ^ count > 1": "A",
    "share ^ share > 0.7": "A",
    "other ^ 0 = 1": "ABC",
    "count / other > 0": "AB",
    "count / 0 > 0 OR count / 0 <= 0": "",
    "(count div 2) = 2": "A",
    "count div -2 = 3": "B",
    "count % 3 = -1": "B",
    "count % 0 = 1": "",
    "-count = 7": "B",
    "2 ^ 3 ^ 2 = 512": "ABC?",
    # Truth values
    "boolean": "AC",
    "NOT boolean": "B",
    "boolean = TRUE": "AC",
    "boolean = \"select\"": "C",
    "boolean <> false": "AC",
    "boolean IN (FALSE)": "B",
    "(count > 0) = boolean": "ABC",
    "(count BETWEEN 0 AND 9) = (share > 0)": "AB",
    "boolean IS NULL": "?",
    "(boolean AND count > 0) IS NOT NULL": "ABC",
    "boolean OR TRUE": "ABC?",
    "boolean OR FALSE": "AC",
    "boolean AND FALSE": "",
    "NOT (boolean AND FALSE)": "ABC?",
    "boolean = boolean OR boolean IS NULL": "ABC?",
    "TRUE": "ABC?",
    "FALSE": "",
    # Days and moments
    "date = DATE('2022-04-16')": "A",
    "date > DATE('2022-04-16')": "B",
    "date IN (DATE('2022-04-16'), TIMESTAMP('2021-01-01T00:00:00Z'))": "AC",
    "date BETWEEN DATE('2021-01-01') AND DATE('2022-12-31')": "AC",
    "date = '2022-04-16'": "A",
    "date < TIMESTAMP('2022-04-16T00:00:01Z')": "AC",
    "date = TIMESTAMP('2022-04-16T02:00:00+02:00')": "A",
    "start < DATE('2022-01-01')": "B",
    "start = TIMESTAMP('2022-04-16T10:13:19Z')": "A",
    "start < end": "ABC",
    "start > date": "AC",
    "T_AFTER(date, DATE('2022-04-16'))": "B",
    "T_BEFORE(date, DATE('2022-04-16'))": "C",
    "T_DISJOINT(date, DATE('2022-04-16'))": "BC",
    "T_EQUALS(date, DATE('2022-04-16'))": "A",
    "T_INTERSECTS(date, DATE('2022-04-16'))": "A",
    "T_EQUALS(date, INTERVAL('2022-04-16', '2022-04-16'))": "A",
    "T_EQUALS(date, INTERVAL('2022-01-01', '2022-12-31'))": "",
    "T_INTERSECTS(date, INTERVAL('2021-01-01', '2022-04-16'))": "AC",
    "T_AFTER(date, INTERVAL('..', '2022-04-16'))": "B",
    "T_BEFORE(date, INTERVAL('2022-04-16', '..'))": "C",
    "T_INTERSECTS(date, start)": "A",
    "T_DURING(start, INTERVAL('2022-04-16', '2022-04-16'))": "AC",
    "T_INTERSECTS(start, DATE('2022-04-16'))": "AC",
    "T_AFTER(start, DATE('2022-04-15'))": "AC",
    "T_AFTER(INTERVAL(start, end), INTERVAL('..', '2022-04-16T10:13:19Z'))": "C",
    "T_CONTAINS(INTERVAL(start, end), INTERVAL('2022-04-16T10:13:19Z', '2022-04-16T10:15:10Z'))": "B",
    "T_DURING(INTERVAL(start, end), INTERVAL('2022-01-01T00:00:00Z', '2022-12-31T00:00:00Z'))": "AC",
    "T_DISJOINT(INTERVAL(start, end), INTERVAL('2022-04-16T10:13:19Z', '2022-04-16T10:15:09Z'))": "C",
    "T_EQUALS(INTERVAL(start, end), INTERVAL('2021-04-16T10:15:59Z', '2022-04-16T10:16:06Z'))": "B",
    "T_FINISHES(INTERVAL(start, end), INTERVAL('2020-04-16T10:13:19Z', '2022-04-16T10:16:06Z'))": "BC",
    "T_FINISHEDBY(INTERVAL(start, end), INTERVAL('2022-04-16T10:13:19Z', '2022-04-16T10:16:06Z'))": "B",
    "T_MEETS(INTERVAL(start, end), INTERVAL('2022-04-16T10:15:10Z', '..'))": "A",
    "T_METBY(INTERVAL(start, end), INTERVAL('2022-04-16T10:13:19Z', '2022-04-16T10:15:10Z'))": "C",
    "T_OVERLAPPEDBY(INTERVAL(start, end), INTERVAL('2020-04-16T10:13:19Z', '2022-04-16T10:15:10Z'))": "B",
    "T_OVERLAPS(INTERVAL(start, end), INTERVAL('2022-04-16T10:13:19Z', '2023-04-16T10:15:10Z'))": "B",
    "T_STARTEDBY(INTERVAL(start, end), INTERVAL('2022-04-16T10:13:19Z', '2022-04-16T10:15:09Z'))": "A",
    "T_STARTS(INTERVAL(start, end), INTERVAL('2022-04-16T10:13:19Z', '2022-04-16T10:15:11Z'))": "A",
    "T_AFTER(date, '2022-04-16')": "B",
    # Lists
    "A_EQUALS(tags, ('a', 'b'))": "A",
    "A_EQUALS(tags, ('b', 'a'))": "",
    "A_EQUALS(tags, ())": "B",
    "A_CONTAINS(tags, ('b'))": "AC",
    "A_CONTAINEDBY(tags, ('a', 'b', 'c'))": "AB",
    "A_OVERLAPS(tags, ('c', 'a'))": "AC",
    "A_CONTAINS(('a', 'b', 'z'), tags)": "AB",
    "A_OVERLAPS(tags, (name, 'c'))": "C",
    "A_EQUALS((count, 1), (5, 1.0))": "A",
    "A_CONTAINS((date), (DATE('2021-01-01')))": "C",
    "A_CONTAINS((boolean), (TRUE))": "AC",
    "tags IS NULL": "?",
    # Places
    "S_INTERSECTS(geom, BBOX(10.5, 50.5, 11.5, 51.5))": "ABC",
    "S_INTERSECTS(geom, BBOX(11.2, 50.5, 12, 51.5))": "B",
    "S_INTERSECTS(geometry, POINT(11 51))": "ABC",
    "S_INTERSECTS(geom, BBOX(11, 51, 11, 51))": "ABC",
    "S_INTERSECTS(geom, BBOX(12, 50, 12, 52))": "B",
    "S_INTERSECTS(geom, BBOX(11.5, 50, 10.5, 52))": "BC",
    "INTERSECTS(geom, POINT(12 52))": "B",
    "S_DISJOINT(geom, POINT(11 51))": "",
    "S_DISJOINT(geom, POINT(12 52))": "AC",
    "S_EQUALS(geom, LINESTRING(12 52, 11 51))": "B",
    "S_TOUCHES(geom, POINT(11 51))": "BC",
    "S_WITHIN(geom, BBOX(10, 50, 11.5, 51.5))": "AC",
    "S_CONTAINS(geom, POINT(10.5 50.5))": "C",
    "S_CONTAINS(BBOX(9, 49, 11.5, 51.5), geom)": "AC",
    "S_OVERLAPS(geom, BBOX(10.5, 50.5, 13, 53))": "C",
    "S_OVERLAPS(geom, LINESTRING(11.5 51.5, 13 53))": "B",
    "S_CROSSES(geom, BBOX(11.5, 51, 13, 53))": "B",
    "S_CROSSES(geom, LINESTRING(10 51.5, 13 51.5))": "B",
    "S_INTERSECTS(geom, geometry)": "ABC",
    "S_INTERSECTS(geom, BBOX(170, 0, 11, 60))": "ABC",
    "geom IS NULL": "?",
    "NOT S_INTERSECTS(geom, POINT(12 52))": "AC",
}  # fmt: skip


@pytest.mark.parametrize("text", FINDS)
def test_a_filter_finds_the_rows_for_which_it_is_true(rows, text):
    assert rows.found(text) == set(FINDS[text])


CALLS = {
    "lower(name) = 'københavn'": "A",
    "upper(name) = 'KOBENHAVN 100%'": "B",
    "trim(concat(name, ' ')) = name": "ABC",
    "concat(name, '!') = 'straße_1!'": "C",
    "char_length(name) = 9": "A",
    "abs(count) = 7": "B",
    "floor(share) = -2": "B",
    "ceil(share) = -1": "B",
    "round(share) = -2": "B",
    "round(share) = 1": "A",
    "year(date) = 2021": "C",
    "year(start) + 1 = 2022": "B",
    "month(date) = 4": "AB",
    "month(start) = 4": "ABC",
    "start < now()": "ABC",
    "date <= today()": "ABC",
    "area_m2(geom) > 7e9": "C",
    "area_m2(geom) = 0": "AB",
    "length_m(geom) BETWEEN 131e3 AND 132e3": "B",
    "distance_m(geom, POINT(12 52)) > 1": "AC",
    "s_dwithin(geom, POINT(11 51.001), 112)": "ABC",
    "s_dwithin(geom, POINT(11 51.001), 1)": "",
    "geometry_type(geom) = 'LineString'": "B",
}


@pytest.mark.parametrize("text", CALLS)
def test_functions_compute_what_they_are_described_as(rows, text):
    assert rows.found(text) == set(CALLS[text])


REFUSED = {
    "nam = 'x'": "There is no property 'nam'. Did you mean 'name'? (at character 1)",
    "NAME = 'x'": "There is no property 'NAME'.",
    "lowr(name) = 'x'": "There is no function 'lowr'. Did you mean 'lower'? (at character 1)",
    "pg_sleep(10) = 1": "There is no function 'pg_sleep'.",
    "lower(name, name) = 'x'": "'lower' takes 1 arguments, not 2. (at character 1)",
    "lower(count) = 'x'": "This is a whole number; a text was expected. (at character 7)",
    "name > 5": "A text cannot be compared with a whole number. (at character 8)",
    "count = 'x'": "A whole number cannot be compared with a text.",
    "boolean = 1": "True or false cannot be compared with a whole number.",
    "count LIKE 'x'": "This is a whole number; a text was expected.",
    "name LIKE name": "Behind LIKE stands a pattern",
    "name LIKE 5": "Behind LIKE stands a pattern",
    "ACCENTI(name) LIKE ACCENTI('x＼')": "ACCENTI would make wildcards",
    "name + 1 = 2": "This is a text; a whole number or a number was expected.",
    "date + 1 = DATE('2022-01-01')": "This is a date; a whole number or a number was expected.",
    "date = 'yesterday'": "A moment is written like",
    "date = 5": "A date cannot be compared with a whole number.",
    "name": "This is a text; true or false was expected. (at character 1)",
    "count AND boolean": "This is a whole number; true or false was expected.",
    "NOT name": "This is a text; true or false was expected.",
    "tags = 'a'": "This is a list of texts",
    "geom = 'a'": "This is a geometry",
    "S_INTERSECTS(geom, name)": "This is a text; a geometry was expected.",
    "S_INTERSECTS(geom)": "'s_intersects' takes 2 arguments, not 1.",
    "S_INTERSECTS(geom, POINT(11 91))": "latitudes -90 to 90. (at character 20)",
    "S_INTERSECTS(geom, BBOX(1, 2, 3, 1))": "The second corner of the box lies below the first. (at character 20)",
    "S_INTERSECTS(geom, BBOX(200, 2, 3, 4))": "The second corner of the box lies left of the first.",
    "S_INTERSECTS(geom, POINT(181 1))": "Longitudes are -180 to 180",
    "T_AFTER(date, 5)": "This is a whole number; a date, a moment or a text was expected.",
    "T_AFTER(date, name)": "This is a text; a date or a moment was expected.",
    "T_AFTER(date, INTERVAL('2022-01-02', '2022-01-01'))": "The interval ends before it begins.",
    "A_EQUALS(tags, (1))": "values of different kinds",
    "A_EQUALS(tags, (1, 'a'))": "all of one kind",
    "A_EQUALS(tags, name)": "This is a text; a list of texts was expected.",
    "name IN ()": "IN takes a list",
    "boolean BETWEEN FALSE AND TRUE": "This is true or false",
    "INTERVAL('2022-01-01', '..')": "Interval values have no meaning here.",
    "s_dwithin(geom, POINT(11 51), -1)": "The distance is a number of metres",
    "s_dwithin(geom, POINT(11 51), count)": "The distance is a number of metres",
    "1e308 ^ 20 > 1": "more than 5000 digits",
}


def test_a_box_across_the_antimeridian_is_read_in_both_orders_of_axes(rows):
    rows.add("D", "POINT(-170 10)").add("E", "POINT(170 10)")
    assert rows.found("S_INTERSECTS(geom, BBOX(165, 0, -165, 20))") == {"D", "E"}
    assert rows.found("S_INTERSECTS(geom, BBOX(0, 165, 20, -165))", swapped=True) == {"D", "E"}
    with pytest.raises(BadFilter, match="left of the first"):
        rows.found("S_INTERSECTS(geom, BBOX(165, 0, -165, 20))", srid=25832)


@pytest.mark.parametrize("text", REFUSED)
def test_what_makes_no_sense_is_refused_with_reason_and_place(rows, text):
    with pytest.raises(BadFilter) as told:
        rows.found(text)
    assert REFUSED[text] in str(told.value)
    assert "(at character " in str(told.value)


def test_what_makes_no_sense_in_json_is_refused_with_its_path(rows):
    with pytest.raises(BadFilter) as told:
        rows.found('{"op":"and","args":[true,{"op":"=","args":[{"property":"name"},5]}]}', "cql2-json")
    assert str(told.value) == "A text cannot be compared with a whole number. (at $.args[1].args[1])"


@pytest.mark.parametrize("pattern", ["\\", "x\\", "x\\\\\\"])
def test_a_pattern_that_ends_with_a_lone_backslash_is_refused(rows, pattern):
    asked = {"op": "like", "args": [{"property": "name"}, pattern]}
    with pytest.raises(BadFilter, match="ends with a backslash"):
        rows.found(json.dumps(asked), "cql2-json")
    asked["args"][1] += "\\"
    assert rows.found(json.dumps(asked), "cql2-json") == set()


def test_operators_of_json_want_as_many_arguments_as_they_have(rows):
    for op in ("=", "like", "between", "in", "isNull", "not", "and", "or", "+", "^", "casei", "t_after", "a_equals"):
        with pytest.raises(BadFilter, match="take"):
            rows.found(f'{{"op":"{op}","args":[]}}', "cql2-json")


def test_other_languages_and_crs_are_refused(rows):
    with pytest.raises(BadFilter, match="cql2-text or cql2-json"):
        rows.found("TRUE", "cql-text")
    with pytest.raises(BadFilter, match="EPSG:2154"):
        rows.found("TRUE", srid=2154)
