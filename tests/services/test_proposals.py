"""Second eyes: an edit waits, somebody else decides, and history names both; also below the pages."""

import threading
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from landportal import db
from landportal.errors import Conflict, InvalidInput, NotAllowed
from landportal.services import editing, history, proposals
from landportal.services.edits import Edit, Part, confirmed_now
from tests.services.desk_store import desk_store


@pytest.fixture
def store(database_url, settings):
    with desk_store(database_url, settings) as store:
        store.four_eyes()
        yield store


def propose(store, account, values, version=1, **facts):
    with store.writing(account) as session:
        return editing.save(session, store.actor(account), Edit("H-1", version, values, **facts)).proposal_id


def acting(store, account, proposal_id):
    with store.looking(account) as session:
        return proposals.acting_for(session, store.actor(account), proposal_id)


def accept(store, account, proposal_id, part=None):
    acts = acting(store, account, proposal_id)
    with db.transaction(store.application, acts) as session:
        return proposals.accept(session, store.actor(account), proposal_id, None, part)


def waiting(store, account):
    with store.looking(account) as session:
        return proposals.waiting(session, store.actor(account))


def test_an_edit_waits_and_changes_nothing_before_it_is_accepted(store):
    proposal = propose(store, store.officer, {"price_eur_m2": Decimal("22.80")}, reason="Beschluss")
    assert (store.parcel().price_eur_m2, store.parcel().version) == (None, 1)
    (shown,) = waiting(store, store.approver)
    assert (shown.id, shown.proposer, shown.fields, shown.reason) == (proposal, "Erste", ("price_eur_m2",), "Beschluss")
    accept(store, store.approver, proposal)
    assert store.parcel().price_eur_m2 == Decimal("22.80")
    assert waiting(store, store.approver) == ()


def test_history_names_the_proposer_and_the_approver(store):
    accept(store, store.approver, propose(store, store.officer, {"name_de": "neu"}, reason="Beschluss"))
    with store.looking(store.officer) as session:
        newest = history.versions(session, store.actor(store.officer), "H-1").versions[0]
    assert (newest.who, newest.approved_by, newest.reason) == ("Erste", "Dritte", "Beschluss")


def test_nobody_decides_on_their_own_proposal(store):
    proposal = propose(store, store.approver, {"name_de": "neu"})
    with pytest.raises(NotAllowed), store.writing(store.approver) as session:
        editing.decide(session, store.actor(store.approver), proposal, True)
    with pytest.raises(DBAPIError), store.writing(store.approver) as session:
        session.execute(
            text("update proposal set state = 'accepted', decided_by = account_id where id = :id"), {"id": proposal}
        )


def test_an_officer_decides_nothing(store):
    proposal = propose(store, store.officer, {"name_de": "neu"})
    with pytest.raises(NotAllowed), store.writing(store.colleague) as session:
        editing.decide(session, store.actor(store.colleague), proposal, True)


def test_sending_back_needs_a_word_why(store):
    proposal = propose(store, store.officer, {"name_de": "neu"})
    with pytest.raises(InvalidInput, match="comment_missing"), store.writing(store.approver) as session:
        proposals.decline(session, store.actor(store.approver), proposal, None)
    with store.writing(store.approver) as session:
        proposals.decline(session, store.actor(store.approver), proposal, "Bitte mit Gutachten")
    with store.looking(store.officer) as session:
        (shown,) = proposals.decided(session, store.actor(store.officer))
    assert (shown.state, shown.comment, shown.decider) == ("declined", "Bitte mit Gutachten", "Dritte")


def test_two_approvers_at_once_decide_once(store):
    proposal = propose(store, store.officer, {"name_de": "neu"})
    outcomes, gate = [], threading.Barrier(2)

    def decide(account):
        acts = acting(store, account, proposal)
        gate.wait()
        try:
            with db.transaction(store.application, acts) as session:
                outcomes.append(proposals.accept(session, store.actor(account), proposal, None))
        except Conflict as error:
            outcomes.append(error)

    threads = [threading.Thread(target=decide, args=(one,)) for one in (store.approver, store.other_approver)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(type(one).__name__ for one in outcomes) == ["ProposalDecided", "Saved"]
    assert store.parcel().version == 2


def test_a_proposal_is_not_accepted_over_what_was_saved_since(store):
    proposal = propose(store, store.officer, {"price_eur_m2": Decimal("22.80"), "name_de": "mein"})
    store.by_hand("update parcel set price_eur_m2 = 24 where number = 'H-1'")
    with pytest.raises(editing.EditConflict):
        accept(store, store.approver, proposal)
    assert waiting(store, store.approver)[0].outdated
    accept(store, store.approver, proposal, Part(2, frozenset({"name_de"})))
    assert (store.parcel().name_de, store.parcel().price_eur_m2) == ("mein", Decimal("24.00"))


def test_what_the_approver_compared_must_still_stand(store):
    proposal = propose(store, store.officer, {"name_de": "mein"})
    store.by_hand("update parcel set price_eur_m2 = 24 where number = 'H-1'")
    store.by_hand("update parcel set price_eur_m2 = 25 where number = 'H-1'")
    with pytest.raises(editing.EditConflict):
        accept(store, store.approver, proposal, Part(2, frozenset({"name_de"})))


def test_the_proposer_takes_a_proposal_back_and_nobody_else_can(store):
    proposal = propose(store, store.officer, {"name_de": "neu"})
    with pytest.raises(NotAllowed), store.writing(store.colleague) as session:
        editing.take_back(session, store.actor(store.colleague), proposal)
    with store.writing(store.officer) as session:
        assert editing.take_back(session, store.actor(store.officer), proposal) == "H-1"
    with pytest.raises(editing.ProposalDecided):
        accept(store, store.approver, proposal)


def test_nothing_impossible_waits(store):
    with pytest.raises(InvalidInput, match="status_needs_end"):
        propose(store, store.officer, {"status": "reserved"})
    assert waiting(store, store.approver) == ()


def test_the_proposal_of_somebody_who_has_left_is_accepted_by_the_approver_alone(store):
    proposal = propose(store, store.officer, {"name_de": "neu"})
    store.by_hand("update account set active = false where id = :id", id=store.officer.id)
    assert acting(store, store.approver, proposal).account_id == store.approver.id
    accept(store, store.approver, proposal)
    assert store.parcel().name_de == "neu"


def test_a_proposed_confirmation_keeps_its_day_and_its_organisation(store):
    confirmation = confirmed_now(store.actor(store.officer))
    accept(store, store.approver, propose(store, store.officer, {"name_de": "neu"}, confirmation=confirmation))
    parcel = store.parcel()
    assert (parcel.confirmed_at, parcel.confirmed_by) == (confirmation.at, "Organisation 16067089")


def test_a_proposal_is_shown_with_its_differences_inside_the_scope_alone(store):
    proposal = propose(store, store.officer, {"price_eur_m2": Decimal("22.80"), "name_de": "H-1"})
    with store.looking(store.approver) as session:
        view = proposals.get_proposal(session, store.actor(store.approver), proposal)
    assert [(d.field, d.before, d.after) for d in view.differences()] == [("price_eur_m2", None, Decimal("22.80"))]
    assert view.may_decide
    store.by_hand("update account set organisation_id = null, role_names = '{administrator}' where id = :id",
                  id=store.colleague.id)  # fmt: skip
    with pytest.raises(NotAllowed), store.looking(store.colleague) as session:
        proposals.get_proposal(session, store.actor(store.colleague), proposal)
