"""The nearest places of many shapes, against measuring every pair."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from landportal.gis.nearest import NOWHERE, Places

FAR = 600_000, 5_640_000


def polygons(rng, count, size_m, spread_m):
    """Triangles to octagons of any form, some with two parts."""
    found = []
    for _ in range(count):
        middle = np.array(FAR) + rng.uniform(0, spread_m, 2)
        corners = middle + rng.uniform(-size_m, size_m, (rng.integers(3, 9), 2))
        shape = shapely.convex_hull(shapely.multipoints(corners))
        if rng.random() < 0.3:
            shape = shapely.multipolygons([shape, shapely.box(*(middle + 2 * size_m), *(middle + 3 * size_m))])
        found.append(shape)
    return np.asarray(found, dtype=object)


def measured(land, points):
    """The distance of every pair, the first nearest point of each shape."""
    every = shapely.distance(land[:, None], np.asarray(shapely.points(points), dtype=object)[None, :])
    return every.argmin(axis=1), every.min(axis=1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([5, 60, 2_000]), st.integers(1, 40))
def test_it_is_the_nearest_of_all(seed, size_m, count):
    rng = np.random.default_rng(seed)
    land = polygons(rng, 60, size_m, 20_000)
    points = np.array(FAR) + rng.uniform(0, 20_000, (count, 2))
    found = Places(points).nearest_of(land)
    place, distance_m = measured(land, points)
    assert np.array_equal(found.place, place)
    assert np.allclose(found.distance_m, distance_m, atol=1e-9)


def test_of_equally_near_points_the_first_counts():
    land = np.asarray([shapely.box(*FAR, FAR[0] + 100, FAR[1] + 100)], dtype=object)
    points = np.array([(50, 5_000), (50, 400), (50, -300), (400, 50), (50, 50), (60, 60)]) + FAR
    found = Places(points).nearest_of(land)
    assert (found.place[0], found.distance_m[0]) == (4, 0.0)
    assert Places(points[1:4]).nearest_of(land).place[0] == 0


def test_the_edge_decides_and_not_the_middle():
    long = shapely.box(*FAR, FAR[0] + 10_000, FAR[1] + 10)
    points = np.array([(5_000, 900), (10_100, 5)]) + FAR
    found = Places(points).nearest_of(np.asarray([long], dtype=object))
    assert (found.place[0], found.distance_m[0]) == (1, 100.0)


def test_missing_and_empty_shapes_are_near_to_nothing():
    land = np.asarray([None, shapely.Polygon(), shapely.box(*FAR, FAR[0] + 1, FAR[1] + 1)], dtype=object)
    found = Places(np.array([FAR])).nearest_of(land)
    assert found.place.tolist() == [NOWHERE, NOWHERE, 0]
    assert np.isnan(found.distance_m[:2]).all()
    assert found.distance_m[2] == 0


def test_without_points_nothing_is_near():
    found = Places(np.zeros((0, 2))).nearest_of(np.asarray([shapely.box(0, 0, 1, 1)], dtype=object))
    assert found.place.tolist() == [NOWHERE]


def test_without_land_there_is_nothing_to_find():
    assert len(Places(np.array([FAR])).nearest_of(np.asarray([], dtype=object)).place) == 0


@pytest.mark.parametrize("points", [[(1.0, np.nan)], [(1.0, np.inf)], [(1.0, 2.0, 3.0)], [1.0, 2.0]])
def test_points_that_are_none_are_refused(points):
    with pytest.raises(ValueError, match="finite pairs"):
        Places(np.array(points))
