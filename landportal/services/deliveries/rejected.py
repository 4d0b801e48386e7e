"""Rejected rows as a file to correct: every original cell, the shape, and why; a new delivery understands it again.

CSV, because a shape may be longer than a cell of a workbook holds.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.gis.readers import Batch, Source, open_source
from landportal.model import Delivery, DeliveryIssue
from landportal.services import imports
from landportal.services.deliveries.options import LIMITS, options_of
from landportal.services.import_columns import ImportKind
from landportal.services.import_issues import Issue, Severity
from landportal.services.import_values import harmless
from landportal.services.imports import ImportRequest

REASON = ("Grund der Ablehnung", "Reason for rejection")
SHAPE = "wkt"


def lines(session: Session, delivery: Delivery, file: Path, language: str) -> Iterator[str]:
    """The file's rejected rows as CSV, line by line; values that a spreadsheet would calculate are kept from it.

    Raises CannotRead when the file cannot be read any more.
    """
    reasons = _reasons(session, delivery.id, language)
    options = options_of(delivery)
    request = ImportRequest(
        kind=ImportKind.PARCELS, file=file, layer=options.layer, crs=options.crs, encoding=options.encoding,
        mapping=options.mapping, by_number=options.by_number,
    )  # fmt: skip
    with open_source(file, imports.read_options(request, imports.region(session)), LIMITS) as source:
        comma = source.decimal_comma if source.decimal_comma is not None else language == "de"
        for row in _table(source, reasons, language, comma):
            yield _line(row, ";" if comma else ",")


def _reasons(session: Session, delivery_id: int, language: str) -> dict[int, str]:
    rejected = select(DeliveryIssue).where(
        DeliveryIssue.delivery_id == delivery_id, DeliveryIssue.severity == Severity.REJECTED
    )
    found: dict[int, str] = {}
    for issue in session.scalars(rejected.order_by(DeliveryIssue.id).execution_options(yield_per=1000)):
        told = Issue(issue.row, Severity.REJECTED, issue.code, issue.field, issue.value, issue.facts).sentence(language)
        found[issue.row] = f"{found[issue.row]} {told}" if issue.row in found else told
    return found


def _table(source: Source, reasons: dict[int, str], language: str, comma: bool) -> Iterator[list[str]]:
    titles: list[str] = []
    for batch in source.batches():
        if not titles:
            titles = [title for title in (*source.columns, *batch.places) if title not in REASON]
            shape = [] if batch.places or shapely.is_missing(batch.geometry).all() else [SHAPE]
            yield [*map(harmless, titles), *shape, REASON[language == "en"]]
        for place, number in enumerate(batch.numbers):
            if number in reasons:
                cells = [_text((batch.columns | batch.places)[title][place], comma) for title in titles]
                yield [*cells, *(_shape(source, batch, place) for _ in shape), harmless(reasons[number])]


def _shape(source: Source, batch: Batch, place: int) -> str:
    shape = batch.geometry[place]
    if shape is None:
        return ""
    epsg = source.crs.to_epsg() if source.crs is not None else None
    return (f"SRID={epsg};" if epsg else "") + str(shapely.to_wkt(shape, rounding_precision=9))


def _text(cell: object, comma: bool) -> str:
    """A cell as the importer reads it again: dates as ISO, numbers with the file's own decimal mark."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ja" if cell else "nein"
    if isinstance(cell, (float, Decimal)):
        plain = f"{cell:.12f}".rstrip("0").rstrip(".")
        return plain.replace(".", ",") if comma else plain
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, list):
        return harmless(" | ".join(map(str, cell)))
    return harmless(str(cell))


def _line(row: list[str], delimiter: str) -> str:
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter).writerow(row)
    return sink.getvalue()
