"""KML: placemarks that the database writes, always in WGS 84; KMZ is the same in a ZIP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sqlalchemy import String, Text, case, cast, func, literal
from sqlalchemy.orm import Session

from landportal.gis.fields import Field, Kind
from landportal.gis.writers.content import Content, plain, without_controls
from landportal.gis.writers.copying import copied

DIGITS = 9
_LINE_BREAK = "\x1d"
"""Stands for a line break on the way here, where a row is a line; no XML text holds it."""
_TYPES = {Kind.INTEGER: "int", Kind.NUMBER: "double", Kind.BOOLEAN: "bool"}


def kml(session: Session, content: Content) -> Iterator[bytes]:
    """A KML 2.2 document with a schema of the fields; every placemark is named by its number."""
    yield _head(content).encode()
    for row in content.counted(copied(session, content.select(_placemark(content)))):
        yield row.replace(_LINE_BREAK.encode(), b"\n")
    yield b"</Document></kml>\n"


def _head(content: Content) -> str:
    fields = "".join(_simple_field(field) for field in content.fields)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">'
        f'<Document id="root"><name>{escape(content.name)}</name><description>{escape(content.facts)}</description>\n'
        f"<Schema name={quoteattr(content.name)} id={quoteattr(content.name)}>{fields}</Schema>\n"
    )


def _simple_field(field: Field) -> str:
    kind = _TYPES.get(field.kind, "string")
    shown = f"<displayName>{escape(field.title_de)}</displayName>"
    return f'<SimpleField name={quoteattr(field.name)} type="{kind}">{shown}</SimpleField>'


def _placemark(content: Content) -> Any:
    """A placemark on one line."""
    values = [_datum(field) for field in content.fields]
    parts = [
        literal("<Placemark><name>"), _escaped(cast(content.label, String)), literal("</name>"),
        literal(f'<ExtendedData><SchemaData schemaUrl="#{content.name}">'), *values,
        literal("</SchemaData></ExtendedData>"),
        func.st_askml(content.shape, DIGITS), literal("</Placemark>"),
    ]  # fmt: skip
    return func.concat(*_nested(parts))


def _datum(field: Field) -> Any:
    begun, text = f"<SimpleData name={quoteattr(field.name)}>", _text(field)
    return case((text.is_not(None), func.concat(begun, _escaped(text), "</SimpleData>")), else_="")


def _text(field: Field) -> Any:
    if field.kind is Kind.MOMENT:
        return func.to_char(plain(field), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    return cast(plain(field), Text)


def _escaped(text: Any) -> Any:
    clean = without_controls(text)
    for character, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        clean = func.replace(clean, character, written)
    return func.translate(func.replace(clean, "\r", "&#13;"), "\n", _LINE_BREAK)


def _nested(parts: list[Any]) -> list[Any]:
    """Functions take a hundred arguments at most."""
    if len(parts) <= 90:
        return parts
    return _nested([func.concat(*parts[at : at + 90]) for at in range(0, len(parts), 90)])
