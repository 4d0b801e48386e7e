"""What kinds of firms look for: proposed weights (0 to 10) and typical knock-outs, each with its reason.

Weights are judgements, not measurements: defaults of 2026 that every visitor can move. Thresholds of the knock-outs
come from the field's own lists of criteria; where a kind of firm has no usual limit, it has no knock-out.
"""

from __future__ import annotations

from collections.abc import Mapping

from landportal.services.scoring.criteria import CRITERIA
from landportal.services.scoring.profile import Must, Preset, Profile, in_order

NEUTRAL_WEIGHT = 5

_WEIGHTS: Mapping[Preset, Mapping[str, int]] = {
    # Ways and hours decide: junction within minutes, land in one piece, 24/7 outside settlements (ZIA on logistics
    # land). Terminal and siding help, water and gas hardly count for a hall.
    Preset.LOGISTICS: {
        "size": 9, "net": 7, "price": 6, "motorway": 10, "rail": 5, "airport": 2, "power": 3, "fibre": 2,
        "waste_water": 1, "night": 9, "plan": 8, "servicing": 7, "available": 7, "fresh": 3, "flood": 6,
        "constraints": 3,
    },
    # Zoned, serviced land wins on time, and missing power is one of the fastest ways off a list.
    Preset.PRODUCTION: {
        "size": 7, "net": 6, "price": 6, "motorway": 6, "rail": 3, "airport": 2, "power": 9, "fibre": 3, "gas": 6,
        "water": 4, "waste_water": 4, "night": 6, "plan": 9, "servicing": 8, "available": 7, "fresh": 3, "flood": 6,
        "constraints": 4,
    },
    # Water in, waste water out, 5 to 10 MW, steam from gas; lorries every morning.
    Preset.FOOD: {
        "size": 6, "net": 5, "price": 5, "motorway": 7, "rail": 1, "power": 7, "fibre": 2, "gas": 7, "water": 10,
        "waste_water": 10, "night": 5, "plan": 8, "servicing": 8, "available": 6, "fresh": 3, "flood": 7,
        "constraints": 6,
    },
    # Power first, then two ways of fibre, then safety; lorries hardly matter. Cooling runs at night too.
    Preset.DATA_CENTRE: {
        "size": 5, "net": 4, "price": 3, "motorway": 1, "airport": 2, "power": 10, "fibre": 9, "gas": 1, "water": 5,
        "waste_water": 2, "night": 6, "plan": 8, "servicing": 5, "available": 8, "fresh": 3, "flood": 9,
        "constraints": 5,
    },
    # Small, serviced, affordable, now. Size counts little: lots are divided.
    Preset.CRAFTS: {
        "size": 1, "net": 1, "price": 10, "motorway": 4, "power": 3, "fibre": 4, "gas": 2, "water": 2, "waste_water": 2,
        "night": 2, "plan": 9, "servicing": 10, "available": 9, "fresh": 4, "flood": 5, "constraints": 3,
    },
    # People, lines and clean surroundings: fibre, an airport within reach, steady power, no old burdens.
    Preset.LABORATORY: {
        "size": 3, "net": 3, "price": 4, "motorway": 4, "airport": 5, "power": 6, "fibre": 9, "gas": 3, "water": 5,
        "waste_water": 6, "night": 3, "plan": 8, "servicing": 8, "available": 7, "fresh": 3, "flood": 7,
        "constraints": 7,
    },
}  # fmt: skip

_MUSTS: Mapping[Preset, tuple[Must, ...]] = {
    # A night shift needs more than the 50 dB(A) of a GE (TA Lärm 6.1).
    Preset.LOGISTICS: (Must("night", 60.0),),
    # 1 MW is the lower end of production.
    Preset.PRODUCTION: (Must("power", 1.0),),
    # Nothing that is eaten is made in a flood zone.
    Preset.FOOD: (Must("flood", "no"),),
    # Far below 10 MW nobody builds one; one line of 1 Gbit/s is the least.
    Preset.DATA_CENTRE: (Must("power", 10.0), Must("fibre", 1000.0), Must("flood", "no")),
    # Crafts build where a plan or its adoption lets them: they do not wait for planning.
    Preset.CRAFTS: (Must("plan", "adopted"),),
    Preset.LABORATORY: (Must("flood", "no"),),
}


def proposed_weight(preset: Preset, code: str) -> int:
    """What `preset` proposes for the criterion."""
    return NEUTRAL_WEIGHT if preset is Preset.NEUTRAL else _WEIGHTS[preset].get(code, 0)


def proposed_musts(preset: Preset) -> tuple[Must, ...]:
    """The typical knock-outs of `preset`."""
    return in_order(_MUSTS.get(preset, ()))


def profile_of(
    preset: Preset, weights: Mapping[str, int] | None = None, musts: tuple[Must, ...] | None = None
) -> Profile:
    """The profile of `preset` with some weights moved; `musts` replaces its knock-outs."""
    moved = weights or {}
    return Profile(
        preset,
        tuple(moved.get(one.code, proposed_weight(preset, one.code)) for one in CRITERIA),
        proposed_musts(preset) if musts is None else in_order(musts),
    )
