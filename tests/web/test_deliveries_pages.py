"""The import page through HTTP: each step has its address, a late click finds its way, a stranger finds nothing."""

import io
import re
import zipfile

import openpyxl
import pytest

from landportal import db
from landportal.config import read_settings
from landportal.model import Account
from landportal.services.deliveries import receiving
from landportal.web import create_app
from tests.conftest import signed_in
from tests.services.deliveries_at_work import Desk, csv_of

TABLE = csv_of("a;Hörselgau Süd;GEe;19,50", "b;Hörselgau Nord;GI;20", "c;Krumm;GI;viel")


class Portal:
    """The application on a store of its own, and its jobs done by hand."""

    def __init__(self, desk, url, folder):
        environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests",
                   "LANDPORTAL_INSTANCE": str(folder)}  # fmt: skip
        self.desk, self.app = desk, create_app(read_settings(environ))

    def client(self, account_id=None):
        with db.transaction(self.desk.owner) as session:
            account = session.get_one(Account, account_id or self.desk.officer_id)
        return signed_in(self.app, account)

    def post(self, client, path, page=None, **fields):
        shown = client.get(page or "/de/desk/import").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown).group(1)
        return client.post(path, data={"csrf_token": token, **fields}, content_type="multipart/form-data")

    def uploaded(self, client, content=TABLE, name="liste.csv"):
        answer = self.post(client, "/de/desk/import", file=(io.BytesIO(content), name))
        assert answer.status_code == 303, answer.text
        return answer.location

    def check(self, client, address, **fields):
        shown = client.get(address).text
        key = re.search(r'name="titles_key" value="([^"]+)"', shown).group(1)
        return self.post(client, address, address, do="check", titles_key=key, **fields)


@pytest.fixture
def portal(database_url, settings, tmp_path):
    desk = Desk(database_url, settings, tmp_path)
    yield Portal(desk, database_url, tmp_path)
    desk.close()


def test_a_file_goes_from_upload_to_undo(portal):
    client = portal.client()
    address = portal.uploaded(client)
    page = client.get(address)
    assert page.status_code == 200
    assert "Gebietsart" in page.text
    assert "Hörselgau Süd" in page.text
    answer = portal.check(client, address)
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    portal.desk.run("stage_delivery", 1)
    answer = client.get(answer.location)
    assert answer.location == "/de/desk/import/1/preview"
    page = client.get(answer.location).text
    assert "Hörselgau Süd" in page
    assert client.get("/de/desk/import/1/preview?list=rejected").text.count("viel") == 1
    assert len(client.get("/de/desk/import/1/shapes.geojson").json["features"]) == 3
    rejected = client.get("/de/desk/import/1/rejected.csv")
    assert rejected.headers["Content-Disposition"].startswith("attachment")
    assert "c;Krumm;GI;viel" in rejected.text
    answer = portal.post(client, "/de/desk/import/1/apply", "/de/desk/import/1/preview")
    assert answer.location == "/de/desk/import/1/progress"
    portal.desk.run("apply_delivery", 1)
    assert len(portal.desk.parcels()) == 2
    assert client.get("/de/desk/import/1").location == "/de/desk/import/1/result"
    assert client.get("/de/desk/import/1/result").status_code == 200
    portal.post(client, "/de/desk/import/1/undo", "/de/desk/import/1/result")
    portal.desk.run("undo_delivery", 1, account_id=portal.desk.officer_id)
    assert portal.desk.parcels() == {}
    assert client.get("/en/desk/import/1/result").status_code == 200
    assert client.get("/en/desk/import").status_code == 200


def test_a_second_click_finds_the_work_under_way(portal):
    client = portal.client()
    portal.uploaded(client)
    portal.desk.stage(1)
    page = "/de/desk/import/1/preview"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text).group(1)
    answers = [client.post("/de/desk/import/1/apply", data={"csrf_token": token}) for _ in range(2)]
    assert [(a.status_code, a.location) for a in answers] == [
        (303, "/de/desk/import/1/progress"), (303, "/de/desk/import/1")
    ]  # fmt: skip
    assert portal.desk.scalar("select count(*) from procrastinate_jobs where task_name = 'apply_delivery'") == 1


