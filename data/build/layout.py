"""Schematic areas: parcels along slightly curved access roads, in metres, around the origin.

A row of parcels is drawn in road coordinates (u along the road, v away from its edge) and then bent along the road's
centre line. Dividers are shared objects, so two neighbours have the very same corner points and never overlap.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import shapely
from shapely.affinity import translate
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

ROAD_M = 9.0  # half the width of an access road with its verge
STREET_M = 16.0  # a side street between two parcels
STRIP_M = 10.0  # green strip between rows that lie back to back
NOTCH_M = 25.0  # notches in an outline narrower than twice this are closed
STEP_M = 90.0  # long edges get a point this often, so that they follow the bend of the road

Point = tuple[float, float]
Bend = Callable[[float, float], Point]


@dataclass(frozen=True)
class Wish:
    """What a layout has to reach. `aspect` is length by width of the whole area."""

    gross_m2: float
    net_m2: float
    parcels: int
    roads: int
    aspect: float
    seed: str


@dataclass(frozen=True)
class Layout:
    """An area around the origin with its parcels, ordered along the roads."""

    outline: Polygon
    parcels: tuple[Polygon, ...]


@dataclass
class Divider:
    """The line between two parcels: where it leaves the road, how it leans, and every depth at which a corner lies."""

    u: float
    lean: float = 0.0
    free: bool = False
    depths: set[float] = field(default_factory=lambda: {0.0})

    def at(self, depth: float) -> Point:
        return (self.u + self.lean * depth, depth)

    def between(self, low: float, high: float) -> list[Point]:
        return [self.at(depth) for depth in sorted(self.depths) if low <= depth <= high]


@dataclass
class Plot:
    """One parcel of a row. `behind` is the front parcel on its right whose rear land belongs to it (an L)."""

    left: Divider
    right: Divider
    depth_left: float
    depth_right: float
    chamfer_front: float = 0.0
    chamfer_back: float = 0.0
    bulge: float = 0.0
    behind: Divider | None = None
    depth_front: float = 0.0
    depth_behind: float = 0.0


def draw(wish: Wish) -> Layout:
    """A layout of the wished net and gross area; the same wish always gives the same shapes."""
    net = wish.net_m2
    for _ in range(12):
        parcels, roads = _parcels_of(net, wish)
        outline = _outline(parcels, roads, wish.gross_m2)
        if outline is not None:
            return _centred(outline, parcels)
        net *= 0.985  # roads took too much: the same picture with slightly smaller parcels
    raise ValueError(f"no layout of {wish.gross_m2:.0f} m² holds {wish.net_m2:.0f} m²: {wish.seed}")


def _centred(outline: Polygon, parcels: list[Polygon]) -> Layout:
    dx, dy = -outline.centroid.x, -outline.centroid.y
    return Layout(translate(outline, dx, dy), tuple(translate(parcel, dx, dy) for parcel in parcels))


def _parcels_of(net_m2: float, wish: Wish) -> tuple[list[Polygon], list[LineString]]:
    """Draws at a first guess and scales length and depth until the parcels sum to `net_m2`."""
    length = math.sqrt(wish.aspect * net_m2 * 1.15)
    depth = net_m2 / (length * 2 * wish.roads)
    for _ in range(6):
        parcels, roads = _draw_once(length, depth, wish)
        scale = math.sqrt(net_m2 / sum(parcel.area for parcel in parcels))
        length, depth = length * scale, depth * scale
    return parcels, roads


def _draw_once(length: float, depth: float, wish: Wish) -> tuple[list[Polygon], list[LineString]]:
    rng = random.Random(wish.seed)
    bend = _bend(length, depth * wish.roads, rng)
    streets = _streets(length, wish.roads, rng)
    counts = _split(wish.parcels, 2 * wish.roads, rng)
    parcels: list[Polygon] = []
    roads: list[LineString] = []
    v = 0.0
    for index in range(wish.roads):
        below, above = (depth * rng.uniform(0.72, 1.28) for _ in range(2))
        crossings = [u + rng.uniform(-0.07, 0.07) * length for u in streets]
        v += below + ROAD_M
        for side, deep in ((-1, below), (1, above)):
            outer = (index == 0 and side < 0) or (index == wish.roads - 1 and side > 0)
            plots = _row(length, deep, counts[2 * index + (side > 0)], crossings, outer, rng)
            parcels += [_bent(plot, v, side, bend) for plot in plots]
        roads.append(_road(length, v, bend))
        roads += [_street(u, v - below, v + above, bend) for u in crossings]
        v += ROAD_M + above + STRIP_M
    return parcels, roads


def _bend(length: float, half_width: float, rng: random.Random) -> Bend:
    """A gentle S or C curve; its radius stays well above the width of the area, so nothing folds."""
    turn = min(0.26, 0.22 * length / max(half_width * 2, 1.0)) * rng.uniform(0.45, 1.0) * rng.choice((-1, 1))
    waves = rng.choice((0.5, 0.5, 0.8, 1.1))
    steps = 60
    line: list[tuple[float, float, float]] = [(0.0, 0.0, _heading(0.0, turn, waves))]
    for step in range(1, steps + 1):
        x, y, angle = line[-1]
        ds = length * 1.2 / steps
        line.append((x + ds * math.cos(angle), y + ds * math.sin(angle), _heading(step / steps, turn, waves)))
    return lambda u, v: _on_curve(line, (u / length + 0.1) / 1.2 * steps, v - half_width)


def _heading(share: float, turn: float, waves: float) -> float:
    return turn * math.sin(2 * math.pi * waves * (share - 0.5))


def _on_curve(line: list[tuple[float, float, float]], place: float, offset: float) -> Point:
    step = min(max(int(place), 0), len(line) - 2)
    part = place - step
    (x0, y0, a0), (x1, y1, a1) = line[step], line[step + 1]
    angle = a0 + (a1 - a0) * part
    x, y = x0 + (x1 - x0) * part, y0 + (y1 - y0) * part
    return (x - offset * math.sin(angle), y + offset * math.cos(angle))


def _streets(length: float, roads: int, rng: random.Random) -> list[float]:
    """About where side streets cross: one for several roads, two when they are long."""
    if roads == 1:
        return []
    count = 1 if length < 1600 else 2
    return [length * (place + rng.uniform(-0.06, 0.06)) for place in ((0.45,), (0.3, 0.68))[count - 1]]


def _split(total: int, parts: int, rng: random.Random) -> list[int]:
    """Distributes parcels over rows unevenly, at least one each where there are enough."""
    weights = [rng.uniform(0.75, 1.25) for _ in range(parts)]
    counts = [max(1, round(total * weight / sum(weights))) for weight in weights]
    while sum(counts) > total and max(counts) > 1:
        counts[counts.index(max(counts))] -= 1
    while sum(counts) < total:
        counts[counts.index(min(counts))] += 1
    return counts


def _row(length: float, depth: float, count: int, streets: list[float], outer: bool, rng: random.Random) -> list[Plot]:
    """One row of parcels; side streets cut it into blocks, and now and then a lane does."""
    ends = [0.0, *streets, length]
    trim = min(0.05 * length, 45.0)  # rows do not end at one line
    plots: list[Plot] = []
    for index, (start, end) in enumerate(pairwise(ends)):
        first, last = index == 0, index == len(ends) - 2
        left = start if first else start + STREET_M / 2
        right = end if last else end - STREET_M / 2
        share = max(1, round(count * (right - left) / length))
        plots += _block((left + (rng.uniform(0, trim) if first else 0.0),
                         right - (rng.uniform(0, trim) if last else 0.0)), depth, share, outer, rng)  # fmt: skip
    return plots


def _block(span: tuple[float, float], depth: float, count: int, outer: bool, rng: random.Random) -> list[Plot]:
    """Parcels side by side: uneven fronts, leaning dividers, stepped depths, some corners cut, some L shapes."""
    widths = [rng.lognormvariate(0.0, 0.55) for _ in range(count)]
    places = [span[0]]
    for width in widths:
        places.append(places[-1] + width / sum(widths) * (span[1] - span[0]))
    dividers = [Divider(place, free=index in (0, count)) for index, place in enumerate(places)]
    for before, here, after in zip(places, dividers[1:], places[2:], strict=False):
        room = min(here.u - before, after - here.u)
        here.lean = rng.uniform(-0.22, 0.22) * min(room, depth) / depth
    plots = [_plot(left, right, depth, outer, rng) for left, right in pairwise(dividers)]
    return _with_ells(_level(plots, rng), rng)


def _plot(left: Divider, right: Divider, depth: float, outer: bool, rng: random.Random) -> Plot:
    spread = (0.80, 1.12) if outer else (0.93, 1.0)
    width = right.u - left.u
    plot = Plot(left, right, depth * rng.uniform(*spread), depth * rng.uniform(*spread))
    if left.free or right.free:
        plot.chamfer_front = min(rng.uniform(8, 16), width / 4, depth / 4)
    if (left.free or right.free) and rng.random() < 0.5:
        plot.chamfer_back = rng.uniform(0.12, 0.34) * min(width, depth)
    if rng.random() < 0.22:
        plot.bulge = rng.uniform(0.03, 0.13) * (1 if outer and rng.random() < 0.6 else -1)
    return plot


def _level(plots: list[Plot], rng: random.Random) -> list[Plot]:
    """Most neighbours end at the same depth where they meet; the others make a step."""
    for one, two in pairwise(plots):
        if rng.random() < 0.7:
            two.depth_left = one.depth_right
    for plot in plots:
        plot.left.depths.add(plot.depth_left)
        plot.right.depths.add(plot.depth_right)
    return plots


def _with_ells(plots: list[Plot], rng: random.Random) -> list[Plot]:
    """Sometimes a parcel reaches behind its neighbour, which keeps only the front half."""
    for one, two in pairwise(plots):
        cramped = one.behind or one.chamfer_back or two.chamfer_back or one.bulge or two.bulge or two.right.free
        if cramped or rng.random() > 0.16:
            continue
        front = rng.uniform(0.45, 0.65) * min(two.depth_left, two.depth_right)
        one.behind, one.depth_behind, one.depth_front = two.right, two.depth_right, front
        one.depth_right = two.depth_left
        two.depth_left = two.depth_right = front
        two.left.depths.add(front)
        two.right.depths.add(front)
    return plots


def _ring(plot: Plot) -> list[Point]:
    """Corner points in road coordinates: front, right side up, back, left side down."""
    front = [*_front_corner(plot, plot.left, 1), *_front_corner(plot, plot.right, -1)]
    right = _right_side(plot)
    left = [*_back_corner(plot, plot.left, plot.depth_left, 1), *plot.left.between(0.1, plot.depth_left - 0.1)[::-1]]
    middle = _bulge(plot, right[-1], left[0])
    return [*_dense(front), *right, *_dense([right[-1], *middle, left[0]])[1:], *left[1:]]


def _front_corner(plot: Plot, side: Divider, sign: int) -> list[Point]:
    if not (side.free and plot.chamfer_front):
        return [side.at(0.0)]
    cut = plot.chamfer_front
    pair = [side.at(cut), (side.u + sign * cut, 0.0)]
    return pair if sign > 0 else pair[::-1]


def _back_corner(plot: Plot, side: Divider, depth: float, sign: int) -> list[Point]:
    if not (side.free and plot.chamfer_back):
        return [side.at(depth)]
    cut, (u, v) = plot.chamfer_back, side.at(depth)
    pair = [side.at(depth - cut), (u + sign * cut, v)]
    return pair[::-1] if sign > 0 else pair


def _right_side(plot: Plot) -> list[Point]:
    if plot.behind is None:
        side = plot.right.between(0.1, plot.depth_right - 0.1)
        return side + _back_corner(plot, plot.right, plot.depth_right, -1)
    own = plot.right.between(0.1, plot.depth_front)
    return _dense([own[-1], plot.behind.at(plot.depth_front)], own[:-1]) + plot.behind.between(
        plot.depth_front + 0.1, plot.depth_behind
    )


def _bulge(plot: Plot, right: Point, left: Point) -> list[Point]:
    """The middle of a back line that is broken into two."""
    if not plot.bulge:
        return []
    return [((left[0] + right[0]) / 2, (left[1] + right[1]) / 2 * (1 + plot.bulge))]


def _dense(corners: list[Point], before: list[Point] | None = None) -> list[Point]:
    """Adds points between corners, so that a long edge can follow the curve of the road."""
    points = [*(before or []), corners[0]]
    for start, end in pairwise(corners):
        pieces = max(1, round(math.dist(start, end) / STEP_M))
        for step in range(1, pieces):
            share = step / pieces
            points.append((start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share))
        points.append(end)
    return points


def _bent(plot: Plot, v_road: float, side: int, bend: Bend) -> Polygon:
    return shapely.orient_polygons(Polygon([bend(u, v_road + side * (ROAD_M + v)) for u, v in _ring(plot)]))


def _road(length: float, v: float, bend: Bend) -> LineString:
    points = int(length / 40) + 2
    return LineString([bend(-6 + (length + 2) * step / points, v) for step in range(points + 1)])


def _street(u: float, low: float, high: float, bend: Bend) -> LineString:
    return LineString([bend(u, low + (high - low) * step / 10) for step in range(11)])


def _outline(parcels: list[Polygon], roads: list[LineString], gross_m2: float) -> Polygon | None:
    """Parcels and roads with as much green around them as the gross area leaves; `None` when it leaves too little."""
    core = shapely.union_all([*parcels, *(road.buffer(7.0, cap_style="flat") for road in roads)])
    low, high = 1.5, math.sqrt(gross_m2)
    if _grown(core, low).area > gross_m2:
        return None
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _grown(core, middle).area < gross_m2 else (low, middle)
    return _grown(core, (low + high) / 2)


def _grown(core: BaseGeometry, margin: float) -> Polygon:
    """Grows a shape, closes its notches and fills its holes."""
    corners: dict[str, Any] = {"join_style": "mitre", "mitre_limit": 1.6}
    closed = core.buffer(margin + NOTCH_M, **corners).buffer(-NOTCH_M, **corners)
    largest = max(getattr(closed, "geoms", [closed]), key=lambda part: part.area)
    return Polygon(largest.exterior)
