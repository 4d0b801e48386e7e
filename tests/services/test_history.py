"""A parcel's history: every version with who, when, why and through what, and an older state put back as a new one."""

import datetime as dt
from decimal import Decimal

import pytest

from landportal.errors import NotAllowed, NotFound
from landportal.services import editing, history
from landportal.services.edits import EDITABLE, Edit, confirmed_now
from landportal.services.history import Restoring
from tests.services.desk_store import desk_store


@pytest.fixture
def store(database_url, settings):
    with desk_store(database_url, settings) as store:
        yield store


def save(store, account, values, version, **facts):
    with store.writing(account) as session:
        return editing.save(session, store.actor(account), Edit("H-1", version, values, **facts))


def versions(store, account, page=1):
    with store.looking(account) as session:
        return history.versions(session, store.actor(account), "H-1", page)


def restore(store, account, wanted):
    with store.writing(account) as session:
        return history.restore(session, store.actor(account), wanted)


def test_every_version_says_who_when_why_and_what(store):
    save(store, store.officer, {"price_eur_m2": Decimal("24.00")}, 1, reason="Gutachten")
    store.by_hand("update parcel set name_de = 'Los 1' where number = 'H-1'")
    newest, priced, first = versions(store, store.colleague).versions
    assert (priced.who, priced.through, priced.reason) == ("Erste", "page", "Gutachten")
    assert [(d.field, d.before, d.after) for d in priced.differences] == [("price_eur_m2", None, Decimal("24.00"))]
    assert (newest.who, newest.through, newest.holds) == (None, "sql", True)
    assert newest.database_role
    assert first.began
    assert first.until == priced.at


def test_a_changed_shape_is_told_with_its_areas_and_drawn(store):
    store.by_hand("update parcel set geom = st_multi(st_buffer(geom, 10, 'join=mitre')) where number = 'H-1'")
    newest = versions(store, store.officer).versions[0]
    (difference,) = newest.differences
    assert (difference.field, round(difference.before), round(difference.after)) == ("geom", 10_000, 14_400)
    assert (newest.outlines.width, newest.outlines.height) == (120.0, 120.0)
    assert newest.outlines.before.startswith("M")


def test_a_long_history_has_pages_and_nothing_falls_between_them(store):
    for number in range(history.PAGE_SIZE + 5):
        store.by_hand("update parcel set fibre_mbit = :n where number = 'H-1'", n=number)
    first, second = versions(store, store.officer), versions(store, store.officer, 2)
    assert (first.more, second.more) == (True, False)
    assert [version.version for version in first.versions + second.versions] == list(range(36, 0, -1))
    assert all(len(version.differences) == 1 for version in (first.versions + second.versions)[:-1])


def test_history_is_for_those_who_keep_the_parcel(store):
    with pytest.raises(NotFound), store.looking(store.officer) as session:
        history.versions(session, store.actor(store.officer), "nowhere")
    with pytest.raises(NotAllowed), store.looking(store.officer) as session:
        history.versions(session, store.actor(store.officer), "W-1")
    assert versions(store, store.planner).versions


def test_an_older_state_comes_back_as_a_new_version_with_its_shape(store):
    before = store.parcel()
    save(store, store.officer, {"name_de": "anders", "grz": Decimal("0.8"), "status": "sold"}, 1)
    store.by_hand("update parcel set geom = st_translate(geom, 50, 0) where number = 'H-1'")
    saved = restore(store, store.colleague, Restoring("H-1", 1, 3, "Irrtum"))
    after = store.parcel()
    assert saved.version == 4
    assert {name: getattr(after, name) for name in EDITABLE} == {name: getattr(before, name) for name in EDITABLE}
    assert after.geom == before.geom
    newest = versions(store, store.officer).versions[0]
    assert (newest.who, newest.reason, len(versions(store, store.officer).versions)) == ("Zweite", "Irrtum", 4)


def test_the_rules_of_status_do_not_bind_a_restore(store):
    save(store, store.officer, {"status": "leased"}, 1)
    save(store, store.officer, {"status": "sold"}, 2)
    restore(store, store.officer, Restoring("H-1", 2, 3, "Rückabwicklung"))
    assert store.parcel().status == "leased"


def test_restoring_keeps_the_last_confirmation_unless_it_is_undone(store):
    actor = store.actor(store.officer)
    saved = save(store, store.officer, {"status": "sold"}, 1, confirmation=confirmed_now(actor))
    restore(store, store.officer, Restoring("H-1", 1, saved.version, "Irrtum"))
    assert store.parcel().confirmed_at is not None
    saved = save(store, store.officer, {"status": "sold"}, 3, confirmation=confirmed_now(actor))
    restore(store, store.officer, Restoring("H-1", 1, saved.version, "Irrtum", confirmation_too=True))
    assert store.parcel().confirmed_at is None


def test_a_restore_does_not_overwrite_what_was_saved_meanwhile(store):
    save(store, store.officer, {"name_de": "zwei"}, 1)
    save(store, store.colleague, {"name_de": "drei"}, 2)
    with pytest.raises(editing.EditConflict):
        restore(store, store.officer, Restoring("H-1", 1, 2, "Irrtum"))
    assert store.parcel().name_de == "drei"


def test_a_restore_respects_scope_and_unknown_versions(store):
    with pytest.raises(NotAllowed):
        restore(store, store.officer, Restoring("W-1", 1, 1, "x"))
    with pytest.raises(NotAllowed):
        restore(store, store.planner, Restoring("H-1", 1, 1, "x"))
    with pytest.raises(NotFound):
        restore(store, store.officer, Restoring("H-1", 7, 1, "x"))


def test_a_restore_waits_where_four_eyes_are_wanted(store):
    save(store, store.officer, {"status": "leased"}, 1)
    save(store, store.officer, {"status": "sold"}, 2)
    store.four_eyes()
    saved = restore(store, store.officer, Restoring("H-1", 2, 3, "Rückabwicklung"))
    assert store.parcel().status == "sold"
    with store.writing(store.officer, approved_by=store.approver.id) as session:
        editing.decide(session, store.actor(store.approver), saved.proposal_id, True)
    assert store.parcel().status == "leased"
    newest = versions(store, store.officer).versions[0]
    assert (newest.who, newest.approved_by) == ("Erste", "Dritte")


def test_attributes_of_a_version_are_found_again(store):
    save(store, store.officer, {"available_from": dt.date(2027, 1, 1)}, 1)
    with store.looking(store.officer) as session:
        parcel = session.merge(store.parcel(), load=False)
        assert history.attributes_at(session, parcel, 1)["available_from"] is None
        assert history.attributes_at(session, parcel, 2)["available_from"] == dt.date(2027, 1, 1)
        assert history.attributes_at(session, parcel, 9) is None
