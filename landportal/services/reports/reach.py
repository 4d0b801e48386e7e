"""How long the free land lasts: sales of the last five full years by the day of sale, and years of reach.

A parcel counts in the year in which it was sold or leased (`status_since`), if it still is at the moment looked at; so
sales from before the portal's records count too, and a sale that fell through does not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Integer, cast, extract, func, select
from sqlalchemy.orm import Session

from landportal.model import Parcel
from landportal.services.reports.balance import NOTHING, STATUSES, Group, net_m2
from landportal.services.reports.units import Unit, within

YEARS = 5


@dataclass(frozen=True)
class YearSales:
    """Net land sold or leased in a year; the last one may not be over."""

    year: int
    parcels: int
    net_m2: Decimal
    whole: bool


def full_years(day: dt.date) -> tuple[int, ...]:
    """The last five years that are over at the end of `day`."""
    last = day.year if (day.month, day.day) == (12, 31) else day.year - 1
    return tuple(range(last - YEARS + 1, last + 1))


def sales(session: Session, unit: Unit, day: dt.date) -> tuple[YearSales, ...]:
    """Sales of the five full years before the end of `day`, and of the year that is running then."""
    years = full_years(day)
    wanted = years if years[-1] == day.year else (*years, day.year)
    year = cast(extract("year", Parcel.status_since), Integer)
    rows = session.execute(
        select(year.label("year"), func.count().label("parcels"), func.sum(net_m2(Parcel.area_m2)).label("net"))
        .where(Parcel.status.in_(STATUSES[Group.TAKEN]), within(unit))
        .where(Parcel.status_since.between(dt.date(wanted[0], 1, 1), day))
        .group_by(year)
    )
    known = {row.year: (row.parcels, row.net) for row in rows}
    return tuple(YearSales(each, *known.get(each, (0, NOTHING)), whole=each in years) for each in wanted)


def mean_sales(by_year: Sequence[YearSales]) -> Decimal:
    """Mean net m² sold in a full year."""
    whole = [year.net_m2 for year in by_year if year.whole]
    return sum(whole, NOTHING) / len(whole) if whole else NOTHING


def reach_years(free_m2: Decimal, by_year: Sequence[YearSales]) -> Decimal | None:
    """Free net land ÷ mean yearly sales; None where nothing was sold in the five years."""
    mean = mean_sales(by_year)
    return free_m2 / mean if mean else None
