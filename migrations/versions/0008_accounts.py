"""Organisations, accounts and the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_accounts"
down_revision = "0007_derived"
branch_labels = None
depends_on = None

ROLES = "array['officer', 'approver', 'planner', 'administrator']::varchar[]"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False, unique=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("ags", sa.String(8), sa.ForeignKey("admin_unit.ags"), index=True),
        sa.Column("area_id", sa.Integer(), sa.ForeignKey("area.id"), index=True),
        sa.Column("four_eyes", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint(
            "kind in ('municipality', 'county', 'state_agency', 'planning_association')",
            name=op.f("ck_organisation_kind_known"),
        ),
        sa.CheckConstraint(
            "case kind when 'municipality' then length(ags) = 8 and area_id is null"
            " when 'county' then length(ags) = 5 and area_id is null"
            " when 'state_agency' then length(ags) = 2 and area_id is null"
            " else ags is null and area_id is not null end",
            name=op.f("ck_organisation_scope_of_kind"),
        ),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("password", sa.String()),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("fs_uniquifier", sa.String(64), nullable=False, unique=True),
        sa.Column("role_names", postgresql.ARRAY(sa.String(16)), server_default="{}", nullable=False),
        sa.Column("organisation_id", sa.Integer(), sa.ForeignKey("organisation.id"), index=True),
        sa.Column("language", sa.String(2), server_default="de", nullable=False),
        sa.Column("digest", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("tf_primary_method", sa.String(16)),
        sa.Column("tf_totp_secret", sa.String()),
        sa.Column("mf_recovery_codes", postgresql.ARRAY(sa.String())),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("email = lower(email) and email like '%_@_%'", name=op.f("ck_account_email_form")),
        sa.CheckConstraint(f"role_names <@ {ROLES}", name=op.f("ck_account_role_names_known")),
        sa.CheckConstraint("language in ('de', 'en')", name=op.f("ck_account_language_known")),
        sa.CheckConstraint(
            "organisation_id is not null or role_names <@ array['administrator']::varchar[]",
            name=op.f("ck_account_scope_of_roles"),
        ),
    )
    op.create_index("uq_account_email", "account", ["email"], unique=True, postgresql_include=["id"])
    op.create_index("ix_account_active", "account", ["organisation_id"], postgresql_where=sa.text("active"))
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id")),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(254)),
        sa.Column("origin", sa.String(32)),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    op.create_index("ix_audit_entry_account_id_at", "audit_entry", ["account_id", "at"])
    op.create_index("ix_audit_entry_action_subject_at", "audit_entry", ["action", "subject", "at"])
    op.create_index("ix_audit_entry_action_origin_at", "audit_entry", ["action", "origin", "at"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("audit_entry", "account", "organisation"):
        op.drop_table(table)
