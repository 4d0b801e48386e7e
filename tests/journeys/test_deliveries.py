"""An officer's import in a browser: upload, put a column right, look, apply, undo; the workbook and back."""

import re
import time

import openpyxl
import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from pyproj import Transformer

from landportal import db
from landportal.config import read_settings
from landportal.web import create_app
from tests.conftest import add_account
from tests.journeys.test_accessibility import RULES

SECRET = "journeys"


@pytest.fixture
def office(own_sample_url, start_server, tmp_path, settings):
    """A server with its worker on sample data of their own, and an officer of Landkreis Gotha."""
    engine = db.connect(own_sample_url, settings)
    with db.transaction(engine) as session:
        key = add_account(session, "officer", ags="16067").fs_uniquifier
    engine.dispose()
    environ = {"LANDPORTAL_SECRET_KEY": SECRET, "LANDPORTAL_INSTANCE": str(tmp_path / "instance")}
    address = start_server(own_sample_url, **environ)
    return address, _cookie(own_sample_url, key, address)


def _cookie(url, key, address):
    app = create_app(read_settings({"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_SECRET_KEY": SECRET}))
    value = app.session_interface.get_signing_serializer(app).dumps(
        {"_user_id": key, "_fresh": True, "fs_paa": time.time()}
    )
    return {"name": app.config["SESSION_COOKIE_NAME"], "value": value, "url": address}


def desk_page(new_context, office, **options):
    address, cookie = office
    context = new_context(**options)
    context.add_cookies([cookie])
    return context.new_page(), address


def violations(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found]


def plots(folder):
    to_storage = Transformer.from_crs(4326, 25832, always_xy=True)
    lines = ["Nr;Lage;Gebietsart;Preis (€/m²);Status;wkt"]
    for at in range(6):
        x, y = to_storage.transform(10.62 + 0.004 * at, 50.93)
        price = "viel" if at == 5 else "19,50"
        lines.append(f'{at};Am Krahnberg {at};GE;{price};frei;"SRID=25832;{shapely.box(x, y, x + 150, y + 90).wkt}"')
    path = folder / "liste.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("lang", ["de", "en"])
def test_from_upload_to_undo(new_context, office, tmp_path, lang):
    page, address = desk_page(new_context, office)
    page.goto(f"{address}/{lang}/desk/import")
    assert violations(page) == []
    page.set_input_files("#file", plots(tmp_path))
    page.locator("[data-upload] button[type=submit]").click()
    page.wait_for_url("**/understand")
    assert violations(page) == []
    label = page.locator("label", has_text=re.compile("^Lage$"))
    page.locator(f"#{label.get_attribute('for')}").select_option("name_de")
    page.locator("button[value=check]").last.click()
    page.wait_for_url("**/preview")
    expect(page.locator(".delivery-counts dd").first).to_have_text("5")
    expect(page.locator("path.delivered-shape.is-new")).to_have_count(5)
    expect(page.locator("path.delivered-shape.is-rejected")).to_have_count(1)
    assert violations(page) == []
    page.locator("form[action$='/apply'] button").click()
    page.wait_for_url("**/result")
    assert violations(page) == []
    page.locator("form[action$='/undo'] button").click()
    expect(page.locator(".steps")).to_be_visible()
    page.wait_for_url("**/result")
    expect(page.locator("form[action$='/undo']")).to_have_count(0)


def test_the_way_works_without_script(new_context, office, tmp_path):
    page, address = desk_page(new_context, office, java_script_enabled=False)
    page.goto(f"{address}/de/desk/import")
    page.set_input_files("#file", plots(tmp_path))
    page.locator("[data-upload] button[type=submit]").click()
    page.wait_for_url("**/understand")
    label = page.locator("label", has_text=re.compile("^Lage$"))
    page.locator(f"#{label.get_attribute('for')}").select_option("name_de")
    page.locator("button[value=check]").last.click()
    page.wait_for_url("**/preview")
    page.locator("form[action$='/apply'] button").click()
    page.wait_for_url("**/result")


def test_a_workbook_is_edited_and_brought_back(new_context, office, tmp_path):
    page, address = desk_page(new_context, office)
    page.goto(f"{address}/de/desk/import")
    with page.expect_download() as download:
        page.locator("a[href$='/desk/parcels.xlsx']").click()
    path = tmp_path / "flaechen.xlsx"
    download.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    price = next(cell.column for cell in sheet[1] if cell.value == "Preis (€/m²)")
    sheet.cell(2, price).value = 47.11
    sheet.cell(3, price).value = 47.12
    book.save(path)
    page.set_input_files("#file", path)
    page.locator("[data-upload] button[type=submit]").click()
    page.wait_for_url("**/understand")
    expect(page.locator("input[name=find_by][value=number]")).to_be_checked()
    page.locator("button[value=check]").last.click()
    page.wait_for_url("**/preview")
    expect(page.locator(".differences ins").first).to_have_text("47,11")
    assert violations(page) == []
    page.locator("form[action$='/apply'] button").click()
    page.wait_for_url("**/result")


@pytest.mark.parametrize(
    "name", ["parcels/de_commercial_zones_shared.gpkg", "hostile/th_gemeinden_gk4_31468_noprj.zip"]
)
def test_real_files_are_looked_at_without_a_fault(new_context, office, shared_data, name):
    page, address = desk_page(new_context, office)
    page.goto(f"{address}/de/desk/import")
    page.set_input_files("#file", shared_data / name)
    page.locator("[data-upload] button[type=submit]").click()
    page.wait_for_url("**/understand")
    expect(page.locator("h1")).to_be_visible()
    assert violations(page) == []
