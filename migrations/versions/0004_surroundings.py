"""Infrastructure, constraint zones and roads, those to come included."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0004_surroundings"
down_revision = "0003_admin_units"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "infrastructure",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("voltage_kv", sa.Integer(), nullable=True),
        sa.Column("accuracy", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("attribution", sa.String(), nullable=True),
        sa.Column("schematic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("geom", Geometry("POINT", srid=25832, spatial_index=False), nullable=False),
        sa.Column(
            "geom_3857",
            Geometry("POINT", srid=3857, spatial_index=False),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=True),
        sa.Column("data_set_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind in ('motorway_junction', 'rail_freight', 'station', 'airport', 'substation', 'airfield')",
            name="ck_infrastructure_kind_known",
        ),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name="ck_infrastructure_geom_valid"),
        sa.CheckConstraint("voltage_kv between 0 and 1200", name="ck_infrastructure_voltage_kv_range"),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_set.id"], name="fk_infrastructure_data_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_infrastructure"),
        sa.UniqueConstraint("data_set_id", "source_id", name="uq_infrastructure_data_set_id_source_id"),
    )
    op.create_index("ix_infrastructure_data_set_id", "infrastructure", ["data_set_id"])
    op.create_index("ix_infrastructure_geom_3857", "infrastructure", ["geom_3857"], postgresql_using="gist")
    op.create_index("ix_infrastructure_kind_geom", "infrastructure", ["kind", "geom"], postgresql_using="gist")
    op.create_table(
        "constraint_zone",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("grade", sa.String(length=12), server_default="restricted", nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=True),
        sa.Column("schematic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=25832, spatial_index=False), nullable=False),
        sa.Column(
            "geom_3857",
            Geometry("MULTIPOLYGON", srid=3857, spatial_index=False),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=True),
        sa.Column("data_set_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("grade in ('excluded', 'restricted')", name="ck_constraint_zone_grade_known"),
        sa.CheckConstraint(
            "kind in ('flood', 'nature', 'water', 'heritage', 'contamination', 'power_line', 'forest', 'mining')",
            name="ck_constraint_zone_kind_known",
        ),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name="ck_constraint_zone_geom_valid"),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_set.id"], name="fk_constraint_zone_data_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_constraint_zone"),
        sa.UniqueConstraint("data_set_id", "source_id", name="uq_constraint_zone_data_set_id_source_id"),
    )
    op.create_index("ix_constraint_zone_data_set_id", "constraint_zone", ["data_set_id"])
    op.create_index("ix_constraint_zone_geom", "constraint_zone", ["geom"], postgresql_using="gist")
    op.create_index("ix_constraint_zone_geom_3857", "constraint_zone", ["geom_3857"], postgresql_using="gist")
    op.create_table(
        "road",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("road_class", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("state", sa.String(length=20), server_default="open", nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=True),
        sa.Column("length_m", sa.Numeric(precision=12, scale=1), nullable=True),
        sa.Column("schematic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("geom", Geometry("MULTILINESTRING", srid=25832, spatial_index=False), nullable=False),
        sa.Column(
            "geom_3857",
            Geometry("MULTILINESTRING", srid=3857, spatial_index=False),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=True),
        sa.Column("data_set_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "road_class in ('motorway', 'federal_road', 'state_road', 'local_road')", name="ck_road_road_class_known"
        ),
        sa.CheckConstraint("state in ('open', 'under_construction', 'planned')", name="ck_road_state_known"),
        sa.CheckConstraint("length_m >= 0", name="ck_road_length_m_range"),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name="ck_road_geom_valid"),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_set.id"], name="fk_road_data_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_road"),
        sa.UniqueConstraint("data_set_id", "source_id", name="uq_road_data_set_id_source_id"),
    )
    op.create_index("ix_road_data_set_id", "road", ["data_set_id"])
    op.create_index("ix_road_geom", "road", ["geom"], postgresql_using="gist")
    op.create_index("ix_road_geom_3857", "road", ["geom_3857"], postgresql_using="gist")


def downgrade() -> None:
    """Take them back."""
    op.drop_table("road")
    op.drop_table("constraint_zone")
    op.drop_table("infrastructure")
