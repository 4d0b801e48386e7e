"""Fills a database with generated parcels: `generate(url, 1_000_000)`. The sample data give the region around them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, create_engine, text

PARCELS_PER_AREA = 121


def generate(url: str, parcels: int) -> None:
    """Replace the parcels at `url` by `parcels` generated ones and gather statistics.

    Indexes are dropped first and built once at the end, triggers stay off: loading a million rows takes minutes, not
    an hour. Areas are made one tenth more than needed because those on a border may miss every municipality.
    """
    areas = -(-parcels // PARCELS_PER_AREA) * 11 // 10 + 1
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text("delete from parcel"))
        connection.execute(text("truncate parcel_travel, parcel_isochrone"))
        indexes = _drop_indexes(connection)
        script = Path(__file__).with_suffix(".sql").read_text()
        script = script.replace(":areas", str(areas)).replace(":parcels", str(parcels))
        connection.connection.driver_connection.execute(script)
        for definition in indexes:
            connection.execute(text(definition))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Vacuum, so that index-only scans find their visibility map as a running portal has it.
        connection.execute(text("select rebuild_tallies()"))
        connection.execute(text("vacuum analyze parcel, parcel_tally, parcel_cell"))
    engine.dispose()


def _drop_indexes(connection: Connection) -> list[str]:
    """Drop the indexes of the parcel table that belong to no constraint; returns how to make them again."""
    found = connection.execute(
        text(
            "select indexname, indexdef from pg_indexes where tablename = 'parcel' and indexname not in"
            " (select conname from pg_constraint where conrelid = 'parcel'::regclass)"
        )
    ).all()
    for name, _ in found:
        connection.execute(text(f'drop index "{name}"'))
    return [definition for _, definition in found]
