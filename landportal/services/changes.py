"""What changed on the market, newest first: sites that are new, changed, sold or withdrawn. Public facts alone.

The database keeps every version of a parcel and finds those that are news (`market_news`): a mere confirmation, a new
contact or an internal note is none. History for officers is `services.history`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.model import ParcelStatus

PAGE = 50
PAGE_MAX = 1_000

_TAKEN = (ParcelStatus.SOLD, ParcelStatus.LEASED, ParcelStatus.OWN_USE)

_COLUMNS = (
    "change_id", "id", "changed_at", "number", "name_de", "name_en", "status", "area_m2", "status_before",
)  # fmt: skip


class News(StrEnum):
    """Kinds of news."""

    NEW = "new"
    CHANGED = "changed"
    SOLD = "sold"
    """Sold, leased or kept for the owner's own use."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Item:
    """One piece of news: what became of site `number`, its status since. `key` never changes and orders the feed."""

    key: tuple[int, int]
    kind: News
    at: dt.datetime
    number: str
    name_de: str
    name_en: str | None
    status: str
    area_m2: float


@dataclass(frozen=True)
class Feed:
    """A page of news, newest first. `before` asks for the page of older ones; None where there is none."""

    items: tuple[Item, ...]
    before: tuple[int, int] | None


def feed(
    session: Session, limit: int = PAGE, before: tuple[int, int] | None = None, since: dt.datetime | None = None
) -> Feed:
    """News older than the key `before` and not older than `since`; at most PAGE_MAX, what is asked beyond is cut."""
    limit = max(1, min(limit, PAGE_MAX))
    found = func.market_news(limit + 1, *(before or (None, None))).table_valued(*_COLUMNS)
    rows = session.execute(select(found).order_by(found.c.change_id.desc(), found.c.id.desc())).all()
    items = tuple(_item(row) for row in rows[:limit] if since is None or row.changed_at >= since)
    return Feed(items, items[-1].key if len(rows) > limit == len(items) else None)


def _item(row: Any) -> Item:
    return Item(
        key=(row.change_id, row.id), kind=_kind(row), at=row.changed_at, number=row.number, name_de=row.name_de,
        name_en=row.name_en, status=row.status, area_m2=float(row.area_m2),
    )  # fmt: skip


def _kind(row: Any) -> News:
    if row.status_before is None:
        return News.NEW
    if row.status == row.status_before:
        return News.CHANGED
    if row.status in _TAKEN:
        return News.SOLD
    if row.status == ParcelStatus.WITHDRAWN:
        return News.WITHDRAWN
    return News.CHANGED
