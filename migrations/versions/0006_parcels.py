"""Parcels."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0006_parcels"
down_revision = "0005_areas"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.execute("create sequence parcel_number")
    op.create_table(
        "parcel",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("name_de", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("cadastral_ids", postgresql.ARRAY(sa.String(length=20)), server_default="{}", nullable=False),
        sa.Column("area_id", sa.Integer(), nullable=True),
        sa.Column("zone", sa.String(length=4), nullable=True),
        sa.Column("zone_restricted", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("noise_quota_day_db", sa.Numeric(precision=4, scale=1), nullable=True),
        sa.Column("noise_quota_night_db", sa.Numeric(precision=4, scale=1), nullable=True),
        sa.Column("xplan_zone_code", sa.Integer(), nullable=True),
        sa.Column("plan_status", sa.Integer(), nullable=True),
        sa.Column("plan_name", sa.String(), nullable=True),
        sa.Column("plan_link", sa.String(), nullable=True),
        sa.Column("grz", sa.Numeric(precision=3, scale=2), nullable=True),
        sa.Column("gfz", sa.Numeric(precision=4, scale=2), nullable=True),
        sa.Column("bmz", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("height_max_m", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.Column("round_the_clock", sa.Boolean(), nullable=True),
        sa.Column("planning_as_of", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=12), server_default="preparing", nullable=False),
        sa.Column("status_since", sa.Date(), nullable=True),
        sa.Column("servicing", sa.String(length=12), nullable=True),
        sa.Column("servicing_until", sa.Date(), nullable=True),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("price_eur_m2", sa.Numeric(precision=9, scale=2), nullable=True),
        sa.Column("price_on_request", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("price_kind", sa.String(length=20), nullable=True),
        sa.Column("lot_min_m2", sa.Numeric(precision=12, scale=1), nullable=True),
        sa.Column("owner_kind", sa.String(length=10), nullable=True),
        sa.Column("large_scale_reserve", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("power_mw", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("power_later_mw", sa.Numeric(precision=7, scale=2), nullable=True),
        sa.Column("power_later_from", sa.Date(), nullable=True),
        sa.Column("power_source", sa.String(), nullable=True),
        sa.Column("gas", sa.String(length=20), nullable=True),
        sa.Column("water_m3_d", sa.Numeric(precision=9, scale=1), nullable=True),
        sa.Column("waste_water_pe", sa.Integer(), nullable=True),
        sa.Column("fibre_mbit", sa.Integer(), nullable=True),
        sa.Column("rail_siding", sa.Boolean(), nullable=True),
        sa.Column("supply_as_of", sa.Date(), nullable=True),
        sa.Column("description_de", sa.String(), nullable=True),
        sa.Column("description_en", sa.String(), nullable=True),
        sa.Column("contact_name", sa.String(), nullable=True),
        sa.Column("contact_phone", sa.String(), nullable=True),
        sa.Column("contact_email", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("schematic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=25832, spatial_index=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("area_m2", sa.Double(), sa.Computed("st_area(geom)", persisted=True), nullable=False),
        sa.Column(
            "geom_3857",
            Geometry("MULTIPOLYGON", srid=3857, spatial_index=False),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "x_3857",
            sa.Float(),
            sa.Computed("st_x(st_transform(st_pointonsurface(geom), 3857))", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "y_3857",
            sa.Float(),
            sa.Computed("st_y(st_transform(st_pointonsurface(geom), 3857))", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "lon",
            sa.Float(),
            sa.Computed("st_x(st_transform(st_pointonsurface(geom), 4326))", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "lat",
            sa.Float(),
            sa.Computed("st_y(st_transform(st_pointonsurface(geom), 4326))", persisted=True),
            nullable=False,
        ),
        sa.Column("municipality_ags", sa.String(length=8), nullable=True),
        sa.Column("county_ags", sa.String(length=5), nullable=True),
        sa.Column("constraint_kinds", postgresql.ARRAY(sa.String(length=20)), server_default="{}", nullable=False),
        sa.Column("search_text", sa.String(), server_default="", nullable=False),
        sa.Column("motorway_id", sa.Integer(), nullable=True),
        sa.Column("motorway_m", sa.Double(), nullable=True),
        sa.Column("motorway_name", sa.String(), nullable=True),
        sa.Column("rail_id", sa.Integer(), nullable=True),
        sa.Column("rail_m", sa.Double(), nullable=True),
        sa.Column("rail_name", sa.String(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("station_m", sa.Double(), nullable=True),
        sa.Column("station_name", sa.String(), nullable=True),
        sa.Column("airport_id", sa.Integer(), nullable=True),
        sa.Column("airport_m", sa.Double(), nullable=True),
        sa.Column("airport_name", sa.String(), nullable=True),
        sa.Column("substation_id", sa.Integer(), nullable=True),
        sa.Column("substation_m", sa.Double(), nullable=True),
        sa.Column("substation_name", sa.String(), nullable=True),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("source_date", sa.Date(), nullable=True),
        sa.Column("data_set_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "gas in ('none', 'available', 'low_pressure', 'medium_pressure', 'high_pressure')",
            name="ck_parcel_gas_known",
        ),
        sa.CheckConstraint("number ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'", name="ck_parcel_number_form"),
        sa.CheckConstraint("owner_kind in ('public', 'private', 'agency')", name="ck_parcel_owner_kind_known"),
        sa.CheckConstraint("plan_link ~ '^https?://'", name="ck_parcel_plan_link_web"),
        sa.CheckConstraint(
            "price_kind in ('contribution_free', 'contribution_due', 'leasehold')", name="ck_parcel_price_kind_known"
        ),
        sa.CheckConstraint("servicing in ('full', 'partial', 'under_way', 'none')", name="ck_parcel_servicing_known"),
        sa.CheckConstraint(
            "status in ('available', 'reserved', 'optioned', 'preparing', 'sold', 'leased', 'own_use', 'withdrawn')",
            name="ck_parcel_status_known",
        ),
        sa.CheckConstraint(
            "zone in ('GE', 'GI', 'SO', 'MI', 'MU', 'MK', 'MD', 'MDW', 'WS', 'WR', 'WA', 'WB')",
            name="ck_parcel_zone_known",
        ),
        sa.CheckConstraint("bmz between 0 and 100", name="ck_parcel_bmz_range"),
        sa.CheckConstraint("fibre_mbit >= 0", name="ck_parcel_fibre_mbit_range"),
        sa.CheckConstraint("gfz between 0 and 10", name="ck_parcel_gfz_range"),
        sa.CheckConstraint("grz between 0 and 1", name="ck_parcel_grz_range"),
        sa.CheckConstraint("height_max_m between 0 and 500", name="ck_parcel_height_max_m_range"),
        sa.CheckConstraint("lot_min_m2 >= 0", name="ck_parcel_lot_min_m2_range"),
        sa.CheckConstraint("noise_quota_day_db between 0 and 120", name="ck_parcel_noise_quota_day_db_range"),
        sa.CheckConstraint("noise_quota_night_db between 0 and 120", name="ck_parcel_noise_quota_night_db_range"),
        sa.CheckConstraint("not (price_on_request and price_eur_m2 is not null)", name="ck_parcel_price_or_request"),
        sa.CheckConstraint(
            "plan_status in (1000, 2000, 2100, 2200, 2300, 2400, 3000, 4000, 4500, 5000, 50000, 50001)",
            name="ck_parcel_plan_status_known",
        ),
        sa.CheckConstraint("power_later_mw between 0 and 10000", name="ck_parcel_power_later_mw_range"),
        sa.CheckConstraint("power_mw between 0 and 10000", name="ck_parcel_power_mw_range"),
        sa.CheckConstraint("price_eur_m2 between 0 and 100000", name="ck_parcel_price_eur_m2_range"),
        sa.CheckConstraint("st_area(geom) > 0", name="ck_parcel_area_positive"),
        sa.CheckConstraint("st_isvalid(geom) and not st_isempty(geom)", name="ck_parcel_geom_valid"),
        sa.CheckConstraint("waste_water_pe >= 0", name="ck_parcel_waste_water_pe_range"),
        sa.CheckConstraint("water_m3_d >= 0", name="ck_parcel_water_m3_d_range"),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name="fk_parcel_area_id"),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_set.id"], name="fk_parcel_data_set_id"),
        sa.ForeignKeyConstraint(["municipality_ags"], ["admin_unit.ags"], name="fk_parcel_municipality_ags"),
        sa.PrimaryKeyConstraint("id", name="pk_parcel"),
        sa.UniqueConstraint("data_set_id", "source_id", name="uq_parcel_data_set_id_source_id"),
        sa.UniqueConstraint("number", name="uq_parcel_number"),
    )
    op.create_index("ix_parcel_area_id", "parcel", ["area_id"])
    op.create_index("ix_parcel_data_set_id", "parcel", ["data_set_id"])
    op.create_index("ix_parcel_geom", "parcel", ["geom"], postgresql_using="gist")
    op.create_index("ix_parcel_geom_3857", "parcel", ["geom_3857"], postgresql_using="gist")
    op.create_index("ix_parcel_municipality_ags", "parcel", ["municipality_ags"])
    op.create_index(
        "ix_parcel_search_text",
        "parcel",
        ["search_text"],
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_parcel_facets",
        "parcel",
        ["county_ags", "status"],
        postgresql_include=[
            "municipality_ags",
            "zone",
            "plan_status",
            "servicing",
            "rail_siding",
            "round_the_clock",
            "constraint_kinds",
            "area_m2",
            "price_eur_m2",
            "available_from",
            "motorway_m",
            "rail_m",
            "airport_m",
            "power_mw",
            "fibre_mbit",
            "confirmed_at",
            "area_id",
            "x_3857",
            "y_3857",
            "id",
        ],
    )
    op.create_index(
        "ix_parcel_available_by_size",
        "parcel",
        [sa.text("area_m2 desc"), "id"],
        postgresql_where=sa.text("status = 'available'"),
    )


def downgrade() -> None:
    """Take them back."""
    op.drop_table("parcel")
    op.execute("drop sequence parcel_number")
