"""Derived data kept right: what marks a parcel, what a run computes, and what happens when it is stopped or doubled."""

import datetime as dt
import threading
from concurrent.futures import Future

import pytest
from sqlalchemy import func, select, text

from landportal import db
from landportal.model import DistanceRule, ParcelLoss, ParcelPotential, StaleParcel
from landportal.services.enrichment import queue, steps
from landportal.services.tasks.enrichment import InThisThread, NotComputed, Run
from tests.conftest import CORNER_E, CORNER_N, Land


@pytest.fixture
def store(database_url, settings):
    """A database of its own with the made-up region, nothing in it yet; and a fresh session for each block."""
    engine = db.connect(database_url, settings)
    with db.transaction(engine) as session:
        Land(session)
    yield engine
    engine.dispose()


class Region:
    """Writes into the region in transactions of their own."""

    def __init__(self, engine):
        self.engine = engine

    def __call__(self, write):
        with db.transaction(self.engine) as session:
            land = Land.__new__(Land)
            land.session = session
            land.data_set = session.scalars(text("select id from data_set")).first()
            land.data_set = type("DataSet", (), {"id": land.data_set})()
            return write(land)


@pytest.fixture
def region(store):
    return Region(store)


def work_off(engine, **facts):
    return Run(engine, InThisThread(), **facts).work_off()


def marked(engine):
    """Numbers of the parcels that wait."""
    with db.transaction(engine) as session:
        return set(session.scalars(text("select number from parcel where id in (select parcel_id from parcel_stale)")))


def potential(engine, number):
    with db.transaction(engine) as session:
        wanted = select(ParcelPotential).where(
            ParcelPotential.parcel_id == select(text("id from parcel where number = :n")).scalar_subquery()
        )
        return session.scalars(wanted, {"n": number}).one_or_none()


def losses(engine, number):
    with db.transaction(engine) as session:
        return session.scalars(
            select(ParcelLoss)
            .where(ParcelLoss.parcel_id == select(text("id from parcel where number = :n")).scalar_subquery())
            .order_by(ParcelLoss.place),
            {"n": number},
        ).all()


def run(engine, statement, **values):
    with db.transaction(engine) as session:
        return session.execute(text(statement), values)


def test_a_new_parcel_waits_and_a_run_explains_its_area(store, region):
    region(lambda land: land.parcel("A", ha=1))
    assert marked(store) == {"A"}
    assert work_off(store) == 1
    assert marked(store) == set()
    found = potential(store, "A")
    assert (found.gross_m2, found.net_m2) == pytest.approx((10_000, 94 * 94))
    assert (found.parcel_version, found.restricted_m2) == (1, 0)
    (border,) = losses(store, "A")
    assert (border.cause, border.source, border.distance_m) == ("border", "ThürBO § 6", 3)
    assert border.area_m2 == pytest.approx(10_000 - 94 * 94)
    with db.transaction(store) as session:
        assert session.scalar(text("select net_area_m2 from parcel")) == pytest.approx(94 * 94)


def test_what_is_not_computed_yet_is_unknown_and_not_zero(store, region):
    region(lambda land: land.parcel("A"))
    with db.transaction(store) as session:
        assert session.scalar(text("select net_area_m2 from parcel")) is None


def test_zones_take_land_in_the_order_of_causes_and_name_their_source(store, region):
    def write(land):
        land.parcel("A", 1, 1, ha=4)
        land.constraint("flood", 1.1, 1, 1, 1, grade="excluded", name="HQ100", source_date=dt.date(2026, 3, 1))
        land.constraint("nature", 1.15, 1, 1, 1, grade="restricted", name="LSG")
        land.constraint("nature", 1, 1, 0.05, 1, grade="restricted", name="LSG Nord")

    region(write)
    work_off(store)
    told = [(loss.cause, loss.grade, loss.name, loss.as_of, round(loss.area_m2)) for loss in losses(store, "A")]
    assert told == [
        ("border", "excluded", None, dt.date(2026, 1, 1), 40_000 - 194 * 194),
        ("flood", "excluded", "HQ100", dt.date(2026, 3, 1), 97 * 194),
        ("nature", "restricted", "LSG Nord", dt.date(2026, 1, 1), 47 * 194),
    ]
    found = potential(store, "A")
    assert found.net_m2 == pytest.approx(97 * 194)
    assert found.restricted_m2 == pytest.approx(47 * 194)
    assert found.net_m2 + sum(loss.area_m2 for loss in losses(store, "A") if loss.grade == "excluded") == (
        pytest.approx(found.gross_m2, abs=1e-6)
    )


