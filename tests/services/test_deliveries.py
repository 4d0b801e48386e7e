"""Deliveries: what is shown is what is applied, exactly once, and can be taken back."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from landportal import db
from landportal.errors import NotAllowed, NotFound
from landportal.services.deliveries import applying, finding, mappings, purging, showing, staging
from landportal.services.deliveries.options import DeliveryOptions
from tests.services.deliveries_at_work import Desk, csv_of


@pytest.fixture
def desk(database_url, settings, tmp_path):
    desk = Desk(database_url, settings, tmp_path)
    yield desk
    desk.close()


def counts(delivery, *names):
    return tuple(delivery.preview["counts"][name] for name in names)


def page(desk, delivery, verdict):
    with db.transaction(desk.engine, db.Acting(desk.officer_id, "page")) as session:
        return showing.page(session, delivery, verdict, 1).rows


def test_a_file_is_shown_and_then_applied(desk):
    delivery = desk.staged(csv_of("a;Hörselgau Süd;GEe;19,50", "b;Hörselgau Nord;GI;20"))
    assert (delivery.state, counts(delivery, "read", "new", "rejected")) == ("staged", (2, 2, 0))
    assert desk.parcels() == {}
    delivery = desk.applied(delivery.id)
    assert delivery.state == "applied", delivery.problem
    parcels = desk.parcels()
    assert {key: (p.name_de, float(p.price_eur_m2)) for key, p in parcels.items()} == {
        "a": ("Hörselgau Süd", 19.5),
        "b": ("Hörselgau Nord", 20.0),
    }
    change = desk.scalar("select account_id || through || delivery_id from change where id = :id",
                         id=parcels["a"].change_id)  # fmt: skip
    assert change == f"{desk.officer_id}import{delivery.id}"


def test_a_wish_is_applied_once_whoever_asks_how_often(desk):
    delivery = desk.staged(csv_of("a;A;GE;20"))
    desk.ask_apply(delivery.id)
    with pytest.raises(finding.Busy):
        desk.ask_apply(delivery.id)
    desk.run("apply_delivery", delivery.id)
    changed = desk.parcels()["a"].changed_at
    desk.run("apply_delivery", delivery.id)
    assert (desk.parcels()["a"].changed_at, desk.parcels()["a"].version) == (changed, 1)


def test_the_same_file_twice_is_applied_once(desk):
    content = csv_of("a;A;GE;20", "b;B;GI;20")
    first, second = desk.staged(content), desk.staged(content)
    assert counts(first, "new") == counts(second, "new") == (2,)
    desk.applied(first.id)
    second = desk.applied(second.id)
    assert second.preview["applied"] == {"new": 0, "changed": 0, "unchanged": 2, "conflicts": 0}
    assert {p.version for p in desk.parcels().values()} == {1}


def test_a_row_that_was_changed_since_the_preview_is_a_conflict_and_not_overwritten(desk):
    desk.applied(desk.staged(csv_of("a;A;GE;20", "b;B;GE;20")).id)
    delivery = desk.staged(csv_of("a;A neu;GE;20", "b;B neu;GE;20"))
    number = desk.parcels()["a"].number
    desk.edit(number=number, name_de="vom Schreibtisch")
    delivery = desk.applied(delivery.id)
    assert delivery.preview["applied"] == {"new": 0, "changed": 1, "unchanged": 0, "conflicts": 1}
    assert {p.name_de for p in desk.parcels().values()} == {"vom Schreibtisch", "B neu"}
    (row,) = page(desk, delivery, "conflict")
    (cell,) = row.cells
    assert (cell.column, cell.before, cell.after, cell.base) == ("name_de", "vom Schreibtisch", "A neu", "A")


def test_changed_rows_are_shown_with_before_and_after(desk):
    desk.applied(desk.staged(csv_of("a;A;GE;19,50", "b;B;GI;20")).id)
    delivery = desk.staged(csv_of("a;A;GI;21", "b;B;GI;20"))
    assert counts(delivery, "new", "changed", "unchanged") == (0, 1, 1)
    (row,) = page(desk, delivery, "changed")
    assert {c.column: (c.before, c.after) for c in row.cells} == {"zone": ("GE", "GI"), "price_eur_m2": (19.5, 21)}


def test_land_outside_the_scope_is_rejected_with_a_reason(desk):
    officer = desk.account("officer", ags="16067089")
    content = csv_of("a;Hörsel;GE;20") + csv_of("b;Waltershausen;GE;20", east_km=21).split(b"\n", 1)[1]
    delivery = desk.staged(content, by=officer)
    assert counts(delivery, "new", "rejected") == (1, 1)
    (row,) = page(desk, delivery, "rejected")
    assert row.issues[0].code == "outside_scope"
    assert row.issues[0].sentence("de") == "Liegt in Waltershausen, außerhalb der Flächen Ihrer Organisation."
    desk.applied(delivery.id, by=officer)
    assert set(desk.parcels()) == {"a"}


def test_a_scope_that_shrank_since_the_preview_lets_nothing_in(desk):
    delivery = desk.staged(csv_of("a;A;GE;20", east_km=21))
    with db.transaction(desk.owner) as session:
        moved = "update organisation set kind = 'municipality', ags = '16067089' where ags = '16067'"
        session.connection().exec_driver_sql(moved)
    delivery = desk.applied(delivery.id)
    assert (delivery.state, delivery.problem["code"]) == ("failed", "outside_scope_now")
    assert desk.parcels() == {}


def test_a_delivery_of_another_organisation_does_not_exist(desk):
    delivery = desk.staged(csv_of("a;A;GE;20"))
    other = desk.actor(desk.account("officer", ags="16067089"))
    with pytest.raises(NotFound), db.transaction(desk.engine) as session:
        finding.find(session, other, delivery.id)


def test_a_planner_may_not_import(desk):
    planner = desk.actor(desk.account("planner", ags="16067"))
    with pytest.raises(NotAllowed), db.transaction(desk.engine) as session:
        finding.find(session, planner, 1)


# ---------------------------------------------------------------------------------------------------------------- undo


def test_an_import_is_undone_as_one_step_and_history_keeps_both(desk):
    desk.applied(desk.staged(csv_of("a;A;GE;20")).id)
    delivery = desk.applied(desk.staged(csv_of("a;A neu;GI;21", "b;B;GE;20")).id)
    delivery = desk.undone(delivery.id)
    assert delivery.preview["undone"] == {"removed": 1, "set_back": 1, "left": 0}
    (parcel,) = desk.parcels().values()
    assert (parcel.name_de, parcel.zone, float(parcel.price_eur_m2), parcel.version) == ("A", "GE", 20, 3)
    assert parcel.change_id == delivery.undone_change_id
    assert desk.scalar("select count(*) from parcel_history where name_de in ('A neu', 'B')") == 2


def test_what_somebody_has_changed_since_is_not_undone_but_listed(desk):
    delivery = desk.applied(desk.staged(csv_of("a;A;GE;20", "b;B;GE;20")).id)
    desk.edit(number=desk.parcels()["a"].number, name_de="später")
    delivery = desk.undone(delivery.id)
    assert delivery.preview["undone"] == {"removed": 1, "set_back": 0, "left": 1}
    assert [p.name_de for p in desk.parcels().values()] == ["später"]
    assert [row.row for row in page(desk, delivery, "left")] == [2]


def test_an_undo_happens_once(desk):
    delivery = desk.applied(desk.staged(csv_of("a;A;GE;20")).id)
    desk.undone(delivery.id)
    with pytest.raises(finding.WrongStep):
        desk.undone(delivery.id)


# ----------------------------------------------------------------------------------------------------------- four eyes


@pytest.fixture
def four_eyes(desk):
    with db.transaction(desk.owner) as session:
        session.connection().exec_driver_sql("update organisation set four_eyes = true")
    return desk.account("approver", ags="16067")


def decided(desk, delivery_id, by, accept):
    with db.transaction(desk.engine) as session:
        applying.decide(session, desk.actor(by), delivery_id, accept, "warum")


def test_with_four_eyes_an_approver_applies_and_history_names_both(desk, four_eyes):
    delivery = desk.staged(csv_of("a;A;GE;20"))
    desk.ask_apply(delivery.id)
    assert desk.delivery(delivery.id).state == "waiting"
    decided(desk, delivery.id, four_eyes, accept=True)
    delivery = desk.run("apply_delivery", delivery.id)
    assert delivery.state == "applied"
    who = desk.scalar("select account_id || '/' || approved_by from change where id = :id",
                      id=delivery.applied_change_id)  # fmt: skip
    assert who == f"{desk.officer_id}/{four_eyes}"


def test_with_four_eyes_nobody_approves_their_own_file(desk, four_eyes):
    delivery = desk.staged(csv_of("a;A;GE;20"), by=four_eyes)
    desk.ask_apply(delivery.id, by=four_eyes)
    with pytest.raises(NotAllowed):
        decided(desk, delivery.id, four_eyes, accept=True)


def test_a_declined_file_is_discarded_with_its_reason(desk, four_eyes):
    delivery = desk.staged(csv_of("a;A;GE;20"))
    desk.ask_apply(delivery.id)
    decided(desk, delivery.id, four_eyes, accept=False)
    delivery = desk.delivery(delivery.id)
    assert (delivery.state, delivery.problem["facts"]["comment"]) == ("discarded", "warum")
    assert desk.parcels() == {}


# ------------------------------------------------------------------------------------------------- statuses and mapping


def test_a_status_that_skips_a_step_is_warned_about_and_taken(desk):
    heading = "id;Bezeichnung;Status;reserviert bis;wkt"
    desk.applied(desk.staged(csv_of("a;A;reserviert;31.12.2027", heading=heading)).id)
    assert desk.parcels()["a"].status_until == dt.date(2027, 12, 31)
    delivery = desk.staged(csv_of("a;A;verpachtet;31.12.2027", heading=heading))
    (row,) = page(desk, delivery, "warning")
    assert {issue.code for issue in row.issues} == {"status_jump", "status_without_end"}
    assert "„reserviert“ auf „verpachtet“" in " ".join(issue.sentence("de") for issue in row.issues)
    desk.applied(delivery.id)
    assert (desk.parcels()["a"].status, desk.parcels()["a"].status_until) == ("leased", None)


def test_a_monthly_file_that_names_no_end_does_not_break_on_one_in_the_store(desk):
    heading = "id;Bezeichnung;Status;reserviert bis;wkt"
    desk.applied(desk.staged(csv_of("a;A;reserviert;31.12.2027", heading=heading)).id)
    delivery = desk.applied(desk.staged(csv_of("a;A;verkauft", heading="id;Bezeichnung;Status;wkt")).id)
    assert delivery.state == "applied", delivery.problem
    assert desk.parcels()["a"].status == "sold"


def test_the_next_file_with_the_same_headings_is_understood_as_the_last(desk):
    from landportal.services.deliveries.options import columns_key

    titles = ["id", "Bezeichnung", "Gebietsart", "Preis (€/m²)", "wkt"]
    chosen = DeliveryOptions(mapping={"Gebietsart": "-"}, columns_key=columns_key(titles))
    desk.staged(csv_of("a;A;GE;20"), options=chosen)
    following = desk.delivery(desk.upload(csv_of("b;B;GE;20")))
    with db.transaction(desk.engine) as session:
        options, _ = mappings.known(session, following, list(reversed(titles)))
        assert options.mapping == {"Gebietsart": "-"}
        assert mappings.known(session, following, titles[:-1]) is None
        (kept,) = mappings.listed(session, desk.actor())
        mappings.remove(session, desk.actor(), kept.id)
        assert mappings.known(session, following, titles) is None


def test_what_is_discarded_while_a_job_reads_it_keeps_nothing(desk, monkeypatch):
    delivery_id = desk.upload(csv_of("a;A;GE;20"))
    desk.stage(delivery_id, run=False)
    noted = staging.note_progress

    def discard_meanwhile(session, *facts):
        session.connection().exec_driver_sql("update delivery set state = 'discarded'")
        noted(session, *facts)

    monkeypatch.setattr(staging, "note_progress", discard_meanwhile)
    assert desk.run("stage_delivery", delivery_id).state == "discarded"
    assert desk.scalar("select count(*) from delivery_row") == 0


def test_two_workers_at_once_apply_once(desk):
    delivery = desk.staged(csv_of("a;A;GE;20", "b;B;GE;20"))
    desk.ask_apply(delivery.id)
    with ThreadPoolExecutor(3) as workers:
        list(workers.map(lambda _: desk.run("apply_delivery", delivery.id), range(3)))
    assert {p.version for p in desk.parcels().values()} == {1}
    assert desk.scalar("select count(*) from import_run") == 1


def test_two_files_with_the_same_rows_at_once_are_applied_once(desk):
    content = csv_of("a;A;GE;20", "b;B;GE;20")
    ids = [desk.staged(content).id for _ in range(2)]
    for delivery_id in ids:
        desk.ask_apply(delivery_id)
    with ThreadPoolExecutor(2) as workers:
        done = list(workers.map(lambda one: desk.run("apply_delivery", one), ids))
    assert sorted(one.preview["applied"]["new"] for one in done) == [0, 2]
    assert {p.version for p in desk.parcels().values()} == {1}


def test_files_and_rows_are_cleared_away_after_their_time_and_the_delivery_stays(desk, tmp_path):
    delivery = desk.applied(desk.staged(csv_of("a;A;GE;20")).id)
    folder = tmp_path / "deliveries"
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=purging.KEPT_DAYS)
    for now, left in ((later - dt.timedelta(days=1), 1), (later + dt.timedelta(days=1), 0)):
        with db.transaction(desk.engine) as session:
            purging.purge(session, tmp_path, now)
        assert len(list(folder.iterdir())) == left
        assert desk.scalar("select count(*) from delivery_row") == left
    assert desk.delivery(delivery.id).state == "applied"
    assert len(desk.parcels()) == 1
