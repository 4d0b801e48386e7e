"""The first pass over a file: what its columns hold, where it lies, whether the key names each row once.

Nothing is written. Memory is bounded by a batch, and by sixteen bytes a row where a key has to be looked at.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from pyproj import CRS

from landportal.gis import geometry
from landportal.gis.fields import Kind
from landportal.gis.geometry import Box
from landportal.gis.layer_shapes import box_around, drawn_roughly, lies_where_storage_measures
from landportal.gis.notes import Note
from landportal.gis.readers import Batch, Limits, ReadOptions, Source, open_source
from landportal.model import LONLAT_SRID, STORAGE_SRID
from landportal.services.import_issues import ImportRefused
from landportal.services.imports.staging import shape_names
from landportal.services.layer_imports.names import safe_names
from landportal.services.layer_imports.requests import LayerField, LayerRequest
from landportal.services.layer_imports.values import CannotKeep, Guess, as_text, clean_text, kept

FIELDS_MAX = 300
"""More columns than a person can look through are no layer for a map."""

FEATURES_MAX = 5_000_000
KEY_MAX = 200
"""Characters of a key, which is the end of an address."""

SHAPES_SHOWN = 500
"""Shapes kept for a map of the file before it is published: the first ones …"""
SHOWN_MAX = 1_000_000
"""… as long as all of them together have no more characters than this."""

SAMPLE_ROWS = 5
CELL_SHOWN = 60

BATCH_ROWS = 1_000

Progress = Callable[[int, int | None], None]


@dataclass
class Survey:
    """What the first pass found. `samples`: the first cells of each column as text.

    `box` is around everything, in the file's CRS; `outlines` are the first shapes as GeoJSON, roughly, with their rows.
    """

    format: str
    layer: str | None
    crs: CRS
    notes: tuple[Note, ...]
    fields: tuple[LayerField, ...] = ()
    binary: tuple[str, ...] = ()
    read: int = 0
    shapes: Counter[str] = field(default_factory=Counter)
    srid: int = STORAGE_SRID
    samples: dict[str, list[str]] = field(default_factory=dict)
    box: Box | None = None
    outlines: list[tuple[int, str]] = field(default_factory=list)
    room: int = SHOWN_MAX

    @property
    def target(self) -> CRS:
        """The CRS the layer is kept in."""
        return geometry.STORAGE_CRS if self.srid == STORAGE_SRID else geometry.WGS84

    @property
    def geometry_kind(self) -> str:
        """``point``, ``line``, ``polygon``, ``mixed`` or ``none``."""
        kinds = {kind for kind, rows in self.shapes.items() if rows} - {"none"}
        if len(kinds) > 1 or "collection" in kinds:
            return "mixed"
        return next(iter(kinds), "none")


@contextmanager
def opened(request: LayerRequest) -> Iterator[Source]:
    """The file of `request`, for one pass."""
    options = ReadOptions(
        layer=request.layer, crs=request.crs, encoding=request.encoding, whole=True, batch_rows=BATCH_ROWS
    )
    with open_source(request.file, options, Limits()) as source:
        yield source


def look(request: LayerRequest, progress: Progress) -> Survey:
    """Read the whole file once. CannotRead and ImportRefused say why it is no layer."""
    with opened(request) as source:
        _refuse_columns(source, request.key)
        columns = {title: _Column(source, title) for title in source.columns}
        keys = _Keys(request.key) if request.key else None
        survey = Survey(source.format, source.layer, source.crs or geometry.WGS84, ())
        for batch in source.batches():
            _take(survey, batch, columns, keys)
            progress(survey.read, source.row_count)
        survey.notes = (*source.notes, *_about(columns))
    if not survey.read:
        raise ImportRefused("no_rows", file=request.file.name)
    if keys:
        keys.refuse_unless_each_once()
    survey.fields = _fields(columns)
    survey.binary = tuple(title for title, column in columns.items() if column.binary)
    survey.samples = {title: column.sample for title, column in columns.items() if not column.binary}
    return survey


def _refuse_columns(source: Source, key: str | None) -> None:
    if len(source.columns) > FIELDS_MAX:
        raise ImportRefused("layer_too_many_fields", found=len(source.columns), limit=FIELDS_MAX)
    if key and key not in source.columns:
        columns = ", ".join(source.columns) or "–"
        raise ImportRefused("no_such_column", file=source.path.name, column=key, columns=columns)


def _take(survey: Survey, batch: Batch, columns: dict[str, _Column], keys: _Keys | None) -> None:
    survey.read += len(batch.numbers)
    if survey.read > FEATURES_MAX:
        raise ImportRefused("layer_too_many_features", limit=FEATURES_MAX)
    survey.shapes.update(shape_names(batch.geometry))
    survey.box = box_around(survey.box, geometry.bounds_of(batch.geometry))
    room = SHAPES_SHOWN - len(survey.outlines)
    if room > 0 and survey.room > 0:
        for row, shape in zip(batch.numbers, drawn_roughly(batch.geometry[:room], survey.crs), strict=False):
            survey.room -= len(shape or "")
            if shape and survey.room > 0:
                survey.outlines.append((row, shape))
    if survey.srid == STORAGE_SRID and not lies_where_storage_measures(batch.geometry, survey.crs):
        survey.srid = LONLAT_SRID
    for title, cells in batch.columns.items():
        columns[title].see(cells, batch.problems)
    if keys:
        keys.see(batch)


class _Column:
    """Looks at the cells of one column."""

    def __init__(self, source: Source, title: str) -> None:
        self.stated = source.kinds.get(title)
        self.binary = self.without_zone = False
        self.sample: list[str] = []
        self.guess = Guess(source.decimal_comma)

    def see(self, cells: list[object], problems: dict[int, Note]) -> None:
        """Take the cells of a batch into account; rows that cannot be read say nothing."""
        for place, cell in enumerate(cells):
            if cell is None or place in problems:
                continue
            if isinstance(cell, bytes):
                self.binary = True
                return
            if len(self.sample) < SAMPLE_ROWS:
                self.sample.append(_shown(cell))
            if self.stated is None:
                self.guess.see(cell)
            elif self.stated is Kind.MOMENT and getattr(cell, "tzinfo", None) is None:
                self.without_zone = True

    @property
    def kind(self) -> Kind:
        """The kind of all cells."""
        return self.stated or self.guess.kind


def _shown(cell: object) -> str:
    text = clean_text(", ".join(map(str, cell)) if isinstance(cell, list) else as_text(cell))
    return text if len(text) <= CELL_SHOWN else f"{text[: CELL_SHOWN - 1]}…"


def _about(columns: dict[str, _Column]) -> Iterator[Note]:
    for title, column in columns.items():
        if column.binary:
            yield Note("layer_binary_column", {"column": title})
        elif column.without_zone:
            yield Note("layer_moment_without_zone", {"column": title})


def _fields(columns: dict[str, _Column]) -> tuple[LayerField, ...]:
    usable = {title: column for title, column in columns.items() if not column.binary}
    names = safe_names(usable)
    return tuple(
        LayerField(names[title], title, column.kind, column.guess.decimal_comma) for title, column in usable.items()
    )


class _Keys:
    """Whether a column names each row once: hashes of its values, eight bytes each."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._hashes, self._rows = array("q"), array("q")
        self._empty: list[int] = []
        self._long: list[int] = []

    def see(self, batch: Batch) -> None:
        """Take the keys of a batch into account."""
        for place, cell in enumerate(batch.columns[self._title]):
            row = batch.numbers[place]
            if place in batch.problems:
                continue
            key = key_of(cell)
            if not key:
                self._empty.append(row)
            elif len(key) > KEY_MAX:
                self._long.append(row)
            else:
                self._hashes.append(hash(key))
                self._rows.append(row)
        for told, code in ((self._empty, "layer_key_empty"), (self._long, "layer_key_long")):
            if told:
                raise ImportRefused(code, column=self._title, row=str(told[0]), limit=KEY_MAX)

    def refuse_unless_each_once(self) -> None:
        """ImportRefused names two rows of one key."""
        hashes = np.frombuffer(self._hashes, dtype=np.int64) if self._hashes else np.zeros(0, dtype=np.int64)
        order = np.argsort(hashes, kind="stable")
        same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
        if len(same):
            first, second = self._rows[int(order[same[0]])], self._rows[int(order[same[0] + 1])]
            raise ImportRefused(
                "layer_key_twice", column=self._title, row=str(first), other=str(second), rows=len(same)
            )


def key_of(cell: object) -> str:
    """A key as text; empty where there is none."""
    if cell is None:
        return ""
    try:
        return str(kept(cell, Kind.TEXT)).strip()
    except CannotKeep as cleaned:
        return str(cleaned.instead).strip()
