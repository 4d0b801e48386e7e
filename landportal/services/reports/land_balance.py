"""The land balance as one report: everything a page, a file or a terminal tells of a unit between two days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.gis.assembly import GAP_MAX_M, ROAD_WIDTH_M
from landportal.model import DataSet
from landportal.services import funding, provenance
from landportal.services.funding import FundedArea
from landportal.services.reports import contiguous, flows, reach
from landportal.services.reports.balance import NOTHING, Group, Stock, YearEnd, at_moments, stock
from landportal.services.reports.contiguous import Site
from landportal.services.reports.flows import Account
from landportal.services.reports.reach import YearSales
from landportal.services.reports.units import PARTS, Unit, UnitKind, find_unit

YEAR_ENDS = 5

__all__ = ["GAP_MAX_M", "ROAD_WIDTH_M", "LandBalance", "Wanted", "land_balance"]


@dataclass(frozen=True)
class Wanted:
    """What a report is asked for: the unit's key, the ends of two days, the parts, the gap of contiguous land in m."""

    unit: str
    begins: dt.date
    ends: dt.date
    by: UnitKind | None = None
    gap_m: float = ROAD_WIDTH_M


@dataclass(frozen=True)
class LandBalance:
    """The report. `by` None: the unit has no parts. `largest_by_part` in m² by the part's key."""

    wanted: Wanted
    unit: Unit
    by: UnitKind | None
    stock: Stock
    years: tuple[YearEnd, ...]
    account: Account
    sales: tuple[YearSales, ...]
    sites: tuple[Site, ...]
    largest_by_part: dict[str | None, Decimal]
    funding: tuple[FundedArea, ...]
    kept_since: dt.date | None
    sources: tuple[DataSet, ...]

    @property
    def free_m2(self) -> Decimal:
        """Free net land at the end."""
        return self.stock.amounts[Group.FREE].net_m2 if Group.FREE in self.stock.amounts else NOTHING

    @property
    def reach_years(self) -> Decimal | None:
        """Years for which the free land lasts at the mean sales of the last five; None where nothing was sold."""
        return reach.reach_years(self.free_m2, self.sales)


def land_balance(session: Session, wanted: Wanted) -> LandBalance:
    """The report `wanted`; `session` must see the end of its last day (`landportal.db.reading`).

    Raises InvalidInput for an unknown unit, days in the wrong order, parts the unit does not have, or a gap too wide.
    """
    unit = find_unit(session, wanted.unit)
    if wanted.begins > wanted.ends:
        raise InvalidInput("days_in_wrong_order", "from")
    if wanted.by is not None and wanted.by not in PARTS[unit.kind]:
        raise InvalidInput("no_such_parts", "by")
    if not 0 <= wanted.gap_m <= GAP_MAX_M:
        raise InvalidInput("gap_out_of_range", "gap")
    by = wanted.by or next(iter(PARTS[unit.kind]), None)
    held = stock(session, unit, by)
    kept_since = provenance.kept_since(session)
    # One pass over the versions of the past for all days.
    *years, opening = at_moments(session, unit, [*_year_ends(wanted.ends, kept_since), wanted.begins])
    return LandBalance(
        wanted, unit, by, held, tuple(years),
        flows.account(session, unit, opening, wanted.ends, held),
        reach.sales(session, unit, wanted.ends),
        contiguous.largest(session, unit, wanted.gap_m),
        contiguous.largest_by_part(session, unit, by, wanted.gap_m) if by else {},
        funding.of_unit(session, unit), kept_since, provenance.of_land(session),
    )  # fmt: skip


def _year_ends(day: dt.date, kept_since: dt.date | None) -> list[dt.date]:
    """Ends of the years before `day` of which the portal keeps the state."""
    ends = [dt.date(year, 12, 31) for year in range(day.year - YEAR_ENDS, day.year)]
    return [end for end in ends if kept_since and end >= kept_since]