def test_roads_keep_buildings_away_by_their_class(store, region):
    def write(land):
        land.parcel("A", 1, 1, ha=4)
        line = f"SRID=25832;MULTILINESTRING(({CORNER_E} {CORNER_N + 980},{CORNER_E + 5000} {CORNER_N + 980}))"
        run_in(land.session, "motorway", line)

    def run_in(session, road_class, line):
        session.execute(
            text(
                "insert into road (road_class, ref, geom, source_id, data_set_id) select :c, 'A 4', :g, 'r', id"
                " from data_set"
            ),
            {"c": road_class, "g": line},
        )

    region(write)
    work_off(store)
    told = [(loss.cause, loss.grade, loss.distance_m, loss.source, round(loss.area_m2)) for loss in losses(store, "A")]
    # The line runs 20 m south of the parcel: 40 m reach 20 m into it, of which the border has 3 m.
    assert told[1:] == [
        ("motorway", "excluded", 40, "FStrG § 9 (1)", 194 * 17),
        ("motorway", "restricted", 100, "FStrG § 9 (2)", 194 * 60),
    ]


def test_a_changed_flood_zone_marks_only_what_it_meets_before_and_after(store, region):
    def write(land):
        for place in range(5):
            land.parcel(f"P-{place}", 1 + place * 2, 1)
        return land.constraint("flood", 1, 1, 0.05, 1, grade="excluded").id

    zone = region(write)
    work_off(store)
    run(store, "update constraint_zone set geom = st_translate(geom, 4000, 0) where id = :id", id=zone)
    assert marked(store) == {"P-0", "P-2"}
    work_off(store)
    assert [loss.cause for loss in losses(store, "P-0")] == ["border"]
    assert [loss.cause for loss in losses(store, "P-2")] == ["border", "flood"]
    run(store, "delete from constraint_zone")
    assert marked(store) == {"P-2"}


def test_a_zone_with_a_distance_marks_what_the_distance_meets(store, region):
    def write(land):
        land.parcel("near", 1, 1)
        land.parcel("far", 1, 2)

    region(write)
    work_off(store)
    region(lambda land: land.constraint("forest", 1, 0.7, 0.1, 0.28, grade="excluded"))  # 20 m south of `near`
    assert marked(store) == {"near"}
    work_off(store)
    assert [(loss.cause, round(loss.distance_m), loss.source) for loss in losses(store, "near")][1:] == [
        ("forest", 30, "ThürWaldG § 26")
    ]


def test_other_attributes_of_a_parcel_mark_nothing(store, region):
    region(lambda land: land.parcel("A"))
    work_off(store)
    run(store, "update parcel set price_eur_m2 = 12, status = 'reserved', grz = 0.8")
    assert marked(store) == set()
    run(store, "update parcel set geom = st_multi(st_translate(geom, 5, 0))")
    assert marked(store) == {"A"}


def test_a_rule_marks_what_it_concerns_and_a_plan_goes_before_it(store, region):
    def write(land):
        land.parcel("planned", 1, 1, plan_name="Ost III")
        land.parcel("elsewhere", 25, 1, plan_name="Ost III")
        land.parcel("plain", 3, 1)

    region(write)
    work_off(store)
    with db.transaction(store) as session:
        session.add(
            DistanceRule(
                cause="border",
                grade="excluded",
                distance_m=0,
                source="B-Plan Ost III",
                valid_from=dt.date(2026, 6, 1),
                plan_name="Ost III",
                ags="16067089",
            )
        )
    assert marked(store) == {"planned"}
    work_off(store)
    assert potential(store, "planned").net_m2 == pytest.approx(10_000)
    assert potential(store, "elsewhere").net_m2 == potential(store, "plain").net_m2 == pytest.approx(94 * 94)
    with db.transaction(store) as session:
        session.add(
            DistanceRule(
                cause="border", grade="excluded", distance_m=5, source="ThürBO § 6", valid_from=dt.date(2026, 6, 1)
            )
        )
    assert marked(store) == {"planned", "elsewhere", "plain"}
    work_off(store)
    assert potential(store, "planned").net_m2 == pytest.approx(10_000)
    assert potential(store, "plain").net_m2 == pytest.approx(90 * 90)


def test_a_rule_of_the_future_waits_for_its_day(store, region):
    region(lambda land: land.parcel("A"))
    work_off(store)
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
    with db.transaction(store) as session:
        session.add(DistanceRule(cause="border", grade="excluded", distance_m=10, source="Neu", valid_from=tomorrow))
    assert marked(store) == set()
    with db.transaction(store) as session:
        assert queue.mark_for_rules(session) == 0
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("update distance_rule set valid_from = current_date where source = 'Neu'"))
        session.execute(text("set local session_replication_role = origin"))
        assert queue.mark_for_rules(session) == 1
    work_off(store)
    assert potential(store, "A").net_m2 == pytest.approx(80 * 80)


def test_nothing_is_computed_again_from_the_same_inputs(store, region, monkeypatch):
    region(lambda land: land.parcel("A"))
    work_off(store)
    before = potential(store, "A").computed_at
    with db.transaction(store) as session:
        queue.mark_all(session)
    assert work_off(store) == 1
    assert potential(store, "A").computed_at == before


class Dying(InThisThread):
    """Computes a few chunks, then the process is gone."""

    def __init__(self, chunks):
        self.left = chunks

    def submit(self, fn, /, *args, **kwargs):
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        return super().submit(fn, *args, **kwargs)


