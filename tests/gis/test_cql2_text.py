"""CQL2 text and JSON are read to the same tree; what is wrong is told with its place."""

from __future__ import annotations

import datetime as dt

import pytest

from landportal.gis.cql2 import BadFilter, json_form, text
from landportal.gis.cql2.tree import Box, Call, Instant, Interval, Listed, Literal, Open, Property, Shape

A, B = Property("a", ""), Property("b", "")


def n(value):
    return Literal(value, "")


def call(op, *args):
    return Call(op, args, "")


READINGS = {
    "a = 1": call("=", A, n(1)),
    "a != 1.5e3": call("<>", A, n(1500.0)),
    "a<.5": call("<", A, n(0.5)),
    '"a" = \'it\'\'s\'': call("=", A, n("it's")),
    r"a = 'it\'s'": call("=", A, n("it's")),
    r"a = 'C:\\'": call("=", A, n(r"C:\\")),
    '"x ""y"" größe" = 1': call("=", Property('x "y" größe', ""), n(1)),
    "größe_m².x:y = 1": call("=", Property("größe_m².x:y", ""), n(1)),
    "a = 1 OR b = 2 AND NOT a = 3": call(
        "or", call("=", A, n(1)), call("and", call("=", B, n(2)), call("not", call("=", A, n(3))))
    ),
    "a AND b AND a": call("and", A, B, A),
    "(a OR b) AND b": call("and", call("or", A, B), B),
    "1 + 2 * 3 ^ 2 = a": call("=", call("+", n(1), call("*", n(2), call("^", n(3), n(2)))), A),
    "2 ^ 3 ^ 2 = a": call("=", call("^", n(2), call("^", n(3), n(2))), A),
    "a - 1 - 2 = b": call("=", call("-", call("-", A, n(1)), n(2)), B),
    "a-1=b": call("=", call("-", A, n(1)), B),
    "-a = - 5": call("=", call("*", n(-1), A), n(-5)),
    "a DIV 2 % 3 = 1": call("=", call("%", call("div", A, n(2)), n(3)), n(1)),
    "a not like 'x%'": call("not", call("like", A, n("x%"))),
    "a BETWEEN 1 AND 2 AND b": call("and", call("between", A, n(1), n(2)), B),
    "a NOT IN (1, b)": call("not", call("in", A, Listed((n(1), B), ""))),
    "a IS NOT NULL": call("not", call("isnull", A)),
    "a = TRUE": call("=", A, n(True)),
    "(a = 1) = false": call("=", call("=", A, n(1)), n(False)),
    "CASEI(a) LIKE casei('x')": call("like", call("casei", A), call("casei", n("x"))),
    "A_EQUALS(a, ('x'))": call("a_equals", A, Listed((n("x"),), "")),
    "A_EQUALS(a, [])": call("a_equals", A, Listed((), "")),
    "a = DATE('2026-03-14')": call("=", A, Instant(dt.date(2026, 3, 14), "")),
    "date = TIMESTAMP('2026-03-14T12:00:00.5+02:00')": call(
        "=", Property("date", ""), Instant(dt.datetime(2026, 3, 14, 10, 0, 0, 500_000, dt.UTC), "")
    ),
    "T_AFTER(INTERVAL('2026-03-14', '..'), INTERVAL(a, b))": call(
        "t_after", Interval(Instant(dt.date(2026, 3, 14), ""), Open(""), ""), Interval(A, B, "")
    ),
    "point = 1 OR bbox = 2": call(
        "or", call("=", Property("point", ""), n(1)), call("=", Property("bbox", ""), n(2))
    ),
    "f() = g(a, 'x')": call("=", call("f"), call("g", A, n("x"))),
    "a = 9007199254740993": call("=", A, n(9_007_199_254_740_993)),
}  # fmt: skip


@pytest.mark.parametrize("written", READINGS)
def test_text_is_read_as_the_standard_means_it(written):
    assert text.parse(written) == READINGS[written]


WKT = {
    "POINT(7.02 -49.92)": "POINT (7.02 -49.92)",
    "point z (1 2 3)": "POINT (1 2)",
    "LINESTRING(0 0, 1e1 1)": "LINESTRING (0 0, 10 1)",
    "POLYGON((0 0, 4 0, 4 4, 0 0),(1 0.5, 2 0.5, 2 1, 1 0.5))": (
        "POLYGON ((0 0, 4 0, 4 4, 0 0), (1 0.5, 2 0.5, 2 1, 1 0.5))"
    ),
    "MULTIPOINT(0 0, 1 1)": "MULTIPOINT ((0 0), (1 1))",
    "MULTIPOINT((0 0),(1 1))": "MULTIPOINT ((0 0), (1 1))",
    "MULTILINESTRING((0 0, 1 1))": "MULTILINESTRING ((0 0, 1 1))",
    "MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))": "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))",
    "GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1))": ("GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))"),
    "GEOMETRYCOLLECTION(POINT(1 2), POINT(3 4))": "MULTIPOINT ((1 2), (3 4))",
}


