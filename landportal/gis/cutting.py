"""Cutting a shape by a line, joining shapes that are neighbours. Plane geometry in metres; nothing knows the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import split as split_by

from landportal.gis.shapes import BadShape

PART_MIN_M2 = 1.0
"""A smaller piece is a slip of the pen, not a parcel."""

PARTS_MAX = 50
"""Pieces of one cut."""

ROUNDING_M2 = 1e-6
"""Less is no land but what computing with floating point leaves."""

GAP_M = 1.5
"""Neighbours may be this far apart: surveys of one border differ, and plans leave room for a kerb; no path is this
narrow."""

BORDER_M = 5.0
"""Length of common border that makes neighbours; touching at a corner does not."""

REACH_M = 0.05
"""A cutting line that ends this close to the border reaches it."""

SUM_TOLERANCE_M2 = 0.01
"""Pieces sum to the whole within this."""


@dataclass(frozen=True)
class Joined:
    """Several shapes as one; `gap_m2` was between them and now belongs to it, `overlap_m2` was counted twice."""

    shape: MultiPolygon
    gap_m2: float
    overlap_m2: float


def cut(shape: MultiPolygon, line: LineString) -> tuple[MultiPolygon, ...]:
    """The pieces into which `line` cuts `shape`, from west to east; together they are the whole.

    Parts of `shape` that the line does not cross go with the nearest piece. A line between parts sorts them by its
    sides. Raises BadShape where the line cuts nothing off, or less than a square metre.
    """
    line = _reaching(line)
    crossed: list[Polygon] = []
    whole: list[Polygon] = []
    for polygon in shape.geoms:
        pieces = _pieces(polygon, line)
        crossed.extend(pieces) if len(pieces) > 1 else whole.append(polygon)
    groups = [[piece] for piece in crossed] if crossed else _by_side(shape, line)
    if len(groups) < 2:
        raise BadShape("line_cuts_nothing", "line")
    if crossed:
        for polygon in whole:
            min(groups, key=lambda group: group[0].distance(polygon)).append(polygon)
    return _checked(shape, [MultiPolygon(group) for group in groups])


def _reaching(line: LineString) -> LineString:
    """`line` a little longer: an end that was set on the border may lie a millimetre before it."""
    corners = shapely.get_coordinates(shapely.remove_repeated_points(line))
    ends = []
    for end, before in ((corners[0], corners[1]), (corners[-1], corners[-2])):
        ahead = end - before
        ends.append(end + ahead / np.hypot(*ahead) * REACH_M)
    return LineString([ends[0], *corners, ends[1]])


def _pieces(polygon: Polygon, line: LineString) -> list[Polygon]:
    """Pieces of one polygon: its border and the line, noded, give faces; those inside are its pieces."""
    if not shapely.relate_pattern(line, polygon, "T********"):
        return [polygon]
    # The border only meets the line: it gets no other corners than where it is crossed.
    faces = shapely.get_parts(shapely.polygonize([shapely.node(shapely.union(polygon.boundary, line))]))
    return [face for face in faces if polygon.contains(face.representative_point())]


def _by_side(shape: MultiPolygon, line: LineString) -> list[list[Polygon]]:
    hull = shape.convex_hull
    if len(shape.geoms) < 2 or not line.crosses(hull):
        return []
    sides = [side for side in split_by(hull, line).geoms if side.area > 0]
    found = [[part for part in shape.geoms if side.contains(part.representative_point())] for side in sides]
    return [group for group in found if group]


def _checked(shape: MultiPolygon, pieces: list[MultiPolygon]) -> tuple[MultiPolygon, ...]:
    if len(pieces) > PARTS_MAX:
        raise BadShape("too_many_pieces", "line", found=len(pieces), limit=PARTS_MAX)
    smallest = min(piece.area for piece in pieces)
    if smallest < PART_MIN_M2:
        raise BadShape("piece_too_small", "line", m2=round(smallest, 3), limit=PART_MIN_M2)
    if abs(sum(piece.area for piece in pieces) - shape.area) > SUM_TOLERANCE_M2 or not all(
        piece.is_valid for piece in pieces
    ):
        raise BadShape("cannot_cut", "line")
    return tuple(sorted(pieces, key=lambda piece: (piece.centroid.x, -piece.centroid.y)))


def join(shapes: Sequence[BaseGeometry]) -> Joined:
    """`shapes` as one, gaps of up to GAP_M between them closed; raises BadShape where they are not neighbours."""
    if len(shapes) < 2:
        raise BadShape("nothing_to_join", "members")
    _refuse_strangers(shapes)
    union = shapely.union_all(list(shapes))
    filled = shapely.union_all([union, *_gaps(union, shapes)])
    # Closing leaves splinters of less than a millimetre; none of them is land.
    parts = [part for part in shapely.get_parts(filled) if isinstance(part, Polygon)]
    joined = MultiPolygon([_without_cracks(part, shapes) for part in parts])
    gap, twice = joined.area - union.area, sum(shape.area for shape in shapes) - union.area
    return Joined(joined, max(0.0, gap), max(0.0, twice))


def _refuse_strangers(shapes: Sequence[BaseGeometry]) -> None:
    reached, waiting = {0}, set(range(1, len(shapes)))
    while near := {b for b in waiting if any(are_neighbours(shapes[a], shapes[b]) for a in reached)}:
        reached |= near
        waiting -= near
    if waiting:
        raise BadShape("not_neighbours", "members", limit=GAP_M)


def are_neighbours(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Whether two shapes lie side by side along more than a corner, at most GAP_M apart, or overlap."""
    if one.distance(other) > GAP_M:
        return False
    return bool(one.boundary.intersection(other.buffer(GAP_M)).length >= BORDER_M)


def _gaps(union: BaseGeometry, shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """What lies between two of `shapes` and is no wider than GAP_M."""
    closed = union.buffer(GAP_M / 2, join_style="mitre").buffer(-GAP_M / 2, join_style="mitre")
    # What rounding leaves is no gap: uniting it again, GEOS was seen to fill the whole hole it ran around.
    gaps = [part for part in shapely.get_parts(closed.difference(union)) if part.area > ROUNDING_M2]
    return [part for part in gaps if sum(part.distance(shape) < 0.001 for shape in shapes) > 1]


def _without_cracks(polygon: Polygon, shapes: Sequence[BaseGeometry]) -> Polygon:
    """`polygon` without holes that are too thin to be land and lie between two of `shapes`; their own holes stay."""
    rings = [ring for ring in polygon.interiors if not _is_crack(Polygon(ring), shapes)]
    return polygon if len(rings) == len(polygon.interiors) else Polygon(polygon.exterior, rings)


def _is_crack(hole: Polygon, shapes: Sequence[BaseGeometry]) -> bool:
    between = sum(hole.distance(shape) < 0.001 for shape in shapes) > 1
    return between and hole.buffer(-GAP_M / 2).is_empty