def test_a_run_killed_in_the_middle_leaves_what_is_right_and_the_rest_in_the_queue(store, region):
    region(lambda land: [land.parcel(f"P-{place}", 1 + place) for place in range(10)])
    with pytest.raises(KeyboardInterrupt):
        Run(store, Dying(2), chunk=3).work_off()
    assert marked(store) == {f"P-{place}" for place in range(6, 10)}
    assert all(potential(store, f"P-{place}").net_m2 == pytest.approx(94 * 94) for place in range(6))
    assert potential(store, "P-6") is None
    assert work_off(store) == 4
    assert marked(store) == set()


class Held(InThisThread):
    """An executor that computes when it is told to."""

    def __init__(self):
        self.asked, self.go = threading.Event(), threading.Event()

    def submit(self, fn, /, *args, **kwargs):
        future = Future()

        def later():
            self.go.wait(20)
            future.set_result(fn(*args, **kwargs))

        threading.Thread(target=later).start()
        self.asked.set()
        return future


def test_two_runs_at_once_share_the_work_and_a_change_in_between_is_not_lost(store, region):
    region(lambda land: [land.parcel(f"P-{place}", 1 + place) for place in range(4)])
    slow, done = Held(), []
    thread = threading.Thread(target=lambda: done.append(Run(store, slow, chunk=2).work_off()))
    thread.start()
    slow.asked.wait(20)
    # While the first two are computed, another run takes the others, and one of the two changes.
    assert work_off(store) == 2
    assert marked(store) == {"P-0", "P-1"}
    run(store, "update parcel set geom = st_multi(st_expand(geom, 50)) where number = 'P-0'")
    slow.go.set()
    thread.join(20)
    assert marked(store) == set()
    assert potential(store, "P-0").net_m2 == pytest.approx(194 * 194)
    assert potential(store, "P-1").net_m2 == pytest.approx(94 * 94)
    assert done == [3]  # P-0 twice.


def test_a_parcel_that_cannot_be_computed_is_told_and_keeps_no_other_from_it(store, region, monkeypatch):
    region(lambda land: [land.parcel(f"P-{place}", 1 + place) for place in range(3)])
    fine = steps.STEPS["potential"]

    def answer(question):
        if question.parcel_id % 3 == 0:
            raise ArithmeticError("broken")
        return fine.answer(question)

    monkeypatch.setitem(steps.STEPS, "potential", steps.Step(fine.ask, answer, fine.keep))
    with pytest.raises(NotComputed) as told:
        work_off(store)
    (number,) = told.value.faults
    assert "ArithmeticError: broken" in told.value.faults[number]
    assert marked(store) == {number}
    monkeypatch.undo()
    assert work_off(store) == 1


def test_a_parcel_that_is_deleted_while_it_is_computed_leaves_nothing(store, region):
    region(lambda land: land.parcel("A"))
    slow = Held()
    thread = threading.Thread(target=Run(store, slow).work_off)
    thread.start()
    slow.asked.wait(20)
    run(store, "delete from parcel")
    slow.go.set()
    thread.join(20)
    with db.transaction(store) as session:
        assert session.scalar(select(func.count()).select_from(ParcelPotential)) == 0
        assert session.scalar(select(func.count()).select_from(StaleParcel)) == 0


def test_one_job_waits_however_much_changes_and_the_worker_does_it_as_the_application(store, region, database_url):
    region(lambda land: [land.parcel(f"P-{place}", 1 + place) for place in range(3)])
    region(lambda land: land.constraint("flood", 1, 1, 0.05, 1, grade="excluded"))
    waiting = "select count(*) from procrastinate_jobs where task_name = 'enrich' and status = 'todo'"
    assert run(store, waiting).scalar() == 1
    application = db.connect(database_url, _limits(), role=db.APPLICATION_ROLE)
    assert work_off(application) == 3
    application.dispose()
    assert potential(store, "P-0") is not None
    with db.transaction(store) as session:
        assert session.scalar(text("select count(*) from parcel where net_area_m2 is not null")) == 3
        assert session.scalar(text("select count(*) from parcel_history")) == 0


def _limits():
    from landportal.config import read_settings

    return read_settings()


def test_what_a_search_shows_moves_with_what_is_computed(store, region):
    region(lambda land: land.parcel("A"))
    revision = "select value from revision where subject = 'parcels'"
    before = run(store, revision).scalar()
    work_off(store)
    assert run(store, revision).scalar() > before


def test_zones_of_many_corners_are_cut_and_give_the_same(store, region):
    region(lambda land: land.parcel("A", 1, 1, ha=4))
    # A disc of 2,000 m radius whose edge runs through the parcel, drawn with 20,000 corners.
    run(
        store,
        "insert into constraint_zone (kind, grade, geom, source_id, data_set_id)"
        " select 'flood', 'excluded', st_multi(st_buffer(st_setsrid(st_makepoint(:e, :n), 25832), 2000, 5000)), 'z', id"
        " from data_set",
        e=CORNER_E + 1100, n=CORNER_N - 900,
    )  # fmt: skip
    work_off(store)
    expected = "select st_area(st_difference(st_buffer(p.geom, -3), z.geom)) from parcel p, constraint_zone z"
    assert potential(store, "A").net_m2 == pytest.approx(run(store, expected).scalar(), abs=1e-4)
