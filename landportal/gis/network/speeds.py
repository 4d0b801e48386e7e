"""How fast a lorry of 40 t and a car drive on which road.

Limits are law: § 3 Abs. 3 StVO (inside built-up areas 50; outside cars 100, lorries above 7.5 t 60 km/h), § 18 Abs. 5
StVO (lorries on motorways, and on motor roads with separated carriageways, 80), Autobahn-Richtgeschwindigkeits-V § 1
(130), walking pace in shared streets (Anlage 3 StVO, sign 325.1). The share of the limit that is driven on average
(junctions, bends, slopes, traffic) is an assumption of ours and dated: November 2026, no source. Signs on the road
count before classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from landportal.gis.network.graph import CLASSES, INSIDE, Floats
from landportal.model import EdgeClass, Vehicle

INSIDE_KMH = 50.0
LORRY_KMH, LORRY_MOTORWAY_KMH = 60.0, 80.0
UNLIMITED_KMH = 130.0


@dataclass(frozen=True)
class Pace:
    """A class of road: the limit where no sign stands (inside settlements 50), and the share of it that is driven."""

    limit_kmh: float
    flow: float


PACES: Mapping[EdgeClass, Pace] = {
    EdgeClass.MOTORWAY: Pace(130, 0.88),
    EdgeClass.MOTORWAY_RAMP: Pace(80, 0.60),
    EdgeClass.FEDERAL_ROAD: Pace(100, 0.80),
    EdgeClass.STATE_ROAD: Pace(100, 0.72),
    EdgeClass.COUNTY_ROAD: Pace(100, 0.65),
    EdgeClass.RAMP: Pace(60, 0.70),
    EdgeClass.LOCAL_ROAD: Pace(60, 0.70),
    EdgeClass.STREET: Pace(50, 0.60),
    EdgeClass.SHARED_STREET: Pace(7, 1.0),
}

LORRY_FLOW = 0.95
"""A lorry drives closer to its lower limit than a car to its own: share of the limit at least, outside of streets."""

_MOTORWAYS = (EdgeClass.MOTORWAY, EdgeClass.MOTORWAY_RAMP)


def speeds_kmh(
    vehicle: Vehicle, kind: np.ndarray, built_up: np.ndarray, sign_kmh: Floats, separated: np.ndarray
) -> Floats:  # fmt: skip
    """Average speed on each edge. `sign_kmh`: the limit that a sign states, NaN without; `separated`: motor road."""
    limits = np.array([PACES[each].limit_kmh for each in CLASSES])[kind]
    flow = np.array([PACES[each].flow for each in CLASSES])[kind]
    inside = (built_up == INSIDE) & ~np.isin(kind, [CLASSES.index(each) for each in _MOTORWAYS])
    limits = np.where(inside, np.minimum(limits, INSIDE_KMH), limits)
    limits = np.where(np.isnan(sign_kmh), limits, sign_kmh)
    if vehicle is Vehicle.LORRY:
        fast = np.isin(kind, [CLASSES.index(each) for each in _MOTORWAYS]) | separated
        own = np.where(fast, LORRY_MOTORWAY_KMH, LORRY_KMH)
        driven = np.minimum(limits * flow, own * LORRY_FLOW)
    else:
        driven = np.minimum(limits, UNLIMITED_KMH) * flow
    slowest: Floats = np.maximum(driven, 3.0)
    return slowest


def minutes(length_m: Floats, speed_kmh: Floats) -> Floats:
    """Driving time; never nothing, because a way of no time would be no way."""
    return np.maximum(length_m * 0.06 / speed_kmh, 1e-6)
