"""Land balances that were made lately: one on the whole state reads every parcel, so it is not made for each visitor.

A report is kept while nothing on the map was changed, and ten minutes at most: shares of "the last 90 days" move on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy.orm import Session

from landportal.services import layers
from landportal.services.reports import outlines
from landportal.services.reports.land_balance import LandBalance, Wanted, land_balance
from landportal.services.reports.outlines import Picture

KEPT_S = 600
REPORTS_MAX = 32
_KEY = "landportal-balances"
_SHOWN = ("parcels", "areas", "admin-units")


@dataclass(frozen=True)
class Made:
    """A report with the picture of its parts, the state of the land it was made of, and when."""

    report: LandBalance
    picture: Picture | None
    revisions: tuple[int, ...]
    at: float
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    """Finished files by format and language: setting a PDF takes seconds."""


def made(session: Session, wanted: Wanted) -> Made:
    """The report `wanted`, made now or lately; raises what `land_balance` raises."""
    kept: dict[Wanted, Made] = current_app.extensions.setdefault(_KEY, {})
    revisions, now = tuple(layers.revision_of(session, layer) for layer in _SHOWN), time.monotonic()
    known = kept.get(wanted)
    if known and known.revisions == revisions and now - known.at < KEPT_S:
        return known
    report = land_balance(session, wanted)
    fresh = Made(report, outlines.picture(session, report.unit, report.by), revisions, now)
    if len(kept) >= REPORTS_MAX:
        kept.clear()
    kept[wanted] = fresh
    return fresh
