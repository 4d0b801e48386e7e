"""Runs the numbered steps of this folder; ``landportal.db`` hands over the address."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import NullPool, create_engine

from landportal.model import Base


def include_object(thing, name, kind, reflected, compare_to):
    """Whether the models speak for `thing`: the job queue's tables are procrastinate's own, PostGIS' are PostGIS'."""
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
    if reflected and str(table).startswith("procrastinate_"):
        return False
    return alembic_helpers.include_object(thing, name, kind, reflected, compare_to)


def run() -> None:
    """Apply the steps in one transaction: a failed upgrade leaves the schema as it was."""
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            compare_server_default=True,
            include_object=include_object,
            render_item=alembic_helpers.render_item,
            process_revision_directives=alembic_helpers.writer,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
