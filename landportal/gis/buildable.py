"""What of a parcel can really be built on: gross area, what takes land away and how much, net area, and what the plan's
ratios allow on it. Plane geometry in EPSG:25832, metres; nothing knows the store, or which distances an office has set.

Every square metre is counted once: it goes to the first obstacle, in the order given, that takes it. So the pieces and
the rest add up to the parcel. Whether a building fits on what is left is `fit`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from landportal.gis.geometry import as_polygons
from landportal.model import BORDER, ConstraintGrade

ARC_M = 0.02
"""Round corners of a buffer are drawn by chords that fall short of the distance by this at most."""

NOTHING = 1e-9
"""An obstacle that takes less than this share of the parcel only touches it."""

_CLIP_MARGIN_M = 1.0
_CORNERS_AT_ONCE = 2_000
_STEPS = (1 / 64, 1 / 16, 1 / 4, 1.0)


@dataclass(frozen=True)
class Obstacle:
    """What takes land away: a constraint zone, a road, a line, or the parcel's own border (`BORDER`), which works
    inwards: what lies nearer to it than its distance, or outside of it, is lost.

    `shape` may be invalid or overlap itself: it is mended once, here, so that an obstacle met by many parcels should be
    made once. `distance_m` is its buffer, for the border the setback inwards. Raises ValueError for a distance that is
    none.
    """

    cause: str
    grade: ConstraintGrade
    shape: BaseGeometry
    distance_m: float
    source: str | None = None
    as_of: dt.date | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.distance_m < math.inf:
            raise ValueError(f"{self.cause}: a distance of {self.distance_m} m is none")
        object.__setattr__(self, "shape", _mended(self.shape))

    @property
    def label(self) -> tuple[object, ...]:
        """What a reader tells it by: obstacles of one label are one line of the explanation."""
        return self.cause, self.grade, self.distance_m, self.source, self.as_of, self.name


@dataclass(frozen=True)
class Loss:
    """A piece of the parcel and why it is lost, or limited."""

    cause: str
    grade: ConstraintGrade
    source: str | None
    as_of: dt.date | None
    name: str | None
    distance_m: float
    area_m2: float
    shape: MultiPolygon


@dataclass(frozen=True)
class Buildable:
    """A parcel explained: gross = net + what was lost, to 1e-6; `restricted` lies in the net area and is part of it."""

    gross_m2: float
    net_m2: float
    net: MultiPolygon
    lost: tuple[Loss, ...]
    restricted: tuple[Loss, ...]
    restricted_m2: float


def buildable(parcel: BaseGeometry, obstacles: Sequence[Obstacle]) -> Buildable:
    """What of `parcel` is left when every excluding obstacle took its share, and which of it is restricted.

    Obstacles of one label count as one, where the first of them stands; those that take nothing are left out. Only what
    comes near enough is clipped, buffered and united, so time and memory follow the parcel and its surroundings, not
    the size of a flood zone. Raises ValueError where `parcel` is no polygon.
    """
    land = _land(parcel)
    near = [obstacle for obstacle in obstacles if _comes_near(obstacle, land)]
    lost, net = _split(land, (o for o in near if o.grade == ConstraintGrade.EXCLUDED), land)
    restricted, _ = _split(net, (o for o in near if o.grade == ConstraintGrade.RESTRICTED), land)
    restricted_m2 = math.fsum(piece.area_m2 for piece in restricted)
    return Buildable(land.area, net.area, net, lost, restricted, restricted_m2)


def _land(parcel: BaseGeometry) -> MultiPolygon:
    if parcel.geom_type not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"a parcel is a polygon, not a {parcel.geom_type}")
    return _areal(_mended(parcel))


def _split(
    rest: MultiPolygon, obstacles: Iterable[Obstacle], parcel: MultiPolygon
) -> tuple[tuple[Loss, ...], MultiPolygon]:
    """The pieces that `obstacles` take from `rest`, one after the other, and what they leave."""
    groups: dict[tuple[object, ...], list[Obstacle]] = {}
    for obstacle in obstacles:
        groups.setdefault(obstacle.label, []).append(obstacle)
    losses = []
    for group in groups.values():
        zone = _zone(group, parcel)
        piece = _areal(shapely.intersection(rest, zone))
        if piece.area > NOTHING * parcel.area:
            losses.append(_loss(group[0], piece))
            rest = _areal(shapely.difference(rest, zone))
    return tuple(losses), rest


def _loss(obstacle: Obstacle, piece: MultiPolygon) -> Loss:
    return Loss(
        obstacle.cause,
        obstacle.grade,
        obstacle.source,
        obstacle.as_of,
        obstacle.name,
        obstacle.distance_m,
        piece.area,
        piece,
    )


def _comes_near(obstacle: Obstacle, parcel: MultiPolygon) -> bool:
    if obstacle.shape.is_empty or parcel.is_empty:
        return False
    box = shapely.box(*_grown(parcel, obstacle.distance_m))
    return obstacle.cause == BORDER or bool(box.intersects(shapely.box(*obstacle.shape.bounds)))


def _zone(group: Sequence[Obstacle], parcel: MultiPolygon) -> BaseGeometry:
    """The land that obstacles of one label take, as far as it can matter to `parcel`."""
    zones = [_border_strip(o, parcel) if o.cause == BORDER else _buffered(o, parcel) for o in group]
    # Lines and points are no land; GEOS also refuses to overlay what mixes them with polygons.
    return _areal(shapely.union_all([_areal(zone) for zone in zones]))


def _buffered(obstacle: Obstacle, parcel: MultiPolygon) -> BaseGeometry:
    distance = obstacle.distance_m
    # Clipped first: what is farther away than its distance cannot reach the parcel, and a clipped edge neither.
    near = _mended(shapely.clip_by_rect(obstacle.shape, *_grown(parcel, distance + _CLIP_MARGIN_M)))
    return grown(near, distance)


def _border_strip(obstacle: Obstacle, parcel: MultiPolygon) -> BaseGeometry:
    """All that is nearer to the border than the setback; a border given as a line is a line like any other."""
    inside = obstacle.shape
    if inside.geom_type not in ("Polygon", "MultiPolygon"):
        return _buffered(obstacle, parcel)
    return shapely.difference(shapely.box(*_grown(parcel, _CLIP_MARGIN_M)), grown(inside, -obstacle.distance_m))


def grown(shape: BaseGeometry, by_m: float) -> BaseGeometry:
    """`shape` buffered by `by_m`, drawn in where negative; round corners fall short by ARC_M at most.

    A shape of many corners grows in steps: a first small one takes the finest teeth off its outline, so that the next
    has fewer to cross. The sum of the steps is the same shape; for 50,000 teeth it is fifteen times as fast.
    """
    done = 0.0
    for share in _STEPS if shapely.get_num_coordinates(shape) > _CORNERS_AT_ONCE else (1.0,):
        shape = shapely.buffer(shape, (share - done) * by_m, quad_segs=_quad_segs(abs(by_m))) if by_m else shape
        done = share
    return shape


def _grown(parcel: MultiPolygon, by_m: float) -> tuple[float, float, float, float]:
    west, south, east, north = parcel.bounds
    return west - by_m, south - by_m, east + by_m, north + by_m


def _quad_segs(distance_m: float) -> int:
    """Chords per quarter circle, so that none falls short by more than ARC_M."""
    if distance_m <= ARC_M:
        return 2
    return max(4, math.ceil(math.pi / 4 / math.acos(1 - ARC_M / distance_m)))


def _mended(shape: BaseGeometry) -> BaseGeometry:
    """`shape` flat and valid; where parts overlap, the land counts once and does not become a hole."""
    flat = shapely.force_2d(shape)
    if flat.is_valid:
        return flat
    mended = shapely.make_valid(flat, method="structure", keep_collapsed=False)
    # Of rings that run back on themselves GEOS 3.14 makes parts that overlap along lines; its other way sorts them out.
    return mended if mended.is_valid else shapely.make_valid(mended)


def _areal(shape: BaseGeometry) -> MultiPolygon:
    """The polygonal part: overlays also leave points and lines where shapes only touch."""
    areal: MultiPolygon | None = as_polygons(np.array([shape], dtype=object))[0]
    return MultiPolygon() if areal is None else areal


@dataclass(frozen=True)
class Ratios:
    """What a plan sets (BauNVO §16): GRZ, GFZ, BMZ (m³ per m²) and a height; None where it sets none."""

    grz: float | None = None
    gfz: float | None = None
    bmz: float | None = None
    height_max_m: float | None = None


@dataclass(frozen=True)
class Permitted:
    """At most so much footprint, floor area and volume; the mean height that volume gives over the whole footprint."""

    footprint_m2: float | None
    floor_area_m2: float | None
    volume_m3: float | None
    mean_height_m: float | None


def permitted(plot_m2: float, net_m2: float, ratios: Ratios) -> Permitted:
    """What `ratios` allow on a plot of `plot_m2` (gross) of which `net_m2` can be built on.

    GRZ, GFZ and BMZ refer to the plot as far as it is building land (BauNVO §19(3), §20(2), §21(1)): setbacks and
    protective strips do not make it smaller. But no building stands outside the net area, so the footprint is never
    more than that, whatever the GRZ says. Paved yards count in the footprint, too (§19(4)). A height bounds the volume.
    Whoever wants the cautious figure gives the net area twice.
    """
    footprint = None if ratios.grz is None else min(ratios.grz * plot_m2, net_m2)
    floor_area = None if ratios.gfz is None else ratios.gfz * plot_m2
    under_height = (
        None if ratios.height_max_m is None else ratios.height_max_m * (net_m2 if footprint is None else footprint)
    )
    volumes = [v for v in (None if ratios.bmz is None else ratios.bmz * plot_m2, under_height) if v is not None]
    volume = min(volumes, default=None)
    mean_height = volume / footprint if volume is not None and footprint else None
    return Permitted(footprint, floor_area, volume, mean_height)
