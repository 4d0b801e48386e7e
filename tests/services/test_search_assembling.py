"""Sites of several parcels in a search: which groups are found, what they are as one, and that all answers agree."""

import json

import pytest
from sqlalchemy import select

from landportal.model import Parcel, ParcelNeighbour
from landportal.services.enrichment import neighbours
from landportal.services.search import Hall, SearchCriteria, machine
from landportal.services.search.assembling import find_assemblies
from landportal.services.search.find import count_parcels, find_parcels
from landportal.services.search.where import land_of


@pytest.fixture
def beside(session, land):
    """Squares of `ha` hectares in a row, each 100 m wide for one; the pairs are found as the job finds them."""

    def made(*parcels):
        for name, east_m, facts in parcels:
            land.parcel(name, east_km=1 + east_m / 1000, **{"zone": "GE", **facts})
        ids = session.scalars(select(Parcel.id)).all()
        neighbours.keep(session, [neighbours.Asked(one) for one in ids])

    return made


def groups(session, min_ha, **more):
    found = find_assemblies(session, SearchCriteria(assemble_min_ha=min_ha, **more), land_of(None))
    return [tuple(sorted(member.number for member in one.members)) for one in found]


def test_parcels_side_by_side_make_a_site_together(session, beside):
    beside(("A", 0, {}), ("B", 100, {}), ("C", 300, {}))
    assert groups(session, 2) == [("A", "B")]
    assert groups(session, 3) == []


def test_one_parcel_that_is_large_enough_comes_before_two(session, beside):
    beside(("A", 0, {}), ("B", 100, {}), ("C", 1000, {"ha": 2}))
    assert groups(session, 2) == [("C",), ("A", "B")]


@pytest.mark.parametrize(
    "facts",
    [{"status": "sold"}, {"status": "reserved", "status_until": "2027-01-01"}, {"zone": "WA"}, {"zone": None}],
    ids=["sold", "reserved", "housing", "unknown zone"],
)
def test_only_free_land_of_one_kind_of_use_is_put_together(session, beside, facts):
    beside(("A", 0, {}), ("B", 100, facts), ("C", 200, {}))
    assert groups(session, 2, status=()) == []


def test_trade_and_industry_go_together_across_municipalities(session, land, beside):
    beside(("A", 18_900, {}), ("B", 19_000, {"zone": "GI"}))
    (found,) = find_assemblies(session, SearchCriteria(assemble_min_ha=2), land_of(None))
    assert set(found.municipalities) == {"Hörsel", "Waltershausen"}


def test_conditions_hold_for_each_parcel_but_size_net_area_and_hall_for_the_group(session, beside):
    beside(("A", 0, {"price_eur_m2": 20}), ("B", 100, {"price_eur_m2": 30}))
    assert groups(session, 2, price_max_eur_m2=25) == []
    assert groups(session, 2, size_min_ha=2) == [("A", "B")]
    assert groups(session, 2, size_min_ha=3) == []
    assert groups(session, 2, net_min_ha=1.8) == [("A", "B")]
    assert groups(session, 2, net_min_ha=1.9) == []
    assert groups(session, 2, fits=Hall(190, 90)) == [("A", "B")]
    assert groups(session, 2, fits=Hall(198, 90)) == []


def test_the_site_is_told_with_net_area_rectangle_strip_price_and_owners(session, beside):
    beside(
        ("A", 0, {"price_eur_m2": 20, "contact_email": "a@town.example"}),
        ("B", 110, {"price_eur_m2": 30, "contact_email": "b@town.example"}),
    )
    (found,) = find_assemblies(session, SearchCriteria(assemble_min_ha=2), land_of(None))
    assert found.area_m2 == pytest.approx(20_000, abs=1)
    assert found.strips_m2 == pytest.approx(1_000, abs=1)
    assert found.shape.area == pytest.approx(21_000, abs=1)
    # Three metres to the common border alone: (210 - 6) x (100 - 6).
    assert found.net_m2 == pytest.approx(204 * 94, abs=1)
    assert found.largest.area_m2 == pytest.approx(204 * 94, rel=0.2)
    assert found.owners == 2
    assert found.price_eur == pytest.approx(500_000, abs=100)


def test_a_flood_zone_takes_land_from_the_group_as_from_a_parcel(session, land, beside):
    beside(("A", 0, {}), ("B", 100, {}))
    land.constraint("flood", 1.1, 1, 0.2, 0.1, grade="excluded")
    (found,) = find_assemblies(session, SearchCriteria(assemble_min_ha=2), land_of(None))
    assert found.net_m2 == pytest.approx(97 * 94, abs=1)


def test_list_count_and_machines_speak_of_the_same_parcels(session, beside):
    beside(("A", 0, {}), ("B", 100, {}), ("C", 500, {}))
    criteria = SearchCriteria(assemble_min_ha=2)
    assert {parcel.number for parcel in find_parcels(session, criteria).parcels} == {"A", "B"}
    assert count_parcels(session, criteria) == 2
    answer = json.loads(machine.parcels_geojson(session, criteria, 10))
    (feature,) = answer["features"]
    assert (answer["numberMatched"], answer["numberReturned"]) == (1, 1)
    assert sorted(feature["properties"]["members"]) == ["A", "B"]
    assert feature["properties"]["net_area_m2"] == pytest.approx(194 * 94, abs=1)
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert 9 < feature["geometry"]["coordinates"][0][0][0][0] < 13


def test_machines_are_told_where_the_hall_may_stand(session, beside):
    beside(("A", 0, {}), ("B", 100, {}))
    answer = json.loads(machine.parcels_geojson(session, SearchCriteria(assemble_min_ha=2, fits=Hall(150, 50)), 10))
    assert answer["features"][0]["properties"]["placement"]["type"] == "Polygon"


def test_what_is_remembered_is_forgotten_when_the_land_changes(session, beside):
    beside(("A", 0, {}), ("B", 100, {}))
    assert groups(session, 2) == [("A", "B")]
    session.scalars(select(Parcel).where(Parcel.number == "B")).one().status = "preparing"
    session.flush()
    assert groups(session, 2) == []


def test_too_many_sites_are_told_at_the_field(session, beside, monkeypatch):
    monkeypatch.setattr("landportal.services.search.assembling.SITES_MAX", 1)
    beside(("A", 0, {}), ("B", 100, {}))
    with pytest.raises(Exception, match="narrow the search") as refused:
        groups(session, 2)
    assert refused.value.field == "assemble_min_ha"


def test_pairs_follow_the_parcel(session, land, beside):
    beside(("A", 0, {}), ("B", 100, {}))
    assert len(session.scalars(select(ParcelNeighbour)).all()) == 1
    moved = session.scalars(select(Parcel).where(Parcel.number == "B")).one()
    moved.geom = land.rectangle(5, 5, 0.1, 0.1)
    session.flush()
    neighbours.keep(session, [neighbours.Asked(moved.id)])
    session.expire_all()
    assert session.scalars(select(ParcelNeighbour)).all() == []
