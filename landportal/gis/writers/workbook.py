"""XLSX of the fields: one sheet of rows, one that says what they are. The shape stays out; a cell holds no geometry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from landportal.gis.writers.content import Content, plain

ROWS_MAX = 1_048_575
"""Rows of a sheet below its heading."""

CELL_LENGTH_MAX = 32_767
_BATCH_ROWS = 500


def workbook(session: Session, content: Content, path: Path, about: Sequence[tuple[str, str]]) -> None:
    """A workbook written row by row; every text is a text, whatever it begins with. `about`: the second sheet."""
    settings = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                "strings_to_numbers": False, "tmpdir": str(path.parent)}  # fmt: skip
    with xlsxwriter.Workbook(path, settings) as book:
        _write_rows(session, content, book)
        sheet = book.add_worksheet("record")
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 100)
        for place, (name, value) in enumerate(about):
            sheet.write_string(place, 0, name)
            sheet.write_string(place, 1, value[:CELL_LENGTH_MAX])


def _write_rows(session: Session, content: Content, book: xlsxwriter.Workbook) -> None:
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet(content.name)
    sheet.freeze_panes(1, 1)
    for at, field in enumerate(content.fields):
        sheet.set_column(at, at, 18)
        sheet.write_string(0, at, field.name, bold)
    rows = content.select(*(plain(field).label(field.name) for field in content.fields))
    with session.execute(rows, execution_options={"yield_per": _BATCH_ROWS}) as result:
        for place, row in enumerate(content.counted(result), start=1):
            for at, value in enumerate(row):
                _write_cell(sheet, place, at, value, (day, moment))


def _write_cell(sheet: Any, place: int, at: int, value: Any, formats: tuple[Any, Any]) -> None:
    day, moment = formats
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(place, at, value)
        case int() | float():
            sheet.write_number(place, at, value)
        case dt.datetime():
            # A cell knows no zone: the moment is told in UTC, to the millisecond.
            sheet.write_datetime(place, at, value.astimezone(dt.UTC).replace(tzinfo=None), moment)
        case dt.date():
            sheet.write_datetime(place, at, dt.datetime.combine(value, dt.time()), day)
        case _:
            sheet.write_string(place, at, str(value).replace("\r", "")[:CELL_LENGTH_MAX])
