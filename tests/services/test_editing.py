"""Editing: whoever saves second is told, nothing is lost between two people, statuses follow their rules."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from landportal import db
from landportal.errors import InvalidInput, NotAllowed, NotFound
from landportal.model import TRANSITIONS, UNTIL, ParcelStatus
from landportal.services import bulk_editing, editing
from landportal.services.bulk_editing import BulkEdit, BulkRefused
from landportal.services.edits import Edit, confirmed_now
from tests.conftest import Land, add_account
from tests.services.desk_store import desk_store

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def store(database_url, settings):
    with desk_store(database_url, settings) as store:
        yield store


def save(store, account, values, number="H-1", version=1, **facts):
    with store.writing(account) as session:
        return editing.save(session, store.actor(account), Edit(number, version, values, **facts))


def at_once(*works):
    """Run every one of `works` in a thread of its own, let go together; what each returned or raised."""
    outcomes, gate = [None] * len(works), threading.Barrier(len(works))

    def run(place, work):
        gate.wait()
        try:
            outcomes[place] = work()
        except Exception as error:
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def test_two_saves_of_one_version_one_counts_and_the_other_is_told(store):
    for round_ in range(5):
        version = store.parcel().version
        outcomes = at_once(
            lambda v=version, r=round_: save(store, store.officer, {"price_eur_m2": Decimal(20 + r)}, version=v),
            lambda v=version, r=round_: save(store, store.colleague, {"price_eur_m2": Decimal(40 + r)}, version=v),
        )
        conflicts = [one for one in outcomes if isinstance(one, editing.EditConflict)]
        saved = [one for one in outcomes if isinstance(one, editing.Saved)]
        assert (len(saved), len(conflicts)) == (1, 1), outcomes
        assert store.parcel().version == version + 1
        winner = store.officer if isinstance(outcomes[0], editing.Saved) else store.colleague
        assert store.parcel().price_eur_m2 == (20 if winner is store.officer else 40) + round_


def test_no_update_is_lost_however_many_people_type(store):
    def add_one(account):
        while True:
            parcel = store.parcel()
            wanted = {"fibre_mbit": (parcel.fibre_mbit or 0) + 1}
            try:
                return save(store, account, wanted, version=parcel.version)
            except editing.EditConflict:
                continue

    at_once(*[lambda a=account: add_one(a) for account in (store.officer, store.colleague, store.approver) * 2])
    assert store.parcel().fibre_mbit == 6


def test_a_confirmation_meanwhile_does_not_refuse_an_edit_and_is_not_lost(store):
    with store.writing(store.colleague) as session:
        assert editing.confirm(session, store.actor(store.colleague), ["H-1"]) == ("H-1",)
    assert save(store, store.officer, {"name_de": "Los 1"}, version=1).version == 3
    assert store.parcel().confirmed_at is not None


def test_confirming_and_editing_at_once_keep_both(store):
    def confirm():
        with store.writing(store.colleague) as session:
            return editing.confirm(session, store.actor(store.colleague), ["H-1", "H-2"])

    outcomes = at_once(confirm, lambda: save(store, store.officer, {"name_de": "Los 1"}, version=1))
    assert outcomes[0] == ("H-1", "H-2")
    assert isinstance(outcomes[1], editing.Saved)
    assert (store.parcel().name_de, store.parcel().confirmed_at is not None) == ("Los 1", True)


def test_two_lists_confirmed_at_once_never_wait_in_a_ring(store):
    def confirm(account, numbers):
        with store.writing(account) as session:
            return editing.confirm(session, store.actor(account), numbers)

    for _ in range(5):
        outcomes = at_once(
            lambda: confirm(store.officer, ["H-1", "H-2", "H-3"]),
            lambda: confirm(store.colleague, ["H-3", "H-2", "H-1"]),
        )
        assert outcomes == [("H-1", "H-2", "H-3")] * 2


def test_what_is_outside_the_scope_is_not_changed(store):
    with pytest.raises(NotAllowed):
        save(store, store.officer, {"name_de": "x"}, number="W-1")
    with pytest.raises(NotFound):
        save(store, store.officer, {"name_de": "x"}, number="nowhere")
    with store.writing(store.officer) as session:
        assert editing.confirm(session, store.actor(store.officer), ["H-1", "W-1"]) == ("H-1",)


def test_a_planner_changes_nothing(store):
    with pytest.raises(NotAllowed):
        save(store, store.planner, {"name_de": "x"})


def test_somebody_disabled_after_the_page_was_opened_saves_nothing(store):
    actor = store.actor(store.officer)
    store.by_hand("update account set active = false where id = :id", id=store.officer.id)
    with pytest.raises(NotAllowed), store.writing(store.officer) as session:
        editing.save(session, actor, Edit("H-1", 1, {"name_de": "x"}))
    assert store.parcel().name_de == "H-1"


def test_only_attributes_of_the_list_are_set(store):
    with pytest.raises(NotAllowed):
        save(store, store.officer, {"number": "H-9"})


def test_an_association_cannot_give_its_parcel_away(store):
    store.by_hand("update parcel set area_id = :area where number = 'H-1'", area=store.area_id)
    with db.transaction(store.owner) as session:
        member = add_account(session, "officer", ags=None, area_id=store.area_id)
    with pytest.raises(InvalidInput, match="leaves_scope") as caught:
        save(store, member, {"area_id": None}, version=2)
    assert caught.value.field == "area_id"


def test_saving_what_is_so_already_makes_no_version(store):
    assert save(store, store.officer, {"name_de": "H-1"}).changed == ()
    assert store.parcel().version == 1


def test_an_edit_may_carry_a_confirmation(store):
    confirmation = confirmed_now(store.actor(store.officer))
    save(store, store.officer, {"name_de": "Los 1"}, confirmation=confirmation)
    parcel = store.parcel()
    assert parcel.confirmed_by == "Organisation 16067089"
    assert dt.datetime.now(dt.UTC) - parcel.confirmed_at < dt.timedelta(minutes=1)


# ------------------------------------------------------------------------------------------------------------ status


def test_reserved_needs_an_end_and_sold_has_none(store):
    with pytest.raises(InvalidInput, match="status_needs_end") as caught:
        save(store, store.officer, {"status": "reserved"})
    assert caught.value.field == "status_until"
    with pytest.raises(InvalidInput, match="status_has_no_end"):
        save(store, store.officer, {"status": "sold", "status_until": TODAY})
    save(store, store.officer, {"status": "reserved", "status_since": TODAY, "status_until": dt.date(2027, 1, 1)})
    assert store.parcel().status_until == dt.date(2027, 1, 1)


def test_the_end_of_a_reservation_moves_without_a_new_status(store):
    save(store, store.officer, {"status": "reserved", "status_since": TODAY, "status_until": dt.date(2027, 1, 1)})
    save(store, store.officer, {"status_until": dt.date(2027, 3, 1)}, version=2)
    parcel = store.parcel()
    assert (parcel.status, parcel.status_since, parcel.status_until) == ("reserved", TODAY, dt.date(2027, 3, 1))


steps = st.lists(st.tuples(st.sampled_from(ParcelStatus), st.booleans(), st.integers(-3, 3)), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_any_sequence_of_changes_ends_in_a_legal_state_and_refused_ones_change_nothing(session, steps):
    number = f"S-{session.scalar(text('select count(*) from parcel'))}-{len(steps)}"
    place = session.scalar(text("select count(*) from admin_unit"))
    parcel = (Land(session) if place == 0 else _again(session)).parcel(number)
    for wanted, with_end, days in steps:
        before = (parcel.status, parcel.status_since, parcel.status_until)
        until = TODAY + dt.timedelta(days=days) if with_end else None
        legal = (
            (wanted == before[0] or wanted in TRANSITIONS[ParcelStatus(before[0])])
            and (until is not None) == (wanted in UNTIL)
            and (until is None or until >= TODAY)
        )
        values = {"status": wanted, "status_since": TODAY, "status_until": until}
        if legal:
            editing.apply(session, parcel, Edit(number, parcel.version, values))
            assert (parcel.status, parcel.status_until) == (wanted, until)
        else:
            with pytest.raises(InvalidInput) as caught:
                editing.apply(session, parcel, Edit(number, parcel.version, values))
            assert caught.value.field in {"status", "status_until"}
            assert (parcel.status, parcel.status_since, parcel.status_until) == before


def _again(session):
    land = object.__new__(Land)
    land.session, land.data_set = session, session.execute(text("select id from data_set")).first()
    return land


# -------------------------------------------------------------------------------------------------------------- many


def bulk(store, account, versions, values, **facts):
    with store.writing(account) as session:
        return bulk_editing.save_many(session, store.actor(account), BulkEdit(versions, values, **facts))


def test_a_change_for_many_is_done_to_all_of_them_as_one_change(store):
    saved = bulk(store, store.officer, {"H-1": 1, "H-2": 1}, {"status": "sold", "status_since": TODAY}, reason="Kauf")
    assert [one.number for one in saved] == ["H-1", "H-2"]
    assert store.parcel("H-1").change_id == store.parcel("H-2").change_id


def test_a_change_that_does_not_fit_one_is_done_to_none_and_names_it(store):
    save(store, store.officer, {"status": "own_use", "status_since": TODAY}, number="H-2")
    with pytest.raises(BulkRefused) as caught:
        bulk(store, store.officer, {"H-1": 1, "H-2": 1, "H-3": 1, "W-1": 1}, {"status": "sold", "status_since": TODAY})
    assert [(one.number, one.code) for one in caught.value.refusals] == [("H-2", "conflict"), ("W-1", "not_allowed")]
    assert caught.value.possible == ("H-1", "H-3")
    assert {store.parcel(number).status for number in ("H-1", "H-3", "W-1")} == {"available"}
    with pytest.raises(BulkRefused) as caught:
        bulk(store, store.officer, {"H-1": 1, "H-2": 2}, {"status": "leased", "status_since": TODAY})
    assert [(one.number, one.code) for one in caught.value.refusals] == [("H-2", "status_cannot_follow")]


def test_too_many_at_once_are_refused(store):
    with pytest.raises(InvalidInput, match="too_many"):
        bulk(store, store.officer, {f"X-{n}": 1 for n in range(bulk_editing.MANY_MAX + 1)}, {})
