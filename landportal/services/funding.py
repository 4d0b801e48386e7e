"""Funded areas: grants brought by a table, and those of a unit with the land they bind.

Grants are not versioned: a report of a past day shows them as they are recorded today.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.model import Area, Funding, Parcel, ParcelStatus, Programme
from landportal.services.permissions import visible_to_public
from landportal.services.reports.balance import NOTHING, net_m2
from landportal.services.reports.units import Unit, UnitKind, within

COLUMNS = ("area_slug", "programme", "decided_on", "binding_until", "grant_eur", "source")
ROWS_MAX = 10_000


@dataclass(frozen=True)
class Grant:
    """A row of a table of grants; `row` is its number there, the heading being 1."""

    row: int
    area_slug: str
    programme: Programme
    decided_on: dt.date | None
    binding_until: dt.date | None
    grant_eur: Decimal | None
    source: str


@dataclass(frozen=True)
class FundedArea:
    """A grant to an area, with the area's net and available m² inside the unit asked for."""

    slug: str
    name_de: str
    name_en: str | None
    programme: str
    decided_on: dt.date | None
    binding_until: dt.date | None
    grant_eur: Decimal | None
    source: str
    net_m2: Decimal
    free_m2: Decimal

    def binds(self, day: dt.date) -> bool | None:
        """Whether the land is bound on `day`; None where nobody said until when."""
        return None if self.binding_until is None else day <= self.binding_until


def read_grants(text: str) -> tuple[Grant, ...]:
    """The grants of a table (CSV with a heading, separated by commas or semicolons).

    InvalidInput names row and column of what cannot be read; the whole table is then refused.
    """
    heading = text.lstrip("\ufeff").split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";" if ";" in heading else ",", strict=True)
    missing = {"area_slug", "programme", "source"} - set(rows.fieldnames or ())
    strangers = set(rows.fieldnames or ()) - set(COLUMNS)
    if missing or strangers:
        raise InvalidInput(f"the columns are {', '.join(COLUMNS)}", ", ".join(sorted(missing or strangers)))
    try:
        read = [_grant(number, row) for number, row in enumerate(rows, start=2)]
    except csv.Error as error:
        raise InvalidInput(f"this is not a table: {error}", f"row {rows.line_num}") from None
    if len(read) > ROWS_MAX:
        raise InvalidInput(f"more than {ROWS_MAX} rows", "file")
    return tuple(read)


def _grant(number: int, row: dict[str, str | None]) -> Grant:
    told = {name: (row.get(name) or "").strip() for name in COLUMNS}
    for name in ("area_slug", "source"):
        if not told[name] or "\x00" in told[name]:
            raise InvalidInput("a text is needed", f"row {number}, {name}")
    programme = next((code for code in Programme if code.lower() == told["programme"].lower()), None)
    if programme is None:
        raise InvalidInput(f"one of {', '.join(Programme)}", f"row {number}, programme")
    decided, until = (_day(number, name, told[name]) for name in ("decided_on", "binding_until"))
    if decided and until and until < decided:
        raise InvalidInput("the binding ends before the decision", f"row {number}, binding_until")
    return Grant(
        number, told["area_slug"], programme, decided, until, _euros(number, told["grant_eur"]), told["source"]
    )


def _day(number: int, name: str, text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput(f"{text[:20]}: a date like 2040-12-31 is needed", f"row {number}, {name}") from None


def _euros(number: int, text: str) -> Decimal | None:
    try:
        value = Decimal(text) if text else None
    except InvalidOperation:
        value = Decimal("NaN")
    if value is not None and not (value.is_finite() and 0 <= value < 10**12):
        raise InvalidInput(f"{text[:20]}: euros like 20100000 are needed", f"row {number}, grant_eur")
    return value


def record(session: Session, grants: Iterable[Grant]) -> int:
    """Record grants, each known by area, programme and day of decision; returns how many were new or changed.

    InvalidInput names the row whose area is unknown, or that stands in the table twice.
    """
    changed, seen = 0, set()
    for grant in grants:
        area_id = session.scalar(select(Area.id).where(Area.slug == grant.area_slug))
        if area_id is None:
            raise InvalidInput(f"there is no area named {grant.area_slug[:80]}", f"row {grant.row}, area_slug")
        key = (area_id, grant.programme, grant.decided_on)
        if key in seen:
            raise InvalidInput("the same grant stands here twice", f"row {grant.row}")
        seen.add(key)
        changed += _record(session, area_id, grant)
    session.flush()
    return changed


def _record(session: Session, area_id: int, grant: Grant) -> bool:
    known = session.scalar(
        select(Funding).where(
            Funding.area_id == area_id,
            Funding.programme == grant.programme,
            Funding.decided_on.is_not_distinct_from(grant.decided_on),
        )
    )
    if known is None:
        known = Funding(area_id=area_id, programme=grant.programme, decided_on=grant.decided_on)
        session.add(known)
    facts = (grant.binding_until, grant.grant_eur, grant.source)
    if (known.binding_until, known.grant_eur, known.source) == facts:
        return False
    known.binding_until, known.grant_eur, known.source = facts
    return True


def of_unit(session: Session, unit: Unit) -> tuple[FundedArea, ...]:
    """Grants to areas with land in `unit`, those that bind longest first."""
    net = net_m2(Parcel.area_m2)
    land = (
        select(
            Parcel.area_id.label("id"),
            func.sum(net).label("net"),
            func.sum(net).filter(Parcel.status == ParcelStatus.AVAILABLE).label("free"),
        )
        .where(visible_to_public(), within(unit), Parcel.area_id.in_(select(Funding.area_id)))
        .group_by(Parcel.area_id)
        .subquery("land")
    )
    here = or_(land.c.id.is_not(None), literal(unit.kind is UnitKind.STATE), Area.id == unit.area_id)
    rows: Iterable[Sequence[Any]] = session.execute(
        select(
            Area.slug, Area.name_de, Area.name_en, Funding.programme, Funding.decided_on, Funding.binding_until,
            Funding.grant_eur, Funding.source, func.coalesce(land.c.net, NOTHING), func.coalesce(land.c.free, NOTHING),
        )
        .join(Area, Area.id == Funding.area_id)
        .outerjoin(land, land.c.id == Area.id)
        .where(here)
        .order_by(Funding.binding_until.desc().nulls_last(), Area.name_de.collate("german"), Funding.id)
    )  # fmt: skip
    return tuple(FundedArea(*row) for row in rows)
