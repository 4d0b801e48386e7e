"""Which parcels can be built on as one: pairs of neighbours, computed with everything else of a parcel."""

import sqlalchemy as sa
from alembic import op

revision = "0025_neighbours"
down_revision = "0024_potential"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; every parcel that is there already is queued."""
    op.create_table(
        "parcel_neighbour",
        sa.Column("parcel_id", sa.Integer(), sa.ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("other_id", sa.Integer(), sa.ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("gap_m", sa.Double(), nullable=False),
        sa.Column("facing_m", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "parcel_id < other_id and gap_m >= 0 and facing_m > 0", name=op.f("ck_parcel_neighbour_pair_in_order")
        ),
    )
    op.create_index("ix_parcel_neighbour_other_id", "parcel_neighbour", ["other_id"])
    # Derived rows are the worker's, which acts as the application: it computes them again whenever they are gone.
    op.execute("grant select, insert, delete on parcel_neighbour to landportal_app")
    op.execute("insert into parcel_stale (parcel_id, reason) select id, 'parcel' from parcel")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("parcel_neighbour")
