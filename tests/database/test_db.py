"""How the database is reached: locks between processes end where they should."""

from sqlalchemy import text

from landportal import db


def test_a_lock_between_processes_ends_with_its_block_though_the_engine_lives_on(database_url, settings):
    first, second = db.connect(database_url, settings), db.connect(database_url, settings)
    free = text("select pg_try_advisory_xact_lock(hashtext('a key'))")
    with db.one_at_a_time(first, "a key"), second.begin() as other:
        assert other.scalar(free) is False
    with second.begin() as other:
        assert other.scalar(free) is True
    first.dispose()
    second.dispose()
