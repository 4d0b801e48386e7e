"""The land balance as people meet it: page, links that give the same sums, files, profiles, bad questions."""

import csv
import datetime as dt
import io
import json
import re
from decimal import Decimal
from html import unescape
from urllib.parse import urlencode

import openpyxl
import pypdf
import pytest
from sqlalchemy import text

from landportal import db
from landportal.config import read_settings
from landportal.model import DataSet
from landportal.services import funding
from landportal.services.days import today
from landportal.web import create_app
from tests.conftest import Land

THEN = today() - dt.timedelta(days=5)
HA = 10_000


@pytest.fixture(scope="module")
def visitor(clone):
    """A store with ten days of memory: S was sold three days ago, W withdrawn, N came yesterday; M marks stay."""
    url = clone("empty")
    engine = db.connect(url, read_settings())
    with db.transaction(engine) as session:
        land = Land(session)
        session.execute(text("update admin_unit set region = 'Mittelthüringen' where ags = '16067'"))
        area = land.area("gewerbepark", name_de="Gewerbepark", name_en="Business park", gross_ha=50, net_ha=40)
        land.parcel("S", ha=2, area_id=area.id, zone="GI", servicing="full")
        land.parcel("W", east_km=3, ha=1)
        land.parcel("A", east_km=1.2, ha=4, area_id=area.id, zone="GE", confirmed_at=dt.datetime.now(dt.UTC))
        funding.record(
            session,
            funding.read_grants("area_slug,programme,binding_until,source\ngewerbepark,GRW,2035-12-31,Notice\n"),
        )
        land.parcel("R", east_km=22, ha=3, status="reserved", status_until=dt.date(2099, 1, 1), zone="GI")
    with db.transaction(engine) as session:
        session.execute(text("update parcel set status = 'sold', status_since = :day where number = 'S'"),
                        {"day": today() - dt.timedelta(days=3)})  # fmt: skip
        session.execute(text("update parcel set status = 'withdrawn' where number = 'W'"))
    with db.transaction(engine) as session:
        session.execute(text("set local session_replication_role = replica"))
        for statement in (
            "update change set at = at - interval '10 days'",
            "update area set changed_at = changed_at - interval '10 days'",
            "update parcel set changed_at = changed_at - interval '10 days' where number in ('A', 'R')",
            "update parcel set changed_at = changed_at - interval '3 days' where number in ('S', 'W')",
            "update parcel_history set changed_at = changed_at - interval '10 days',"
            " ended_at = ended_at - interval '3 days'",
        ):
            session.execute(text(statement))
    with db.transaction(engine) as session:
        land = Land.__new__(Land)
        land.session, land.data_set = session, session.get_one(DataSet, 1)
        land.parcel("N", east_km=1.5, ha=9)
    engine.dispose()
    settings = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    return create_app(read_settings(settings)).test_client()


def balance(visitor, lang="en", suffix="", **query):
    return visitor.get(f"/{lang}/planning/balance{suffix}?{urlencode(query, doseq=True)}")


def plain(answer):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace("\u00a0", " ").split())


def links(answer, pattern):
    return [
        unescape(found) for found in re.findall(r'href="([^"]+)"', answer.text) if re.search(pattern, unescape(found))
    ]


def found_m2(visitor, address):
    """Square metres of what a search address finds, through the same search for machines."""
    answer = visitor.get(address.replace("/parcels?", "/parcels.geojson?"))
    assert answer.status_code == 200, address
    return round(sum(feature["properties"]["area_m2"] for feature in json.loads(answer.data)["features"]))


def test_the_page_shows_stock_account_reach_and_largest_land_without_signing_in(visitor):
    answer = balance(visitor, unit="16067", **{"from": THEN})
    said = plain(answer)
    assert answer.status_code == 200
    assert "Land balance: Gotha district" in said
    assert "Available 13.0 ha of 18.0 ha net" in said
    assert "newly recorded +9.0 ha" in said
    assert "sold, leased −2.0 ha" in said
    assert "withdrawn −1.0 ha" in said
    assert "Adds up to the square metre." in said
    assert "1 of 3 on the market" in said
    assert "CC0-1.0" in said


def test_every_figure_of_the_stock_leads_to_a_search_with_the_same_land(visitor):
    answer = balance(visitor, unit="16067")
    # Gross figures lead to the same land: only their hectares hold a share of the roads too.
    rows = re.findall(
        r'<td class="num"(?! data-unit="ha gross")[^>]*><a href="(/en/parcels\?[^"]+)">([\d.]+)</a>', answer.text
    )
    assert len(rows) > 8
    for address, figure in rows:
        assert found_m2(visitor, unescape(address)) == round(float(figure) * HA)


