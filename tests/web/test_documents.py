"""Documents over HTTP: the desk's form, who gets a file, and how locked down it goes out."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from landportal import db
from tests.conftest import add_account, signed_in
from tests.services.test_documents import SVG, pdf, photo_with_gps, png_of_300_megapixels, zip_bomb
from tests.web.test_shapes import desk, reading  # noqa: F401 - fixtures

PAGE = "/de/desk/parcels/H-1/documents"


def add(store, data, name="a.pdf", **fields):
    usual = {"kind": "utility_letter", "title": "Zusage der Stadtwerke", "public": "1"}
    return store.post(PAGE, file=(io.BytesIO(data), name), **{**usual, **fields})


def address(store, title="Zusage der Stadtwerke"):
    page = store.client.get(PAGE).text
    return re.search(rf'<a href="([^"]+)">{re.escape(title)}</a>', page)[1]


def public(store):
    return store.app.test_client()


def test_a_pdf_goes_out_as_a_download_under_a_policy_that_lets_nothing_run(desk):  # noqa: F811
    assert add(desk, pdf("app.alert(1)"), "Zusage Süd.pdf").status_code == 303
    answer = public(desk).get(address(desk))
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Zusage S_d.pdf\"; filename*=UTF-8''Zusage%20S%C3%BCd.pdf"
    )
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = public(desk).get(address(desk), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_photo_is_served_inline_and_says_nothing_about_its_place(desk):  # noqa: F811
    add(desk, photo_with_gps(), "IMG_1.jpg", kind="photo", title="Zufahrt")
    answer = public(desk).get(address(desk, "Zufahrt"))
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    with Image.open(io.BytesIO(answer.data)) as shown:
        assert dict(shown.getexif()) == {}
    small = public(desk).get(address(desk, "Zufahrt") + "?small=1")
    assert small.mimetype == "image/jpeg"
    assert small.headers["ETag"] != answer.headers["ETag"]


def test_the_public_page_names_date_end_and_kind(desk):  # noqa: F811
    add(desk, pdf(), issued_on="2026-03-14", expires_on="14.03.2999")
    add(desk, photo_with_gps(), "a.jpg", kind="photo", title="Zufahrt")
    add(desk, pdf(), title="Gutachten intern", public="0")
    page = public(desk).get("/en/parcels/H-1").text
    assert "of 14 March 2026, valid until 14 March 2999" in page
    assert "Zusage der Stadtwerke" in page
    assert "small=1" in page
    assert "Gutachten intern" not in page


def test_what_is_not_public_is_there_only_for_its_own_desk(desk):  # noqa: F811
    add(desk, pdf(), public="0")
    place = address(desk)
    assert desk.client.get(place).status_code == 200
    assert desk.client.get(place).headers["Cache-Control"] in {"no-store", "private, no-cache"}
    assert public(desk).get(place).status_code == 404
    with db.transaction(desk.owner) as session:
        stranger = add_account(session, "officer", ags="16067072")
    assert signed_in(desk.app, stranger).get(place).status_code == 404


def test_what_is_taken_down_is_gone_and_named_on_the_desk(desk):  # noqa: F811
    add(desk, pdf())
    place = address(desk)
    form = re.search(r'action="([^"]+/take-down)"', desk.client.get(PAGE).text)[1]
    assert public(desk).post(form).status_code in {302, 303, 400}
    assert desk.post(form).status_code == 303
    assert public(desk).get(place).status_code == 404
    assert "taken down on" in desk.client.get(PAGE.replace("/de/", "/en/")).text


@pytest.mark.parametrize(
    ("data", "name", "fields", "sentence"),
    [
        (SVG, "bild.jpg", {}, "It looks like SVG."),
        (zip_bomb(), "plan.pdf", {}, "It looks like ZIP."),
        (photo_with_gps()[:500], "halb.jpg", {}, "damaged or cut off"),
        (png_of_300_megapixels(), "riesig.png", {}, "more than 50 million pixels"),
        (pdf() + b"<script>" * 300, "zwei.pdf", {}, "something else at once"),
        (pdf(), "a.pdf", {"title": ""}, "Please give a title."),
        (pdf(), "a.pdf", {"issued_on": "31.02.2026"}, "Please enter a date"),
        (pdf(), "a.pdf", {"issued_on": "2026-03-14", "expires_on": "2026-03-01"}, "cannot expire before"),
        (pdf(), "a.pdf", {"kind": "photo"}, "A photo is a picture"),
        (pdf(), "a.pdf", {"kind": "<b>"}, "Please choose a kind."),
    ],
)
def test_what_is_refused_comes_back_with_the_reason_and_the_input(reading, data, name, fields, sentence):  # noqa: F811
    usual = {"kind": "plan", "title": "Ein Titel", "public": "1"}
    answer = reading.post(PAGE.replace("/de/", "/en/"), file=(io.BytesIO(data), name), **{**usual, **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert fields.get("title", "Ein Titel") in answer.text
    assert reading.sql("select count(*) from parcel_document") == [(0,)]


def test_two_gigabytes_are_refused_before_they_are_read(reading):  # noqa: F811
    answer = reading.client.post(
        PAGE, environ_overrides={"CONTENT_LENGTH": "2000000000"}, content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 413


def test_the_page_is_for_officers_of_the_scope_alone(reading):  # noqa: F811
    assert reading.client.get(PAGE).status_code == 200
    assert reading.clients["planner"].get(PAGE).status_code == 403
    assert reading.client.get("/de/desk/parcels/W-1/documents").status_code == 403
    assert reading.client.get("/de/desk/parcels/nirgends/documents").status_code == 404
    assert public(reading).get("/de/parcels/H-1/documents/1/x.pdf").status_code == 404
    assert public(reading).get("/de/parcels/H-1/documents/99999999999/x.pdf").status_code == 404
