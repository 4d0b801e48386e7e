"""A context layer as a collection: its own columns are its fields."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, func, select

from landportal.gis.fields import Kind
from landportal.model import ContextLayer, LayerFeature
from landportal.services.collections.collection import Collection
from landportal.services.collections.layer_fields import layer_source, rows_of


def layer_collection(layer: ContextLayer) -> Collection:
    """The collection that `layer` is, as it stands now."""
    source = layer_source(layer)
    moments = (one.name for one in source.fields if one.kind in {Kind.DATE, Kind.MOMENT})
    return Collection(
        layer.name, layer.title_de, layer.title_en, layer.description or layer.title_de,
        layer.description or layer.title_en, source, LayerFeature, LayerFeature.id, LayerFeature.key,
        (f"layer:{layer.name}",), visible=rows_of(layer), near=partial(_near, layer),
        tile_geometry=LayerFeature.geom_3857,
        moment=next(moments, None), licence_url=layer.licence_url, attribution=layer.attribution,
        public=layer.organisation_id is None, box=tuple(layer.bbox) if layer.bbox else None,
    )  # fmt: skip


def _near(layer: ContextLayer, box: ColumnElement[Any]) -> ColumnElement[bool]:
    found = func.layer_features_near(layer.id, box).table_valued("id")
    return LayerFeature.id.in_(select(found.c.id))