@pytest.mark.parametrize("written", WKT)
def test_geometries_are_read_from_well_known_text(written):
    read = text.parse(f"S_INTERSECTS(geom, {written})").args[1]
    assert isinstance(read, Shape)
    assert read.geometry.wkt == WKT[written]


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [("BBOX(1, -2, 3, 4)", (1, -2), (3, 4)), ("bbox(1, 2, 0, 3, 4, 9)", (1, 2), (3, 4)),
     ("BBOX(170, 0, -170, 1)", (170, 0), (-170, 1))],
)  # fmt: skip
def test_boxes_are_read_by_their_corners(written, low, high):
    assert text.parse(f"S_INTERSECTS(geom, {written})").args[1] == Box(low, high, "")


PAIRS = [
    ("a = 1.5", '{"op": "=", "args": [{"property": "a"}, 1.5]}'),
    ("a IN ('x', 'y')", '{"op": "in", "args": [{"property": "a"}, ["x", "y"]]}'),
    ("a BETWEEN 1 AND 2", '{"op": "between", "args": [{"property": "a"}, 1, 2]}'),
    ("NOT a IS NULL", '{"op": "not", "args": [{"op": "isNull", "args": [{"property": "a"}]}]}'),
    ("a LIKE CASEI('x%')", '{"op": "like", "args": [{"property": "a"}, {"op": "casei", "args": ["x%"]}]}'),
    ("a AND b AND TRUE", '{"op": "and", "args": [{"property": "a"}, {"property": "b"}, true]}'),
    (
        "T_DURING(INTERVAL(a, '..'), INTERVAL('2020-01-01', '2021-01-01T00:00:00Z'))",
        '{"op": "t_during", "args": [{"interval": [{"property": "a"}, ".."]},'
        ' {"interval": ["2020-01-01", "2021-01-01T00:00:00Z"]}]}',
    ),
    (
        "T_FINISHEDBY(DATE('2020-01-01'), TIMESTAMP('2021-01-01T00:00:00Z'))",
        '{"op": "t_finishedBy", "args": [{"date": "2020-01-01"}, {"timestamp": "2021-01-01T00:00:00Z"}]}',
    ),
    (
        "S_INTERSECTS(geom, BBOX(1,2,3,4))",
        '{"op": "s_intersects", "args": [{"property": "geom"}, {"bbox": [1, 2, 3, 4]}]}',
    ),
    (
        "S_WITHIN(geom, POLYGON((0 0,1 0,1 1,0 0)))",
        '{"op": "s_within", "args": [{"property": "geom"},'
        ' {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}]}',
    ),
    (
        "S_WITHIN(geom, GEOMETRYCOLLECTION(POINT(0 0), LINESTRING(0 0, 1 1)))",
        '{"op": "s_within", "args": [{"property": "geom"}, {"type": "GeometryCollection", "geometries":'
        ' [{"type": "Point", "coordinates": [0, 0]}, {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}]}]}',
    ),
    ("A_CONTAINS(a, ('x', 'y'))", '{"op": "a_contains", "args": [{"property": "a"}, ["x", "y"]]}'),
    ("lower(a) = -a ^ 2", '{"op": "=", "args": [{"op": "lower", "args": [{"property": "a"}]}, {"op": "^", "args":'
     ' [{"op": "*", "args": [-1, {"property": "a"}]}, 2]}]}'),
]  # fmt: skip


@pytest.mark.parametrize(("written", "as_json"), PAIRS)
def test_text_and_json_are_the_same_tree(written, as_json):
    assert text.parse(written) == json_form.parse(as_json)


