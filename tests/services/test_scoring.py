"""Ranking with reasons: what a score is made of, that the database says the same, and that knock-outs stay last."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from landportal.config import PROJECT_ROOT
from landportal.model import ConstraintKind, Freshness, Gas, ParcelStatus, PlanStatus, Servicing, Zone
from landportal.services.scoring import (
    BY_CODE,
    CRITERIA,
    Curve,
    Must,
    Preset,
    Profile,
    Steps,
    evaluate,
    profile_of,
    proposed_musts,
    proposed_weight,
    ranking,
)
from landportal.services.scoring.presets import _MUSTS, _WEIGHTS
from landportal.services.scoring.stability import TOP, stability
from landportal.services.search import SearchCriteria, Sort
from landportal.services.search.find import find_parcels

NOTHING_KNOWN = {criterion.code: None for criterion in CRITERIA}


def stored(criterion):
    """Facts of a criterion as the store might hold them."""
    if isinstance(criterion.scale, Steps):
        return st.sampled_from([step.stored for step in criterion.scale.steps])
    most = criterion.scale.points[-1][0] * 1.5 * criterion.scale.per_unit
    return st.floats(0, most, allow_nan=False)


known_facts = st.fixed_dictionaries({one.code: stored(one) for one in CRITERIA})
facts = st.fixed_dictionaries({one.code: st.none() | stored(one) for one in CRITERIA})
weights = st.lists(st.integers(0, 10), min_size=len(CRITERIA), max_size=len(CRITERIA)).map(tuple)
profiles = st.builds(Profile, st.just(Preset.NEUTRAL), weights, st.just(()))


@given(profiles, facts)
def test_the_parts_of_a_score_sum_to_the_whole(profile, known):
    score = evaluate(profile, known)
    assert sum(part.low for part in score.contributions) == pytest.approx(score.low)
    assert sum(part.high for part in score.contributions) == pytest.approx(score.high)
    assert -1e-9 <= score.low <= score.middle <= score.high <= 100 + 1e-9


@given(profiles, facts, known_facts)
def test_the_interval_holds_every_completion_of_what_is_missing(profile, known, completion):
    complete = {code: completion[code] if value is None else value for code, value in known.items()}
    score, completed = evaluate(profile, known), evaluate(profile, complete)
    assert score.low - 1e-9 <= completed.low <= completed.high <= score.high + 1e-9
    assert completed.low == pytest.approx(completed.high)


@given(profiles, known_facts, st.sampled_from(CRITERIA), st.data())
def test_a_better_value_never_lowers_the_score(profile, known, criterion, data):
    better = data.draw(stored(criterion))
    if isinstance(criterion.scale, Curve):
        one, other = sorted((known[criterion.code], better), reverse=not criterion.scale.more_is_better)
    else:
        order = [step.stored for step in criterion.scale.steps]
        one, other = sorted((known[criterion.code], better), key=order.index, reverse=True)
    assert (
        evaluate(profile, {**known, criterion.code: one}).low
        <= evaluate(profile, {**known, criterion.code: other}).low + 1e-9
    )


def test_without_any_weight_every_parcel_has_nothing_and_nobody_divides_by_it():
    score = evaluate(Profile(Preset.NEUTRAL, (0,) * len(CRITERIA), ()), NOTHING_KNOWN)
    assert (score.low, score.high, score.contributions) == (0, 0, ())


def test_where_nothing_is_known_the_score_may_be_anything():
    score = evaluate(profile_of(Preset.NEUTRAL), NOTHING_KNOWN)
    assert (score.low, score.high, score.known) == (0, pytest.approx(100), 0)


@pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: one.code)
def test_every_scale_runs_from_nothing_to_full_points_without_turning_back(criterion):
    if isinstance(criterion.scale, Curve):
        amounts, points = zip(*criterion.scale.points, strict=True)
        assert list(amounts) == sorted(set(amounts))
        assert list(points) in (sorted(points), sorted(points, reverse=True))
    else:
        points = [step.points for step in criterion.scale.steps]
        assert points == sorted(points, reverse=True)
    assert (min(points), max(points)) == (0, 100)


@pytest.mark.parametrize(
    ("code", "fact", "points"),
    [
        ("size", 20_000, 30), ("size", 50_000, 55), ("size", 80_000, 80), ("size", 900_000, 100), ("price", 30, 50),
        ("motorway", 500, 100), ("motorway", 2_000, 95), ("motorway", 99_000, 0), ("night", 50, 30), ("night", 70, 100),
        ("plan", 4000, 100), ("servicing", "partial", 60), ("flood", True, 0), ("available", 0, 100),
        ("gas", None, None),
    ],
)  # fmt: skip
def test_points_are_those_of_the_table(code, fact, points):
    assert BY_CODE[code].scale.earned(fact) == (None if points is None else pytest.approx(points))


@pytest.mark.parametrize("preset", Preset)
def test_a_preset_names_criteria_that_exist_and_limits_that_can_be_met(preset):
    assert set(_WEIGHTS.get(preset, {})) <= set(BY_CODE)
    assert all(0 <= proposed_weight(preset, one.code) <= 10 for one in CRITERIA)
    assert len({must.code for must in _MUSTS.get(preset, ())}) == len(proposed_musts(preset))
    assert profile_of(preset).total > 0


def test_a_knock_out_tells_what_is_wanted_and_what_there_is():
    profile = profile_of(Preset.NEUTRAL, musts=(Must("night", 60.0), Must("plan", "adopted")))
    score = evaluate(profile, {**NOTHING_KNOWN, "night": 50.0, "plan": 2400})
    assert [(out.must.code, out.value) for out in score.knockouts] == [("night", 50.0), ("plan", "public_display")]
    assert evaluate(profile, {**NOTHING_KNOWN, "night": 60.0, "plan": 4000}).knockouts == ()


def test_what_is_not_known_knocks_nothing_out_but_is_told():
    score = evaluate(profile_of(Preset.NEUTRAL, musts=(Must("power", 10.0),)), NOTHING_KNOWN)
    assert score.knockouts == ()
    assert [must.code for must in score.unknown_musts] == ["power"]


def test_the_documentation_names_every_criterion_with_its_marks():
    text = (PROJECT_ROOT / "docs" / "scoring.md").read_text()
    rows = {cells[2].strip("` "): cells[4] for line in text.splitlines() if len(cells := line.split("|")) == 7}
    for criterion in CRITERIA:
        if isinstance(criterion.scale, Curve):
            marks = " · ".join(f"{amount:,.0f} ({points:.0f})" for amount, points in criterion.scale.points)
            assert rows[criterion.code].strip() == marks
        else:
            assert rows[criterion.code].endswith(("0 ", "0"))


# The database


def random_land(land, count, seed):
    rng = random.Random(seed)
    some = lambda *values: rng.choice((None, *values))  # noqa: E731
    land.infrastructure("motorway_junction", "West", 2, 2)
    land.infrastructure("rail_freight", "Ost", 30, 2)
    land.infrastructure("airport", "Nord", 10, 19)
    land.constraint("flood", 0, 0, 9, 9)
    land.constraint("nature", 5, 0, 9, 9)
    land.constraint("heritage", 7, 0, 9, 9)
    for place in range(count):
        available_from = some(*(dt.date(2026, 1, 1) + dt.timedelta(days=days) for days in (0, 400, 900, 2000)))
        confirmed = some(
            *(dt.datetime.now(dt.UTC) - dt.timedelta(days=days, hours=5) for days in (1, 45, 80, 110, 400))
        )
        land.parcel(
            f"P{place:03}", rng.uniform(0, 38), rng.uniform(0, 18), rng.choice([0.3, 1, 3, 9, 25]),
            status=rng.choice([ParcelStatus.AVAILABLE, ParcelStatus.PREPARING]), zone=some(*Zone),
            zone_restricted=rng.random() < 0.3, noise_quota_night_db=some(None, None, 48, 55.5, 65),
            round_the_clock=some(True, False), plan_status=some(*map(int, PlanStatus)),
            servicing=some(*Servicing), gas=some(*Gas), power_mw=some(0, 0.5, 7.25, 60, 300),
            fibre_mbit=some(50, 1000, 2500, 20_000), water_m3_d=some(10, 120.5, 5_000), rail_siding=some(True, False),
            waste_water_pe=some(100, 900, 20_000), price_eur_m2=some(5, 12.5, 33.33, 90), available_from=available_from,
            confirmed_at=confirmed,
        )  # fmt: skip


@pytest.mark.parametrize("preset", Preset)
def test_the_database_and_python_judge_alike(session, land, preset):
    random_land(land, 80, seed=preset)
    every = tuple(Must(one.code, _some_limit(one)) for one in CRITERIA)
    profile = profile_of(preset, musts=every[:: 2 if preset is Preset.NEUTRAL else 3])
    rows = session.execute(
        select(
            *(ranking.score_sql(profile, missing).label(f"s{missing:.0f}") for missing in (0.0, 50.0, 100.0)),
            ranking.knocked_out(profile).label("out"), *ranking.fact_columns(),
        )
    ).all()  # fmt: skip
    assert len(rows) == 80
    for row in rows:
        score = evaluate(profile, ranking.facts_of(row))
        assert (row.s0, row.s50, row.s100) == pytest.approx((score.low, score.middle, score.high))
        assert row.out is bool(score.knockouts)


def _some_limit(criterion):
    if isinstance(criterion.scale, Steps):
        return criterion.scale.names[1 if len(criterion.scale.names) > 2 else 0]
    return float(criterion.scale.points[1][0])


def found(session, profile, **criteria):
    return find_parcels(session, SearchCriteria(profile=profile, **criteria)).parcels


def test_a_list_is_in_the_order_of_its_scores_and_what_drops_out_is_last(session, land):
    random_land(land, 70, seed=3)
    for reverse in (False, True):
        profile = profile_of(Preset.LOGISTICS)
        pages = [found(session, profile, status=(), page=page, reverse=reverse) for page in (1, 2)]
        scores = [parcel.judged.score for page in pages for parcel in page]
        assert len(scores) == 70
        assert any(score.knockouts for score in scores)
        sign = 1 if reverse else -1
        keys = [(bool(score.knockouts), sign * round(score.middle, 6)) for score in scores]
        assert keys == sorted(keys)


def test_parcels_that_are_alike_stand_in_the_order_of_their_ids(session, land):
    for number in ("B", "A", "C"):
        land.parcel(number, 1, 1)
    assert [parcel.number for parcel in found(session, profile_of(Preset.FOOD))] == ["B", "A", "C"]


def test_another_order_keeps_the_judgement(session, land):
    land.parcel("small", ha=1)
    land.parcel("large", ha=9, east_km=3)
    parcels = found(session, profile_of(Preset.CRAFTS), sort=Sort.SIZE)
    assert [parcel.number for parcel in parcels] == ["large", "small"]
    assert all(parcel.judged and parcel.judged.firm is None for parcel in parcels)


def test_without_a_profile_nothing_is_judged(session, land):
    land.parcel("A")
    assert found(session, None)[0].judged is None


@pytest.mark.parametrize(
    ("facts", "night"),
    [
        ({"zone": "GI"}, 70),
        ({"zone": "GI", "round_the_clock": False}, 50),
        ({"zone": "GI", "zone_restricted": True}, None),
        ({"zone": "GI", "zone_restricted": True, "round_the_clock": True}, 60),
        ({"zone": "GI", "noise_quota_night_db": 55}, 55),
        ({"zone": "GE"}, 50),
        ({"zone": "GE", "round_the_clock": True}, 50),
        ({"zone": "GE", "zone_restricted": True, "noise_quota_night_db": 45}, 45),
        ({"zone": "MI"}, 45),
        ({"zone": "WR"}, 35),
        ({"zone": "SO"}, None),
        ({"zone": "SO", "round_the_clock": True}, 60),
        ({"zone": "SO", "round_the_clock": False}, 50),
        ({}, None),
    ],
)
def test_night_work_is_derived_from_quota_and_zone_and_never_from_a_yes_alone(session, land, facts, night):
    parcel = land.parcel("A", **facts)
    assert ranking.facts_of_parcel(session, parcel.id)["night"] == night


def test_facts_that_the_store_does_not_say_outright(session, land):
    land.infrastructure("rail_freight", "Terminal", 5, 1)
    siding = land.parcel("A", 1, 1, rail_siding=True, available_from=None)
    later = land.parcel(
        "B", 2, 1, available_from=dt.datetime.now(dt.UTC).date() + dt.timedelta(days=10), status="preparing"
    )
    unknown = land.parcel("C", 3, 1, status="preparing")
    first, second, third = (ranking.facts_of_parcel(session, parcel.id) for parcel in (siding, later, unknown))
    assert (first["rail"], first["available"], first["fresh"]) == (0, 0, Freshness.UNCONFIRMED)
    assert second["available"] in (9, 10, 11)
    assert second["rail"] > 2_000
    assert third["available"] is None


def test_constraints_count_by_kind_and_flood_stands_alone(session, land):
    land.constraint(ConstraintKind.FLOOD, 0, 0, 5, 5)
    land.constraint(ConstraintKind.NATURE, 0, 0, 5, 5)
    wet = ranking.facts_of_parcel(session, land.parcel("A", 1, 1).id)
    dry = ranking.facts_of_parcel(session, land.parcel("B", 10, 10).id)
    assert (wet["flood"], wet["constraints"]) == (True, 1)
    assert (dry["flood"], dry["constraints"]) == (False, 0)


# How firm the first stand


def test_shares_are_told_for_the_first_results_and_come_out_alike_each_time(session, land):
    random_land(land, 40, seed=11)
    profile = profile_of(Preset.PRODUCTION)
    once, again = ([parcel.judged.firm for parcel in found(session, profile, status=())] for _time in range(2))
    assert once == again
    assert all(0 <= share <= 1 for share in once[:5])
    assert once[5:] == [None] * 35


@given(st.lists(facts, min_size=1, max_size=30), weights)
def test_among_all_candidates_there_are_as_many_first_three_as_draws(several, some):
    profile = Profile(Preset.NEUTRAL, some, ())
    shares = stability(profile, several)
    assert sum(shares) == pytest.approx(min(TOP, len(several)))


def test_a_parcel_that_leads_in_everything_stands_firm_and_one_that_drops_out_never_does():
    profile = profile_of(Preset.NEUTRAL, musts=(Must("size", 1.0),))
    best = {one.code: (one.scale.points[-1 if one.scale.more_is_better else 0][0] * one.scale.per_unit
                       if isinstance(one.scale, Curve) else one.scale.steps[0].stored) for one in CRITERIA}  # fmt: skip
    worse = {**best, "price": 70.0}
    out = {**best, "size": 5_000.0}
    shares = stability(profile, (best, worse, worse, worse, out))
    assert shares == (1.0, 1.0, 1.0, 0.0, 0.0)
