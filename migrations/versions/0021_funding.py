"""Grants to areas and until when they bind their land."""

import sqlalchemy as sa
from alembic import op

revision = "0021_funding"
down_revision = "0020_past_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; its rows belong to what is told of areas."""
    op.create_table(
        "area_funding",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("area_id", sa.Integer(), sa.ForeignKey("area.id", ondelete="CASCADE"), nullable=False),
        sa.Column("programme", sa.String(10), nullable=False),
        sa.Column("decided_on", sa.Date()),
        sa.Column("binding_until", sa.Date()),
        sa.Column("grant_eur", sa.Numeric(14, 2)),
        sa.Column("source", sa.String(), nullable=False),
        sa.CheckConstraint(
            "programme in ('GRW', 'EFRE', 'ELER', 'other')", name=op.f("ck_area_funding_programme_known")
        ),
        sa.CheckConstraint("grant_eur >= 0", name=op.f("ck_area_funding_grant_eur_range")),
        sa.CheckConstraint("binding_until >= decided_on", name=op.f("ck_area_funding_binding_after_decision")),
    )
    op.create_index(
        "uq_area_funding_grant", "area_funding", ["area_id", "programme", "decided_on"], unique=True,
        postgresql_nulls_not_distinct=True,
    )  # fmt: skip
    op.execute(
        "create trigger area_funding_moved after insert or update or delete on area_funding"
        " for each statement execute function revision_moved('areas')"
    )
    op.execute("grant select on area_funding to landportal_app")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("area_funding")
