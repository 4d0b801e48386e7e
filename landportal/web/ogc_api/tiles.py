"""Vector tiles of every collection (OGC API Tiles), in Web Mercator and in the official CRS. Row before column."""

from __future__ import annotations

from typing import Any

from flask import Response

from landportal.errors import NotFound
from landportal.services import features
from landportal.services.collections import Collection, listing
from landportal.services.grids import GRIDS, PIXEL_M, TILE_PX, TileGrid
from landportal.web.ogc_api.frame import (
    JSON,
    answer,
    blueprint,
    in_language,
    link,
    reading,
    refuse_unknown,
    self_links,
    validated,
)
from landportal.web.reading import today

MVT = "application/vnd.mapbox-vector-tile"
SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"


@blueprint.get("/tileMatrixSets")
def tile_matrix_sets() -> Response:
    """The grids tiles are cut in."""
    refuse_unknown()
    listed = [
        {"id": grid.id, "title": grid.title, **({"uri": grid.uri} if grid.uri else {}),
         "links": [link("ogc_api.tile_matrix_set", "self", JSON, grid=grid.id)]}
        for grid in GRIDS
    ]  # fmt: skip
    return answer({"tileMatrixSets": listed}, "document")


@blueprint.get("/tileMatrixSets/<grid>")
def tile_matrix_set(grid: str) -> Response:
    """One grid, level by level."""
    refuse_unknown()
    return answer(_grid_description(_grid(grid)), "document")


def _grid(name: str) -> TileGrid:
    found = next((grid for grid in GRIDS if grid.id == name), None)
    if found is None:
        raise NotFound(name)
    return found


def _grid_description(grid: TileGrid) -> dict[str, Any]:
    matrices = [
        {
            "id": str(level), "scaleDenominator": grid.resolution(level) / PIXEL_M, "cellSize": grid.resolution(level),
            "cornerOfOrigin": "topLeft", "pointOfOrigin": [grid.west, grid.north], "tileWidth": TILE_PX,
            "tileHeight": TILE_PX, "matrixWidth": 2**level, "matrixHeight": 2**level,
        }
        for level in range(grid.levels)
    ]  # fmt: skip
    return {
        "id": grid.id, "title": grid.title, **({"uri": grid.uri} if grid.uri else {}), "crs": grid.crs_uri,
        "orderedAxes": list(grid.axes), "tileMatrices": matrices,
    }  # fmt: skip


@blueprint.get("/collections/<collection>/tiles")
def tilesets(collection: str) -> Response:
    """The tile sets of a collection, one a grid."""
    refuse_unknown()
    with reading() as (session, actor):
        one = listing.find(session, actor, collection)
    return answer({"links": self_links(), "tilesets": [_tileset(one, grid) for grid in GRIDS]}, "document")


@blueprint.get("/collections/<collection>/tiles/<grid>")
def tileset(collection: str, grid: str) -> Response:
    """One tile set."""
    refuse_unknown()
    with reading() as (session, actor):
        one = listing.find(session, actor, collection)
    return answer(_tileset(one, _grid(grid)), "document")


def _tileset(one: Collection, grid: TileGrid) -> dict[str, Any]:
    here = {"collection": one.id, "grid": grid.id}
    template = link("ogc_api.tileset", "item", MVT, **here)
    template["href"] += "/{tileMatrix}/{tileRow}/{tileCol}"
    return {
        "title": f"{in_language(one.title_de, one.title_en)} – {grid.title}",
        "dataType": "vector",
        "crs": grid.crs_uri,
        **({"tileMatrixSetURI": grid.uri} if grid.uri else {}),
        "links": [
            link("ogc_api.tileset", "self", JSON, **here),
            link("ogc_api.tile_matrix_set", SCHEME, JSON, grid=grid.id),
            {**template, "templated": True},
            link("ogc_api.collection", "http://www.opengis.net/def/rel/ogc/1.0/geodata", JSON, collection=one.id),
        ],
        "layers": [{"id": "features", "dataType": "vector"}],
    }


@blueprint.get("/collections/<collection>/tiles/<grid>/<int:level>/<int:row>/<int:column>")
def tile(collection: str, grid: str, level: int, row: int, column: int) -> Response:
    """One tile; 204 when it is empty, 304 when the caller's copy still holds."""
    refuse_unknown()
    with reading() as (session, actor):
        one = listing.find(session, actor, collection)
        found = _grid(grid)
        found.check(level, row, column)

        def drawn() -> Response:
            content = features.tile(session, one, found, (level, row, column))
            return Response(content, mimetype=MVT) if content else Response(status=204)

        return validated(features.revision(session, one), drawn, str(today()))