def test_a_file_over_the_limit_is_refused_before_it_is_read(portal):
    answer = _sent_unread(portal.client(), receiving.UPLOAD_MAX_BYTES + 1_000_000)
    assert answer.status_code == 413
    assert "200 MB" in answer.text


class _Unreadable(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, _buffer):
        raise AssertionError("the body was read")


def _sent_unread(client, length):
    body = {"wsgi.input": _Unreadable(), "CONTENT_LENGTH": str(length)}
    return client.post("/de/desk/import", content_type="multipart/form-data; boundary=b", environ_overrides=body)


def test_a_stranger_is_sent_to_sign_in_before_the_file_is_read(portal):
    answer = _sent_unread(portal.app.test_client(), 1_000)
    assert answer.status_code == 303
    assert "/login" in answer.location


def test_a_form_without_its_token_uploads_nothing(portal, tmp_path):
    client = portal.client()
    answer = client.post("/de/desk/import", data={"file": (io.BytesIO(TABLE), "a.csv")})
    assert answer.status_code == 400
    assert not [path for path in (tmp_path / "deliveries").rglob("*") if path.is_file()]


@pytest.mark.parametrize(("account", "status"), [(["planner"], 403), (["approver"], 200), (["officer"], 200)])
def test_the_import_is_for_those_who_keep_parcels(portal, account, status):
    client = portal.client(portal.desk.account(*account, ags="16067"))
    assert client.get("/de/desk/import").status_code == status


