"""The vector tile of a context layer, whatever its columns are. Tiles of the portal's own data live in `tiles`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Executable, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from landportal.gis.tiles import BUFFER, EXTENT, OUTLINES_MAX, TILE_PX, WORLD_M

KEY = "@id"
"""The attribute that holds a feature's key: no field is called so."""

WHOLE_FROM = 14
"""From this zoom on every feature is in its tiles; further out those below a pixel are thinned to one a cell."""

CELL_PX = 2

# What a visitor may not see is not in layer_features_in, which also finds the tile's features by the spatial index.
_TILE = """
with tile as materialized (select st_tileenvelope(:z, :x, :y) as env),
found as materialized (
    select f.id, f.key, f.properties, f.geom_3857 as shape, st_area(f.geom_3857) as area, greatest(
        st_xmax(f.geom_3857) - st_xmin(f.geom_3857), st_ymax(f.geom_3857) - st_ymin(f.geom_3857)) as width
    from tile, layer_features_in(:layer_id, st_expand(tile.env, :reach)) f),
shown as (
    select * from found where width >= :pixel or :z >= :whole_from
    union all (
        select distinct on (floor(st_xmin(shape) / :cell), floor(st_ymin(shape) / :cell)) * from found
        where width < :pixel and :z < :whole_from
        order by floor(st_xmin(shape) / :cell), floor(st_ymin(shape) / :cell), area desc, id))
select st_asmvt(t, 'features', :extent, 'geom') from (
    select jsonb_build_object(cast(:key as text), shown.key) || (
               select coalesce(jsonb_object_agg(one.key, one.value), '{}') from jsonb_each(shown.properties) one
               where one.key = any(:fields) and jsonb_typeof(one.value) <> 'array') as properties,
           st_asmvtgeom(case when st_dimension(shape) = 0 then shape else st_simplify(shape, :pixel / 2, true) end,
                        tile.env, :extent, :buffer, true) as geom
    from tile, shown
    order by area desc, id
    limit :most offset 0) t
"""


def layer_tile(layer_id: int, fields: Sequence[str], z: int, x: int, y: int) -> Executable:
    """MVT layer `features`: each feature's key as ``@id`` and those of its `fields` that are no lists.

    One column of bytes. The largest features come first where there are too many; of those below a pixel one stands
    for its neighbours (see WHOLE_FROM); shapes are simplified to half a pixel.
    """
    pixel = WORLD_M / 2**z / TILE_PX
    return text(_TILE).bindparams(
        bindparam("fields", list(fields), ARRAY(TEXT)), z=z, x=x, y=y, layer_id=layer_id, key=KEY, extent=EXTENT,
        buffer=BUFFER, pixel=pixel, cell=CELL_PX * pixel, reach=pixel * TILE_PX * BUFFER / EXTENT, most=OUTLINES_MAX,
        whole_from=WHOLE_FROM,
    )  # fmt: skip
