"""Parcels by size: a tile that cannot hold all finds the largest without sorting what it does not show."""

import sqlalchemy as sa
from alembic import op

revision = "0022_by_size"
down_revision = "0021_funding"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_parcel_size", "parcel", [sa.text("area_m2 DESC")])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_parcel_size", table_name="parcel")
