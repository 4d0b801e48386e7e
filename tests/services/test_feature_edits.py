"""Writing parcels for programs: the rules of the desk, seen from below HTTP."""

import itertools
import threading
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from landportal import db
from landportal.errors import NotAllowed, NotFound
from landportal.model import ProposalState
from landportal.services import editing, feature_edits, proposals
from landportal.services.collections.parcel_fields import parcel_fields
from landportal.services.feature_edits import PromisedLand, Terms, VersionChanged
from landportal.services.feature_input import FeatureRefused, editable_fields, read_body, same
from landportal.services.fields import by_uri
from landportal.services.parcels import WithdrawnParcel
from landportal.services.shapes import BadShape, ShapeRefused
from tests.conftest import CORNER_E, CORNER_N, add_account
from tests.services.desk_store import desk_store

UTM = by_uri("EPSG:25832")
TERMS = Terms("wegen der Prüfung")


@pytest.fixture(scope="module")
def store(clone, settings):
    with desk_store(clone("empty"), settings) as store:
        yield store


@pytest.fixture(autouse=True)
def _one_pair_of_eyes(store):
    yield
    store.four_eyes(False)


PLACES = itertools.product(range(2, 16), range(3, 16))


@pytest.fixture
def site(store):
    """A new site of a place of its own, inside the officers' scope."""
    place = next(PLACES)
    return Site(create(store, store.officer, whole(*place)).number, *place)


@dataclass(frozen=True)
class Site:
    number: str
    east_km: float
    north_km: float


