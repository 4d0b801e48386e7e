"""Context layers and their features."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0016_context_layers"
down_revision = "0014_faster_derive"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Make the tables, what is derived of them, and who may see and write them."""
    # `layer:` and a name of 63 letters.
    op.alter_column("revision", "subject", type_=sa.String(80))
    _make_layers()
    _execute((SQL / "0016_context_layers_up.sql").read_text())
    _make_features()
    _execute((SQL / "0016_context_layers_guard.sql").read_text())


def _make_layers() -> None:
    op.create_table(
        "context_layer",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("name", sa.String(63), nullable=False),
        sa.Column("title_de", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("description", sa.String()),
        sa.Column("publisher", sa.String()),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("licence_url", sa.String()),
        sa.Column("attribution", sa.String(), nullable=False),
        sa.Column("data_date", sa.Date()),
        sa.Column("source_file", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), index=True),
        sa.Column("kept_by_id", sa.Integer(), sa.ForeignKey("organisation.id"), index=True),
        sa.Column("delivery", sa.Integer(), server_default="0", nullable=False),
        sa.Column("srid", sa.Integer(), nullable=False),
        sa.Column("geometry_kind", sa.String(12), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("key_field", sa.String()),
        sa.Column("bbox", postgresql.ARRAY(postgresql.DOUBLE_PRECISION())),
        sa.Column("feature_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.UniqueConstraint("name", name="uq_context_layer_name"),
        sa.CheckConstraint("name ~ '^[a-z][a-z0-9_-]*$'", name=op.f("ck_context_layer_name_slug")),
        sa.CheckConstraint("srid in (25832, 4326)", name=op.f("ck_context_layer_srid_known")),
        sa.CheckConstraint(
            "geometry_kind in ('point', 'line', 'polygon', 'mixed', 'none')",
            name=op.f("ck_context_layer_geometry_kind_known"),
        ),
        sa.CheckConstraint("bbox is null or cardinality(bbox) = 4", name=op.f("ck_context_layer_bbox_of_four")),
    )


def _make_features() -> None:
    tile_copy = sa.Computed("layer_tile_copy(geom)", persisted=True)
    op.create_table(
        "layer_feature",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("layer_id", sa.Integer(), sa.ForeignKey("context_layer.id", ondelete="CASCADE"), nullable=False),
        sa.Column("delivery", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("properties", postgresql.JSONB(), nullable=False),
        sa.Column("geom", Geometry(None, srid=-1, spatial_index=False)),
        sa.Column("geom_3857", Geometry("GEOMETRY", srid=3857, spatial_index=False), tile_copy),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name=op.f("ck_layer_feature_geom_valid")),
    )
    op.create_index("uq_layer_feature_key", "layer_feature", ["layer_id", "delivery", "key"], unique=True)
    op.create_index("ix_layer_feature_page", "layer_feature", ["layer_id", "delivery", "id"])
    for column in ("geom", "geom_3857"):
        op.create_index(
            f"ix_layer_feature_{column}", "layer_feature", ["layer_id", "delivery", column], postgresql_using="gist"
        )


def downgrade() -> None:
    """Drop them."""
    _execute((SQL / "0016_context_layers_down.sql").read_text())
    op.drop_table("layer_feature")
    op.drop_table("context_layer")
    _execute("drop function layer_tile_copy(geometry); drop function context_layer_moved();")
    _execute("drop function actor_publishes(int); drop function actor_organisation();")
    op.execute("delete from revision where subject = 'layers' or subject like 'layer:%'")
    op.alter_column("revision", "subject", type_=sa.String(40))


def _execute(statement: str) -> None:
    op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
