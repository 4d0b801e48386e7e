"""What goes into an import and what comes out of it: frozen dataclasses, no behaviour worth mentioning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from landportal.gis.notes import Note
from landportal.gis.readers import Limits
from landportal.services.import_columns import ImportKind
from landportal.services.permissions import Scope


@dataclass(frozen=True)
class DataSetFacts:
    """What is known about a delivered data set. None leaves an existing set's fact as it is."""

    name: str | None = None
    title_de: str | None = None
    title_en: str | None = None
    publisher: str | None = None
    licence: str | None = None
    licence_url: str | None = None
    attribution: str | None = None
    source_url: str | None = None
    data_date: dt.date | None = None
    schematic: bool | None = None
    note_de: str | None = None
    note_en: str | None = None


@dataclass(frozen=True)
class ImportRequest:
    """One file to be imported, and how it is to be understood."""

    kind: ImportKind
    file: Path
    data_set: DataSetFacts = field(default_factory=DataSetFacts)
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Their column → ours, or a place: ``wkt``, ``lon``, ``lat``, ``x``, ``y``."""
    id_column: str | None = None
    default_kind: str | None = None
    anywhere: bool = False
    strict: bool = False
    shift_days: int = 0
    """Days by which the dates of schematic rows are moved: only sample data is."""
    by_number: bool = False
    """Rows are found by the portal's own number, not by the source's key; shapes stay and no row is new."""
    scope: Scope | None = None
    """Rows outside it are rejected; None: the command line may import anything."""
    limits: Limits | None = None
    keep_rejected: bool = False
    """Rejected rows whose shape is sound stay in the stage, so that a map can show them."""


@dataclass(frozen=True)
class Difference:
    """A cell that a new delivery changes."""

    source_id: str
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Preview:
    """What an import would do. Counts are rows of the file; every row is in exactly one of them."""

    kind: ImportKind
    source: str
    file: Path
    format: str
    layer: str | None
    crs: str
    unit: str
    read: int
    shapes: Mapping[str, int]
    new: int
    changed: int
    unchanged: int
    rejected: int
    left_out: int
    merged: int
    missing: int
    """Rows of the source in the store that the file no longer has; they stay."""
    warned: int
    columns: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    notes: tuple[Note, ...]
    told: tuple[tuple[Note, int], ...]
    """Notes about rows and how many rows each concerns."""
    changed_columns: tuple[tuple[str, int], ...]
    differences: tuple[Difference, ...]
    strict: bool = False
    conflicts: int = 0
    """Rows found by number of which a cell was changed in the store too, to something else."""

    @property
    def usable(self) -> int:
        """Rows that can be applied."""
        return self.new + self.changed + self.unchanged + self.conflicts


@dataclass(frozen=True)
class ImportResult:
    """What an applied import did."""

    new: int
    changed: int
    unchanged: int
    rejected: int
