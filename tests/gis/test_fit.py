"""Halls in parcels: what is placed lies inside, what fits is found, what is denied nobody finds, bounds never lie."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from landportal.errors import InvalidInput
from landportal.gis.fit import RATIOS, Bound, Hall, Misfit, Placement, bounds, decide, fits, largest_rectangle, place
from landportal.gis.fit.hall import rectangle_at

E, N = 640_000.0, 5_650_000.0


def at(shape, turned_deg=0.0, east=E, north=N):
    turned = shapely.affinity.rotate(shape, turned_deg, origin=(0, 0))
    return shapely.transform(turned, lambda points: points + np.array([east, north]))


def outside(shape, net):
    return shape.difference(net).area


L_SHAPE = Polygon([(0, 0), (300, 0), (300, 100), (100, 100), (100, 250), (0, 250)])


# ---- the question -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["180x90", "180 × 90", " 180X90 ", "180,0x90.0", "180*90"])
def test_a_size_is_written_as_people_write_it(text):
    assert Hall.parse(text) == Hall(180.0, 90.0)


@pytest.mark.parametrize(
    "text",
    ["0x90", "1e9x1", "axb", "", "180", "180x", "x90", "180x90x20", "-180x90", "0.5x90", "5001x90", "180x5000.5",
     "nanx90", "infx1", "١٨٠x90", "1" * 500 + "x1", "180 90", "180x90; drop"],
)  # fmt: skip
def test_sizes_out_of_sense_are_refused_at_their_field(text):
    with pytest.raises(InvalidInput) as refused:
        Hall.parse(text)
    assert refused.value.field == "fits"


@pytest.mark.parametrize("rest", [{"front_m": -1}, {"back_m": 501}, {"reserve": -0.1}, {"reserve": math.nan}])
def test_yards_and_reserves_out_of_sense_are_refused(rest):
    with pytest.raises(InvalidInput):
        Hall(180, 90, **rest)


# ---- placing ----------------------------------------------------------------------------------------------------


def test_a_hall_as_large_as_the_parcel_stands_on_it_at_its_angle():
    for turned in (0, 7, 33.3, 90, 163.7):
        found = place(at(box(0, 0, 180, 90), turned), Hall(180, 90))
        assert isinstance(found, Placement)
        assert found.hall.angle_deg == pytest.approx(turned % 180, abs=1e-3)
        assert outside(found.hall.shape, at(box(0, 0, 180, 90), turned)) < 0.01
        assert found.spare_m2 < 0.01


def test_width_and_depth_may_change_places():
    assert isinstance(place(at(box(0, 0, 180, 90), 20), Hall(90, 180)), Placement)


def test_a_hall_a_decimetre_too_long_is_denied_with_what_is_missing():
    found = place(at(box(0, 0, 180, 90), 20), Hall(180.1, 90))
    assert isinstance(found, Misfit)
    assert found.scale == pytest.approx(180 / 180.1, rel=1e-3)
    assert found.missing_width_m == pytest.approx(0.1, abs=0.05)
    assert found.tolerance_m == 0.01


def test_a_hall_may_only_fit_along_the_diagonal():
    # In a square of 100 m a rectangle of d depth fits diagonally up to 100·√2 − d long, and along the edges only 100.
    square = at(box(0, 0, 100, 100))
    found = place(square, Hall(130, 11))
    assert isinstance(found, Placement)
    assert 30 < found.hall.angle_deg % 90 < 60
    assert isinstance(place(square, Hall(100 * math.sqrt(2) - 10 + 0.05, 10)), Misfit)
    assert isinstance(place(square, Hall(100 * math.sqrt(2) - 10 - 0.02, 10)), Placement)


def test_a_hall_may_only_fit_diagonally_between_holes():
    # Convex land has a shortcut; four pillars in the corners of the way make this one not convex.
    square = box(0, 0, 100, 100)
    for east, north in ((50, 50), (12, 88), (88, 12)):
        square = square.difference(box(east - 1, north - 1, east + 1, north + 1))
    found = place(at(square), Hall(115, 11))
    assert isinstance(found, Placement)
    assert outside(found.hall.shape, at(square)) < 1e-6
    assert isinstance(place(at(square), Hall(135, 11)), Misfit)


def test_an_l_takes_halls_in_its_arms_but_not_across_the_corner():
    for turned in (0, 11, 250):
        land = at(L_SHAPE, turned)
        assert isinstance(place(land, Hall(299.9, 99.9)), Placement)
        assert isinstance(place(land, Hall(99.9, 249.9)), Placement)
        refused = place(land, Hall(120, 120))
        assert refused.scale == pytest.approx(100 / 120, rel=6e-3)


def test_a_hole_is_not_built_over():
    yard = box(0, 0, 200, 200).difference(box(90, 90, 110, 110))
    assert isinstance(place(at(yard, 15), Hall(195, 85)), Placement)
    assert isinstance(place(at(yard, 15), Hall(195, 95)), Misfit)


def test_a_hall_stands_in_one_part_and_does_not_bridge_two():
    parts = MultiPolygon([at(box(0, 0, 100, 100)), at(box(101, 0, 221, 100))])
    assert isinstance(place(parts, Hall(150, 50)), Misfit)
    found = place(parts, Hall(119, 99))
    assert found.hall.shape.within(parts.geoms[1])


def test_parts_that_touch_at_a_corner_are_two():
    touching = MultiPolygon([at(box(0, 0, 100, 100)), at(box(100, 100, 200, 200))])
    assert isinstance(place(touching, Hall(130, 60)), Misfit)


@pytest.mark.parametrize("nothing", [Polygon(), MultiPolygon(), LineString([(0, 0), (1, 1)])])
def test_no_land_takes_no_hall(nothing):
    assert place(nothing, Hall(10, 10)) == Misfit(0.0, 10.0, 10.0, 0.01)
    assert largest_rectangle(nothing) is None
    assert largest_rectangle(nothing, 2) is None
    assert decide(bounds(nothing), Hall(1, 1)) is False


def test_slivers_take_no_hall_and_do_no_harm():
    slivers = [at(Polygon([(0, k), (300, k), (300, k + 1e-7)])) for k in range(200)]
    land = MultiPolygon([at(box(0, -100, 100, -10)), *slivers])
    assert isinstance(place(land, Hall(90, 80)), Placement)
    assert isinstance(place(land, Hall(200, 10)), Misfit)


def test_the_spare_land_is_what_stays_in_one_piece():
    # 100 × 50 m in 300 × 100 m: in a corner all the rest stays together.
    found = place(at(box(0, 0, 300, 100), 30), Hall(100, 50))
    assert found.spare_m2 == pytest.approx(25_000, abs=1)
    assert found.road_m is None


def test_a_hall_as_deep_as_the_land_stands_at_one_of_its_ends():
    land = at(box(0, 0, 300, 90), 21)
    found = place(land, Hall(180, 90))
    assert found.spare_m2 == pytest.approx(120 * 90, abs=1)
    assert outside(found.hall.shape, land) <= 1e-6 * found.hall.area_m2


def test_beside_a_road_the_front_is_along_and_near_it():
    land = at(box(0, 0, 300, 200), 10)
    road = at(LineString([(-500, 208), (800, 208)]), 10)
    found = place(land, Hall(100, 50), road)
    assert found.road_m == pytest.approx(8, abs=0.01)
    assert found.angle_deg == pytest.approx(190, abs=0.01)
    assert found.hall.angle_deg == pytest.approx(10, abs=0.01)


def test_yards_lie_on_their_sides_of_the_hall():
    # The yard of 30 m lies in front: between hall and road.
    land, road = at(box(0, 0, 300, 200)), at(LineString([(-500, -8), (800, -8)]))
    found = place(land, Hall(100, 50, front_m=30, left_m=5), road)
    assert found.road_m == pytest.approx(38, abs=0.01)
    assert found.yard.area == pytest.approx(105 * 80)
    assert outside(found.yard, land) < 1e-6
    assert found.hall.shape.within(found.yard.buffer(1e-6))
    west = found.hall.shape.bounds[0] - found.yard.bounds[0]
    assert west == pytest.approx(5, abs=1e-3)


def test_yards_count_as_land_that_has_to_be_there():
    land = at(box(0, 0, 110, 90))
    assert isinstance(place(land, Hall(100, 50, front_m=20, back_m=20)), Placement)
    assert isinstance(place(land, Hall(100, 50, front_m=20, back_m=21)), Misfit)


def test_a_reserve_lies_beside_or_behind_the_hall():
    beside, behind = at(box(0, 0, 151, 51), 5), at(box(0, 0, 101, 76), 5)
    for land in (beside, behind):
        found = place(land, Hall(100, 50, reserve=0.5))
        assert found.extension.area == pytest.approx(2_500)
        assert outside(found.extension, land) < 1e-6
        assert found.extension.intersection(found.hall.shape).area < 1e-6
        assert isinstance(place(land, Hall(100, 50, reserve=0.6)), Misfit)


def star(corners, radius, roughness, seed=1):
    random = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radii = radius * (1 - roughness * random.random(corners))
    return at(Polygon(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])))


def test_fifty_thousand_corners_are_simplified_inwards_and_the_price_is_told(monkeypatch):
    land = star(50_000, 200, 0.02)
    found = place(land, Hall(250, 200))
    assert isinstance(found, Placement)
    assert outside(found.hall.shape, land) <= 1e-6 * found.hall.area_m2
    refused = place(land, Hall(330, 300))
    assert isinstance(refused, Misfit)
    assert 0.01 < refused.tolerance_m < 25
    kept = bounds(land)
    assert decide(kept, Hall(250, 200)) is not False
    assert decide(kept, Hall(330, 300)) is False


def test_an_outline_that_crosses_itself_is_mended():
    bowtie = at(Polygon([(0, 0), (200, 200), (200, 0), (0, 200)]))
    assert isinstance(place(bowtie, Hall(40, 40)), Placement)
    assert isinstance(place(bowtie, Hall(120, 120)), Misfit)


# ---- properties -------------------------------------------------------------------------------------------------

sides = st.floats(5, 300)


@st.composite
def stars(draw, low=30.0, high=300.0):
    """Polygons around a middle: any number of corners, convex or not, some with a hole."""
    count = draw(st.integers(3, 11))
    radii = [draw(st.floats(low, high)) for _ in range(count)]
    turned = draw(st.floats(0, 2 * math.pi))
    angles = [turned + 2 * math.pi * i / count for i in range(count)]
    polygon = Polygon([(r * math.cos(a), r * math.sin(a)) for r, a in zip(radii, angles, strict=True)])
    hole = draw(st.floats(0, 25))
    return at(polygon.difference(Point(draw(sides) / 3, 0).buffer(hole, quad_segs=2)) if hole > 3 else polygon)


@given(stars(), sides, sides)
@settings(max_examples=80, deadline=None)
def test_what_is_placed_lies_inside_and_bounds_agree(land, width, depth):
    hall = Hall(width, depth)
    found = place(land, hall)
    known = decide(bounds(land), hall)
    assert fits(land, hall) == isinstance(found, Placement)
    if isinstance(found, Placement):
        assert outside(found.hall.shape, land) <= 1e-6 * max(1.0, hall.area_m2)
        assert found.hall.shape.area == pytest.approx(hall.area_m2)
        assert known is not False
    else:
        assert 0 <= found.scale <= 1
        assert known is not True
        smaller = found.scale * 0.999
        if min(width, depth) * smaller > 1:
            assert isinstance(place(land, Hall(width * smaller, depth * smaller)), Placement)


@st.composite
def lands_around_a_rectangle(draw):
    """Land of which only a certain rectangle is known to lie inside: bumps, bays and holes all around it."""
    width, depth, angle = draw(sides), draw(sides), draw(st.floats(0, math.pi))
    shape = rectangle_at(np.array([E, N]), angle, width, depth)
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    ring = shapely.get_coordinates(shapely.segmentize(shape.exterior, max(width, depth) / draw(st.integers(1, 4))))[:-1]
    away = ring - (E, N)
    # Points on the sides go out or stay, all by another share: the rectangle stays inside of their polygon or is cut
    # from it only where a side bends in, hence the union.
    grown = Polygon((E, N) + away * (1 + draw(st.floats(0, 0.6)) * random.random((len(ring), 1))))
    land = shapely.union(shape, grown) if grown.is_valid else shape
    return land, width, depth


@given(lands_around_a_rectangle())
@settings(max_examples=100, deadline=None)
def test_a_rectangle_of_the_lands_own_interior_is_found(case):
    land, width, depth = case
    found = place(land, Hall(width * 0.99, depth * 0.99))
    assert isinstance(found, Placement)
    # Also without any play, where it is not shorter than the tolerance promises.
    assert isinstance(place(land, Hall(width - 0.02, depth - 0.02)), Placement)
    assert decide(bounds(land), Hall(width * 0.99, depth * 0.99)) is not False


def random_finds(land, width, depth, tries, seed):
    """A rectangle of this size in `land`, by throwing it there `tries` times."""
    random = np.random.default_rng(seed)
    west, south, east, north = land.bounds
    centres = random.uniform((west, south), (east, north), (tries, 2))
    angles = random.uniform(0, np.pi, tries)
    along = np.column_stack([np.cos(angles), np.sin(angles)]) * width / 2
    across = np.column_stack([-np.sin(angles), np.cos(angles)]) * depth / 2
    corners = np.stack([centres + a * along + b * across for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))], axis=1)
    shapely.prepare(land)
    return shapely.contains(land, shapely.polygons(corners)).any()


@given(stars(60, 200), st.floats(1, 4), st.floats(0.9, 1.1), st.integers(0, 2**32))
@settings(max_examples=80, deadline=None)
def test_nobody_finds_by_chance_what_was_denied(land, ratio, share, seed):
    """Sizes near the largest that fits, where a mistake would show."""
    largest = largest_rectangle(land, ratio)
    width, depth = largest.width_m * share, largest.depth_m * share
    assume(depth >= 1)
    if isinstance(place(land, Hall(width, depth)), Misfit):
        assert not random_finds(land, width, depth, 20_000, seed)


@given(stars(), st.floats(0.1, 10))
@settings(max_examples=40, deadline=None)
def test_the_largest_of_a_ratio_lies_inside_and_a_little_more_does_not_fit(land, ratio):
    largest = largest_rectangle(land, ratio)
    assert outside(largest.shape, land) <= 1e-6 * largest.area_m2
    assert largest.width_m / largest.depth_m == pytest.approx(ratio)
    assume(min(largest.width_m, largest.depth_m) > 2)
    more = 1.01 + 0.05 / min(largest.width_m, largest.depth_m)
    assert isinstance(place(land, Hall(largest.width_m * more, largest.depth_m * more)), Misfit)


@given(stars(), st.floats(0.2, 5))
@settings(max_examples=20, deadline=None)
def test_the_largest_at_all_is_as_large_as_the_largest_of_any_ratio(land, ratio):
    largest, other = largest_rectangle(land), largest_rectangle(land, ratio)
    assert outside(largest.shape, land) <= 1e-6 * largest.area_m2
    assert largest.area_m2 >= 0.97 * other.area_m2


# ---- bounds -----------------------------------------------------------------------------------------------------


def test_bounds_of_a_rectangle_are_its_sides():
    kept = {bound.ratio: bound for bound in bounds(at(box(0, 0, 200, 100), 12))}
    assert tuple(kept) == RATIOS
    assert kept[2.0].lower_m == pytest.approx(100, rel=1e-3)
    assert kept[2.0].upper_m == pytest.approx(100, rel=3e-3)
    assert kept[4.0].lower_m == pytest.approx(50, rel=1e-3)
    assert kept[2.0].lower_m2 == pytest.approx(20_000, rel=1e-2)


def test_bounds_decide_most_sizes_and_never_the_wrong_way():
    for land in (at(box(0, 0, 200, 100), 12), at(L_SHAPE, 33)):
        kept, undecided, asked = bounds(land), 0, 0
        for width in np.geomspace(10, 400, 12):
            for depth in np.geomspace(10, 200, 12):
                known = decide(kept, Hall(width, depth))
                asked, undecided = asked + 1, undecided + (known is None)
                if known is not None:
                    assert known == isinstance(place(land, Hall(width, depth)), Placement)
        assert undecided < 0.15 * asked


@st.composite
def flooded_lands(draw):
    """Land with round bites, in several parts: outlines of which bounds only look at a simpler one."""
    land = draw(stars(100, 250))
    for _ in range(draw(st.integers(1, 3))):
        middle = Point(E + draw(st.floats(-200, 200)), N + draw(st.floats(-200, 200)))
        land = land.difference(middle.buffer(draw(st.floats(10, 120)), quad_segs=12))
    return land


@given(flooded_lands(), st.floats(1, 8), st.floats(0.9, 1.1))
@settings(max_examples=30, deadline=None)
def test_bounds_of_simplified_land_never_contradict_the_exact_test(land, ratio, share):
    assume(land.area > 1_000)
    kept = bounds(land, (ratio,))
    for depth in (kept[0].lower_m * share, kept[0].upper_m * share, kept[0].lower_m, kept[0].upper_m):
        if depth < 1:
            continue
        hall = Hall(ratio * depth, depth)
        known = decide(kept, hall)
        found = place(land, hall)
        assert known is None or known == isinstance(found, Placement) or _hair(found, hall)


def _hair(found, hall):
    """A hall at the very bound: bounds are exact to a hundredth of a millimetre, the test to its tolerance."""
    return isinstance(found, Misfit) and (1 - found.scale) * hall.width_m < 2 * found.tolerance_m


def test_no_bounds_decide_nothing_but_no_land():
    assert decide((), Hall(10, 10)) is False
    assert decide((Bound(1.0, 50.0, 80.0),), Hall(60, 60)) is None
    assert decide((Bound(1.0, 50.0, 80.0),), Hall(40, 20)) is True
    assert decide((Bound(1.0, 50.0, 80.0),), Hall(90, 81)) is False


def test_bounds_know_the_two_ways_of_a_reserve():
    kept = bounds(at(box(0, 0, 151, 51), 5))
    assert decide(kept, Hall(100, 45, reserve=0.05)) is True
    assert decide(kept, Hall(100, 50, reserve=0.9)) is False
