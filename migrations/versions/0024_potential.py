"""What can be built on a parcel: distances as settings, what is computed from them, and the queue that keeps it right."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION

revision = "0024_potential"
down_revision = "0023_road_graph"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"

CAUSES = (
    *("border", "motorway", "federal_road", "state_road", "local_road", "flood", "nature", "water", "heritage"),
    *("contamination", "power_line", "forest", "mining"),
)
GRADES = "grade in ('excluded', 'restricted')"

DISTANCES = (
    ("border", "excluded", 3, "ThürBO § 6", False),
    ("motorway", "excluded", 40, "FStrG § 9 (1)", False),
    ("motorway", "restricted", 100, "FStrG § 9 (2)", False),
    ("federal_road", "excluded", 20, "FStrG § 9 (1)", False),
    ("federal_road", "restricted", 40, "FStrG § 9 (2)", False),
    ("forest", "excluded", 30, "ThürWaldG § 26", False),
)
"""Where laws are the same for everybody. None was checked against the law's own text yet: planners do, and say so."""

FACETS = """
    municipality_ags zone plan_status servicing rail_siding round_the_clock constraint_kinds area_m2 price_eur_m2
    available_from motorway_m rail_m airport_m power_mw fibre_mbit confirmed_at area_id x_3857 y_3857 id
""".split()  # noqa: SIM905 - a list of bare names reads best as text


def upgrade() -> None:
    """Make tables, triggers and grants; every parcel that is there already is queued."""
    _make_distances()
    _make_potential()
    _make_queue()
    _keep_net_area()
    _execute((SQL / "0024_potential_up.sql").read_text())


def _make_distances() -> None:
    table = op.create_table(
        "distance_rule",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("grade", sa.String(12), nullable=False),
        sa.Column("distance_m", sa.Numeric(6, 1), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("plan_name", sa.String()),
        sa.Column("ags", sa.String(8)),
        sa.Column("marked", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(f"cause in ({', '.join(map(repr, CAUSES))})", name=op.f("ck_distance_rule_cause_known")),
        sa.CheckConstraint(GRADES, name=op.f("ck_distance_rule_grade_known")),
        sa.CheckConstraint("distance_m between 0 and 5000", name=op.f("ck_distance_rule_distance_m_range")),
        sa.CheckConstraint("(plan_name is null) = (ags is null)", name=op.f("ck_distance_rule_plan_of_place")),
        sa.CheckConstraint("source <> '' and plan_name <> ''", name=op.f("ck_distance_rule_texts_said")),
    )
    op.create_index(
        "uq_distance_rule_day", "distance_rule", ["cause", "grade", "plan_name", "ags", "valid_from"], unique=True,
        postgresql_nulls_not_distinct=True,
    )  # fmt: skip
    names = ("cause", "grade", "distance_m", "source", "verified")
    begun = {"valid_from": sa.text("date '2026-01-01'"), "marked": True}
    for row in DISTANCES:
        op.execute(sa.insert(table).values(**dict(zip(names, row, strict=True)), **begun))


def _make_potential() -> None:
    op.create_table(
        "parcel_potential",
        sa.Column("parcel_id", sa.Integer(), sa.ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("gross_m2", sa.Double(), nullable=False),
        sa.Column("net_m2", sa.Double(), nullable=False),
        sa.Column("restricted_m2", sa.Double(), nullable=False),
        sa.Column("net", Geometry("MULTIPOLYGON", srid=25832, spatial_index=False), nullable=False),
        sa.Column("fit_lower_m", ARRAY(DOUBLE_PRECISION()), nullable=False),
        sa.Column("fit_upper_m", ARRAY(DOUBLE_PRECISION()), nullable=False),
        sa.Column("largest", Geometry("POLYGON", srid=25832, spatial_index=False)),
        sa.Column("largest_width_m", sa.Double()),
        sa.Column("largest_depth_m", sa.Double()),
        sa.Column("largest_angle_deg", sa.Double()),
        sa.Column("parcel_version", sa.Integer(), nullable=False),
        sa.Column("settings", sa.String(16), nullable=False),
        sa.Column("inputs", sa.String(40), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "net_m2 >= 0 and restricted_m2 >= 0 and gross_m2 > 0", name=op.f("ck_parcel_potential_areas_range")
        ),
        sa.CheckConstraint(
            "cardinality(fit_lower_m) = cardinality(fit_upper_m)", name=op.f("ck_parcel_potential_bounds_paired")
        ),
    )
    op.create_table(
        "parcel_loss",
        sa.Column(
            "parcel_id", sa.Integer(), sa.ForeignKey("parcel_potential.parcel_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("place", sa.SmallInteger(), primary_key=True),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("grade", sa.String(12), nullable=False),
        sa.Column("distance_m", sa.Double(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date()),
        sa.Column("name", sa.String()),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=25832, spatial_index=False), nullable=False),
        sa.CheckConstraint(GRADES, name=op.f("ck_parcel_loss_grade_known")),
    )


def _make_queue() -> None:
    op.create_table(
        "parcel_stale",
        sa.Column("mark", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("parcel_id", sa.Integer(), nullable=False, index=True),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "enrichment_claim",
        sa.Column("parcel_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("claimed_by", sa.Integer(), nullable=False),
    )


def _keep_net_area() -> None:
    """The net area beside the other figures a search reads, with its past."""
    for table in ("parcel", "parcel_history"):
        op.add_column(table, sa.Column("net_area_m2", sa.Double()))
    _index_facets([*FACETS, "net_area_m2"])
    _show_past()


def _index_facets(columns: list[str]) -> None:
    op.drop_index("ix_parcel_facets", "parcel")
    op.create_index("ix_parcel_facets", "parcel", ["county_ags", "status"], postgresql_include=columns)


def _show_past() -> None:
    """(Re)make the view of parcels as they were at `moment()`."""
    names = op.get_bind().exec_driver_sql(
        "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute"
        " where attrelid = 'public.parcel'::regclass and attnum > 0 and not attisdropped"
    ).scalar_one()  # fmt: skip
    op.execute(
        f"create or replace view past.parcel as"
        f" select {names} from public.parcel where changed_at <= moment()"
        f" union all select {names} from public.parcel_history where changed_at <= moment() and ended_at > moment()"
    )
    op.execute("grant select on past.parcel to landportal_app")


def downgrade() -> None:
    """Forget what was computed."""
    _execute((SQL / "0024_potential_down.sql").read_text())
    op.execute("drop view past.parcel")
    _index_facets(FACETS)
    for table in ("parcel", "parcel_history"):
        op.drop_column(table, "net_area_m2")
    _show_past()
    for table in ("enrichment_claim", "parcel_stale", "parcel_loss", "parcel_potential", "distance_rule"):
        op.drop_table(table)


def _execute(statement: str) -> None:
    op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
