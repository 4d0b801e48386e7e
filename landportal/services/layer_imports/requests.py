"""What is asked of a layer's import, and what it tells afterwards."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from landportal.gis.fields import Kind
from landportal.gis.notes import Fact, Note
from landportal.services.import_issues import told
from landportal.services.layer_imports.values import clean_text

ROWS_TOLD = 20
"""Row numbers kept for each thing that is told about rows; beyond them rows are counted."""


@dataclass(frozen=True)
class LayerFacts:
    """What a layer says about itself; None leaves what an earlier delivery said."""

    title_de: str | None = None
    title_en: str | None = None
    description: str | None = None
    publisher: str | None = None
    licence: str | None = None
    licence_url: str | None = None
    attribution: str | None = None
    data_date: dt.date | None = None


@dataclass(frozen=True)
class Audience:
    """Who sees a layer: the accounts of one organisation, which also keeps it, or with None everybody."""

    organisation_id: int | None


@dataclass(frozen=True)
class LayerRequest:
    """A file that is to become the layer `name`, or its new delivery.

    `key`: the source's column that names each feature; empty: features are numbered by their row; None: as before, a
    new layer numbered. `audience` None: as before, a new layer for everybody.
    """

    file: Path
    name: str
    facts: LayerFacts = LayerFacts()
    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    key: str | None = None
    audience: Audience | None = None


@dataclass(frozen=True)
class LayerField:
    """A column of the file and the field it becomes."""

    name: str
    source_name: str
    kind: Kind
    decimal_comma: bool = False

    def as_json(self) -> dict[str, str]:
        """As the model keeps it."""
        title = clean_text(self.source_name)
        return {"name": self.name, "source_name": title, "kind": self.kind, "title": title}


@dataclass(frozen=True)
class Told:
    """Something about several rows: how many, and the numbers of the first of them."""

    code: str
    count: int
    rows: tuple[int, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """As a line in ``de`` or ``en``: rows, then what became of them."""
        shown = ", ".join(map(str, self.rows)) + (" …" if self.count > len(self.rows) else "")
        reason = told(self.code, self.facts, language)
        return told("layer_rows", {"rows": self.count, "shown": shown, "reason": reason}, language)


@dataclass
class Telling:
    """Collects what is told about rows, in bounded memory."""

    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _rows: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _notes: dict[tuple[str, str], Note] = field(default_factory=dict)

    def tell(self, row: int, note: Note) -> None:
        """Count `row` under the note's code and column."""
        key = (note.code, str(note.facts.get("column", "")))
        self._counts[key] += 1
        self._notes.setdefault(key, note)
        rows = self._rows.setdefault(key, [])
        if len(rows) < ROWS_TOLD:
            rows.append(row)

    def told(self) -> tuple[Told, ...]:
        """Everything told, most rows first."""
        return tuple(
            Told(self._notes[key].code, count, tuple(self._rows[key]), self._notes[key].facts)
            for key, count in self._counts.most_common()
        )


@dataclass(frozen=True)
class Published:
    """What an import has done. `left_out` rows are not in the layer, `mended` ones are, changed as told."""

    name: str
    format: str
    crs: str
    srid: int
    read: int
    features: int
    without_shape: int
    shapes: Mapping[str, int]
    fields: tuple[LayerField, ...]
    notes: tuple[Note, ...]
    left_out: tuple[Told, ...]
    mended: tuple[Told, ...]
    replaced: int | None
    """How many features the layer had before; None for a new one."""

    @property
    def rows_left_out(self) -> int:
        """How many rows are not in the layer."""
        return self.read - self.features


def missing(facts: LayerFacts) -> Iterable[str]:
    """What a new layer cannot do without."""
    needed = {"title": facts.title_de or facts.title_en, "licence": facts.licence, "attribution": facts.attribution}
    return (name for name, value in needed.items() if not (value or "").strip())
