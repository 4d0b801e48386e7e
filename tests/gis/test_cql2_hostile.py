"""Filters that want to break something: by depth, by length, by numbers, by what a database does with them."""

from __future__ import annotations

import datetime as dt
import json
import sys

import pytest

from landportal.gis.cql2 import BadFilter
from landportal.gis.cql2.problems import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from tests.gis.filter_rows import Rows

DEEPEST = MAX_DEPTH - 3


@pytest.fixture
def rows(session):
    return Rows(session).add("A", name="x", count=3, share=1e300, other=1e-300, boolean=True)


def nested(before: str, inner: str, after: str, times: int = DEEPEST) -> str:
    return before * times + inner + after * times


NESTED = {
    "sums": "count" + " + 1" * DEEPEST + " > 1",
    "sums to the right": nested("(1 + ", "count", ")") + " > 1",
    "quotients to the right": nested("(1 / ", "count", ")") + " > 1",
    "rests to the right": nested("(1 % ", "count", ")") + " > 1",
    "powers": nested("(", "count", " ^ 0.9)", DEEPEST // 5) + " > 1",
    "powers to the right": nested("count ^ (", "count", ")", DEEPEST // 5) + " > 1",
    "minus": "-" * DEEPEST + "count > 1",
    "NOT": "NOT " * DEEPEST + "boolean",
    "AND in OR": nested("(boolean AND (boolean OR ", "boolean", "))", DEEPEST // 2),
    "IS NULL": nested("(", "boolean", " IS NULL)"),
    "IS NOT NULL": nested("(", "boolean", " IS NOT NULL)", DEEPEST // 2),
    "equal": nested("(", "boolean", " = boolean)"),
    "equal to the right": nested("(boolean = ", "boolean", ")"),
    "IN": nested("(", "boolean", " IN (TRUE, FALSE))"),
    "IN a list of properties": nested("(", "boolean", " IN (boolean, boolean))"),
    "IN to the right": nested("(TRUE IN (FALSE, ", "boolean", "))", DEEPEST // 2),
    "NOT IN": nested("(", "boolean", " NOT IN (TRUE, FALSE))", DEEPEST // 2),
    "CASEI": nested("CASEI(", "name", ")") + " = 'x'",
    "ACCENTI": nested("ACCENTI(", "name", ")") + " = 'x'",
    "concat": nested("concat(name, ", "name", ")") + " = 'x'",
    "round": nested("round(1 + ", "count", ")", DEEPEST // 2) + " = 1",
}


@pytest.mark.parametrize("kind", NESTED)
def test_the_deepest_filter_is_answered_with_stack_to_spare(rows, kind):
    """A web request has some hundred frames of its own, and the answer must not take memory without end."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit - 200)
    try:
        assert rows.found(NESTED[kind]) <= {"A"}
    finally:
        sys.setrecursionlimit(limit)


TOO_MUCH = {
    "parentheses": "(" * 10_000 + "TRUE" + ")" * 10_000,
    "open parentheses": "(" * 40_000,
    "parentheses around an error": "(" * 25 + "a = ) (" + ")" * 25,
    "NOT": "NOT " * 1_000 + "TRUE",
    "minus": "count = " + "-" * 5_000 + "1",
    "sums": "count" + " + 1" * 1_000 + " > 1",
    "functions": "lower(" * 1_000 + "name" + ")" * 1_000 + " = 'x'",
    "values": "count IN (" + "1, " * MAX_NODES + "1)",
    "conditions": "TRUE" + " OR TRUE" * MAX_NODES,
    "characters": "name = '" + "x" * MAX_CHARACTERS + "'",
    "open quotes": "'" * 40_001,
    "backslashes": "name = '" + "\\" * 40_000,
    "open lists": "A_EQUALS(tags, " + "(" * 5_000,
    "collections": "S_INTERSECTS(geom, " + "GEOMETRYCOLLECTION(" * 1_000,
}


@pytest.mark.parametrize("kind", TOO_MUCH)
def test_too_much_is_refused_at_once(rows, kind):
    with pytest.raises(BadFilter):
        rows.found(TOO_MUCH[kind])


TOO_MUCH_JSON = {
    "lists": "[" * 40_000,
    "NOT": '{"op":"not","args":[' * 500 + "true" + "]}" * 500,
    "texts with quotes": '"\\"' * 10_000,
    "digits": '{"op":"=","args":[1,' + "9" * 5_000 + "]}",
    "coordinates": json.dumps({"type": "Polygon", "coordinates": [[[[[[[1, 2]]]]]]]}),
    "values": json.dumps({"op": "in", "args": [{"property": "count"}, list(range(MAX_NODES))]}),
}


@pytest.mark.parametrize("kind", TOO_MUCH_JSON)
def test_too_much_json_is_refused_at_once(rows, kind):
    with pytest.raises(BadFilter):
        rows.found(TOO_MUCH_JSON[kind], "cql2-json")


UNKNOWN = [
    "count / 0 = 1", "count % 0 = 1", "count div (1 - 1) = 1", "count / (share - share) = 1", "0 ^ -1 = 1",
    "(0 - count) ^ 0.5 = 1", "0 ^ 0.5 = 0", "share ^ share > 1", "share ^ -share < 1",

]  # fmt: skip


@pytest.mark.parametrize("equation", UNKNOWN)
def test_what_has_no_result_is_unknown(rows, equation):
    assert rows.found(f"({equation}) IS NULL") == {"A"}


ANSWERED = {
    "share * share > share": "A",
    "share * share * share * share > 1e308": "A",
    "share + share > share": "A",
    "other * other > 0": "A",
    "other * other * other * other = 0": "",
    "other / share > 0": "A",
    "share / other > 1e308": "A",
    "share % other = 0": "A",
    "0.1 + 0.2 = 0.3": "A",
    "abs(-share) = share": "A",
    "round(other) = 0": "A",
    "count < 1.7e308": "A",
    "count > -1.7e308": "A",
    "count = 1e-323": "",
    "count = 3e0": "A",
    "count <> 99999999999999999999999999999999999": "A",
    "10 ^ 300 > count": "A",
    "name LIKE '%%%%%%%%%%%%%%%%%%%%%%%%x%%%%%%%%%%%%%%%%%%%%%'": "A",
    "ACCENTI(name) = ACCENTI('％')": "",
}


@pytest.mark.parametrize("condition", ANSWERED)
def test_large_and_small_numbers_are_answered_exactly(rows, condition):
    assert rows.found(condition) == set(ANSWERED[condition])


def test_numbers_that_would_get_too_long_are_refused_before_they_are_computed(rows):
    for long in ("char_length(name) ^ 1000", "share * share * share * share * share * share * share * share * share",
                 "10 ^ 5000", "1.0000001 ^ 1000", "count ^ -1000"):  # fmt: skip
        with pytest.raises(BadFilter, match="more than 5000 digits"):
            rows.found(f"{long} = 1")


TIMES_AT_THE_EDGE = {
    "date >= DATE('0001-01-01')": "AB",
    "date <= DATE('9999-12-31')": "AB",
    "date >= TIMESTAMP('0001-01-01T00:00:00Z')": "AB",
    "T_DISJOINT(date, INTERVAL('0001-01-02T00:00:00Z', '9999-12-30T23:59:59Z'))": "AB",
    "T_DURING(start, INTERVAL('..', '..'))": "AB",
    "T_EQUALS(INTERVAL(start, end), INTERVAL('0001-01-01', '9999-12-31'))": "",
    "year(date) = 9999 OR year(start) = 1": "AB",
}


@pytest.mark.parametrize("condition", TIMES_AT_THE_EDGE)
def test_the_first_and_the_last_day_are_days_like_others(session, condition):
    rows = Rows(session)
    for key, day in (("A", dt.date.min), ("B", dt.date.max)):
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
        rows.add(key, date=day, start=noon, end=noon + dt.timedelta(hours=1))
    assert rows.found(condition) == set(TIMES_AT_THE_EDGE[condition])
