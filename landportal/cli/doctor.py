"""``landportal doctor``: what the machine has, what is missing, and how to get it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import click
import pyogrio
import shapely
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from landportal import db
from landportal.config import PROJECT_ROOT, Settings, read_settings
from landportal.errors import LandportalError
from landportal.localdb import INSTALL_HINT, MIN_MAJOR, LocalCluster, installed_servers
from landportal.replicas import Replicas, State
from landportal.services import jobs, outbox


@dataclass(frozen=True)
class Finding:
    """One line of the table. `needed` False marks what only development wants."""

    what: str
    version: str | None
    how_to_get: str
    needed: bool = True


@click.command()
def doctor() -> None:
    """Print what is there, in which version, what is missing and how to get it; status 1 when something needed lacks.

    Example: landportal doctor
    """
    findings = list(_findings(read_settings()))
    table = Table("What", "State", "Version", "How to get it")
    for finding in findings:
        state = "ok" if finding.version else "MISSING" if finding.needed else "missing (development only)"
        table.add_row(finding.what, state, finding.version or "–", "" if finding.version else finding.how_to_get)
    Console().print(table)
    if any(finding.needed and not finding.version for finding in findings):
        sys.exit(1)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("Python 3.11+", ".".join(map(str, sys.version_info[:3])), "")
    yield Finding("landportal", metadata.version("landportal"), "script/bootstrap")
    servers = installed_servers()
    yield Finding(f"PostgreSQL {MIN_MAJOR}+", str(servers[0].major) if servers else None, INSTALL_HINT)
    with_postgis = [server for server in servers if server.has_postgis]
    yield Finding("PostGIS files", f"for PostgreSQL {with_postgis[0].major}" if with_postgis else None, INSTALL_HINT)
    yield from _database(settings)
    mail = f"{settings.mail.host}:{settings.mail.port}" if settings.mail else "printed to the worker's log"
    yield Finding("Mail (LANDPORTAL_MAIL_URL)", mail, "")
    yield Finding("GDAL (pyogrio)", ".".join(map(str, pyogrio.__gdal_version__)), "script/bootstrap")
    yield Finding("GEOS (shapely)", shapely.geos_version_string, "script/bootstrap")
    yield Finding("Node.js", _version("node"), "sudo apt-get install -y nodejs npm")
    yield Finding("Front-end assets", _assets(), "script/bootstrap")
    yield Finding("Translations", _translations(), "script/bootstrap")
    yield Finding("Chromium", _version("chromium"), "sudo apt-get install -y chromium", needed=False)


def _database(settings: Settings) -> Iterator[Finding]:
    url = settings.database_url
    label, remedy = "Database (LANDPORTAL_DATABASE_URL)", "check the address and that the server runs"
    if not url:
        cluster = LocalCluster(settings.instance)
        label, remedy = f"Private database ({cluster.home})", "landportal db start"
        url = cluster.url() if cluster.is_running() else None
    if not url:
        yield Finding(label, "stopped; starts with script/server", remedy)
        return
    version, missing = _schema(url, settings)
    yield Finding(label, version, remedy)
    if version:
        yield Finding("Schema", None if missing else "up to date", "landportal db upgrade")
    if version and not missing:
        yield from _queue(url, settings)
        yield from _replicas(url, settings)


def _replicas(url: str, settings: Settings) -> Iterator[Finding]:
    """Each replica with its lag; one that is left out is told, the primary serves meanwhile."""
    engine = db.connect(url, settings)
    try:
        replicas = Replicas(settings, engine)
        replicas.wait_until_settled(patience_s=5)
        for state in replicas.states():
            yield Finding(f"Replica {state.name}", _standing(state), "")
    finally:
        engine.dispose()


def _standing(state: State) -> str:
    return f"lag {state.lag_s or 0:.1f} s" if state.fit else f"left out: {state.why}"


def _queue(url: str, settings: Settings) -> Iterator[Finding]:
    """Workers and what they could not do. Failures are told, not held against the installation."""
    engine = db.connect(url, settings)
    try:
        with db.reading(engine) as session:
            queue = jobs.queue_state(session)
            workers = f"{queue.workers}, {queue.waiting} jobs waiting" if queue.workers else "none; comes with serve"
            yield Finding("Workers", workers, "landportal worker")
            yield from _failures(session)
    finally:
        engine.dispose()


def _failures(session: Session) -> Iterator[Finding]:
    for number, task, arguments in jobs.failed_jobs(session):
        yield Finding(f"Failed job {number}", f"{task} {arguments}", "")
    for mail in outbox.failed(session):
        yield Finding(f"Failed mail {mail.id} ({mail.kind})", mail.problem or "unknown", "")


def _schema(url: str, settings: Settings) -> tuple[str | None, list[str]]:
    """PostGIS version of the database and the migrations it lacks; no version when it cannot be reached."""
    engine = db.connect(url, settings)
    try:
        with engine.connect() as connection:
            versions = connection.exec_driver_sql(
                "select current_setting('server_version'),"
                " (select default_version from pg_available_extensions where name = 'postgis')"
            ).one()
        return f"PostgreSQL {versions[0]}, PostGIS {versions[1]}", db.pending_migrations(engine)
    except (LandportalError, db.DBAPIError):
        return None, []
    finally:
        engine.dispose()


def _version(program: str) -> str | None:
    path = shutil.which(program)
    if not path:
        return None
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=20)
    return answer.stdout.strip().splitlines()[0] if answer.stdout.strip() else "present"


def _assets() -> str | None:
    vendor = PROJECT_ROOT / "landportal" / "web" / "static" / "vendor"
    return f"{len(list(vendor.iterdir()))} files" if vendor.is_dir() and any(vendor.iterdir()) else None


def _translations() -> str | None:
    folder = Path(PROJECT_ROOT / "landportal" / "web" / "translations")
    compiled = list(folder.glob("*/LC_MESSAGES/*.mo"))
    return ", ".join(sorted(file.parts[-3] for file in compiled)) or None
