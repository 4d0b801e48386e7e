"""A parcel's score by a profile, criterion by criterion, as its page shows it: a table whose rows carry bars."""

from __future__ import annotations

from dataclasses import dataclass

from landportal.services.scoring import Contribution, Preset, Profile, Score, profile_of
from landportal.web import formats, scoring_charts, scoring_words
from landportal.web.profile_form import SHOWN
from landportal.web.profile_params import link_args
from landportal.web.scoring_charts import Bar


@dataclass(frozen=True)
class Row:
    """One criterion. `value` and `points` are None where nothing is known; `adds` is a number or a range."""

    label: str
    value: str | None
    points: str | None
    weight: int
    adds: str
    bar: Bar
    possible: float
    source: str


@dataclass(frozen=True)
class Choice:
    """A kind of firm that the page can be looked at for, as arguments of its address."""

    label: str
    args: dict[str, list[str]]
    chosen: bool


@dataclass(frozen=True)
class Suitability:
    """The score of a page's parcel; `rows` with what adds most first."""

    profile: Profile
    score: Score

    @property
    def adapted(self) -> bool:
        """Whether the visitor moved weights or limits."""
        return self.profile != profile_of(self.profile.preset)

    def rows(self) -> list[Row]:
        """A row for every criterion that counts, the heaviest first."""
        most = scoring_charts.most_of(self.score)
        parts = sorted(self.score.contributions, key=lambda part: -part.weight)
        return [_row(part, most) for part in parts]

    def total(self) -> str:
        """What the rows add up to."""
        return _range(self.score.low, self.score.high)


def choices(profile: Profile | None) -> list[Choice]:
    """The kinds of firms to look for."""
    return [_choice(preset, profile) for preset in SHOWN]


def _choice(preset: Preset, profile: Profile | None) -> Choice:
    chosen = profile is not None and profile.preset is preset
    args = link_args(profile if chosen else profile_of(preset))
    return Choice(scoring_words.profile_name(preset), args, chosen)


def _row(part: Contribution, most: float) -> Row:
    return Row(
        label=scoring_words.criterion_name(part.criterion.code),
        value=None if part.value is None else scoring_words.amount(part.criterion, part.value),
        points=None if part.points is None else formats.number(part.points),
        weight=part.weight,
        adds=_range(part.low, part.high),
        bar=scoring_charts.contribution(part, most),
        possible=scoring_charts.possible(part, most),
        source=scoring_words.source(part.criterion),
    )


def _range(low: float, high: float) -> str:
    ends = formats.number(low, 1), formats.number(high, 1)
    return ends[0] if ends[0] == ends[1] else f"{ends[0]}{formats.NONE}{ends[1]}"
