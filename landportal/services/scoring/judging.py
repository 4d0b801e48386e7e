"""From the ids of a list to judged parcels: their facts from the store, their scores, and how firm the first stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from landportal.services.scoring import ranking
from landportal.services.scoring.evaluate import Score, evaluate
from landportal.services.scoring.profile import Profile
from landportal.services.scoring.stability import stability

SHOWN_FIRM = 5
"""The first results for whom it is told how firm they stand."""


@dataclass(frozen=True)
class Judged:
    """A parcel of a list with its score; `firm`: share of shaken weights that leave it among the first three."""

    id: int
    score: Score
    firm: float | None = None


def judge(session: Session, profile: Profile, ids: Select[*tuple[Any, ...]]) -> tuple[Judged, ...]:
    """The parcels that `ids` (id, place) names, judged, in that order."""
    rows = session.execute(ranking.with_facts(ids)).all()
    return tuple(Judged(row.id, evaluate(profile, ranking.facts_of(row))) for row in rows)


def with_firmness(profile: Profile, judged: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """The best of a list, the first SHOWN_FIRM of them told how firm they stand."""
    firm = stability(profile, [one.score for one in judged])
    first = tuple(Judged(one.id, one.score, share) for one, share in zip(judged[:SHOWN_FIRM], firm, strict=False))
    return (*first, *judged[SHOWN_FIRM:])
