"""The distances that buildings keep: which are in force where. Changing them is `settings`.

A rule is in force from its day until a newer one of the same cause, grade and plan begins. A plan's own rule goes
before the general one for its cause and grade, on parcels of that plan in that place.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.model import DistanceRule

Key = tuple[str, str]
"""Cause and grade."""


@dataclass(frozen=True)
class Distances:
    """The rules in force on one day: the general ones, and those of plans by plan and place."""

    general: Mapping[Key, DistanceRule]
    plans: Mapping[tuple[str, str], Mapping[Key, DistanceRule]]

    def at(self, plan_name: str | None, municipality_ags: str | None) -> Mapping[Key, DistanceRule]:
        """The rules for land of this plan and municipality; of two places the narrower one's."""
        found = dict(self.general)
        for (plan, ags), rules in sorted(self.plans.items(), key=lambda item: len(item[0][1])):
            if plan == plan_name and (municipality_ags or "").startswith(ags):
                found.update(rules)
        return found

    def reach_m(self, causes: Iterable[str]) -> float:
        """The furthest that any of `causes` reaches by a rule in force, in metres."""
        rules = [*self.general.values(), *(rule for rules in self.plans.values() for rule in rules.values())]
        wanted = set(causes)
        return max((float(rule.distance_m) for rule in rules if rule.cause in wanted), default=0.0)

    @property
    def fingerprint(self) -> str:
        """Tells one set of rules from another, 16 letters."""
        rules = [*self.general.values(), *(rule for rules in self.plans.values() for rule in rules.values())]
        told = sorted(repr((r.cause, r.grade, r.distance_m, r.source, r.valid_from, r.plan_name, r.ags)) for r in rules)
        return hashlib.sha1("\n".join(told).encode(), usedforsecurity=False).hexdigest()[:16]


def in_force(session: Session, day: dt.date) -> Distances:
    """The distances in force on `day`."""
    general: dict[Key, DistanceRule] = {}
    plans: dict[tuple[str, str], dict[Key, DistanceRule]] = {}
    begun = select(DistanceRule).where(DistanceRule.valid_from <= day).order_by(DistanceRule.valid_from)
    for rule in session.scalars(begun):
        of_place = general if rule.plan_name is None else plans.setdefault((rule.plan_name, rule.ags or ""), {})
        of_place[rule.cause, rule.grade] = rule
    return Distances(general, plans)
