"""Fields as JSON Schema: what a feature has (schema), what may be asked (queryables) and ordered by (sortables)."""

from __future__ import annotations

from typing import Any

from flask import url_for

from landportal.services.collections import Collection
from landportal.services.feature_input import editable_fields
from landportal.services.fields import Field, Kind
from landportal.web.ogc_api.frame import in_language

DIALECT = "https://json-schema.org/draft/2020-12/schema"

TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.MOMENT: {"type": "string", "format": "date-time"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
}


def schema(collection: Collection, endpoint: str, fields: tuple[Field, ...], shape: bool) -> dict[str, Any]:
    """A JSON Schema of `fields`, and of the geometry where `shape` says so; that of features marks the read-only."""
    told_of = collection.editable and endpoint == "ogc_api.schema"
    writable = {one.name for one in (editable_fields() if told_of else fields)}
    properties: dict[str, Any] = {
        one.name: property_schema(one) | ({} if one.name in writable else {"readOnly": True}) for one in fields
    }
    if shape:
        properties["geom"] = {
            "title": in_language("Geometrie", "Geometry"), "format": "geometry-any", "x-ogc-role": "primary-geometry",
        }  # fmt: skip
    return {
        "$schema": DIALECT,
        "$id": url_for(endpoint, collection=collection.id, _external=True),
        "type": "object",
        "title": in_language(collection.title_de, collection.title_en),
        "properties": properties,
        "additionalProperties": False,
    }


def property_schema(one: Field) -> dict[str, Any]:
    """One field."""
    kind = dict(TYPES[one.kind])
    if one.codes:
        values: list[Any] = [int(code) for code in one.codes] if one.kind is Kind.INTEGER else list(one.codes)
        if one.kind is Kind.TEXTS:
            kind["items"] = {"type": "string", "enum": values}
        else:
            kind["enum"] = values
    return {"title": in_language(one.title_de, one.title_en), **kind}


def sortable(collection: Collection) -> tuple[Field, ...]:
    """The fields that give an order."""
    return tuple(one for one in collection.fields if one.kind is not Kind.TEXTS)
