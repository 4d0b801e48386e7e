"""The web floor: pages for investors, tiles and answers for machines. This module is its table of contents.

Who reads what: `search`, `parcels`, `areas` and `pages` show pages; `params` reads search arguments; `wording`,
`formats`, `placing` and `chips` find the words; `map_view` alone knows Folium. No SQL, no commit, never gis.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
from dataclasses import dataclass

from flask import Flask
from flask_compress import Compress
from sqlalchemy import Engine

from landportal import db, localdb
from landportal.config import Settings, read_settings
from landportal.replicas import Replicas
from landportal.secret_key import secret_key
from landportal.web import (
    addresses,
    assets,
    caching,
    errors,
    language,
    security,
    sending,
    signed_in,
    standing,
    template_words,
)
from landportal.web.accounts import library, words

BLUEPRINTS = (
    *("pages", "search", "parcels", "areas", "documents", "freshness", "tiles", "overlays"),
    *("planning", "ogc_api", "catalogue"),
    *("accounts", "desk", "shapes", "deliveries", "organisations"),
    "operations",
)
"""Modules of this package that bring a `blueprint`."""


@dataclass(frozen=True)
class Portal:
    """What every request needs: the settings of this process and its ways to the database.

    `engine` is the primary's; who reads for a page asks `web.reading`, which knows when a replica will do.
    """

    settings: Settings
    engine: Engine
    replicas: Replicas


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application; without `settings` those of the environment."""
    settings = settings or read_settings()
    app = Flask(__name__, static_url_path=f"/static/{assets.fingerprint()}")
    app.config.update(SECRET_KEY=secret_key(settings), BABEL_TRANSLATION_DIRECTORIES="translations", **COMPRESSION)
    app.json.sort_keys = False
    engine = _engine(settings)
    app.extensions["landportal"] = Portal(settings, engine, Replicas(settings, engine))
    language.install(app)
    addresses.install(app)
    assets.install(app)
    security.install(app, settings)
    library.install(app, app.config["SECRET_KEY"], secure=settings.public_url.startswith("https://"))
    signed_in.install(app)
    words.install(app)
    template_words.install(app)
    standing.install(app)
    errors.install(app)
    for name in BLUEPRINTS:
        _register(app, name)
    Compress(app)
    # What runs after a request runs from the last to the first: validators are of the content before it is compressed.
    caching.install(app)
    sending.install(app, settings)
    _spare_the_collector()
    return app


def _spare_the_collector() -> None:
    """Keep what is loaded by now out of garbage collection: going through all modules took 5 ms of every request."""
    gc.collect()
    gc.freeze()


def _engine(settings: Settings) -> Engine:
    if settings.pooler_url:
        return db.connect(settings.pooler_url, settings, role=db.APPLICATION_ROLE, pooled=True)
    url = settings.database_url or localdb.LocalCluster(settings.instance).url()
    return db.connect(url, settings, role=db.APPLICATION_ROLE)


def _register(app: Flask, name: str) -> None:
    if importlib.util.find_spec(f"{__name__}.{name}"):
        app.register_blueprint(importlib.import_module(f"{__name__}.{name}").blueprint)


COMPRESSION = {
    "COMPRESS_MIMETYPES": [
        *("text/html", "text/css", "text/plain", "text/javascript", "application/javascript", "image/svg+xml"),
        *("application/json", "application/geo+json", "application/problem+json"),
        "application/vnd.mapbox-vector-tile",
    ],
    "COMPRESS_ALGORITHM": ["br", "gzip"],
    "COMPRESS_BR_LEVEL": 2,
    "COMPRESS_LEVEL": 6,
    "COMPRESS_MIN_SIZE": 500,
}
"""What is sent compressed, and how hard: pages are compressed as they go, so speed counts more than the last byte."""
