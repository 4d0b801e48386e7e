"""Tables without a geometry type of their own: CSV and XLSX, whose geometry stands in a WKT column or two coordinates.

What the other columns mean is decided by the import.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS

from landportal.gis.geometry import Geometries, parse_crs, parse_geometries, stated_srid
from landportal.gis.notes import CannotRead, Note
from landportal.gis.readers.source import Batch, ReadOptions, Source, no_batches

Row = tuple[int, Sequence[object]]
"""Row number as a spreadsheet shows it, and its cells."""

_NAMES = {
    "wkt": ("wkt", "geometry", "geom", "the_geom", "geometrie", "wkt_geom", "geometry_wkt", "geom_wkt", "polygon",
            "shape", "ewkt", "wkb_geometry", "wkb"),
    "lon": ("lon", "lng", "long", "longitude", "laenge", "laengengrad", "geo_lon", "geolaenge", "lon_wgs84"),
    "lat": ("lat", "latitude", "breite", "breitengrad", "geo_lat", "geobreite", "lat_wgs84"),
    "x": ("x", "rechtswert", "ostwert", "easting", "east", "ost", "rw", "xcoord", "x_coord", "coord_x", "x_koordinate",
          "e", "utm_x", "utm_e"),
    "y": ("y", "hochwert", "nordwert", "northing", "north", "nord", "hw", "ycoord", "y_coord", "coord_y",
          "y_koordinate", "n", "utm_y", "utm_n"),
}  # fmt: skip
_LOOKS_WKT = re.compile(
    r"\s*(SRID\s*=\s*\d+\s*;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\b", re.IGNORECASE
)
_SPELT = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}
_SAMPLE = 100


@dataclass(frozen=True)
class Places:
    """Where the geometry stands: one WKT column, or two coordinate columns, by position."""

    wkt: int | None = None
    first: int | None = None
    second: int | None = None
    degrees: bool = False

    def roles(self) -> Sequence[tuple[int | None, str]]:
        """The positions with what stands there."""
        first, second = ("lon", "lat") if self.degrees else ("x", "y")
        return (self.wkt, "wkt"), (self.first, first), (self.second, second)


def table_source(
    path: Path, name: str, format_: str, rows: Iterator[Row], options: ReadOptions, decimal_comma: bool | None
) -> Source:
    """A source on `rows`, the first of which is the heading."""
    heading = next(rows, None)
    if heading is None:
        raise CannotRead("no_rows", file=name)
    titles, notes = _titles(heading[1])
    sample = list(islice(rows, _SAMPLE))
    places = _find_places(name, titles, sample, options)
    columns = tuple(t for i, t in enumerate(titles) if t and i not in {places.wkt, places.first, places.second})
    source = Source(path=path, format=format_, columns=columns, batches=no_batches, decimal_comma=decimal_comma)
    source.notes = notes
    source.places = {titles[i]: role for i, role in places.roles() if i is not None}
    source.crs = CRS.from_epsg(4326) if places.degrees else _srid_of(sample, places)
    if places.degrees and not options.crs:
        source.notes.append(Note("crs_assumed"))
    reading = _Reading(titles, places, options.batch_rows)
    source.batches = lambda: reading.batches(_chain(sample, rows))
    return source


def _chain(sample: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from sample
    yield from rest


def _titles(cells: Sequence[object]) -> tuple[list[str], list[Note]]:
    titles: list[str] = []
    notes = []
    for cell in cells:
        title = "" if cell is None else str(cell).strip()
        if title and title in titles:
            notes.append(Note("duplicate_heading", {"column": title}))
            title = ""
        titles.append(title)
    return titles, notes


def _find_places(name: str, titles: list[str], sample: list[Row], options: ReadOptions) -> Places:
    told = {role: _position(name, titles, title) for role, title in options.places.items()}
    found = {role: _named(titles, names) for role, names in _NAMES.items()} if not told else {}
    roles = {**found, **told}
    wkt = roles.get("wkt")
    if wkt is None and not told:
        wkt = _wkt_by_content(titles, sample)
    elif wkt is not None and not told and not _any_text(sample, wkt):
        wkt = None
    if wkt is not None:
        return Places(wkt=wkt)
    for first, second in (("lon", "lat"), ("x", "y")):
        if roles.get(first) is not None and roles.get(second) is not None:
            return Places(first=roles[first], second=roles[second], degrees=first == "lon")
    if options.needs_geometry:
        raise CannotRead("no_geometry", file=name, columns=", ".join(filter(None, titles)) or "–")
    return Places()


def _position(name: str, titles: list[str], title: str) -> int:
    if title not in titles:
        raise CannotRead("no_such_column", file=name, column=title, columns=", ".join(filter(None, titles)) or "–")
    return titles.index(title)


def _named(titles: list[str], names: Sequence[str]) -> int | None:
    folded = [_folded(title) for title in titles]
    return next((folded.index(name) for name in names if name in folded), None)


def _folded(title: str) -> str:
    text = title.casefold().translate(_SPELT)
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"[\[(].*?[\])]", "", text)).strip("_")


def _any_text(sample: list[Row], position: int) -> bool:
    return not sample or any(len(cells) > position and isinstance(cells[position], str) for _, cells in sample)


def _wkt_by_content(titles: list[str], sample: list[Row]) -> int | None:
    for position in range(len(titles)):
        texts = [cells[position] for _, cells in sample if len(cells) > position and cells[position]]
        if texts and all(isinstance(t, str) and _LOOKS_WKT.match(t) for t in texts[:10]):
            return position
    return None


def _srid_of(sample: list[Row], places: Places) -> CRS | None:
    if places.wkt is None:
        return None
    texts = [str(cells[places.wkt]) for _, cells in sample if len(cells) > places.wkt]
    srid = next((found for found in map(stated_srid, texts) if found), None)
    return parse_crs(str(srid)) if srid else None


@dataclass(frozen=True)
class _Reading:
    """Turns rows into batches."""

    titles: list[str]
    places: Places
    batch_rows: int

    def batches(self, rows: Iterator[Row]) -> Generator[Batch]:
        filled = (row for row in rows if any(cell not in (None, "") for cell in row[1]))
        while chunk := list(islice(filled, self.batch_rows)):
            yield self._batch(chunk)

    def _batch(self, chunk: list[Row]) -> Batch:
        width = len(self.titles)
        problems: dict[int, Note] = {}
        table: list[Sequence[object]] = []
        for place, (_, cells) in enumerate(chunk):
            if len(cells) != width:
                problems[place] = Note("field_count", {"found": len(cells), "expected": width})
                cells = [None] * width
            table.append(cells)
        by_column = list(zip(*table, strict=True))
        used = {self.places.wkt, self.places.first, self.places.second}
        columns = {t: list(by_column[i]) for i, t in enumerate(self.titles) if t and i not in used}
        geometry = self._geometry(by_column, len(chunk), problems)
        places = {self.titles[i]: list(by_column[i]) for i in sorted(i for i in used if i is not None)}
        return Batch([number for number, _ in chunk], columns, geometry, problems, places)

    def _geometry(self, columns: list[tuple[object, ...]], rows: int, problems: dict[int, Note]) -> Geometries:
        if self.places.wkt is not None:
            geometry, bad = parse_geometries([str(v) if v is not None else None for v in columns[self.places.wkt]])
            problems.update({int(place): Note("bad_geometry") for place in np.flatnonzero(bad)})
            return geometry
        if self.places.first is None or self.places.second is None:
            return np.full(rows, None, dtype=object)
        axes = [_coordinates(columns[p], problems) for p in (self.places.first, self.places.second)]
        points = np.asarray(shapely.points(axes[0], axes[1]), dtype=object)
        points[np.isnan(axes[0]) | np.isnan(axes[1])] = None
        return points


def _coordinates(cells: Sequence[object], problems: dict[int, Note]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    result = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        if cell is None or cell == "":
            continue
        value = coordinate(cell)
        if value is None:
            problems[place] = Note("bad_coordinate", {"value": str(cell)[:40]})
        else:
            result[place] = value
    return result


def coordinate(cell: object) -> float | None:
    """A coordinate, decimal point or comma, thousands marked by points, spaces or apostrophes; None if it is none.

    A single mark always is the decimal mark: no coordinate is written with three digits and one thousands mark.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return float(cell) if np.isfinite(cell) else None
    text = re.sub(r"[\s'’\u00a0\u202f°]", "", str(cell))
    if text.count(",") == 1 and text.count(".") != 1:
        text = text.replace(".", "").replace(",", ".")
    elif text.count(",") == 1:
        decimal = max(text.rfind(","), text.rfind("."))
        text = re.sub(r"[.,]", "", text[:decimal]) + "." + text[decimal + 1 :]
    elif re.fullmatch(r"[+-]?\d{1,3}(([.,])\d{3}(\2\d{3})+)", text):
        text = re.sub(r"[.,]", "", text)
    return float(text) if re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?", text) else None
