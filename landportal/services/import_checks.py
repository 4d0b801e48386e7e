"""Checks of single rows: values and geometry, a batch at a time.

Checks that need other rows live in `import_set_checks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from landportal.gis import geometry
from landportal.gis.geometry import Box, Geometries, Mask, Points
from landportal.gis.notes import Fact
from landportal.gis.readers import Batch
from landportal.services.import_issues import Issue, Severity
from landportal.services.import_readings import SOFT, ColumnReading
from landportal.services.import_values import ValueProblem, is_empty, read_text

_NEEDED: dict[str, Callable[[Geometries], Geometries]] = {
    "polygon": geometry.as_polygons,
    "line": geometry.as_lines,
    "point": geometry.as_points,
}


@dataclass
class CheckedRows:
    """A batch after its row checks: values by our column, geometry in storage CRS, what was found, what stays in."""

    numbers: list[int]
    values: dict[str, list[Any]]
    geometry: Geometries
    keys: list[str | None]
    issues: list[Issue] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    """Positions of rows that stay in."""
    sound: set[int] = field(default_factory=set)
    """Positions whose geometry is good so far: it is judged even where a value already keeps the row out."""

    def tell(self, place: int, severity: Severity, code: str, field_: str | None = None, value: object = None,
             **facts: Fact) -> None:  # fmt: skip
        """Note an issue of the row at `place`; a rejection or leaving out takes the row out."""
        shown = None if value is None else str(value)[:200].replace("\0", "\\0")
        self.issues.append(Issue(self.numbers[place], severity, code, field_, shown, facts))
        if severity in {Severity.REJECTED, Severity.LEFT_OUT}:
            self.kept.discard(place)
        if severity is Severity.REJECTED and field_ == "geometry":
            self.sound.discard(place)


@dataclass(frozen=True)
class Place:
    """What geometry checks need to know: the file's CRS, the region's box, and the type of geometry wanted."""

    crs: CRS
    region: Box
    needed: str
    likely: str | None = None
    """The reference system the file probably is in, where the stated one puts it outside the region."""


def check_values(
    batch: Batch, readings: list[ColumnReading], id_column: str | None, lenient: bool = True
) -> CheckedRows:
    """Read every matched column; a cell that cannot be used rejects its row, unless leaving it empty is harmless.

    It is not where an empty cell would take away what is stored: then nothing is `lenient`.
    """
    places = range(len(batch.numbers))
    rows = CheckedRows(batch.numbers, {}, batch.geometry, _keys(batch, id_column), kept=set(places), sound=set(places))
    for place, note in batch.problems.items():
        rows.tell(place, Severity.REJECTED, note.code, "geometry", None, **note.facts)
    for reading in readings:
        cells = batch.columns[reading.matched.theirs]
        values, problems = reading.read(cells)
        if reading.column.name not in rows.values or reading.column.stored:
            rows.values[reading.column.name] = values
        for place, problem in problems.items():
            severity = _severity(reading, problem, lenient)
            rows.tell(place, severity, problem.code, reading.matched.theirs, cells[place], **problem.facts)
    return rows


def _severity(reading: ColumnReading, problem: ValueProblem, lenient: bool) -> Severity:
    soft = lenient and problem.code in SOFT
    harmless = soft or not (reading.column.stored or reading.column.read == "zone")
    return Severity.WARNING if harmless else Severity.REJECTED


def _keys(batch: Batch, id_column: str | None) -> list[str | None]:
    """The source's own keys; a key too long for the store is replaced by its digest."""
    if id_column is None:
        return [None] * len(batch.numbers)
    keys: list[str | None] = []
    for cell in batch.columns[id_column]:
        try:
            key = None if is_empty(cell) else read_text(cell)
        except ValueProblem:
            key = None
        keys.append(key if key is None or len(key) <= 120 else hashlib.sha256(key.encode()).hexdigest())
    return keys


def check_geometry(rows: CheckedRows, place: Place) -> None:
    """Judge every geometry, bring it into the storage CRS and repair it where that changes nothing that matters."""
    _refuse(rows, shapely.is_missing(rows.geometry), "geometry_missing")
    _refuse(rows, _mask(rows) & shapely.is_empty(rows.geometry), "geometry_empty")
    _refuse(rows, _mask(rows) & ~geometry.has_finite_coordinates(rows.geometry), "geometry_not_finite")
    _flatten(rows)
    _fit_type(rows, place.needed)
    _refuse(rows, _mask(rows) & geometry.touches_null_island(rows.geometry), "null_island")
    _check_position(rows, place)
    sound = np.array(sorted(rows.sound), dtype=int)
    stored = np.full(len(rows.geometry), None, dtype=object)
    stored[sound] = geometry.to_storage(rows.geometry[sound], place.crs)
    rows.geometry = stored
    if place.needed == "polygon":
        _repair(rows)


