"""Data sets, import runs and revisions: where every row comes from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_provenance"
down_revision = "0001_postgis"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "data_set",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title_de", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("publisher", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("licence_url", sa.String(), nullable=True),
        sa.Column("attribution", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=True),
        sa.Column("data_date", sa.Date(), nullable=True),
        sa.Column("schematic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note_de", sa.String(), nullable=True),
        sa.Column("note_en", sa.String(), nullable=True),
        sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]*$'", name="ck_data_set_name_slug"),
        sa.PrimaryKeyConstraint("id", name="pk_data_set"),
        sa.UniqueConstraint("name", name="uq_data_set_name"),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("data_set_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["data_set_id"], ["data_set.id"], name="fk_import_run_data_set_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
    )
    op.create_index("ix_import_run_data_set_id", "import_run", ["data_set_id"])
    op.create_table(
        "revision",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_revision"),
    )


def downgrade() -> None:
    """Take them back."""
    op.drop_table("revision")
    op.drop_table("import_run")
    op.drop_table("data_set")
