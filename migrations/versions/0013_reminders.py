"""Digests and what each reminded of."""

import sqlalchemy as sa
from alembic import op

revision = "0013_reminders"
down_revision = "0012_guard"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "reminder",
        sa.Column("digest_id", sa.Integer(), sa.ForeignKey("digest.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("parcel_id", sa.Integer(), sa.ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("step", sa.String(10), primary_key=True),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step in ('age_30', 'age_60', 'age_90', 'ends_soon', 'ended')", name=op.f("ck_reminder_step_known")
        ),
    )
    op.create_index("ix_reminder_of_parcel", "reminder", ["parcel_id", "step", "counted_from"])
    op.execute("grant select, insert on digest, reminder to landportal_app")
    op.execute("grant usage on all sequences in schema public to landportal_app")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("reminder")
    op.drop_table("digest")
