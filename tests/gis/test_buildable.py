"""Gross to net: every square metre is lost once, to the first obstacle that takes it, and nothing gets lost besides."""

import datetime as dt
import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from landportal.gis import buildable as module
from landportal.gis.buildable import BORDER, Obstacle, Ratios, buildable, permitted
from landportal.model import ConstraintGrade

E, N = 640_000.0, 5_650_000.0
EXCLUDED, RESTRICTED = ConstraintGrade.EXCLUDED, ConstraintGrade.RESTRICTED


def at(shape, east=0.0, north=0.0):
    return shapely.transform(shape, lambda points: points + np.array([E + east, N + north]))


def obstacle(cause, shape, distance_m=0.0, grade=EXCLUDED, **rest):
    return Obstacle(cause, grade, shape, distance_m, **rest)


def areas(losses):
    return [(loss.cause, round(loss.area_m2, 2)) for loss in losses]


def adds_up(found, parcel_m2=None):
    pieces = math.fsum(loss.area_m2 for loss in found.lost)
    assert found.gross_m2 == pytest.approx(found.net_m2 + pieces, rel=1e-6)
    shapes = [loss.shape for loss in found.lost] + [found.net]
    assert shapely.union_all(shapes).area == pytest.approx(found.gross_m2, rel=1e-6)
    assert found.restricted_m2 <= found.net_m2 * (1 + 1e-9)
    if parcel_m2 is not None:
        assert found.gross_m2 == pytest.approx(parcel_m2, rel=1e-9)


PLOT = at(box(0, 0, 400, 300))


def test_without_obstacles_all_of_it_is_net():
    found = buildable(PLOT, [])
    assert (found.gross_m2, found.net_m2, found.lost, found.restricted_m2) == (120_000, 120_000, (), 0)


def test_setback_flood_and_motorway_as_computed_by_hand():
    # 400 × 300 m; a motorway 30 m south of it with 40 m strip; a flood zone over the 100 m in the east; border of 3 m.
    motorway = at(LineString([(-1_000, -30), (1_000, -30)]))
    flood = at(box(300, -500, 900, 900))
    found = buildable(
        PLOT,
        [obstacle(BORDER, PLOT, 3), obstacle("motorway", motorway, 40), obstacle("flood", flood, source="TLUBN")],
    )
    # The border takes 2 · 3 · (400 + 300) − 4 · 9; the strip 7 m more of 394 m; the flood zone 97 m of the 287 m left.
    assert areas(found.lost) == [("border", 4_164), ("motorway", 2_758), ("flood", 97 * 287)]
    assert found.net_m2 == pytest.approx(297 * 287)
    assert found.lost[2].source == "TLUBN"
    adds_up(found)


def test_what_two_causes_claim_goes_to_the_first():
    flood, nature = at(box(0, 0, 200, 300)), at(box(100, 0, 300, 300))
    assert areas(buildable(PLOT, [obstacle("flood", flood), obstacle("nature", nature)]).lost) == [
        ("flood", 60_000),
        ("nature", 30_000),
    ]
    assert areas(buildable(PLOT, [obstacle("nature", nature), obstacle("flood", flood)]).lost) == [
        ("nature", 60_000),
        ("flood", 30_000),
    ]


def test_what_takes_nothing_more_is_no_loss():
    zones = [obstacle("flood", at(box(0, 0, 200, 300))), obstacle("nature", at(box(10, 10, 90, 90)))]
    assert areas(buildable(PLOT, zones).lost) == [("flood", 60_000)]


def test_restricted_land_stays_net_and_counts_once():
    zones = [
        obstacle("water", at(box(0, 0, 200, 300)), grade=RESTRICTED),
        obstacle("heritage", at(box(100, 0, 300, 300)), grade=RESTRICTED),
        obstacle("flood", at(box(0, 0, 400, 100))),
    ]
    found = buildable(PLOT, zones)
    assert found.net_m2 == 80_000
    assert areas(found.restricted) == [("water", 40_000), ("heritage", 20_000)]
    assert found.restricted_m2 == 60_000
    adds_up(found)


def test_pieces_of_one_source_are_one_line_and_of_two_names_two():
    pieces = [obstacle("flood", at(box(x, 0, x + 10, 300)), source="TLUBN") for x in (0, 50, 100)]
    named = [obstacle("nature", at(box(x, 0, x + 10, 300)), name=f"NSG {x}") for x in (200, 250)]
    assert areas(buildable(PLOT, pieces + named).lost) == [("flood", 9_000), ("nature", 3_000), ("nature", 3_000)]


def test_a_loss_says_who_said_so_and_when():
    zone = obstacle("flood", PLOT, 5, source="TLUBN", as_of=dt.date(2026, 3, 1), name="HQ100")
    (loss,) = buildable(PLOT, [zone]).lost
    assert (loss.source, loss.as_of, loss.name, loss.distance_m) == ("TLUBN", dt.date(2026, 3, 1), "HQ100", 5)


