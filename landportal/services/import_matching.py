"""Whose column is which: their headings matched with our columns, by name, by synonym, by hand (``--map``).

The columns and their synonyms are listed in `import_columns`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from landportal.errors import InvalidInput
from landportal.services.import_columns import COLUMNS, Column, ImportKind
from landportal.services.import_values import UNIT_SPELLINGS, UNITS, folded

ID_HEADINGS = (
    "source_id", "id", "gml_id", "uuid", "globalid", "kennung", "flaechen_id", "objectid", "fid", "ogc_fid",
    "objekt_id", "number", "nummer", "flaechennummer", "grundstuecksnummer", "nr", "lfd_nr", "lfdnr", "icao", "slug",
    "ags", "opa_id", "bus_id", "line_id",
)  # fmt: skip
"""Headings that hold a row's own key in its source, best first."""

PLACE_ROLES = ("wkt", "lon", "lat", "x", "y")

NOT_USED = "-"
"""What a mapping says of a column that is to be left alone, whatever its heading."""


@dataclass(frozen=True)
class Matched:
    """A column of theirs that is one of ours; `unit` is what the heading says."""

    theirs: str
    column: Column
    unit: str | None


@dataclass(frozen=True)
class ColumnMatch:
    """How the columns of a file were understood."""

    matched: tuple[Matched, ...]
    id_column: str | None
    ignored: tuple[str, ...]


def match_columns(
    kind: ImportKind, theirs: Sequence[str], mapping: Mapping[str, str], id_column: str | None = None
) -> ColumnMatch:
    """Match the columns `theirs` with ours: as `mapping` (theirs → ours) tells, else by heading; one of theirs each."""
    ours = {column.name: column for column in COLUMNS[kind]}
    _check_mapping(ours, theirs, mapping)
    matched: dict[str, Matched] = {
        t: Matched(t, ours[o], _told_unit(t, ours[o])) for t, o in mapping.items() if o in ours
    }
    taken = {m.column.name for m in matched.values()} - {"derived"}
    for recognise in (_by_name, _by_heading, _by_heading_without_unit):
        for title in theirs:
            column = recognise(kind, title) if title not in matched and title not in mapping else None
            if column is not None and column.name not in taken:
                matched[title] = Matched(title, column, heading_unit(title, column))
                taken |= {column.name} - {"derived"}
    chosen = _id_column(theirs, id_column, mapping)
    ignored = tuple(title for title in theirs if title not in matched and title != chosen)
    return ColumnMatch(tuple(matched[t] for t in theirs if t in matched), chosen, ignored)


def _check_mapping(ours: Mapping[str, Column], theirs: Sequence[str], mapping: Mapping[str, str]) -> None:
    for title, name in mapping.items():
        if name not in ours and name not in {"source_id", NOT_USED}:
            raise InvalidInput(f"--map {title}={name}: there is no column {name}; there are {', '.join(ours)}", "--map")
        if title not in theirs:
            raise InvalidInput(
                f"--map {title}={name}: the file has no column {title}; it has {', '.join(theirs)}", "--map"
            )


def _by_name(kind: ImportKind, title: str) -> Column | None:
    name = folded(title)
    return next((column for column in COLUMNS[kind] if name == column.name), None)


def _by_heading(kind: ImportKind, title: str) -> Column | None:
    name = folded(title)
    return next((column for column in COLUMNS[kind] if name in column.headings), None)


def _by_heading_without_unit(kind: ImportKind, title: str) -> Column | None:
    name = folded(_without_unit(title))
    return next((c for c in COLUMNS[kind] if name in {c.name, *c.headings, *_bare(c)}), None)


def _bare(column: Column) -> set[str]:
    """Our own name without its unit (``net`` for ``net_ha`` would be too short to mean anything)."""
    unit = f"_{column.unit}"
    bare = column.name.removesuffix(unit) if column.unit else ""
    return {bare} if len(bare) > 4 else set()


def _id_column(theirs: Sequence[str], told: str | None, mapping: Mapping[str, str]) -> str | None:
    told = told or next((title for title, name in mapping.items() if name == "source_id"), None)
    if told is not None:
        if told not in theirs:
            raise InvalidInput(
                f"--id-column {told}: the file has no such column; it has {', '.join(theirs)}", "--id-column"
            )
        return told
    by_name: dict[str, str] = {}
    for title in theirs:
        by_name.setdefault(folded(title), title)
    return next((by_name[name] for name in ID_HEADINGS if name in by_name), None)


def _told_unit(title: str, column: Column) -> str | None:
    """Whoever maps a column by hand says its unit with our name, unless the heading names one."""
    return heading_unit(title, column) or column.unit


_UNIT_IN_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")


def heading_unit(title: str, column: Column) -> str | None:
    """The unit a heading names: in brackets, after "in", or as its last word."""
    if column.unit is None:
        return None
    candidates = [text.strip().casefold() for text in _UNIT_IN_BRACKETS.findall(title)]
    words = title.replace("_", " ").casefold().split()
    candidates += [words[-1], " ".join(words[-2:]).replace(" ", "_")] if len(words) > 1 else []
    found = [UNIT_SPELLINGS[text.replace(" ", "")] for text in candidates if text.replace(" ", "") in UNIT_SPELLINGS]
    if folded(title) == column.name:
        return column.unit
    return next((unit for unit in found if unit in UNITS and UNITS[unit][0] == UNITS[column.unit][0]), None)


def _without_unit(title: str) -> str:
    text = _UNIT_IN_BRACKETS.sub("", title).strip()
    words = re.split(r"[\s_]+", text)
    if len(words) > 1 and words[-1].casefold() in UNIT_SPELLINGS:
        words = words[:-1]
        if len(words) > 1 and words[-1].casefold() == "in":
            words = words[:-1]
    return " ".join(words)
