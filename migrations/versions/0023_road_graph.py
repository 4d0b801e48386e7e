"""The road graph, and what parcels know of it: ways by lorry, isochrones."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0023_road_graph"
down_revision = "0022_by_size"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"

CLASSES = (
    *("motorway", "motorway_ramp", "federal_road", "state_road", "county_road", "ramp", "local_road", "street"),
    "shared_street",
)


def upgrade() -> None:
    """Make the tables, and the triggers that ask for what has to be worked out anew."""
    _make_graph()
    _make_derived()
    op.get_bind().exec_driver_sql((SQL / "0023_road_graph_up.sql").read_text())


def _make_graph() -> None:
    op.create_table(
        "road_graph",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("data_set_id", sa.Integer(), sa.ForeignKey("data_set.id"), index=True, nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("schematic", sa.Boolean(), nullable=False),
        sa.Column("nodes", sa.Integer(), nullable=False),
        sa.Column("edges", sa.Integer(), nullable=False),
        sa.Column("length_km", sa.Float(), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "road_node",
        *_in_graph(),
        sa.Column("geom", Geometry("POINT", srid=25832, spatial_index=False), nullable=False),
    )
    op.create_table(
        "road_edge",
        *_in_graph(),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("target", sa.Integer(), nullable=False),
        sa.Column("road_class", sa.String(20), nullable=False),
        sa.Column("ref", sa.String()),
        sa.Column("name", sa.String()),
        sa.Column("length_m", sa.Float(), nullable=False),
        *(sa.Column(f"{way}_min", sa.Float()) for way in ("lorry", "lorry_back", "car", "car_back")),
        sa.Column("built_up", sa.Boolean()),
        sa.Column("geom", Geometry("LINESTRING", srid=25832, spatial_index=False), nullable=False),
        sa.CheckConstraint(f"road_class in {CLASSES!r}", name=op.f("ck_road_edge_road_class_known")),
        sa.CheckConstraint("length_m >= 0", name=op.f("ck_road_edge_length_m_range")),
    )


def _in_graph() -> tuple[sa.Column, ...]:
    graph = sa.ForeignKey("road_graph.id", ondelete="CASCADE")
    return (
        sa.Column("graph_id", sa.Integer(), graph, primary_key=True),
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
    )


def _of_parcel() -> sa.Column:
    return sa.Column("parcel_id", sa.Integer(), sa.ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True)


def _computed_at() -> sa.Column:
    return sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _make_derived() -> None:
    op.create_table(
        "parcel_travel",
        _of_parcel(),
        sa.Column("kind", sa.String(12), primary_key=True),
        sa.Column("graph_id", sa.Integer(), nullable=False),
        sa.Column("shape", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.Integer(), sa.ForeignKey("infrastructure.id", ondelete="CASCADE"), index=True),
        *(sa.Column(name, sa.Float()) for name in ("minutes", "km", "access_m")),
        sa.Column("through_settlement", sa.Boolean()),
        _computed_at(),
    )
    op.create_index(
        "ix_parcel_travel_minutes", "parcel_travel", ["kind", "minutes", "parcel_id"],
        postgresql_where=sa.text("minutes is not null"),
    )  # fmt: skip
    op.create_table(
        "parcel_isochrone",
        _of_parcel(),
        sa.Column("minutes", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("graph_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer()),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=25832, spatial_index=False)),
        _computed_at(),
    )


def downgrade() -> None:
    """Drop them."""
    op.get_bind().exec_driver_sql((SQL / "0023_road_graph_down.sql").read_text())
    for table in ("parcel_isochrone", "parcel_travel", "road_edge", "road_node", "road_graph"):
        op.drop_table(table)
    op.execute("drop function parcel_travel_moved()")
