"""Net area, bounds and halls per second and core: plane geometry without the database.

Parcels are generated as they are in commercial areas: four to eight corners, 0.5 to 20 ha, some with a bay, each with
its setback, some under a flood zone, a strip of a road or a power line. With more than one process the parcels are
shared out; the rate per core then shows what the cores take from each other.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

import numpy as np
import shapely
from numpy.random import Generator
from shapely import Polygon
from shapely.affinity import rotate, translate
from shapely.geometry.base import BaseGeometry

from benchmarks.registry import Options, Table
from landportal.gis.buildable import BORDER, Buildable, Obstacle, buildable
from landportal.gis.fit import Hall, bounds, decide, place
from landportal.model import ConstraintGrade

Of, Found = TypeVar("Of"), TypeVar("Found")

HEAD = ("step", "asked", "per second and core", "ms each")
PARCELS, PARCELS_SHORT, SEED = 2_000, 200, 1
CORNER_E, CORNER_N = 600_000, 5_600_000
HALLS = tuple(Hall(width, depth) for width, depth in ((180, 90), (60, 40), (300, 120), (100, 100), (400, 30)))


@dataclass(frozen=True)
class Site:
    """A parcel and what lies about it."""

    parcel: Polygon
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True)
class Step:
    """One step over some of the parcels: how many, and the seconds of work in each process, added up."""

    name: str
    parcels: int
    seconds: float


def run(options: Options) -> list[Table]:
    """Measure the steps over generated sites."""
    parcels, processes = (PARCELS_SHORT if options.short else PARCELS), options.processes
    shares = [parcels // processes] * processes
    if processes == 1:
        measured = [measure(SEED, shares[0])]
    else:
        # Spawned, not forked: this process may hold threads and connections of other parts.
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            measured = list(pool.map(measure, range(SEED, SEED + len(shares)), shares))
    told = (f"{processes} process{'es' if processes > 1 else ''}; every step over the same sites.",)
    return [Table("geometry", HEAD, _rows(measured), told)]


def measure(seed: int, parcels: int) -> list[Step]:
    """Each step over the same parcels, one after the other as the job does it."""
    random = np.random.default_rng(seed)
    sites = [site(random) for _ in range(parcels)]
    net, net_step = _timed("net area", sites, _net)
    convex = [one for one in net if _is_convex(one)]
    others = [one for one in net if not _is_convex(one) and one.net_m2 > 0]
    kept_convex, convex_step = _timed("bounds, convex land", convex, lambda one: bounds(one.net))
    kept_others, others_step = _timed("bounds, other land", others, lambda one: bounds(one.net))
    questions = [(kept, hall) for kept in kept_convex + kept_others for hall in HALLS]
    answers, decide_step = _timed("a hall by the bounds", questions, lambda asked: decide(*asked))
    open_ = [
        (one, hall)
        for (one, hall), answer in zip(((o, h) for o in convex + others for h in HALLS), answers, strict=True)
        if answer is None
    ]
    _, place_step = _timed("a hall left open, exactly", open_, lambda asked: place(asked[0].net, asked[1]))
    return [net_step, convex_step, others_step, decide_step, place_step]


def _net(one: Site) -> Buildable:
    return buildable(one.parcel, one.obstacles)


def _is_convex(one: Buildable) -> bool:
    return bool(len(one.net.geoms) == 1 and one.net.convex_hull.area - one.net.area <= 1e-9 * one.net.area)


def _timed(name: str, items: Sequence[Of], work: Callable[[Of], Found]) -> tuple[list[Found], Step]:
    started = time.perf_counter()
    found = [work(item) for item in items]
    return found, Step(name, len(items), time.perf_counter() - started)


def _rows(measured: Sequence[Sequence[Step]]) -> list[tuple[str, ...]]:
    rows = []
    for steps in zip(*measured, strict=True):
        count, seconds = sum(step.parcels for step in steps), sum(step.seconds for step in steps)
        rate = count / seconds if seconds else math.nan
        each = 1_000 / rate if rate else math.nan
        rows.append((steps[0].name, f"{count:,}", f"{rate:,.0f}", f"{each:.3f}"))
    return rows


def site(random: Generator) -> Site:
    """A parcel of 0.5 to 20 ha and its obstacles."""
    parcel = _parcel(random)
    east, north = parcel.centroid.coords[0]
    size = math.sqrt(parcel.area)
    obstacles = [_obstacle(BORDER, parcel, 3.0)]
    if random.random() < 0.15:
        middle = shapely.Point(east + size * random.uniform(-0.7, 0.7), north + size * random.uniform(-0.7, 0.7))
        obstacles.append(_obstacle("flood", middle.buffer(size * random.uniform(0.1, 0.5), quad_segs=4), 0.0))
    if random.random() < 0.15:
        offset = size * random.uniform(0.3, 0.7)
        road = shapely.LineString([(east - 1_000, north + offset), (east + 1_000, north + offset * 0.9)])
        obstacles.append(_obstacle("federal_road", road, 20.0))
    if random.random() < 0.05:
        line = shapely.LineString([(east - 1_000, north - size), (east + 1_000, north + size)])
        obstacles.append(_obstacle("power_line", line, 25.0))
    return Site(parcel, tuple(obstacles))


def _parcel(random: Generator) -> Polygon:
    """A rectangle whose corners were moved, some cut off; every tenth with a bay."""
    area = math.exp(random.uniform(math.log(5_000), math.log(200_000)))
    width = math.sqrt(area * random.uniform(1, 3))
    corners = np.array([(0, 0), (width, 0), (width, area / width), (0, area / width)])
    corners += random.uniform(-0.08, 0.08, corners.shape) * math.sqrt(area)
    cuts = random.integers(0, 5)
    ring: list[np.ndarray] = []
    for place_, corner in enumerate(corners):
        if place_ >= cuts:
            ring.append(corner)
            continue
        before, after = corners[place_ - 1], corners[(place_ + 1) % 4]
        share = random.uniform(0.05, 0.3)
        ring += [corner + share * (before - corner), corner + share * (after - corner)]
    polygon = Polygon(ring)
    if random.random() < 0.1:
        east, north = width / 2, area / width / 2
        polygon = polygon.difference(shapely.box(east, north, east + width, north + area))
    turned = rotate(polygon, random.uniform(0, 180))
    return translate(turned, CORNER_E + random.uniform(0, 1e5), CORNER_N + random.uniform(0, 1e5))


def _obstacle(cause: str, shape: BaseGeometry, distance_m: float) -> Obstacle:
    return Obstacle(cause, ConstraintGrade.EXCLUDED, shape, distance_m)
