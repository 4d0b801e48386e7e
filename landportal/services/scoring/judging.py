"""From the ids of a list to judged parcels: their facts from the store, their scores, and how firm the first stand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
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


@dataclass(frozen=True)
class Wanted:
    """What is to be judged: parcels that `rows` reads with their facts; the first `shown` of them are on the page."""

    rows: Select[*tuple[Any, ...]]
    shown: int
    leads: bool
    """Whether they begin with the best of the list, so that it can be told how firm the first stand."""


def judge(session: Session, profile: Profile, wanted: Wanted) -> tuple[Judged, ...]:
    """The parcels of the page, judged, in their order."""
    rows = session.execute(wanted.rows).all()
    facts = [ranking.facts_of(row) for row in rows]
    firm = stability(profile, facts)[:SHOWN_FIRM] if wanted.leads else ()
    return tuple(
        Judged(row.id, evaluate(profile, known), share)
        for row, known, share in zip_longest(rows[: wanted.shown], facts[: wanted.shown], firm[: len(rows)])
    )