def square(east_km, north_km, side_m=100):
    west, south = CORNER_E + east_km * 1000, CORNER_N + north_km * 1000
    ring = [[west, south], [west + side_m, south], [west + side_m, south + side_m], [west, south + side_m]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def whole(east_km, north_km, **properties):
    content = {
        "type": "Feature", "geometry": square(east_km, north_km), "properties": {"name_de": "Neu", **properties}
    }  # fmt: skip
    return read_body(content, UTM, None, frozenset())


def patch(geometry=None, **properties):
    content = {"properties": properties, **({"geometry": geometry} if geometry else {})}
    return read_body(content, UTM, None, None)


def change(store, account, site, body, terms=TERMS):
    with store.writing(account) as session:
        return feature_edits.change(session, store.actor(account), getattr(site, "number", site), body, terms)


def create(store, account, body, terms=TERMS):
    with store.writing(account) as session:
        return feature_edits.create(session, store.actor(account), body, terms)


def withdraw(store, account, site, terms=TERMS):
    with store.writing(account) as session:
        return feature_edits.withdraw(session, store.actor(account), getattr(site, "number", site), terms)


def places(refused):
    return {fault.pointer for fault in refused.value.faults}


def count(store, table):
    with db.reading(store.owner) as session:
        return session.scalar(text(f"select count(*) from {table}"))


def larger(site, side_m):
    return square(site.east_km, site.north_km, side_m)


def test_every_attribute_of_the_desk_that_machines_read_can_be_written():
    named = {field.name for field in editable_fields()}
    assert named - {"area"} == {field.name for field in parcel_fields()} & set(editing.EDITABLE)
    assert {"number", "area_m2", "version", "confirmed_at", "municipality"} & named == set()


def test_a_change_is_one_version_with_its_reason(store, site):
    saved = change(store, store.officer, site, patch(larger(site, 120), zone="GI", grz=0.8))
    assert (saved.version, saved.changed) == (2, ("geom", "grz", "zone"))
    with db.reading(store.owner) as session:
        assert session.scalar(text("select reason from change order by id desc limit 1")) == TERMS.reason


def test_what_says_what_stands_is_no_change(store, site):
    change(store, store.officer, site, patch(zone="GI", grz=0.8, cadastral_ids=["160067001000010000__"]))
    again = patch(larger(site, 100), zone="GI", grz=0.8000000000001, cadastral_ids=["160067001000010000__"])
    assert change(store, store.officer, site, again) == editing.Saved(site.number, 2)


def test_nobody_writes_without_the_role_or_outside_the_scope(store, site):
    for account, number in ((store.planner, site.number), (store.officer, "W-1")):
        with pytest.raises(NotAllowed):
            change(store, account, number, patch(zone="GI"))
        with pytest.raises(NotAllowed):
            withdraw(store, account, number)
    with pytest.raises(NotAllowed):
        create(store, store.planner, whole(17, 5))
    with pytest.raises(ShapeRefused):
        create(store, store.officer, whole(25, 5))
    with pytest.raises(NotFound):
        change(store, store.officer, "H-99", patch(zone="GI"))
    assert store.parcel(site.number).version == 1


def test_a_site_cannot_be_moved_out_of_the_scope(store, site):
    with pytest.raises(ShapeRefused):
        change(store, store.officer, site, patch(square(25, 1)))


def test_an_association_draws_into_its_area_and_no_other(store, site):
    with db.transaction(store.owner) as session:
        keeper = add_account(session, "officer", ags=None, area_id=store.area_id)
    with pytest.raises(FeatureRefused) as refused:
        create(store, keeper, whole(1.2, 1.2, area="nowhere"))
    assert places(refused) == {"/properties/area"}
    saved = create(store, keeper, whole(1.2, 1.2))
    assert store.parcel(saved.number).area_id == store.area_id
    with pytest.raises(FeatureRefused) as refused:
        change(store, keeper, saved.number, patch(area=None))
    assert places(refused) == {"/properties/area"}


def test_a_new_site_that_cannot_get_its_status_is_not_stored(store, site):
    before = count(store, "parcel")
    with pytest.raises(FeatureRefused) as refused:
        create(store, store.officer, whole(17, 5, status="reserved", status_until="2099-01-01", version=3))
    assert places(refused) == {"/properties/version"}
    with pytest.raises(FeatureRefused) as refused:
        create(store, store.officer, whole(17, 5, status="reserved", status_until="2099-01-01"))
    assert places(refused) == {"/properties/status", "/properties/status_until"}
    assert count(store, "parcel") == before


def test_a_new_site_is_all_there_or_not_at_all(store, site):
    before = count(store, "parcel"), count(store, "parcel_history")
    actor = store.actor(store.officer)

    def dying():
        with store.writing(store.officer) as session:
            feature_edits.create(session, actor, whole(17, 5, status="available"), TERMS)
            raise RuntimeError("the program ends here")

    with pytest.raises(RuntimeError):
        dying()
    assert (count(store, "parcel"), count(store, "parcel_history")) == before


def test_promised_land_is_not_withdrawn_and_withdrawn_land_not_changed(store, site):
    change(store, store.officer, site, patch(status="reserved", status_until="2099-01-01"))
    with pytest.raises(PromisedLand):
        withdraw(store, store.officer, site)
    change(store, store.officer, site, patch(status="available"))
    withdraw(store, store.officer, site)
    with pytest.raises(WithdrawnParcel):
        change(store, store.officer, site, patch(status="available"))
    with pytest.raises(WithdrawnParcel):
        withdraw(store, store.officer, site)


def test_a_version_that_is_gone_is_refused_for_every_way_of_writing(store, site):
    change(store, store.officer, site, patch(zone="GI"))
    old = Terms("spät", frozenset({1}))
    with pytest.raises(VersionChanged):
        change(store, store.colleague, site, patch(zone="GE"), terms=old)
    with pytest.raises(VersionChanged):
        withdraw(store, store.colleague, site, terms=old)
    with pytest.raises(VersionChanged):
        change(store, store.colleague, site, patch(zone="GE"), terms=Terms("nie", frozenset()))
    assert change(store, store.colleague, site, patch(zone="GE"), terms=Terms("jetzt", frozenset({1, 2}))).version == 3


def test_two_who_change_shapes_and_values_at_once_both_end_and_one_wins(store, site):
    ready, results = threading.Barrier(2), []

    def write(account, body):
        ready.wait()
        try:
            results.append(change(store, account, site, body, terms=Terms("zugleich", frozenset({1}))).version)
        except VersionChanged:
            results.append(None)

    bodies = [patch(larger(site, 110), zone="GI"), patch(larger(site, 90), zone="GE")]
    accounts = [store.officer, store.colleague]
    threads = [threading.Thread(target=write, args=pair) for pair in zip(accounts, bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == [2, None]


def test_a_proposal_of_a_program_is_decided_at_the_desk(store, site):
    store.four_eyes()
    saved = change(store, store.officer, site, patch(larger(site, 120), zone="GI"))
    assert (saved.version, store.parcel(site.number).zone) == (1, None)
    with store.writing(store.approver) as session:
        proposals.accept(session, store.actor(store.approver), saved.proposal_id, None)
    parcel = store.parcel(site.number)
    assert (parcel.version, parcel.zone, round(parcel.area_m2)) == (2, "GI", 14_400)
    with db.reading(store.owner) as session:
        assert (
            session.scalar(text("select state from proposal where id = :id"), {"id": saved.proposal_id})
            == ProposalState.ACCEPTED
        )


def test_with_four_eyes_a_new_site_stays_out_of_sight(store, site):
    store.four_eyes()
    saved = create(store, store.officer, whole(17, 5, zone="GE", status="available"))
    assert store.parcel(saved.number).status == "withdrawn"
    with store.writing(store.approver) as session:
        proposals.accept(session, store.actor(store.approver), saved.proposal_id, None)
    parcel = store.parcel(saved.number)
    assert (parcel.status, parcel.zone) == ("available", "GE")


def test_a_shape_beyond_its_crs_is_no_shape():
    with pytest.raises(BadShape):
        patch({"type": "Polygon", "coordinates": [[[1e8, 0], [1e8, 1], [2e8, 1]]]})


@pytest.mark.parametrize(
    ("name", "sent", "shown", "expected"),
    [
        ("grz", 0.8, 0.8, True), ("grz", 1, 1.0, True), ("grz", True, 1.0, False), ("grz", "0.8", 0.8, False),
        ("grz", 10**400, 0.8, False), ("zone", None, None, True), ("zone", None, "GE", False),
        ("zone", "", None, False),
        ("cadastral_ids", None, [], True), ("cadastral_ids", [], None, False), ("rail_siding", 1, True, False),
        ("confirmed_at", "2026-03-14T12:00:00Z", "2026-03-14T12:00:00.123456+00:00", True),
        ("confirmed_at", "2026-03-14T13:00:00+01:00", "2026-03-14T12:00:00+00:00", True),
        ("confirmed_at", "soon", "2026-03-14T12:00:00+00:00", False), ("confirmed_at", 3, "2026-03-14", False),
    ],
)  # fmt: skip
def test_programs_write_the_same_in_their_own_way(name, sent, shown, expected):
    field = next(field for field in parcel_fields() if field.name == name)
    assert same(field, sent, shown) == expected
