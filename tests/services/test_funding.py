"""Grants to areas: read from a table, known again, told with the land they bind."""

import datetime as dt
from decimal import Decimal

import pytest

from landportal.errors import InvalidInput
from landportal.services import funding
from landportal.services.reports.units import find_unit

HEAD = "area_slug;programme;decided_on;binding_until;grant_eur;source\n"


def recorded(session, *rows):
    return funding.record(session, funding.read_grants(HEAD + "\n".join(rows)))


def test_grants_are_known_by_area_programme_and_day(session, land):
    land.area("park")
    assert recorded(session, "park;GRW;2020-01-01;2035-12-31;1000000;notice", "park;efre;;;;notice") == 2
    assert recorded(session, "park;GRW;2020-01-01;2035-12-31;1000000.00;notice") == 0
    assert recorded(session, "park;GRW;2020-01-01;2040-12-31;1000000;notice") == 1
    told = funding.of_unit(session, find_unit(session, "area:park"))
    assert [(one.programme, one.binding_until, one.grant_eur) for one in told] == [
        ("GRW", dt.date(2040, 12, 31), Decimal(1_000_000)), ("EFRE", None, None),
    ]  # fmt: skip


def test_a_grant_stands_beside_the_land_of_its_area_in_the_place(session, land):
    area, empty = land.area("park"), land.area("empty")
    land.parcel("A", ha=2, area_id=area.id)
    land.parcel("B", east_km=3, ha=1, area_id=area.id, status="sold")
    land.parcel("C", east_km=22, ha=5, area_id=area.id)
    recorded(session, f"{area.slug};GRW;;2035-12-31;;notice", f"{empty.slug};GRW;;2035-12-31;;notice")
    told = funding.of_unit(session, find_unit(session, "16067089"))
    assert [(one.slug, round(one.net_m2), round(one.free_m2)) for one in told] == [("park", 30_000, 20_000)]
    assert [one.slug for one in funding.of_unit(session, find_unit(session, "16"))] == ["empty", "park"]


def test_a_binding_holds_until_its_last_day(session, land):
    land.area("park")
    recorded(session, "park;GRW;;2035-12-31;;notice", "park;ELER;;;;notice")
    grw, eler = funding.of_unit(session, find_unit(session, "area:park"))
    assert (grw.binds(dt.date(2035, 12, 31)), grw.binds(dt.date(2036, 1, 1)), eler.binds(dt.date(2036, 1, 1))) == (
        True, False, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("nowhere;GRW;;;;notice", "row 2, area_slug"),
        (";GRW;;;;notice", "row 2, area_slug"),
        ("park;KFW;;;;notice", "row 2, programme"),
        ("park;GRW;1.2.2020;;;notice", "row 2, decided_on"),
        ("park;GRW;2020-01-01;2019-01-01;;notice", "row 2, binding_until"),
        ("park;GRW;;;-1;notice", "row 2, grant_eur"),
        ("park;GRW;;;NaN;notice", "row 2, grant_eur"),
        ("park;GRW;;;1e99;notice", "row 2, grant_eur"),
        ("park;GRW;;;;", "row 2, source"),
        ("park;GRW;;;;notice\npark;GRW;;;;other", "row 3"),
    ],
)
def test_what_cannot_be_a_grant_is_told_by_row_and_column(session, land, row, field):
    land.area("park")
    with pytest.raises(InvalidInput) as refused:
        recorded(session, row)
    assert refused.value.field == field


@pytest.mark.parametrize("text", ["", "a;b\n1;2", "area_slug;programme\nx;GRW", HEAD.strip() + ";colour\n"])
def test_another_table_is_refused(text):
    with pytest.raises(InvalidInput):
        funding.read_grants(text)


def test_a_row_with_too_many_cells_is_no_fault_of_ours(session, land):
    land.area("park")
    assert recorded(session, "park;GRW;;;;notice;more;cells") == 1


def test_the_sample_grants_name_areas_of_the_sample(sample_session):
    told = funding.of_unit(sample_session, find_unit(sample_session, "16"))
    assert {"hermsdorf-ost-iii", "koelleda-kiebitzhoehe"} <= {one.slug for one in told}
