"""Lines with columns, staged and checked by the import of roads, as stretches of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Row, Table, func, select
from sqlalchemy.orm import Session

from landportal.gis.network.building import Stretches
from landportal.gis.network.graph import CLASSES, INSIDE, OUTSIDE, UNKNOWN, Flags
from landportal.gis.network.osm_tags import LORRY_NEEDS
from landportal.model import EdgeClass, RoadClass, RoadState, Vehicle

EDGE_OF_ROAD = {
    RoadClass.MOTORWAY: EdgeClass.MOTORWAY, RoadClass.FEDERAL_ROAD: EdgeClass.FEDERAL_ROAD,
    RoadClass.STATE_ROAD: EdgeClass.STATE_ROAD, RoadClass.LOCAL_ROAD: EdgeClass.LOCAL_ROAD,
}  # fmt: skip

_COLUMNS = ("road_class", "ref", "name", "length_m", "speed_kmh", "oneway", "built_up", "lorry", "max_weight_t")


def staged_stretches(session: Session, stage: Table) -> Stretches:
    """The usable rows of the stage that are open to traffic; a line of several parts is several stretches."""
    is_open = func.coalesce(stage.c.state, RoadState.OPEN) == RoadState.OPEN
    rows = session.execute(
        select(func.st_asbinary(stage.c.geom), *(stage.c[name] for name in _COLUMNS))
        .where(stage.c.verdict.in_(["new", "changed", "unchanged"]), is_open)
        .order_by(stage.c.row)
    ).all()
    shapes = np.asarray(shapely.from_wkb(np.array([row[0] for row in rows], dtype=object)), dtype=object)
    lines, owner = shapely.get_parts(shapes, return_index=True)
    alone = np.bincount(owner, minlength=len(rows))[owner] == 1
    return _described(lines, [rows[each] for each in owner], alone)


def _described(lines: Any, rows: Sequence[Row[Any]], alone: Flags) -> Stretches:
    """`alone`: lines that are the only part of their row, whose stated length is theirs."""
    kinds = [EDGE_OF_ROAD[RoadClass(row.road_class)] for row in rows]
    length = np.array([np.nan if row.length_m is None else float(row.length_m) for row in rows])
    return Stretches(
        lines=lines,
        kind=np.array([CLASSES.index(kind) for kind in kinds], dtype=np.int8),
        built_up=np.array([_built_up(row, kind) for row, kind in zip(rows, kinds, strict=True)], dtype=np.int8),
        sign_kmh=np.full(len(rows), np.nan),
        driven_kmh=np.array([np.nan if row.speed_kmh is None else row.speed_kmh for row in rows], dtype=np.float64),
        separated=np.zeros(len(rows), dtype=bool),
        forth=_who_drives(rows, "back"),
        back=_who_drives(rows, "forth"),
        length_m=np.where(alone & (length > 0), length, np.nan),
        ref=[row.ref for row in rows],
        name=[row.name for row in rows],
    )


def _who_drives(rows: Sequence[Row[Any]], closed: str) -> dict[Vehicle, Flags]:
    """Who drives where a row is not one way in the direction `closed`; a motorway may be one line for both."""
    along = np.array([row.oneway != closed for row in rows], dtype=bool)
    lorries = np.array([_lets_lorries_pass(row) for row in rows], dtype=bool)
    return {Vehicle.CAR: along, Vehicle.LORRY: along & lorries}


def _lets_lorries_pass(row: Row[Any]) -> bool:
    return row.lorry is not False and (row.max_weight_t is None or row.max_weight_t >= LORRY_NEEDS["maxweight"])


def _built_up(row: Row[Any], kind: EdgeClass) -> int:
    if row.built_up is None:
        return OUTSIDE if kind is EdgeClass.MOTORWAY else UNKNOWN
    return INSIDE if row.built_up else OUTSIDE
