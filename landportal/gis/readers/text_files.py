"""CSV files: encoding, delimiter and decimal mark found by content, rows streamed."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

from landportal.gis.notes import CannotRead, Note
from landportal.gis.readers.source import ReadOptions, Source
from landportal.gis.readers.tables import Row, table_source

_FIELD_MAX = 64_000_000
_DELIMITERS = ";\t,|"


def open_csv(path: Path, name: str, options: ReadOptions) -> Source:
    """A source on a CSV file."""
    encoding, notes = _encoding(path, options.encoding)
    delimiter = _delimiter(path, encoding)
    rows = _rows(path, name, encoding, delimiter)
    # Where a semicolon parts the fields, the comma is left for decimals: that is why such files exist.
    source = table_source(path, name, "CSV", rows, options, {";": True, ",": False}.get(delimiter))
    source.notes = notes + source.notes
    return source


def _encoding(path: Path, told: str | None) -> tuple[str, list[Note]]:
    if told:
        return told, []
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", []
    if _is_utf8(path):
        return "utf-8-sig", []
    return "cp1252", [Note("encoding_found", {"encoding": "cp1252"})]


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(path: Path, encoding: str) -> str:
    """The mark that parts the heading into most fields."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        line = file.readline(1_000_000)
    fields = {mark: len(next(csv.reader([line], delimiter=mark), [])) for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: fields[mark])


def _rows(path: Path, name: str, encoding: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(_FIELD_MAX)
    try:
        with path.open(encoding=encoding, newline="") as file:
            for number, cells in enumerate(csv.reader(file, delimiter=delimiter), start=1):
                yield number, [cell.strip() or None for cell in cells] if number > 1 else cells
    except UnicodeError:
        raise CannotRead("encoding_unknown", file=name, encoding=encoding) from None
    except csv.Error as error:
        raise CannotRead("unreadable", file=name, format="CSV", reason=str(error)) from None
