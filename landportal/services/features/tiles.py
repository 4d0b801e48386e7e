"""A collection's features in a vector tile, with their first attributes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from landportal.db import plan_for_these_values
from landportal.gis.fields import Kind
from landportal.gis.tile_grids import TileGrid, corners
from landportal.gis.tile_grids import tile as tile_of
from landportal.model import TILE_SRID
from landportal.services.collections.collection import Collection

TILE_FIELDS = 20
"""Attributes a tile carries at most: the first ones. Everything else is one request away, by the feature's id."""


def tile(session: Session, collection: Collection, grid: TileGrid, place: tuple[int, int, int]) -> bytes:
    """The vector tile `place` (level, row, column) of `grid`; empty bytes where nothing lies, InvalidInput beyond."""
    grid.check(*place)
    plan_for_these_values(session)
    return bytes(session.scalar(_any_tile(collection, grid), corners(grid, *place)) or b"")


@lru_cache(maxsize=64)
def _any_tile(collection: Collection, grid: TileGrid) -> Select[Any]:
    """The statement for every tile of a grid, put together once."""
    plain: list[Any] = [one.value.label(one.name) for one in collection.fields if one.kind is not Kind.TEXTS]
    rows = collection.joined(select(collection.feature_id.label("id"), *plain[:TILE_FIELDS])).where(collection.visible)
    source = collection.source
    shape = collection.tile_geometry if grid.srid == TILE_SRID else None
    shape, srid = (source.geometry, source.srid) if shape is None else (shape, TILE_SRID)
    size = func.st_area(shape) if collection.size is None else collection.size
    return tile_of(grid, shape, srid, rows.order_by(size.desc()))
