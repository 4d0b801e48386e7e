"""The workbook out, edited, in again: only what was changed is applied, what was changed on both sides is shown."""

import datetime as dt
import io

import openpyxl
import pytest
from sqlalchemy import select

from landportal import db
from landportal.model import Parcel
from landportal.services import workbooks
from landportal.services.deliveries import showing
from landportal.services.deliveries.options import DeliveryOptions
from landportal.services.search import SearchCriteria
from tests.conftest import Land
from tests.services.deliveries_at_work import Desk

BY_NUMBER = DeliveryOptions(by_number=True)


@pytest.fixture
def desk(database_url, settings, tmp_path):
    desk = Desk(database_url, settings, tmp_path)
    with db.transaction(desk.owner) as session:
        land = Land.__new__(Land)
        land.session, land.data_set = session, desk.land.data_set
        area = land.area("gewerbepark-ost", name_de="Gewerbepark Ost")
        land.parcel("H-1", east_km=1, name_de="Süd", price_eur_m2=19.5, zone="GI", area_id=area.id,
                    cadastral_ids=["16012300100012000401", "16012300100013______"], power_mw=12.25,
                    description_de="Erste Zeile\r\nzweite", available_from=dt.date(2027, 3, 1))  # fmt: skip
        land.parcel("H-2", east_km=3, name_de="=1+1", status="reserved", status_until=dt.date(2027, 6, 30),
                    contact_phone="+49 3621 1234", rail_siding=True)  # fmt: skip
        land.parcel("W-1", east_km=21, name_de="West", price_on_request=True, plan_status=4000, gas="none",
                    description_de="x" * 33_000, contact_name="unbekannt")  # fmt: skip
    yield desk
    desk.close()


def workbook(desk, language="de"):
    sink = io.BytesIO()
    with db.transaction(desk.engine, db.Acting(desk.officer_id, "page")) as session:
        workbooks.write(session, desk.actor(), SearchCriteria(status=()), sink, language)
    return openpyxl.load_workbook(sink)


def cell(book, number, heading):
    sheet = book.worksheets[0]
    column = next(c.column for c in sheet[1] if c.value == heading)
    row = next(r for r in range(2, sheet.max_row + 1) if sheet.cell(r, 1).value == number)
    return sheet.cell(row, column)


def brought_back(desk, book):
    sink = io.BytesIO()
    book.save(sink)
    return desk.staged(sink.getvalue(), "flaechen.xlsx", BY_NUMBER)


def parcel(desk, number):
    with db.transaction(desk.owner) as session:
        return session.scalars(select(Parcel).where(Parcel.number == number)).one()


def rows(desk, delivery, verdict):
    with db.transaction(desk.engine, db.Acting(desk.officer_id, "page")) as session:
        return showing.page(session, delivery, verdict, 1).rows


def counts(delivery):
    return {name: count for name, count in delivery.preview["counts"].items() if count and name != "read"}


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_workbook_that_nobody_edited_changes_nothing(desk, language):
    delivery = brought_back(desk, workbook(desk, language))
    assert (delivery.state, delivery.problem) == ("staged", None)
    assert counts(delivery) == {"unchanged": 3}, [
        (row.number, row.cells, row.issues)
        for verdict in ("changed", "rejected")
        for row in rows(desk, delivery, verdict)
    ]


def test_changed_cells_are_applied_and_nothing_else(desk):
    book = workbook(desk)
    cell(book, "H-1", "Preis (€/m²)").value = 21.75
    cell(book, "H-2", "Telefon").value = None
    cell(book, "W-1", "Vermarktungsstatus").value = "verkauft"
    before = {number: parcel(desk, number) for number in ("H-1", "H-2", "W-1")}
    delivery = brought_back(desk, book)
    assert counts(delivery) == {"changed": 3}
    shown = {row.number: {c.column: (c.before, c.after) for c in row.cells} for row in rows(desk, delivery, "changed")}
    assert shown["H-1"] == {"price_eur_m2": (19.5, 21.75)}
    assert shown["H-2"] == {"contact_phone": ("+49 3621 1234", None)}
    assert shown["W-1"]["status"] == ("available", "sold")
    desk.applied(delivery.id)
    after = {number: parcel(desk, number) for number in before}
    assert float(after["H-1"].price_eur_m2) == 21.75
    assert after["H-2"].contact_phone is None
    assert (after["W-1"].status, after["W-1"].status_since) == ("sold", dt.datetime.now(dt.UTC).date())
    assert (after["H-2"].name_de, after["H-2"].status_until) == ("=1+1", dt.date(2027, 6, 30))
    assert (len(after["W-1"].description_de), after["W-1"].contact_name) == (33_000, "unbekannt")
    assert all(after[n].geom.desc == before[n].geom.desc and after[n].area_id == before[n].area_id for n in before)
    assert {after[n].version - before[n].version for n in before} == {1}


def test_a_formula_in_a_name_comes_back_as_it_was_and_can_be_changed(desk):
    book = workbook(desk)
    assert cell(book, "H-2", "Bezeichnung").value == "'=1+1"
    cell(book, "H-2", "Bezeichnung").value = "'=2+2"
    desk.applied(brought_back(desk, book).id)
    assert parcel(desk, "H-2").name_de == "=2+2"


