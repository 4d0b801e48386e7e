"""Days as people mean them: they begin and end where the land lies."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

HOME = ZoneInfo("Europe/Berlin")
"""Days begin and end where the land lies."""


def today() -> dt.date:
    """The date where the land lies."""
    return dt.datetime.now(HOME).date()


def end_of(day: dt.date) -> dt.datetime:
    """The last moment of `day`, or this moment while it lasts."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), HOME)
    return min(midnight, dt.datetime.now(HOME))
