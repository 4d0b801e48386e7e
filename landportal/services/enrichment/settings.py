"""Seeing and changing the distances that buildings keep: dated, each with its source, general or of one plan.

What follows from a change is computed by the worker (a trigger marks what the rule meets). Which rule is in force where
is `distances`' to say.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput, NotAllowed
from landportal.model import CAUSES, AdminUnit, ConstraintGrade, DistanceRule
from landportal.services.audit import AuditAction, record
from landportal.services.days import today
from landportal.services.enrichment.distances import in_force
from landportal.services.permissions import Action, Actor, require

DISTANCE_MAX_M = 5_000
SOURCE_MAX = 200


@dataclass(frozen=True)
class NewDistance:
    """A distance as somebody sets it; without `plan_name` it is everybody's, with it that plan's in the place `ags`."""

    cause: str
    grade: str
    distance_m: Decimal
    source: str
    valid_from: dt.date
    verified: bool = False
    plan_name: str | None = None
    ags: str | None = None


@dataclass(frozen=True)
class Listed:
    """A rule as it stands in the list; `in_force`: today, rather than later or no more."""

    rule: DistanceRule
    in_force: bool
    begun: bool


def listed(session: Session) -> tuple[Listed, ...]:
    """All rules, general ones first, in the order of causes; of one cause the newest first."""
    distances = in_force(session, today())
    current = {rule.id for rules in (distances.general, *distances.plans.values()) for rule in rules.values()}
    rules = session.scalars(select(DistanceRule)).all()
    rules = sorted(
        rules,
        key=lambda r: (r.plan_name or "", r.ags or "", CAUSES.index(r.cause), r.grade, -r.valid_from.toordinal()),
    )
    return tuple(Listed(rule, rule.id in current, rule.valid_from <= today()) for rule in rules)


def sets_for_everybody(actor: Actor) -> bool:
    """Whether the actor may set general distances: those of the whole portal, or of the state."""
    return actor.may(Action.SET_DISTANCES) and (actor.whole_portal or len(actor.scope.ags or "") == 2)


def change(session: Session, actor: Actor, wanted: NewDistance) -> DistanceRule:
    """Set a distance from a day on; the same day again corrects it. InvalidInput names the field that cannot be used.

    NotAllowed beyond the actor's place: general distances are set by the state and the whole portal alone.
    """
    require(actor, Action.SET_DISTANCES)
    _check(session, wanted)
    if not (sets_for_everybody(actor) or (wanted.ags and actor.scope.ags and wanted.ags.startswith(actor.scope.ags))):
        raise NotAllowed(Action.SET_DISTANCES)
    rule = _known(session, wanted) or DistanceRule(
        cause=wanted.cause, grade=wanted.grade, valid_from=wanted.valid_from, plan_name=wanted.plan_name, ags=wanted.ags
    )  # fmt: skip
    before = None if rule.id is None else f"{rule.distance_m:f}"
    rule.distance_m, rule.source, rule.verified = wanted.distance_m, wanted.source, wanted.verified
    session.add(rule)
    session.flush()
    facts = {"grade": wanted.grade, "distance_m": f"{wanted.distance_m:f}", "before_m": before, "ags": wanted.ags}
    record(
        session, AuditAction.DISTANCE_SET, account_id=actor.account_id, subject=wanted.plan_name or wanted.cause,
        cause=wanted.cause, valid_from=wanted.valid_from.isoformat(), source=wanted.source, **facts,
    )  # fmt: skip
    return rule


def _known(session: Session, wanted: NewDistance) -> DistanceRule | None:
    return session.scalar(
        select(DistanceRule).where(
            DistanceRule.cause == wanted.cause,
            DistanceRule.grade == wanted.grade,
            DistanceRule.valid_from == wanted.valid_from,
            DistanceRule.plan_name.is_not_distinct_from(wanted.plan_name),
            DistanceRule.ags.is_not_distinct_from(wanted.ags),
        )
    )


def _check(session: Session, wanted: NewDistance) -> None:
    if wanted.cause not in CAUSES:
        raise InvalidInput("unknown_cause", "cause")
    if wanted.grade not in set(ConstraintGrade):
        raise InvalidInput("unknown_grade", "grade")
    if not 0 <= wanted.distance_m <= DISTANCE_MAX_M:
        raise InvalidInput("distance_out_of_range", "distance_m")
    if not wanted.source or len(wanted.source) > SOURCE_MAX:
        raise InvalidInput("source_needed", "source")
    if not 1990 <= wanted.valid_from.year <= 2100:
        raise InvalidInput("day_out_of_range", "valid_from")
    if (wanted.plan_name is None) != (wanted.ags is None):
        raise InvalidInput("plan_and_place_together", "ags" if wanted.plan_name else "plan_name")
    if wanted.ags and not session.scalar(select(AdminUnit.ags).where(AdminUnit.ags == wanted.ags)):
        raise InvalidInput("unknown_place", "ags")
