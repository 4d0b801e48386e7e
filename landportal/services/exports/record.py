"""What a file says about itself: filter, moment, CRS, count, licence, attribution, columns. JSON, beside or in it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.gis.fields import Field, Kind
from landportal.gis.relations import MOMENT
from landportal.gis.writers.dxf import DIGITS as DXF_DIGITS
from landportal.gis.writers.vector import INDEXED_ROWS_MAX, TEXT_BYTES_MAX, column_names
from landportal.gis.writers.workbook import CELL_LENGTH_MAX
from landportal.model import DataSet
from landportal.services.exports.chosen import Chosen
from landportal.services.exports.crs import operation
from landportal.services.exports.request import ExportRequest

_SEMANTICS = {
    "xplan_zone_code": "XPlanung besondereArtDerBaulNutzung",
    "xplan_general_code": "XPlanung allgArtDerBaulNutzung",
    "plan_status": "XPlanung BP_Rechtsstand",
    "hilucs": "http://inspire.ec.europa.eu/codelist/HILUCSValue",
    "ags": "Amtlicher Gemeindeschlüssel (AGS), 8 digits",
    "cadastral_ids": "ALKIS Flurstückskennzeichen, 20 characters",
}
_NOTES = {
    "csv": ("A text that a spreadsheet would run as a formula (it begins with = + - @, tab or return) has an apostrophe"
            " before it; take away one apostrophe to get it back.",),
    "shapefile": (f"Texts are cut to {TEXT_BYTES_MAX} bytes; moments are texts (ISO 8601, UTC)."
                  " Columns are called as “column” says.",),
    "xlsx": (f"Without shapes. Texts are cut to {CELL_LENGTH_MAX} characters; moments are in UTC, to milliseconds.",),
    "dxf": (f"Coordinates have {DXF_DIGITS} decimals. Without attributes: layers are called by the status, the layer"
            " NUMBER holds the portal numbers.",),
    "flatgeobuf": (f"Moments are told to the millisecond. The spatial index is there up to {INDEXED_ROWS_MAX} sites.",),
    "gpkg": ("Moments are told to the millisecond.",),
    "gml": ("Moments are told to the millisecond. Axes are in the order of the authority.",),
    "kml": ("Coordinates have 9 decimals of a degree.",),
    "kmz": ("Coordinates have 9 decimals of a degree.",),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """How the filter was stated: names and values as the address has them, and the address of the portal."""

    filter: Mapping[str, list[str]]
    portal: str


def record(session: Session, request: ExportRequest, chosen: Chosen, asked: Asked) -> dict[str, Any]:
    """The record of an export as it stands at the moment `session` looks at."""
    moment: dt.datetime = session.scalar(select(MOMENT)) or dt.datetime.now(dt.UTC)
    sets = [data_set for data_set, _ in chosen.data_sets if data_set is not None]
    return {
        "title": "Commercial and industrial land (Gewerbe- und Industrieflächen)",
        "portal": asked.portal,
        "format": request.format.code,
        "media_type": request.format.media_type,
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "moment": moment.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "as_of": request.criteria.as_of.isoformat() if request.criteria.as_of else None,
        "filter": {name: list(values) for name, values in asked.filter.items()},
        "numbers": list(request.numbers),
        "scope": str(request.scope),
        "count": chosen.count,
        "without_cadastral_identifier": chosen.without_identifier,
        "crs": _crs(session, request),
        "licences": sorted({data_set.licence for data_set in sets}),
        "attribution": list(dict.fromkeys(data_set.attribution for data_set in sets)),
        "data_sets": [_data_set(data_set, parcels) for data_set, parcels in chosen.data_sets if data_set is not None],
        "schematic": any(data_set.schematic for data_set in sets),
        "columns": [_column(field, name) for field, name in _columns(request)],
        "notes": list(_NOTES.get(request.format.code, ())),
    }


def written(facts: Mapping[str, Any], **more: Any) -> str:
    """The record as a text to keep beside the file."""
    return json.dumps({**facts, **more}, ensure_ascii=False, indent=2) + "\n"


def lines(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The record as names and texts, for a sheet of a workbook."""
    told = [(name, _flat(value)) for name, value in facts.items() if name != "columns"]
    return told + [
        (f"column {each['column']}", f"{each['title_de']} / {each['title_en']}") for each in facts["columns"]
    ]


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _crs(session: Session, request: ExportRequest) -> dict[str, Any] | None:
    if not request.format.srids:
        return None
    how = operation(session, request.crs)
    return {
        "code": f"EPSG:{request.crs.srid}", "name": request.crs.name, "axes": _axes(request),
        "operation": how.how, "accuracy_m": how.accuracy_m, "software": how.software,
    }  # fmt: skip


def _axes(request: ExportRequest) -> str:
    if request.format.code == "gml":
        return "as the authority names them"
    return "easting, northing" if request.crs.metric else "longitude, latitude"


def _data_set(data_set: DataSet, parcels: int) -> dict[str, Any]:
    return {
        "name": data_set.name, "title_de": data_set.title_de, "title_en": data_set.title_en,
        "publisher": data_set.publisher, "licence": data_set.licence, "licence_url": data_set.licence_url,
        "attribution": data_set.attribution, "source_url": data_set.source_url,
        "data_date": data_set.data_date.isoformat() if data_set.data_date else None,
        "schematic": data_set.schematic, "parcels": parcels,
    }  # fmt: skip


def _columns(request: ExportRequest) -> list[tuple[Field, str]]:
    """The fields of the file, each with what its column is called there."""
    if not request.format.attributes:
        return [(field, field.name) for field in request.fields() if field.name in _TOLD_PLAINLY]
    fields = request.fields()
    short = column_names([field.name for field in fields]) if request.format.code == "shapefile" else {}
    return [(field, short.get(field.name, field.name)) for field in fields]


_TOLD_PLAINLY = {"number", "cadastral_ids"}


def _column(field: Field, name: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": field.name, "column": name, "kind": str(field.kind),
        "title_de": field.title_de, "title_en": field.title_en,
    }  # fmt: skip
    if field.codes:
        told["codes"] = list(field.codes)
    if field.name in _SEMANTICS:
        told["codelist"] = _SEMANTICS[field.name]
    if field.kind is Kind.TEXTS:
        told["list"] = True
    return told
