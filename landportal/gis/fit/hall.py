"""The building that is asked for, and the answers: where it stands, or by how much it fails. No search happens here."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from landportal.errors import InvalidInput

SIDE_MIN_M, SIDE_MAX_M = 1.0, 5_000.0
"""Sides a hall may have: below, it is a cabinet; above, no plant of the world."""

YARD_MAX_M = 500.0
RESERVE_MAX = 5.0

_SIZE = re.compile(r"(\d{1,9}(?:[.,]\d{1,9})?)\s*[x×*]\s*(\d{1,9}(?:[.,]\d{1,9})?)", re.ASCII | re.IGNORECASE)

Corners = NDArray[np.float64]


@dataclass(frozen=True)
class Rectangle:
    """A drawn rectangle; its width runs along `angle_deg`, counter-clockwise from east, in [0, 180)."""

    width_m: float
    depth_m: float
    angle_deg: float
    shape: Polygon

    @property
    def area_m2(self) -> float:
        """Width times depth."""
        return self.width_m * self.depth_m


@dataclass(frozen=True)
class Block:
    """All the land a hall needs as one rectangle: hall, extension and yards. `hall` and `extension` are boxes
    (west, south, east, north) in metres from its middle, front to the south.
    """

    width_m: float
    depth_m: float
    hall: tuple[float, float, float, float]
    extension: tuple[float, float, float, float] | None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """All of it, around its middle."""
        return -self.width_m / 2, -self.depth_m / 2, self.width_m / 2, self.depth_m / 2


@dataclass(frozen=True)
class Hall:
    """A building of `width_m` along its front and `depth_m` behind it, with yards in metres at its four sides.

    `reserve` is the share of its footprint by which it can later be extended, at its full depth to the right or at its
    full width to the back, whichever fits; yards then lie around the extended hall. Raises InvalidInput (field
    ``fits``) for sizes outside of sense.
    """

    width_m: float
    depth_m: float
    front_m: float = 0.0
    back_m: float = 0.0
    left_m: float = 0.0
    right_m: float = 0.0
    reserve: float = 0.0

    def __post_init__(self) -> None:
        if not all(SIDE_MIN_M <= side <= SIDE_MAX_M for side in (self.width_m, self.depth_m)):
            raise InvalidInput(f"a hall has sides of {SIDE_MIN_M:g} to {SIDE_MAX_M:,.0f} m", "fits")
        if not all(0 <= yard <= YARD_MAX_M for yard in (self.front_m, self.back_m, self.left_m, self.right_m)):
            raise InvalidInput(f"a yard is 0 to {YARD_MAX_M:g} m deep", "fits")
        if not 0 <= self.reserve <= RESERVE_MAX:
            raise InvalidInput(f"a reserve is 0 to {RESERVE_MAX:g} times the hall", "fits")

    @classmethod
    def parse(cls, text: str) -> Hall:
        """The hall that "180x90", "180 × 90" or "62,5X40" names; InvalidInput (``fits``) for any other text."""
        match = _SIZE.fullmatch(text.strip()) if len(text) < 60 else None
        if match is None:
            raise InvalidInput(f"{text[:40]!r} is no size of a hall; write it as 180x90, in metres", "fits")
        width, depth = (float(side.replace(",", ".")) for side in match.groups())
        return cls(width, depth)

    @property
    def area_m2(self) -> float:
        """Its footprint, without yards and reserve."""
        return self.width_m * self.depth_m

    def blocks(self) -> tuple[Block, ...]:
        """The rectangles of which one has to fit: with a reserve there are two ways to extend."""
        if not self.reserve:
            return (self._block(0.0, 0.0),)
        return self._block(self.width_m * self.reserve, 0.0), self._block(0.0, self.depth_m * self.reserve)

    def _block(self, wider_m: float, deeper_m: float) -> Block:
        width = self.left_m + self.width_m + wider_m + self.right_m
        depth = self.front_m + self.depth_m + deeper_m + self.back_m
        west, south = self.left_m - width / 2, self.front_m - depth / 2
        east, north = west + self.width_m, south + self.depth_m
        extension = None
        if wider_m or deeper_m:
            extension = (east, south, east + wider_m, north) if wider_m else (west, north, east, north + deeper_m)
        return Block(width, depth, (west, south, east, north), extension)


@dataclass(frozen=True)
class Placement:
    """Where the hall stands: as drawn, with its yards (and extension), and what is left of the land in one piece.

    `angle_deg` is the direction of its front side, seen with the front below: in [0, 360), because front and back
    differ. `road_m` is its distance to the road, where one was given.
    """

    hall: Rectangle
    yard: Polygon
    angle_deg: float
    spare_m2: float
    road_m: float | None = None
    extension: Polygon | None = None


@dataclass(frozen=True)
class Misfit:
    """By how much the hall fails: it would fit at `scale` of its size, yards scaled alike, hence so many metres less.

    What is denied is certain for halls that are wider and deeper than the one asked for by `tolerance_m`.
    """

    scale: float
    missing_width_m: float
    missing_depth_m: float
    tolerance_m: float


def rectangle_at(centre: Corners, angle: float, width: float, depth: float) -> Polygon:
    """The rectangle around `centre`; `angle` in radians."""
    return box_at(centre, angle, (-width / 2, -depth / 2, width / 2, depth / 2))


def box_at(centre: Corners, angle: float, box: tuple[float, float, float, float]) -> Polygon:
    """`box` (west, south, east, north around 0/0) turned by `angle` (radians) and moved to `centre`."""
    west, south, east, north = box
    corners = np.array([(west, south), (east, south), (east, north), (west, north)])
    return Polygon(corners @ turn(angle).T + centre)


def turn(angle: float) -> Corners:
    """The matrix that turns by `angle` radians, counter-clockwise."""
    cos, sin = math.cos(angle), math.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])
