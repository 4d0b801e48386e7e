"""Whose land a report counts: the state, a planning region, a county, a municipality or an area, and its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.model import AdminLevel, AdminUnit, Area, Parcel, SupersededKey

_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class UnitKind(StrEnum):
    """Kinds of unit, from the largest to the smallest."""

    STATE = "state"
    REGION = "region"
    COUNTY = "county"
    MUNICIPALITY = "municipality"
    AREA = "area"


PARTS: dict[UnitKind, tuple[UnitKind, ...]] = {
    UnitKind.STATE: (UnitKind.COUNTY, UnitKind.REGION, UnitKind.MUNICIPALITY, UnitKind.AREA),
    UnitKind.REGION: (UnitKind.COUNTY, UnitKind.MUNICIPALITY, UnitKind.AREA),
    UnitKind.COUNTY: (UnitKind.MUNICIPALITY, UnitKind.AREA),
    UnitKind.MUNICIPALITY: (UnitKind.AREA,),
    UnitKind.AREA: (),
}
"""What a unit can be broken down into; the first is usual."""


@dataclass(frozen=True)
class Unit:
    """A unit as an address names it: `key` is an official key, ``region:<slug>`` or ``area:<slug>``."""

    kind: UnitKind
    key: str
    name_de: str
    name_en: str | None = None
    admin_kind: str | None = None
    counties: tuple[str, ...] = ()
    """Keys of a region's counties."""
    area_id: int | None = None

    @property
    def slug(self) -> str:
        """The key without what says of which kind it is."""
        return self.key.partition(":")[2] or self.key


def region_slug(name: str) -> str:
    """A planning region's name as addresses write it: mittelthueringen."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().translate(_FOLDED)).strip("-")


def find_unit(session: Session, key: str) -> Unit:
    """The unit `key` names; a superseded key is that of its successor. InvalidInput("unit") for an unknown one."""
    kind, _, slug = key.partition(":")
    found: Unit | None = None
    if kind == "region" and slug:
        found = next((region for region in regions(session) if region.slug == slug), None)
    elif kind == "area" and slug:
        found = _area(session, slug)
    elif re.fullmatch(r"\d{2}|\d{5}|\d{8}", key, re.ASCII):
        found = _admin_unit(session, key)
    if found is None:
        raise InvalidInput(key, "unit")
    return found


def _admin_unit(session: Session, key: str) -> Unit | None:
    current = select(AdminUnit.ags, AdminUnit.level, AdminUnit.name, AdminUnit.kind).where(AdminUnit.valid_to.is_(None))
    row = session.execute(current.where(AdminUnit.ags == key)).first()
    if row is None:
        successor = select(SupersededKey.successor_ags).where(SupersededKey.ags == key).scalar_subquery()
        row = session.execute(current.where(AdminUnit.ags == successor)).first()
    return None if row is None else Unit(UnitKind(row.level), row.ags, row.name, admin_kind=row.kind)


def _area(session: Session, slug: str) -> Unit | None:
    row = session.execute(select(Area.id, Area.name_de, Area.name_en).where(Area.slug == slug)).first()
    return None if row is None else Unit(UnitKind.AREA, f"area:{slug}", row.name_de, row.name_en, area_id=row.id)


def regions(session: Session) -> tuple[Unit, ...]:
    """The planning regions that counties name, by name."""
    rows = session.execute(
        select(AdminUnit.region, func.array_agg(AdminUnit.ags))
        .where(AdminUnit.level == AdminLevel.COUNTY, AdminUnit.valid_to.is_(None), AdminUnit.region.is_not(None))
        .group_by(AdminUnit.region)
        .order_by(AdminUnit.region.collate("german"))
    )
    return tuple(
        Unit(UnitKind.REGION, f"region:{region_slug(name)}", name, counties=tuple(sorted(keys)))
        for name, keys in rows
        if name
    )


def choices(session: Session) -> tuple[Unit, ...]:
    """The state, its regions, counties and areas as a form offers them; municipalities are reached from a county."""
    rows = session.execute(
        select(AdminUnit.ags, AdminUnit.level, AdminUnit.name, AdminUnit.kind)
        .where(AdminUnit.level.in_([AdminLevel.STATE, AdminLevel.COUNTY]), AdminUnit.valid_to.is_(None))
        .order_by(AdminUnit.level.desc(), AdminUnit.name.collate("german"))
    ).all()
    places = [Unit(UnitKind(row.level), row.ags, row.name, admin_kind=row.kind) for row in rows]
    areas = session.execute(
        select(Area.id, Area.slug, Area.name_de, Area.name_en).order_by(Area.name_de.collate("german"))
    )
    listed = [Unit(UnitKind.AREA, f"area:{slug}", de, en, area_id=key) for key, slug, de, en in areas]
    states = [unit for unit in places if unit.kind is UnitKind.STATE]
    return (*states, *regions(session), *(unit for unit in places if unit.kind is UnitKind.COUNTY), *listed)


def within(unit: Unit, land: Any = Parcel) -> ColumnElement[bool]:
    """The condition that a row of `land` (Parcel, or columns of the same names) lies in `unit`.

    Said of a column that an index serves where there is one.
    """
    clause: ColumnElement[bool]
    if unit.kind is UnitKind.STATE:
        clause = land.county_ags.like(f"{unit.key}%")
    elif unit.kind is UnitKind.REGION:
        clause = land.county_ags.in_(unit.counties)
    elif unit.kind is UnitKind.COUNTY:
        clause = land.county_ags == unit.key
    elif unit.kind is UnitKind.MUNICIPALITY:
        clause = land.municipality_ags == unit.key
    else:
        clause = land.area_id == unit.area_id
    return clause
