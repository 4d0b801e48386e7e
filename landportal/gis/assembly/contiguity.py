"""Which parcels lie together, as SQL: groups for a report with a gap of its own, pairs of neighbours to be kept.

A report calls parcels contiguous when they are not further apart than a gap (metres of EPSG:25832), such as a road's
width; with a gap of 0 they must share an edge wide enough for a lorry: meeting at a corner does not make one site.

Who wants to build across a border needs more: `neighbours_of` asks that parcels face each other along an edge, with
nothing in between but a path or a road that can be closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    any_,
    bindparam,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.orm import aliased

from landportal.model import Parcel, Road, RoadClass

ROAD_WIDTH_M = 30.0
"""The gap where none is asked for: a residential road with its verges and footways."""

GAP_MAX_M = 200.0

FACING_MIN_M = 10.0
"""Neighbours face each other along at least this: two lorries side by side."""

_FACING_SHARE, _FACING_M = 0.05, 0.5
"""Borders face each other where they are at most this much further apart than at their nearest."""

NEVER_CLOSED = (RoadClass.MOTORWAY, RoadClass.FEDERAL_ROAD, RoadClass.STATE_ROAD)
"""Roads that nobody closes for a hall: land on both sides stays two sites."""

_INSET_M = 2.0
_DIGITISING_M = 0.1
"""Borders of neighbours that were drawn apart by this still count as shared."""


def contiguous_group(gap_m: float, within: Sequence[ColumnElement[Any]] = ()) -> ColumnElement[int]:
    """The group a parcel of the statement belongs to, numbered from 0 inside each combination of `within`.

    For a gap of 0 parcels are drawn in by 2 m first: those that share an edge of some four metres are then exactly 4 m
    apart, those that only meet at a corner 5.7 m.
    """
    shape: SQLColumnExpression[Any] = Parcel.geom
    reach = gap_m
    if gap_m <= 0:
        shape, reach = func.st_buffer(Parcel.geom, -_INSET_M, "join=mitre"), 2 * _INSET_M + _DIGITISING_M
    return func.st_clusterdbscan(shape, reach, 1).over(partition_by=tuple(within) or None)


def neighbours_of() -> Select[*tuple[Any, ...]]:
    """The pairs of neighbours to which a parcel of the bound list ``parcel_ids`` belongs.

    Columns ``parcel_id`` and ``other_id``, the lower id first, ``gap_m`` (0 where they touch or overlap), ``facing_m``.
    """
    here, near = aliased(Parcel), aliased(Parcel)
    ids = bindparam("parcel_ids", type_=ARRAY(Integer))
    close = (
        select(func.least(here.id, near.id).label("low"), func.greatest(here.id, near.id).label("high"))
        .distinct()
        .join(near, func.st_dwithin(here.geom, near.geom, ROAD_WIDTH_M))
        .where(here.id == any_(ids), here.id != near.id)
        .subquery("close")
    )
    # One by one, by key: how many are near is guessed a hundred times too high, and for so many all parcels are read.
    low, high = (
        select(Parcel.geom).where(Parcel.id == of).limit(1).correlate_except(Parcel).lateral(name)
        for name, of in (("low_shape", close.c.low), ("high_shape", close.c.high))
    )
    gap = select(func.st_distance(low.c.geom, high.c.geom).label("m")).correlate_except().lateral("gap")
    reach = func.st_buffer(high.c.geom, gap.c.m * (1 + _FACING_SHARE) + _FACING_M)
    edge = (
        select(func.st_length(func.st_intersection(func.st_boundary(low.c.geom), reach)).label("m"))
        .correlate_except()
        .lateral("edge")
    )
    across = func.st_shortestline(low.c.geom, high.c.geom)
    closed = Road.road_class.in_(NEVER_CLOSED) & func.st_intersects(Road.geom, across)
    return (
        select(
            close.c.low.label("parcel_id"), close.c.high.label("other_id"), gap.c.m.label("gap_m"),
            edge.c.m.label("facing_m"),
        )
        .select_from(close)
        .join(low, true())
        .join(high, true())
        .join(gap, true())
        .join(edge, true())
        .where(edge.c.m >= FACING_MIN_M, ~exists().where(closed).correlate_except(Road))
    )  # fmt: skip
