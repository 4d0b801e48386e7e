"""Tiles and their validators: what the map draws, and how a cache knows that it is still true."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.gis import layer_tiles, tiles
from landportal.model import ContextLayer, ParcelCell, ParcelStatus, Revision
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.preparing import prepared
from landportal.services.search.where import conditions, land_of, where

ZOOM_MAX = 22
LAYERS = ("parcels", *tiles.CONTEXT_LAYERS)
FIELDS_IN_TILES = 12
"""Attributes that a context layer's tiles carry at most: the first ones. All of them are at the feature's address."""

_REVISION = select(Revision.value).where(Revision.subject == bindparam("subject"))


def revision_of(session: Session, subject: str) -> int:
    """The counter that every transaction moves which changes `subject`; 0 before its first row."""
    return session.scalar(_REVISION, {"subject": subject}) or 0


def parcel_tile(session: Session, criteria: SearchCriteria, z: int, x: int, y: int) -> bytes:
    """The parcels of `criteria` in one tile: cells from afar, outlines close by."""
    tiles.check_address(z, x, y, ZOOM_MAX)
    if criteria.asks_geometry:
        criteria = prepared(session, criteria, land_of(None), tiles.near(z, x, y))
    if z <= tiles.CELL_ZOOM_MAX:
        kept = _kept_cells(criteria)
        if kept is None:
            return bytes(session.scalar(tiles.parcel_cells(where(criteria), z, x, y)) or b"")
        return bytes(session.scalar(kept, tiles.place_of_kept_cells(z, x, y)) or b"")
    return bytes(session.scalar(_outlines(criteria), {"z": z, "x": x, "y": y}) or b"")


@lru_cache(maxsize=256)
def _kept_cells(criteria: SearchCriteria) -> Select[Any] | None:
    """Cells as the database keeps them, where status and zone are all that is asked; else None: they are counted."""
    if criteria.as_of or conditions(criteria).keys() - {"status", "zone"}:
        return None
    chosen = [ParcelCell.status != ParcelStatus.WITHDRAWN]
    chosen += [ParcelCell.status.in_(criteria.status)] if criteria.status else []
    chosen += [ParcelCell.zone.in_(criteria.zone)] if criteria.zone else []
    return tiles.kept_cells(and_(*chosen))


@lru_cache(maxsize=256)
def _outlines(criteria: SearchCriteria) -> Select[Any]:
    """A map asks for many tiles of one search: their statement is put together once."""
    return tiles.parcel_outlines(where(criteria))


def context_tile(session: Session, layer: str, z: int, x: int, y: int) -> bytes:
    """One tile of a layer that does not depend on the search; NotFound for an unknown layer."""
    if layer not in tiles.CONTEXT_LAYERS:
        raise NotFound(layer)
    tiles.check_address(z, x, y, ZOOM_MAX)
    return bytes(session.scalar(tiles.context_layer(layer, z, x, y)) or b"")


def published_tile(session: Session, layer: ContextLayer, z: int, x: int, y: int) -> bytes:
    """One tile of a published layer that the session's actor may see."""
    tiles.check_address(z, x, y, ZOOM_MAX)
    fields = [field["name"] for field in layer.fields[:FIELDS_IN_TILES]]
    return bytes(session.scalar(layer_tiles.layer_tile(layer.id, fields, z, x, y)) or b"")
