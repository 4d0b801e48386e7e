"""How a delivered file is to be understood: what the officer chose, as a frozen value and as JSON in the delivery."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from landportal.gis.readers import Limits
from landportal.model import Delivery, Organisation
from landportal.services.import_columns import ImportKind
from landportal.services.imports import DataSetFacts, ImportRequest, data_sets
from landportal.services.permissions import Scope

LIMITS = Limits(unpacked_bytes=1_000_000_000, ratio=100, members=500)
"""What an upload may unpack to: less than an operator's file, because anybody with an account may send one."""


@dataclass(frozen=True)
class DeliveryOptions:
    """What was chosen. `mapping` holds only what differs from the guess: their column → ours, a place, or NOT_USED.

    `label` tells several lists of one organisation apart; with the organisation it names the data set.
    """

    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    id_column: str | None = None
    by_number: bool = False
    label: str = ""
    title: str | None = None
    licence: str | None = None
    attribution: str | None = None
    data_date: dt.date | None = None
    columns_key: str = ""
    """By which the next file with these headings is known (`columns_key`)."""

    def as_json(self) -> dict[str, Any]:
        """As the delivery keeps it."""
        plain = dataclasses.asdict(self)
        return {**plain, "data_date": self.data_date.isoformat() if self.data_date else None}

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> DeliveryOptions:
        """What `as_json` kept; names that are no options any more are left alone."""
        known = {name: kept[name] for name in (f.name for f in dataclasses.fields(cls)) if name in kept}
        day = known.get("data_date")
        return cls(**{**known, "data_date": dt.date.fromisoformat(day) if day else None})

    def lasting(self) -> dict[str, Any]:
        """What holds for the next month's file too."""
        return {name: value for name, value in self.as_json().items() if name != "data_date"}


def options_of(delivery: Delivery) -> DeliveryOptions:
    """What was chosen for the delivery so far."""
    return DeliveryOptions.of_json(delivery.options)


def source_of(organisation_id: int, label: str) -> str:
    """The name of the data set: org-7, or org-7-brachen."""
    slug = re.sub(r"[^a-z0-9]+", "-", label.casefold()).strip("-")[:60]
    return f"org-{organisation_id}-{slug}".strip("-")


def defaults(session: Session, delivery: Delivery, label: str = "") -> DataSetFacts:
    """What is known about the organisation's data set, or what is said of a new one."""
    name = source_of(delivery.organisation_id, label)
    known = data_sets.find(session, name)
    if known:
        return DataSetFacts(name, known.title_de, None, known.publisher, known.licence, attribution=known.attribution)
    organisation = session.get_one(Organisation, delivery.organisation_id).name
    return DataSetFacts(name, f"Gewerbeflächen {organisation}", None, organisation, "dl-de/by-2-0",
                        attribution=f"© {organisation}")  # fmt: skip


def request_for(
    session: Session, delivery: Delivery, file: Path, options: DeliveryOptions, scope: Scope
) -> ImportRequest:
    """The import that the delivery asks for, bounded to `scope`."""
    facts = defaults(session, delivery, options.label)
    facts = dataclasses.replace(
        facts, title_de=options.title or facts.title_de, title_en=options.title or facts.title_de,
        licence=options.licence or facts.licence, attribution=options.attribution or facts.attribution,
        data_date=options.data_date,
    )  # fmt: skip
    return ImportRequest(
        kind=ImportKind.PARCELS, file=file, data_set=facts, layer=options.layer, crs=options.crs,
        encoding=options.encoding, mapping=options.mapping, id_column=options.id_column, by_number=options.by_number,
        scope=scope, keep_rejected=not options.by_number, limits=LIMITS,
    )  # fmt: skip


def columns_key(columns: Iterable[str]) -> str:
    """By which a monthly file is known again: the set of its headings, whatever their order."""
    return hashlib.sha256(json.dumps(sorted(columns)).encode()).hexdigest()
