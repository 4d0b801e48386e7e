"""Some place for a hall, for searches over many parcels: the exact test of `placing`, without asking which place is
best, or by how much a hall fails.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from shapely.geometry.base import BaseGeometry

from landportal.gis.fit.convex import Array
from landportal.gis.fit.hall import Block, Hall, Placement
from landportal.gis.fit.land import Land, lands
from landportal.gis.fit.placing import angles_of, lies_inside, placement_at, spots_of

_FIRST = 4
"""Edge directions that are tried one after the other before all others at once: one of them nearly always does."""


def anywhere(net: BaseGeometry, hall: Hall) -> Placement | None:
    """A place for `hall` inside of `net`, or None where `placing.place` finds none; of many the first one found."""
    for block, land in itertools.product(hall.blocks(), lands(net)):
        if land.polygon.area < block.width_m * block.depth_m * (1 - 1e-6):
            continue
        for angles in _in_turn(land, block):
            for spot in spots_of(land, block, angles):
                if lies_inside(spot, net):
                    return placement_at(spot, hall, net, None)
    return None


def _in_turn(land: Land, block: Block) -> Iterator[Array]:
    """Angles to try: along the longest edges, one direction at a time, then whatever angle is left."""
    for direction in land.directions[:_FIRST]:
        along = np.array([direction, direction + np.pi / 2])
        yield along[land.hull.scales(along, block.width_m, block.depth_m) >= 1 - 1e-9]
    yield angles_of(land, block)[0]