WRONG_TEXT = {
    "": (1, "A value was expected, not the end."),
    "a =": (4, "not the end"),
    "a = 1 AND": (10, "not the end"),
    "a = 1 b": (7, "'b' makes no sense here."),
    "(a = 1": (7, "')' was expected"),
    "a == 1": (4, "not '='"),
    "a = 'x": (5, "The quote ' is not closed."),
    "a = 'C:\\'": (5, "The quote ' is not closed."),
    "a = #": (5, "The character '#' has no meaning here."),
    "a = NULL": (5, "not 'NULL'"),
    "a = b = 1": (7, "Comparisons do not chain"),
    "a NOT = 1": (7, "Behind NOT"),
    "a IN 1": (6, "'(' was expected"),
    "a IN (1,)": (9, "A value was expected"),
    "a = 1e400": (5, "Numbers reach to 1.7e308."),
    f"a = {'9' * 401}": (5, "at most 400 digits"),
    "a = DATE('2026-02-30')": (10, "There is no day 2026-02-30."),
    "a = DATE('0000-01-01')": (10, "There is no day"),
    "a = DATE('14.3.2026')": (10, "A date is written like 2026-03-14"),
    "a = DATE(b)": (10, "A text in single quotes was expected"),
    "a = TIMESTAMP('2026-03-14')": (15, "A moment is written like"),
    "a = TIMESTAMP('9999-12-31T23:59:59-10:00')": (15, "There is no moment"),
    "T_AFTER(a, INTERVAL('2026-01-01'))": (12, "An interval has a begin and an end."),
    "T_AFTER(a, INTERVAL('x', '..'))": (21, "A moment is written like"),
    "S_INTERSECTS(geom, POINT EMPTY)": (20, "The geometry is empty."),
    "S_INTERSECTS(geom, POINT(1))": (20, "A position has two numbers"),
    "S_INTERSECTS(geom, POINT(1 x))": (28, "A number was expected, not 'x'."),
    "S_INTERSECTS(geom, POLYGON((0 0, 1 0, 1 1, 0 1)))": (20, "A ring ends where it begins."),
    "S_INTERSECTS(geom, POLYGON((0 0, 1 0, 0 0)))": (20, "At least 4 positions are needed."),
    "S_INTERSECTS(geom, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))": (20, "The geometry is not valid: Self-intersection"),
    "S_INTERSECTS(geom, LINESTRING(0 0, 0 0))": (20, "The geometry is not valid"),
    "S_INTERSECTS(geom, BBOX(1, 2, 3))": (20, "A box has four numbers"),
    "S_INTERSECTS(geom, BBOX(a, 2, 3, 4))": (25, "A number was expected"),
    "S_INTERSECTS(geom, POINT(1e300 1))": (20, "far outside"),
    "S_INTERSECTS(geom, GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 1))))": (39, "no collections"),
    "a = 'x\x00'": (5, "A text holds no NUL."),
    "a = \x00": (5, "has no meaning here"),
}


@pytest.mark.parametrize("written", WRONG_TEXT)
def test_what_is_wrong_in_a_text_is_told_with_its_character(written):
    place, reason = WRONG_TEXT[written]
    with pytest.raises(BadFilter) as told:
        text.parse(written)
    assert reason in str(told.value)
    assert told.value.field == "filter"
    assert f"(at character {place})" in str(told.value)


WRONG_JSON = {
    "": ("at character 1", "This is no JSON"),
    '{"op": "=",}': ("at character 12", "This is no JSON"),
    "{}": ("at $", "An operator, a property"),
    "null": ("at $", "null is no value"),
    '{"op": "=", "args": [{"property": "a"}, null]}': ("at $.args[1]", "null is no value"),
    '{"op": "=", "args": [{"property": 5}, 1]}': ("at $.args[0].property", "A text was expected."),
    '{"op": "="}': ("at $.args", "A list was expected."),
    '{"op": 3, "args": []}': ("at $.op", "A text was expected."),
    '{"op": "=", "args": [], "arg": 1}': ("at $", "The member 'arg' has no meaning here."),
    '{"op": "=", "args": [NaN, 1]}': ("at $.args[0]", "Numbers reach"),
    '{"op": "=", "args": [1e400, 1]}': ("at $.args[0]", "Numbers reach"),
    '{"op": "=", "args": ["\\u0000", 1]}': ("at $.args[0]", "A text holds no NUL."),
    '{"op": "=", "args": ["\\ud800", 1]}': ("at $.args[0]", "in the middle of a character"),
    '{"date": "2026-02-30"}': ("at $.date", "There is no day"),
    '{"interval": ["2026-02-01"]}': ("at $", "An interval has a begin and an end."),
    '{"bbox": [1, 2, 3]}': ("at $", "A box has four numbers"),
    '{"bbox": [1, 2, "x", 4]}': ("at $", "made of numbers"),
    '{"type": "Circle", "coordinates": [1, 2]}': ("at $", "Kinds of geometries are"),
    '{"type": "Point", "coordinates": [true, 2]}': ("at $", "made of numbers"),
    '{"type": "Point", "coordinates": [[1, 2]]}': ("at $", "A position has two numbers"),
    '{"type": "Polygon", "coordinates": [[1, 2, 3, 4]]}': ("at $", "A position has two numbers"),
    '{"type": "Polygon", "coordinates": []}': ("at $", "empty"),
    '{"type": "MultiPolygon", "coordinates": [[[[0,0],[1,1],[1,0],[0,1],[0,0]]]]}': ("at $", "not valid"),
    '{"type": "GeometryCollection", "geometries": [5]}': ("at $.geometries[0]", "no collections"),
    '{"type": "GeometryCollection", "geometries": []}': ("at $", "empty"),
}


@pytest.mark.parametrize("written", WRONG_JSON)
def test_what_is_wrong_in_json_is_told_with_its_path(written):
    place, reason = WRONG_JSON[written]
    with pytest.raises(BadFilter) as told:
        json_form.parse(written)
    assert reason in str(told.value)
    assert f"({place})" in str(told.value)


def test_a_geometry_of_too_many_positions_is_refused_before_it_is_built():
    positions = ",".join(["0 0"] * 10_001)
    with pytest.raises(BadFilter, match=r"at most 10000 positions. \(at character 20\)"):
        text.parse(f"S_INTERSECTS(geom, MULTIPOINT({positions}))")
