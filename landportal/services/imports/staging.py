"""From a file to the stage: read batches, check rows, COPY what may stay. Memory is bounded by one batch.

Checks that need other rows run afterwards, in SQL (`import_set_checks`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import psycopg
import shapely
from psycopg import sql
from pyproj import CRS
from sqlalchemy import Table
from sqlalchemy.orm import Session

from landportal.gis import geometry
from landportal.gis.notes import Note
from landportal.gis.readers import Batch, Source
from landportal.services.import_checks import CheckedRows, Place, check_geometry, check_values, key_of_geometry
from landportal.services.import_columns import COLUMNS, ImportKind
from landportal.services.import_issues import ImportRefused, Issue, Severity
from landportal.services.import_matching import ColumnMatch, Matched
from landportal.services.import_readings import ColumnReading, decimal_comma_by_evidence
from landportal.services.import_values import UNIT_SYMBOLS, NumberStyle, is_empty
from landportal.services.imports.finishing import finish
from landportal.services.imports.requests import ImportRequest
from landportal.services.imports.targets import ISSUES, TARGETS

Progress = Callable[[int, int | None], None]
"""Told after each batch: rows read so far, and how many there are if that is known."""


def silent(done: int, total: int | None) -> None:
    """Progress for callers that show none."""


_NUMERIC_READS = {"number", "integer", "price", "supply", "supply_integer", "voltage"}


@dataclass
class Staged:
    """What staging counted, beside the rows it put into the stage."""

    read: int = 0
    shapes: Counter[str] = field(default_factory=Counter)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: list[Note] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    """Columns of ours that the file fills; only these are compared and written."""
    merged: list[str] = field(default_factory=list)
    """Columns of parcels found by number that were merged with the store."""


@dataclass
class Staging:
    """Stages one source."""

    session: Session
    request: ImportRequest
    match: ColumnMatch
    stage: Table
    region: geometry.Box
    progress: Progress

    def run(self, source: Source) -> Staged:
        """Read, check and stage every row of `source`."""
        staged = Staged()
        batches = source.batches()
        first = next(batches, None)
        if first is None:
            raise ImportRefused("no_rows", file=self.request.file.name)
        readings = self._readings(first, source, staged)
        self._tell_without_key(staged)
        for batch in chain([first], batches):
            rows = self._checked(batch, readings, source, staged)
            self._copy_rows(rows, staged)
            self._copy_issues(rows.issues, staged)
            staged.read += len(rows.numbers)
            self.progress(staged.read, source.row_count)
        return staged

    def _readings(self, first: Batch, source: Source, staged: Staged) -> list[ColumnReading]:
        matched = [m for m in self.match.matched if m.column.read != "derived"]
        numeric = [m for m in matched if m.column.read in _NUMERIC_READS]
        comma = decimal_comma_by_evidence([first.columns[m.theirs] for m in numeric], source.decimal_comma)
        if (
            comma is not None
            and comma == source.decimal_comma
            and _has_grouped([first.columns[m.theirs] for m in numeric])
        ):
            staged.notes.append(Note("decimal_comma" if comma else "decimal_point"))
        table = TARGETS[self.request.kind].table
        readings = []
        for m in matched:
            kind = table.c[m.column.name].type if m.column.stored and m.column.name in table.c else None
            if _unit_settled(m, first.columns[m.theirs], staged):
                readings.append(ColumnReading(m, NumberStyle(comma, m.unit), kind))
        return readings

    def _tell_without_key(self, staged: Staged) -> None:
        has_own_key = self.request.by_number or self.request.kind in {ImportKind.ADMIN_UNITS, ImportKind.MEMBERS}
        if self.match.id_column is None and not has_own_key:
            staged.notes.append(Note("id_from_geometry"))

    def _checked(self, batch: Batch, readings: list[ColumnReading], source: Source, staged: Staged) -> CheckedRows:
        staged.shapes.update(shape_names(batch.geometry))
        rows = check_values(batch, readings, self.match.id_column, lenient=not self.request.by_number)
        shape = None if self.request.by_number else TARGETS[self.request.kind].shape
        if shape:
            for place, key in enumerate(rows.keys):
                if key is None and batch.geometry[place] is not None:
                    rows.keys[place] = key_of_geometry(batch.geometry[place])
        finish(rows, self.request, source.format)
        self._require(rows)
        if shape and source.crs is not None:
            check_geometry(rows, Place(source.crs, self.region, shape, self._likely(source.crs, batch)))
        return rows

    def _likely(self, crs: CRS, batch: Batch) -> str | None:
        """Another usual CRS that puts the batch into the region, where its own does not."""
        position = geometry.median_position(batch.geometry)
        if position is None or self.request.anywhere:
            return None
        if geometry.within(geometry.to_degrees(np.array([position]), crs), self.region)[0]:
            return None
        return next(iter(geometry.likely_crs(position, self.region)), None)

    def _require(self, rows: CheckedRows) -> None:
        if self.request.by_number:
            return
        for column in COLUMNS[self.request.kind]:
            if column.required:
                values = rows.values.get(column.name, [None] * len(rows.numbers))
                for place in [place for place in sorted(rows.kept) if values[place] is None]:
                    if not _already_told(rows, place):
                        rows.tell(place, Severity.REJECTED, "missing", column.name)

    def _copy_rows(self, rows: CheckedRows, staged: Staged) -> None:
        names = [name for name in rows.values if name in self.stage.c]
        staged.present.update(names)
        # A rejected row may be worth a place on the map; its verdict keeps it out of everything else.
        kept = sorted(rows.kept | (rows.sound if self.request.keep_rejected else set()))
        columns: list[Iterable[Any]] = [
            [rows.numbers[place] for place in kept],
            [rows.keys[place] for place in kept],
            [None if place in rows.kept else str(Severity.REJECTED) for place in kept],
            geometry.as_hex_ewkb(rows.geometry[kept]) if kept else [],
            *([rows.values[name][place] for place in kept] for name in names),
        ]
        _copy(self.session, self.stage, ["row", "source_id", "verdict", "geom", *names], zip(*columns, strict=True))

    def _copy_issues(self, issues: list[Issue], staged: Staged) -> None:
        staged.told.update((i.code, i.field or "") for i in issues if i.severity is Severity.NOTE)
        lasting = (
            (i.row, str(i.severity), i.code, i.field, i.value, json.dumps(dict(i.facts)))
            for i in issues
            if i.severity is not Severity.NOTE
        )
        _copy(self.session, ISSUES, ["row", "severity", "code", "field", "value", "facts"], lasting)


def _already_told(rows: CheckedRows, place: int) -> bool:
    return any(issue.row == rows.numbers[place] and issue.severity is Severity.REJECTED for issue in rows.issues)


def _copy(session: Session, table: Table, names: list[str], rows: Iterable[tuple[Any, ...]]) -> None:
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("imports need psycopg")
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


_SHAPES = {
    -1: "none", 0: "point", 1: "line", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon", 7: "collection",
}  # fmt: skip


def shape_names(geometries: geometry.Geometries) -> Counter[str]:
    """How many polygons, lines and points there are, single or multiple."""
    return Counter(_SHAPES[int(kind)] for kind in shapely.get_type_id(geometries))


def _unit_settled(matched: Matched, cells: list[object], staged: Staged) -> bool:
    """Whether the unit of a column is certain; assumptions are told, a column that might mean anything is refused."""
    column = matched.column
    if column.unit is None or matched.unit is not None or column.read not in _NUMERIC_READS:
        return True
    bare = [cell for cell in cells if lacks_unit(cell)]
    if not bare:
        return True
    facts: dict[str, str | int | float] = {
        "column": matched.theirs,
        "unit": UNIT_SYMBOLS.get(column.unit, column.unit),
        "ours": column.name,
    }
    if column.read == "voltage":
        facts["unit"] = "V / kV"
    if column.assumed_unit or column.read == "voltage":
        staged.notes.append(Note("unit_assumed", facts))
        return True
    if not column.stored:
        staged.notes.append(Note("unit_missing_unused", facts))
        return False
    raise ImportRefused("unit_missing", **facts)


def _has_grouped(columns: list[list[object]]) -> bool:
    """Whether any number could mean thousands or decimals: then the choice is worth telling."""
    return any(isinstance(cell, str) and re.search(r"(?<![\d.,])[1-9]\d{0,2}[.,]\d{3}(?![\d.,])", cell)
               for cells in columns for cell in cells)  # fmt: skip


def lacks_unit(cell: object) -> bool:
    """Whether a cell is a number that does not say its unit."""
    if is_empty(cell) or isinstance(cell, bool):
        return False
    if isinstance(cell, (int, float)):
        return True
    return bool(re.search(r"\d", str(cell))) and not re.search(r"[^\W\d_]|[€%²³]", str(cell))
