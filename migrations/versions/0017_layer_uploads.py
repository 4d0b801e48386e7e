"""Files uploaded to become context layers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_layer_uploads"
down_revision = "0016_context_layers"
branch_labels = None
depends_on = None

STATES = ("looking", "looked", "refused", "publishing", "published", "discarded")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "layer_upload",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), index=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_as", sa.String(80), nullable=False),
        sa.Column("replaces", sa.String(63)),
        sa.Column("options", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_total", sa.Integer()),
        sa.Column("survey", postgresql.JSONB()),
        sa.Column("result", postgresql.JSONB()),
        sa.Column("problem", postgresql.JSONB()),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            f"state in ({', '.join(repr(state) for state in STATES)})", name=op.f("ck_layer_upload_state_known")
        ),
    )
    op.execute("grant select, insert, update on layer_upload to landportal_app")
    op.execute("grant usage on all sequences in schema public to landportal_app")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("layer_upload")
