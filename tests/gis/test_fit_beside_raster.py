"""Beside a peer: largestinteriorrectangle finds the largest rectangle parallel to the axes, on a raster, by force."""

import math

import numpy as np
import pytest
import shapely
from largestinteriorrectangle import lir
from shapely import Point, Polygon, box

from landportal.gis.fit import Hall, Placement, largest_rectangle, place
from landportal.gis.fit.land import land_of
from landportal.gis.fit.rooms import Questions, fits

CELL_M = 2.0

LANDS = {
    "rectangle": box(3, 5, 203, 97),
    "L": Polygon([(0, 0), (300, 0), (300, 100), (100, 100), (100, 250), (0, 250)]),
    "U": Polygon([(0, 0), (260, 0), (260, 200), (180, 200), (180, 60), (70, 60), (70, 180), (0, 180)]),
    "with a hole": box(0, 0, 240, 160).difference(box(100, 70, 130, 90)),
    "trapezium": Polygon([(0, 0), (250, 0), (190, 140), (40, 120)]),
    "flooded corner": box(0, 0, 300, 200).difference(Point(300, 200).buffer(120, quad_segs=4)),
}


def raster(land):
    """Which cells lie wholly inside of `land`."""
    west, south, east, north = land.bounds
    easts, norths = np.arange(west, east - CELL_M + 1e-9, CELL_M), np.arange(south, north - CELL_M + 1e-9, CELL_M)
    west_edges, south_edges = np.meshgrid(easts, norths)
    cells = shapely.box(west_edges, south_edges, west_edges + CELL_M, south_edges + CELL_M)
    return shapely.covers(land.buffer(1e-6, join_style="mitre"), cells)


@pytest.mark.parametrize("land", LANDS.values(), ids=LANDS.keys())
def test_what_a_raster_finds_is_found_here_and_never_larger(land):
    _, _, columns, rows = lir(raster(land))
    width, depth = columns * CELL_M, rows * CELL_M
    assert isinstance(place(land, Hall(width - 0.02, depth - 0.02)), Placement)
    largest = largest_rectangle(land)
    assert largest.area_m2 >= 0.99 * width * depth
    assert largest_rectangle(land, width / depth).area_m2 >= 0.99 * width * depth


@pytest.mark.parametrize("land", LANDS.values(), ids=LANDS.keys())
def test_parallel_to_the_axes_both_find_the_same_to_the_width_of_the_cells(land):
    """The raster's rectangle, grown on both sides by as much as the raster can miss, does not fit at that angle."""
    _, _, columns, rows = lir(raster(land))
    ratio = columns / rows
    found = _largest_at_no_angle(land, ratio)
    assert found >= rows * CELL_M - 1e-6
    # A larger one of this ratio would hold more whole cells than the largest: at most two columns and rows are cut.
    lost = (found * ratio / CELL_M - 2) * (found / CELL_M - 2)
    assert lost <= columns * rows


def _largest_at_no_angle(land, ratio):
    prepared, low, high = land_of(land), 0.0, math.sqrt(land.area / ratio)
    for _ in range(40):
        middle = (low + high) / 2
        asked = Questions(np.array([0.0]), np.array([middle * ratio]), np.array([middle]))
        low, high = (middle, high) if fits(prepared, asked)[0] else (low, middle)
    return low
