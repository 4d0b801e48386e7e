"""The ground on which sites are placed: municipalities, roads, rivers, airports, and what to keep clear of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry import shape as as_shape
from shapely.geometry.base import BaseGeometry

from .formats import Feature, facts, to_metres

KEEP_CLEAR_M = {"motorway": 55.0, "federal_road": 28.0, "river": 45.0, "centre": 450.0, "airport": 450.0, "site": 220.0}


@dataclass
class Ground:
    """Everything a site must respect, in metres."""

    municipalities: dict[str, BaseGeometry]
    roads: list[tuple[str, LineString]]
    rivers: list[LineString]
    airports: list[Point]
    taken: list[Polygon] = field(default_factory=list)

    @cached_property
    def obstacles(self) -> BaseGeometry:
        shapes = [line.buffer(KEEP_CLEAR_M[kind]) for kind, line in self.roads]
        shapes += [line.buffer(KEEP_CLEAR_M["river"]) for line in self.rivers]
        shapes += [point.buffer(KEEP_CLEAR_M["airport"]) for point in self.airports]
        shapes += [_centre(row).buffer(KEEP_CLEAR_M["centre"]) for row in facts("municipality_centres")]
        return shapely.union_all(shapes)

    def near(self, place: Point, reach_m: float) -> BaseGeometry:
        """Obstacles and sites already placed within reach."""
        window = shapely.box(place.x - reach_m, place.y - reach_m, place.x + reach_m, place.y + reach_m)
        taken = [outline.buffer(KEEP_CLEAR_M["site"]) for outline in self.taken]
        return shapely.union_all([shapely.intersection(self.obstacles, window), *taken])

    def direction(self, place: Point) -> float:
        """Degrees, anticlockwise from east, of the nearest trunk road; a motorway counts as if it were nearer."""
        _, line = min(self.roads, key=lambda road: road[1].distance(place) * (0.35 if road[0] == "motorway" else 1))
        along = line.project(place)
        one, two = line.interpolate(max(along - 300, 0)), line.interpolate(min(along + 300, line.length))
        return math.degrees(math.atan2(two.y - one.y, two.x - one.x))


def _centre(row: dict[str, str]) -> Point:
    return to_metres(Point(float(row["lon"]), float(row["lat"])))


def rivers() -> list[tuple[str, LineString]]:
    """Hand-drawn courses in metres, ±1.5 km, rounded between the given points."""
    courses: dict[str, list[tuple[float, float]]] = {}
    for row in facts("rivers"):
        courses.setdefault(row["river"], []).append((float(row["lon"]), float(row["lat"])))
    return [(name, _rounded(to_metres(LineString(points)))) for name, points in courses.items()]


def _rounded(line: BaseGeometry) -> LineString:
    """A Catmull-Rom curve through the points of a line, with eight steps between two of them."""
    points = [*line.coords]
    padded = [points[0], *points, points[-1]]
    curve = [points[0]]
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        curve += [_spline(p0, p1, p2, p3, step / 8) for step in range(1, 9)]
    return LineString(curve)


def _spline(p0: Any, p1: Any, p2: Any, p3: Any, t: float) -> tuple[float, float]:
    def along(axis: int) -> float:
        a, b, c, d = p0[axis], p1[axis], p2[axis], p3[axis]
        return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)

    return along(0), along(1)


def ground_of(municipalities: dict[str, BaseGeometry], roads: list[Feature], airports: list[Feature]) -> Ground:
    """The ground out of the features already built."""
    lines = [(road["properties"]["road_class"], to_metres(as_shape(road["geometry"]))) for road in roads]
    points = [to_metres(as_shape(airport["geometry"])) for airport in airports]
    metres = {ags: to_metres(unit) for ags, unit in municipalities.items()}
    return Ground(metres, lines, [line for _, line in rivers()], points)
