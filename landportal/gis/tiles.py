"""Mapbox vector tiles, written by the database: one statement per layer, from geometry kept in Web Mercator.

Addresses are XYZ (z/x/y, row 0 in the north), extent 4096 units, shown at 256 px. Which parcels are in a tile is
decided above; here lives what a tile holds at which zoom. Statements return bytes; an empty tile is zero bytes long.
"""

from __future__ import annotations

import math
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    Float,
    Integer,
    Label,
    LargeBinary,
    Numeric,
    Select,
    Subquery,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    text,
    true,
)

from landportal.errors import InvalidInput
from landportal.model import M2_PER_HA, Parcel, ParcelCell

_NUMERIC = Numeric()

_Number = int | BindParameter[int]

WORLD_M = 2 * math.pi * 6_378_137
TILE_PX = 256
EXTENT = 4096
BUFFER = 64

CELL_ZOOM_MAX = 10
"""Up to this zoom parcels are a few pixels large: tiles hold cells with counts; beyond it outlines."""

CELL_WIDTH_PX = 64
CELL_RADIUS_PX = CELL_WIDTH_PX / math.sqrt(3)
"""A cell is a hexagon with a corner up: width √3 · radius, rows 1.5 · radius apart."""

WIDE_ZOOM_MAX = 9
"""Up to this zoom a tile holds so much of a state that reading one narrow index beats fetching wide rows."""

OUTLINES_MAX = 10_000
"""Most outlines in one tile, the largest first: what is beyond is smaller than a pixel where a tile holds so many."""


def check_address(z: int, x: int, y: int, zoom_max: int) -> None:
    """InvalidInput unless the tile exists: 0 ≤ z ≤ `zoom_max`, and x and y below 2^z."""
    if not 0 <= z <= zoom_max:
        raise InvalidInput(f"zoom must be from 0 to {zoom_max}", "z")
    for name, value in (("x", x), ("y", y)):
        if not 0 <= value < 2**z:
            raise InvalidInput(f"{name} must be from 0 to {2**z - 1} at zoom {z}", name)


def lon_lat_box(west_m: float, south_m: float, east_m: float, north_m: float) -> tuple[float, float, float, float]:
    """A box of spherical Web Mercator metres in degrees: west, south, east, north."""

    def lat(y_m: float) -> float:
        return math.degrees(math.atan(math.sinh(y_m * 2 * math.pi / WORLD_M)))

    return (west_m * 360 / WORLD_M, lat(south_m), east_m * 360 / WORLD_M, lat(north_m))


def near(z: int, x: int, y: int) -> ColumnElement[bool]:
    """The parcel may be drawn in the tile, or counted in one of its cells."""
    pixel = WORLD_M / 2**z / TILE_PX
    reach_m = max(2 * CELL_RADIUS_PX, TILE_PX * BUFFER / EXTENT) * pixel
    return Parcel.geom_3857.bool_op("&&")(func.st_expand(func.st_tileenvelope(z, x, y), reach_m))


