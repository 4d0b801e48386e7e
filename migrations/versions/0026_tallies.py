"""How much land of each kind there is, per county and per cell of the map, kept current by triggers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026_tallies"
down_revision = "0025_neighbours"
branch_labels = None
depends_on = None

TALLY_KEYS = "county_ags, status, zone, plan_status, rail_siding, round_the_clock, constraint_kinds, size_step(area_m2)"
CELL_KEYS = "z, cx, cy, status, zone"
HEXAGONS = """
-- The hexagon of zoom `z` in which a point of Web Mercator lies: its centre. Hexagons are 64 pixels wide; their centres
-- form two rectangular lattices, one shifted by half a step, and the nearer centre has the point.
create function map_cell(z int, px float8, py float8) returns table (cx float8, cy float8)
language sql immutable parallel safe
as $$
    select case when near_a then ax else bx end, case when near_a then ay else by end
    from (
        select *, (px - ax) * (px - ax) + (py - ay) * (py - ay)
               <= (px - bx) * (px - bx) + (py - by) * (py - by) as near_a
        from (
            select round(px / sx) * sx as ax, round(py / sy) * sy as ay,
                   (floor(px / sx) + 0.5) * sx as bx, (floor(py / sy) + 0.5) * sy as by
            from (
                select 64 * pixel as sx, 64 * sqrt(3::float8) * pixel as sy
                from (select 2 * pi() * 6378137 / 256 / power(2::float8, z) as pixel) at_zoom
            ) steps
        ) centres
    ) nearer
$$
"""

STEPS = """
-- The step of the histogram of sizes (services.search.cube): how many of its bounds the area reaches.
create function size_step(area_m2 float8) returns int
language sql immutable parallel safe
as $$
    select width_bucket($1, '{5000,10000,20000,30000,50000,80000,120000,200000,300000,500000,800000}'::float8[])
$$
"""


def _differences(source: str, sign: str) -> str:
    """Statements that add up the parcels of `source`, each counted `sign` times, per kind and per cell."""
    sums = f"sum({sign}), sum({sign} * area_m2)"
    several = f"having sum({sign}) <> 0 or abs(sum({sign} * area_m2)) > 1e-6"
    return f"""
        insert into parcel_tally (county_ags, status, zone, plan_status, rail_siding, round_the_clock,
            constraint_kinds, size_step, parcels, m2)
        select {TALLY_KEYS}, {sums} from {source} group by {TALLY_KEYS} {several};
        insert into parcel_cell (z, cx, cy, status, zone, parcels, m2)
        select {CELL_KEYS}, {sums}
        from {source}, generate_series(0, 10) z, map_cell(z, x_3857, y_3857)
        group by {CELL_KEYS} {several};
    """


def _trigger_function(name: str, body: str) -> str:
    return f"""
        create function {name}() returns trigger
        language plpgsql security definer set search_path = public, pg_temp
        as $$ begin {body} return null; end $$
    """


# An update that changes nothing of this leaves no row: joined by id, the parcels that differ, before and after.
UPDATED = """
    (select side.* from gone join came using (id)
     cross join lateral (values
        (-1, gone.county_ags, gone.status, gone.zone, gone.plan_status, gone.rail_siding, gone.round_the_clock,
         gone.constraint_kinds, gone.area_m2, gone.x_3857, gone.y_3857),
        (1, came.county_ags, came.status, came.zone, came.plan_status, came.rail_siding, came.round_the_clock,
         came.constraint_kinds, came.area_m2, came.x_3857, came.y_3857)
     ) side (sign, county_ags, status, zone, plan_status, rail_siding, round_the_clock, constraint_kinds, area_m2,
             x_3857, y_3857)
     where (gone.county_ags, gone.status, gone.zone, gone.plan_status, gone.rail_siding, gone.round_the_clock,
            gone.constraint_kinds, gone.area_m2, gone.x_3857, gone.y_3857)
        is distinct from (came.county_ags, came.status, came.zone, came.plan_status, came.rail_siding,
            came.round_the_clock, came.constraint_kinds, came.area_m2, came.x_3857, came.y_3857)
    ) changed
"""

REBUILT = """
    create function rebuild_tallies() returns void
    language plpgsql security definer set search_path = public, pg_temp
    as $$ begin
        truncate parcel_tally, parcel_cell;
        {differences}
    end $$
