"""The list of a parcel's fields: what it holds, who sees it, and that the database can read each."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.gis.fields import Kind
from landportal.model import Parcel
from landportal.services.collections.parcel_fields import joined, parcel_fields, public_fields
from landportal.services.search.machine import public_facts
from tests.conftest import Land

PYTHON = {
    Kind.TEXT: str, Kind.INTEGER: int, Kind.NUMBER: float, Kind.BOOLEAN: bool, Kind.DATE: dt.date,
    Kind.MOMENT: dt.datetime, Kind.TEXTS: list,
}  # fmt: skip


def read(session: Session, number: str) -> dict:
    fields = parcel_fields()
    statement = joined(select(*(field.value.label(field.name) for field in fields)).select_from(Parcel))
    return dict(session.execute(statement.where(Parcel.number == number)).one()._mapping)


def test_every_field_has_the_type_of_its_kind_in_the_sample_data(sample_session: Session) -> None:
    fields = parcel_fields()
    statement = joined(select(*(field.value.label(field.name) for field in fields)).select_from(Parcel))
    for row in sample_session.execute(statement):
        for field, value in zip(fields, row, strict=True):
            assert value is None or type(value) is PYTHON[field.kind], field.name


def test_codes_are_all_that_the_sample_data_hold(sample_session: Session) -> None:
    for field in parcel_fields():
        if field.codes and field.kind is not Kind.TEXTS:
            held = sample_session.scalars(joined(select(field.value).distinct().select_from(Parcel)))
            assert {str(value) for value in held if value is not None} <= set(field.codes), field.name


def test_joining_the_tables_of_the_fields_keeps_one_row_a_parcel(sample_session: Session) -> None:
    rows = sample_session.scalar(joined(select(func.count()).select_from(Parcel)))
    assert rows == sample_session.scalar(select(func.count()).select_from(Parcel))


def test_the_public_sees_no_contact_owner_or_end_of_a_reservation() -> None:
    hidden = {field.name for field in parcel_fields()} - {field.name for field in public_fields()}
    assert {"contact_name", "contact_email", "owner_kind", "status_until", "changed_at", "source_id"} <= hidden


def test_everything_the_search_tells_machines_is_a_public_field() -> None:
    told = {column.name for column in public_facts().selected_columns} - {"geom"}
    assert told <= {field.name for field in public_fields()}


@pytest.mark.parametrize(
    ("zone", "special", "general", "hilucs"),
    [
        ("GE", 1700, 3000, "2_3_LightEndProductIndustry"),
        ("GI", 1800, 3000, "2_2_HeavyEndProductIndustry"),
        ("SO", None, 4000, None),
        (None, None, None, None),
    ],
)
def test_a_zone_stands_for_codes_of_xplanung_and_inspire(session, land: Land, zone, special, general, hilucs) -> None:
    land.parcel("A", zone=zone, grz=Decimal("0.80"))
    found = read(session, "A")
    assert (found["xplan_zone_code"], found["xplan_general_code"], found["hilucs"]) == (special, general, hilucs)
    assert found["grz"] == 0.8


def test_a_stated_xplanung_code_goes_before_that_of_the_zone(session: Session, land: Land) -> None:
    land.parcel("A", zone="SO", xplan_zone_code=2100)
    assert read(session, "A")["xplan_zone_code"] == 2100
