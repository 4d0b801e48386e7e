"""Where things stand in the bars of a score: plain numbers that templates put into inline SVG of a frame 1000 wide."""

from __future__ import annotations

from dataclasses import dataclass

from landportal.services.scoring import Contribution, Score

FRAME = 1000.0
SLIVER = 4.0
"""What is there at all is drawn at least this wide."""


@dataclass(frozen=True)
class Bar:
    """The sure part from `x` on, and the part that depends on what nobody knows yet."""

    x: float
    sure: float
    open: float

    @property
    def open_x(self) -> float:
        """Where the open part begins."""
        return round(self.x + self.sure, 1)


def score_interval(score: Score) -> Bar:
    """A score on the scale from 0 to 100: sure up to its low end, open up to its high one."""
    return _bar(score.low / 100, (score.high - score.low) / 100)


def contribution(part: Contribution, most: float) -> Bar:
    """What a criterion adds, on a scale that ends at the most that any criterion of the page can add."""
    return _bar(part.low / most, (part.high - part.low) / most) if most else Bar(0, 0, 0)


def possible(part: Contribution, most: float) -> float:
    """How far the bar could reach with full points."""
    return round(FRAME * part.share * 100 / most, 1) if most else 0.0


def most_of(score: Score) -> float:
    """The most that a single criterion of `score` can add."""
    return max((part.share * 100 for part in score.contributions), default=0.0)


def _bar(sure: float, uncertain: float) -> Bar:
    return Bar(0.0, _width(sure), _width(uncertain))


def _width(share: float) -> float:
    return max(round(FRAME * share, 1), SLIVER) if share > 0 else 0.0