"""

# Rows are deleted and put in again as one per kind; a change meanwhile adds rows of its own, which stay. Where little has
# come together nothing is done.
COMPACTED = """
    create function compact_tallies() returns void
    language plpgsql security definer set search_path = public, pg_temp
    as $$ begin
        if {tally_rows} then
            with gone as (delete from parcel_tally returning *)
            insert into parcel_tally (county_ags, status, zone, plan_status, rail_siding, round_the_clock,
                constraint_kinds, size_step, parcels, m2)
            select county_ags, status, zone, plan_status, rail_siding, round_the_clock, constraint_kinds, size_step,
                sum(parcels), sum(m2)
            from gone group by 1, 2, 3, 4, 5, 6, 7, 8 having sum(parcels) <> 0;
        end if;
        if {cell_rows} then
            with gone as (delete from parcel_cell returning *)
            insert into parcel_cell (z, cx, cy, status, zone, parcels, m2)
            select z, cx, cy, status, zone, sum(parcels), sum(m2)
            from gone group by 1, 2, 3, 4, 5 having sum(parcels) <> 0;
        end if;
    end $$
"""


def _several(table: str, keys: str) -> str:
    """Whether a tenth of the rows of `table` could be added to another."""
    return f"(select count(*) * 0.9 > count(distinct ({keys})) from {table})"


FUNCTIONS = (
    "compact_tallies()", "rebuild_tallies()", "parcels_tallied_anew()", "parcels_tallied()",
    "parcels_taken_off()", "map_cell(int, float8, float8)", "size_step(float8)",
)  # fmt: skip


def upgrade() -> None:
    """Make tables, functions and triggers, and count what is there."""
    _tables()
    for statement in (
        STEPS, HEXAGONS,
        _trigger_function("parcels_tallied", _differences("came", "1")),
        _trigger_function("parcels_taken_off", _differences("gone", "-1")),
        _trigger_function("parcels_tallied_anew", _differences(UPDATED, "sign")),
        REBUILT.format(differences=_differences("parcel", "1")),
        COMPACTED.format(
            tally_rows=_several("parcel_tally", TALLY_KEYS.replace("(area_m2)", "")),
            cell_rows=_several("parcel_cell", CELL_KEYS),
        ),
        """create trigger parcel_tallied after insert on parcel referencing new table as came
           for each statement execute function parcels_tallied()""",
        """create trigger parcel_taken_off after delete on parcel referencing old table as gone
           for each statement execute function parcels_taken_off()""",
        """create trigger parcel_tallied_anew after update on parcel referencing old table as gone new table as came
           for each statement execute function parcels_tallied_anew()""",
        "select rebuild_tallies()",
        # The worker acts as the application: it may put rows together, and change nothing they say.
        "revoke all on function rebuild_tallies() from public",
        "grant select on parcel_tally, parcel_cell to landportal_app",
    ):  # fmt: skip
        op.execute(sa.text(statement.replace(":", "\\:")))


def _tables() -> None:
    op.create_table(
        "parcel_tally",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("county_ags", sa.String(5)),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("zone", sa.String(4)),
        sa.Column("plan_status", sa.Integer()),
        sa.Column("rail_siding", sa.Boolean()),
        sa.Column("round_the_clock", sa.Boolean()),
        sa.Column("constraint_kinds", postgresql.ARRAY(sa.String(20)), nullable=False),
        sa.Column("size_step", sa.Integer(), nullable=False),
        sa.Column("parcels", sa.BigInteger(), nullable=False),
        sa.Column("m2", sa.Double(), nullable=False),
    )
    op.create_index("ix_parcel_tally_county", "parcel_tally", ["county_ags"])
    op.create_table(
        "parcel_cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("z", sa.Integer(), nullable=False),
        sa.Column("cx", sa.Double(), nullable=False),
        sa.Column("cy", sa.Double(), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("zone", sa.String(4)),
        sa.Column("parcels", sa.BigInteger(), nullable=False),
        sa.Column("m2", sa.Double(), nullable=False),
    )
    op.create_index("ix_parcel_cell_place", "parcel_cell", ["z", "cx", "cy"])


def downgrade() -> None:
    """Drop them."""
    for name in ("parcel_tallied", "parcel_taken_off", "parcel_tallied_anew"):
        op.execute(f"drop trigger {name} on parcel")
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    op.drop_table("parcel_cell")
    op.drop_table("parcel_tally")
