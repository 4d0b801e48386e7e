"""News of the market: the versions of parcels that differ from the one before in what the public is told.

The public reads no history. The function shows of it what stood on the portal's pages anyway, and names nobody.
"""

from alembic import op

revision = "0019_market_news"
down_revision = "0018_api_tokens"
branch_labels = None
depends_on = None

TOLD = (
    *("name_de", "name_en", "status", "zone", "zone_restricted", "plan_status", "servicing", "available_from"),
    *("price_eur_m2", "price_kind", "municipality_ags", "area_id", "cadastral_ids", "power_mw", "fibre_mbit"),
    *("rail_siding", "round_the_clock", "grz", "gfz", "height_max_m"),
)
"""What is news when it changes, beside the shape."""

# Walks the index of changes backwards and stops after `most`: the cost is the page's, not the history's.
HALF = """
    select v.change_id, v.id, v.changed_at, v.number, v.name_de, v.name_en, v.status, v.area_m2, e.status
    from public.{table} v left join public.parcel_history e on e.id = v.id and e.ended_at = v.changed_at
    where v.change_id <= coalesce(before_change, 9223372036854775807)
      and (before_change is null or (v.change_id, v.id) < (before_change, before_id))
      and case when e.id is null then v.status <> 'withdrawn'
          else ({now}) is distinct from ({before}) or st_asbinary(v.geom) <> st_asbinary(e.geom) end
    order by v.change_id desc, v.id desc limit most
"""


def upgrade() -> None:
    """Make the function."""
    now, before = (", ".join(f"{row}.{name}" for name in TOLD) for row in "ve")
    halves = [HALF.format(table=table, now=now, before=before) for table in ("parcel", "parcel_history")]
    op.execute(
        "create function market_news(most int, before_change bigint, before_id int)"
        " returns table (change_id bigint, id int, changed_at timestamptz, number varchar, name_de varchar,"
        " name_en varchar, status varchar, area_m2 float8, status_before varchar)"
        " language sql stable security definer set search_path = public, pg_temp as $$"
        f" select * from (({halves[0]}) union all ({halves[1]})) news order by 1 desc, 2 desc limit most $$"
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("drop function market_news(int, bigint, int)")
