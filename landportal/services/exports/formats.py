"""The formats parcels are exported in: codes (permanent), media types, what each is good for and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

from landportal.gis.writers.workbook import ROWS_MAX
from landportal.services.exports.crs import EXPORT_CRS, WGS84


@dataclass(frozen=True)
class Format:
    """A format of export. Names and `good_for` are in German and English.

    `extension`: of the file that is handed out. `streamed`: sent while the database still reads. `srids`: the CRS it
    may be in, the usual one first; empty for a format without shapes. `plain`: it tells numbers and identifiers alone.
    """

    code: str
    extension: str
    media_type: str
    name_de: str
    name_en: str
    good_for_de: str
    good_for_en: str
    srids: tuple[int, ...]
    streamed: bool = False
    rows_max: int | None = None
    plain: bool = False
    attributes: bool = True


_ALL = tuple(EXPORT_CRS)
_METRIC = tuple(srid for srid, crs in EXPORT_CRS.items() if crs.metric)
_LON_LAT_FIRST = (WGS84.srid, *_METRIC)
_LON_LAT = (WGS84.srid,)

_LISTED = (
    Format(
        "geojson", "geojson", "application/geo+json", "GeoJSON", "GeoJSON",
        "Webkarten und Skripte; Listen bleiben Listen.", "Web maps and scripts; lists stay lists.",
        _LON_LAT_FIRST, streamed=True,
    ),
    Format(
        "geojsonseq", "geojsons", "application/geo+json-seq", "GeoJSON-Textfolge", "GeoJSON text sequence",
        "Werkzeuge, die Zeile für Zeile lesen: sehr große Mengen.", "Tools that read line by line: very large sets.",
        _LON_LAT_FIRST, streamed=True,
    ),
    Format(
        "gpkg", "gpkg", "application/geopackage+sqlite3", "GeoPackage", "GeoPackage",
        "QGIS und ArcGIS: eine Datei mit Index und Herkunft.", "QGIS and ArcGIS: one file with index and origin.", _ALL,
    ),
    Format(
        "flatgeobuf", "fgb", "application/flatgeobuf", "FlatGeobuf", "FlatGeobuf",
        "Große Mengen im Netz: Programme laden nur den Ausschnitt.",
        "Large sets online: programs fetch a section only.", _ALL,
    ),
    Format(
        "geoparquet", "parquet", "application/vnd.apache.parquet", "GeoParquet", "GeoParquet",
        "Auswertung mit Python, R und DuckDB.", "Analysis in Python, R and DuckDB.", _ALL,
    ),
    Format(
        "shapefile", "shp.zip", "application/zip", "Shapefile (ZIP)", "Shapefile (ZIP)",
        "Ältere GIS; Spaltennamen auf 10 Zeichen, Texte auf 254 gekürzt.",
        "Older GIS; column names are cut to 10 characters, texts to 254.", _ALL, rows_max=400_000,
    ),
    Format(
        "gml", "gml.zip", "application/zip", "GML 3.2 (ZIP mit Schema)", "GML 3.2 (ZIP with schema)",
        "Behördlicher Austausch nach OGC.", "Exchange between authorities by OGC's rules.", _ALL,
    ),
    Format(
        "kml", "kml", "application/vnd.google-earth.kml+xml", "KML", "KML",
        "Google Earth; immer WGS 84.", "Google Earth; always WGS 84.", _LON_LAT, streamed=True,
    ),
    Format(
        "kmz", "kmz", "application/vnd.google-earth.kmz", "KMZ", "KMZ",
        "KML, gepackt zum Verschicken.", "KML, packed for sending.", _LON_LAT,
    ),
    Format(
        "dxf", "dxf", "image/vnd.dxf", "DXF", "DXF",
        "CAD: Umrisse je Status und die Nummer als Text, ohne Merkmale.",
        "CAD: outlines by status and the number as a text, without attributes.", _METRIC, streamed=True,
        attributes=False,
    ),
    Format(
        "csv", "csv", "text/csv", "CSV", "CSV",
        "Jedes Programm; die Fläche als WKT in der letzten Spalte.",
        "Any program; the shape as WKT in the last column.", _ALL, streamed=True,
    ),
    Format(
        "xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel (XLSX)",
        "Excel (XLSX)", "Tabellen; ohne Flächenform, bis 1.048.575 Zeilen.",
        "Spreadsheets; without shapes, up to 1,048,575 rows.", (), rows_max=ROWS_MAX,
    ),
    Format(
        "cadastral", "csv", "text/csv", "Flurstückskennzeichen (CSV)", "Cadastral identifiers (CSV)",
        "Je Flurstück eine Zeile mit Kennzeichen und Portalnummer.",
        "A line for each cadastral parcel: its identifier and the portal number.", (), streamed=True, plain=True,
        attributes=False,
    ),
    Format(
        "cadastral-list", "txt", "text/plain", "Flurstückskennzeichen (Liste)", "Cadastral identifiers (list)",
        "Nur die Kennzeichen, eines je Zeile: zum Einfügen in andere Programme.",
        "The identifiers alone, one a line: to paste into other programs.", (), streamed=True, plain=True,
        attributes=False,
    ),
)  # fmt: skip

FORMATS: dict[str, Format] = {listed.code: listed for listed in _LISTED}
"""By code, in the order they are shown."""
