"""The history page, restoring, and the pages of changes that wait for second eyes."""

import re

import pytest
from geoalchemy2.shape import to_shape

from landportal.services import editing
from landportal.services.edits import Edit
from tests.web.desk_pages import desk_pages, fields_of, words

HISTORY = "/en/desk/parcels/H-1/history"
EDIT = "/en/desk/parcels/H-1/edit"


@pytest.fixture
def pages(database_url, settings):
    with desk_pages(database_url, settings) as pages:
        yield pages


@pytest.fixture
def visitor(pages):
    return pages.as_(pages.store.officer)


def edit(visitor, **changes):
    return visitor.send(EDIT, {**fields_of(visitor.get(EDIT).text), **changes})


def test_versions_stand_newest_first_with_who_why_and_before_and_after(pages, visitor):
    edit(visitor, price_eur_m2="24", reason="Gutachten")
    pages.store.by_hand("update parcel set zone = 'GI', geom = st_multi(st_buffer(geom, 20)) where number = 'H-1'")
    page = visitor.get(HISTORY).text
    said = words(page)
    assert re.findall(r"Version (\d+) ", said)[:1] == ["3"]
    assert "Erste · page of the portal Gutachten" in said
    assert "Price not stated €24.00/m²" in said
    assert re.search(r"database role \w+ · statement in the database", said)
    assert re.search(r"Shape 1\.00 ha 1\.\d\d ha \(\+0\.\d\d ha\)", said)
    assert page.count('class="outlines"') == 1
    assert "The record begins." in said


def test_an_older_version_is_restored_after_being_asked(pages, visitor):
    edit(visitor, name_de="anders")
    page = visitor.get(f"{HISTORY}/1/restore")
    assert "Name, German anders H-1" in words(page.text)
    assert visitor.send(f"{HISTORY}/1/restore", fields_of(page.text)).status_code == 422
    answer = visitor.send(f"{HISTORY}/1/restore", {**fields_of(page.text), "reason": "Irrtum"})
    assert answer.status_code == 303
    assert (pages.store.parcel().name_de, pages.store.parcel().version) == ("H-1", 3)
    assert "Irrtum" in visitor.get(HISTORY).text


def test_restoring_over_a_later_change_is_a_conflict(pages, visitor):
    edit(visitor, name_de="anders")
    fields = {**fields_of(visitor.get(f"{HISTORY}/1/restore").text), "reason": "Irrtum"}
    pages.store.by_hand("update parcel set grz = 0.8 where number = 'H-1'")
    assert visitor.send(f"{HISTORY}/1/restore", fields).status_code == 409
    assert pages.store.parcel().name_de == "anders"


def test_a_planner_reads_history_and_restores_nothing(pages, visitor):
    edit(visitor, name_de="anders")
    planner = pages.as_(pages.store.planner)
    assert "Restore" not in words(planner.get(HISTORY).text)
    assert planner.get(f"{HISTORY}/1/restore").status_code == 403
    assert planner.send(f"{HISTORY}/1/restore", {"version": "2", "reason": "x"}).status_code == 403


@pytest.mark.parametrize("address", ["/99/restore", "/2/restore"])
def test_what_was_not_kept_cannot_be_restored(visitor, address):
    edit(visitor, name_de="anders")
    assert visitor.get(HISTORY + address).status_code == 404


# -------------------------------------------------------------------------------------------------------- second eyes


@pytest.fixture
def proposal(pages, visitor):
    pages.store.four_eyes()
    edit(visitor, price_eur_m2="22.80", name_de="Los 1", reason="Beschluss")
    return "/en/desk/changes/1"


def test_a_waiting_change_is_shown_everywhere_and_holds_nowhere(pages, visitor, proposal):
    assert "Your changes wait for approval" in visitor.toast("/en/desk/")
    assert pages.store.parcel().version == 1
    assert "A change by Erste waits for approval" in words(visitor.get("/en/desk/parcels/H-1").text)
    assert "change waits" in words(visitor.get("/en/desk/").text)
    assert re.search(r"1 Change waits for approval", words(visitor.get("/en/desk/").text))