def test_another_organisation_finds_no_page_of_a_delivery(portal):
    portal.uploaded(portal.client())
    portal.desk.stage(1)
    stranger = portal.client(portal.desk.account("officer", ags="16067089"))
    for page in ("", "/understand", "/progress", "/progress.json", "/preview", "/result", "/shapes.geojson",
                 "/rejected.csv"):  # fmt: skip
        assert stranger.get(f"/de/desk/import/1{page}").status_code == 404, page
    for form in ("understand", "apply", "discard", "undo"):
        assert portal.post(stranger, f"/de/desk/import/1/{form}").status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "bild.svg", "XML"),
        (b"\x00\x01\x02" * 400, "liste.xls", "alte Excel-Datei"),
        (b"PK\x03\x04kaputt" + b"x" * 500, "liste.xlsx", "ZIP"),
        (b"id;name\n", "leer.csv", "WKT"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_breaks_nothing(portal, content, name, told):
    client = portal.client()
    page = client.get(portal.uploaded(client, content, name))
    assert page.status_code == 200
    assert told in page.text
    assert "alert(1)" not in page.text


def _zipped(**members):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


def test_a_zip_bomb_is_not_unpacked(portal):
    client = portal.client()
    bomb = _zipped(**{"a.csv": b"0" * 400_000_000})
    assert len(bomb) < 1_000_000
    page = client.get(portal.uploaded(client, bomb, "bombe.zip"))
    assert page.status_code == 200
    assert "zu groß" in page.text or "too large" in page.text


def test_an_empty_upload_is_told_at_the_field(portal):
    answer = portal.post(portal.client(), "/de/desk/import", file=(io.BytesIO(b""), "leer.csv"))
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_three_hundred_columns_are_shown_and_more_refused(portal):
    client = portal.client()
    wide = csv_of("a" + ";x" * 298, heading="id;" + ";".join(f"s{i}" for i in range(298)) + ";wkt")
    assert client.get(portal.uploaded(client, wide)).text.count("<select") >= 300
    wider = csv_of("a" + ";x" * 400, heading="id;" + ";".join(f"s{i}" for i in range(400)) + ";wkt")
    assert "402" in client.get(portal.uploaded(client, wider)).text or "401" in client.get(
        "/de/desk/import/2/understand").text  # fmt: skip


def test_a_dbf_in_a_wrong_code_page_is_put_right_by_choosing_another(portal):
    client = portal.client()
    lines = csv_of("a;Höhenstraße;GE;20", heading="id;Bezeichnung;Gebietsart;Preis;wkt").decode().encode("cp850")
    address = portal.uploaded(client, lines)
    assert "Höhenstraße" not in client.get(address).text
    key = re.search(r'name="titles_key" value="([^"]+)"', client.get(address).text).group(1)
    answer = portal.post(client, address, address, do="look", encoding="cp850", titles_key=key)
    assert answer.status_code == 303
    assert "Höhenstraße" in client.get(address).text


def test_a_column_is_corrected_and_the_choice_is_kept_for_next_month(portal):
    client = portal.client()
    content = csv_of("a;GE;Los 1", heading="id;Art;Titulatur;wkt")
    address = portal.uploaded(client, content)
    answer = portal.check(client, address, **{"column-1": "zone", "column-2": "name_de"})
    assert answer.status_code == 303, answer.text
    portal.desk.run("stage_delivery", 1)
    assert portal.desk.delivery(1).preview["counts"]["new"] == 1
    page = client.get(portal.uploaded(client, content)).text
    assert "As last month." in page or "Wie im letzten Monat." in page
    assert (
        portal.check(client, "/de/desk/import/2/understand", **{"column-1": "zone", "column-2": "name_de"}).status_code
        == 303
    )
    portal.post(client, "/de/desk/import/mappings/1/delete", "/de/desk/import/mappings")
    page = client.get(portal.uploaded(client, content)).text
    assert "As last month." not in page
    assert "Wie im letzten Monat." not in page


def test_one_column_of_ours_cannot_be_chosen_twice(portal):
    client = portal.client()
    address = portal.uploaded(client)
    answer = portal.check(client, address, **{"column-2": "name_de"})
    assert answer.status_code == 422
    assert 'id="column-2-problem"' in answer.text


def test_rejected_rows_are_neutralised_and_come_back_as_they_were(portal):
    client = portal.client()
    content = csv_of('x;=HYPERLINK("a");GE;viel', "y;Gut;GE;1")
    portal.uploaded(client, content)
    portal.desk.stage(1)
    rejected = client.get("/de/desk/import/1/rejected.csv").text
    assert '"\'=HYPERLINK(""a"")"' in rejected
    portal.uploaded(client, rejected.replace("viel", "12,50").encode(), "berichtigt.csv")
    delivery = portal.desk.stage(2)
    assert delivery.preview["counts"]["new"] == 1, delivery.problem
    portal.desk.applied(2)
    (parcel,) = portal.desk.parcels().values()
    assert (parcel.name_de, parcel.source_id, float(parcel.price_eur_m2)) == ('=HYPERLINK("a")', "x", 12.5)


def test_the_workbook_takes_the_search_parameters_and_leaves_an_audit_entry(portal):
    with db.transaction(portal.desk.owner) as session:
        portal.desk.land.session = session
        portal.desk.land.parcel("H-1", east_km=1)
        portal.desk.land.parcel("H-2", east_km=3, status="sold")
    client = portal.client()
    answer = client.get("/de/desk/parcels.xlsx?status=sold")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["H-2"]
    every = openpyxl.load_workbook(io.BytesIO(client.get("/de/desk/parcels.xlsx").data)).worksheets[0]
    assert every.max_row == 3
    assert portal.desk.scalar("select count(*) from audit_entry where action = 'exported'") == 2
    assert client.get("/de/desk/parcels.xlsx?colour=red").status_code == 422


def test_a_name_with_folders_and_controls_stays_inside_the_instance(portal, tmp_path):
    client = portal.client()
    portal.uploaded(client, name="../../etc/pass\twd.csv")
    (file,) = [path for path in (tmp_path / "deliveries").rglob("*") if path.is_file()]
    assert file.name == "passwd.csv"
