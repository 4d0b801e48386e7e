"""Which format a file really has, by its first bytes and not by its name. Nothing is read beyond that.

GDAL is only ever given what was recognised here: a file that merely calls itself .geojson could otherwise be one of
GDAL's descriptions of other sources (VRT) and make the server read its own disk or the network.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from landportal.gis.notes import CannotRead

_SUFFIX_FORMATS = {
    "geojson": "GeoJSON", "json": "GeoJSON", "gpkg": "GeoPackage", "fgb": "FlatGeobuf", "shp": "Shapefile",
    "kml": "KML", "kmz": "KMZ", "xlsx": "XLSX", "gml": "XPlanGML", "zip": "ZIP", "gz": "GZIP",
}  # fmt: skip
_TEXT_SUFFIXES = {"csv", "tsv", "txt", "tab", ""}
_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")


def recognise(path: Path, whole: bool = False) -> str:
    """The format of the file at `path`; CannotRead says why it is none of ours. `whole`: see ReadOptions."""
    head = _first_bytes(path)
    found = _by_magic(head, path) or (_osm_format(head) if whole else None) or _by_text(head, path, whole)
    if found:
        return found
    suffix = path.suffix.lower().lstrip(".")
    if suffix == "xls":
        raise CannotRead("old_excel", file=path.name)
    if suffix in _SUFFIX_FORMATS:
        raise CannotRead("name_and_content_differ", file=path.name, suffix=suffix, found=_described(head))
    raise CannotRead("unknown_format", file=path.name)


def _first_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise CannotRead("is_folder", file=path.name)
    try:
        with path.open("rb") as file:
            head = file.read(65_536)
    except FileNotFoundError:
        raise CannotRead("no_file", file=str(path)) from None
    except OSError as error:
        raise CannotRead("no_access", file=path.name, reason=error.strerror or "I/O error") from None
    if not head:
        raise CannotRead("empty_file", file=path.name)
    return head


def _by_magic(head: bytes, path: Path) -> str | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_format(path)
    if head.startswith(b"SQLite format 3\0"):
        return "GeoPackage"
    if head.startswith(b"fgb\x03"):
        return "FlatGeobuf"
    if head.startswith(b"\x1f\x8b"):
        return "GZIP"
    return "Shapefile" if head.startswith(b"\0\0\x27\x0a") else None


def _zip_format(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise CannotRead("unreadable", file=path.name, format="ZIP", reason=str(error)) from None
    if "xl/workbook.xml" in names:
        return "XLSX"
    return "KMZ" if path.suffix.lower() == ".kmz" else "ZIP"


def _osm_format(head: bytes) -> str | None:
    """An OpenStreetMap extract, as PBF or XML."""
    if b"OSMHeader" in head[4:32]:
        return "OSM"
    root = _ROOT.search(head)
    return "OSM" if head.lstrip().startswith(b"<") and root and root.group(1) == b"osm" else None


def _by_text(head: bytes, path: Path, whole: bool) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    suffix = path.suffix.lower().lstrip(".")
    if text.startswith(b"{"):
        return "GeoJSON"
    if text.startswith(b"<"):
        return _xml_format(text, path, whole)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) and suffix in _TEXT_SUFFIXES:
        return "CSV"
    return "CSV" if suffix in _TEXT_SUFFIXES and b"\0" not in head[:512] else None


def _xml_format(text: bytes, path: Path, whole: bool) -> str:
    root = _ROOT.search(re.sub(rb"<!--.*?-->", b"", text, flags=re.DOTALL))
    name = root.group(1).decode("ascii", "replace") if root else "?"
    if name == "kml":
        return "KML"
    if name == "XPlanAuszug" or (name == "FeatureCollection" and b"xplanung.de/xplangml" in text):
        return "GML" if whole else "XPlanGML"
    if whole and b"opengis.net/gml" in text:
        return "GML"
    raise CannotRead("other_xml", file=path.name, root=name)


def _described(head: bytes) -> str:
    if b"\0" in head[:512]:
        return "binary data"
    return head[:24].decode("utf-8", "replace").split("\n")[0].strip() + " …"
