"""The orders of a list, kept: the first page of much land is found without sorting all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0028_orders"
down_revision = "0027_reading"
branch_labels = None
depends_on = None

ORDERS = {
    "ix_parcel_by_price": ("price_eur_m2", "id"),
    "ix_parcel_by_motorway": ("motorway_m", "id"),
}


def upgrade() -> None:
    """Make the indexes."""
    for name, columns in ORDERS.items():
        op.create_index(name, "parcel", [sa.text(column) for column in columns])


def downgrade() -> None:
    """Drop them."""
    for name in ORDERS:
        op.drop_index(name, table_name="parcel")
