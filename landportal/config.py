"""Frozen settings, read once from the environment. Every limit is named with its unit and has its value here only.

Nothing here opens a connection or touches a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from landportal.errors import InvalidInput

PROJECT_ROOT = Path(__file__).resolve().parent.parent

BASEMAP_DE = (
    "https://sgx.geodatenzentrum.de/wmts_basemapde/tile/1.0.0/de_basemapde_web_raster_grau"
    "/default/GLOBAL_WEBMERCATOR/{z}/{y}/{x}.png"
)
BASEMAP_DE_ATTRIBUTION = "© GeoBasis-DE / BKG (basemap.de), CC BY 4.0"


@dataclass(frozen=True)
class Basemap:
    """A raster tile service below the parcels: address template and the attribution its licence asks for."""

    url: str
    attribution: str


@dataclass(frozen=True)
class Settings:
    """The settings of one process. `database_url` None means the private cluster under `instance`."""

    instance: Path
    database_url: str | None
    port: int
    secret_key: str | None
    basemap: Basemap | None
    demo: bool

    # Limits
    page_max: int = 10_000
    geojson_limit_max: int = 10_000
    statement_timeout_ms: int = 15_000
    connect_timeout_s: int = 5
    pool_size: int = 4


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that `environ` describes; InvalidInput names the variable that cannot be used."""
    return Settings(
        instance=Path(environ.get("LANDPORTAL_INSTANCE") or PROJECT_ROOT / "instance").absolute(),
        database_url=_database_url(environ.get("LANDPORTAL_DATABASE_URL")),
        port=_port(environ.get("PORT", "8000")),
        secret_key=environ.get("LANDPORTAL_SECRET_KEY") or None,
        basemap=_basemap(environ.get("LANDPORTAL_BASEMAP", "basemap.de")),
        demo=environ.get("LANDPORTAL_DEMO", "1") != "0",
    )


def _database_url(value: str | None) -> str | None:
    if not value:
        return None
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise InvalidInput("must look like postgresql://user:password@host/database", "LANDPORTAL_DATABASE_URL")
    return f"postgresql+psycopg://{rest}"


def _port(value: str) -> int:
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise InvalidInput(f"must be a port number from 1 to 65535, not {value!r}", "PORT")
    return int(value)


def _basemap(value: str) -> Basemap | None:
    """`basemap.de`, `none`, or `URL|attribution` with {z}, {x} and {y} in the URL."""
    if value in {"", "none"}:
        return None
    if value == "basemap.de":
        return Basemap(BASEMAP_DE, BASEMAP_DE_ATTRIBUTION)
    url, _, attribution = value.partition("|")
    if not url.startswith(("https://", "http://", "/")) or any(part not in url for part in ("{z}", "{x}", "{y}")):
        raise InvalidInput("must be basemap.de, none, or URL|attribution with {z}, {x} and {y}", "LANDPORTAL_BASEMAP")
    return Basemap(url, attribution)
