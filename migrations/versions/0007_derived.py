"""What the database derives by itself: nearest places, municipality, constraint kinds, search text, revisions."""

from pathlib import Path

from alembic import op

revision = "0007_derived"
down_revision = "0006_parcels"
branch_labels = None
depends_on = None

SQL = Path(__file__).parents[1] / "sql"

REVISION_OF = {
    "parcel": "parcels",
    "area": "areas",
    "area_member": "areas",
    "admin_unit": "admin-units",
    "superseded_key": "admin-units",
    "infrastructure": "infrastructure",
    "road": "infrastructure",
    "constraint_zone": "constraints",
    "data_set": "data-sets",
}

# Attributes of a parcel: setting one of them makes a new version. Derived columns are left out on purpose.
ATTRIBUTES = """
    number name_de name_en cadastral_ids area_id zone zone_restricted noise_quota_day_db noise_quota_night_db
    xplan_zone_code plan_status plan_name plan_link grz gfz bmz height_max_m round_the_clock planning_as_of
    status status_since servicing servicing_until available_from price_eur_m2 price_on_request price_kind
    lot_min_m2 owner_kind large_scale_reserve power_mw power_later_mw power_later_from power_source gas
    water_m3_d waste_water_pe fibre_mbit rail_siding supply_as_of description_de description_en contact_name
    contact_phone contact_email confirmed_at confirmed_by schematic geom source_id source_date data_set_id
""".split()  # noqa: SIM905 - a list of bare names reads best as text


def upgrade() -> None:
    """Define the functions and attach the triggers."""
    op.get_bind().exec_driver_sql((SQL / "0007_derived_up.sql").read_text().replace("%", "%%"))
    op.execute(
        f"create trigger parcel_version before update of {', '.join(ATTRIBUTES)} on parcel"
        " for each row execute function parcel_version()"
    )
    for table, subject in REVISION_OF.items():
        op.execute(f"insert into revision (subject) values ('{subject}') on conflict do nothing")
        op.execute(
            f"create trigger {table}_revision after insert or update or delete or truncate on {table}"
            f" for each statement execute function revision_moved('{subject}')"
        )


def downgrade() -> None:
    """Take functions and triggers back."""
    op.get_bind().exec_driver_sql((SQL / "0007_derived_down.sql").read_text())
    op.execute("delete from revision")
