"""The schema: both directions of every migration, and no difference between models and migrated database."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from landportal import db


def tables(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - {"spatial_ref_sys", "alembic_version"}
        functions = connection.scalars(
            text(
                "select proname from pg_proc p where pronamespace = 'public'::regnamespace and not exists"
                " (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
            )
        ).all()
    engine.dispose()
    return names, set(functions)


def test_models_and_migrated_database_do_not_differ(database_url):
    command.check(db.alembic_config(database_url))


def test_every_step_can_be_taken_back_and_made_again(database_url):
    before = tables(database_url)
    for _ in range(len(list(ScriptDirectory.from_config(db.alembic_config(database_url)).walk_revisions()))):
        db.downgrade(database_url, "-1")
    assert tables(database_url) == (set(), set())
    db.upgrade(database_url)
    assert tables(database_url) == before


def test_the_newest_migration_is_the_file_that_sorts_last(database_url):
    """So a start, and whoever asks whether all is ready, need not load Alembic."""
    heads = ScriptDirectory.from_config(db.alembic_config(database_url)).get_heads()
    assert heads == [db.newest_migration()]


def test_pending_migrations_name_what_a_database_lacks(database_url, settings):
    engine = db.connect(database_url, settings)
    assert db.pending_migrations(engine) == []
    db.downgrade(database_url, "-1")
    assert len(db.pending_migrations(engine)) == 1
    engine.dispose()
