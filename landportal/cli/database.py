"""Commands about the database: the private cluster, the schema, backup and restore; and how commands reach it."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import Engine, make_url

from landportal import db as database
from landportal.config import Settings, read_settings
from landportal.errors import Unavailable
from landportal.localdb import LocalCluster, installed_servers


@contextlib.contextmanager
def database_address(settings: Settings) -> Iterator[str]:
    """Address of the database: the configured one, or the private cluster, running for the length of the block."""
    if settings.database_url:
        yield settings.database_url
    else:
        with LocalCluster(settings.instance).in_use() as url:
            _ensure_database(url)
            yield url


def application_address(settings: Settings, url: str) -> str:
    """Address for web processes and workers: in the private cluster they sign in as the application's own role.

    On a database of one's own they take that role after signing in (db.connect).
    """
    return url if settings.database_url else LocalCluster(settings.instance).application_url()


@contextlib.contextmanager
def engine(settings: Settings | None = None) -> Iterator[Engine]:
    """An engine on the database, its schema up to date."""
    settings = settings or read_settings()
    with database_address(settings) as url:
        made = database.connect(url, settings)
        try:
            with database.one_at_a_time(made, "landportal upgrade"):
                if database.pending_migrations(made):
                    database.upgrade(url)
                if not settings.database_url:
                    database.let_application_sign_in(made, LocalCluster(settings.instance).application_password())
            yield made
        finally:
            made.dispose()


def _ensure_database(url: str) -> None:
    """Make the private cluster's database on its first start."""
    name = make_url(url).database
    with database.maintenance(url) as connection:
        # Kept until the connection closes: two servers may start at once.
        connection.exec_driver_sql("select pg_advisory_lock(hashtext('landportal database'))")
        known = connection.exec_driver_sql("select 1 from pg_database where datname = %s", (name,)).first()
        if not known:
            connection.exec_driver_sql(f'create database "{name}"')


@click.group()
def db() -> None:
    """The database: start, stop, status, upgrade, backup, restore."""


@db.command()
def start() -> None:
    """Start the private cluster and leave it running.

    Example: landportal db start
    """
    cluster = _private_cluster()
    cluster.start()
    _ensure_database(cluster.url())
    click.echo(f"running: {cluster.home}, port {(cluster.home / 'port').read_text()}")


@db.command()
def stop() -> None:
    """Stop the private cluster, unless somebody else still uses it.

    Example: landportal db stop
    """
    if _private_cluster().stop():
        click.echo("stopped")
    else:
        raise Unavailable("The private database is in use by another landportal process; stop that first.")


@db.command()
def status() -> None:
    """Say which database is used, whether it runs and which migrations it lacks.

    Example: landportal db status
    """
    settings = read_settings()
    url = settings.database_url
    if not url:
        cluster = LocalCluster(settings.instance)
        click.echo(f"private cluster: {cluster.home}, {'running' if cluster.is_running() else 'stopped'}")
        if not cluster.is_running():
            return
        url = cluster.url()
    missing = database.pending_migrations(database.connect(url, settings))
    click.echo(f"schema: {'up to date' if not missing else 'lacks ' + ', '.join(missing)}")


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema up to REVISION (default: the newest).

    Example: landportal db upgrade
    """
    with database_address(read_settings()) as url:
        database.upgrade(url, revision)
    click.echo(f"schema is at {revision}")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database to FILE (PostgreSQL's custom format), consistent at one moment.

    Example: landportal db backup landportal.dump
    """
    unfinished = file.with_name(file.name + ".part")
    with database_address(read_settings()) as url:
        _postgres_tool("pg_dump", url, "--format=custom", f"--file={unfinished}")
    unfinished.replace(file)
    click.echo(f"written: {file} ({file.stat().st_size / 1e6:.1f} MB)")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="This replaces everything in the database. Go on?")
def restore(file: Path) -> None:
    """Replace the whole database by the backup in FILE, in one transaction.

    Example: landportal db restore --yes landportal.dump
    """
    with database_address(read_settings()) as url:
        with database.maintenance(url) as connection:
            database.make_application_role(connection)
        _postgres_tool(
            "pg_restore",
            url,
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            "--exit-on-error",
            str(file),
        )
    click.echo(f"restored from {file}")


def _private_cluster() -> LocalCluster:
    settings = read_settings()
    if settings.database_url:
        raise Unavailable("LANDPORTAL_DATABASE_URL is set: that database is started and stopped by its operator.")
    return LocalCluster(settings.instance)


def _postgres_tool(program: str, url: str, *arguments: str) -> None:
    """Run a client program of PostgreSQL; the password goes through the environment, where no process list shows it."""
    address = make_url(url)
    servers = installed_servers()
    path = servers[0].bin / program if servers else Path(program)
    query = {key: str(value) for key, value in address.query.items()}
    target = {
        "PGHOST": query.get("host") or address.host,
        "PGPORT": query.get("port") or (str(address.port) if address.port else None),
        "PGUSER": address.username,
        "PGPASSWORD": str(address.password) if address.password else None,
        "PGDATABASE": address.database,
    }
    environ = {**os.environ, **{key: value for key, value in target.items() if value}}
    database_argument = [f"--dbname={address.database}"] if program == "pg_restore" else []
    done = subprocess.run(
        [path, *database_argument, *arguments], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unavailable(f"{program} failed: {done.stderr.strip()}")
