"""Status and attributes of one parcel: refusals stand at their field, nothing typed is lost, 409 side by side."""

import re

import pytest

from landportal.services.edits import EDITABLE
from tests.web.desk_pages import desk_pages, fields_of, words

STATUS = "/en/desk/parcels/H-1/status"
EDIT = "/en/desk/parcels/H-1/edit"
SOLD = {"version": "1", "status": "sold", "status_since": "2026-11-20", "reason": "Kaufvertrag beurkundet"}


@pytest.fixture
def pages(database_url, settings):
    with desk_pages(database_url, settings) as pages:
        yield pages


@pytest.fixture
def visitor(pages):
    return pages.as_(pages.store.officer)


def form(visitor, **changes):
    return {**fields_of(visitor.get(EDIT).text), **changes}


# ------------------------------------------------------------------------------------------------------------ status


def test_only_what_may_follow_is_offered(pages, visitor):
    pages.store.by_hand("update parcel set status = 'reserved', status_until = '2027-01-01' where number = 'H-1'")
    page = visitor.get(STATUS).text
    offered = re.findall(r'type="radio" name="status" value="(\w+)"', page)
    assert offered == [
        "available",
        "optioned",
        "sold",
        "reserved",
    ]
    assert "From “reserved” only these 3 are possible." in page


def test_a_status_is_saved_confirmed_and_taken_back(pages, visitor):
    answer = visitor.send(STATUS, SOLD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/en/desk/parcels/H-1")
    page = visitor.get("/en/desk/parcels/H-1").text
    assert "Status saved: sold" in words(page)
    assert "confirmed today" in words(page)
    undo = re.search(r'name="parcel" value="(H-1:\d+:\d+)"', page).group(1)
    visitor.send("/en/desk/undo", {"parcel": undo, "back": "/en/desk/parcels/H-1"})
    parcel = pages.store.parcel()
    assert (parcel.status, parcel.confirmed_at, parcel.version) == ("available", None, 3)


def test_taking_back_does_not_overwrite_a_later_change(pages, visitor):
    visitor.send(STATUS, SOLD)
    pages.store.by_hand("update parcel set name_de = 'neu' where number = 'H-1'")
    visitor.send("/en/desk/undo", {"parcel": "H-1:1:2"})
    assert pages.store.parcel().status == "sold"


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"reason": " "}, "reason", "Please state the reason"),
        ({"status": ""}, "status", "Please choose the new status."),
        ({"status": "preparing", "status_since": "soon"}, "status_since", "Please enter a date"),
        ({"status_since": "2999-01-01"}, "status_since", "This day has not come yet."),
        ({"status": "reserved"}, "status_until", "Please say until when"),
        ({"status": "reserved", "status_until": "2020-01-01"}, "status_until", "The end lies before the beginning."),
        ({"status": "gone"}, "status", "Please choose from the list."),
    ],
)
def test_what_is_missing_is_told_at_its_field_and_nothing_is_saved(pages, visitor, changes, field, sentence):
    answer = visitor.send(STATUS, {**SOLD, **changes})
    assert answer.status_code == 422
    assert sentence in re.search(rf'id="s-{field}-problem".*?</p>', answer.text, re.DOTALL).group(0)
    assert f'href="#s-{field}"' in answer.text
    assert pages.store.parcel().version == 1
    if changes.get("reason") is None:
        assert "Kaufvertrag beurkundet" in answer.text


def test_a_transition_that_is_not_offered_is_refused_below_the_page_too(pages, visitor):
    pages.store.by_hand("update parcel set status = 'own_use' where number = 'H-1'")
    answer = visitor.send(STATUS, {**SOLD, "version": "2"})
    assert answer.status_code == 422
    assert "This status cannot follow the present one." in answer.text


