"""What is typed into a parcel's form means the same as in a file, and what a file may not say, a form may not."""

import datetime as dt
from decimal import Decimal

import pytest

from landportal.services.edits import EDITABLE
from landportal.services.import_columns import PARCEL_COLUMNS
from landportal.services.parcel_input import differing, read_parcel, same


def value(name, text, language="de", areas=(7,)):
    read = read_parcel({name: text}, language, areas)
    assert read.problems == {}
    return read.values[name]


def problem(name, text, language="de"):
    return read_parcel({name: text}, language, ()).problems[name].code


def test_every_attribute_an_officer_may_set_can_be_read():
    columns = {column.name for column in PARCEL_COLUMNS} | {"area_id"}
    assert set(EDITABLE) <= columns


@pytest.mark.parametrize(
    ("name", "text", "language", "read"),
    [
        ("price_eur_m2", "22,80", "de", Decimal("22.80")),
        ("price_eur_m2", "22.80", "en", Decimal("22.80")),
        ("price_eur_m2", "1.234", "de", Decimal("1234.00")),
        ("price_eur_m2", "1,234", "en", Decimal("1234.00")),
        ("lot_min_m2", "0,5 ha", "de", Decimal("5000.0")),
        ("water_m3_d", "5 l/s", "de", Decimal("432.0")),
        ("grz", "80 %", "de", Decimal("0.80")),
        ("available_from", "01.03.2027", "de", dt.date(2027, 3, 1)),
        ("available_from", "2027-03-01", "en", dt.date(2027, 3, 1)),
        ("zone", "Industriegebiet", "de", "GI"),
        ("plan_status", "in Kraft", "de", 4000),
        ("round_the_clock", "", "de", None),
        ("round_the_clock", "ja", "de", True),
        ("zone_restricted", "0", "de", False),
        ("zone_restricted", "", "de", False),
        ("cadastral_ids", "", "de", []),
        ("cadastral_ids", "161234001001230004__\n161234001001230005__", "de",
         ["161234001001230004__", "161234001001230005__"]),
        ("description_de", " Eins\r\n\r\nZwei ", "de", "Eins\n\nZwei"),
        ("area_id", "7", "de", 7),
        ("area_id", "", "de", None),
        ("contact_name", "", "de", None),
    ],
)  # fmt: skip
def test_a_field_is_read_as_in_a_file(name, text, language, read):
    assert value(name, text, language) == read


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("grz", "2", "out_of_range"), ("price_eur_m2", "-1", "out_of_range"), ("price_eur_m2", "viel", "not_a_number"),
        ("price_eur_m2", "5 MW", "unit_unfit"), ("fibre_mbit", "ja", "no_figure"), ("fibre_mbit", "1,5", "not_whole"),
        ("available_from", "31.02.2027", "not_a_date"), ("available_from", "sofort", "available_at_once"),
        ("zone", "Mond", "zone_unknown"), ("zone", "G", "zone_is_general"), ("plan_link", "javascript:x", "not_a_link"),
        ("cadastral_ids", "4711", "not_cadastral"), ("name_de", "  ", "missing"), ("area_id", "8", "code_unknown"),
        ("area_id", "7; drop", "code_unknown"), ("contact_name", "a\x07b", "control_character"),
        ("gas", "Wasserstoff", "code_unknown"), ("waste_water_pe", "99999999999", "number_too_large"),
        ("power_mw", "10001", "out_of_range"), ("status", "weg", "code_unknown"),
    ],
)  # fmt: skip
def test_what_a_file_may_not_say_is_told_at_the_field(name, text, code):
    assert problem(name, text) == code


def test_a_zone_with_an_e_is_restricted():
    assert read_parcel({"zone": "GIe"}, "de", ()).values == {"zone": "GI", "zone_restricted": True}


def test_a_price_and_on_request_exclude_each_other():
    assert read_parcel({"price_eur_m2": "auf Anfrage"}, "de", ()).values == {
        "price_eur_m2": None, "price_on_request": True,
    }  # fmt: skip
    both = read_parcel({"price_eur_m2": "20", "price_on_request": "1"}, "de", ())
    assert both.problems["price_on_request"].code == "price_and_on_request"


def test_what_the_form_does_not_name_stays_out():
    assert dict(read_parcel({"name_de": "x", "number": "y", "version": "3"}, "de", ()).values) == {"name_de": "x"}


def test_space_around_a_text_is_no_difference():
    assert same(" Los 1\r\n", "Los 1")
    assert differing({"name_de": "Los 1 ", "grz": Decimal("0.80")}, {"name_de": "Los 1", "grz": Decimal("0.6")}) == {
        "grz": Decimal("0.80")
    }
