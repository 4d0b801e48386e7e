"""The criteria of a ranking: one table of what is looked at, in which unit, and what earns how many points.

Weights live in `presets`. What a criterion is called in words is said by `web.scoring_words`.
"""

from __future__ import annotations

from dataclasses import dataclass

from landportal.model import M2_PER_HA, Freshness, Gas, Parcel, PlanStatus, Servicing
from landportal.services.scoring import facts
from landportal.services.scoring.facts import Fact
from landportal.services.scoring.scales import Curve, Scale, Step, Steps, ladder


@dataclass(frozen=True, eq=False)
class Criterion:
    """What is looked at: its `fact`, the `unit` people read it in, and the scale from fact to points.

    `source` names where the thresholds come from; how many points lie between them is judgement. Without `verified`
    they are common knowledge of the field that was not checked against a source: a default of 2026, and pages say so.
    """

    code: str
    unit: str | None
    fact: Fact
    scale: Scale
    source: str
    verified: bool = False


_PLAN_POINTS = {
    PlanStatus.IN_FORCE: 100, PlanStatus.ADOPTED: 85, PlanStatus.PUBLIC_DISPLAY: 60, PlanStatus.AUTHORITIES: 55,
    PlanStatus.DRAFT: 45, PlanStatus.EARLY_PUBLIC: 35, PlanStatus.EARLY_AUTHORITIES: 30, PlanStatus.STARTED: 20,
    PlanStatus.PARTLY_VOID: 10, PlanStatus.VOID: 0, PlanStatus.REPEALED: 0, PlanStatus.OUT_OF_FORCE: 0,
}  # fmt: skip
"""The further the procedure of BauGB §§ 2 to 10, the sooner one may build."""

CRITERIA: tuple[Criterion, ...] = (
    # Standard site 8 ha in one piece (Tennessee); Thuringian large plots are marketed from 8 to 35 ha.
    Criterion(
        "size", "ha", Fact(Parcel.area_m2), Curve(((0, 0), (2, 30), (8, 80), (20, 100)), M2_PER_HA),
        "Select Tennessee; Goldene Aue", verified=True,
    ),
    # The same land, as far as it can be built on.
    Criterion(
        "net", "ha", Fact(Parcel.net_area_m2), Curve(((0, 0), (2, 30), (8, 80), (20, 100)), M2_PER_HA),
        "Select Tennessee; Goldene Aue", verified=True,
    ),
    # Serviced land of the published fact sheets: 15,00 (Kindel), 19,50 (Heiligenstadt A 38), 26 (large sites).
    Criterion(
        "price", "€/m²", Fact(Parcel.price_eur_m2), Curve(((10, 100), (20, 75), (40, 25), (80, 0))),
        "Eisenach-Kindel; Heiligenstadt A 38", verified=True,
    ),
    # At most 3 km for logistics, 15 minutes for production. By road
    # would say more, but minutes stand in a table of their own: the join took an order twice its time.
    Criterion(
        "motorway", "km", Fact(Parcel.motorway_m), Curve(((1, 100), (3, 90), (15, 40), (40, 0)), 1000), "",
    ),
    Criterion(
        "rail", "km", facts.rail_m(), Curve(((0, 100), (1, 85), (10, 50), (50, 0)), 1000), "",
    ),
    Criterion(
        "airport", "km", Fact(Parcel.airport_m), Curve(((20, 100), (60, 60), (150, 0)), 1000),
        "",
    ),
    # Production 1 to 5 MW, food 5 to 10, batteries 50 to 100, large data centres 100 to 300.
    Criterion(
        "power", "MW", Fact(Parcel.power_mw),
        Curve(((0, 0), (1, 30), (5, 60), (10, 75), (50, 95), (100, 100))), "",
    ),
    Criterion(
        "fibre", "Mbit/s", Fact(Parcel.fibre_mbit), Curve(((0, 0), (100, 40), (1000, 90), (10000, 100))), "",
    ),
    Criterion(
        "gas", None, Fact(Parcel.gas),
        ladder(
            (Gas.HIGH_PRESSURE, 100), (Gas.MEDIUM_PRESSURE, 80), (Gas.LOW_PRESSURE, 60), (Gas.AVAILABLE, 60),
            (Gas.NONE, 0),
        ),
        "",
    ),
    Criterion("water", "m³/d", Fact(Parcel.water_m3_d), Curve(((0, 0), (50, 40), (200, 75), (1000, 100))), ""),
    Criterion(
        "waste_water", "EW", Fact(Parcel.waste_water_pe), Curve(((0, 0), (500, 40), (2000, 75), (10000, 100))), "",
    ),
    # GI 70 at night, GE 50, mixed areas 45: from 60 on the work of a night shift is ordinary.
    Criterion(
        "night", "dB(A)", facts.night_db(), Curve(((35, 0), (45, 15), (50, 30), (60, 80), (70, 100))),
        "TA Lärm 6.1; DIN 45691", verified=True,
    ),
    Criterion(
        "plan", None, Fact(Parcel.plan_status),
        Steps(tuple(Step(code.name.lower(), int(code), points) for code, points in _PLAN_POINTS.items())),
        "BauGB §§ 2–10; XPlanung", verified=True,
    ),
    Criterion(
        "servicing", None, Fact(Parcel.servicing),
        ladder((Servicing.FULL, 100), (Servicing.PARTIAL, 60), (Servicing.UNDER_WAY, 50), (Servicing.NONE, 0)),
        "Select Tennessee", verified=True,
    ),
    # The classes of availability: at once up to 6 months, short term 2 years, middle term 5 years.
    Criterion(
        "available", "d", facts.days_until_available(), Curve(((0, 100), (183, 90), (730, 50), (1826, 0))), "GEFIS",
    ),
    Criterion(
        "fresh", None, facts.freshness(),
        ladder(
            (Freshness.FRESH, 100), (Freshness.DUE, 75), (Freshness.OLD, 50), (Freshness.STALE, 25),
            (Freshness.UNCONFIRMED, 0),
        ),
        "30 / 60 / 90 / 120 d", verified=True,
    ),
    Criterion(
        "flood", None, facts.in_flood_zone(), Steps((Step("no", False, 100), Step("yes", True, 0))),
        "Select Tennessee; HQ100", verified=True,
    ),
    Criterion("constraints", None, facts.other_constraints(), Curve(((0, 100), (1, 60), (2, 30), (4, 0))), ""),
)  # fmt: skip
BY_CODE = {criterion.code: criterion for criterion in CRITERIA}
