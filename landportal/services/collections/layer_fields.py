"""The fields of a context layer: what its own columns are to filters, machine answers and exports.

Values lie in one JSON column, checked and written canonically by the import; so every cast below holds for every row.
Which rows are the layer's, `rows_of` says; who may see it is decided in `services.context_layers` and by the database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    SQLColumnExpression,
    Text,
    and_,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from landportal.gis.fields import Field, FilterSource, Kind
from landportal.model import ContextLayer, LayerFeature

_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.INTEGER: BigInteger(),
    Kind.NUMBER: Double(),
    Kind.BOOLEAN: Boolean(),
    Kind.DATE: Date(),
    Kind.MOMENT: DateTime(timezone=True),
}


def layer_source(layer: ContextLayer) -> FilterSource:
    """What a filter may say of `layer`; its SQL stands on `layer_feature`, to be joined with `rows_of`."""
    fields = tuple(_field(told["name"], Kind(told["kind"]), told["title"]) for told in layer.fields)
    return FilterSource(fields=fields, geometry=LayerFeature.geom, srid=layer.srid)


def rows_of(layer: ContextLayer) -> ColumnElement[bool]:
    """The rows of `layer_feature` that are the features of `layer` as it stands."""
    return and_(LayerFeature.layer_id == layer.id, LayerFeature.delivery == layer.delivery)


def _field(name: str, kind: Kind, title: str) -> Field:
    return Field(name=name, kind=kind, value=_value(name, kind), title_de=title, title_en=title)


def _value(name: str, kind: Kind) -> SQLColumnExpression[Any]:
    text: SQLColumnExpression[Any] = LayerFeature.properties[name].astext
    if kind is Kind.TEXT:
        return text
    return _texts(name) if kind is Kind.TEXTS else cast(text, _TYPES[kind])


def _texts(name: str) -> SQLColumnExpression[Any]:
    listed = LayerFeature.properties[name]
    elements = select(func.jsonb_array_elements_text(listed)).correlate(LayerFeature).scalar_subquery()
    return case((func.jsonb_typeof(listed) == "array", cast(func.array(elements), ARRAY(Text))))
