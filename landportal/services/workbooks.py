"""Parcels as an XLSX workbook that comes back: written here, edited in a spreadsheet, understood by the import.

Each row carries its number and version; so the import finds the parcel and knows what the officer has changed. Written
by XlsxWriter with `constant_memory`: one row at a time goes to disk, whatever the number of parcels. openpyxl's
write-only mode streams too, but wants an object with its style for every cell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session, aliased
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from landportal.errors import InvalidInput
from landportal.model import Area, Parcel
from landportal.services.editing import EDITABLE
from landportal.services.import_columns import PARCEL_COLUMNS, Column
from landportal.services.import_values import harmless
from landportal.services.import_words import HEADINGS, WORDS
from landportal.services.imports.merging import CELL_LENGTH_MAX
from landportal.services.permissions import Action, Actor, require, within_scope
from landportal.services.search import SearchCriteria
from landportal.services.search.preparing import prepared
from landportal.services.search.where import conditions

ROWS_MAX = 50_000
"""More parcels than anybody edits by hand; a search narrows them down."""

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_IDENTITY = ("number", "version")
_LIST_LENGTH_MAX = 255
"""Characters that Excel allows a list of choices to have."""

COLUMNS: tuple[Column, ...] = tuple(
    column
    for column in PARCEL_COLUMNS
    if column.name in {*_IDENTITY, "area_slug"} or column.name in set(EDITABLE) - {"xplan_zone_code"}
)
"""What the workbook holds, in the import's own order: number and version first, then all that may be edited."""

_HELP: Mapping[str, tuple[str, str]] = {
    "number": (
        "Daran findet das Portal die Fläche wieder. Bitte nicht ändern.",
        "By this the portal finds the site again. Please do not change.",
    ),
    "version": (
        "Daran erkennt das Portal, was Sie geändert haben. Bitte nicht ändern.",
        "By this the portal knows what you have changed. Please do not change.",
    ),
    "cadastral_ids": (
        "20 Zeichen; mehrere durch Komma getrennt.",
        "20 characters; several are parted by commas.",
    ),
    "area_slug": ("Name eines Gebiets, das im Portal steht.", "Name of an area that stands in the portal."),
    "status_until": ("Nur für reserviert und optioniert.", "For reserved and optioned sites only."),
}
_DATE_HELP = ("Datum, zum Beispiel 31.12.2027", "A date, for example 2027-12-31")
_CHOICE_HELP = ("Bitte aus der Liste wählen.", "Please choose from the list.")
_TEXT_HELP = ("Text", "Text")
_NUMBER_HELP = ("Zahl; die Einheit steht in der Überschrift.", "A number; its unit stands in the heading.")


class TooManyRows(InvalidInput):
    """More parcels than a workbook is written for."""


@dataclass(frozen=True)
class _Book:
    sheet: Worksheet
    language: str
    fixed: Format
    text: Format
    number: Format
    day: Format


def write(session: Session, actor: Actor, criteria: SearchCriteria, sink: IO[bytes], language: str) -> int:
    """Write the parcels of the actor's scope that `criteria` finds into `sink`; how many.

    Raises NotAllowed, and TooManyRows beyond ROWS_MAX.
    """
    require(actor, Action.EXPORT)
    wanted = [within_scope(actor), *conditions(prepared(session, criteria, within_scope(actor))).values()]
    count = int(session.scalar(select(func.count()).select_from(Parcel).where(*wanted)) or 0)
    if count > ROWS_MAX:
        raise TooManyRows(f"{count} > {ROWS_MAX}", "q")
    with xlsxwriter.Workbook(sink, {"constant_memory": True, "strings_to_formulas": False}) as workbook:
        book = _prepared(workbook, language)
        _write_heading(book, workbook, count)
        for place, row in enumerate(_rows(session, wanted), start=1):
            _write_row(book, place, row)
    return count


def _rows(session: Session, wanted: list[ColumnElement[bool]]) -> Iterator[Row[Any]]:
    yield from session.execute(_selected(wanted).execution_options(yield_per=500))