def parcel_outlines(where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Layer `parcels`: polygons with number, status, zone, restricted (absent if not) and ha.

    One statement for all tiles of a search; the bound values ``z``, ``x`` and ``y`` choose one.
    """
    z, x, y = (bindparam(name, type_=Integer) for name in ("z", "x", "y"))
    envelope = func.st_tileenvelope(z, x, y)
    reach = func.st_expand(envelope, WORLD_M * BUFFER / EXTENT / func.power(2, z))
    largest = (
        select(
            Parcel.number,
            Parcel.status,
            Parcel.zone,
            case((Parcel.zone_restricted, true())).label("restricted"),
            cast(func.round(cast(Parcel.area_m2 / M2_PER_HA, _NUMERIC), 2), Float).label("ha"),
            func.st_asmvtgeom(Parcel.geom_3857, envelope, EXTENT, BUFFER, True).label("geom"),
        )
        .where(where, Parcel.geom_3857.bool_op("&&")(reach))
        .order_by(Parcel.area_m2.desc())
        .limit(OUTLINES_MAX)
        .subquery("t")
    )
    return select(func.st_asmvt(largest.table_valued(), "parcels", EXTENT, "geom", type_=LargeBinary))


def parcel_cells(where: ColumnElement[bool], z: int, x: int, y: int) -> Select[*tuple[Any, ...]]:
    """Layer `cells`: centres of hexagons with count and ha. A cell is in every tile its hexagon touches, always whole.

    Centres form two rectangular lattices, one shifted by half a step; a parcel belongs to the nearer centre.
    """
    pixel = WORLD_M / 2**z / TILE_PX
    radius = CELL_RADIUS_PX * pixel
    step_x, step_y = literal(CELL_WIDTH_PX * pixel, Float), literal(3 * radius, Float)
    # `offset 0` keeps the planner from writing each expression out where it is used: the arithmetic is done once.
    members = _members(where, z, x, y, 2 * radius).offset(0).subquery("members")
    px, py = members.c.px, members.c.py
    centres = select(
        members.c.area_m2, px, py,
        (func.round(px / step_x) * step_x).label("ax"), (func.round(py / step_y) * step_y).label("ay"),
        ((func.floor(px / step_x) + 0.5) * step_x).label("bx"), ((func.floor(py / step_y) + 0.5) * step_y).label("by"),
    ).offset(0).subquery("centres")  # fmt: skip
    c = centres.c
    nearer_a = (c.px - c.ax) * (c.px - c.ax) + (c.py - c.ay) * (c.py - c.ay) <= (c.px - c.bx) * (c.px - c.bx) + (
        c.py - c.by
    ) * (c.py - c.by)
    points = select(c.area_m2, c.ax, c.ay, c.bx, c.by, nearer_a.label("in_a")).offset(0).subquery("points")
    cx = case((points.c.in_a, points.c.ax), else_=points.c.bx)
    cy = case((points.c.in_a, points.c.ay), else_=points.c.by)
    cells = (
        select(
            cast(func.count(), Integer).label("count"), _hectares(func.sum(points.c.area_m2)),
            cx.label("cx"), cy.label("cy"),
        )
        .group_by(text("3"), text("4"))
        .subquery("cells")
    )  # fmt: skip
    return _drawn_cells(cells, z, x, y)


def kept_cells(where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The same layer from the cells that the database keeps; `where` speaks of `ParcelCell`, of status and zone.

    One statement for all tiles of a search; the bound values of `place_of_kept_cells` choose one.
    """
    z, x, y = (bindparam(name, type_=Integer) for name in ("z", "x", "y"))
    west, south, east, north = (bindparam(name, type_=Float) for name in ("west", "south", "east", "north"))
    cells = (
        select(
            cast(func.sum(ParcelCell.parcels), Integer).label("count"), _hectares(func.sum(ParcelCell.m2)),
            ParcelCell.cx, ParcelCell.cy,
        )
        .where(where, ParcelCell.z == z, ParcelCell.cx.between(west, east), ParcelCell.cy.between(south, north))
        .group_by(ParcelCell.cx, ParcelCell.cy)
        .having(func.sum(ParcelCell.parcels) > 0)
        .subquery("cells")
    )  # fmt: skip
    return _drawn_cells(cells, z, x, y)


def place_of_kept_cells(z: int, x: int, y: int) -> dict[str, float]:
    """The bound values of `kept_cells` for one tile: its address, and its sides a cell's radius further out."""
    west, south, east, north = _sides(z, x, y, CELL_RADIUS_PX * WORLD_M / 2**z / TILE_PX)
    return {"z": z, "x": x, "y": y, "west": west, "south": south, "east": east, "north": north}


def _hectares(m2: ColumnElement[float]) -> Label[float]:
    return cast(func.round(cast(m2 / M2_PER_HA, _NUMERIC), 1), Float).label("ha")


def _drawn_cells(cells: Subquery, z: _Number, x: _Number, y: _Number) -> Select[*tuple[Any, ...]]:
    """The tile of `cells` (count, ha, cx, cy)."""
    centre = func.st_setsrid(func.st_makepoint(cells.c.cx, cells.c.cy), 3857)
    envelope = func.st_tileenvelope(z, x, y)
    buffer = math.ceil(CELL_RADIUS_PX / TILE_PX * EXTENT)
    drawn = (
        select(cells.c.count, cells.c.ha, func.st_asmvtgeom(centre, envelope, EXTENT, buffer, True).label("geom"))
        .offset(0)
        .subquery("t")
    )
    return select(func.st_asmvt(drawn.table_valued(), "cells", EXTENT, "geom", type_=LargeBinary))


def _sides(z: int, x: int, y: int, reach_m: float) -> tuple[float, float, float, float]:
    """West, south, east and north of a tile in Web Mercator metres, `reach_m` further out."""
    size = WORLD_M / 2**z
    west, north = x * size - WORLD_M / 2, WORLD_M / 2 - y * size
    return west - reach_m, north - size - reach_m, west + size + reach_m, north + reach_m


def _members(where: ColumnElement[bool], z: int, x: int, y: int, reach_m: float) -> Select[*tuple[Any, ...]]:
    """The parcels whose cell may touch the tile. Wide tiles read the covering index alone, narrow ones the spatial."""
    west, south, east, north = _sides(z, x, y, reach_m)
    found = select(Parcel.area_m2, Parcel.x_3857.label("px"), Parcel.y_3857.label("py")).where(
        where, Parcel.x_3857.between(west, east), Parcel.y_3857.between(south, north)
    )
    if z > WIDE_ZOOM_MAX:
        found = found.where(Parcel.geom_3857.bool_op("&&")(func.st_expand(func.st_tileenvelope(z, x, y), reach_m)))
    return found


def context_layer(layer: str, z: int, x: int, y: int) -> Executable:
    """The tile of `areas`, `admin-units`, `infrastructure` or `constraints` as one column of bytes."""
    parts = " || ".join(f"coalesce(({part}), '')" for part in _CONTEXT[layer])
    pixel = WORLD_M / 2**z / TILE_PX
    return text(f"with tile as materialized (select st_tileenvelope(:z, :x, :y) as env) select {parts}").bindparams(
        z=z, x=x, y=y, half_pixel=pixel / 2, reach=pixel * TILE_PX * BUFFER / EXTENT
    )


def _part(layer: str, columns: str, source: str, geometry: str) -> str:
    """One MVT layer. `offset 0` keeps the planner from pulling the subquery up, which would compute geometry twice."""
    return f"""
        select st_asmvt(t, '{layer}', {EXTENT}, 'geom') from (
            select {columns}, st_asmvtgeom({geometry}, tile.env, {EXTENT}, {BUFFER}, true) as geom
            from tile, {source} offset 0) t"""  # noqa: S608 - made of this module's constants alone


_NEAR = "geom_3857 && st_expand(tile.env, :reach)"

_CONTEXT = {
    "areas": (
        _part("areas", "slug, name_de as name, name_en", f"area where :z >= 9 and {_NEAR}",
              "st_simplify(geom_3857, :half_pixel)"),
        _part(
            "areas_labels", "slug, name_de as name, name_en, round((st_area(geom) / 10000)::numeric, 1)::float8 as ha",
            f"area where :z >= 9 and {_NEAR}", "st_pointonsurface(geom_3857)",
        ),
    ),
    "admin-units": (
        _part(
            "borders", "level, ags",
            f"admin_unit where (:z >= 9 or level <> 'municipality') and {_NEAR}", "st_simplify(geom_3857, :half_pixel)",
        ),
        _part(
            "places", "name, case when population >= 90000 then 1 when population >= 20000 then 2"
            " when population >= 8000 then 3 else 4 end as rank",
            f"""admin_unit where level = 'municipality' and {_NEAR} and population >=
                case when :z <= 7 then 90000 when :z = 8 then 30000 when :z = 9 then 20000 when :z = 10 then 8000
                     else 0 end""",
            "st_transform(coalesce(label_point, st_pointonsurface(admin_unit.geom)), 3857)",
        ),
    ),
    "infrastructure": (
        _part("roads", "road_class, ref, state", f"""road where (:z >= 9 or road_class = 'motorway')
                and (:z >= 11 or road_class in ('motorway', 'federal_road')) and {_NEAR}""",
              "st_simplify(geom_3857, :half_pixel)"),
        _part("points", "kind, name, ref, number", f"""infrastructure where {_NEAR} and (:z >= 9 or kind = 'airport'
                or (:z = 8 and kind in ('motorway_junction', 'rail_freight')))""", "geom_3857"),
    ),
    "constraints": (
        _part("constraints", "kind, name, grade", f"constraint_zone where :z >= 9 and {_NEAR}",
              "st_simplify(geom_3857, :half_pixel)"),
    ),
}  # fmt: skip

CONTEXT_LAYERS = tuple(_CONTEXT)
