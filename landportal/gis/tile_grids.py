"""Tile matrix sets: the grids in which tiles are cut, in OGC's terms, and any layer's tile in any of them.

`WebMercatorQuad` is the web's; `DE_EPSG_25832_ADV` is the grid in which German surveying offices serve tiles in the
official CRS: 256 px, resolution halved from 4891.96981025128 m, origin 46133.17 m west and 6301219.54 m north.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, LargeBinary, Select, SQLColumnExpression, bindparam, func, select

from landportal.errors import InvalidInput
from landportal.gis.tiles import BUFFER, EXTENT, OUTLINES_MAX, TILE_PX, WORLD_M

PIXEL_M = 0.00028
"""Size of a pixel by which OGC turns a resolution into a scale denominator."""


@dataclass(frozen=True)
class TileGrid:
    """A quad tree of tiles: its upper left corner (easting, northing) and the metres a pixel of level 0.

    `axes` are the names that the authority gives to easting and northing.
    """

    id: str
    title: str
    uri: str | None
    crs_uri: str
    srid: int
    west: float
    north: float
    resolution_m: float
    levels: int
    axes: tuple[str, str] = ("E", "N")

    def resolution(self, level: int) -> float:
        """Metres a pixel on `level`."""
        return self.resolution_m / float(2**level)

    def check(self, level: int, row: int, column: int) -> None:
        """InvalidInput unless the tile exists."""
        if not 0 <= level < self.levels:
            raise InvalidInput(f"Levels here are 0 to {self.levels - 1}.", "tileMatrix")
        for name, value in (("tileRow", row), ("tileCol", column)):
            if not 0 <= value < 2**level:
                raise InvalidInput(f"{name} is 0 to {2**level - 1} on level {level}.", name)


GRIDS: tuple[TileGrid, ...] = (
    TileGrid(
        "WebMercatorQuad", "Google Maps Compatible for the World",
        "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
        "http://www.opengis.net/def/crs/EPSG/0/3857", 3857, -WORLD_M / 2, WORLD_M / 2, WORLD_M / TILE_PX, 23,
        ("X", "Y"),
    ),
    TileGrid(
        "DE_EPSG_25832_ADV", "ETRS89 / UTM 32N, grid of the German surveying offices", None,
        "http://www.opengis.net/def/crs/EPSG/0/25832", 25832, -46_133.17, 6_301_219.54, 4_891.96981025128, 17,
    ),
)  # fmt: skip


def tile(grid: TileGrid, shape: SQLColumnExpression[Any], srid: int, rows: Select[Any]) -> Select[Any]:
    """The MVT tile of `rows`, whose geometry is `shape`, stored in `srid`, with the values of `corners` to be bound.

    `rows` selects the attributes, in the order of which a tile holds the first `OUTLINES_MAX`; what meets the tile is
    added here.
    """
    sides = [bindparam(side, type_=Float) for side in ("west", "south", "east", "north")]
    envelope = func.st_makeenvelope(*sides, grid.srid)
    width = bindparam("width", type_=Float)
    reach = func.st_expand(envelope, width * (BUFFER / EXTENT))
    asked = reach if srid == grid.srid else func.st_transform(func.st_segmentize(reach, width / 4), srid)
    drawn = shape if srid == grid.srid else func.st_transform(shape, grid.srid)
    found = (
        rows.add_columns(func.st_asmvtgeom(drawn, envelope, EXTENT, BUFFER, True).label("mvt_geom"))
        .where(shape.bool_op("&&")(asked))
        .limit(OUTLINES_MAX)
        .subquery("t")
    )
    return select(func.st_asmvt(found.table_valued(), "features", EXTENT, "mvt_geom", type_=LargeBinary))


def corners(grid: TileGrid, level: int, row: int, column: int) -> dict[str, float]:
    """The sides of a tile in the grid's CRS and its width, all in its units."""
    width = grid.resolution(level) * TILE_PX
    west, north = grid.west + column * width, grid.north - row * width
    return {"west": west, "south": north - width, "east": west + width, "north": north, "width": width}
