"""Engine, sessions and transactions. ``transaction()`` is the only place of the product that commits.

What a statement says is decided above; here lives how the database is reached and what happens when it is not.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from select import select as readable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import Session

from landportal.config import PROJECT_ROOT, Settings
from landportal.errors import Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

APPLICATION_ROLE = "landportal_app"
"""The role of web processes and workers (migration 0012): it owns nothing and is bound by row-level security."""


@dataclass(frozen=True)
class Acting:
    """Who acts in a transaction and through what (model.Through), told to the database's triggers and policies."""

    account_id: int | None
    through: str
    approved_by: int | None = None
    delivery_id: int | None = None

    def settings(self) -> dict[str, str]:
        """The settings of a transaction that say this."""
        told = {"actor": self.account_id, "approved_by": self.approved_by, "delivery": self.delivery_id}
        return {"through": self.through, **{name: str(value or "") for name, value in told.items()}}


def connect(url: str, settings: Settings, role: str | None = None, *, pooled: bool = False) -> Engine:
    """An engine on `url` with the product's limits, acting as `role`; it opens no connection yet.

    `pooled`: `url` is that of PgBouncer in transaction mode, where a connection is ours for one transaction at a time.
    """
    arguments: dict[str, Any] = {"connect_timeout": settings.connect_timeout_s}
    told = _told_to_server(settings, role)
    if not pooled:
        arguments["options"] = " ".join(f"-c {name}={value}" for name, value in told.items())
    if not settings.prepare:
        arguments["prepare_threshold"] = None
    engine = create_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.connect_timeout_s,
        connect_args=arguments,
    )
    event.listen(engine, "checkout", _refuse_closed)
    if pooled:
        statement = select(*(func.set_config(name, value, True) for name, value in told.items()))
        event.listen(engine, "begin", lambda connection: connection.execute(statement))
    return engine


