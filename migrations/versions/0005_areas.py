"""Areas and the members of inter-municipal ones."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0005_areas"
down_revision = "0004_surroundings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name_de", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("kind", sa.String(length=20), server_default="commercial", nullable=False),
        sa.Column("legal_form", sa.String(length=40), nullable=True),
        sa.Column("plan_authority", sa.String(), nullable=True),
        sa.Column("developer", sa.String(), nullable=True),
        sa.Column("seller", sa.String(), nullable=True),
        sa.Column("permit_authority", sa.String(), nullable=True),
        sa.Column("plan_status", sa.Integer(), nullable=True),
        sa.Column("plan_name", sa.String(), nullable=True),
        sa.Column("plan_since", sa.Date(), nullable=True),
        sa.Column("gross_ha", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("net_ha", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("regional_plan_category", sa.String(length=20), nullable=True),
        sa.Column("founded", sa.Integer(), nullable=True),
        sa.Column("description_de", sa.String(), nullable=True),
        sa.Column("description_en", sa.String(), nullable=True),
        sa.Column("facts_source", sa.String(), nullable=True),
        sa.Column("contact_name", sa.String(), nullable=True),
        sa.Column("contact_phone", sa.String(), nullable=True),
        sa.Column("contact_email", sa.String(), nullable=True),
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
        sa.CheckConstraint(
            "kind in ('industrial', 'commercial', 'logistics', 'brownfield')", name="ck_area_kind_known"
        ),
        sa.CheckConstraint(
            "legal_form in ('single_municipality', 'purpose_agreement', 'special_purpose_association', 'planning_association', 'joint_institution', 'limited_company', 'county_and_municipality')",
            name="ck_area_legal_form_known",
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]*$'", name="ck_area_slug_form"),
        sa.CheckConstraint("gross_ha >= 0", name="ck_area_gross_ha_range"),
        sa.CheckConstraint("net_ha <= gross_ha", name="ck_area_net_within_gross"),
        sa.CheckConstraint("net_ha >= 0", name="ck_area_net_ha_range"),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name="ck_area_geom_valid"),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_set.id"], name="fk_area_data_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_area"),
        sa.UniqueConstraint("data_set_id", "source_id", name="uq_area_data_set_id_source_id"),
        sa.UniqueConstraint("slug", name="uq_area_slug"),
    )
    op.create_index("ix_area_data_set_id", "area", ["data_set_id"])
    op.create_index("ix_area_geom", "area", ["geom"], postgresql_using="gist")
    op.create_index("ix_area_geom_3857", "area", ["geom_3857"], postgresql_using="gist")
    op.create_table(
        "area_member",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=False),
        sa.Column("ags", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=10), server_default="member", nullable=False),
        sa.Column("votes", sa.Integer(), nullable=True),
        sa.Column("cost_share_pct", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.Column("revenue_share_pct", sa.Numeric(precision=6, scale=3), nullable=True),
        sa.Column("key_type", sa.String(length=20), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("document", sa.String(), nullable=True),
        sa.CheckConstraint(
            "key_type in ('land', 'cost', 'inhabitants', 'fixed')", name="ck_area_member_key_type_known"
        ),
        sa.CheckConstraint("role in ('member', 'seat')", name="ck_area_member_role_known"),
        sa.CheckConstraint("cost_share_pct between 0 and 100", name="ck_area_member_cost_share_pct_range"),
        sa.CheckConstraint("revenue_share_pct between 0 and 100", name="ck_area_member_revenue_share_pct_range"),
        sa.CheckConstraint("valid_to > valid_from", name="ck_area_member_validity_ordered"),
        sa.CheckConstraint("votes >= 0", name="ck_area_member_votes_range"),
        sa.ForeignKeyConstraint(["ags"], ["admin_unit.ags"], name="fk_area_member_ags"),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_area_member_area_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_area_member"),
    )
    op.create_index("ix_area_member_ags", "area_member", ["ags"])
    op.create_index(
        "uq_area_member_area_id_ags_valid_from", "area_member", ["area_id", "ags", "valid_from"], unique=True
    )
    op.create_index(
        "uq_area_member_current",
        "area_member",
        ["area_id", "ags"],
        unique=True,
        postgresql_where=sa.text("valid_to is null"),
    )


def downgrade() -> None:
    """Take them back."""
    op.drop_table("area_member")
    op.drop_table("area")