def test_a_parcel_wholly_inside_a_flood_zone_keeps_nothing():
    found = buildable(PLOT, [obstacle("flood", at(box(-1e5, -1e5, 1e5, 1e5)))])
    assert (found.net_m2, found.net.is_empty, areas(found.lost)) == (0, True, [("flood", 120_000)])


def test_a_setback_wider_than_the_parcel_keeps_nothing():
    found = buildable(PLOT, [obstacle(BORDER, PLOT, 5_000), obstacle("flood", PLOT)])
    assert (found.net_m2, areas(found.lost)) == (0, [("border", 120_000)])


def test_the_setback_goes_round_inner_corners():
    corner = at(Polygon([(0, 0), (200, 0), (200, 100), (100, 100), (100, 200), (0, 200)]))
    found = buildable(corner, [obstacle(BORDER, corner, 10)])
    # An L: 180 × 80 + 80 × 100, less nothing, but round the inner corner the 10 m are a quarter circle.
    assert found.net_m2 == pytest.approx(180 * 80 + 80 * 100 + (100 - math.pi * 100 / 4), abs=2)


def test_a_round_corner_falls_short_of_the_distance_by_two_centimetres_at_most():
    for distance in (3, 40, 100, 1_000):
        tower = Point(E, N)
        found = buildable(tower.buffer(distance * 1.5, quad_segs=64), [obstacle("mining", tower, distance)])
        nearest = shapely.distance(shapely.points(shapely.get_coordinates(found.net)), tower).min()
        along = shapely.distance(shapely.segmentize(found.net, 0.05), tower)
        assert distance - module.ARC_M - 1e-6 <= min(nearest, along) <= distance + 1e-6


def test_a_power_line_takes_its_strip_and_a_point_its_circle():
    line = at(LineString([(-50, 150), (450, 150)]))
    assert areas(buildable(PLOT, [obstacle("power_line", line, 20)]).lost) == [("power_line", 16_000)]
    (circle,) = buildable(PLOT, [obstacle("mining", at(Point(200, 150)), 50)]).lost
    assert circle.area_m2 == pytest.approx(math.pi * 2_500, rel=2e-3)


def test_a_line_without_distance_and_an_empty_zone_take_nothing():
    nothing = [obstacle("power_line", at(LineString([(0, 0), (400, 300)]))), obstacle("flood", Polygon())]
    assert buildable(PLOT, nothing).lost == ()


def test_parts_and_holes_that_touch_the_edge():
    hole = [(0, 0), (50, 100), (50, 50)]
    parcel = MultiPolygon([at(Polygon([(0, 0), (200, 0), (200, 200), (0, 200)], [hole])), at(box(300, 0, 400, 100))])
    found = buildable(parcel, [obstacle(BORDER, parcel, 3), obstacle("flood", at(box(150, 0, 350, 300)))])
    adds_up(found, parcel.area)
    assert len(found.net.geoms) == 2


def test_overlapping_and_invalid_zones_count_their_land_once():
    bowtie = at(Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]))
    twice = MultiPolygon([at(box(150, 0, 250, 100)), at(box(200, 0, 300, 100))])
    assert not bowtie.is_valid
    assert not twice.is_valid
    found = buildable(PLOT, [obstacle("flood", bowtie), obstacle("nature", twice)])
    assert areas(found.lost) == [("flood", 5_000), ("nature", 15_000)]
    adds_up(found)


def test_heights_of_a_survey_do_no_harm():
    flat = shapely.force_3d(PLOT, 250.0)
    found = buildable(flat, [obstacle("flood", shapely.force_3d(at(box(0, 0, 200, 300)), 249.0))])
    assert (found.net_m2, found.net.has_z) == (60_000, False)


def star(corners, radius=200.0, roughness=0.2, seed=1):
    random = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radii = radius * (1 - roughness * random.random(corners))
    return at(Polygon(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])))


def test_fifty_thousand_corners_on_both_sides():
    parcel, zone = star(50_000, roughness=0.03), star(50_000, roughness=0.03, seed=2)
    adds_up(buildable(parcel, [obstacle(BORDER, parcel, 3), obstacle("flood", zone, 1)]), parcel.area)


def test_of_a_huge_zone_only_what_is_near_is_buffered(monkeypatch):
    angles = np.linspace(0, 2 * np.pi, 60_000, endpoint=False)
    radii = 30_000 + 500 * np.sin(angles * 2_000)
    huge = at(Polygon(np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])), -30_000)
    buffered = []
    whole = shapely.buffer
    monkeypatch.setattr(
        shapely,
        "buffer",
        lambda shape, *a, **k: buffered.append(shapely.get_num_coordinates(shape)) or whole(shape, *a, **k),
    )
    adds_up(buildable(PLOT, [obstacle("flood", huge, 25)]))
    assert buffered
    assert max(buffered) < 1_000


