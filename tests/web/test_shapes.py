"""The editor's pages and what its script asks for: without script, by JSON, outside the scope, with bad input."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from sqlalchemy import text

from landportal import db
from landportal.config import read_settings
from landportal.web import create_app
from tests.conftest import CORNER_E, CORNER_N, Land, add_account, signed_in


class Desk:
    """A county of two municipalities with an officer of Hörsel signed in, on a database of its own."""

    def __init__(self, url, settings):
        self.url = url
        self.owner = db.connect(url, settings)
        with db.transaction(self.owner) as session:
            land = Land(session)
            land.parcel("H-1", 1, 1, name_de="Ost, Los 7", zone="GI")
            land.parcel("H-2", 1.1, 1, name_de="Ost, Los 8", zone="GE")
            land.parcel("W-1", 25, 1)
            accounts = {
                "officer": add_account(session, "officer", ags="16067089"),
                "planner": add_account(session, "planner", ags="16067089"),
                "administrator": add_account(session, "administrator", ags="16067089"),
            }
        environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
        self.app = create_app(read_settings(environ))
        self.clients = {name: signed_in(self.app, account) for name, account in accounts.items()}
        self.client = self.clients["officer"]

    def token(self, page="/de/desk/parcels/H-1/shape"):
        answer = self.client.get(page)
        return re.search(r'name="csrf_token" value="([^"]+)"', answer.text)[1]

    def post(self, address, **fields):
        return self.client.post(address, data={"csrf_token": self.token(), **fields})

    def check(self, **asked):
        headers = {"X-CSRFToken": self.token()}
        return self.client.post("/de/desk/shape-check", json=asked, headers=headers)

    def sql(self, statement):
        with db.transaction(self.owner) as session:
            return session.execute(text(statement)).all()

    def close(self):
        self.owner.dispose()
        self.app.extensions["landportal"].engine.dispose()


@pytest.fixture
def desk(database_url, settings):
    made = Desk(database_url, settings)
    yield made
    made.close()


@pytest.fixture(scope="module")
def reading(clone, settings):
    """The same for tests that store nothing."""
    made = Desk(clone("empty"), settings)
    yield made
    made.close()


def corners(east_km, north_km, side_m=100):
    west, south = CORNER_E + east_km * 1000, CORNER_N + north_km * 1000
    east, north = west + side_m, south + side_m
    return f"{west} {south}\n{east} {south}\n{east} {north}\n{west} {north}"


LINE = f"{CORNER_E + 1030} {CORNER_N + 900}\n{CORNER_E + 1030} {CORNER_N + 1200}"
ELSEWHERE = LINE.replace(str(CORNER_E + 1030), str(CORNER_E + 9030))

PAGES = [
    "/de/desk/parcels/H-1/shape",
    "/en/desk/parcels/H-1/split",
    "/de/desk/parcels/H-1/merge",
    "/de/desk/parcels/H-1/merge?with=H-2",
    "/en/desk/parcels/new",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_for_officers_of_the_scope_alone(reading, page):
    assert reading.client.get(page).status_code == 200
    assert reading.clients["planner"].get(page).status_code == 403
    # An administrator without a second factor is sent to set one up.
    assert reading.clients["administrator"].get(page).status_code in {303, 403}
    assert reading.app.test_client().get(page).status_code in {302, 303}


@pytest.mark.parametrize("page", ["shape", "split", "merge"])
def test_another_scopes_parcel_has_no_editor_and_an_unknown_one_no_page(reading, page):
    assert reading.client.get(f"/de/desk/parcels/W-1/{page}").status_code == 403
    assert reading.client.get(f"/de/desk/parcels/nirgends/{page}").status_code == 404


def test_the_drawing_library_is_loaded_where_it_is_needed_and_nowhere_else(reading):
    assert "leaflet-geoman" in reading.client.get("/de/desk/parcels/H-1/shape").text
    for page in ("/de/parcels", "/de/parcels/H-1"):
        assert "geoman" not in reading.client.get(page).text
        assert "map/editor" not in reading.client.get(page).text


def test_a_shape_is_saved_without_script_and_answers_303(desk):
    answer = desk.post("/de/desk/parcels/H-1/shape", version=1, shape=corners(5, 5, 50), reason="neu", action="save")
    assert answer.status_code == 303
    assert desk.sql("select area_m2, version from parcel where number = 'H-1'") == [(2_500, 2)]
    assert desk.sql("select reason, through from change order by id desc limit 1") == [("neu", "page")]


def test_a_shape_without_token_is_refused(desk):
    answer = desk.client.post("/de/desk/parcels/H-1/shape", data={"version": 1, "shape": corners(5, 5), "reason": "x"})
    assert answer.status_code == 400
    assert desk.client.post("/de/desk/shape-check", json={"shape": ""}).status_code == 400
    assert desk.sql("select version from parcel where number = 'H-1'") == [(1,)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"shape": ""}, "Please draw a shape or type its corners."),
        ({"shape": "5640000 620000\n1 2\n3 4"}, "Line 1: East and north are exchanged"),
        ({"shape": "<script>alert(1)</script>"}, "is not a corner"),
        ({"shape": corners(25, 1)}, "lies mainly in Waltershausen"),
        ({"shape": corners(1.1, 1)}, "The same land is already there: H-2"),
        ({"shape": corners(1.06, 1)}, "Two sites cannot offer the same land."),
        ({"shape": corners(1.02, 1)}, "Please change the shape, or confirm"),
        ({"shape": corners(1, 1, 50), "reason": ""}, "Please say why"),
    ],
)
def test_what_cannot_be_saved_comes_back_with_the_input_and_the_reason(reading, fields, sentence):
    sent = {"version": 1, "reason": "Grund", "action": "save", **fields}
    answer = reading.post("/en/desk/parcels/H-1/shape", **sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "<script>alert" not in answer.text
    assert sent["reason"] in answer.text
    assert reading.sql("select version from parcel where number = 'H-1'") == [(1,)]


def test_an_overlap_is_saved_with_the_box_ticked(desk):
    fields = {"version": 1, "shape": corners(1.02, 1), "reason": "strittig", "action": "save"}
    refused = desk.post("/de/desk/parcels/H-1/shape", **fields)
    assert 'name="accepted"' in refused.text
    assert desk.post("/de/desk/parcels/H-1/shape", **fields, accepted="1").status_code == 303


def test_who_saves_second_sees_both_and_keeps_the_input(desk):
    desk.post("/de/desk/parcels/H-1/shape", version=1, shape=corners(1, 1, 50), reason="erste", action="save")
    mine = {"shape": corners(1, 1, 60), "reason": "zweite", "action": "save"}
    answer = desk.post("/en/desk/parcels/H-1/shape", version=1, **mine)
    assert answer.status_code == 409
    for told in ("2,500", "3,600", "zweite", 'name="version" value="2"'):
        assert told in answer.text
    assert desk.post("/en/desk/parcels/H-1/shape", version=2, **mine).status_code == 303


def test_a_crossed_shape_is_mended_without_script(reading):
    west, south = CORNER_E + 5000, CORNER_N + 5000
    bow = f"{west} {south}\n{west + 100} {south + 100}\n{west + 100} {south}\n{west} {south + 100}"
    checked = reading.post("/en/desk/parcels/H-1/shape", version=1, shape=bow, action="check")
    assert "The border crosses itself." in checked.text
    assert "Use the mended shape" in checked.text
    mended = reading.post("/en/desk/parcels/H-1/shape", version=1, shape=bow, action="mended")
    assert "5,000" in mended.text
    assert "crosses itself" not in mended.text


def test_a_new_parcel_is_drawn_named_and_found(desk):
    desk.client.get("/de/desk/parcels/new")
    answer = desk.post("/de/desk/parcels/new", name_de="Am Bahnhof", shape=corners(5, 5), action="save")
    assert answer.status_code == 303
    [(number, status, title)] = desk.sql(
        "select p.number, p.status, d.title_de from parcel p join data_set d on d.id = p.data_set_id"
        " where name_de = 'Am Bahnhof'"
    )
    assert (status, title) == ("preparing", "Eingaben am Schreibtisch: Organisation 16067089")
    assert desk.client.get(f"/de/parcels/{number}").status_code == 200
    nameless = desk.post("/de/desk/parcels/new", name_de=" ", shape=corners(7, 7), action="save")
    assert nameless.status_code == 422


class TestLiveCheck:
    def test_figures_text_and_findings_come_as_json(self, reading):
        answer = reading.check(number="H-1", shape=corners(1.02, 1)).get_json()
        assert answer["to_accept"] is True
        assert answer["refused"] is False
        assert answer["text"].splitlines()[0] == f"{CORNER_E + 1020}.000 {CORNER_N + 1000}.000"
        assert "10.000" in answer["html"]
        assert "2.000" in answer["html"]
        again = reading.check(number="H-1", shape=json.dumps(answer["geojson"])).get_json()
        assert again["text"] == answer["text"]

    def test_what_is_no_shape_is_told_in_words(self, reading):
        assert "problem" in reading.check(shape="quatsch").get_json()
        assert "problem" in reading.check(shape='{"type":"Polygon","coordinates":[]}').get_json()

    def test_a_line_shows_the_parts(self, reading):
        answer = reading.check(number="H-1", line=LINE).get_json()
        assert len(answer["parts"]) == 2
        assert "Ost, Los 7a" in answer["html"]

    def test_it_answers_for_the_scope_alone(self, reading):
        assert reading.check(number="W-1", line=LINE).status_code == 403
        assert reading.check(number="nirgends", shape=corners(1, 1)).status_code == 404

    def test_numbers_and_bytes_that_no_table_holds_are_no_fault_of_ours(self, reading):
        assert reading.check(area_id=10**15, shape=corners(5, 5)).status_code == 200
        assert reading.check(number="H\0-1", shape=corners(5, 5)).status_code == 422
        nul = {"name_de": "a\0b", "shape": corners(5, 5), "action": "save"}
        assert reading.post("/de/desk/parcels/new", **nul).status_code == 422
        huge = {"name_de": "x", "shape": "", "area_id": 10**15, "version": 10**15}
        assert reading.post("/de/desk/parcels/new", **huge).status_code == 422
        assert reading.client.get("/de/desk/parcels/H-1/merge?with=%00").status_code == 422
        assert reading.client.get(f"/de/desk/parcels/new?area={10**15}").status_code == 200

    @pytest.mark.parametrize("body", ["[]", "7", '{"number": 5}', '{"area_id": "x"}', "{", '{"number": {"a": 1}}'])
    def test_nonsense_is_refused(self, reading, body):
        headers = {"X-CSRFToken": reading.token(), "Content-Type": "application/json"}
        assert reading.client.post("/de/desk/shape-check", data=body, headers=headers).status_code == 422

    def test_neighbours_have_exact_corners(self, reading):
        answer = reading.client.get("/de/desk/shape-neighbours.geojson?bbox=10,50,11,51")
        assert answer.mimetype == "application/geo+json"
        assert {"H-1", "H-2"} <= {
            feature["properties"]["number"] for feature in answer.get_json(force=True)["features"]
        }
        for wrong in ("", "1,2,3", "a,b,c,d", "nan,1,2,3", "0,0,90,80", "11,50,10,51"):
            assert reading.client.get(f"/de/desk/shape-neighbours.geojson?bbox={wrong}").status_code == 400
        assert reading.clients["planner"].get("/de/desk/shape-neighbours.geojson?bbox=10,50,11,51").status_code == 403


class TestUpload:
    def upload(self, desk, name, content, **fields):
        sent = {"version": 1, "action": "upload", "file": (io.BytesIO(content), name), **fields}
        return desk.post("/en/desk/parcels/H-1/shape", **sent)

    def test_one_shape_fills_the_form(self, reading):
        answer = self.upload(reading, "a.csv", f'wkt\n"POLYGON(({_ring(1, 1, 50)}))"\n'.encode(), crs="EPSG:25832")
        assert answer.status_code == 200
        assert f"{CORNER_E + 1000}.000 {CORNER_N + 1000}.000" in answer.text
        assert "2,500" in answer.text

    def test_of_several_one_is_chosen_the_nearest_first(self, reading):
        far, near = f"POLYGON(({_ring(9, 9, 10)}))", f"POLYGON(({_ring(1, 1, 20)}))"
        answer = self.upload(reading, "a.csv", f"name;wkt\nweit;{far}\nnah;{near}\n".encode(), crs="EPSG:25832")
        chosen = re.findall(r'name="chosen"[^>]*value="([^"]+)"', answer.text)
        assert len(chosen) == 2
        assert answer.text.index("nah") < answer.text.index("weit")
        taken = reading.post("/en/desk/parcels/H-1/shape", version=1, action="check", chosen=chosen[0], shape="")
        assert "400" in taken.text

    def test_a_file_without_crs_asks_for_it(self, reading):
        answer = self.upload(reading, "a.csv", f'wkt\n"POLYGON(({_ring(1, 1, 50)}))"\n'.encode())
        assert answer.status_code == 422
        assert "does not say in which coordinate reference system" in answer.text
        assert "EPSG:25832" in answer.text

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("bild.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "svg"),
            ("leer.geojson", b"", "empty"),
            ("a.geojson", b'{"type":"FeatureCollection","features":[]}', "holds no"),
            ("punkt.geojson", b'{"type":"Point","coordinates":[11,51]}', "The file holds no areas."),
            ("a.pdf", b"%PDF-1.7 quatsch", "none of the readable formats"),
            ("../../../x.zip", b"PK\x03\x04 kaputt", "cannot be read"),
        ],
    )
    def test_other_files_are_refused_with_the_reason(self, reading, name, content, sentence):
        answer = self.upload(reading, name, content)
        assert answer.status_code == 422
        assert sentence in answer.text

    def test_a_zip_bomb_is_refused(self, reading):
        bomb = io.BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.geojson", b" " * 250_000_000)
        answer = self.upload(reading, "a.zip", bomb.getvalue())
        assert answer.status_code == 422
        assert "too large when unpacked" in answer.text

    def test_nothing_chosen_is_told(self, reading):
        assert "choose a file" in reading.post("/en/desk/parcels/H-1/shape", version=1, action="upload").text


def _ring(east_km, north_km, side_m):
    lines = corners(east_km, north_km, side_m).splitlines()
    return ", ".join([*lines, lines[0]])


class TestSplitAndMerge:
    def test_a_parcel_is_split_without_script_and_its_address_names_the_parts(self, desk):
        page = "/de/desk/parcels/H-1/split"
        shown = desk.post(page, version=1, line=LINE, action="check")
        assert "Ost, Los 7a" in shown.text
        names = {"name_0": "Los 7 West", "name_1": "Los 7 Ost"}
        answer = desk.post(page, version=1, line=LINE, reason="Teilverkauf", action="save", **names)
        assert answer.status_code == 303
        gone = desk.client.get("/en/parcels/H-1")
        assert gone.status_code == 410
        assert "2 new sites came out of it:" in gone.text
        assert "Los 7 West" in gone.text
        machine = desk.client.get("/de/parcels/H-1.geojson")
        assert machine.status_code == 410
        assert machine.mimetype == "application/problem+json"
        told = machine.get_json(force=True)["successors"]
        assert [(part["name_de"], part["area_m2"]) for part in told] == [("Los 7 West", 3_000), ("Los 7 Ost", 7_000)]
        assert desk.client.get(told[0]["href"]).get_json(force=True)["properties"]["name_de"] == "Los 7 West"
        assert "H-1, Ost, Los 7" in desk.client.get(f"/de/parcels/{told[0]['number']}").text
        assert desk.client.get("/de/desk/parcels/H-1/shape").status_code == 410

    def test_the_second_of_two_splitters_is_told(self, desk):
        fields = {"version": 1, "line": LINE, "reason": "x", "action": "save", "name_0": "a", "name_1": "b"}
        desk.post("/de/desk/parcels/H-2/shape", version=1, shape=corners(1.2, 1), reason="x", action="save")
        moved = LINE.replace(f"{CORNER_E + 1030}", f"{CORNER_E + 1230}")
        answer = desk.post("/en/desk/parcels/H-2/split", **{**fields, "line": moved})
        assert answer.status_code == 409
        assert "was changed by somebody else" in answer.text
        assert desk.sql("select count(*) from parcel") == [(3,)]

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"line": ""}, "Please draw a line or type its points."),
            ({"line": "620000 5640000"}, "A line needs two points at least."),
            ({"line": ELSEWHERE}, "The line does not cut the site in two."),
            ({"reason": ""}, "Please say why"),
            ({"name_1": ""}, "Please give a name."),
            ({"version": "x"}, "This entry cannot be used."),
        ],
    )
    def test_what_cannot_be_split_is_told_at_its_field(self, reading, fields, sentence):
        usual = {"version": 1, "line": LINE, "reason": "x", "action": "save", "name_0": "a", "name_1": "b"}
        answer = reading.post("/en/desk/parcels/H-1/split", **{**usual, **fields})
        assert answer.status_code == 422
        assert sentence in answer.text

    def test_neighbours_are_merged_and_their_addresses_name_the_new_one(self, desk):
        page = desk.client.get("/en/desk/parcels/H-1/merge?with=H-2").text
        members = re.findall(r'name="member" value="([^"]+)"', page)
        assert set(members) == {"H-1@1", "H-2@1"}
        assert set(re.findall(r'name="(choose_\w+)"', page)) == {"choose_zone"}
        fields = {"member": members, "name_de": "Ost", "reason": "ein Käufer", "choose_zone": "H-2"}
        assert desk.post("/de/desk/parcels/H-1/merge", **fields).status_code == 303
        [(number, zone)] = desk.sql("select number, zone from parcel where name_de = 'Ost'")
        assert zone == "GE"
        for old in ("H-1", "H-2"):
            assert number in desk.client.get(f"/de/parcels/{old}").text

    def test_merging_with_strangers_is_refused(self, reading):
        assert reading.client.get("/de/desk/parcels/H-1/merge?with=W-1").status_code == 403
        assert reading.client.get("/de/desk/parcels/H-1/merge?with=nirgends").status_code == 404
        fields = {"member": ["H-1@1", "W-1@1"], "name_de": "x", "reason": "x"}
        assert reading.post("/de/desk/parcels/H-1/merge", **fields).status_code == 403
        lone = reading.post("/en/desk/parcels/H-1/merge", member="H-1@1", name_de="x", reason="x")
        assert lone.status_code == 422
        assert "Please choose at least two sites." in lone.text


def test_a_shape_form_that_is_too_large_is_refused_unread(reading):
    answer = reading.client.post(
        "/en/desk/parcels/H-1/split", environ_overrides={"CONTENT_LENGTH": "2000000000"},
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code == 413
    assert "This is too large." in answer.text