def test_an_older_workbook_does_not_overwrite_what_is_newer(desk):
    book = workbook(desk)
    desk.edit(number="H-1", name_de="neu am Schreibtisch", price_eur_m2=30)
    cell(book, "H-1", "Strom (MW)").value = 15
    delivery = brought_back(desk, book)
    (row,) = rows(desk, delivery, "changed")
    assert [(c.column, c.after) for c in row.cells] == [("power_mw", 15)]
    desk.applied(delivery.id)
    now = parcel(desk, "H-1")
    assert (now.name_de, float(now.price_eur_m2), float(now.power_mw)) == ("neu am Schreibtisch", 30, 15)


def test_a_cell_changed_on_both_sides_is_a_conflict_shown_and_not_overwritten(desk):
    book = workbook(desk)
    desk.edit(number="H-1", price_eur_m2=30)
    cell(book, "H-1", "Preis (€/m²)").value = 25
    cell(book, "H-1", "Bezeichnung").value = "Süd, Los 1"
    delivery = brought_back(desk, book)
    assert counts(delivery) == {"conflicts": 1, "unchanged": 2}
    (row,) = rows(desk, delivery, "conflict")
    assert [(c.column, c.base, c.before, c.after, c.conflict) for c in row.cells] == [
        ("price_eur_m2", 19.5, 30, 25, True),
        ("name_de", None, "Süd", "Süd, Los 1", False),
    ]
    delivery = desk.applied(delivery.id)
    now = parcel(desk, "H-1")
    assert (float(now.price_eur_m2), now.name_de) == (30, "Süd, Los 1")


def test_the_same_change_on_both_sides_is_none(desk):
    book = workbook(desk)
    desk.edit(number="H-1", price_eur_m2=25)
    cell(book, "H-1", "Preis (€/m²)").value = 25
    assert counts(brought_back(desk, book)) == {"unchanged": 3}


def test_a_status_in_conflict_keeps_its_dates_out_too(desk):
    book = workbook(desk)
    desk.edit(number="H-2", status="sold", status_until=None)
    cell(book, "H-2", "Vermarktungsstatus").value = "optioniert"
    cell(book, "H-2", "Status bis").value = dt.date(2028, 1, 31)
    delivery = brought_back(desk, book)
    (row,) = rows(desk, delivery, "conflict")
    assert {c.column for c in row.cells if c.conflict} == {"status", "status_until"}
    desk.applied(delivery.id)
    assert (parcel(desk, "H-2").status, parcel(desk, "H-2").status_until) == ("sold", None)


def test_unknown_numbers_are_rejected_and_missing_rows_change_nothing(desk):
    book = workbook(desk)
    sheet = book.worksheets[0]
    cell(book, "W-1", "Portalnummer").value = "X-9"
    sheet.delete_rows(2)
    delivery = brought_back(desk, book)
    assert counts(delivery) == {"unchanged": 1, "rejected": 1}
    (row,) = rows(desk, delivery, "rejected")
    assert row.issues[0].sentence("de") == "Eine Fläche X-9 gibt es nicht."


@pytest.mark.parametrize(("version", "code"), [(None, "version_missing"), (77, "version_unknown")])
def test_a_row_without_a_version_that_existed_is_rejected(desk, version, code):
    book = workbook(desk)
    cell(book, "H-1", "Fassung").value = version
    cell(book, "H-1", "Bezeichnung").value = "anders"
    (row,) = rows(desk, brought_back(desk, book), "rejected")
    assert [issue.code for issue in row.issues] == [code]


def test_an_unknown_area_is_rejected_instead_of_taking_the_area_away(desk):
    book = workbook(desk)
    cell(book, "H-1", "Industriegebiet").value = "Gewerbepark Wst"
    (row,) = rows(desk, brought_back(desk, book), "rejected")
    assert [issue.code for issue in row.issues] == ["area_not_found"]


def test_parcels_outside_the_scope_cannot_be_reached_by_number(desk):
    book = workbook(desk)
    cell(book, "W-1", "Bezeichnung").value = "erobert"
    sink = io.BytesIO()
    book.save(sink)
    officer = desk.account("officer", ags="16067089")
    delivery = desk.staged(sink.getvalue(), "f.xlsx", BY_NUMBER, by=officer)
    assert counts(delivery) == {"unchanged": 2, "rejected": 1}


def test_what_changes_between_preview_and_apply_becomes_a_conflict(desk):
    book = workbook(desk)
    cell(book, "H-1", "Preis (€/m²)").value = 25
    delivery = brought_back(desk, book)
    desk.edit(number="H-1", price_eur_m2=40)
    delivery = desk.applied(delivery.id)
    assert delivery.preview["applied"] == {"new": 0, "changed": 0, "unchanged": 0, "conflicts": 1}
    assert float(parcel(desk, "H-1").price_eur_m2) == 40


def test_the_round_trip_is_undone_too(desk):
    book = workbook(desk)
    cell(book, "H-1", "Preis (€/m²)").value = 25
    delivery = desk.applied(brought_back(desk, book).id)
    desk.undone(delivery.id)
    assert (float(parcel(desk, "H-1").price_eur_m2), parcel(desk, "H-1").version) == (19.5, 3)
