"""The first page of the desk, and what is done with many parcels of its list."""

import re

import pytest

from tests.web.desk_pages import desk_pages, words

SOLD = {"status": "sold", "status_since": "2026-11-20", "reason": "Kaufvertrag"}


@pytest.fixture
def pages(database_url, settings):
    with desk_pages(database_url, settings) as pages:
        yield pages


def test_the_page_counts_what_needs_me_and_lists_my_parcels_alone(pages):
    page = pages.as_(pages.store.officer).get("/en/desk/")
    assert page.status_code == 200
    assert re.search(r"3\s+without confirmation\s+3 of them never", words(page.text))
    assert set(re.findall(r'data-number="([^"]+)"', page.text)) == {"H-1", "H-2", "H-3"}
    assert page.headers["Cache-Control"] == "no-store"


def test_the_public_parameters_work_and_bad_ones_are_told(pages):
    visitor = pages.as_(pages.store.officer)
    assert re.findall(r'data-number="([^"]+)"', visitor.get("/en/desk/?q=H-2").text) == ["H-2"]
    assert re.findall(r'data-number="([^"]+)"', visitor.get("/en/desk/?status=sold").text) == []
    assert visitor.get("/en/desk/?zone=XX").status_code == 422
    assert visitor.get("/en/desk/?page=9").status_code == 404
    named = re.findall(r'data-number="([^"]+)"', visitor.get("/en/desk/?sort=-name").text)
    assert named == ["H-3", "H-2", "H-1"]


def test_a_planner_sees_the_list_and_cannot_choose(pages):
    page = pages.as_(pages.store.planner).get("/en/desk/")
    assert page.status_code == 200
    assert 'name="parcel"' not in page.text
    assert pages.as_(pages.store.planner).send("/en/desk/chosen", {"parcel": "H-1", "do": "confirm"}).status_code == 403


def test_the_public_is_sent_to_sign_in(pages):
    answer = pages.app.test_client().get("/de/desk/")
    assert answer.status_code in {302, 303}
    assert "/de/login" in answer.headers["Location"]


def test_a_form_without_its_token_is_refused(pages):
    client = pages.as_(pages.store.officer).client
    assert client.post("/de/desk/chosen", data={"parcel": "H-1", "do": "confirm"}).status_code == 400
    assert pages.store.parcel().confirmed_at is None


def test_two_parcels_are_confirmed_and_a_strangers_is_left_alone(pages):
    visitor = pages.as_(pages.store.officer)
    fields = [("parcel", "H-1"), ("parcel", "H-2"), ("parcel", "W-1"), ("do", "confirm"), ("back", "/en/desk/?q=H")]
    answer = visitor.send("/en/desk/chosen", fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/en/desk/?q=H")
    assert "2 sites confirmed · 1 not" in visitor.toast("/en/desk/")
    assert [pages.store.parcel(number).confirmed_at is not None for number in ("H-1", "H-2", "H-3", "W-1")] == [
        True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("back", ["//evil.example/", "https://evil.example/", "/de/desk//evil", "/en/parcels", ""])
def test_nobody_is_sent_elsewhere_after_a_form(pages, back):
    answer = pages.as_(pages.store.officer).send("/de/desk/chosen", {"parcel": "H-1", "do": "confirm", "back": back})
    assert answer.headers["Location"] == "/de/desk/"


def test_the_buttons_lead_to_pages_for_one_and_for_many(pages):
    visitor = pages.as_(pages.store.officer)
    one = visitor.send("/en/desk/chosen", {"parcel": "H-1", "do": "status"})
    assert one.headers["Location"].startswith("/en/desk/parcels/H-1/status")
    many = visitor.send("/en/desk/chosen", [("parcel", "H-1"), ("parcel", "H-2"), ("do", "dates")])
    assert many.headers["Location"].startswith("/en/desk/chosen/dates?parcel=H-1&parcel=H-2")
    assert visitor.get(many.headers["Location"]).status_code == 200
    visitor.send("/en/desk/chosen", {"do": "status"})
    assert "tick" in visitor.toast("/en/desk/")


def test_many_get_a_status_and_it_is_taken_back(pages):
    visitor = pages.as_(pages.store.officer)
    fields = [("parcel", "H-1:1"), ("parcel", "H-2:1"), *SOLD.items()]
    assert visitor.send("/en/desk/chosen/status", fields).status_code == 303
    assert pages.store.parcel("H-2").status == "sold"
    page = visitor.get("/en/desk/").text
    undo = re.findall(r'name="parcel" value="(H-\d:\d+:\d+)"', page)
    assert undo == ["H-1:1:2", "H-2:1:2"]
    visitor.send("/en/desk/undo", [("parcel", one) for one in undo])
    parcel = pages.store.parcel("H-2")
    assert (parcel.status, parcel.confirmed_at, parcel.version) == ("available", None, 3)


def test_where_one_does_not_fit_nothing_is_saved_and_it_is_named(pages):
    pages.store.by_hand("update parcel set status = 'own_use', name_de = 'Bauhof' where number = 'H-2'")
    fields = [("parcel", "H-1:1"), ("parcel", "H-2:2"), *SOLD.items()]
    answer = pages.as_(pages.store.officer).send("/en/desk/chosen/status", fields)
    assert answer.status_code == 409
    assert "Bauhof (H-2): This status cannot follow the present one." in words(answer.text)
    assert pages.store.parcel("H-1").status == "available"
    ticked = re.findall(r'name="parcel" value="([^"]+)"[^>]* checked', answer.text)
    assert ticked == ["H-1:1"]


def test_many_need_status_reason_and_a_yes_before_they_are_withdrawn(pages):
    visitor = pages.as_(pages.store.officer)
    answer = visitor.send("/en/desk/chosen/status", {"parcel": "H-1:1"})
    assert answer.status_code == 422
    assert "Please choose the new status." in answer.text
    fields = {"parcel": "H-1:1", "status": "withdrawn", "status_since": "2026-11-20", "reason": "Wald"}
    assert visitor.send("/en/desk/chosen/status", fields).status_code == 422
    assert visitor.send("/en/desk/chosen/status", {**fields, "sure": "1"}).status_code == 303
    assert pages.store.parcel().status == "withdrawn"


def test_a_date_is_set_for_many(pages):
    visitor = pages.as_(pages.store.officer)
    fields = [("parcel", "H-1:1"), ("parcel", "H-3:1"), ("which", "available_from")]
    assert visitor.send("/en/desk/chosen/dates", [*fields, ("day", "soon")]).status_code == 422
    assert visitor.send("/en/desk/chosen/dates", [*fields, ("day", "2027-03-01")]).status_code == 303
    assert {str(pages.store.parcel(number).available_from) for number in ("H-1", "H-3")} == {"2027-03-01"}
    assert pages.store.parcel("H-1").confirmed_at is None


def test_the_end_of_a_reservation_is_refused_for_what_is_not_reserved(pages):
    fields = {"parcel": "H-1:1", "which": "status_until", "day": "2027-03-01"}
    answer = pages.as_(pages.store.officer).send("/en/desk/chosen/dates", fields)
    assert answer.status_code == 409
    assert "Only reserved and optioned have an end." in words(answer.text)


@pytest.mark.parametrize("parcel", ["H-1", "H-1:x", ":1", "H-1:99999999999"])
def test_a_tampered_version_is_bad_input_and_no_fault(pages, parcel):
    answer = pages.as_(pages.store.officer).send("/en/desk/chosen/status", {"parcel": parcel, **SOLD})
    assert answer.status_code in {409, 422, 303}
    assert pages.store.parcel().status == "available"
