"""What somebody looks for: how much each criterion weighs, and what knocks a parcel out. Frozen, so it can be a key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from landportal.services.scoring.criteria import BY_CODE, CRITERIA, Criterion

WEIGHT_MAX = 10


class Preset(StrEnum):
    """Kinds of firms whose weights are proposed (`presets`); neutral weighs all criteria alike."""

    NEUTRAL = "neutral"
    LOGISTICS = "logistics"
    PRODUCTION = "production"
    FOOD = "food"
    DATA_CENTRE = "data_centre"
    CRAFTS = "crafts"
    LABORATORY = "laboratory"


@dataclass(frozen=True)
class Must:
    """A knock-out: a parcel known to miss `limit` drops out. In the unit people read, or a code of the steps."""

    code: str
    limit: float | str

    @property
    def criterion(self) -> Criterion:
        """What it is about."""
        return BY_CODE[self.code]


@dataclass(frozen=True)
class Profile:
    """`weights` in the order of CRITERIA, 0 to 10 each; `musts` in the same order, one a criterion at most."""

    preset: Preset
    weights: tuple[int, ...]
    musts: tuple[Must, ...]

    def weighed(self) -> tuple[tuple[Criterion, int], ...]:
        """The criteria that count, with their weights."""
        return tuple((one, weight) for one, weight in zip(CRITERIA, self.weights, strict=True) if weight)

    @property
    def total(self) -> int:
        """All weights together."""
        return sum(self.weights)

    def weight(self, code: str) -> int:
        """How much the criterion weighs."""
        return self.weights[_PLACE[code]]


def in_order(musts: tuple[Must, ...]) -> tuple[Must, ...]:
    """Knock-outs in the order of the criteria, so that two ways to say them are one profile."""
    return tuple(sorted(musts, key=lambda must: _PLACE[must.code]))


_PLACE = {criterion.code: place for place, criterion in enumerate(CRITERIA)}
