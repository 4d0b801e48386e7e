"""What the database itself refuses and derives, whoever writes to it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from landportal.model import AreaMember, Parcel, Revision


def refused(session, statement, **values):
    savepoint = session.begin_nested()
    try:
        session.execute(text(statement), values)
        session.execute(text("set constraints all immediate"))
    except DBAPIError as refusal:
        return str(refusal.orig)
    finally:
        if savepoint.is_active:
            savepoint.rollback()
    return ""


@pytest.mark.parametrize(
    "change",
    [
        "grz = 1.01", "grz = -0.1", "gfz = 11", "bmz = -1", "price_eur_m2 = -0.01", "power_mw = -1", "fibre_mbit = -1",
        "zone = 'UG'", "status = 'maybe'", "servicing = 'almost'", "plan_status = 4001", "owner_kind = 'somebody'",
        "number = ''", "number = 'a b'", "plan_link = 'javascript:alert(1)'",
        "price_eur_m2 = 1, price_on_request = true",
        "geom = st_setsrid(geom, 4326)", "geom = null", "name_de = null", "data_set_id = -1",
        "geom = 'SRID=25832;MULTIPOLYGON EMPTY'",
        "geom = 'SRID=25832;MULTIPOLYGON(((0 0, 10 10, 10 0, 0 10, 0 0)))'",
    ],
)  # fmt: skip
def test_a_parcel_that_cannot_be_true_is_refused(session, land, change):
    land.parcel("A")
    assert refused(session, f"update parcel set {change}")


def test_number_and_import_key_are_unique(session, land):
    land.parcel("A")
    other = land.parcel("B", source_id="b")
    assert "uq_parcel_number" in refused(session, "update parcel set number = 'A' where number = 'B'")
    with pytest.raises(IntegrityError):
        land.parcel("C", source_id=other.source_id)


def test_shares_of_members_must_sum_to_a_hundred_on_every_day(session, land):
    area = land.area("goldene-aue")
    session.add_all(
        AreaMember(area_id=area.id, ags=ags, cost_share_pct=share, revenue_share_pct=50, valid_from="2024-01-01")
        for ags, share in (("16067089", 60), ("16067072", 30))
    )
    session.flush()
    assert "90" in refused(session, "select 1")
    session.execute(text("update area_member set cost_share_pct = 40 where cost_share_pct = 30"))
    session.execute(text("set constraints all immediate"))


def test_a_parcel_without_a_number_gets_one(session, land):
    parcel = land.parcel(None, name_de="Ohne Nummer")
    assert parcel.number.startswith("LP-")


def test_the_municipality_is_where_most_of_the_land_lies(session, land):
    assert land.parcel("A", 1).municipality_ags == "16067089"
    assert land.parcel("B", 19.97, 1, ha=1).municipality_ags == "16067072"
    outside = land.parcel("C", 100, 1)
    assert (outside.municipality_ags, outside.county_ags) == (None, None)


def test_borders_that_change_move_their_parcels(session, land):
    parcel = land.parcel("A", 19, 1)
    session.execute(
        text("update admin_unit set geom = :geom where ags = '16067089'"), {"geom": land.rectangle(0, 0, 10, 20)}
    )
    session.execute(
        text("update admin_unit set geom = :geom where ags = '16067072'"), {"geom": land.rectangle(10, 0, 30, 20)}
    )
    session.refresh(parcel)
    assert parcel.municipality_ags == "16067072"
    assert "waltershausen" in parcel.search_text


def test_a_new_junction_reaches_only_parcels_it_is_nearer_to(session, land):
    land.infrastructure("motorway_junction", "Fern", 30, 1)
    near, far = land.parcel("near", 5, 1), land.parcel("far", 28, 1)
    version = far.version
    land.infrastructure("motorway_junction", "Neu", 6, 1)
    session.refresh(near)
    session.refresh(far)
    assert (near.motorway_name, far.motorway_name) == ("Neu", "Fern")
    assert far.version == version


def test_a_junction_that_moves_or_goes_is_followed(session, land):
    junction = land.infrastructure("motorway_junction", "Eins", 6, 1)
    land.infrastructure("motorway_junction", "Zwei", 12, 1)
    parcel = land.parcel("A", 5, 1)
    assert parcel.motorway_name == "Eins"
    session.execute(
        text("update infrastructure set geom = st_translate(geom, 20000, 0) where id = :id"), {"id": junction.id}
    )
    session.refresh(parcel)
    assert parcel.motorway_name == "Zwei"
    session.execute(text("delete from infrastructure"))
    session.refresh(parcel)
    assert (parcel.motorway_id, parcel.motorway_m, parcel.motorway_name) == (None, None, None)


def test_a_constraint_that_comes_or_goes_is_noted(session, land):
    parcel = land.parcel("A", 1, 1)
    zone = land.constraint("flood", 1, 1, 0.01, 0.01)
    session.refresh(parcel)
    assert parcel.constraint_kinds == ["flood"]
    session.delete(zone)
    session.flush()
    session.refresh(parcel)
    assert parcel.constraint_kinds == []


def test_a_changed_attribute_makes_a_version_and_a_derived_one_does_not(session, land):
    parcel = land.parcel("A")
    parcel.price_eur_m2 = 20
    session.flush()
    session.refresh(parcel)
    assert parcel.version == 2
    land.infrastructure("airport", "Erfurt-Weimar", 2, 2)
    session.refresh(parcel)
    assert (parcel.version, parcel.airport_name) == (2, "Erfurt-Weimar")


def test_a_changed_name_is_found_at_once(session, land):
    area = land.area("alt", name_de="Alte Halde")
    parcel = land.parcel("A", area_id=area.id)
    area.name_de = "Neue Mühle"
    session.flush()
    session.refresh(parcel)
    assert "neu muhle" in parcel.search_text


def test_every_change_moves_the_revision_of_its_subject(session, land):
    before = session.get_one(Revision, "parcels", populate_existing=True).value
    land.parcel("A")
    assert session.get_one(Revision, "parcels", populate_existing=True).value == before + 1
    session.execute(text("delete from parcel"))
    assert session.get_one(Revision, "parcels", populate_existing=True).value == before + 2


def test_area_is_measured_in_square_metres_of_the_storage_crs(session, land):
    assert land.parcel("A", ha=2.5).area_m2 == pytest.approx(25_000)
    assert session.query(Parcel).one().geom.srid == 25832
