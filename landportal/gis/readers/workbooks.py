"""XLSX workbooks: one sheet, streamed; formulas give the value they had when the file was saved."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from landportal.gis.notes import CannotRead
from landportal.gis.readers.archives import check_zip
from landportal.gis.readers.source import Limits, ReadOptions, Source
from landportal.gis.readers.tables import Row, table_source


def open_xlsx(path: Path, name: str, options: ReadOptions, limits: Limits) -> Source:
    """A source on one sheet: the one named, or the only one that holds rows."""
    check_zip(path, limits)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise CannotRead("unreadable", file=name, format="XLSX", reason=str(error)[:200]) from None
    sheets = [sheet.title for sheet in book.worksheets]
    filled = [sheet.title for sheet in book.worksheets if _holds_rows(sheet.iter_rows(values_only=True))]
    if options.layer is not None and options.layer not in sheets:
        raise CannotRead("no_such_layer", file=name, layer=options.layer, layers=", ".join(sheets))
    if options.layer is None and len(filled) > 1:
        raise CannotRead("several_layers", filled, file=name, layers=", ".join(filled))
    if options.layer is None and not filled:
        raise CannotRead("no_rows", file=name)
    title = options.layer or filled[0]
    source = table_source(path, name, "XLSX", _rows(book[title].iter_rows(values_only=True)), options, None)
    source.layer, source.layers = title, tuple(filled) if len(filled) > 1 else ()
    return source


def _holds_rows(rows: Iterator[tuple[object, ...]]) -> bool:
    return any(cell is not None for row in rows for cell in row)


def _rows(rows: Iterator[tuple[object, ...]]) -> Iterator[Row]:
    """Rows from the first that holds anything; cells beyond the heading's last title are cut off."""
    width = 0
    for number, cells in enumerate(rows, start=1):
        if not width:
            width = max((i for i, cell in enumerate(cells, 1) if cell is not None), default=0)
            if not width:
                continue
        yield number, _fitted(cells, width)


def _fitted(cells: Sequence[object], width: int) -> list[object]:
    kept = [cell.strip() or None if isinstance(cell, str) else cell for cell in cells]
    while len(kept) > width and kept[-1] is None:
        kept.pop()
    return kept + [None] * (width - len(kept))
