"""Every version of every parcel in one view, with what land accounts need of it."""

from alembic import op

revision = "0020_past_versions"
down_revision = "0019_market_news"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view. It answers as its owner, like the other views of the past, and names nobody."""
    facts = "id, number, name_de, name_en, status, status_since, area_m2, municipality_ags, county_ags, area_id"
    op.execute(
        f"create view past.parcel_version as"
        f" select {facts}, changed_at as valid_from, 'infinity'::timestamptz as valid_to from public.parcel"
        f" union all select {facts}, changed_at, ended_at from public.parcel_history"
    )
    op.execute("grant select on past.parcel_version to landportal_app")


def downgrade() -> None:
    """Drop it."""
    op.execute("drop view past.parcel_version")
