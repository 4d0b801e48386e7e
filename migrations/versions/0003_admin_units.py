"""State, counties, municipalities, and the keys that mergers superseded."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0003_admin_units"
down_revision = "0002_provenance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "admin_unit",
        sa.Column("ags", sa.String(length=8), nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("parent_ags", sa.String(length=8), nullable=True),
        sa.Column("region", sa.String(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("trade_tax_multiplier", sa.Integer(), nullable=True),
        sa.Column("trade_tax_year", sa.Integer(), nullable=True),
        sa.Column("label_point", Geometry("POINT", srid=25832, spatial_index=False), nullable=True),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=25832, spatial_index=False), nullable=False),
        sa.Column(
            "geom_3857",
            Geometry("MULTIPOLYGON", srid=3857, spatial_index=False),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=True),
        sa.Column("data_set_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ags ~ '^[0-9]+$' and length(ags) = case level when 'state' then 2 when 'county' then 5 else 8 end",
            name="ck_admin_unit_ags_fits_level",
        ),
        sa.CheckConstraint("level in ('state', 'county', 'municipality')", name="ck_admin_unit_level_known"),
        sa.CheckConstraint("population >= 0", name="ck_admin_unit_population_range"),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name="ck_admin_unit_geom_valid"),
        sa.CheckConstraint("starts_with(ags, parent_ags)", name="ck_admin_unit_parent_is_prefix"),
        sa.CheckConstraint(
            "trade_tax_multiplier between 200 and 1000", name="ck_admin_unit_trade_tax_multiplier_range"
        ),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_set.id"], name="fk_admin_unit_data_set_id"),
        sa.ForeignKeyConstraint(["parent_ags"], ["admin_unit.ags"], name="fk_admin_unit_parent_ags"),
        sa.PrimaryKeyConstraint("ags", name="pk_admin_unit"),
        sa.UniqueConstraint("data_set_id", "source_id", name="uq_admin_unit_data_set_id_source_id"),
    )
    op.create_index("ix_admin_unit_data_set_id", "admin_unit", ["data_set_id"])
    op.create_index("ix_admin_unit_geom", "admin_unit", ["geom"], postgresql_using="gist")
    op.create_index("ix_admin_unit_geom_3857", "admin_unit", ["geom_3857"], postgresql_using="gist")
    op.create_index("ix_admin_unit_parent_ags", "admin_unit", ["parent_ags"])
    op.create_table(
        "superseded_key",
        sa.Column("ags", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("successor_ags", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["successor_ags"], ["admin_unit.ags"], name="fk_superseded_key_successor_ags"),
        sa.PrimaryKeyConstraint("ags", name="pk_superseded_key"),
    )
    op.create_index("ix_superseded_key_successor_ags", "superseded_key", ["successor_ags"])


def downgrade() -> None:
    """Take them back."""
    op.drop_table("superseded_key")
    op.drop_table("admin_unit")
