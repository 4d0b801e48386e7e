"""No hot statement reads the table of parcels in full, and the plans kept beside the benchmark are those of today."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from benchmarks.hot import explained, normalised_plan, planned, questions, scans_all_parcels
from benchmarks.measuring import plain
from benchmarks.parts.plans import FOLDER, statements_in, written

COUNTY = "16067"
KEPT_PARCELS = 10_000
"""As many as the store of this test: of many results a page is asked for in another way than of few."""


@pytest.fixture(scope="module")
def today(full_app, full_url, full_connection):
    """The hot questions with their statements and plans as they are now, by name."""
    asked = questions(full_connection, full_app, COUNTY)
    return {question.name: (question, planned(question, full_app, full_url)) for question in asked}


def kept(parcels=KEPT_PARCELS) -> dict[str, str]:
    return {path.stem.removesuffix(f"-{parcels}"): path.read_text() for path in FOLDER.glob(f"*-{parcels}.txt")}


def test_no_hot_statement_scans_all_parcels(today):
    scanning = {
        name: one.statement for name, (_, found) in today.items() for one in found if scans_all_parcels(one.plan)
    }
    assert scanning == {}


def test_the_towns_of_a_county_are_found_by_the_beginning_of_their_keys(today):
    _, found = today["items_county"]
    assert any("Index Cond: ((municipality_ags ~>=~" in one.plan for one in found)


def test_every_hot_question_asks_the_store(today):
    assert [name for name, (_, found) in today.items() if len(found) < 2] == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_no_plan_that_is_kept_scans_all_parcels(path: Path):
    assert not scans_all_parcels(path.read_text())


def test_the_kept_plans_are_those_of_todays_statements(today):
    """Made anew by: benchmarks/run --only plans --parcels 10000,100000 --write."""
    of_today = {name: [one.statement for one in found] for name, (_, found) in today.items()}
    assert {name: statements_in(content) for name, content in kept().items()} == of_today


def test_what_is_kept_can_be_read_again(today):
    question, found = today["search_county"]
    assert statements_in(written(question, found, 1)) == [one.statement for one in found]


@pytest.mark.parametrize("asked", ["select sum(grz) from parcel", "select id from parcel p where p.version > 5"])
def test_a_statement_that_scans_is_seen(full_url, asked):
    (one,) = explained([(asked, None)], full_url)
    assert scans_all_parcels(one.plan)


def test_an_index_is_no_scan_of_all(full_url):
    with psycopg.connect(plain(full_url)) as connection:
        number = connection.execute("select number from parcel limit 1").fetchone()[0]
    (one,) = explained([("select id from parcel where number = %(number)s", {"number": number})], full_url)
    assert not scans_all_parcels(one.plan)
    assert not scans_all_parcels("Seq Scan on parcel_neighbour")


def test_what_changes_from_day_to_day_is_not_kept():
    plan = f"Filter: (confirmed_at > '2026-11-28 10:00:00+00'::timestamptz) AND (geom && '{'01' * 40}'::geometry)"
    assert normalised_plan(plan) == "Filter: (confirmed_at > '<time>'::timestamptz) AND (geom && '<shape>'::geometry)"
