"""Tables of a report as CSV, XLSX and JSON, in the reader's language; areas in hectares with four decimals.

Four decimals of a hectare are a square metre. Which tables a report has is said by the services.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import xlsxwriter
from flask_babel import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from landportal.model import M2_PER_HA
from landportal.services.import_values import harmless
from landportal.services.reports.tables import Cell, Table
from landportal.web import formats
from landportal.web.planning.file_words import CODES, COLUMNS, TITLES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
M2 = Decimal("0.0001")


@dataclass(frozen=True)
class Document:
    """A report to be written: its title, the lines of its foot (licence, day, sources), its tables."""

    title: str
    foot: tuple[str, ...]
    tables: tuple[Table, ...]


def as_csv(document: Document, delimiter: str = ";") -> str:
    """Every number on a line of its own: table, row, column, value, unit. Codes and a decimal point: for programs."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(("table", "row", "column", "value", "unit"))
    for table in document.tables:
        for row in table.rows:
            keys = _keys(table, row)
            for column, value in zip(table.columns, row, strict=True):
                if value is not None and column not in keys:
                    writer.writerow((table.name, harmless(" ".join(keys.values())), *_measured(column, keys, value)))
    for line in document.foot:
        writer.writerow(("about", "", "", harmless(line), ""))
    return "\ufeff" + text.getvalue()


KEYS = {
    "figures": ("figure",), "status": ("status",), "account": ("line",), "years": ("day",), "sales": ("year",),
    "places": ("place",), "zones": ("zone", "servicing"), "contiguous": ("rank",),
    "facts": ("fact",), "parcels": ("number",), "members": ("ags",), "funding": ("area", "programme", "decided_on"),
}  # fmt: skip
"""The columns that name a row."""


def _keys(table: Table, row: Sequence[Cell]) -> dict[str, str]:
    named = dict(zip(table.columns, row, strict=True))
    return {name: "-" if named[name] is None else str(named[name]) for name in KEYS[table.name]}


def _measured(column: str, keys: dict[str, str], value: Cell) -> tuple[str, str, str]:
    name = next(iter(keys.values())) if column == "value" else column
    if isinstance(value, Decimal) and name.endswith("_m2") and name != "price_eur_m2":
        return name.replace("_m2", "_ha"), str(_hectares(value)), "ha"
    return name, harmless(_plain(value)), ""


def _hectares(area_m2: Decimal) -> Decimal:
    return (area_m2 / M2_PER_HA).quantize(M2)


def _plain(value: Cell) -> str:
    if isinstance(value, Decimal):
        return f"{value.quantize(M2):f}"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def as_json(document: Document) -> str:
    """The tables as objects, areas in m² to the hundredth."""
    content = {
        "title": document.title,
        "about": list(document.foot),
        **{
            table.name: [dict(zip(table.columns, map(_json, row), strict=True)) for row in table.rows]
            for table in document.tables
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _json(value: Cell) -> object:
    if isinstance(value, Decimal):
        return float(round(value, 4))
    return value.isoformat() if isinstance(value, dt.date) else value


def as_xlsx(document: Document) -> bytes:
    """A workbook with a sheet for each table, and one that says what, when and under which licence."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": document.title})
        looks = _Looks(
            head=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
            title=book.add_format({"bold": True, "font_size": 14}),
            hectares=book.add_format({"num_format": "#,##0.0000"}),
            count=book.add_format({"num_format": "#,##0"}),
            number=book.add_format({"num_format": "#,##0.00"}),
            day=book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        _write_about(book.add_worksheet(_("About")), document, looks)
        for table in document.tables:
            _write_table(book.add_worksheet(str(TITLES[table.name])[:31]), table, looks)
    return sink.getvalue()


@dataclass(frozen=True)
class _Looks:
    head: Format
    title: Format
    hectares: Format
    count: Format
    number: Format
    day: Format


def _write_about(sheet: Worksheet, document: Document, looks: _Looks) -> None:
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, document.title, looks.title)
    for place, line in enumerate(document.foot, start=2):
        sheet.write_string(place, 0, line)


def _write_table(sheet: Worksheet, table: Table, looks: _Looks) -> None:
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(table.columns):
        sheet.write_string(0, place, heading(name), looks.head)
        sheet.set_column(place, place, 34 if name in _WIDE else 14)
    for line, row in enumerate(table.rows, start=1):
        for place, (name, value) in enumerate(zip(table.columns, row, strict=True)):
            meant = str(row[0]) if name == "value" else name
            _write_cell(sheet, (line, place), meant, word(table, name, value), looks)


_WIDE = {"name", "source", "numbers", "figure", "fact", "value", "municipality", "line"}


def _write_cell(sheet: Worksheet, at: tuple[int, int], name: str, value: Cell, looks: _Looks) -> None:
    if isinstance(value, Decimal):
        is_area = name.endswith("_m2") and name != "price_eur_m2"
        sheet.write_number(
            *at, float(_hectares(value) if is_area else value), looks.hectares if is_area else looks.number
        )
    elif isinstance(value, int):
        sheet.write_number(*at, value, looks.count if name != "year" else None)
    elif isinstance(value, dt.date):
        sheet.write_datetime(*at, dt.datetime.combine(value, dt.time()), looks.day)
    elif value is not None:
        sheet.write_string(*at, harmless(value))


def heading(name: str) -> str:
    """What a column is called; areas are shown in hectares."""
    return str(COLUMNS[name])


def word(table: Table, column: str, value: Cell) -> Cell:
    """A code as its word; anything else as it is."""
    if column in table.codes and isinstance(value, str):
        return ", ".join(str(CODES.get(code, code)) for code in value.split(", "))
    return value


def cell(table: Table, column: str, value: Cell) -> str:
    """A cell as people read it: hectares to the square metre, days and codes in words."""
    told = word(table, column, value)
    if isinstance(told, Decimal):
        is_area = column.endswith("_m2") and column != "price_eur_m2"
        return formats.number(told / M2_PER_HA, 4) if is_area else formats.number(told, 2)
    if isinstance(told, dt.date):
        return formats.date(told)
    if isinstance(told, int):
        return str(told) if column == "year" else formats.number(told)
    return told if told is not None else formats.NONE


def is_number(table: Table, place: int) -> bool:
    """Whether a column holds numbers."""
    return any(isinstance(row[place], int | Decimal) for row in table.rows) and table.columns[place] not in {
        "year",
        "rank",
    }


def title(table: Table) -> str:
    """What a table is called."""
    return str(TITLES[table.name])
