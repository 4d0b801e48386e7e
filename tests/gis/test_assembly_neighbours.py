"""Which parcels are neighbours, and what their union is: squares of one hectare in a row of made-up land."""

import pytest
import shapely
from geoalchemy2.shape import to_shape

from landportal.gis.assembly import ROAD_WIDTH_M, assembled, neighbours_of
from landportal.model import Parcel, Road


def pairs(session, *parcels):
    found = session.execute(neighbours_of(), {"parcel_ids": [parcel.id for parcel in parcels]})
    names = {parcel.id: parcel.number for parcel in session.query(Parcel)}
    return {(names[row.parcel_id], names[row.other_id]): (round(row.gap_m, 1), round(row.facing_m)) for row in found}


def beside(land, name, east_m, north_m=0.0, ha=1):
    return land.parcel(name, east_km=1 + east_m / 1000, north_km=1 + north_m / 1000, ha=ha)


@pytest.fixture
def first(session, land):
    return beside(land, "A", 0)


@pytest.mark.parametrize("gap_m", [0, 5, ROAD_WIDTH_M])
def test_parcels_that_face_each_other_across_a_road_or_nothing_are_neighbours(session, land, first, gap_m):
    beside(land, "B", 100 + gap_m)
    found = pairs(session, first)
    assert found.keys() == {("A", "B")}
    gap, facing = found["A", "B"]
    assert gap == gap_m
    assert 100 <= facing <= 100 + gap_m + 2


@pytest.mark.parametrize(
    ("east_m", "north_m"), [(100, 100), (100, 95), (121, 121), (100 + ROAD_WIDTH_M + 1, 0)],
    ids=["a corner", "an edge of five metres", "corner to corner across a path", "further than a road"],
)  # fmt: skip
def test_what_does_not_face_is_no_neighbour(session, land, first, east_m, north_m):
    beside(land, "B", east_m, north_m)
    assert pairs(session, first) == {}


def test_every_pair_is_told_once_whoever_is_asked_about(session, land, first):
    second, third = beside(land, "B", 100), beside(land, "C", 200)
    assert pairs(session, first).keys() == {("A", "B")}
    assert pairs(session, second).keys() == {("A", "B"), ("B", "C")}
    assert pairs(session, first, second, third) == pairs(session, second)


@pytest.mark.parametrize(("road_class", "joins"), [("motorway", False), ("state_road", False), ("local_road", True)])
def test_a_road_that_nobody_closes_parts_two_sites(session, land, first, road_class, joins):
    beside(land, "B", 120)
    middle = to_shape(first.geom).bounds[2] + 10
    line = f"SRID=25832;MULTILINESTRING(({middle} 5600000, {middle} 5700000))"
    land._add(Road, road_class=road_class, geom=line)
    assert bool(pairs(session, first)) == joins


def test_the_union_holds_the_parcels_and_the_strip_between_them():
    site = assembled([shapely.box(0, 0, 100, 100), shapely.box(110, 0, 210, 100)])
    assert site.shape.area == pytest.approx(21_000)
    assert [strip.area for strip in site.strips] == pytest.approx([1_000])
    assert site.compactness == pytest.approx(1)


def test_parcels_side_by_side_leave_no_strip_and_an_angle_is_less_compact():
    site = assembled([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), shapely.box(0, 100, 100, 200)])
    assert site.shape.area == pytest.approx(30_000)
    assert site.strips == ()
    assert site.compactness == pytest.approx(0.75, abs=0.01)