def test_what_is_far_away_is_not_looked_at():
    far = [obstacle("flood", at(box(1_000 * i, 5_000, 1_000 * i + 10, 5_010)), 100) for i in range(200)]
    assert buildable(PLOT, far).net_m2 == 120_000


@pytest.mark.parametrize("distance", [-1.0, math.nan, math.inf])
def test_a_distance_that_is_none_is_refused(distance):
    with pytest.raises(ValueError, match="flood"):
        obstacle("flood", PLOT, distance)


def test_a_parcel_is_a_polygon():
    with pytest.raises(ValueError, match="Point"):
        buildable(Point(E, N), [])
    assert buildable(Polygon(), [obstacle("flood", PLOT)]).gross_m2 == 0


corners = st.tuples(st.floats(-300, 300), st.floats(-300, 300))


@st.composite
def any_shape(draw):
    """Polygons, valid or not, and lines, around the same place."""
    points = draw(st.lists(corners, min_size=3, max_size=9, unique=True))
    return at(draw(st.sampled_from([Polygon, LineString]))(points))


@st.composite
def any_obstacle(draw):
    grade = draw(st.sampled_from(list(ConstraintGrade)))
    cause = draw(st.sampled_from(["border", "flood", "nature", "motorway"]))
    return obstacle(cause, draw(any_shape()), draw(st.sampled_from([0.0, 0.01, 3.0, 40.0, 500.0])), grade)


@given(st.lists(corners, min_size=3, max_size=12, unique=True), st.lists(any_obstacle(), max_size=6))
@settings(max_examples=150, deadline=None)
def test_pieces_and_rest_always_add_up(points, obstacles):
    parcel = at(Polygon(points))
    found = buildable(parcel, obstacles)
    pieces = math.fsum(loss.area_m2 for loss in found.lost)
    assert found.gross_m2 == pytest.approx(found.net_m2 + pieces, rel=1e-6, abs=1e-6)
    shapes = [*(loss.shape for loss in found.lost), found.net]
    assert all(shape.is_valid for shape in shapes)
    assert shapely.union_all(shapes).area == pytest.approx(found.gross_m2, rel=1e-6, abs=1e-6)
    limited = shapely.union_all([loss.shape for loss in found.restricted])
    assert limited.area == pytest.approx(found.restricted_m2, rel=1e-6, abs=1e-6)
    assert limited.difference(found.net).area <= 1e-6 * max(found.net_m2, 1)


@given(st.lists(corners, min_size=3, max_size=12, unique=True), any_obstacle())
@settings(max_examples=100, deadline=None)
def test_clipping_first_changes_nothing(points, one):
    """What is lost is what a buffer of the whole, unclipped zone takes."""
    parcel = shapely.make_valid(at(Polygon(points)), method="structure", keep_collapsed=False)
    if parcel.geom_type not in ("Polygon", "MultiPolygon") or one.cause == BORDER:
        return
    one = obstacle(one.cause, one.shape, one.distance_m)
    whole = one.shape.buffer(one.distance_m, quad_segs=64) if one.distance_m else one.shape
    assert buildable(parcel, [one]).net_m2 == pytest.approx(parcel.difference(whole).area, rel=2e-3, abs=30)


def test_the_plans_ratios_on_a_plot():
    # BauNVO: GRZ 0.8 and BMZ 10 give a mean height of 12.5 m.
    allowed = permitted(100_000, 90_000, Ratios(grz=0.8, gfz=2.4, bmz=10))
    assert (allowed.footprint_m2, allowed.floor_area_m2, allowed.volume_m3) == (80_000, 240_000, 1_000_000)
    assert allowed.mean_height_m == pytest.approx(12.5)


def test_a_footprint_is_never_more_than_the_net_area_and_a_height_bounds_the_volume():
    allowed = permitted(100_000, 50_000, Ratios(grz=0.8, bmz=10, height_max_m=12))
    assert (allowed.footprint_m2, allowed.volume_m3, allowed.mean_height_m) == (50_000, 600_000, 12)


def test_what_the_plan_does_not_set_stays_open():
    nothing = permitted(100_000, 90_000, Ratios())
    assert (nothing.footprint_m2, nothing.floor_area_m2, nothing.volume_m3, nothing.mean_height_m) == (None,) * 4
    assert permitted(100_000, 90_000, Ratios(height_max_m=10)).volume_m3 == 900_000
    assert permitted(100_000, 0, Ratios(grz=0.8, bmz=10)).mean_height_m is None
