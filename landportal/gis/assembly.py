"""Which parcels lie together: contiguous groups as SQL.

Two parcels belong together when they are not further apart than a gap (metres of EPSG:25832), such as a road's width.
With a gap of 0 they must share an edge wide enough for a lorry: meeting at a corner does not make one site.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func

from landportal.model import Parcel

ROAD_WIDTH_M = 30.0
"""The gap where none is asked for: a residential road with its verges and footways."""

GAP_MAX_M = 200.0

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
