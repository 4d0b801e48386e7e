"""Grids of tiles for whoever may not look into gis."""

from landportal.gis.tile_grids import GRIDS, PIXEL_M, TileGrid
from landportal.gis.tiles import TILE_PX

__all__ = ["GRIDS", "PIXEL_M", "TILE_PX", "TileGrid"]