def _selected(wanted: list[ColumnElement[bool]]) -> Select[Any]:
    """The workbook's columns; an area by its name where only one bears it, else by its slug."""
    namesake = aliased(Area)
    alone = ~select(namesake.id).where(namesake.name_de == Area.name_de, namesake.id != Area.id).exists()
    named = case((alone, Area.name_de), else_=Area.slug).label("area_slug")
    cells = [named if c.name == "area_slug" else getattr(Parcel, c.name) for c in COLUMNS]
    return select(*cells).outerjoin(Area, Area.id == Parcel.area_id).where(*wanted).order_by(Parcel.number)


def _prepared(workbook: xlsxwriter.Workbook, language: str) -> _Book:
    sheet = workbook.add_worksheet("Flächen" if language == "de" else "Sites")
    free: dict[str, Any] = {"locked": False, "valign": "top"}
    return _Book(
        sheet, language,
        fixed=workbook.add_format({"bg_color": "#ECEFE9", "font_color": "#4E5A53", "valign": "top"}),
        # A cell of the kind text stays text when somebody edits it, whatever it begins with.
        text=workbook.add_format({**free, "num_format": "@"}),
        number=workbook.add_format({**free, "num_format": "General"}),
        day=workbook.add_format({**free, "num_format": "dd.mm.yyyy" if language == "de" else "yyyy-mm-dd"}),
    )  # fmt: skip


def _write_heading(book: _Book, workbook: xlsxwriter.Workbook, rows: int) -> None:
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    sheet, english = book.sheet, book.language == "en"
    # Without a password: it keeps from mistakes, not from anybody. Filters and widths stay free.
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True, "select_locked_cells": True})
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, _width(column), None)
        sheet.write_string(0, place, HEADINGS[column.name][english], bold)
        sheet.write_comment(0, place, _help(column)[english], {"x_scale": 1.4})
        choices = _choices(column, book.language)
        if choices and rows:
            sheet.data_validation(1, place, rows, place, {"validate": "list", "source": choices})
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, rows, len(COLUMNS) - 1)


def _width(column: Column) -> float:
    wide = {"name_de": 32, "name_en": 24, "description_de": 40, "description_en": 40, "cadastral_ids": 24}
    return wide.get(column.name, 16)


def _help(column: Column) -> tuple[str, str]:
    if column.name in _HELP:
        return _HELP[column.name]
    if column.read in {"date", "available"}:
        return _DATE_HELP
    if column.read == "boolean" or column.codes or column.read == "zone":
        return _CHOICE_HELP
    return _TEXT_HELP if column.read in {"text", "link"} else _NUMBER_HELP


def _choices(column: Column, language: str) -> list[str] | None:
    """The words a cell may hold, where they are few enough for a list."""
    if column.read == "zone":
        return ["GE", "GI", "SO", "MI", "MU", "MK", "MD", "MDW", "WS", "WR", "WA", "WB"]
    words = WORDS.get(column.read.removeprefix("code:"))
    listed = [pair[language == "en"] for pair in words.values()] if words else []
    return listed if listed and len(",".join(listed)) <= _LIST_LENGTH_MAX else None


def _write_row(book: _Book, place: int, row: Row[Any]) -> None:
    for at, (column, value) in enumerate(zip(COLUMNS, row, strict=True)):
        if column.name in _IDENTITY:
            book.sheet.write(place, at, value, book.fixed)
        elif value is None or value == []:
            book.sheet.write_blank(place, at, None, _format(book, column))
        else:
            _write_cell(book, place, at, column, value)


def _write_cell(book: _Book, place: int, at: int, column: Column, value: Any) -> None:
    words = WORDS.get(column.read.removeprefix("code:"))
    if words:
        code = str(value).lower() if isinstance(value, bool) else str(value)
        book.sheet.write_string(place, at, words[code][book.language == "en"], book.text)
    elif isinstance(value, dt.date):
        book.sheet.write_datetime(place, at, dt.datetime.combine(value, dt.time()), book.day)
    elif isinstance(value, (int, float, Decimal)):
        book.sheet.write_number(place, at, float(value), book.number)
    else:
        text = ", ".join(value) if isinstance(value, list) else str(value)
        book.sheet.write_string(place, at, harmless(text.replace("\r", ""))[:CELL_LENGTH_MAX], book.text)


def _format(book: _Book, column: Column) -> Format:
    if column.read in {"date", "available"}:
        return book.day
    numeric = column.unit is not None or column.read in {"number", "integer"}
    return book.number if numeric else book.text
