"""The workbook of my parcels: real types, nothing a spreadsheet would calculate, and every heading understood."""

import io

import openpyxl
import pytest

from landportal.errors import NotAllowed
from landportal.model import OrganisationKind, ParcelStatus, Role
from landportal.services import workbooks
from landportal.services.import_columns import COLUMNS, ImportKind
from landportal.services.import_matching import match_columns
from landportal.services.import_readings import read_zone
from landportal.services.import_values import harmless, read_boolean, read_code, read_text
from landportal.services.import_words import HEADINGS, SHOWN, WORDS
from landportal.services.permissions import Actor, Scope
from landportal.services.search import SearchCriteria

ANY_STATUS = SearchCriteria(status=())


def actor(ags="16067", role=Role.OFFICER):
    return Actor(1, "Officer", frozenset({role}), Scope(ags=ags), 1, OrganisationKind.COUNTY)


def written(session, who=None, language="de", criteria=ANY_STATUS):
    sink = io.BytesIO()
    workbooks.write(session, who or actor(), criteria, sink, language)
    sheet = openpyxl.load_workbook(sink).worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    return [dict(zip(headings, row, strict=True)) for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize("language", [0, 1])
def test_every_heading_is_understood_as_its_column(language):
    titles = {name: words[language] for name, words in HEADINGS.items() if name != "derived"}
    match = match_columns(ImportKind.PARCELS, list(titles.values()), {})
    assert {m.column.name: m.theirs for m in match.matched} == titles
    assert not [m for m in match.matched if m.column.unit and not m.column.assumed_unit and not m.unit]


@pytest.mark.parametrize("language", [0, 1])
def test_every_word_is_understood_as_its_code(language):
    from landportal.services.import_codes import CODES

    for kind, words in WORDS.items():
        for code, pair in words.items():
            found = str(read_boolean(pair[language])).lower() if kind == "boolean" else read_code(
                pair[language], CODES[kind])  # fmt: skip
            assert found == code, pair


def test_every_column_of_parcels_has_a_word():
    assert {c.name for c in COLUMNS[ImportKind.PARCELS]} <= set(HEADINGS) | set(SHOWN)


@pytest.mark.parametrize("text", ["=1+1", "+49 3621 1", "-x", "@a", "\t=1", "\r=1", "'=1", "''=1", "'ab", "plain"])
def test_a_text_that_could_be_calculated_is_neutralised_and_comes_back(text):
    assert read_text(harmless(text)) == text
    assert harmless(text)[0] not in "=+-@\t\r"


def test_types_are_real_and_formulas_are_not(session, land):
    land.parcel("H-1", name_de='=HYPERLINK("http://evil")', price_eur_m2=19.5, status="reserved",
                status_until="2027-06-30", zone="GI", rail_siding=True)  # fmt: skip
    (row,) = written(session)
    assert row["Bezeichnung"].value == '\'=HYPERLINK("http://evil")'
    assert row["Bezeichnung"].data_type == "s"
    assert (row["Preis (€/m²)"].value, row["Preis (€/m²)"].data_type) == (19.5, "n")
    assert row["Status bis"].is_date
    assert row["Vermarktungsstatus"].value == "reserviert"
    assert row["Gleisanschluss"].value == "ja"
    assert (row["Portalnummer"].value, row["Fassung"].value) == ("H-1", 1)
    assert row["Portalnummer"].protection.locked
    assert not row["Bezeichnung"].protection.locked
    assert row["Portalnummer"].fill.fgColor.rgb == "FFECEFE9"


def test_only_parcels_of_the_scope_are_written(session, land):
    land.parcel("H-1", east_km=1)
    land.parcel("W-1", east_km=21)
    assert [row["Portalnummer"].value for row in written(session, actor("16067089"))] == ["H-1"]


def test_the_search_parameters_narrow_it_down(session, land):
    land.parcel("A", status="sold")
    land.parcel("B", east_km=3)
    sold = SearchCriteria(status=(ParcelStatus.SOLD,))
    assert [row["Portal number"].value for row in written(session, language="en", criteria=sold)] == ["A"]


def test_an_administrator_gets_no_workbook(session, land):
    with pytest.raises(NotAllowed):
        written(session, actor(role=Role.ADMINISTRATOR))


def test_choices_are_offered_where_the_field_has_a_list(session, land):
    land.parcel("A")
    sink = io.BytesIO()
    workbooks.write(session, actor(), ANY_STATUS, sink, "de")
    sheet = openpyxl.load_workbook(sink).worksheets[0]
    lists = {sheet.cell(1, next(iter(v.sqref.ranges)).min_col).value: v.formula1 for v in
             sheet.data_validations.dataValidation}  # fmt: skip
    assert "frei,reserviert" in lists["Vermarktungsstatus"]
    assert {"Planungsstand", "Gebietsart", "Gleisanschluss", "Gasversorgung"} <= set(lists)
    assert sheet.protection.sheet


def test_every_zone_offered_is_a_zone():
    column = next(c for c in workbooks.COLUMNS if c.name == "zone")
    assert [read_zone(zone).zone for zone in workbooks._choices(column, "de")] == workbooks._choices(column, "de")
