"""What the catalogue's addresses share: their blueprint, and the ways a data set can be taken along."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, url_for

from landportal.model import ParcelStatus
from landportal.services.catalogue import Entry
from landportal.services.exports import FORMATS
from landportal.web import language, wording

blueprint = Blueprint("catalogue", __name__)

FILE_TYPES = {
    "geojson": "GEOJSON", "gpkg": "GPKG", "shapefile": "SHP", "gml": "GML", "kml": "KML", "kmz": "KMZ", "dxf": "DXF",
    "csv": "CSV", "xlsx": "XLSX", "geoparquet": "PARQUET",
}  # fmt: skip
"""Names of formats in the EU's list of file types."""


@dataclass(frozen=True)
class Distribution:
    """One way to take a data set along: `title` in the asker's words, absolute address, media type."""

    title: str
    url: str
    media_type: str
    file_type: str | None
    """Name in the EU's list of file types, where it has one."""


def distributions(entry: Entry) -> tuple[Distribution, ...]:
    """How the data set of `entry` can be taken along."""
    name = entry.collection.id
    items = url_for("ogc_api.items", collection=name, _external=True)
    ways = (
        Distribution("GeoJSON (OGC API Features)", f"{items}?f=json", "application/geo+json", "GEOJSON"),
        Distribution("HTML", f"{items}?f=html", "text/html", "HTML"),
        Distribution(
            "Mapbox Vector Tiles (OGC API Tiles)",
            url_for("ogc_api.tilesets", collection=name, _external=True),
            "application/vnd.mapbox-vector-tile",
            None,
        ),
    )
    return (*ways, *_exports()) if name == "parcels" else ways


def _exports() -> tuple[Distribution, ...]:
    """The parcels of every status as files, in each format."""
    status = [code.value for code in ParcelStatus if code is not ParcelStatus.WITHDRAWN]
    return tuple(
        Distribution(
            wording.in_language(one.name_de, one.name_en) or code,
            url_for("planning.export", lang=language.current(), format_=code, status=status, _external=True),
            one.media_type,
            FILE_TYPES.get(code),
        )
        for code, one in FORMATS.items()
        if not one.plain
    )


def to_be_asked_again(response: Response) -> Response:
    """The answer may be kept, but is asked for anew each time."""
    response.headers["Cache-Control"] = "no-cache"
    return response
