"""The ladder of freshness: how old the last confirmation of a record is."""

from __future__ import annotations

from enum import StrEnum


class Freshness(StrEnum):
    """Age of the last confirmation by the responsible officer: up to 30, 60, 90, 120 days, or beyond."""

    FRESH = "fresh"
    DUE = "due"
    OLD = "old"
    STALE = "stale"
    UNCONFIRMED = "unconfirmed"

    @classmethod
    def of_days(cls, days: int | None) -> Freshness:
        """The step of the ladder for `days` since confirmation; never confirmed counts as beyond."""
        if days is None:
            return cls.UNCONFIRMED
        return next((step for limit, step in FRESHNESS_LADDER if days <= limit), cls.UNCONFIRMED)


FRESHNESS_LADDER = (
    (30, Freshness.FRESH),
    (60, Freshness.DUE),
    (90, Freshness.OLD),
    (120, Freshness.STALE),
)
"""Days since the last confirmation up to which a record stands on a step; beyond the last it is unconfirmed."""
