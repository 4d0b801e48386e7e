"""What a check of a shape has to say: figures, places, and findings by weight. Codes only; pages find the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shapely import MultiPolygon

from landportal.gis import shapes
from landportal.gis.notes import Fact


class Weight(StrEnum):
    """What a finding does: forbids saving, asks to be accepted with a reason, or is merely told."""

    REFUSED = "refused"
    ACCEPT = "accept"
    TOLD = "told"


@dataclass(frozen=True)
class Finding:
    """One thing about a shape. `place` is E, N in EPSG:25832; `other` the number of the parcel it is about."""

    code: str
    weight: Weight
    facts: Mapping[str, Fact] = field(default_factory=dict)
    place: tuple[float, float] | None = None
    other: str | None = None


@dataclass(frozen=True)
class PlaceShare:
    """A municipality and how much of the shape it holds."""

    ags: str
    name: str
    m2: float


@dataclass(frozen=True)
class ConstraintPart:
    """How much of the shape a kind of constraint covers; `share` is 0 to 1."""

    kind: str
    grade: str
    m2: float
    share: float


@dataclass(frozen=True)
class ShapeCheck:
    """A shape with everything that was looked at. Areas m², lengths m; `before_m2` None for a new parcel."""

    shape: MultiPolygon
    before_m2: float | None = None
    findings: tuple[Finding, ...] = ()
    municipalities: tuple[PlaceShare, ...] = ()
    constraints: tuple[ConstraintPart, ...] = ()
    mended: MultiPolygon | None = None
    """What an invalid shape could have meant."""

    @property
    def area_m2(self) -> float:
        """Area of the shape; of an invalid one nobody knows it."""
        return float(self.shape.area)

    @property
    def perimeter_m(self) -> float:
        """Length of all borders."""
        return float(self.shape.length)

    @property
    def parts(self) -> int:
        """Number of separate pieces of land."""
        return len(self.shape.geoms)

    @property
    def valid(self) -> bool:
        """Whether area and overlaps mean anything."""
        return not any(finding.code in INVALID for finding in self.findings)

    @property
    def refused(self) -> bool:
        """Whether the shape cannot be saved."""
        return any(finding.weight is Weight.REFUSED for finding in self.findings)

    @property
    def to_accept(self) -> bool:
        """Whether saving needs an explicit yes."""
        return any(finding.weight is Weight.ACCEPT for finding in self.findings)

    def text(self, hole_word: str) -> str:
        """The shape one corner a line."""
        return shapes.written(self.shape, hole_word)

    def geojson(self) -> str:
        """The shape as GeoJSON in lon/lat."""
        return shapes.as_geojson(self.shape)

    def mended_text(self, hole_word: str) -> str | None:
        """The proposal one corner a line."""
        return shapes.written(self.mended, hole_word) if self.mended is not None else None


INVALID = frozenset(
    {"crosses_itself", "touches_itself", "hole_outside", "parts_overlap", "too_thin", "not_valid"}
)  # fmt: skip
"""Findings that say a shape encloses no land that anybody could measure."""
