"""One parcel judged by a profile, in Python: the interval of its score, what each criterion adds, what knocks it out.

A missing fact is not a bad one: it could earn nothing or everything, so it widens the score to an interval. The order
of a list goes by the middle. `ranking` says the same in SQL; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from landportal.services.scoring.criteria import Criterion
from landportal.services.scoring.profile import Must, Profile
from landportal.services.scoring.scales import POINTS_MAX, Stored

Facts = Mapping[str, Stored]
"""What the store holds about one parcel, by the code of the criterion."""


@dataclass(frozen=True)
class Contribution:
    """What one criterion adds to the score: between `low` and `high`, alike where the fact is known.

    `value` is in the unit people read, or a code; `points` 0 to 100, None where nothing is known; `share` of the
    whole weight, 0 to 1.
    """

    criterion: Criterion
    value: float | str | None
    points: float | None
    weight: int
    share: float

    @property
    def low(self) -> float:
        """What it adds at least."""
        return self.share * (0.0 if self.points is None else self.points)

    @property
    def high(self) -> float:
        """What it adds at most."""
        return self.share * (POINTS_MAX if self.points is None else self.points)

    @property
    def lost(self) -> float:
        """How much more it could add with full points; 0 where nothing is known."""
        return 0.0 if self.points is None else self.share * (POINTS_MAX - self.points)


@dataclass(frozen=True)
class Knockout:
    """A knock-out that the parcel misses: what is wanted, and what it has."""

    must: Must
    value: float | str


@dataclass(frozen=True)
class Score:
    """0 to 100. `contributions` sum to `low` and `high`; `unknown_musts` are knock-outs nobody can judge yet."""

    low: float
    high: float
    contributions: tuple[Contribution, ...]
    knockouts: tuple[Knockout, ...]
    unknown_musts: tuple[Must, ...]

    @property
    def middle(self) -> float:
        """What the order goes by."""
        return (self.low + self.high) / 2

    @property
    def known(self) -> int:
        """Of how many of the criteria that count the fact is known."""
        return sum(part.points is not None for part in self.contributions)

    def strongest(self, count: int) -> tuple[Contribution, ...]:
        """What speaks most for the parcel: known criteria with at least half of their points."""
        good = [part for part in self.contributions if part.points is not None and part.points >= POINTS_MAX / 2]
        return tuple(sorted(good, key=lambda part: -part.low)[:count])

    def weakest(self, count: int) -> tuple[Contribution, ...]:
        """What speaks most against it: known criteria with less than half of their points that cost at least one."""
        bad = [part for part in self.contributions if part.lost >= max(1.0, part.share * POINTS_MAX / 2)]
        return tuple(sorted(bad, key=lambda part: -part.lost)[:count])


def evaluate(profile: Profile, facts: Facts) -> Score:
    """The score of a parcel with `facts`. Without any weight nothing counts: every parcel has 0."""
    total = profile.total
    parts = tuple(
        _contribution(criterion, weight, weight / total, facts.get(criterion.code))
        for criterion, weight in profile.weighed()
    )
    return Score(
        low=sum(part.low for part in parts),
        high=sum(part.high for part in parts),
        contributions=parts,
        knockouts=tuple(knockout for must in profile.musts if (knockout := _knockout(must, facts))),
        unknown_musts=tuple(must for must in profile.musts if facts.get(must.code) is None),
    )


def middle_points(profile: Profile, facts: Facts) -> list[float]:
    """The points of every criterion that counts, half of them where nothing is known: what the order goes by."""
    earned = (criterion.scale.earned(facts.get(criterion.code)) for criterion, _weight in profile.weighed())
    return [POINTS_MAX / 2 if points is None else points for points in earned]


def drops_out(profile: Profile, facts: Facts) -> bool:
    """Whether the parcel is known to miss one of the knock-outs."""
    return any(must.criterion.scale.worse(facts.get(must.code), must.limit) for must in profile.musts)


def _contribution(criterion: Criterion, weight: int, share: float, stored: Stored) -> Contribution:
    return Contribution(criterion, criterion.scale.value(stored), criterion.scale.earned(stored), weight, share)


def _knockout(must: Must, facts: Facts) -> Knockout | None:
    stored = facts.get(must.code)
    value = must.criterion.scale.value(stored)
    if value is None or not must.criterion.scale.worse(stored, must.limit):
        return None
    return Knockout(must, value)
