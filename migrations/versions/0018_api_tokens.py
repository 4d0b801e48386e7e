"""API tokens: by which programs act for somebody, with no more of each than its hash."""

import sqlalchemy as sa
from alembic import op

revision = "0018_api_tokens"
down_revision = "0017_layer_uploads"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; the application adds tokens, notes that one was used, and revokes."""
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False, index=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("prefix", sa.String(12), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_on", sa.Date()),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("sha256", name="uq_api_token_sha256"),
        sa.CheckConstraint("scope in ('read', 'write')", name=op.f("ck_api_token_scope_known")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_api_token_sha256_form")),
    )
    op.execute("grant select, insert, update (last_used_on, revoked_at) on api_token to landportal_app")
    op.execute("grant usage on all sequences in schema public to landportal_app")


def downgrade() -> None:
    """Drop it; tokens handed out open nothing any more."""
    op.drop_table("api_token")
