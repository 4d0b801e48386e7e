"""The faster row trigger derives what the slower one did, to the last digit."""

import pytest
from sqlalchemy import create_engine, text

from landportal import db

DERIVED = """
select array_agg(concat_ws('|', number, municipality_ags, county_ags, constraint_kinds::text, search_text,
    motorway_id, motorway_m, motorway_name, rail_id, rail_m, rail_name, station_id, station_m, station_name,
    airport_id, airport_m, airport_name, substation_id, substation_m, substation_name) order by number)
from parcel
"""

# Across the whole region and beyond its border, lying in one municipality, in several, and in none.
SPREAD = """
insert into parcel (number, name_de, data_set_id, source_id, geom)
select 'Z-' || i, 'Los ' || i, (select min(id) from data_set), 'z' || i,
       st_multi(st_buffer(st_setsrid(st_makepoint(x, y), 25832), 50 + (i * 37) % 1500, 2))
from (select i, 570000 + (i * 7919) % 180000 as x, 5570000 + (i * 104729) % 150000 as y
      from generate_series(1, 1500) i) spread
"""


@pytest.fixture
def store(own_sample_url):
    engine = create_engine(own_sample_url)
    yield engine
    engine.dispose()


def test_every_derived_value_stays_the_same(store, own_sample_url):
    after = _derived(store)
    db.downgrade(own_sample_url, _before("0014_faster_derive"))
    assert _derived(store) == after
    assert len(after) > 1500
    db.upgrade(own_sample_url)


def _derived(engine):
    """What the trigger derives for the sample's parcels, written anew, and for many more."""
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(text("update parcel set geom = st_translate(geom, 1, 1)"))
        connection.execute(text(SPREAD))
        found = connection.scalar(text(DERIVED))
        transaction.rollback()
    return found


def _before(revision):
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(db.alembic_config("")).get_revision(revision).down_revision
