"""Addresses that visitors of a measured store ask for, by place and county.

For locust's environment too: the standard library alone.
"""

from __future__ import annotations

import math

FILTERS = ("zone=GE", "zone=GI", "size_min_ha=0.6", "motorway_max_km=10", "avoid=flood", "size_max_ha=2")


def tile_at(z: int, lon: float, lat: float) -> tuple[int, int]:
    """Column and row of the map's tile at zoom `z` that holds a place, in degrees."""
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return x, y


def tile(z: int, x: int, y: int) -> str:
    """That tile of the parcels."""
    return f"/tiles/parcels/{z}/{x}/{y}.mvt"


def items_of(county: str) -> str:
    """A page of a county's parcels from the machine interface."""
    return f"/api/collections/parcels/items?limit=50&filter=ags%20LIKE%20%27{county}%25%27"
