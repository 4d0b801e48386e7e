"""The row trigger of parcels derives the same values with less work."""

import re
from pathlib import Path

from alembic import op

revision = "0014_faster_derive"
down_revision = "0013_reminders"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"
FUNCTIONS = ("nearest_infrastructure", "derive_municipality", "parcel_derive")


def upgrade() -> None:
    """Replace the functions."""
    _execute((SQL / "0014_faster_derive_up.sql").read_text())


def downgrade() -> None:
    """Bring back those of 0007."""
    before = (SQL / "0007_derived_up.sql").read_text()
    for name in FUNCTIONS:
        (definition,) = re.findall(rf"^create (function {name}\(.*?^\$\$;)", before, re.MULTILINE | re.DOTALL)
        _execute(f"create or replace {definition}")


def _execute(statement: str) -> None:
    op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
