"""Where the interfaces are asked for land: a box about which everybody agrees."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

_BOX = text("""
    with centres as (
        select round((lon + :east)::numeric, 3) as lon, round((lat + :north)::numeric, 3) as lat from parcel
        where id % :every = 0
    ), boxes as (
        select round(lon - cast(:half_lon as numeric), 3) as west, round(lat - cast(:half_lat as numeric), 3) as south,
            round(lon + cast(:half_lon as numeric), 3) as east, round(lat + cast(:half_lat as numeric), 3) as north
        from centres
    ), shapes as (
        select *, st_transform(st_segmentize(st_makeenvelope(west, south, east, north, 4326), 0.01), 25832) as exact,
            st_transform(st_setsrid(st_makepoint(west, south), 4326), 25832) as low,
            st_transform(st_setsrid(st_makepoint(east, north), 4326), 25832) as high
        from boxes
    ), counted as (
        select *,
            (select count(*) from parcel where st_intersects(geom, exact)) as n,
            (select count(*) from parcel where geom && exact) as wide,
            (select count(*) from parcel
             where st_intersects(geom, st_makeenvelope(st_x(low), st_y(low), st_x(high), st_y(high), 25832))) as other
        from shapes
    )
    select concat_ws(',', west, south, east, north) from counted
    where n between 1100 and 15000 and n = wide and n = other limit 1
""")


def agreed_box(connection: Any) -> str:
    """A lon/lat box ("west,south,east,north") with more than 1,000 parcels and nothing doubtful along its sides.

    A box of degrees is none in metres: we cut it exactly, tipg takes the box around it, pygeoapi the one between two
    of its corners. Where no parcel lies in between, all three find the same.
    """
    for half_lon, half_lat in ((0.075, 0.05), (0.06, 0.06), (0.1, 0.05), (0.05, 0.075), (0.03, 0.03)):
        for east, north in ((0, 0), (0.02, 0.01), (-0.02, 0.015)):
            asked = {"half_lon": half_lon, "half_lat": half_lat, "east": east, "north": north, "every": 331}
            found = connection.scalar(_BOX, asked)
            if found:
                return str(found)
    raise SystemExit("no box was found about which everybody agrees")


FULL = 1_100
_AROUND = text("""
    with middle as (
        select (percentile_cont(0.5) within group (order by lon))::numeric as lon,
            (percentile_cont(0.5) within group (order by lat))::numeric as lat
        from parcel
    ), box as (
        select round(lon - cast(:half as numeric), 3) as west, round(lat - cast(:half as numeric), 3) as south,
            round(lon + cast(:half as numeric), 3) as east, round(lat + cast(:half as numeric), 3) as north from middle
    )
    select concat_ws(',', west, south, east, north) as box,
        (select count(*) from parcel where geom && st_transform(st_makeenvelope(west, south, east, north, 4326), 25832))
            as parcels
    from box
""")


def full_box(connection: Any) -> str:
    """A lon/lat box in the middle of the parcels that holds at least FULL of them, or the widest asked for."""
    for half in (0.05, 0.1, 0.2, 0.4, 0.8):
        found = connection.execute(_AROUND, {"half": half}).one()
        if found.parcels >= FULL:
            break
    return str(found.box)
