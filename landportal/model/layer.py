"""Context layers: vector data that others drew, published with their own columns beside the land on offer.

Whatever a layer's columns are, its features live in one table: a new layer is rows, never a change of the schema.
How a file becomes a layer is `services.context_layers`' business, what its columns mean to a filter
`services.collections.layer_fields`'.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Identity, Index, String, func
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import TILE_SRID, Base, geometry_column, valid_geometry

LONLAT_SRID = 4326
"""Layers that reach beyond where the storage CRS measures keep longitude and latitude."""


class ContextLayer(Base):
    """A published layer. `organisation_id`: the only organisation that sees it; None where everybody does.

    `kept_by_id`: the organisation whose planners may replace it or take it down; None where only the administrators of
    the whole portal and the command line may. `delivery` counts its deliveries: rows of that number are the layer.
    `fields` are dicts of name, source_name, kind (a gis.fields.Kind) and title, in the order of the file; `key_field`
    is the source's column that names a feature, None where they are numbered. `bbox` is west, south, east, north.
    """

    __tablename__ = "context_layer"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    title_de: Mapped[str]
    title_en: Mapped[str]
    description: Mapped[str | None]
    publisher: Mapped[str | None]
    licence: Mapped[str]
    licence_url: Mapped[str | None]
    attribution: Mapped[str]
    data_date: Mapped[dt.date | None]
    source_file: Mapped[str]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    kept_by_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    delivery: Mapped[int] = mapped_column(server_default="0")
    srid: Mapped[int]
    geometry_kind: Mapped[str] = mapped_column(String(12))
    fields: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    key_field: Mapped[str | None]
    bbox: Mapped[list[float] | None] = mapped_column(ARRAY(DOUBLE_PRECISION))
    feature_count: Mapped[int] = mapped_column(server_default="0")
    imported_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("name ~ '^[a-z][a-z0-9_-]*$'", name="name_slug"),
        CheckConstraint(f"srid in (25832, {LONLAT_SRID})", name="srid_known"),
        CheckConstraint("geometry_kind in ('point', 'line', 'polygon', 'mixed', 'none')", name="geometry_kind_known"),
        CheckConstraint("bbox is null or cardinality(bbox) = 4", name="bbox_of_four"),
    )


class LayerFeature(Base):
    """A feature of a layer: `properties` by the names of its fields, `geom` in the layer's srid, or none at all.

    Values are canonical (numbers and booleans as in JSON, days and moments in ISO 8601), so that no cast fails.
    """

    __tablename__ = "layer_feature"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer_id: Mapped[int] = mapped_column(ForeignKey("context_layer.id", ondelete="CASCADE"))
    delivery: Mapped[int]
    key: Mapped[str]
    properties: Mapped[dict[str, Any]] = mapped_column(JSONB)
    geom: Mapped[WKBElement | None] = mapped_column(Geometry(None, srid=-1, spatial_index=False))
    geom_3857: Mapped[WKBElement | None] = mapped_column(
        geometry_column("GEOMETRY", srid=TILE_SRID), Computed("layer_tile_copy(geom)", persisted=True)
    )

    __table_args__ = (
        valid_geometry(),
        Index("uq_layer_feature_key", "layer_id", "delivery", "key", unique=True),
        Index("ix_layer_feature_page", "layer_id", "delivery", "id"),
        # The layer first (btree_gist): a box of one layer is one step of an index scan, however large the others are.
        Index("ix_layer_feature_geom", "layer_id", "delivery", "geom", postgresql_using="gist"),
        Index("ix_layer_feature_geom_3857", "layer_id", "delivery", "geom_3857", postgresql_using="gist"),
    )