def test_the_account_leads_to_what_was_and_to_the_parcels_behind_each_line(visitor):
    answer = balance(visitor, unit="16067", **{"from": THEN})
    [opening] = links(answer, rf"/parcels\?.*as_of={THEN}")
    assert found_m2(visitor, opening) == 10 * HA
    for address in links(answer, "of=line"):
        page = visitor.get(address)
        told = plain(page)
        assert page.status_code == 200
        if "line:taken" in address:
            assert "S S available sold, leased −2.0000" in told
            assert "−2.0000 ha" in told
    assert len(links(answer, "of=line")) == 3


def test_funded_areas_are_told_with_their_binding(visitor):
    assert "Business park GRW not stated 31 December 2035" in plain(balance(visitor, unit="16067"))
    assert "GRW, bound until 31 December 2035" in workbook_text(visitor, "/en/planning/areas/gewerbepark/profile.xlsx")


def workbook_text(visitor, address):
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(address).data))
    return " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def test_a_past_day_is_told_and_kept_in_every_link(visitor):
    answer = balance(visitor, unit="16067", to=THEN)
    said = plain(answer)
    assert "As of the end of" in said
    assert "Available 7.0 ha of 10.0 ha net" in said
    assert f"as_of={THEN}" in links(answer, r"/parcels\?")[0]


def test_days_before_the_records_began_are_said_to_be(visitor):
    early = today() - dt.timedelta(days=400)
    assert "counts as newly recorded" in plain(balance(visitor, unit="16067", **{"from": early}))
    assert "counts as newly recorded" not in plain(balance(visitor, unit="16067", **{"from": THEN}))


def test_zones_and_years_of_sale_have_their_parcels_too(visitor):
    answer = balance(visitor, unit="16067")
    [zone] = links(answer, "of=zone:GE:-:free")
    assert "A A not in the portal" not in plain(visitor.get(zone))
    assert "4.0000" in plain(visitor.get(zone))
    year = (today() - dt.timedelta(days=3)).year
    [sales] = links(answer, f"of=sales:{year}$")
    assert "2.0000" in plain(visitor.get(sales))


def test_the_parts_are_on_a_map_each_with_its_name_and_a_link(visitor):
    answer = balance(visitor, unit="16067")
    assert re.search(r'<a href="[^"]*unit=16067089[^"]*" aria-label="Hörsel: 13\.0 ha">', answer.text)
    assert "style=" not in answer.text.partition("<main")[2]


@pytest.mark.parametrize("unit", ["16", "region:mittelthueringen", "16067", "16067089", "area:gewerbepark"])
@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_kind_of_unit_has_its_balance(visitor, lang, unit):
    assert balance(visitor, lang, unit=unit).status_code == 200


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ({"unit": "99"}, "unit", "official key"),
        ({"unit": "area:nowhere"}, "unit", "official key"),
        ({"from": "yesterday"}, "from", "Please enter a date"),
        ({"to": "2099-01-01"}, "to", "has not come yet"),
        ({"from": today(), "to": THEN}, "from", "after the last one"),
        ({"by": "county", "unit": "16067"}, "by", "parts that this place has"),
        ({"by": "street"}, "by", "parts that this place has"),
        ({"gap": "201"}, "gap", "0 to 200"),
        ({"gap": "-1"}, "gap", "0 to 200"),
        ({"gap": "1e9"}, "gap", "0 to 200"),
        ({"gap": ["1", "2"]}, "gap", "too often"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(visitor, query, field, sentence):
    answer = balance(visitor, **query)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true" aria-describedby="p-{field}"', answer.text)
    assert re.search(rf'id="p-{field}">.*?{sentence}', answer.text)
    assert balance(visitor, suffix=".csv", **query).status_code == 422


@pytest.mark.parametrize(
    "of", ["", "line:none", "sales:0", "sales:99999", "zone:GE", "zone:XX:full:free", "line:", "x"]
)
def test_an_unknown_figure_has_no_parcels(visitor, of):
    assert visitor.get(f"/en/planning/balance/parcels?{urlencode({'unit': '16067', 'of': of})}").status_code == 422


def test_an_unknown_condition_is_told(visitor):
    assert "There is no condition named “colour”" in plain(balance(visitor, colour="red"))


# -------------------------------------------------------------------------------------------------------------- files


def test_csv_has_every_figure_on_a_line_to_the_square_metre(visitor):
    answer = balance(visitor, suffix=".csv", unit="16067", **{"from": THEN})
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    values = {(table, row, column): value for table, row, column, value, _unit in rows[1:]}
    assert answer.mimetype == "text/csv"
    assert rows[0] == ["table", "row", "column", "value", "unit"]
    assert values["status", "free", "net_ha"] == "13.0000"
    assert values["status", "free", "gross_ha"] == "14.0000"
    assert values["account", "difference", "net_ha"] == "0.0000"
    lines = [Decimal(value) for (table, row, column), value in values.items()
             if (table, column) == ("account", "net_ha") and row not in {"closing", "difference"}]  # fmt: skip
    assert sum(lines) == Decimal(values["account", "closing", "net_ha"]) == Decimal("16.0000")
    assert any("CC0-1.0" in value for (table, _row, _column), value in values.items() if table == "about")


def test_the_workbook_has_a_sheet_for_each_table_and_says_licence_and_day(visitor):
    answer = balance(visitor, "de", ".xlsx", unit="16067", **{"from": THEN})
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    about = " ".join(str(row[0].value) for row in book["Zu diesen Zahlen"].iter_rows())
    status = {row[0].value: row[2].value for row in book["Nach Status"].iter_rows(min_row=2)}
    assert "Flächenbilanz Landkreis Gotha" in about
    assert "CC0-1.0" in about
    assert status["frei"] == 13
    assert status["Summe"] == 18
    assert [row[0].value for row in book["Orte"].iter_rows(min_row=2)] == ["16067089", "16067072"]


@pytest.mark.parametrize(("lang", "words"), [("de", "Geht auf den Quadratmeter auf"), ("en", "Adds up to the square")])
def test_the_pdf_is_tagged_and_says_the_same(visitor, lang, words):
    answer = balance(visitor, lang, ".pdf", unit="16067", **{"from": THEN})
    reader = pypdf.PdfReader(io.BytesIO(answer.data))
    said = " ".join(page.extract_text() for page in reader.pages)
    assert answer.mimetype == "application/pdf"
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert reader.root_object["/Lang"] == lang
    assert words in said
    assert ("13,0000" if lang == "de" else "13.0000") in said
    assert "CC0-1.0" in said


def test_the_profile_of_an_area_is_a_pdf_and_a_workbook(visitor):
    answer = visitor.get("/de/planning/areas/gewerbepark/profile.pdf")
    reader = pypdf.PdfReader(io.BytesIO(answer.data))
    said = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert reader.metadata.title == "Steckbrief Gewerbepark"
    assert "Bestätigt in 90 Tagen 1 von 1" in said
    assert "Plan der Flächen nach Status" in said
    assert "4,0000" in said
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("/en/planning/areas/gewerbepark/profile.xlsx").data))
    parcels = [[cell.value for cell in row] for row in book["Sites"].iter_rows(min_row=2)]
    assert [(row[0], row[2], row[3], row[5]) for row in parcels] == [
        ("A", "available", "GE", 4),
        ("S", "sold", "GI", 2),
    ]