def test_withdrawing_is_asked_once_more_with_the_safe_answer_first(pages, visitor):
    answer = visitor.send(STATUS, {**SOLD, "status": "withdrawn"})
    assert answer.status_code == 200
    assert re.search(r'class="button button-primary" href="/en/desk/parcels/H-1" autofocus>Keep it', answer.text)
    assert pages.store.parcel().status == "available"
    visitor.send(STATUS, {**fields_of(answer.text)})
    assert pages.store.parcel().status == "withdrawn"
    assert visitor.get("/en/desk/parcels/H-1").status_code == 200


def test_the_panel_is_the_same_form_without_the_page(visitor):
    part = visitor.get(STATUS, headers={"X-Requested-Part": "panel"})
    assert "<html" not in part.text
    assert 'name="version" value="1"' in part.text


# --------------------------------------------------------------------------------------------------------- attributes


def test_the_form_sent_back_as_it_is_changes_nothing(pages, visitor):
    pages.store.by_hand(
        "update parcel set price_eur_m2 = 1234.5, grz = 0.8, description_de = E'Eins\\n\\nZwei', lot_min_m2 = 5000,"
        " cadastral_ids = '{161234001001230004__}', available_from = '2027-03-01', rail_siding = false,"
        " plan_status = 4000, zone = 'GI', gas = 'low_pressure' where number = 'H-1'"
    )
    for address in (EDIT, EDIT.replace("/en/", "/de/")):
        fields = {**fields_of(visitor.get(address).text)}
        fields.pop("confirm")
        assert visitor.send(address, fields).status_code == 303
    assert pages.store.parcel().version == 2


def test_every_attribute_has_a_field_with_help(visitor):
    page = visitor.get(EDIT).text
    fields = fields_of(page)
    assert set(EDITABLE) - set(fields) == set()
    for name in set(EDITABLE) - {"status_since"}:
        assert f'id="f-{name}-hint"' in page, name


def test_values_are_saved_and_the_site_is_confirmed(pages, visitor):
    fields = form(visitor, price_eur_m2="22.80", zone="GI", round_the_clock="1", reason="Beschluss")
    assert visitor.send(EDIT, fields).status_code == 303
    parcel = pages.store.parcel()
    assert (str(parcel.price_eur_m2), parcel.zone, parcel.round_the_clock) == ("22.80", "GI", True)
    assert parcel.confirmed_by == "Organisation 16067089"
    assert "Changes saved" in visitor.toast("/en/desk/")


def test_what_cannot_be_taken_over_is_told_at_the_field_and_all_input_is_kept(pages, visitor):
    fields = form(visitor, price_eur_m2="cheap", grz="2", name_de="Neuer Name", available_from="soon")
    answer = visitor.send(EDIT, fields)
    assert answer.status_code == 422
    assert "Please enter a number" in re.search(r'id="f-price_eur_m2-problem".*?</p>', answer.text, re.DOTALL).group(0)
    assert "must be 0–1, not 2" in words(answer.text)
    kept = fields_of(answer.text)
    assert (kept["price_eur_m2"], kept["grz"], kept["name_de"], kept["available_from"]) == (
        "cheap", "2", "Neuer Name", "soon",
    )  # fmt: skip
    assert re.search(r'id="f-grz"[^>]*aria-invalid="true"', answer.text)
    assert pages.store.parcel().version == 1


def test_a_new_status_needs_a_reason_here_too(pages, visitor):
    answer = visitor.send(EDIT, form(visitor, status="sold"))
    assert answer.status_code == 422
    assert "Please state the reason" in answer.text
    assert visitor.send(EDIT, form(visitor, status="sold", reason="Kauf")).status_code == 303
    assert pages.store.parcel().status == "sold"


def test_script_in_a_text_stays_text(pages, visitor):
    visitor.send(EDIT, form(visitor, name_de="<script>alert(1)</script>", description_de="${7*7} {{7*7}}"))
    for address in ("/en/desk/", "/en/desk/parcels/H-1", EDIT, "/en/desk/parcels/H-1/history", "/en/parcels/H-1"):
        page = visitor.get(address).text
        assert "<script>alert" not in page, address
        assert "49" not in re.findall(r"\$\{7\*7\}|49 49", page), address


