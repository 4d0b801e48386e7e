"""Formats made of lines that the database writes: GeoJSON, GeoJSON text sequences, CSV, lists of identifiers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, String, case, cast, func, literal, select
from sqlalchemy.orm import Session

from landportal.gis.fields import Kind
from landportal.gis.writers.content import Content, plain
from landportal.gis.writers.copying import copied

RECORD_SEPARATOR = b"\x1e"
"""Begins every text of a GeoJSON text sequence (RFC 8142)."""

WKT = "wkt"
"""The last column of a CSV: the shape as well-known text."""

_FORMULA = r"^'*[=+\-@\t\r]"
"""How a text begins that a spreadsheet would calculate (or one that was made harmless before)."""


def geojson(session: Session, content: Content) -> Iterator[bytes]:
    """A FeatureCollection (RFC 7946), the number of features at its end: a file cut off is no JSON.

    In another CRS than WGS 84 the collection names it as GeoJSON 2008 did, which GDAL and QGIS read.
    """
    yield _head(content).encode()
    written = 0
    for row in content.counted(copied(session, _features(content))):
        yield b",\n" + row[:-1] if written else row[:-1]
        written += 1
    yield f'],"numberReturned":{written}}}\n'.encode()


def _head(content: Content) -> str:
    members: dict[str, Any] = {"type": "FeatureCollection", "name": content.name}
    if content.crs.srid != 4326:
        urn = f"urn:ogc:def:crs:EPSG::{content.crs.srid}"
        members["crs"] = {"type": "name", "properties": {"name": urn}}
    members |= {"numberMatched": content.count, "record": json.loads(content.facts)}
    return json.dumps(members, ensure_ascii=False)[:-1] + ',"features":[\n'


def geojson_sequence(session: Session, content: Content) -> Iterator[bytes]:
    """One feature a line, each begun by a record separator (RFC 8142)."""
    for row in content.counted(copied(session, _features(content))):
        yield RECORD_SEPARATOR + row


def _features(content: Content) -> Any:
    """Each row as a GeoJSON feature: lists stay lists, the number is the feature's id."""
    values = [field.value if field.kind is Kind.TEXTS else plain(field) for field in content.fields]
    named: list[Any] = [value.label(field.name) for value, field in zip(values, content.fields, strict=True)]
    properties = select(*named).correlate_except().lateral("properties")
    written = cast(func.row_to_json(properties.table_valued()), String) if named else literal("{}")
    feature = func.concat(
        '{"type":"Feature","id":', cast(func.to_json(content.label), String),
        ',"geometry":', func.coalesce(func.st_asgeojson(content.shape, content.crs.digits, 0), "null"),
        ',"properties":', written, "}",
    )  # fmt: skip
    return content.select(feature, lateral=properties if named else None)


def csv(session: Session, content: Content) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 without a byte order mark: a header, commas, CR LF, the shape as WKT in the last column.

    A text that a spreadsheet would run as a formula gets an apostrophe before it, as the import takes it away again.
    """
    values = [
        _harmless(plain(f)) if f.kind in {Kind.TEXT, Kind.TEXTS} else _written(f.kind, plain(f)) for f in content.fields
    ]
    columns = [value.label(field.name) for value, field in zip(values, content.fields, strict=True)]
    shape = func.st_astext(content.shape, content.crs.digits).label(WKT)
    yield from _table(session, content, content.select(*columns, shape))


def _table(session: Session, content: Content, statement: Select[Any]) -> Iterator[bytes]:
    rows = copied(session, statement, "(format csv, header)")
    yield next(rows)[:-1] + b"\r\n"
    for row in content.counted(rows):
        yield row[:-1] + b"\r\n"


def _written(kind: Kind, value: ColumnElement[Any]) -> ColumnElement[Any]:
    if kind is Kind.BOOLEAN:
        return case((value, "true"), (~value, "false"))
    if kind is Kind.MOMENT:
        return func.to_char(value, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    return value


def _harmless(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((text.op("~")(_FORMULA), func.concat("'", text)), else_=text)


def cadastral_table(session: Session, content: Content, identifiers: SQLColumnExpression[Any]) -> Iterator[bytes]:
    """A CSV of one line for each of the `identifiers` (an array): the identifier and the feature it belongs to.

    A feature without any has a line with an empty identifier, so that nobody takes it for forgotten.
    """
    none = case((func.cardinality(identifiers) == 0, func.array_append(identifiers, None)), else_=identifiers)
    each = func.unnest(none).table_valued("identifier").render_derived().lateral("each")
    named = [each.c.identifier.label("cadastral_id"), _harmless(cast(content.label, String)).label("number")]
    yield from _table(session, content, content.select(*named, lateral=each))


def cadastral_list(session: Session, content: Content, identifiers: SQLColumnExpression[Any]) -> Iterator[bytes]:
    """The `identifiers` (an array) alone, one a line."""
    each = func.unnest(identifiers).table_valued("identifier").render_derived().lateral("each")
    yield from content.counted(copied(session, content.select(each.c.identifier, lateral=each)))
