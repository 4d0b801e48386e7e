"""How firm the order at the top is: weights are shaken, and it is counted how often a parcel stays among the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from landportal.services.scoring.evaluate import Score
from landportal.services.scoring.profile import Profile
from landportal.services.scoring.scales import POINTS_MAX

DRAWS = 200
SHAKE = 0.2
"""Every weight is drawn anew between 80 and 120 % of itself."""
TOP = 3
CANDIDATES = 200
"""The best of the list, among whom the first three are sought: nobody further down climbs that far by 20 %."""
_SEED = 20_261_128
"""Fixed: the same question has the same answer."""


def stability(profile: Profile, scores: Sequence[Score]) -> tuple[float, ...]:
    """For each of `scores`, in the order of the list, the share of draws (0 to 1) that leave it among the first TOP.

    Missing facts earn half of the points, as in the order itself; what is knocked out stays behind all others.
    """
    weights = np.array([weight for _criterion, weight in profile.weighed()], dtype=float)
    if not scores or not len(weights):
        return tuple(float(place < TOP) for place in range(len(scores)))
    shaken = weights * np.random.default_rng(_SEED).uniform(1 - SHAKE, 1 + SHAKE, (DRAWS, len(weights)))
    points = np.array([[_middle(part.points) for part in score.contributions] for score in scores])
    drawn = points @ (shaken / shaken.sum(axis=1, keepdims=True)).T
    drawn[[bool(score.knockouts) for score in scores]] -= 2 * POINTS_MAX
    # A stable sort keeps the order of the list where two are alike.
    first = np.argsort(-drawn, axis=0, kind="stable")[:TOP]
    return tuple((np.bincount(first.ravel(), minlength=len(scores)) / DRAWS).tolist())


def _middle(points: float | None) -> float:
    return POINTS_MAX / 2 if points is None else points
