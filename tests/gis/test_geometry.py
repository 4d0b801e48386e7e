"""Geometry as it comes in: parsed, judged, repaired, reprojected."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from landportal.gis import geometry
from landportal.gis.notes import CannotRead

ERFURT_UTM = (642_000.0, 5_649_000.0)


def array(*shapes):
    return np.array(shapes, dtype=object)


def polygon(*points):
    return shapely.Polygon(points)


def test_wkt_ewkt_and_hexadecimal_wkb_give_the_same_geometry():
    point = shapely.Point(11, 51)
    texts = ["POINT (11 51)", "SRID=4326;POINT (11 51)", shapely.to_wkb(point, hex=True)]
    parsed, bad = geometry.parse_geometries(texts)
    assert not bad.any()
    assert all(shape.equals(point) for shape in parsed)


@pytest.mark.parametrize("text", ["POLYGON ((1 2, 3", "hello", "POLYGON ((a b, c d))", "00FF", "\x00"])
def test_a_text_that_is_no_geometry_is_told(text):
    parsed, bad = geometry.parse_geometries([text])
    assert parsed[0] is None
    assert bad[0]


def test_an_empty_text_is_missing_not_wrong():
    parsed, bad = geometry.parse_geometries([None, "", "  "])
    assert all(shape is None for shape in parsed)
    assert not bad.any()


def test_an_unknown_crs_is_refused_with_an_example():
    with pytest.raises(CannotRead, match="EPSG:25832"):
        geometry.parse_crs("EPSG:999999")


@pytest.mark.parametrize("text", ["EPSG:25832", "25832", "epsg:25832"])
def test_a_crs_is_known_by_its_epsg_code(text):
    assert geometry.crs_name(geometry.parse_crs(text)) == "EPSG:25832"


def test_reprojection_agrees_with_the_database_within_a_millimetre(session):
    from sqlalchemy import text

    lon, lat = 11.03, 50.98
    moved = geometry.to_storage(array(shapely.Point(lon, lat)), geometry.WGS84)[0]
    row = session.execute(
        text("select st_x(p), st_y(p) from st_transform(st_setsrid(st_makepoint(:x, :y), 4326), 25832) p"),
        {"x": lon, "y": lat},
    ).one()
    assert (moved.x, moved.y) == pytest.approx(tuple(row), abs=0.001)


def test_feet_become_metres():
    square = shapely.box(2_670_000, 238_000, 2_670_100, 238_100)
    crs = CRS.from_epsg(2272)
    assert geometry.crs_unit(crs) == "US survey foot"
    assert not geometry.measurable(array(square), crs)[0]


@given(st.floats(6, 12), st.floats(47, 55))
def test_every_place_of_the_zone_is_measurable(lon, lat):
    assert geometry.measurable(array(shapely.Point(lon, lat)), geometry.WGS84)[0]


@pytest.mark.parametrize("lon", [-75.2, 2.9, 15.1, 170.0])
def test_a_place_beyond_six_degrees_from_the_meridian_is_not_measurable(lon):
    assert not geometry.measurable(array(shapely.Point(lon, 50)), geometry.WGS84)[0]


def test_a_bow_tie_is_beyond_repair():
    repair = geometry.repair_polygons(array(polygon((0, 0), (100, 100), (100, 0), (0, 100))))
    assert repair.hopeless[0]
    assert "Self-intersection" in repair.reasons[0]


def test_a_ring_with_a_tiny_loop_is_repaired_within_one_percent():
    ring = polygon((0, 0), (100, 0), (100, 100), (50, 100.2), (51, 100.2), (50.5, 99.9), (0, 100))
    assert not ring.is_valid
    repair = geometry.repair_polygons(array(ring))
    assert repair.mended[0]
    assert not repair.hopeless[0]
    assert repair.geometries[0].is_valid
    assert repair.geometries[0].area == pytest.approx(ring.area, rel=0.01)


def test_a_valid_polygon_is_left_as_it_is():
    square = shapely.MultiPolygon([shapely.box(0, 0, 10, 10)])
    repair = geometry.repair_polygons(array(square))
    assert repair.geometries[0] is square
    assert not repair.mended[0]


def test_polygons_come_out_as_multipolygons_and_other_shapes_as_none():
    shapes = array(shapely.box(0, 0, 1, 1), shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), None)
    assert [g and g.geom_type for g in geometry.as_polygons(shapes)] == ["MultiPolygon", None, None, None]


def test_a_polygon_becomes_a_point_inside_it():
    shape = shapely.box(0, 0, 10, 10)
    assert shape.contains(geometry.as_points(array(shape))[0])


@pytest.mark.parametrize(
    ("position", "likely"),
    [
        ((4_433_901, 5_641_646), "EPSG:31468"),
        (ERFURT_UTM, "EPSG:25832"),
        ((32_642_000, 5_649_000), "EPSG:4647"),
        ((1_228_000, 6_620_000), "EPSG:3857"),
    ],
)
def test_the_likely_crs_is_the_one_that_puts_the_values_into_the_region(position, likely):
    assert geometry.likely_crs(position, (9.8, 50.2, 12.7, 51.7))[0] == likely


def test_nan_and_infinity_are_not_finite():
    shapes = array(shapely.Point(float("nan"), 1), shapely.Point(float("inf"), 1), shapely.Point(1, 1))
    assert geometry.has_finite_coordinates(shapes).tolist() == [False, False, True]


def test_a_corner_at_zero_is_null_island():
    shapes = array(polygon((0, 0), (11, 51), (11, 52)), shapely.box(11, 51, 12, 52))
    assert geometry.touches_null_island(shapes).tolist() == [True, False]
