"""tipg and pygeoapi on the parcels of the same database: a view for both, an environment of their own, their servers.

They are installed from PyPI when they are first measured and are no dependencies of the product. What is asked of them
is said in `benchmarks.parts.interface`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import literal_column, make_url, select
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from benchmarks.measuring import Server, plain, running
from landportal.config import read_settings
from landportal.model import Parcel
from landportal.services.collections.parcel_fields import joined, public_fields
from landportal.services.collections.parcels import parcels

PACKAGES = ("tipg>=1.6,<2", "uvicorn", "pygeoapi>=0.21,<1", "psycopg2-binary", "geoalchemy2", "gunicorn")
SCHEMA, VIEW = "peers", "parcels"
PATIENCE_S = 30
"""How long an answer of a peer is waited for."""


def versions() -> dict[str, str]:
    """The installed versions of both by name; they are installed where they are missing."""
    listed = subprocess.run([_program("pip"), "list", "--format", "json"], capture_output=True, check=True)
    return {one["name"]: one["version"] for one in json.loads(listed.stdout) if one["name"] in ("tipg", "pygeoapi")}


def _program(name: str) -> str:
    folder = _folder() / "peers-venv"
    if not (folder / "bin" / "pygeoapi").is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)
    return str(folder / "bin" / name)


def _folder() -> Path:
    folder = read_settings().instance / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()


@contextmanager
def view(url: str) -> Iterator[None]:
    """For the length of the block, the public parcels with the fields of our collection, `id` and `geom` as stored."""
    statement, values = _public_parcels()
    with psycopg.connect(plain(url), autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(f"drop schema if exists {SCHEMA} cascade")
        connection.execute(f"create schema {SCHEMA}")
        connection.execute(f"create view {SCHEMA}.{VIEW} as {statement}", values)
        try:
            yield
        finally:
            connection.execute(f"drop schema {SCHEMA} cascade")


def _public_parcels() -> tuple[Any, dict[str, Any]]:
    columns = [one.value.label(one.name) for one in public_fields()]
    # A column that SQLAlchemy knows as geometry would be selected as its text.
    shape = literal_column("parcel.geom").label("geom")
    statement = joined(select(Parcel.id, *columns, shape).select_from(Parcel)).where(parcels().visible)
    compiled = statement.compile(dialect=psycopg_dialect.dialect(), compile_kwargs={"render_postcompile": True})
    values = {name: str(value) if isinstance(value, Enum) else value for name, value in compiled.params.items()}
    return str(compiled), values


@contextmanager
def tipg(url: str, workers: int = 1) -> Iterator[Server]:
    """tipg, its tiles as wide around the edge as ours."""
    place = _place(url)
    environ = {
        "DATABASE_URL": f"postgresql://{place['user']}:{place['password']}@{place['host']}:{place['port']}/{place['dbname']}",
        "TIPG_DB_SCHEMAS": f'["{SCHEMA}"]', "TIPG_DB_SPATIAL_EXTENT": "false", "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_CATALOG_TTL": "0", "TIPG_TILE_BUFFER": "64",
    }  # fmt: skip
    command = [_program("uvicorn"), "tipg.main:app", "--host", "127.0.0.1", "--log-level", "warning"]
    command += ["--workers", str(workers), "--timeout-keep-alive", "90", "--port"]

    def call(port: int) -> tuple[list[str], dict[str, str]]:
        return [*command, str(port)], environ

    with (_folder() / "tipg.log").open("w") as log, running(call, "/healthz", log) as started:
        yield started


@contextmanager
def pygeoapi(url: str, workers: int = 1) -> Iterator[Server]:
    """pygeoapi as a WSGI application under gunicorn with kept connections."""
    config, document = _folder() / "pygeoapi.yml", _folder() / "pygeoapi-openapi.yml"
    environ = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}

    def call(port: int) -> tuple[list[str], dict[str, str]]:
        # JSON is YAML too.
        config.write_text(json.dumps(_pygeoapi_config(_place(url), port)))
        generate = [_program("pygeoapi"), "openapi", "generate", str(config), "--output-file", str(document)]
        subprocess.run(generate, check=True, stdout=subprocess.DEVNULL, env=environ)
        command = [_program("gunicorn"), "pygeoapi.flask_app:APP", "--bind", f"127.0.0.1:{port}"]
        command += ["--workers", str(workers), "--worker-class", "gthread", "--threads", "2"]
        return [*command, "--timeout", "90", "--keep-alive", "90"], environ

    with (_folder() / "pygeoapi.log").open("w") as log, running(call, "/conformance?f=json", log) as started:
        yield started


def _place(url: str) -> dict[str, Any]:
    """Where the database is for a program that knows no sockets; the private cluster listens on a port too."""
    address = make_url(url)
    query = address.query
    host = address.host or str(query.get("host", "127.0.0.1"))
    return {
        "host": "127.0.0.1" if host.startswith("/") else host,
        "port": int(address.port or str(query.get("port", 5432))),
        "dbname": address.database, "user": address.username, "password": address.password,
    }  # fmt: skip


def _pygeoapi_config(place: dict[str, Any], port: int) -> dict[str, Any]:
    data = {**place, "search_path": [SCHEMA, "public"]}
    provider = {
        "data": data, "id_field": "id", "table": VIEW, "geom_field": "geom",
        "storage_crs": "http://www.opengis.net/def/crs/EPSG/0/25832",
        # A statement outlives the request that waits for it no longer.
        "options": {"options": f"-c statement_timeout={PATIENCE_S}s"},
    }  # fmt: skip
    tiles = {
        "type": "tile", "name": "MVT-postgresql", **provider,
        "options": {**provider["options"], "zoom": {"min": 0, "max": 22}},
        "format": {"name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile"},
    }  # fmt: skip
    named = {"title": "Parcels", "description": "Parcels", "keywords": ["parcels"]}
    address = f"http://127.0.0.1:{port}"
    contact = {"name": "benchmark", "url": address}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": address, "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8", "languages": ["en-US"], "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": address, "attribution": "benchmark"}, "gzip": False, "pretty_print": False,
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**named, "keywords_type": "theme", "terms_of_service": address, "url": address},
            "license": {"name": "CC0", "url": address}, "provider": contact, "contact": contact,
        },
        "resources": {
            "parcels": {
                "type": "collection", **named, "links": [],
                "extents": {"spatial": {"bbox": [9, 50, 13, 52], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
                "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/EPSG/0/25832"],
                "providers": [{"type": "feature", "name": "PostgreSQL", **provider}, tiles],
            }
        },
    }  # fmt: skip