def test_the_profile_of_a_past_day_shows_that_day(visitor):
    book = openpyxl.load_workbook(
        io.BytesIO(visitor.get(f"/en/planning/areas/gewerbepark/profile.xlsx?as_of={THEN}").data)
    )
    assert {row[0].value: row[2].value for row in book["Sites"].iter_rows(min_row=2)} == {
        "A": "available", "S": "available",
    }  # fmt: skip


@pytest.mark.parametrize(
    "address", ["nowhere/profile.pdf", "gewerbepark/profile.doc", "gewerbepark/profile.pdf?as_of=x"]
)
def test_there_are_no_other_profiles(visitor, address):
    assert visitor.get(f"/en/planning/areas/{address}").status_code in {404, 422}


def test_the_area_and_the_planning_page_lead_here(visitor):
    assert "/planning/areas/gewerbepark/profile.pdf" in visitor.get("/en/areas/gewerbepark").text
    assert "unit=area:gewerbepark" in visitor.get("/en/areas/gewerbepark").text
    assert "/en/planning/balance" in visitor.get("/en/planning/").text


def test_names_from_the_data_cannot_become_formulas_or_markup(clone):
    url = clone("empty")
    engine = db.connect(url, read_settings())
    with db.transaction(engine) as session:
        land = Land(session)
        area = land.area("x", name_de='=HYPERLINK("http://evil")<script>')
        land.parcel("A", area_id=area.id)
    engine.dispose()
    settings = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    client = create_app(read_settings(settings)).test_client()
    assert (
        "<script>" not in balance(client, unit="16067089", by="area").text.partition("<main")[2].partition("</main")[0]
    )
    book = openpyxl.load_workbook(io.BytesIO(balance(client, suffix=".xlsx", unit="16067089").data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)
    assert ";=" not in balance(client, suffix=".csv", unit="16067089").text


def test_a_change_of_land_or_grants_is_seen_at_once(clone):
    url = clone("empty")
    engine = db.connect(url, read_settings())
    with db.transaction(engine) as session:
        land = Land(session)
        area = land.area("park")
        land.parcel("A", ha=4, area_id=area.id)
    settings = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    client = create_app(read_settings(settings)).test_client()
    assert "Available 4.0 ha" in plain(balance(client, unit="16067"))
    with db.transaction(engine) as session:
        session.execute(text("update parcel set status = 'sold'"))
    assert "Available 0.0 ha" in plain(balance(client, unit="16067"))
    with db.transaction(engine) as session:
        funding.record(session, funding.read_grants("area_slug,programme,source\npark,ELER,Notice\n"))
    assert "ELER" in plain(balance(client, unit="16067"))
    engine.dispose()
