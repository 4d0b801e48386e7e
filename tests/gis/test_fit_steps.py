"""Bounds in fine steps never contradict the exact test, on convex land and on any other."""

import numpy as np
import pytest
import shapely

from landportal.gis.fit import STEPS, Hall, decision, fits, stepped_bounds


def decided(kept, hall):
    asked = decision(hall)
    if any(kept[place].lower_m >= metres for place, metres in asked.enough):
        return True
    if any(kept[place].upper_m < metres for place, metres in asked.too_little):
        return False
    return None


SHAPES = {
    "rectangle": shapely.box(0, 0, 200, 90),
    "quadrilateral": shapely.Polygon([(0, 0), (210, 15), (190, 120), (-12, 95)]),
    "ell": shapely.Polygon([(0, 0), (200, 0), (200, 60), (80, 60), (80, 150), (0, 150)]),
    "two": shapely.union_all([shapely.box(0, 0, 100, 100), shapely.box(150, 0, 400, 40)]),
    "nothing": shapely.Polygon(),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_steps_decide_as_the_exact_test_does(name):
    net = SHAPES[name]
    kept = stepped_bounds(net)
    assert tuple(bound.ratio for bound in kept) == STEPS
    random = np.random.default_rng(3)
    open_ = 0
    for width, depth in random.uniform([10, 10], [260, 160], (150, 2)):
        hall = Hall(float(width), float(depth))
        said = decided(kept, hall)
        open_ += said is None
        assert said is None or said == fits(net, hall), hall
    assert open_ <= 25


@pytest.mark.parametrize(("width", "depth"), [(200, 90), (90, 200), (60, 60), (1000, 1), (1, 1000), (900, 10)])
def test_halls_at_the_ends_of_the_steps_are_decided_too(width, depth):
    kept = stepped_bounds(SHAPES["rectangle"])
    said = decided(kept, Hall(width, depth))
    assert said is None or said == fits(SHAPES["rectangle"], Hall(width, depth))
