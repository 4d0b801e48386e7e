"""The profile of an area: what a county annexes to its concept for the development of commercial land.

Facts of the area itself are `services.areas`'; here they meet the figures of the land balance and every parcel.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.model import Parcel
from landportal.services import areas, funding
from landportal.services.areas import AreaPage
from landportal.services.funding import FundedArea
from landportal.services.permissions import visible_to_public
from landportal.services.reports import contiguous, outlines, reach
from landportal.services.reports.balance import NOTHING, Group, Stock, net_m2, stock
from landportal.services.reports.contiguous import Site
from landportal.services.reports.outlines import Picture
from landportal.services.reports.reach import YearSales
from landportal.services.reports.units import find_unit


@dataclass(frozen=True)
class ProfileParcel:
    """A parcel of the area; areas in m², distances in m."""

    number: str
    name_de: str
    name_en: str | None
    status: str
    zone: str | None
    zone_restricted: bool
    servicing: str | None
    net_m2: Decimal
    available_from: dt.date | None
    price_eur_m2: Decimal | None
    grz: Decimal | None
    height_max_m: Decimal | None
    round_the_clock: bool | None
    power_mw: Decimal | None
    fibre_mbit: int | None
    rail_siding: bool | None
    constraint_kinds: list[str]
    confirmed_on: dt.date | None


@dataclass(frozen=True)
class AreaProfile:
    """An area with its figures on `day`, its parcels and a plan of them."""

    page: AreaPage
    day: dt.date
    gap_m: float
    stock: Stock
    sales: tuple[YearSales, ...]
    sites: tuple[Site, ...]
    parcels: tuple[ProfileParcel, ...]
    funding: tuple[FundedArea, ...]
    plan: Picture | None

    @property
    def free_m2(self) -> Decimal:
        """Free net land."""
        return self.stock.amounts[Group.FREE].net_m2 if Group.FREE in self.stock.amounts else NOTHING

    @property
    def reach_years(self) -> Decimal | None:
        """Years for which the free land lasts; None where nothing was sold in five years."""
        return reach.reach_years(self.free_m2, self.sales)

    @property
    def constraints(self) -> dict[str, int]:
        """Kinds of constraint zones over the area's parcels, with the number of parcels under each."""
        kinds = sorted({kind for parcel in self.parcels for kind in parcel.constraint_kinds})
        return {kind: sum(kind in parcel.constraint_kinds for parcel in self.parcels) for kind in kinds}


def area_profile(session: Session, slug: str, day: dt.date, gap_m: float) -> AreaProfile:
    """The profile of the area `slug` at the end of `day`, which `session` must see; NotFound if there is none."""
    page = areas.get_area(session, slug)
    unit = find_unit(session, f"area:{slug}")
    return AreaProfile(
        page, day, gap_m, stock(session, unit, None), reach.sales(session, unit, day),
        contiguous.largest(session, unit, gap_m), _parcels(session, page.area.id),
        funding.of_unit(session, unit), outlines.plan(session, unit),
    )  # fmt: skip


def _parcels(session: Session, area_id: int) -> tuple[ProfileParcel, ...]:
    day = func.date(func.timezone("Europe/Berlin", Parcel.confirmed_at))
    rows: Iterable[Sequence[Any]] = session.execute(
        select(
            Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.status, Parcel.zone, Parcel.zone_restricted,
            Parcel.servicing, net_m2(Parcel.area_m2), Parcel.available_from, Parcel.price_eur_m2, Parcel.grz,
            Parcel.height_max_m, Parcel.round_the_clock, Parcel.power_mw, Parcel.fibre_mbit, Parcel.rail_siding,
            Parcel.constraint_kinds, day,
        )
        .where(Parcel.area_id == area_id, visible_to_public())
        .order_by(Parcel.name_de.collate("german"), Parcel.number)
    )  # fmt: skip
    return tuple(ProfileParcel(*row) for row in rows)
