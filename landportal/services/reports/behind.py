"""The parcels behind a figure of a land balance that a search cannot ask for.

A figure is named ``line:<line of the account>``, ``sales:<year>`` or ``zone:<zone>:<servicing>:<group>``, where ``-``
stands for what parcels do not say.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.model import Parcel, Servicing, Zone
from landportal.services.permissions import visible_to_public
from landportal.services.reports import flows
from landportal.services.reports.balance import STATUSES, Group, group_of, net_m2
from landportal.services.reports.flows import Line, Moved
from landportal.services.reports.units import Unit, within

UNSAID = "-"
LISTED_MAX = 500
"""Parcels on one page of the list."""


@dataclass(frozen=True)
class Figure:
    """A figure by its name: one of `line`, `year` or `zone_row` (zone, servicing, group)."""

    line: Line | None = None
    year: int | None = None
    zone_row: tuple[str | None, str | None, Group] | None = None


@dataclass(frozen=True)
class Behind:
    """A page of the parcels behind a figure, largest first, and what all of them come to."""

    parcels: tuple[Moved, ...]
    count: int
    net_m2: Decimal


def read_figure(name: str) -> Figure:
    """The figure `name` means; InvalidInput("of") for another text."""
    kind, *rest = name.split(":")
    if kind == "line" and len(rest) == 1 and rest[0] in set(Line):
        return Figure(line=Line(rest[0]))
    if kind == "sales" and len(rest) == 1 and re.fullmatch(r"[12]\d{3}", rest[0], re.ASCII):
        return Figure(year=int(rest[0]))
    if kind == "zone" and len(rest) == 3 and _known(rest):
        zone, servicing, group = rest
        return Figure(
            zone_row=(None if zone == UNSAID else zone, None if servicing == UNSAID else servicing, Group(group))
        )
    raise InvalidInput(name, "of")


def _known(parts: list[str]) -> bool:
    zone, servicing, group = parts
    return zone in {*Zone, UNSAID} and servicing in {*Servicing, UNSAID} and group in set(Group)


def parcels(session: Session, unit: Unit, days: tuple[dt.date, dt.date], figure: Figure, page: int = 1) -> Behind:
    """The parcels of `unit` behind `figure`; `session` must see the end of the second of `days`."""
    cut = slice((page - 1) * LISTED_MAX, page * LISTED_MAX)
    if figure.line:
        return Behind(
            flows.behind(session, unit, days, figure.line, cut), *flows.sum_behind(session, unit, days, figure.line)
        )
    wanted = (visible_to_public(), within(unit), *_conditions(figure, days[1]))
    net, group = net_m2(Parcel.area_m2), group_of(Parcel.status)
    rows = session.execute(
        select(Parcel.number, Parcel.name_de, Parcel.name_en, literal(""), group, net)
        .where(*wanted)
        .order_by(Parcel.area_m2.desc(), Parcel.number)
        .offset(cut.start)
        .limit(LISTED_MAX)
    )
    listed = tuple(Moved(*row) for row in rows)
    count, whole = session.execute(
        select(func.count(), func.coalesce(func.sum(net), 0)).select_from(Parcel).where(*wanted)
    ).one()
    return Behind(listed, count, whole)


def _conditions(figure: Figure, day: dt.date) -> list[ColumnElement[bool]]:
    if figure.zone_row:
        zone, servicing, group = figure.zone_row
        return [Parcel.zone.is_not_distinct_from(zone), Parcel.servicing.is_not_distinct_from(servicing),
                Parcel.status.in_(STATUSES[group])]  # fmt: skip
    year = figure.year or day.year
    until = min(dt.date(year, 12, 31), day)
    return [Parcel.status.in_(STATUSES[Group.TAKEN]), Parcel.status_since.between(dt.date(year, 1, 1), until)]