def test_the_approver_sees_the_difference_and_accepts(pages, proposal):
    approver = pages.as_(pages.store.approver)
    assert proposal in approver.get("/en/desk/changes").text
    said = words(approver.get(proposal).text)
    assert "Price not stated €22.80/m²" in said
    assert "Beschluss" in said
    assert approver.send(proposal, {"do": "accept"}).status_code == 303
    assert pages.store.parcel().name_de == "Los 1"
    assert [subject for subject, _ in pages.store.mails()] == ["Angenommen: Ihre Änderung an Los 1"]
    assert "Erste · page of the portal · approved by Dritte" in words(approver.get(HISTORY).text)
    assert approver.send(proposal, {"do": "accept"}).status_code == 303
    assert "Somebody else has decided on it already" in approver.toast("/en/desk/changes")


def test_sending_back_needs_a_word_and_reaches_the_proposer(pages, visitor, proposal):
    approver = pages.as_(pages.store.approver)
    assert approver.send(proposal, {"do": "decline"}).status_code == 422
    assert pages.store.mails() == []
    assert approver.send(proposal, {"do": "decline", "comment": "Bitte mit Gutachten"}).status_code == 303
    [(subject, body)] = pages.store.mails()
    assert subject == "Zurückgegeben: Ihre Änderung an H-1"
    assert "Bitte mit Gutachten" in body
    assert "/de/desk/changes" in body
    assert "sent back by Dritte Bitte mit Gutachten" in words(visitor.get("/en/desk/changes").text)


def test_nobody_decides_on_their_own_but_may_take_it_back(pages, visitor, proposal):
    assert 'value="accept"' not in visitor.get(proposal).text
    assert visitor.send(proposal, {"do": "accept"}).status_code == 403
    assert pages.as_(pages.store.colleague).send(f"{proposal}/take-back", {}).status_code == 403
    assert visitor.send(f"{proposal}/take-back", {}).status_code == 303
    assert "No change waits." in visitor.get("/en/desk/changes").text


def test_a_change_of_a_site_that_moved_on_is_decided_field_by_field(pages, proposal):
    pages.store.by_hand("update parcel set price_eur_m2 = 24 where number = 'H-1'")
    approver = pages.as_(pages.store.approver)
    assert approver.send(proposal, {"do": "accept"}).status_code == 409
    page = approver.get(proposal).text
    assert "€24.00/m² €22.80/m²" in words(page)
    fields = {**fields_of(page), "do": "accept", "keep-price_eur_m2": "stored"}
    assert approver.send(proposal, fields).status_code == 303
    parcel = pages.store.parcel()
    assert (parcel.name_de, str(parcel.price_eur_m2)) == ("Los 1", "24.00")


def test_a_changed_shape_is_drawn_for_the_approver(pages, visitor):
    pages.store.four_eyes()
    wider = to_shape(pages.store.parcel().geom).buffer(20, join_style="mitre")
    with pages.store.writing(pages.store.officer) as session:
        editing.save(session, pages.store.actor(pages.store.officer), Edit("H-1", 1, {}, wider))
    page = pages.as_(pages.store.approver).get("/en/desk/changes/1").text
    assert page.count('class="outlines"') == 1
    assert "1.00 ha now, 1.96 ha proposed" in words(page)


def test_a_strangers_proposal_is_refused(pages, proposal):
    pages.store.by_hand("update organisation set kind = 'municipality', ags = '16067072' where ags = '16067'")
    approver = pages.as_(pages.store.approver)
    assert approver.get(proposal).status_code == 403
    assert approver.send(proposal, {"do": "accept"}).status_code == 403
    assert approver.get("/en/desk/changes/99").status_code == 404


def test_the_other_language_of_a_refused_form_is_a_page_that_opens(visitor, proposal):
    refused = visitor.client.post(f"{proposal}/take-back", data={})
    assert refused.status_code == 400
    other = re.search(r'href="([^"]+)"[^>]*hreflang="de"', refused.text).group(1)
    assert other == proposal.replace("/en/", "/de/")
    assert visitor.get(other).status_code == 200
