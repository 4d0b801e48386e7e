"""Changes and past versions, kept by the database itself; the past as a schema of its own for `as_of`."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0009_history"
down_revision = "0008_accounts"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"

# What makes a version when it changes. Derived columns are left out on purpose: they follow.
ATTRIBUTES = {
    "parcel": """
        number name_de name_en cadastral_ids area_id zone zone_restricted noise_quota_day_db noise_quota_night_db
        xplan_zone_code plan_status plan_name plan_link grz gfz bmz height_max_m round_the_clock planning_as_of
        status status_since status_until servicing servicing_until available_from price_eur_m2 price_on_request
        price_kind lot_min_m2 owner_kind large_scale_reserve power_mw power_later_mw power_later_from power_source gas
        water_m3_d waste_water_pe fibre_mbit rail_siding supply_as_of description_de description_en contact_name
        contact_phone contact_email confirmed_at confirmed_by schematic geom source_id source_date data_set_id
    """,
    "area": """
        slug name_de name_en kind legal_form plan_authority developer seller permit_authority plan_status plan_name
        plan_since gross_ha net_ha regional_plan_category founded description_de description_en facts_source
        contact_name contact_phone contact_email schematic geom source_id source_date data_set_id
    """,
    "area_member": """
        area_id ags role votes cost_share_pct revenue_share_pct key_type valid_from valid_to document
    """,
}
VERSIONED = {"parcel"}


def upgrade() -> None:
    """Make the tables, keep what changes from now on, and show the past."""
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp(), nullable=False),
        sa.Column("xact", sa.String(20), nullable=False, index=True),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), index=True),
        sa.Column("database_role", sa.String(), nullable=False),
        sa.Column("through", sa.String(10), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("approved_by", sa.Integer(), sa.ForeignKey("account.id")),
        sa.Column("delivery_id", sa.Integer(), index=True),
    )
    op.add_column("parcel", sa.Column("status_until", sa.Date()))
    op.create_check_constraint(
        op.f("ck_parcel_status_until_of_status"),
        "parcel",
        "status_until is null or status in ('reserved', 'optioned')",
    )
    op.add_column("parcel", sa.Column("change_id", sa.BigInteger()))
    for table in ("area", "area_member"):
        op.add_column(
            table, sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
        )
        op.add_column(table, sa.Column("change_id", sa.BigInteger()))
    op.execute("drop function parcel_version() cascade")
    _run("0009_history_up.sql")
    for table, attributes in ATTRIBUTES.items():
        op.create_index(f"ix_{table}_change_id", table, ["change_id"])
        _keep(table, attributes.split())


def _keep(table: str, attributes: list[str]) -> None:
    """History table, triggers and the view of the past for one table."""
    op.execute(f"create table {table}_history (ended_at timestamptz not null, ended_by bigint not null, like {table})")
    for (column,) in op.get_bind().exec_driver_sql(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 2 and attnotnull",
        (f"{table}_history",),
    ):
        op.execute(f"alter table {table}_history alter column {column} drop not null")
    op.create_index(f"ix_{table}_history_id_ended_at", f"{table}_history", ["id", "ended_at"])
    op.create_index(f"ix_{table}_history_ended_by", f"{table}_history", ["ended_by"])
    op.create_index(f"ix_{table}_history_change_id", f"{table}_history", ["change_id"])
    versioned = "new.version := old.version + 1;" if table in VERSIONED else ""
    first = "new.version := 1;" if table in VERSIONED else ""
    _execute(f"""
        create function {table}_kept() returns trigger
        language plpgsql security definer set search_path = public, pg_temp
        as $$
        declare
            change record := current_change();
        begin
            if tg_op = 'INSERT' then
                {first}
                new.change_id := change.id;
                new.changed_at := change.at;
                return new;
            end if;
            -- What one transaction does is one change: nobody ever saw what was in between.
            if old.change_id is distinct from change.id then
                change.at := greatest(change.at, old.changed_at + interval '1 microsecond');
                insert into {table}_history select change.at, change.id, (old).*;
            else
                change.at := old.changed_at;
            end if;
            if tg_op = 'DELETE' then
                return old;
            end if;
            {versioned}
            new.change_id := change.id;
            new.changed_at := change.at;
            return new;
        end
        $$
    """)
    plain = [name for name in attributes if name != "geom"]
    old, new = (", ".join(f"{row}.{name}" for name in plain) for row in ("old", "new"))
    # By function: IS DISTINCT FROM finds the operator of geometries by search path, which a restore leaves empty.
    moved = " or not public.st_orderingequals(old.geom, new.geom)" if "geom" in attributes else ""
    # Named to run after parcel_derive.
    op.execute(
        f"create trigger {table}_kept before insert or delete on {table} for each row execute function {table}_kept()"
    )
    op.execute(
        f"create trigger {table}_kept_update before update on {table}"
        f" for each row when (({old}) is distinct from ({new}){moved}) execute function {table}_kept()"
    )
    op.execute(
        f"create trigger {table}_kept_whole before truncate on {table}"
        " for each statement execute function append_only()"
    )
    op.execute(
        f"create trigger {table}_history_append_only before update or delete or truncate on {table}_history"
        " for each statement execute function append_only()"
    )
    show_past(table)


def show_past(table: str) -> None:
    """(Re)make the view of `table` as it was at `moment()`."""
    names = ", ".join(
        row[0]
        for row in op.get_bind().exec_driver_sql(
            "select quote_ident(attname) from pg_attribute"
            " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
            (table,),
        )
    )
    op.execute(
        f"create or replace view past.{table} as"
        f" select {names} from public.{table} where changed_at <= moment()"
        f" union all select {names} from public.{table}_history where changed_at <= moment() and ended_at > moment()"
    )


def _run(name: str) -> None:
    _execute((SQL / name).read_text())


def _execute(statement: str) -> None:
    op.get_bind().exec_driver_sql(statement.replace("%", "%%"))


def downgrade() -> None:
    """Forget the past."""
    op.execute("drop schema past cascade")
    for table in ATTRIBUTES:
        op.execute(f"drop function {table}_kept() cascade")
        op.drop_table(f"{table}_history")
    _run("0009_history_down.sql")
    for table in ("area", "area_member"):
        op.drop_column(table, "change_id")
        op.drop_column(table, "changed_at")
    op.drop_column("parcel", "change_id")
    op.drop_column("parcel", "status_until")
    op.drop_table("change")
