"""How firm the order at the top is: weights are shaken, and it is counted how often a parcel stays among the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from landportal.services.scoring.evaluate import Facts, drops_out, middle_points
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


def stability(profile: Profile, candidates: Sequence[Facts]) -> tuple[float, ...]:
    """For each of `candidates`, in the order of the list, the share of draws (0 to 1) that leave it among the TOP.

    Missing facts earn half of the points, as in the order itself; what is knocked out stays behind all others.
    """
    weights = np.array([weight for _criterion, weight in profile.weighed()], dtype=float)
    if not candidates or not len(weights):
        return tuple(float(place < TOP) for place in range(len(candidates)))
    shaken = weights * np.random.default_rng(_SEED).uniform(1 - SHAKE, 1 + SHAKE, (DRAWS, len(weights)))
    points = np.array([middle_points(profile, facts) for facts in candidates])
    # Written as a sum of products: for so few numbers the threads of a matrix product cost more than they help.
    drawn = np.einsum("cp,dp->cd", points, shaken / shaken.sum(axis=1, keepdims=True))
    drawn[[drops_out(profile, facts) for facts in candidates]] -= 2 * POINTS_MAX
    return tuple((_times_among_first(drawn) / DRAWS).tolist())


def _times_among_first(drawn: NDArray[np.float64]) -> NDArray[np.int64]:
    """In how many columns each row is among the TOP greatest; where two are alike the earlier row is first."""
    times = np.zeros(len(drawn), dtype=np.int64)
    for _place in range(min(TOP, len(drawn))):
        best = drawn.argmax(axis=0)
        times += np.bincount(best, minlength=len(drawn))
        drawn[best, np.arange(drawn.shape[1])] = -np.inf
    return times
