"""The job queue: procrastinate's own schema, as its installed version brings it."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0011_jobs"
down_revision = "0010_desk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the queue's tables, types and functions."""
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))


def downgrade() -> None:
    """Drop them."""
    bind = op.get_bind()
    for kind, names in (
        ("table", "select tablename from pg_tables where schemaname = 'public' and tablename like 'procrastinate%'"),
        (
            "function",
            "select oid::regprocedure::text from pg_proc"
            " where pronamespace = 'public'::regnamespace and proname like 'procrastinate%'",
        ),
        (
            "type",
            "select typname from pg_type where typnamespace = 'public'::regnamespace"
            " and typname like 'procrastinate%' and typtype in ('e', 'c')",
        ),
    ):
        for (name,) in bind.exec_driver_sql(names.replace("%", "%%")).all():
            op.execute(f"drop {kind} if exists {name} cascade")