def _mask(rows: CheckedRows) -> Mask:
    mask = np.zeros(len(rows.geometry), dtype=bool)
    mask[list(rows.sound)] = True
    return mask


def _refuse(rows: CheckedRows, which: Mask, code: str, **facts: Fact) -> None:
    for place in np.flatnonzero(which & _mask(rows)):
        rows.tell(int(place), Severity.REJECTED, code, "geometry", None, **facts)


def _flatten(rows: CheckedRows) -> None:
    solid = _mask(rows) & shapely.has_z(rows.geometry)
    if solid.any():
        for place in np.flatnonzero(solid):
            rows.tell(int(place), Severity.NOTE, "height_dropped", "geometry")
        rows.geometry = np.asarray(shapely.force_2d(rows.geometry), dtype=object)


def _fit_type(rows: CheckedRows, needed: str) -> None:
    convert = _NEEDED[needed]
    mask = _mask(rows)
    fitted = np.full(len(rows.geometry), None, dtype=object)
    # Points inside polygons are only to be found in valid ones; invalid ones are mended first.
    source = rows.geometry if needed != "point" else np.asarray(shapely.make_valid(rows.geometry), dtype=object)
    fitted[mask] = convert(source[mask])
    for place in np.flatnonzero(mask & shapely.is_missing(fitted)):
        found = str(rows.geometry[place].geom_type)
        rows.tell(int(place), Severity.REJECTED, f"geometry_no_{needed}", "geometry", None, found=found)
    if needed == "point":
        for place in np.flatnonzero(mask & np.isin(shapely.get_type_id(rows.geometry), (3, 6))):
            rows.tell(int(place), Severity.NOTE, "polygon_to_point", "geometry")
    rows.geometry = fitted


def _check_position(rows: CheckedRows, place: Place) -> None:
    mask = _mask(rows)
    if not mask.any():
        return
    points = geometry.centres(rows.geometry)
    degrees = geometry.to_degrees(points, place.crs)
    inside = geometry.within(degrees, place.region)
    swapped = mask & ~inside & geometry.within(geometry.to_degrees(points[:, ::-1], place.crs), place.region)
    for at in np.flatnonzero(swapped):
        x, y = (f"{value:.6g}" for value in points[at])
        rows.tell(int(at), Severity.REJECTED, "axes_swapped_row", "geometry", None, x=x, y=y)
    if place.likely:
        facts = {"crs": geometry.crs_name(place.crs), "likely": place.likely}
        _refuse_places(rows, _mask(rows) & ~inside, degrees, "wrong_crs", facts)
    unmeasurable = _mask(rows)
    unmeasurable[unmeasurable] = ~geometry.measurable(rows.geometry[unmeasurable], place.crs)
    _refuse_places(rows, unmeasurable, degrees, "not_measurable", {})


def _refuse_places(rows: CheckedRows, which: Mask, degrees: Points, code: str, facts: Mapping[str, Fact]) -> None:
    for at in np.flatnonzero(which):
        lon, lat = (_degree(value) for value in degrees[at])
        rows.tell(int(at), Severity.REJECTED, code, "geometry", None, lon=lon, lat=lat, **facts)


def _degree(value: float) -> Fact:
    return round(float(value), 2) if np.isfinite(value) else "?"


def _repair(rows: CheckedRows) -> None:
    repair = geometry.repair_polygons(rows.geometry)
    for place in np.flatnonzero(repair.hopeless & _mask(rows)):
        reason = str(repair.reasons[place])
        rows.tell(int(place), Severity.REJECTED, "geometry_invalid", "geometry", None, reason=reason)
    for place in np.flatnonzero(repair.mended & _mask(rows)):
        reason = str(repair.reasons[place])
        rows.tell(int(place), Severity.WARNING, "geometry_repaired", "geometry", None, reason=reason)
    rows.geometry = repair.geometries
    _refuse(rows, shapely.area(rows.geometry) < 1, "geometry_no_area")


def key_of_geometry(shape: Any) -> str:
    """A key that only the geometry decides: the digest of its normalised coordinates in the file's CRS."""
    flat = shapely.normalize(shapely.force_2d(shape))
    return "geometry-" + hashlib.sha256(shapely.to_wkb(flat, byte_order=1)).hexdigest()[:32]
