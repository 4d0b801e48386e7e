"""Frozen settings, read once from the environment. Every limit is named with its unit and has its value here only.

Nothing here opens a connection or touches a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.policy import SMTP
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from landportal.errors import InvalidInput

PROJECT_ROOT = Path(__file__).resolve().parent.parent

REPLICAS_MAX = 16
LAG_MAX_MS = (1_000, 3_600_000)
"""Range of the bound: below a second the measuring itself would leave replicas out."""

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
class MailServer:
    """An SMTP server. `tls` is ``none``, ``starttls`` (after the greeting) or ``implicit`` (from the start)."""

    host: str
    port: int
    tls: str = "none"
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class Settings:
    """The settings of one process. `database_url` None means the private cluster under `instance`.

    `public_url` begins every address in a mail, without a slash at its end; `mail` None prints mails to the log.
    """

    instance: Path
    database_url: str | None
    port: int
    secret_key: str | None
    basemap: Basemap | None
    demo: bool
    public_url: str
    mail: MailServer | None
    mail_sender: str
    replica_urls: tuple[str, ...] = ()
    """Servers that replicate the database by streaming: pages, tiles and the API may be read there."""
    pooler_url: str | None = None
    """The same database through PgBouncer in transaction mode, for web processes alone."""
    prepare: bool = True
    """Whether statements are prepared in the server; behind PgBouncer before 1.21 they cannot be."""
    contributor_id: str | None = None
    """The operator's address in the list of contributors to GovData, for the catalogue (DCAT-AP.de)."""
    trusted_proxies: int = 0
    """Web servers in front that tell the visitor's address and scheme (X-Forwarded-For, -Proto, -Host)."""

    # Limits
    page_max: int = 10_000
    geojson_limit_max: int = 10_000
    statement_timeout_ms: int = 15_000
    """Of a page, and of whatever is none of the following."""
    tile_statement_timeout_ms: int = 5_000
    job_statement_timeout_ms: int = 600_000
    export_statement_timeout_ms: int = 1_800_000
    exports_at_once: int = 2
    """Downloads that one process reads from the database at the same time; pages have connections of their own."""
    downloads_at_once: int = 4
    """Downloads that one process sends at the same time; each keeps a thread for as long as its visitor reads."""
    smtp_timeout_s: int = 30
    connect_timeout_s: int = 5
    pool_size: int = 4
    """Connections of one web process to the primary, and as many to each replica."""
    replica_lag_max_ms: int = 1_000
    """A replica that lacks something older than this is not read."""
    replica_answer_max_ms: int = 1_000
    """A replica that does not answer for this long is not read, and what waits for it is read from the primary."""

    @property
    def threads(self) -> int:
        """The threads of one web process: those that work on requests, and those that send downloads."""
        return self.pool_size + self.downloads_at_once


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that `environ` describes; InvalidInput names the variable that cannot be used."""
    port = _port(environ.get("PORT", "8000"))
    public_url = _public_url(environ.get("LANDPORTAL_PUBLIC_URL") or f"http://127.0.0.1:{port}")
    pooler_url = _database_url(environ.get("LANDPORTAL_POOLER_URL"), "LANDPORTAL_POOLER_URL")
    database_url = _database_url(environ.get("LANDPORTAL_DATABASE_URL"), "LANDPORTAL_DATABASE_URL")
    if pooler_url and not database_url:
        raise InvalidInput("needs the direct address in LANDPORTAL_DATABASE_URL beside it", "LANDPORTAL_POOLER_URL")
    return Settings(
        instance=Path(environ.get("LANDPORTAL_INSTANCE") or PROJECT_ROOT / "instance").absolute(),
        database_url=database_url,
        replica_urls=_replica_urls(environ.get("LANDPORTAL_REPLICA_URLS", "")),
        replica_lag_max_ms=_lag_max_ms(environ.get("LANDPORTAL_REPLICA_LAG_MAX_MS", "1000")),
        pooler_url=pooler_url,
        prepare=_yes_or_no(environ.get("LANDPORTAL_PREPARE") or ("0" if pooler_url else "1"), "LANDPORTAL_PREPARE"),
        port=port,
        secret_key=environ.get("LANDPORTAL_SECRET_KEY") or None,
        basemap=_basemap(environ.get("LANDPORTAL_BASEMAP", "basemap.de")),
        demo=environ.get("LANDPORTAL_DEMO", "1") != "0",
        public_url=public_url,
        mail=_mail_server(environ.get("LANDPORTAL_MAIL_URL", "console")),
        mail_sender=_mail_sender(environ.get("LANDPORTAL_MAIL_SENDER") or _sender_at(public_url)),
        contributor_id=_address(environ.get("LANDPORTAL_CONTRIBUTOR_ID")),
        trusted_proxies=_count(environ.get("LANDPORTAL_TRUSTED_PROXIES", "0")),
    )


def _database_url(value: str | None, variable: str) -> str | None:
    if not value:
        return None
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise InvalidInput("must look like postgresql://user:password@host/database", variable)
    return f"postgresql+psycopg://{rest}"


def _replica_urls(value: str) -> tuple[str, ...]:
    """Addresses separated by commas; a comma inside an address is written %2C."""
    variable = "LANDPORTAL_REPLICA_URLS"
    parts = [part.strip() for part in value.split(",")] if value.strip() else []
    if not all(parts):
        raise InvalidInput("must be addresses separated by single commas; one is empty", variable)
    urls = tuple(filter(None, (_database_url(part, variable) for part in parts)))
    twice = next((url for url in urls if urls.count(url) > 1), None)
    if twice:
        raise InvalidInput(f"names {urlsplit(twice).hostname or 'a server'} twice", variable)
    if len(urls) > REPLICAS_MAX:
        raise InvalidInput(f"names {len(urls)} replicas; {REPLICAS_MAX} at most", variable)
    return urls


def _lag_max_ms(value: str) -> int:
    if not value.isdigit() or not LAG_MAX_MS[0] <= int(value) <= LAG_MAX_MS[1]:
        problem = f"must be milliseconds from {LAG_MAX_MS[0]} to {LAG_MAX_MS[1]}, not {value!r}"
        raise InvalidInput(problem, "LANDPORTAL_REPLICA_LAG_MAX_MS")
    return int(value)


def _yes_or_no(value: str, variable: str) -> bool:
    if value not in {"0", "1"}:
        raise InvalidInput(f"must be 0 or 1, not {value!r}", variable)
    return value == "1"


def _port(value: str) -> int:
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise InvalidInput(f"must be a port number from 1 to 65535, not {value!r}", "PORT")
    return int(value)


def _count(value: str) -> int:
    if not value.isdigit() or int(value) > 9:
        raise InvalidInput(f"must be a number from 0 to 9, not {value!r}", "LANDPORTAL_TRUSTED_PROXIES")
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


def _address(value: str | None) -> str | None:
    if value and not (urlsplit(value).scheme in {"http", "https"} and urlsplit(value).hostname):
        raise InvalidInput("LANDPORTAL_CONTRIBUTOR_ID must be an address that begins with http.", "contributor_id")
    return value or None


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or " " in value:
        raise InvalidInput("must look like https://portal.example.org", "LANDPORTAL_PUBLIC_URL")
    return value.rstrip("/")


MAIL_PORTS = {("smtp", "none"): 25, ("smtp", "starttls"): 587, ("smtps", "implicit"): 465}
"""Usual port by scheme of the address and the kind of encryption."""


def _mail_server(value: str) -> MailServer | None:
    """`console`, or smtp://user:password@host:port/?tls=starttls, or smtps://… with TLS from the start."""
    if value in {"", "console"}:
        return None
    try:
        parts = urlsplit(value)
        asked = parse_qs(parts.query, strict_parsing=bool(parts.query)).get("tls", [""])[-1]
        tls = asked or ("implicit" if parts.scheme == "smtps" else "none")
        port = parts.port or MAIL_PORTS[parts.scheme, tls]
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        if not parts.hostname or (parts.scheme, tls) not in MAIL_PORTS:
            raise ValueError(value)
    except (ValueError, KeyError):
        how = "must be console, smtp://user:password@host:587/?tls=starttls or smtps://user:password@host"
        raise InvalidInput(how, "LANDPORTAL_MAIL_URL") from None
    return MailServer(parts.hostname, port, tls, user, password)


def _sender_at(public_url: str) -> str:
    """A sender at the portal's own host; a bare address of a machine is no host of mail."""
    host = urlsplit(public_url).hostname or ""
    return f"landportal@{host if any(letter.isalpha() for letter in host) else 'localhost'}"


def _mail_sender(value: str) -> str:
    """`address@host` or `Name <address@host>`."""
    parsed = SMTP.header_factory("from", value) if value.isprintable() else None
    addresses: tuple[Address, ...] = getattr(parsed, "addresses", ())
    if parsed is None or parsed.defects or len(addresses) != 1 or not addresses[0].domain:
        raise InvalidInput(
            "must be one address: portal@example.org or Name <portal@example.org>", "LANDPORTAL_MAIL_SENDER"
        )
    return value
