"""Other people's headings and words find our columns and codes; what may mean two things is refused."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landportal.errors import InvalidInput
from landportal.services.import_columns import COLUMNS, ImportKind
from landportal.services.import_matching import match_columns
from landportal.services.import_readings import (
    ON_REQUEST,
    ColumnReading,
    ZoneValue,
    decimal_comma_by_evidence,
    read_key,
    read_zone,
)
from landportal.services.import_values import (
    NumberStyle,
    ValueProblem,
    parse_number,
    read_boolean,
    read_date,
    read_number,
    read_text,
)
from landportal.services.imports.targets import TARGETS


def matched(kind, *titles, **mapping):
    match = match_columns(kind, titles, mapping)
    return {m.theirs: m.column.name for m in match.matched}


def unit(kind, title):
    return match_columns(kind, [title], {}).matched[0].unit


def cell(kind, title, value, style=None):
    found = match_columns(kind, [title], {}).matched[0]
    values, problems = ColumnReading(found, style or NumberStyle(None, found.unit)).read([value])
    return problems[0].code if problems else values[0]


def parcel(title, value):
    return cell(ImportKind.PARCELS, title, value)


HEADINGS = {
    "Gleisanschluss": "rail_siding",
    "Preis erschlossen": "price_eur_m2",
    "Elektroenergie": "power_mw",
    "Erdgas": "gas",
    "Wasser": "water_m3_d",
    "Abwasser": "waste_water_pe",
    "Bruttofläche": "stated_area_m2",
    "Nettofläche": "derived",
    "Freie Fläche": "derived",
    "Autobahn km": "derived",
    "Bundesstraßen km": "derived",
    "Flughafen km": "derived",
    "Gemeinde": "municipality",
    "Standort": "area_slug",
    "Telekommunikation": "fibre_mbit",
    "Planungsstand": "plan_status",
    "Erschließungsstand": "servicing",
    "möglicher Baubeginn": "available_from",
    "individuelle Vermerke": "description_de",
    "GRZ": "grz",
    "Grundflächenzahl": "grz",
    "GFZ": "gfz",
    "BMZ": "bmz",
    "besondereArtDerBaulNutzung": "besondere_art",
    "Status": "status",
    "Verfügbarkeit": "status",
    "zone": "zone",
    "Gebietsart": "zone",
    "PREIS (€/m²)": "price_eur_m2",
    "Größe [ha]": "stated_area_m2",
    "name": "name_de",
    "area_m2": "stated_area_m2",
    "lot_min_ha": "lot_min_m2",
    "Mindestgröße in ha": "lot_min_m2",
}


@pytest.mark.parametrize("title", HEADINGS)
def test_the_headings_of_fact_sheets_are_recognised(title):
    assert matched(ImportKind.PARCELS, title) == {title: HEADINGS[title]}


@pytest.mark.parametrize(
    ("title", "ours"),
    [
        ("Bruttofläche (ha)", "gross_ha"),
        ("Nettofläche in ha", "net_ha"),
        ("Rechtsform", "legal_form"),
        ("Standort", "name_de"),
    ],
)
def test_the_headings_of_areas_are_recognised(title, ours):
    assert matched(ImportKind.AREAS, title) == {title: ours}


def test_raw_vg250_columns_are_recognised():
    assert matched(ImportKind.ADMIN_UNITS, "AGS", "GEN", "BEZ", "RS") == {"AGS": "ags", "GEN": "name", "BEZ": "kind"}


def test_one_of_ours_takes_one_of_theirs_and_ours_by_name_comes_first():
    match = match_columns(ImportKind.PARCELS, ["Preis", "price_eur_m2", "Farbe"], {})
    assert [m.theirs for m in match.matched] == ["price_eur_m2"]
    assert match.ignored == ("Preis", "Farbe")


def test_a_mapping_by_hand_wins_and_brings_our_unit():
    match = match_columns(ImportKind.PARCELS, ["Wert", "Preis"], {"Wert": "price_eur_m2"})
    assert [(m.theirs, m.unit) for m in match.matched] == [("Wert", "eur_m2")]


@pytest.mark.parametrize("mapping", [{"Wert": "colour"}, {"Nichts": "grz"}])
def test_a_mapping_that_names_no_column_is_refused_with_the_choice(mapping):
    with pytest.raises(InvalidInput, match=r"there are|it has"):
        match_columns(ImportKind.PARCELS, ["Wert"], mapping)


@pytest.mark.parametrize(
    ("titles", "chosen"), [(["fid", "gml_id"], "gml_id"), (["OBJECTID"], "OBJECTID"), (["Farbe"], None)]
)
def test_the_best_column_of_identifiers_is_chosen(titles, chosen):
    assert match_columns(ImportKind.PARCELS, titles, {}).id_column == chosen


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Größe (ha)", "ha"),
        ("Größe in m²", "m2"),
        ("Größe", None),
        ("area_m2", "m2"),
        ("lot_min_m2", "m2"),
        ("parcel_area_sqft", "sqft"),
    ],
)
def test_a_heading_says_its_unit(title, found):
    assert unit(ImportKind.PARCELS, title) == found


CELLS = [
    ("Preis", "19,50 €/m²", Decimal("19.50")),
    ("Preis", "auf Anfrage", ON_REQUEST),
    ("Preis", "19,50 EUR/qm", Decimal("19.50")),
    ("Preis", "2 ha", "unit_unfit"),
    ("Preis", "19 Taler", "unit_unknown"),
    ("Preis", "-1", "out_of_range"),
    ("Größe (ha)", "2,5", Decimal("25000.0")),
    ("Größe", "2,5 ha", Decimal("25000.0")),
    ("GRZ", "0,8", Decimal("0.8")),
    ("GRZ", "80 %", Decimal("0.8")),
    ("GRZ", 8, "out_of_range"),
    ("GRZ", "acht", "not_a_number"),
    ("GRZ", float("inf"), "not_a_number"),
    ("GRZ", "1e400", "out_of_range"),
    ("GRZ", float("nan"), None),
    ("GRZ", "k. A.", None),
    ("GRZ", True, "not_a_number"),
    ("Elektroenergie", "5 MW", Decimal(5)),
    ("Elektroenergie", "800 kW", Decimal("0.800")),
    ("Elektroenergie", "ja", "no_figure"),
    ("Erdgas", "ja", "available"),
    ("Erdgas", "Mitteldruck", "medium_pressure"),
    ("Erdgas", "nein", "none"),
    ("Wasser", "10 m³/h", Decimal(240)),
    ("Breitband", "1 Gbit/s", 1000),
    ("Breitband", "1,5 Mbit", "not_whole"),
    ("Gleisanschluss", "ja", True),
    ("Gleisanschluss", "0", False),
    ("Gleisanschluss", "X", True),
    ("Gleisanschluss", "vielleicht", "not_yes_or_no"),
    ("Status", "frei", "available"),
    ("Status", "verfügbar", "available"),
    ("Status", "AVAILABLE", "available"),
    ("Status", "verkauft", "sold"),
    ("Status", "in Vorbereitung", "preparing"),
    ("Status", "gelb", "code_unknown"),
    ("Planungsstand", "rechtskräftig", 4000),
    ("Planungsstand", 4000, 4000),
    ("Planungsstand", "4000.0", 4000),
    ("Planungsstand", "Aufstellungsbeschluss", 1000),
    ("Erschließung", "voll erschlossen", "full"),
    ("Erschließung", "Erschließung im Bau", "under_way"),
    ("verfügbar ab", "12/2025", dt.date(2025, 12, 1)),
    ("verfügbar ab", "sofort", "available_at_once"),
    ("plan_link", "www.stadt.de", "not_a_link"),
    ("number", "a b", "number_form"),
    ("name_de", "a\0b", "control_character"),
    ("Flurstückskennzeichen", "152450008007460284__", ["152450008007460284__"]),
    ("Flurstück", "123/4", "not_cadastral"),
    ("lot_min_m2", "1e13", "number_too_large"),
]


@pytest.mark.parametrize(("title", "value", "expected"), CELLS)
def test_a_cell_is_read_or_its_problem_named(title, value, expected):
    from sqlalchemy import Numeric

    found = match_columns(ImportKind.PARCELS, [title], {}).matched[0]
    column = TARGETS[ImportKind.PARCELS].table.c.get(found.column.name)
    kind = column.type if column is not None else Numeric(14, 1)
    values, problems = ColumnReading(found, NumberStyle(None, found.unit), kind).read([value])
    assert (problems[0].code if problems else values[0]) == expected


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("GE", ZoneValue("GE")),
        ("GEe", ZoneValue("GE", True)),
        ("GI (e)", ZoneValue("GI", True)),
        ("GE 3", ZoneValue("GE")),
        ("Gewerbegebiet", ZoneValue("GE")),
        ("eingeschränktes Gewerbegebiet", ZoneValue("GE", True)),
        ("1700", ZoneValue("GE", code=1700)),
        (1800.0, ZoneValue("GI", code=1800)),
        ("SO Logistik", ZoneValue("SO")),
        ("Urbanes Gebiet", ZoneValue("MU")),
    ],
)
def test_zones_are_understood_in_words_and_codes(text, zone):
    assert read_zone(text) == zone


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UG", "zone_unknown"),
        ("RM1", "zone_unknown"),
        ("9999", "zone_unknown"),
        ("G", "zone_is_general"),
        ("GE/GI", "zone_unknown"),
    ],
)
def test_what_is_no_zone_is_told(text, code):
    with pytest.raises(ValueProblem) as problem:
        read_zone(text)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("16067089", "16067089"),
        (16067089, "16067089"),
        (16067089.0, "16067089"),
        ("1001000", "01001000"),
        ("16", "16"),
        ("160670089089", "16067089"),
        ("16 067 089", "16067089"),
    ],
)
def test_official_keys_are_text_of_2_5_or_8_digits(raw, key):
    assert read_key(raw) == key


@pytest.mark.parametrize("raw", ["160", "abc", "0", "١٦", "-16"])
def test_what_is_no_key_is_refused(raw):
    with pytest.raises(ValueProblem):
        read_key(raw)


@pytest.mark.parametrize(
    ("text", "comma", "number"),
    [
        ("1.234,5", None, "1234.5"),
        ("1,234.5", None, "1234.5"),
        ("1234,5", None, "1234.5"),
        ("1.234.567", None, "1234567"),
        ("1.234", True, "1234"),
        ("1.234", False, "1.234"),
        ("1,234", False, "1234"),
        ("0.125", None, "0.125"),
        ("1 234,5", None, "1234.5"),
        ("−3,5", None, "-3.5"),
        ("1'234.5", None, "1234.5"),
    ],
)
def test_numbers_are_read_as_they_are_written(text, comma, number):
    assert parse_number(text, comma) == Decimal(number)


@pytest.mark.parametrize("text", ["1.234", "12,345", "-1.234"])
def test_a_number_that_may_mean_two_things_is_refused_where_nothing_decides(text):
    with pytest.raises(ValueProblem) as problem:
        parse_number(text, None)
    assert problem.value.code == "number_ambiguous"


@given(st.decimals(-(10**9), 10**9, places=2))
def test_every_number_survives_german_and_english_writing(number):
    english = f"{number:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse_number(german, True) == number
    assert parse_number(english, False) == number


@given(st.text(max_size=80))
def test_any_text_is_a_value_or_a_problem_and_never_a_crash(text):
    for read in (
        read_text,
        read_boolean,
        read_date,
        read_zone,
        read_key,
        lambda t: read_number(t, NumberStyle(), "ha"),
    ):
        try:
            read(text)
        except ValueProblem as problem:
            assert problem.code  # noqa: PT017 - either outcome is right.


@given(
    st.one_of(
        st.text(max_size=30), st.integers(), st.floats(), st.booleans(), st.dates(), st.none(), st.lists(st.text())
    )
)
def test_every_column_reads_any_cell_without_crashing(raw):
    for kind, columns in COLUMNS.items():
        for column in columns:
            if column.read != "derived":
                found = match_columns(kind, [column.name], {}).matched[0]
                values, _ = ColumnReading(found, NumberStyle()).read([raw])
                assert len(values) == 1


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-12-31", (2025, 12, 31)),
        ("31.12.2025", (2025, 12, 31)),
        ("1.2.2025", (2025, 2, 1)),
        ("12/2025", (2025, 12, 1)),
        ("2026", (2026, 1, 1)),
        ("Q3 2026", (2026, 7, 1)),
        ("31/12/2025", (2025, 12, 31)),
        ("2017/03/01 00:00:00", (2017, 3, 1)),
    ],
)
def test_dates_are_read_as_offices_write_them(text, day):
    assert read_date(text) == dt.date(*day)


@pytest.mark.parametrize(
    ("text", "code"), [("03/04/2025", "date_ambiguous"), ("31.02.2025", "not_a_date"), ("bald", "not_a_date")]
)
def test_a_date_that_is_none_or_two_is_refused(text, code):
    with pytest.raises(ValueProblem) as problem:
        read_date(text)
    assert problem.value.code == code


def test_the_decimal_mark_is_decided_by_numbers_that_can_be_read_one_way():
    assert decimal_comma_by_evidence([["1.234", "0,8"]], None) is True
    assert decimal_comma_by_evidence([["1.234", "0.8"]], True) is False
    assert decimal_comma_by_evidence([["1.234"]], True) is True
    assert decimal_comma_by_evidence([["1,5", "1.5"]], None) is None


def test_ranges_are_those_of_the_database():
    for kind, target in TARGETS.items():
        rules = {c.name: str(c.sqltext) for c in target.table.constraints if str(c.name).endswith("_range")}
        stated = {c.name: (c.low, c.high) for c in COLUMNS[kind] if c.stored and (c.low, c.high) != (None, None)}
        for rule in rules.values():
            name, *limits = re.findall(r"^\w+|-?[\d.]+", rule)
            low, high = float(limits[0]), float(limits[1]) if len(limits) > 1 else None
            assert stated.pop(name) == (low, high)
        assert not stated


def test_every_stored_column_exists_in_its_table():
    for kind, target in TARGETS.items():
        assert {c.name for c in COLUMNS[kind] if c.stored} <= set(target.table.c.keys())
