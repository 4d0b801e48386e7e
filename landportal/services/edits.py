"""What an officer wants of a parcel, as a value: the attributes that may be set, an edit, and an edit as JSON.

Doing it, or proposing it, is the work of `editing`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from shapely import MultiPolygon, Polygon, from_wkt

from landportal.model import Parcel, Proposal
from landportal.services.permissions import Actor

EDITABLE = tuple(
    """
    name_de name_en cadastral_ids area_id zone zone_restricted noise_quota_day_db noise_quota_night_db xplan_zone_code
    plan_status plan_name plan_link grz gfz bmz height_max_m round_the_clock planning_as_of status status_since
    status_until servicing servicing_until available_from price_eur_m2 price_on_request price_kind lot_min_m2 owner_kind
    large_scale_reserve power_mw power_later_mw power_later_from power_source gas water_m3_d waste_water_pe fibre_mbit
    rail_siding supply_as_of description_de description_en contact_name contact_phone contact_email
    """.split()  # noqa: SIM905 - a list of bare names reads best as text
)
"""Attributes an officer may set. Number and provenance stay; confirmation has a way of its own."""


@dataclass(frozen=True)
class Confirmation:
    """When, and by which organisation, a record was confirmed; nothing where it never was."""

    at: dt.datetime | None
    by: str | None


def confirmed_now(actor: Actor) -> Confirmation:
    """The confirmation an actor gives with an edit."""
    return Confirmation(dt.datetime.now(dt.UTC), actor.organisation)


@dataclass(frozen=True)
class Edit:
    """What an officer wants of one parcel. `version` is the one the officer saw; `values` are typed as the columns.

    `geom` is a polygon in EPSG:25832. A change of status goes through `values` too. `confirmation` is what the record
    says of its last confirmation afterwards. `restores` is an older version that is put back: what once was may come
    back whatever status stands now, so the rules of status do not bind it.
    """

    number: str
    version: int
    values: Mapping[str, Any] = field(default_factory=dict)
    geom: Polygon | MultiPolygon | None = None
    reason: str | None = None
    confirmation: Confirmation | None = None
    restores: int | None = None


@dataclass(frozen=True)
class Part:
    """What an approver keeps of a proposal: names of attributes (``geom`` for the shape), compared with `version`."""

    version: int
    fields: frozenset[str]


def as_content(edit: Edit) -> dict[str, Any]:
    """`edit` as JSON: dates and numbers as text, the shape as WKT in EPSG:25832."""
    content: dict[str, Any] = {"values": {name: _as_json(value) for name, value in edit.values.items()}}
    if edit.geom is not None:
        content["geom"] = edit.geom.wkt
    if edit.confirmation:
        at = edit.confirmation.at
        content["confirmation"] = {"at": at.isoformat() if at else None, "by": edit.confirmation.by}
    if edit.restores is not None:
        content["restores"] = edit.restores
    return content


def as_edit(parcel: Parcel, proposal: Proposal) -> Edit:
    """The edit a proposal asks for, on the version it was made for."""
    columns = Parcel.__table__.columns
    values = {
        name: _READERS.get(columns[name].type.python_type, lambda value: value)(value) if value is not None else None
        for name, value in proposal.content["values"].items()
    }
    content = proposal.content
    shape = from_wkt(content["geom"]) if content.get("geom") else None
    return Edit(
        parcel.number, proposal.base_version, values, shape, proposal.reason,
        _as_confirmation(content.get("confirmation")), content.get("restores"),
    )  # fmt: skip


def _as_confirmation(content: Mapping[str, str | None] | None) -> Confirmation | None:
    if content is None:
        return None
    return Confirmation(dt.datetime.fromisoformat(content["at"]) if content["at"] else None, content["by"])


_READERS: Mapping[type, Callable[[Any], Any]] = {Decimal: Decimal, dt.date: dt.date.fromisoformat}


def _as_json(value: Any) -> Any:
    if isinstance(value, Decimal | dt.date):
        return str(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
