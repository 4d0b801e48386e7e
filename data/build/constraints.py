"""Schematic constraint zones: floods along hand-drawn rivers, nature, water, heritage, contamination, power lines.

No official zone is copied. Most zones are placed at random but reproducibly; some are laid across an area's edge on
purpose, so that the sample shows parcels that are cut wholly, partly or not at all.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from .formats import Feature, facts, feature, to_degrees, to_metres
from .ground import rivers
from .sites import PlacedSite

SOURCE_DATE = "2026-11-01"
SECTION_M = 13_000.0  # one flood zone covers about this much of a river
LEGAL_BASIS = {
    ("flood", "excluded"): "§ 78 WHG (festgesetztes Überschwemmungsgebiet)",
    ("flood", "restricted"): "§ 78b WHG (Risikogebiet)",
    ("nature", "excluded"): "§ 23 BNatSchG (Naturschutzgebiet)",
    ("nature", "restricted"): "§ 26 BNatSchG (Landschaftsschutzgebiet)",
    ("water", "excluded"): "§ 52 WHG (Wasserschutzgebiet, Zone II)",
    ("water", "restricted"): "§ 52 WHG (Wasserschutzgebiet, Zone III)",
    ("heritage", "excluded"): "ThürDSchG (Bodendenkmal)",
    ("heritage", "restricted"): "ThürDSchG (Umgebungsschutz)",
    ("contamination", "restricted"): "BBodSchG (Altlastverdachtsfläche)",
    ("power_line", "restricted"): "Schutzstreifen der Freileitung",
}
TITLES = {
    "flood": "Überschwemmungsgebiet", "nature": "Schutzgebiet", "water": "Wasserschutzgebiet",
    "heritage": "Bodendenkmal", "contamination": "Altlastverdacht",
}  # fmt: skip
FREE_ZONES = {  # kind → number, smallest and largest radius in metres
    "nature": (22, 500, 1900),
    "water": (16, 350, 1300),
    "heritage": (12, 60, 260),
    "contamination": (4, 40, 120),
}
EDGE_KINDS = ("flood", "nature", "water", "heritage", "contamination")


def zones(state: BaseGeometry, placed: list[PlacedSite]) -> dict[str, list[Feature]]:
    """All constraint zones by kind; `state` and sites are in metres."""
    found: dict[str, list[Feature]] = {"flood": list(_floods(state))}
    for kind in FREE_ZONES:
        found[kind] = list(_free_zones(kind, state, placed))
    for kind, zone in _edge_zones(placed):
        found[kind].append(zone)
    found["power_line"] = list(_power_lines(state))
    return found


def _zone(shape: BaseGeometry, kind: str, name: str, grade: str, key: str) -> Feature:
    return feature(to_degrees(shape), {
        "source_id": f"{kind}-{key}", "kind": kind, "name": name, "grade": grade,
        "legal_basis": LEGAL_BASIS[kind, grade], "source_date": SOURCE_DATE, "schematic": True,
    })  # fmt: skip


def _floods(state: BaseGeometry) -> Iterator[Feature]:
    for name, course in rivers():
        count = max(1, round(course.length / SECTION_M))
        for index in range(count):
            rng = random.Random(f"flood {name} {index}")
            section = _part(course, index / count, (index + 1) / count)
            shape = shapely.intersection(_meadow(section, rng), state)
            if not shape.is_empty:
                grade = "excluded" if rng.random() < 0.75 else "restricted"
                title = f"{TITLES['flood']} {name}, Abschnitt {index + 1} (schematisch)"
                yield _zone(_largest(shape), "flood", title, grade, f"{name.lower().replace(' ', '-')}-{index + 1}")


def _part(line: LineString, start: float, end: float) -> LineString:
    return substring(line, start, end, normalized=True)


def _meadow(section: LineString, rng: random.Random, reach: tuple[float, float] = (70, 380)) -> Polygon:
    """A flood plain: its two banks wander independently between `reach` metres from the course."""
    least, most = reach
    steps = max(4, round(section.length / most / 0.7))
    banks: list[list[tuple[float, float]]] = [[], []]
    widths = [rng.uniform(least, most) * 0.7, rng.uniform(least, most) * 0.7]
    for step in range(steps + 1):
        here, angle = _across(section, step / steps)
        for side, sign in ((0, 1), (1, -1)):
            widths[side] = min(most, max(least, widths[side] + rng.uniform(-0.2, 0.2) * most))
            out = sign * widths[side]
            banks[side].append((here.x + out * math.cos(angle), here.y + out * math.sin(angle)))
    plain = Polygon(banks[0] + banks[1][::-1]).buffer(least / 2).buffer(-least / 2)
    return _largest(shapely.make_valid(plain.simplify(4)))


def _across(section: LineString, share: float) -> tuple[Point, float]:
    """A place on a course and the direction across it, in radians."""
    here = section.interpolate(share, normalized=True)
    ahead = section.interpolate(min(share + 0.01, 1.0), normalized=True)
    back = section.interpolate(max(share - 0.01, 0.0), normalized=True)
    return here, math.atan2(ahead.y - back.y, ahead.x - back.x) + math.pi / 2


def _brook(corner: Point, radius: float, rng: random.Random) -> Polygon:
    """The flood plain of a small winding brook that runs past the corner of an area."""
    turn, phase = rng.uniform(0, math.pi), rng.uniform(0, 2 * math.pi)
    length = max(900.0, 8 * radius)
    points = []
    for step in range(41):
        u = length * (step / 40 - 0.5)
        wave = math.sin(4.4 * step / 40 * math.pi + phase) - math.sin(2.2 * math.pi + phase)
        v = 0.07 * length * wave
        points.append((
            corner.x + u * math.cos(turn) - v * math.sin(turn), corner.y + u * math.sin(turn) + v * math.cos(turn),
        ))  # fmt: skip
    return _meadow(LineString(points), rng, (18, max(45.0, 0.4 * radius)))


def _largest(shape: BaseGeometry) -> Polygon:
    parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area)


def _blob(centre: Point, radius: float, rng: random.Random) -> Polygon:
    """An uneven closed shape: radii of three waves around a stretched circle."""
    waves = [(count, rng.uniform(0.05, 0.2), rng.uniform(0, 2 * math.pi)) for count in (2, 3, 5)]
    stretch, turn = rng.uniform(1.0, 1.8), rng.uniform(0, math.pi)
    points = []
    for step in range(36):
        angle = step * math.pi / 18
        size = radius * (1 + sum(high * math.sin(count * angle + phase) for count, high, phase in waves))
        u, v = size * stretch * math.cos(angle), size * math.sin(angle)
        points.append((
            centre.x + u * math.cos(turn) - v * math.sin(turn),
            centre.y + u * math.sin(turn) + v * math.cos(turn),
        ))  # fmt: skip
    return Polygon(points)


def _free_zones(kind: str, state: BaseGeometry, placed: list[PlacedSite]) -> Iterator[Feature]:
    """Zones anywhere in the state but not on an area."""
    count, small, large = FREE_ZONES[kind]
    rng = random.Random(f"zones {kind}")
    left, low, right, high = state.bounds
    areas = shapely.union_all([site.outline.buffer(200) for site in placed])
    done = 0
    while done < count:
        centre = Point(rng.uniform(left, right), rng.uniform(low, high))
        shape = _blob(centre, rng.uniform(small, large), rng)
        if not state.contains(shape) or shape.intersects(areas):
            continue
        done += 1
        grade = "restricted" if kind == "contamination" else rng.choice(("excluded", "restricted", "restricted"))
        name = f"{TITLES[kind]} bei {_nearest_town(centre)} (schematisch)"
        yield _zone(shape, kind, name, grade, f"{done:02d}")


def _edge_zones(placed: list[PlacedSite]) -> Iterator[tuple[str, Feature]]:
    """A zone across the edge of about every second area: it touches one or two parcels, most of them in part."""
    rng = random.Random("edges")
    for index, site in enumerate(placed):
        if rng.random() > 0.68:
            continue
        kind = EDGE_KINDS[index % len(EDGE_KINDS)]
        width = math.sqrt(site.outline.area)
        radius = rng.uniform(0.14, 0.26) * width * (0.6 if kind in ("heritage", "contamination") else 1)
        corner = site.outline.exterior.interpolate(rng.random(), normalized=True)
        grade = "restricted" if kind == "contamination" else rng.choice(("excluded", "restricted"))
        name = f"{TITLES[kind]} bei {_nearest_town(corner)} (schematisch)"
        shape = _brook(corner, radius, rng) if kind == "flood" else _blob(corner, radius, rng)
        if kind == "flood":
            name = f"{TITLES[kind]} Bach bei {_nearest_town(corner)} (schematisch)"
        yield kind, _zone(shape, kind, name, grade, f"rand-{index + 1:02d}")


def _nearest_town(place: BaseGeometry) -> str:
    lon_lat = to_degrees(place)
    row = min(
        facts("municipality_centres"),
        key=lambda row: math.hypot((float(row["lon"]) - lon_lat.x) * 0.63, float(row["lat"]) - lon_lat.y),
    )
    return row["name"].removesuffix(", Stadt")


def _power_lines(state: BaseGeometry) -> Iterator[Feature]:
    """Straight strips of 60 m between neighbouring substations; the true courses are not known here."""
    points = [
        (row["name"], to_metres(Point(float(row["lon"]), float(row["lat"]))))
        for row in facts("substations")
        if row["km_from_thuringia"] == "0.0" and row["max_voltage_kv"] != "110"
    ]
    drawn = set()
    for name, point in points:
        other, goal = min((item for item in points if item[0] != name), key=lambda item: item[1].distance(point))
        pair = tuple(sorted((name, other)))
        if pair in drawn:
            continue
        drawn.add(pair)
        strip = shapely.intersection(LineString([point, goal]).buffer(30, cap_style="flat"), state)
        yield _zone(_largest(strip), "power_line", f"Freileitung {pair[0]} – {pair[1]} (schematisch, Luftlinie)",
                    "restricted", f"{len(drawn):02d}")  # fmt: skip
