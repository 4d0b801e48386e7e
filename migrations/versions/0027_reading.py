"""Parcels to read, without the policies that writing needs.

Everybody may read every parcel. But where a table has policies, PostgreSQL plans without its statistics (they might tell
of rows that a policy hides): it took a word that every name has for a rare one, and a search for seconds. A view that its
owner answers has no policies. Sessions that only read find it first (`landportal.db.reading`).
"""

from alembic import op

revision = "0027_reading"
down_revision = "0026_tallies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make schema and view. A column added to the table has to be added here too: the tests say so."""
    op.execute("create schema reading")
    op.execute("create view reading.parcel as select * from public.parcel")
    op.execute("grant usage on schema reading to landportal_app")
    op.execute("grant select on reading.parcel to landportal_app")


def downgrade() -> None:
    """Drop them."""
    op.execute("drop schema reading cascade")