def test_the_preview_shows_what_the_public_would_see_and_saves_nothing(pages, visitor):
    fields = form(visitor, price_eur_m2="22.80", name_de="Los 9", zone="GI", do="preview")
    page = visitor.send(EDIT, fields)
    assert page.status_code == 200
    preview = words(re.search(r'class="preview-panel".*?</aside>', page.text, re.DOTALL).group(0))
    assert "Los 9" in preview
    assert "€22.80" in preview
    assert pages.store.parcel().version == 1
    part = visitor.send(EDIT, fields, headers={"X-Requested-Part": "preview"})
    assert "<html" not in part.text


# ---------------------------------------------------------------------------------------------------- two at once


def test_whoever_saves_second_sees_both_versions_and_loses_nothing(pages, visitor):
    mine = form(visitor, price_eur_m2="22.80", available_from="2027-03-01", name_de="Los 1")
    colleague = pages.as_(pages.store.colleague)
    theirs = form(colleague, price_eur_m2="24.00", available_from="2027-03-01", zone="GE")
    assert colleague.send(EDIT, theirs).status_code == 303
    answer = visitor.send(EDIT, mine)
    assert answer.status_code == 409
    said = words(answer.text)
    assert re.search(r"Zweite saved on", said)
    assert re.search(r"Price €24\.00/m² €22\.80/m²", said)
    assert re.search(r"Available from 1 March 2027 1 March 2027 the same", said)
    assert re.search(r"Zone under the BauNVO GE .* not stated stays as stored", said)
    assert pages.store.parcel().name_de == "H-1"

    choice = {**fields_of(answer.text), "keep-price_eur_m2": "stored"}
    assert visitor.send(EDIT, choice).status_code == 303
    parcel = pages.store.parcel()
    assert (str(parcel.price_eur_m2), parcel.name_de, parcel.zone) == ("24.00", "Los 1", "GE")


def test_a_third_save_meanwhile_is_told_again(pages, visitor):
    mine = form(visitor, price_eur_m2="22.80")
    pages.store.by_hand("update parcel set price_eur_m2 = 24 where number = 'H-1'")
    choice = fields_of(visitor.send(EDIT, mine).text)
    pages.store.by_hand("update parcel set price_eur_m2 = 25 where number = 'H-1'")
    again = visitor.send(EDIT, choice)
    assert again.status_code == 409
    assert "€25.00/m² €22.80/m²" in words(again.text)


def test_two_status_changes_at_once_are_compared_too(pages, visitor):
    pages.store.by_hand("update parcel set status = 'leased', status_since = '2026-11-01' where number = 'H-1'")
    answer = visitor.send(STATUS, SOLD)
    assert answer.status_code == 409
    assert re.search(r"Status leased since 1 November 2026 sold since 20 November 2026", words(answer.text))
    kept = visitor.send(STATUS, {**fields_of(answer.text), "keep-status": "stored"})
    assert kept.status_code == 303
    assert pages.store.parcel().status == "leased"
    answer = visitor.send(STATUS, {**SOLD, "version": "1"})
    assert visitor.send(STATUS, fields_of(answer.text)).status_code == 303
    assert pages.store.parcel().status == "sold"


def test_anothers_parcel_is_refused_and_an_unknown_one_not_found(visitor):
    for page in ("", "/edit", "/status", "/history", "/history/1/restore"):
        assert visitor.get(f"/de/desk/parcels/W-1{page}").status_code == 403, page
        assert visitor.get(f"/de/desk/parcels/nowhere{page}").status_code == 404, page
    assert visitor.send("/en/desk/parcels/W-1/status", SOLD).status_code == 403
    assert visitor.send("/en/desk/parcels/W-1/edit", {"version": "1", "name_de": "x"}).status_code == 403


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999", "٣"])
def test_a_tampered_version_is_bad_input(pages, visitor, version):
    assert visitor.send(STATUS, {**SOLD, "version": version}).status_code == 422
    assert visitor.send(EDIT, {"version": version, "name_de": "x"}).status_code == 422
    assert pages.store.parcel().version == 1
