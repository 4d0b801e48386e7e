"""What an uploaded file says about itself: layers, columns with our guess and a sample of their cells, CRS, encoding.

A look at the first rows; nothing is written. What was chosen is kept in `options`, the whole file read in `staging`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from landportal.gis import geometry
from landportal.gis.notes import CannotRead, Note
from landportal.gis.readers import Batch, ReadOptions, Source, open_source
from landportal.services import imports
from landportal.services.deliveries.options import LIMITS, DeliveryOptions
from landportal.services.import_columns import ImportKind
from landportal.services.import_matching import Matched, match_columns
from landportal.services.import_values import UNIT_SYMBOLS, is_empty
from landportal.services.imports.staging import lacks_unit

SAMPLE_ROWS = 5
CELL_SHOWN = 60
COLUMNS_MAX = 300
"""More columns than a person can look through are no table of land."""

_ABOUT_PLACE = ("crs_missing", "crs_contradicts", "crs_unknown", "no_geometry", "no_such_column")
_ABOUT_LAYER = ("several_layers", "no_such_layer")

USUAL_CRS = geometry.USUAL_CRS
ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "cp850", "cp437", "mac_roman", "utf-16")
"""What German offices' files are written in, most usual first."""


@dataclass(frozen=True)
class SeenColumn:
    """A column of theirs: what we take it for, the unit it lacks, and its first cells as text."""

    title: str
    guess: str | None
    lacks_unit: str | None
    sample: tuple[str, ...]


@dataclass(frozen=True)
class Understanding:
    """What the first look found. `refusal` says what has to be chosen before the file can be read further.

    `is_workbook`: it has the portal's own number and version, so parcels are found by number.
    """

    format: str = ""
    layer: str | None = None
    layers: tuple[str, ...] = ()
    crs: str | None = None
    columns: tuple[SeenColumn, ...] = ()
    id_column: str | None = None
    rows: int | None = None
    numbers: tuple[int, ...] = ()
    is_workbook: bool = False
    has_numbers: bool = False
    notes: tuple[Note, ...] = ()
    refusal: Note | None = None

    @property
    def titles(self) -> tuple[str, ...]:
        """Their headings."""
        return tuple(column.title for column in self.columns)

    @property
    def usable(self) -> bool:
        """Whether the columns could be read, so that there is something to decide about."""
        return bool(self.columns) or (bool(self.format) and self.refusal is None)


def look(session: Session, file: Path, options: DeliveryOptions) -> Understanding:
    """Look into the first rows of `file`, read as `options` say; never raises for what is in the file."""
    request = imports.ImportRequest(
        kind=ImportKind.PARCELS, file=file, layer=options.layer, crs=options.crs, encoding=options.encoding,
        mapping=options.mapping, by_number=options.by_number,
    )  # fmt: skip
    reading = imports.read_options(request, imports.region(session))
    try:
        return _seen(file, reading)
    except CannotRead as refusal:
        if refusal.note.code in _ABOUT_LAYER:
            return Understanding(layers=refusal.choices, refusal=refusal.note)
        if not refusal.note.code.startswith(_ABOUT_PLACE):
            return Understanding(refusal=refusal.note)
        return _without_place(file, reading, refusal.note)


def _without_place(file: Path, reading: ReadOptions, refusal: Note) -> Understanding:
    """The columns of a file whose rows have no place yet, so that one can be chosen for them."""
    try:
        # A table has no place where a column is wrongly said to be one; nothing else is known of it then.
        seen = _seen(file, dataclasses.replace(reading, needs_geometry=False, crs=None, places={}))
    except CannotRead as other:
        return Understanding(refusal=other.note)
    return seen if seen.is_workbook else dataclasses.replace(seen, refusal=refusal)


def _seen(file: Path, reading: ReadOptions) -> Understanding:
    sample_only = dataclasses.replace(reading, batch_rows=200)
    with open_source(file, sample_only, LIMITS) as source:
        batch = next(source.batches(), None)
        if batch is None:
            return Understanding(refusal=Note("no_rows", {"file": file.name}))
        if len(source.columns) > COLUMNS_MAX:
            facts = {"found": len(source.columns), "limit": COLUMNS_MAX}
            return Understanding(refusal=Note("too_many_columns", facts))
        return _described(source, batch)


def _described(source: Source, batch: Batch) -> Understanding:
    match = match_columns(ImportKind.PARCELS, source.columns, {})
    matched = {m.theirs: m for m in match.matched}
    cells: Mapping[str, list[object]] = {**batch.columns, **batch.places}
    titles = (*source.columns, *batch.places)
    ours = {m.column.name for m in match.matched}
    return Understanding(
        format=source.format, layer=source.layer, layers=source.layers,
        crs=geometry.crs_name(source.crs) if source.crs is not None else None,
        columns=tuple(_column(title, matched.get(title), source.places.get(title), cells[title]) for title in titles),
        id_column=match.id_column, rows=source.row_count, numbers=tuple(batch.numbers[:SAMPLE_ROWS]),
        is_workbook={"number", "version"} <= ours, has_numbers="number" in ours, notes=tuple(source.notes),
    )  # fmt: skip


def _column(title: str, matched: Matched | None, place: str | None, cells: list[object]) -> SeenColumn:
    lacks = None
    if matched and matched.column.unit and not matched.unit and not matched.column.assumed_unit:
        lacks = UNIT_SYMBOLS.get(matched.column.unit, matched.column.unit) if any(map(lacks_unit, cells)) else None
    sample = tuple("" if is_empty(cell) else _shown(cell) for cell in cells[:SAMPLE_ROWS])
    return SeenColumn(title, matched.column.name if matched else place, lacks, sample)


def _shown(cell: object) -> str:
    text = ", ".join(map(str, cell)) if isinstance(cell, list) else str(cell)
    return text if len(text) <= CELL_SHOWN else f"{text[: CELL_SHOWN - 1]}…"
