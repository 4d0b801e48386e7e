"""Hostile and ordinary parcels to export, and what the store itself says of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.gis.fields import Field, Kind
from landportal.model import Parcel
from landportal.services.collections.parcel_fields import joined
from landportal.services.exports import ExportRequest, Scope, writing
from landportal.services.exports.record import Asked
from landportal.services.exports.request import columns_of, crs_of, format_of
from landportal.services.search import SearchCriteria
from tests.conftest import CORNER_E, CORNER_N, Land

ASKED = Asked({}, "https://portal.example.org")

NASTY = (
    '=HYPERLINK("http://example.org";"x")',
    "+49 361 – „Gewerbe“, Größe; 'x' & <b>\\n\\\\ </SimpleData>",
    "zwei\nZeilen,\r\nund ein\tTab",
    "-1+1 😀 \x01\x1f Ende\\.",
    "'=1+1",
    "@SUM(A1)",
)
"""Names as somebody might send them who means no good."""


def fill(land: Land) -> None:
    """Parcels H-0 … with every kind of value, holes, parts and names that break naive writers."""
    for n, name in enumerate(NASTY):
        land.parcel(
            f"H-{n}", east_km=2 + n, ha=1.2345 + n / 7, name_de=name, description_de=name * 30,
            zone="GE" if n % 2 else "SO",
            cadastral_ids=[f"16{n:04d}-001-00012/{n:03d}__"[:20]] * (n % 3), price_eur_m2="12.35", grz="0.8",
            plan_status=4000, available_from=dt.date(2027, 1, n + 1), fibre_mbit=1000, rail_siding=bool(n % 2),
            confirmed_at=dt.datetime(2026, 5, 1, 12, 30, n, 123000, dt.UTC), contact_email="amt@example.org",
        )  # fmt: skip
    e, n = CORNER_E + 15_000.123_456, CORNER_N + 3_000.987_654
    ring = f"({e} {n}, {e + 300.5} {n + 1.25}, {e + 280.75} {n + 200.001}, {e} {n})"
    hole = f"({e + 150} {n + 20}, {e + 200} {n + 60}, {e + 200} {n + 20}, {e + 150} {n + 20})"
    part = f"({e + 400} {n}, {e + 500} {n}, {e + 500} {n + 90.0004}, {e + 400} {n})"
    land.parcel("H-hole", geom=f"SRID=25832;MULTIPOLYGON(({ring}, {hole}), ({part}))")


def request(format_: str, crs: str | None = None, **facts: Any) -> ExportRequest:
    """An export of whatever status in `format_`; `columns` by commas."""
    wanted = format_of(format_)
    scope = facts.pop("scope", Scope.PUBLIC)
    columns = columns_of([facts.pop("columns", "")], scope)
    criteria = SearchCriteria(**{"status": (), **facts.pop("criteria", {})})
    return ExportRequest(wanted, crs_of(crs, wanted), criteria, scope, columns=columns, **facts)


def exported(session: Session, folder: Path, asked: ExportRequest, actor: Any = None, **options: Any) -> Path:
    """The written file of `asked`."""
    return writing.write(session, writing.prepare(session, actor, asked, ASKED), folder, **options)


def stored(session: Session, fields: tuple[Field, ...], srid: int = 25832) -> dict[str, tuple[dict[str, Any], Any]]:
    """Each visible parcel's values and shape by its number, read without any writer."""
    shape = func.st_asbinary(func.st_transform(Parcel.geom, srid)).label("shape")
    columns = [field.value.label(field.name) for field in fields]
    rows = session.execute(joined(select(*columns, shape).select_from(Parcel)).where(Parcel.status != "withdrawn"))
    found = {}
    for row in rows:
        values = dict(row._mapping)
        shape = shapely.from_wkb(bytes(values.pop("shape")))
        found[values["number"]] = (values, shape)
    return found


def read_back(path: Path | str, layer: str | None = None) -> tuple[dict[str, Any], list[dict[str, Any]], list[Any]]:
    """What GDAL reads: what it says of the file, the rows, and the shapes."""
    meta, _, geometry, values = pyogrio.raw.read(path, layer=layer, datetime_as_string=True)
    names = list(meta["fields"])
    rows = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)] if names else []
    return meta, rows, list(shapely.from_wkb(geometry)) if geometry is not None else []


def as_file_says(kind: Kind, value: Any) -> Any:
    """A stored value as GDAL tells it from a file that holds every kind but lists."""
    if value is None:
        return None
    match kind:
        case Kind.TEXTS:
            return ",".join(value)
        case Kind.DATE:
            return value.isoformat()
        case Kind.MOMENT:
            return value.astimezone(dt.UTC).isoformat(timespec="milliseconds")
        case _:
            return value


def told(kind: Kind, value: Any) -> Any:
    """A value that GDAL read, in the form of `as_file_says`."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    match kind:
        case Kind.BOOLEAN:
            return str(value).lower() in {"true", "1", "1.0"}
        case Kind.INTEGER:
            return int(value)
        case Kind.NUMBER:
            return float(value)
        case Kind.DATE:
            return str(value)[:10].replace("/", "-")
        case Kind.MOMENT:
            text = str(value).replace("/", "-").replace(" ", "T")
            return (
                dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
                .astimezone(dt.UTC)
                .isoformat(timespec="milliseconds")
            )
        case _:
            return str(value)


def far_apart(one: Any, other: Any) -> float:
    """How far apart two shapes lie at most (Hausdorff), in their units."""
    return float(shapely.hausdorff_distance(one, other)) if len(one.geoms) == len(other.geoms) else float("inf")


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to the 15 digits that formats write; an empty text is one that lacks."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-14 * max(abs(one), abs(other))
    return (None if one == "" else one) == (None if other == "" else other)
