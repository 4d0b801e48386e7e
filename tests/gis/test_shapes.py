"""Shapes as text and back, faults with their place, cutting and joining: nothing is lost, nothing counted twice."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon, box

from landportal.gis import cutting, shapes
from landportal.gis.shapes import BadShape

E, N = 620_000.0, 5_640_000.0


def square(east=0.0, north=0.0, side=100.0):
    return MultiPolygon([box(E + east, N + north, E + east + side, N + north + side)])


def line(*corners):
    return LineString([(E + east, N + north) for east, north in corners])


@st.composite
def star_polygons(draw):
    """Polygons around a middle: any number of corners, convex or not, some with a hole."""
    count = draw(st.integers(3, 14))
    radii = [draw(st.floats(20, 400)) for _ in range(count)]
    turn = draw(st.floats(0, 2 * math.pi))
    ring = [
        (E + r * math.cos(turn + 2 * math.pi * i / count), N + r * math.sin(turn + 2 * math.pi * i / count))
        for i, r in enumerate(radii)
    ]
    polygon = Polygon(ring)
    hole = draw(st.floats(0, 15))
    if hole > 2 and polygon.contains(shapely.Point(E, N).buffer(hole)):
        polygon = polygon.difference(shapely.Point(E, N).buffer(hole, quad_segs=3))
    assume(isinstance(polygon, Polygon) and polygon.is_valid and polygon.area > 50)
    return MultiPolygon([polygon])


@st.composite
def cutting_lines(draw):
    """Lines of two to five points that begin and end outside."""
    angle = draw(st.floats(0, 2 * math.pi))
    inner = [(draw(st.floats(-150, 150)), draw(st.floats(-150, 150))) for _ in range(draw(st.integers(0, 3)))]
    far = draw(st.floats(math.pi / 2, 3 * math.pi / 2))
    ends = [(900 * math.cos(angle), 900 * math.sin(angle)), (900 * math.cos(angle + far), 900 * math.sin(angle + far))]
    return line(ends[0], *inner, ends[1])


def cut_or_nothing(shape, knife):
    """The parts, or nothing where the line misses the shape or cuts off a sliver; any other refusal is a fault."""
    try:
        return cutting.cut(shape, knife)
    except BadShape as refused:
        if refused.code not in {"line_cuts_nothing", "piece_too_small"}:
            raise
        return ()


@settings(max_examples=150, deadline=None)
@given(star_polygons(), cutting_lines())
def test_parts_sum_to_the_whole_are_valid_and_lie_beside_each_other(shape, knife):
    parts = cut_or_nothing(shape, knife)
    assume(parts)
    assert len(parts) >= 2
    assert sum(part.area for part in parts) == pytest.approx(shape.area, abs=0.01)
    assert all(part.is_valid and not part.is_empty for part in parts)
    for place, one in enumerate(parts):
        assert all(one.intersection(other).area < 0.001 for other in parts[place + 1 :])
    assert shapely.union_all(list(parts)).symmetric_difference(shape).area < 0.01


@settings(max_examples=100, deadline=None)
@given(star_polygons(), cutting_lines())
def test_merging_the_parts_gives_the_whole_back(shape, knife):
    parts = cut_or_nothing(shape, knife)
    assume(parts)
    try:
        joined = cutting.join(parts)
    except BadShape as stranger:
        # Parts that hang together by less than five metres of border are no neighbours.
        assume(stranger.code != "not_neighbours")
        raise
    assert joined.shape.symmetric_difference(shape).area < 0.01
    assert joined.gap_m2 < 0.01
    assert joined.overlap_m2 < 0.01


@settings(max_examples=60, deadline=None)
@given(star_polygons())
def test_a_shape_survives_text_and_degrees_to_the_last_bit(shape):
    for through in (shapes.written(shape, "Loch"), shapes.as_geojson(shape), shape.wkt):
        assert shapes.keep_corners(shapes.read_shape(through), shape).equals_exact(shape, 0)


def test_a_corner_that_was_moved_stays_where_it_was_moved_to():
    moved = shapes.read_shape(f"{E} {N}\n{E + 100.5} {N}\n{E + 100} {N + 100}\n{E} {N + 100}")
    assert shapes.keep_corners(moved, square()).area == pytest.approx(10_025)


def test_parts_holes_and_every_usual_way_of_writing_are_read():
    text = """620000 5640000
    620100,5 5640000
    620100.5; 5640100.0
    620000\t5640100

    Loch:
    620020 5640020
    620040 5640020
    620040 5640040

    620200,5640000
    620210,5640000
    620210,5640010
    """
    shape = shapes.read_shape(text)
    assert [len(part.interiors) for part in shape.geoms] == [1, 0]
    assert shape.area == pytest.approx(100.5 * 100 - 200 + 50)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  \n \n", "empty"),
        ("hello", "not_a_corner"),
        ("620000\n620100", "not_a_corner"),
        ("620000 5640000\n620100 5640000", "too_few_corners"),
        ("620000 5640000\n620000 5640000\n620000 5640000", "too_few_corners"),
        ("5640000 620000\n5640000 620100\n5640100 620100", "swapped"),
        ("4400000 5600000\n4400100 5600000\n4400100 5600100", "elsewhere"),
        ("nan nan\n1 1\n2 2", "elsewhere"),
        ("inf 5640000\n1 1\n2 2", "elsewhere"),
        ("Loch\n620000 5640000\n620100 5640000\n620100 5640100", "hole_first"),
        ("POLYGON((620000 5640000", "not_wkt"),
        ("POLYGON EMPTY", "not_polygons"),
        ("POINT(620000 5640000)", "not_polygons"),
        ("LINESTRING(620000 5640000, 620100 5640000)", "not_polygons"),
        ("{", "not_geojson"),
        ('{"type":"Polygon"}', "not_geojson"),
        ('{"type":"Polygon","coordinates":[[[11,51],[11,52]]]}', "not_geojson"),
        ('{"type":"FeatureCollection","features":[]}', "several_features"),
        ('{"a":' * 5000, "not_geojson"),
        ("x" * 1_000_001, "too_long"),
        ("\n".join(f"{E + i} {N + i * i % 7}" for i in range(10_002)), "too_many_corners"),
    ],
)
def test_what_is_no_shape_is_told_by_its_kind(text, code):
    with pytest.raises(BadShape) as refused:
        shapes.read_shape(text)
    assert refused.value.code == code


def test_a_crossing_border_is_told_with_its_place_and_a_proposal():
    bow = shapes.read_shape("620000 5640000\n620100 5640100\n620100 5640000\n620000 5640100")
    fault = shapes.fault_of(bow)
    assert fault.code == "crosses_itself"
    assert fault.place == (620050, 5640050)
    assert fault.mended.is_valid
    assert fault.mended.area == pytest.approx(5_000)


def test_a_spike_without_width_has_no_proposal():
    assert shapes.fault_of(MultiPolygon([Polygon([(E, N), (E + 10, N), (E + 5, N)])])).mended is None


def test_untouched_parts_go_with_the_nearest_piece():
    shape = MultiPolygon([*square().geoms, *square(200, 0, 50).geoms])
    west, east = cutting.cut(shape, line((50, -10), (50, 110)))
    assert (west.area, east.area) == (pytest.approx(5_000), pytest.approx(7_500))


def test_a_line_between_two_parts_takes_them_apart():
    shape = MultiPolygon([*square().geoms, *square(200, 0, 50).geoms])
    assert [part.area for part in cutting.cut(shape, line((150, -10), (150, 110)))] == [10_000, 2_500]


@pytest.mark.parametrize(
    "knife",
    [
        line((50, -10), (50, 50)),
        line((200, 0), (200, 100)),
        line((0, 0), (100, 0)),
        line((20, 20), (80, 80)),
        line((20, 20), (80, 20), (80, 80), (30, 30)),
    ],
)
def test_a_line_that_does_not_come_out_again_cuts_nothing(knife):
    with pytest.raises(BadShape, match="line_cuts_nothing"):
        cutting.cut(square(), knife)


@pytest.mark.parametrize("short", [0, 0.001, 0.04, -5])
def test_a_line_from_border_to_border_cuts_although_its_ends_are_not_quite_there(short):
    west, east = cutting.cut(square(), line((50, short), (50, 60), (40, 100 - short)))
    assert west.area + east.area == pytest.approx(10_000, abs=0.001)


def test_a_sliver_is_no_part():
    with pytest.raises(BadShape, match="piece_too_small"):
        cutting.cut(square(), line((0.005, -10), (0.005, 110)))


def test_a_gap_below_the_tolerance_is_closed_and_told():
    joined = cutting.join([square(), square(100.3)])
    assert len(joined.shape.geoms) == 1
    assert joined.gap_m2 == pytest.approx(30, abs=0.5)
    assert joined.shape.area == pytest.approx(20_030, abs=0.5)


def test_closing_a_gap_leaves_notches_of_the_shapes_themselves_alone():
    notched = MultiPolygon([square().geoms[0].difference(box(E + 40, N + 50, E + 40.9, N + 100))])
    assert cutting.join([notched, square(100)]).shape.area == pytest.approx(20_000 - 45, abs=0.01)


@pytest.mark.parametrize("other", [square(102), square(100, 100), square(500, 500)])
def test_what_lies_apart_or_meets_at_a_corner_only_is_no_neighbour(other):
    with pytest.raises(BadShape, match="not_neighbours"):
        cutting.join([square(), other])


def test_a_chain_of_neighbours_is_joined_in_any_order():
    chain = [square(200), square(0), square(100)]
    assert cutting.join(chain).shape.area == pytest.approx(30_000)


def test_a_hole_that_was_cut_through_is_not_filled_when_its_halves_are_joined():
    # Found by the property test above: a ring of rounding around the hole was taken for a gap, and the hole for land.
    shape = shapely.from_wkt("""MULTIPOLYGON (((620014.1421356237 5639985.857864376, 620000 5639980,
        619985.8578643763 5639985.857864376, 619980 5640000, 619985.8578643763 5640014.142135624, 620000 5640025,
        620014.1421356237 5640014.142135624, 620020 5640000, 620014.1421356237 5639985.857864376),
        (620002.1536854084 5640001.24343085, 620001.2434308503 5640002.153685409, 620000 5640002.4868617,
        619998.7565691497 5640002.153685409, 619997.8463145916 5640001.24343085, 619997.5131382995 5640000,
        619997.8463145916 5639998.75656915, 619998.7565691497 5639997.846314591, 620000 5639997.5131383,
        620001.2434308503 5639997.846314591, 620002.1536854084 5639998.75656915, 620002.4868617005 5640000,
        620002.1536854084 5640001.24343085)))""")
    knife = LineString(
        [(619330.1641233289, 5639398.901091063), (620000, 5640000), (619982.9207936019, 5640899.837930245)]
    )
    joined = cutting.join(cut_or_nothing(shape, knife))
    assert joined.shape.symmetric_difference(shape).area < 0.01