def _told_to_server(settings: Settings, role: str | None) -> dict[str, str]:
    """Settings of every connection, or behind a pooler of every transaction."""
    told = {
        "statement_timeout": str(settings.statement_timeout_ms),
        "timezone": "UTC",
        # Below 0.5 two words share fewer than half of their trigrams: that is another word, not a typing error.
        "pg_trgm.word_similarity_threshold": "0.5",
    }
    return {**told, "role": role, "search_path": _TO_READ} if role else told


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Take no connection from the pool that the server has closed: a restart is noticed before a statement is sent.

    An idle connection has nothing to read; a closed one reads its end. Asking the kernel costs microseconds, where a
    ping (SQLAlchemy's pool_pre_ping) took a millisecond of every page.
    """
    if connection.closed or readable([connection.fileno()], [], [], 0)[0]:
        raise DisconnectionError("the server has closed this connection")


@contextlib.contextmanager
def transaction(engine: Engine, acting: Acting | None = None) -> Iterator[Session]:
    """A session whose changes are committed together at the end of the block, or not at all.

    Changes of land are kept as those of `acting`; without it as made by hand, and refused by row-level security.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.execute(_TO_WRITE)
        if acting:
            tell(session, acting.settings())
        yield session


_TO_READ = "reading,public"
"""What the application's connections find first: parcels without the policies of writing, under which PostgreSQL plans
without statistics (migration 0027)."""

_TO_WRITE = text("set local search_path = public")


@contextlib.contextmanager
def tried(session: Session) -> Iterator[None]:
    """What the block writes is checked by the database and taken back at its end; what it raises is raised."""
    with session.begin_nested() as savepoint:
        yield
        savepoint.rollback()


def tell(session: Session, facts: Mapping[str, str]) -> None:
    """Tell the database for the rest of the transaction who acts, through what, and why (``reason``)."""
    settings = [func.set_config(f"landportal.{name}", value, True) for name, value in facts.items()]
    session.execute(select(*settings))


@functools.lru_cache(maxsize=8)
def _only_reading(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextlib.contextmanager
def reading(engine: Engine, acting: Acting | None = None, as_of: dt.datetime | None = None) -> Iterator[Session]:
    """A session of one snapshot that cannot write; everything a page shows comes from the same moment.

    With `as_of` parcels, areas and members are those of that moment, whatever the statement (schema `past`). Without
    `acting` who changed what stays hidden.

    It ends by COMMIT although there is nothing to keep: psycopg forgets a connection's prepared statements on ROLLBACK,
    and planning the same statements for every page took as long as running them.
    """
    with Session(_only_reading(engine), autoflush=False, expire_on_commit=False) as session, session.begin():
        if acting:
            tell(session, acting.settings())
        if as_of:
            tell(session, {"as_of": as_of.isoformat()})
            session.execute(text("set local search_path = past, public"))
        yield session


def limit(session: Session, statement_timeout_ms: int) -> None:
    """For the rest of the transaction let no statement take longer than `statement_timeout_ms`."""
    session.execute(select(func.set_config("statement_timeout", str(statement_timeout_ms), True)))


_FOR_THESE_VALUES = text("""
    select set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('max_parallel_workers_per_gather', '0', true)
""")


def plan_for_these_values(session: Session) -> None:
    """For the rest of the transaction plan each statement for its own values and run it in one process.

    A plan for any values transforms the box of a search once a row. And PostGIS calls its functions so dear that
    PostgreSQL starts workers for two thousand rows: ten milliseconds for each statement of a page that needs six.
    """
    session.execute(_FOR_THESE_VALUES)


@contextlib.contextmanager
def maintenance(url: str) -> Iterator[Connection]:
    """A connection to the server's own database, for making other databases; every statement stands by itself."""
    engine = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextlib.contextmanager
def one_at_a_time(engine: Engine, key: str) -> Iterator[None]:
    """Wait until no other process is in a block with this `key` on the same database: two servers may start at once.

    The lock belongs to a transaction and ends with the block; one of the session would stay with the pooled connection.
    """
    with engine.begin() as connection:
        connection.execute(text("set local statement_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))
        yield


def make_application_role(connection: Connection) -> None:
    """Make the application's role where the cluster lacks it: a backup restored into a new cluster names it."""
    known = connection.execute(text("select from pg_roles where rolname = :name"), {"name": APPLICATION_ROLE}).first()
    if known is None:
        connection.execute(text(f"create role {APPLICATION_ROLE} nologin"))


def let_application_sign_in(engine: Engine, password: str) -> None:
    """Let the application's role sign in with `password`: in the private cluster web and worker are nobody else."""
    with engine.begin() as connection:
        literal = connection.scalar(text("select quote_literal(:password)"), {"password": password})
        connection.exec_driver_sql(f"alter role {APPLICATION_ROLE} login password {literal}".replace("%", "%%"))


REPLAY_CONFLICT = frozenset({"40001", "40P01"})
"""A replica ends a read that stands in the way of what it has to replay."""


def is_lost_read(error: DBAPIError) -> bool:
    """Whether `error` on a replica means that the same read will do elsewhere."""
    return is_unreachable(error) or getattr(error.orig, "sqlstate", None) in REPLAY_CONFLICT


def is_unreachable(error: DBAPIError) -> bool:
    """Whether `error` means that the database is away or out of reach, rather than that a statement was wrong."""
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or not sqlstate or sqlstate.startswith(("08", "53", "57P"))


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the migrations of this checkout against `url`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema at `url` up to `revision`."""
    from alembic import command

    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the schema at `url` back to `revision` (``base`` for nothing)."""
    from alembic import command

    command.downgrade(alembic_config(url), revision)


def pending_migrations(engine: Engine) -> list[str]:
    """Revisions of this checkout that the database lacks, oldest first."""
    applied = _applied_migration(engine)
    if applied == newest_migration():
        return []
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(alembic_config(engine.url.render_as_string(hide_password=False)))
    steps = [step.revision for step in script.iterate_revisions("head", applied or "base")]
    return list(reversed(steps))


@functools.cache
def newest_migration() -> str:
    """The revision of the last migration, which its file is called after: Alembic, which takes a third of a second to
    load, is asked only where something lacks."""
    return max(file.stem for file in _migrations().glob("versions/[0-9]*.py"))


def _applied_migration(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not connection.scalar(text("select to_regclass('alembic_version')")):
            return None
        applied: str | None = connection.scalar(text("select version_num from alembic_version"))
        return applied


def _migrations() -> Path:
    folder = PROJECT_ROOT / "migrations"
    if not folder.is_dir():
        raise Unavailable(f"The migrations are not at {folder}: run landportal from its checkout.")
    return folder
