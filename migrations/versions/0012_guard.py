"""The application's role, what it may touch, and row-level security on parcels and their histories."""

from pathlib import Path

from alembic import op

revision = "0012_guard"
down_revision = "0011_jobs"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"


def upgrade() -> None:
    """Raise the guard."""
    op.get_bind().exec_driver_sql((SQL / "0012_guard_up.sql").read_text().replace("%", "%%"))


def downgrade() -> None:
    """Lower it."""
    op.get_bind().exec_driver_sql((SQL / "0012_guard_down.sql").read_text().replace("%", "%%"))
