"""Checks of shapes, drawing, splitting, merging: by whom, where, at the same time as others, with four eyes."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from shapely import MultiPolygon, box
from sqlalchemy import select, text

from landportal import db
from landportal.errors import InvalidInput, NotAllowed, NotFound
from landportal.model import Parcel, ParcelStatus, ParcelSuccessor, Proposal
from landportal.services import editing, lineage, shapes
from landportal.services.editing import Edit, EditConflict, RetiredParcel
from landportal.services.parcels import WithdrawnParcel, get_parcel
from landportal.services.permissions import actor_of
from landportal.services.shapes import (
    BadShape,
    Merging,
    NewParcel,
    Redrawing,
    ShapeRefused,
    Splitting,
    Subject,
    Weight,
    read_line,
)
from tests.conftest import CORNER_E, CORNER_N, Land, add_account


def place(east_km, north_km, width_m=100.0, depth_m=None):
    west, south = CORNER_E + east_km * 1000, CORNER_N + north_km * 1000
    return MultiPolygon([box(west, south, west + width_m, south + (depth_m or width_m))])


def knife(east_km, north_km=0.0, length_km=19.0):
    east, south = CORNER_E + east_km * 1000, CORNER_N + north_km * 1000
    return read_line(f"{east} {south}\n{east} {south + length_km * 1000}")


@pytest.fixture
def officer(land, account):
    """The officer of the county: both municipalities are hers."""
    return actor_of(account("officer", ags="16067"))


@pytest.fixture
def of_hoersel(land, account):
    return actor_of(account("officer", ags="16067089"))


def found(session, actor, shape, about=None):
    check = shapes.check_shape(session, actor, about or Subject(), shape)
    return {finding.code: finding for finding in check.findings}


def redrawn(parcel, shape, **facts):
    return Redrawing(parcel.number, parcel.version, shape, **{"reason": "neu vermessen", **facts})


class TestChecks:
    def test_a_shape_that_touches_nothing_has_nothing_to_object(self, session, land, of_hoersel):
        check = shapes.check_shape(session, of_hoersel, Subject(), place(1, 1))
        assert (check.findings, check.area_m2, check.perimeter_m) == ((), 10_000, 400)
        assert [share.name for share in check.municipalities] == ["Hörsel"]

    @pytest.mark.parametrize(
        ("width", "code", "weight"),
        [
            (0.0005, None, None),
            (0.05, "sliver", Weight.TOLD),
            (0.5, "sliver", Weight.TOLD),
            (5, "overlap", Weight.ACCEPT),
            (55, "overlap_too_much", Weight.REFUSED),
            (99, "same_land", Weight.REFUSED),
        ],
    )
    def test_overlaps_are_judged_like_those_of_the_import(self, session, land, of_hoersel, width, code, weight):
        land.parcel("H-1", 1, 1, ha=1)
        findings = found(session, of_hoersel, place(1.1 - width / 1000, 1))
        assert {name: finding.weight for name, finding in findings.items()} == ({code: weight} if code else {})
        if code:
            assert findings[code].other == "H-1"
            assert findings[code].facts["m2"] == pytest.approx(width * 100, abs=0.1)

    def test_withdrawn_parcels_and_the_parcel_itself_are_no_overlap(self, session, land, of_hoersel):
        land.parcel("H-1", 1, 1, ha=1, status="withdrawn")
        own = land.parcel("H-2", 1, 1, ha=1)
        assert found(session, of_hoersel, place(1, 1), shapes.subject(session, own.number, None)) == {}

    def test_land_of_another_municipality_is_refused_a_strip_of_it_asks_for_a_yes(self, session, land, of_hoersel):
        assert found(session, of_hoersel, place(25, 1))["outside_scope"].weight is Weight.REFUSED
        strip = found(session, of_hoersel, place(19.94, 1))
        assert "outside_scope" not in strip
        assert strip["leaves_scope"].weight is Weight.ACCEPT
        assert strip["crosses_border"].facts == {"place": "Waltershausen", "m2": 4_000}

    def test_the_county_may_cross_the_border_and_is_told(self, session, land, officer):
        assert set(found(session, officer, place(19.94, 1))) == {"crosses_border"}

    def test_land_outside_the_region_is_refused(self, session, land, officer):
        assert found(session, officer, place(100, 100))["outside_region"].weight is Weight.REFUSED

    def test_an_association_keeps_its_area_whatever_the_municipality(self, session, land, account):
        area = land.area("gewerbepark", geom=land.rectangle(19, 1, 2, 1))
        actor = actor_of(account("officer", ags=None, area_id=area.id))
        about = Subject(area_id=area.id)
        assert found(session, actor, place(19.5, 1.2), about) == {}
        assert found(session, actor, place(20.5, 1.2), about) == {}
        assert found(session, actor, place(18.95, 1.2), about)["partly_outside_area"].weight is Weight.TOLD
        assert found(session, actor, place(5, 5), about)["outside_area"].weight is Weight.REFUSED

    def test_constraints_are_told_with_their_share(self, session, land, officer):
        land.constraint("flood", 1, 1, 0.05, 1)
        land.constraint("flood", 1.02, 1, 0.05, 1)
        land.constraint("nature", 5, 5, 1, 1)
        [flood] = shapes.check_shape(session, officer, Subject(), place(1, 1)).constraints
        assert (flood.kind, round(flood.m2), round(flood.share, 2)) == ("flood", 7_000, 0.7)

    def test_an_invalid_shape_is_told_before_anything_else(self, session, land, officer):
        bow = shapes.read_shape("621000 5641000\n621100 5641100\n621100 5641000\n621000 5641100")
        check = shapes.check_shape(session, officer, Subject(), bow)
        assert [finding.code for finding in check.findings] == ["crosses_itself"]
        assert check.mended.is_valid
        assert not check.valid


class TestDrawing:
    def test_a_new_parcel_is_in_preparation_and_belongs_to_the_organisations_data_set(self, session, land, of_hoersel):
        saved = shapes.draw(session, of_hoersel, NewParcel("Am Bahnhof", place(1, 1)))
        parcel = session.scalar(select(Parcel).where(Parcel.number == saved.number))
        assert (parcel.status, parcel.municipality_ags, parcel.area_m2) == ("preparing", "16067089", 10_000)
        again = shapes.draw(session, of_hoersel, NewParcel("Am Bahnhof 2", place(2, 1)))
        other = session.scalar(select(Parcel).where(Parcel.number == again.number))
        assert other.data_set_id == parcel.data_set_id

    def test_a_refused_shape_is_not_stored(self, session, land, of_hoersel):
        land.parcel("H-1", 1, 1)
        for shape in (place(25, 1), place(1, 1), place(1.02, 1)):
            with pytest.raises(ShapeRefused):
                shapes.draw(session, of_hoersel, NewParcel("Nein", shape, reason="x", accepted=True))
        assert session.scalars(select(Parcel.number)).all() == ["H-1"]

    def test_an_overlap_is_saved_on_an_explicit_yes_with_a_reason(self, session, land, of_hoersel):
        land.parcel("H-1", 1, 1)
        overlapping = place(1.095, 1)
        with pytest.raises(ShapeRefused):
            shapes.draw(session, of_hoersel, NewParcel("Ja", overlapping, reason="Grenze strittig"))
        with pytest.raises(InvalidInput, match="reason_missing"):
            shapes.draw(session, of_hoersel, NewParcel("Ja", overlapping, accepted=True))
        assert shapes.draw(session, of_hoersel, NewParcel("Ja", overlapping, reason="strittig", accepted=True)).number

    def test_a_planner_draws_nothing(self, session, land, account):
        with pytest.raises(NotAllowed):
            shapes.draw(session, actor_of(account("planner", ags="16067")), NewParcel("x", place(1, 1)))

    def test_with_four_eyes_a_new_parcel_waits_out_of_sight(self, session, land, account):
        officer, approver = _four_eyes(session, account)
        saved = shapes.draw(session, officer, NewParcel("Neu", place(1, 1)))
        assert saved.proposal_id
        with pytest.raises(WithdrawnParcel):
            get_parcel(session, saved.number)
        editing.decide(session, approver, saved.proposal_id, accept=True)
        assert get_parcel(session, saved.number).parcel.status == "preparing"


class TestRedrawing:
    def test_another_shape_is_a_new_version(self, session, land, of_hoersel):
        parcel = land.parcel("H-1", 1, 1)
        saved = shapes.redraw(session, of_hoersel, redrawn(parcel, place(1, 1, 120)))
        assert session.get(Parcel, parcel.id).area_m2 == 14_400
        assert saved.version == 2

    def test_the_same_shape_through_text_changes_nothing(self, session, land, of_hoersel):
        parcel = land.parcel("H-1", 1.0001234567, 1.0001234567, ha=1.23456)
        now = shapes.shape_now(session, of_hoersel, "H-1", "Loch")
        for written in (now.text, now.geojson):
            saved = shapes.redraw(session, of_hoersel, redrawn(parcel, shapes.read_shape(written)))
            assert (saved.version, saved.changed) == (1, ())

    def test_a_parcel_cannot_be_moved_out_of_the_scope(self, session, land, of_hoersel):
        parcel = land.parcel("H-1", 1, 1)
        with pytest.raises(ShapeRefused):
            shapes.redraw(session, of_hoersel, redrawn(parcel, place(25, 1), accepted=True))

    def test_another_scopes_parcel_a_second_saver_and_a_missing_reason_are_refused(self, session, land, of_hoersel):
        parcel, foreign = land.parcel("H-1", 1, 1), land.parcel("W-1", 25, 1)
        with pytest.raises(NotAllowed):
            shapes.redraw(session, of_hoersel, redrawn(foreign, place(25, 1, 50)))
        with pytest.raises(NotFound):
            shapes.redraw(session, of_hoersel, Redrawing("nirgends", 1, place(1, 1), "x"))
        with pytest.raises(EditConflict):
            shapes.redraw(session, of_hoersel, Redrawing("H-1", 7, place(1, 1, 50), "x"))
        with pytest.raises(InvalidInput, match="reason_missing"):
            shapes.redraw(session, of_hoersel, redrawn(parcel, place(1, 1, 50), reason=" "))

    def test_with_four_eyes_a_shape_waits(self, session, land, account):
        officer, approver = _four_eyes(session, account)
        parcel = land.parcel("H-1", 1, 1)
        saved = shapes.redraw(session, officer, redrawn(parcel, place(1, 1, 50)))
        assert session.get(Parcel, parcel.id).area_m2 == 10_000
        editing.decide(session, approver, saved.proposal_id, accept=True)
        assert session.get(Parcel, parcel.id).area_m2 == 2_500


def _four_eyes(session, account):
    officer = account("officer", ags="16067")
    officer.organisation.four_eyes = True
    approver = account("approver", ags="16067")
    session.flush()
    return actor_of(officer), actor_of(approver)


def splitting(parcel, line=None, names=("Los 1a", "Los 1b"), **facts):
    return Splitting(parcel.number, parcel.version, line or knife(1.03), names, **{"reason": "Teilverkauf", **facts})


class TestSplitting:
    def test_parts_take_over_what_is_known_and_the_whole_is_retired(self, session, land, of_hoersel):
        parcel = land.parcel(
            "H-1", 1, 1, zone="GI", price_eur_m2=22.8, lot_min_m2=5_000, power_mw=4, status="reserved",
            status_until=dt.date(2027, 1, 31), confirmed_at=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
            confirmed_by="Stadt",
        )  # fmt: skip
        divided = shapes.split(session, of_hoersel, splitting(parcel))
        west, east = (session.scalar(select(Parcel).where(Parcel.number == number)) for number in divided.numbers)
        assert (west.name_de, east.name_de) == ("Los 1a", "Los 1b")
        assert west.area_m2 + east.area_m2 == pytest.approx(10_000, abs=0.01)
        for part in (west, east):
            assert (part.zone, float(part.price_eur_m2), float(part.power_mw)) == ("GI", 22.8, 4)
            assert (part.status, part.status_until, part.confirmed_by) == ("reserved", dt.date(2027, 1, 31), "Stadt")
            assert (part.data_set_id, part.municipality_ags) == (parcel.data_set_id, "16067089")
        assert (west.lot_min_m2, float(east.lot_min_m2)) == (None, 5_000)
        assert (parcel.status, parcel.status_until) == ("withdrawn", None)

    def test_a_retired_parcel_names_its_successors_down_to_the_present(self, session, land, of_hoersel):
        parcel = land.parcel("H-1", 1, 1)
        first, second = shapes.split(session, of_hoersel, splitting(parcel)).numbers
        part = session.scalar(select(Parcel).where(Parcel.number == second))
        more = shapes.split(session, of_hoersel, splitting(part, knife(1.06), ("x", "y"))).numbers
        with pytest.raises(WithdrawnParcel) as gone:
            get_parcel(session, "H-1")
        assert {relative.number for relative in gone.value.successors} == {first, *more}
        assert [relative.number for relative in get_parcel(session, more[0]).predecessors] == [second]

    def test_a_retired_parcel_cannot_be_offered_again_or_changed(self, session, land, of_hoersel):
        parcel = land.parcel("H-1", 1, 1)
        shapes.split(session, of_hoersel, splitting(parcel))
        session.refresh(parcel)
        with pytest.raises(RetiredParcel):
            editing.save(session, of_hoersel, Edit("H-1", parcel.version, {"status": ParcelStatus.AVAILABLE}))
        with pytest.raises(RetiredParcel):
            shapes.split(session, of_hoersel, splitting(parcel))
        with pytest.raises(WithdrawnParcel):
            shapes.shape_now(session, of_hoersel, "H-1", "Loch")

    def test_what_does_not_fit_changes_nothing(self, session, land, of_hoersel):
        parcel = land.parcel("H-1", 1, 1)
        for wrong, kind in (
            (splitting(parcel, names=("nur einer",)), InvalidInput),
            (splitting(parcel, names=("a", " ")), InvalidInput),
            (splitting(parcel, reason=""), InvalidInput),
            (splitting(parcel, knife(5)), BadShape),
            (Splitting("H-1", 9, knife(1.03), ("a", "b"), "x"), EditConflict),
        ):
            with pytest.raises(kind):
                shapes.split(session, of_hoersel, wrong)
        assert session.scalars(select(Parcel.number)).all() == ["H-1"]
        assert session.scalar(select(ParcelSuccessor)) is None

    def test_a_part_may_not_leave_the_scope(self, session, land, of_hoersel):
        parcel = land.parcel("H-1", 19.96, 1)
        with pytest.raises(NotAllowed):
            shapes.split(session, of_hoersel, splitting(parcel, knife(20)))
        mine = land.parcel("H-2", 19.94, 3)
        with pytest.raises(ShapeRefused):
            shapes.split(session, of_hoersel, splitting(mine, knife(20)))

    def test_names_are_proposed_as_people_count_lots(self, session, land, of_hoersel):
        land.parcel("H-1", 1, 1, name_de="Ost, Los 7")
        land.parcel("H-2", 1, 3, name_de="Erweiterung")
        line = f"{CORNER_E + 1030} {CORNER_N}\n{CORNER_E + 1030} {CORNER_N + 9000}"
        assert [part.name for part in shapes.preview_split(session, of_hoersel, "H-1", line)] == [
            "Ost, Los 7a", "Ost, Los 7b",
        ]  # fmt: skip
        assert [part.name for part in shapes.preview_split(session, of_hoersel, "H-2", line)] == [
            "Erweiterung 1", "Erweiterung 2",
        ]  # fmt: skip

    def test_with_four_eyes_splitting_waits_for_the_approver(self, session, land, account):
        officer, approver = _four_eyes(session, account)
        parcel = land.parcel("H-1", 1, 1)
        divided = shapes.split(session, officer, splitting(parcel))
        assert divided.numbers == ()
        assert session.get(Parcel, parcel.id).status == "available"
        assert session.scalars(select(Parcel.number)).all() == ["H-1"]
        assert session.get(Proposal, divided.proposal_id).content["operation"] == "split"
        saved = editing.decide(session, approver, divided.proposal_id, accept=True)
        assert len(saved.changed) == 2
        assert session.get(Parcel, parcel.id).status == "withdrawn"

    def test_what_waited_too_long_is_a_conflict(self, session, land, account):
        officer, approver = _four_eyes(session, account)
        parcel = land.parcel("H-1", 1, 1)
        divided = shapes.split(session, officer, splitting(parcel))
        editing.apply(session, parcel, Edit("H-1", 1, {"name_de": "anders"}))
        with pytest.raises(EditConflict):
            editing.decide(session, approver, divided.proposal_id, accept=True)


class TestMerging:
    @pytest.fixture
    def pair(self, land):
        return (
            land.parcel("H-1", 1, 1, name_de="Ost, Los 1", zone="GI", price_eur_m2=20, status="available",
                        cadastral_ids=["16012300400005______"]),
            land.parcel("H-2", 1.1, 1, name_de="Ost, Los 2", zone="GE", price_on_request=True, status="reserved",
                        status_until=dt.date(2027, 1, 1), cadastral_ids=["16012300400006______"]),
        )  # fmt: skip

    @staticmethod
    def merging(pair, **facts):
        chosen = {"zone": "H-1", "price": "H-1", "status": "H-2"}
        versions = {parcel.number: parcel.version for parcel in pair}
        return Merging(**{"versions": versions, "name_de": "Ost", "chosen": chosen, "reason": "ein Käufer", **facts})

    def test_neighbours_of_the_scope_are_offered(self, session, land, of_hoersel, pair):
        land.parcel("H-3", 1.2, 1.1, status="available")
        land.parcel("H-4", 1, 1.1, status="withdrawn")
        assert [parcel.number for parcel in shapes.choosable(session, of_hoersel, "H-1")] == ["H-2"]

    def test_differences_are_asked_for_and_everything_else_is_taken_over(self, session, of_hoersel, pair):
        preview = shapes.preview_merge(session, of_hoersel, ["H-1", "H-2"])
        assert {difference.name for difference in preview.differing} == {"zone", "price", "status"}
        assert preview.name == "Ost, Los 1 + 2"
        with pytest.raises(InvalidInput) as missing:
            shapes.merge(session, of_hoersel, self.merging(pair, chosen={"zone": "H-1", "price": "H-1"}))
        assert missing.value.field == "status"
        with pytest.raises(InvalidInput):
            shapes.merge(
                session, of_hoersel, self.merging(pair, chosen=dict.fromkeys(("zone", "price", "status"), "X"))
            )

    def test_the_merged_parcel_has_the_chosen_values_and_all_cadastral_parcels(self, session, of_hoersel, pair):
        [number] = shapes.merge(session, of_hoersel, self.merging(pair)).numbers
        parcel = session.scalar(select(Parcel).where(Parcel.number == number))
        assert (parcel.name_de, parcel.zone, parcel.price_eur_m2, parcel.status) == ("Ost", "GI", 20, "reserved")
        assert parcel.status_until == dt.date(2027, 1, 1)
        assert len(parcel.cadastral_ids) == 2
        assert parcel.area_m2 == pytest.approx(20_000, abs=0.01)
        for old in pair:
            session.refresh(old)
            assert old.status == "withdrawn"
            assert [relative.number for relative in lineage.successors(session, old.id)] == [number]

    def test_a_member_outside_the_scope_forbids_all(self, session, land, of_hoersel):
        pair = (land.parcel("H-1", 19.9, 1), land.parcel("W-1", 20, 1))
        with pytest.raises(NotAllowed):
            shapes.merge(session, of_hoersel, self.merging(pair, chosen={}))
        assert {parcel.status for parcel in pair} == {"available"}

    def test_strangers_and_old_versions_are_refused(self, session, land, of_hoersel, pair):
        far = land.parcel("H-9", 5, 5)
        with pytest.raises(BadShape, match="not_neighbours"):
            shapes.merge(session, of_hoersel, self.merging((pair[0], far)))
        with pytest.raises(EditConflict):
            shapes.merge(session, of_hoersel, self.merging(pair, versions={"H-1": 1, "H-2": 5}))
        with pytest.raises(BadShape, match="nothing_to_join"):
            shapes.merge(session, of_hoersel, self.merging(pair, versions={"H-1": 1}))

    def test_with_four_eyes_merging_waits(self, session, pair, account):
        officer, approver = _four_eyes(session, account)
        divided = shapes.merge(session, officer, self.merging(pair))
        assert session.scalars(select(Parcel.status).order_by(Parcel.id)).all() == ["available", "reserved"]
        [number] = editing.decide(session, approver, divided.proposal_id, accept=True).changed
        assert get_parcel(session, number).parcel.zone == "GI"

    def test_the_whole_of_two_parts_is_the_parcel_of_before(self, session, land, of_hoersel):
        parcel = land.parcel("H-1", 1, 1, zone="GI")
        numbers = shapes.split(session, of_hoersel, splitting(parcel)).numbers
        parts = session.scalars(select(Parcel).where(Parcel.number.in_(numbers))).all()
        [number] = shapes.merge(session, of_hoersel, self.merging(parts, chosen={})).numbers
        again = get_parcel(session, number).parcel
        assert (again.area_m2, again.zone) == (pytest.approx(10_000, abs=0.01), "GI")


class TestAtTheSameTime:
    """Real transactions of the application's role, side by side."""

    @pytest.fixture
    def store(self, database_url, settings):
        owner = db.connect(database_url, settings)
        with db.transaction(owner) as session:
            land = Land(session)
            for place_, number in enumerate(("H-1", "H-2", "H-3")):
                land.parcel(number, 1 + place_ / 10, 1)
            self.account = add_account(session, "officer", ags="16067089")
        self.application = db.connect(database_url, settings, role=db.APPLICATION_ROLE)
        yield owner
        self.application.dispose()
        owner.dispose()

    def both(self, *jobs):
        start = threading.Barrier(len(jobs))

        def run(job):
            start.wait()
            try:
                with db.transaction(self.application, db.Acting(self.account.id, "page")) as session:
                    return job(session, actor_of(self.account))
            except Exception as error:
                return error

        with ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(run, jobs))

    def test_of_two_who_split_the_same_parcel_one_wins(self, store):
        wanted = Splitting("H-1", 1, knife(1.03), ("a", "b"), "x")
        outcomes = self.both(*[lambda session, actor: shapes.split(session, actor, wanted)] * 2)
        assert sum(isinstance(outcome, shapes.Divided) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, EditConflict | RetiredParcel) for outcome in outcomes) == 1
        with db.transaction(store) as session:
            assert session.scalar(text("select count(*) from parcel")) == 5

    def test_of_two_who_merge_overlapping_choices_one_wins_and_none_waits_for_ever(self, store):
        def merging(*numbers):
            return lambda session, actor: shapes.merge(
                session, actor, Merging(dict.fromkeys(numbers, 1), "neu", {}, "x")
            )

        outcomes = self.both(merging("H-1", "H-2"), merging("H-3", "H-2"))
        assert sum(isinstance(outcome, shapes.Divided) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, EditConflict | RetiredParcel) for outcome in outcomes) == 1

    def test_of_two_who_draw_the_same_land_one_wins(self, store):
        drawn = NewParcel("neu", place(5, 5))
        outcomes = self.both(*[lambda session, actor: shapes.draw(session, actor, drawn)] * 2)
        assert sum(isinstance(outcome, ShapeRefused) for outcome in outcomes) == 1

    def test_one_transaction_is_one_change_with_its_reason(self, store):
        [divided] = self.both(
            lambda session, actor: shapes.split(session, actor, Splitting("H-1", 1, knife(1.03), ("a", "b"), "Verkauf"))
        )
        with db.transaction(store) as session:
            rows = session.execute(
                text("select number, c.reason, c.account_id from parcel p join change c on c.id = p.change_id"
                     " where number = 'H-1' or name_de in ('a', 'b')")
            ).all()  # fmt: skip
            assert {(row.reason, row.account_id) for row in rows} == {("Verkauf", self.account.id)}
            assert {row.number for row in rows} == {"H-1", *divided.numbers}
            assert session.scalar(text("select count(distinct change_id) from parcel where number = 'H-1' or name_de in"
                                       " ('a', 'b')")) == 1  # fmt: skip
