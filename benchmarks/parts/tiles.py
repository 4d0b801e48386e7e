"""Tiles of the map from afar to close by, where parcels are densest: made fresh, asked again, and unchanged (304)."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import create_engine

from benchmarks import serving
from benchmarks.measuring import Case, densest_tiles
from benchmarks.parts import interface
from benchmarks.registry import Options, Table

ZOOMS, ZOOMS_SHORT = tuple(range(6, 15)), (6, 10, 14)
TILES = 64
"""Where several visitors ask they look at as many tiles of a zoom, as far as there are."""
SENT = {"Accept-Encoding": "br"}


def run(options: Options) -> list[Table]:
    """Measure the tiles."""
    return [serving.measured("tiles", options, cases)]


def cases(url: str, _app: Flask, options: Options) -> list[Case]:
    """Three of each zoom."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {z: densest_tiles(connection, z, TILES) for z in (ZOOMS_SHORT if options.short else ZOOMS)}
    engine.dispose()
    return [case for z, tiles in found.items() if tiles for case in _of_zoom(z, tiles)]


def _of_zoom(z: int, tiles: list[tuple[int, int]]) -> Iterator[Case]:
    paths = tuple(f"/tiles/parcels/{z}/{x}/{y}.mvt" for x, y in tiles)
    yield Case(
        f"z{z}, made fresh", paths, SENT, fresh=True, pgbench=True, peers=interface.map_tile_of_peers(z, *tiles[0])
    )
    yield Case(f"z{z}, asked again", paths, SENT)
    yield Case(f"z{z}, unchanged (304)", paths[:1], SENT, unchanged=True)
