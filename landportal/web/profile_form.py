"""The controls of a profile as a template needs them: profiles to choose, sliders, and what shall knock out.

Addresses are read and written by `profile_params`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _

from landportal.services.scoring import (
    CRITERIA,
    WEIGHT_MAX,
    Criterion,
    Curve,
    Must,
    Preset,
    Profile,
    profile_of,
    proposed_musts,
)
from landportal.web import scoring_words
from landportal.web.params import Reading
from landportal.web.profile_params import WEIGHT, must_value

ProfileQuery = Callable[[Profile | None], str]
"""The query string of the present page with another profile."""

SHOWN = (
    *(Preset.LOGISTICS, Preset.PRODUCTION, Preset.FOOD, Preset.DATA_CENTRE, Preset.CRAFTS, Preset.LABORATORY),
    Preset.NEUTRAL,
)


@dataclass(frozen=True)
class Choice:
    """A kind of firm to rank for, with the query string that does."""

    label: str
    query: str
    chosen: bool


@dataclass(frozen=True)
class Slider:
    """How much a criterion weighs."""

    name: str
    label: str
    value: str
    problem: str | None

    @property
    def most(self) -> int:
        """The end of the slider."""
        return WEIGHT_MAX


@dataclass(frozen=True)
class Limit:
    """A choice of what shall knock out: the value of `must`, and its words."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class LimitChoice:
    """All limits of one criterion."""

    id: str
    label: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True)
class ProfileForm:
    """The controls beside a search. Without a profile there are only profiles to choose."""

    reading: Reading
    query: ProfileQuery

    @property
    def profile(self) -> Profile | None:
        """The profile that is looked with."""
        return self.reading.criteria.profile

    @property
    def moved(self) -> bool:
        """Whether anything differs from what the preset proposes."""
        return self.profile is not None and self.profile != profile_of(self.profile.preset)

    @property
    def weights_moved(self) -> bool:
        """Whether a weight differs from what the preset proposes."""
        return self.profile is not None and self.profile.weights != profile_of(self.profile.preset).weights

    def choices(self) -> list[Choice]:
        """The kinds of firms."""
        chosen = self.profile.preset if self.profile else None
        return [
            Choice(scoring_words.profile_name(preset), self.query(profile_of(preset)), preset is chosen)
            for preset in SHOWN
        ]

    def without(self) -> str:
        """The query string without a profile."""
        return self.query(None)

    def as_proposed(self) -> str:
        """The query string with the profile as its preset proposes it."""
        return self.query(profile_of(self.profile.preset)) if self.profile else self.without()

    def sliders(self) -> list[Slider]:
        """A slider for every criterion."""
        return [self._slider(criterion) for criterion in CRITERIA] if self.profile else []

    def limit_choices(self) -> list[LimitChoice]:
        """What shall knock out, for every criterion; those that are set or proposed come first."""
        if self.profile is None:
            return []
        first = {must.code for must in (*self.profile.musts, *proposed_musts(self.profile.preset))}
        return [self._limits(one) for one in sorted(CRITERIA, key=lambda one: one.code not in first)]

    def musts(self) -> list[str]:
        """What knocks out, in words."""
        return [scoring_words.limit(must) for must in self.profile.musts] if self.profile else []

    def _slider(self, criterion: Criterion) -> Slider:
        name = f"{WEIGHT}{criterion.code}"
        assert self.profile is not None  # noqa: S101 - sliders belong to a profile
        return Slider(
            name,
            scoring_words.criterion_name(criterion.code),
            str(self.profile.weight(criterion.code)),
            self.reading.problem(name),
        )

    def _limits(self, criterion: Criterion) -> LimitChoice:
        stated = (
            next((must for must in self.profile.musts if must.code == criterion.code), None) if self.profile else None
        )
        offered = [Must(criterion.code, limit) for limit in _offered(criterion)]
        if stated and stated not in offered:
            offered.append(stated)
        limits = [Limit(must_value(must), scoring_words.limit_briefly(must), must == stated) for must in offered]
        any_value = Limit("", _("any"), stated is None)
        return LimitChoice(
            f"f-must-{criterion.code}", scoring_words.criterion_name(criterion.code), (any_value, *limits)
        )


def _offered(criterion: Criterion) -> tuple[float | str, ...]:
    """Limits worth choosing: the marks of a curve that earn something, the codes above the worst."""
    if isinstance(criterion.scale, Curve):
        return tuple(float(amount) for amount, points in criterion.scale.points if points > 0)
    worst = min(step.points for step in criterion.scale.steps)
    return tuple(step.name for step in criterion.scale.steps if step.points > worst)
