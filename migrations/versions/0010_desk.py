"""Proposals, documents, successors; deliveries; outgoing mail."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0010_desk"
down_revision = "0009_history"
branch_labels = None
depends_on = None

TABLES = (
    "outgoing_mail",
    "saved_mapping",
    "delivery_issue",
    "delivery_row",
    "delivery",
    "parcel_successor",
    "parcel_document",
    "proposal",
)


def _moment(name: str, *, now: bool = False) -> sa.Column:
    default = sa.func.now() if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not now)


def _id() -> sa.Column:
    return sa.Column("id", sa.Integer(), sa.Identity(), primary_key=True)


def _of(name: str, target: str, *, index: bool = False, nullable: bool = True, cascade: bool = False) -> sa.Column:
    key = sa.ForeignKey(target, ondelete="CASCADE" if cascade else None)
    return sa.Column(name, sa.Integer(), key, index=index, nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    _desk()
    _deliveries()
    op.create_table(
        "outgoing_mail",
        _id(),
        sa.Column("kind", sa.String(40), nullable=False),
        _of("account_id", "account.id", index=True),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("language", sa.String(2), server_default="de", nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("once", sa.String(120), unique=True),
        sa.Column("state", sa.String(8), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.String()),
        _moment("created_at", now=True),
        _moment("sent_at"),
        sa.CheckConstraint("state in ('queued', 'sent', 'failed')", name=op.f("ck_outgoing_mail_state_known")),
    )
    op.create_index("ix_outgoing_mail_unsent", "outgoing_mail", ["id"], postgresql_where=sa.text("state <> 'sent'"))


def _desk() -> None:
    op.create_table(
        "proposal",
        _id(),
        _of("parcel_id", "parcel.id", index=True, nullable=False, cascade=True),
        sa.Column("base_version", sa.Integer(), nullable=False),
        _of("account_id", "account.id", nullable=False),
        _moment("proposed_at", now=True),
        sa.Column("reason", sa.String()),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(12), server_default="waiting", nullable=False),
        _of("decided_by", "account.id"),
        _moment("decided_at"),
        sa.Column("comment", sa.String()),
        sa.CheckConstraint(
            "state in ('waiting', 'accepted', 'declined', 'taken_back')", name=op.f("ck_proposal_state_known")
        ),
        sa.CheckConstraint(
            "decided_by is null or state = 'taken_back' or decided_by <> account_id",
            name=op.f("ck_proposal_second_eyes"),
        ),
    )
    op.create_index("ix_proposal_waiting", "proposal", ["parcel_id"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "parcel_document",
        _id(),
        _of("parcel_id", "parcel.id", index=True, nullable=False, cascade=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("issued_on", sa.Date()),
        sa.Column("expires_on", sa.Date()),
        sa.Column("public", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _moment("added_at", now=True),
        _of("added_by", "account.id"),
        _moment("removed_at"),
        _of("removed_by", "account.id"),
        sa.CheckConstraint(
            "kind in ('utility_letter', 'soil_survey', 'species_report', 'plan', 'photo', 'other')",
            name=op.f("ck_parcel_document_kind_known"),
        ),
        sa.CheckConstraint(
            "media_type in ('application/pdf', 'image/jpeg', 'image/png', 'image/webp')",
            name=op.f("ck_parcel_document_media"),
        ),
        sa.CheckConstraint("expires_on > issued_on", name=op.f("ck_parcel_document_expiry_after_issue")),
        sa.CheckConstraint("size_bytes >= 1", name=op.f("ck_parcel_document_size_bytes_range")),
    )
    # Pictures and PDFs are compressed already.
    op.execute("alter table parcel_document alter column content set storage external")
    op.create_table(
        "parcel_successor",
        sa.Column("predecessor_id", sa.Integer(), sa.ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True),
        sa.Column(
            "successor_id", sa.Integer(), sa.ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True, index=True
        ),
        sa.CheckConstraint("predecessor_id <> successor_id", name=op.f("ck_parcel_successor_not_itself")),
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        _id(),
        _of("organisation_id", "organisation.id", index=True, nullable=False),
        _of("account_id", "account.id", nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_as", sa.String(80), nullable=False),
        sa.Column("options", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("state", sa.String(12), server_default="uploaded", nullable=False),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_total", sa.Integer()),
        sa.Column("preview", postgresql.JSONB()),
        sa.Column("problem", postgresql.JSONB()),
        _moment("created_at", now=True),
        _moment("changed_at", now=True),
        _of("applied_by", "account.id"),
        sa.Column("applied_change_id", sa.BigInteger(), sa.ForeignKey("change.id")),
        sa.Column("undone_change_id", sa.BigInteger(), sa.ForeignKey("change.id")),
        sa.CheckConstraint(
            "state in ('uploaded', 'staging', 'staged', 'refused', 'waiting', 'applying', 'applied', 'undoing',"
            " 'undone', 'failed', 'discarded')",
            name=op.f("ck_delivery_state_known"),
        ),
    )
    op.create_table(
        "delivery_row",
        sa.Column("delivery_id", sa.Integer(), sa.ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("row", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("source_id", sa.String()),
        sa.Column("verdict", sa.String(12), nullable=False),
        sa.Column("target_id", sa.Integer()),
        sa.Column("target_version", sa.Integer()),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("differences", postgresql.JSONB()),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=25832, spatial_index=False)),
    )
    op.create_index("ix_delivery_row_verdict", "delivery_row", ["delivery_id", "verdict", "row"])
    op.create_table(
        "delivery_issue",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("delivery_id", sa.Integer(), sa.ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("field", sa.String()),
        sa.Column("value", sa.String()),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    op.create_index("ix_delivery_issue_row", "delivery_issue", ["delivery_id", "severity", "row"])
    op.create_table(
        "saved_mapping",
        _id(),
        sa.Column(
            "organisation_id", sa.Integer(), sa.ForeignKey("organisation.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("columns_sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        _moment("used_at", now=True),
        sa.UniqueConstraint("organisation_id", "columns_sha256"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in TABLES:
        op.drop_table(table)
