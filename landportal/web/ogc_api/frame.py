"""How every answer of the API is made: JSON or a page, links, validators, parameters that nobody knows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.services.permissions import Actor
from landportal.web import language, signed_in
from landportal.web.params import InvalidParameters
from landportal.web.reading import refuse_older, snapshot

blueprint = Blueprint("ogc_api", __name__, url_prefix="/api")

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

Link = dict[str, str]


@blueprint.after_request
def _open_to_programs(response: Response) -> Response:
    """Open data may be read by scripts of any page; nothing here depends on a cookie that such a page could send."""
    if request.method in {"GET", "HEAD"}:
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
        response.headers.setdefault("Access-Control-Expose-Headers", "Link, ETag, Content-Crs")
    return response


@contextmanager
def reading() -> Iterator[tuple[Session, Actor | None]]:
    """A session that sees what the person who asks may see, and who that is."""
    actor = signed_in.actor()
    if actor is None:
        with snapshot() as session:
            yield session, None
    else:
        with signed_in.looking() as session:
            yield session, actor


def in_language(german: str, english: str) -> str:
    """The one of two texts that the asker's language wants."""
    return german if language.current() == "de" else english


def refuse_unknown(*known: str) -> None:
    """InvalidParameters for every parameter of this request that is not in `known` (Part 1, 7.3.3)."""
    strangers = [name for name in request.args if name not in {"f", *known}]
    if strangers:
        told = tuple(InvalidInput(f"There is no parameter named {name[:40]!r} here.", name[:40]) for name in strangers)
        raise InvalidParameters(told)
    twice = [name for name in request.args if len(request.args.getlist(name)) > 1]
    if twice:
        raise InvalidParameters(tuple(InvalidInput("Stated more than once.", name) for name in twice))


def wants_html(choices: Collection[str] = ("json", "html")) -> bool:
    """Whether the asker wants a page: by ``f``, else by Accept. InvalidInput for an unknown format."""
    stated = request.args.get("f")
    if stated is not None:
        if stated not in choices:
            raise InvalidInput(f"Formats here are {', '.join(choices)}.", "f")
        return stated == "html"
    best = request.accept_mimetypes.best_match([JSON, GEOJSON, HTML, SCHEMA], default=JSON)
    return best == HTML


def link(endpoint: str, rel: str, media_type: str, title: str | None = None, **values: Any) -> Link:
    """A link to an address of ours."""
    found = {"href": url_for(endpoint, _external=True, **values), "rel": rel, "type": media_type}
    return {**found, "title": title} if title else found


def self_links(media_type: str = JSON) -> list[Link]:
    """This very address in both its forms."""
    html = wants_html()

    def address(form: str) -> str:
        others = [(name, value) for name, value in request.args.items(multi=True) if name != "f"]
        return f"{request.base_url}?{urlencode([*others, ('f', form)])}"

    as_json = address("json") if html else request.url
    return [
        {"href": as_json, "rel": "alternate" if html else "self", "type": media_type},
        {"href": address("html"), "rel": "self" if html else "alternate", "type": HTML},
    ]  # fmt: skip


def answer(content: Mapping[str, Any], template: str, media_type: str = JSON, **more: Any) -> Response:
    """`content` as JSON, or as the page `template` makes of it."""
    if wants_html():
        response = make_response(render_template(f"ogc_api/{template}.html", content=content, **more))
    else:
        response = Response(json.dumps(content, ensure_ascii=False), mimetype=media_type)
    response.headers["Content-Language"] = language.current()
    response.vary.update(("Accept", "Accept-Language"))
    response.headers["Cache-Control"] = "no-cache"
    return response


def validated(revision: int, make: Callable[[], Response], *more: str) -> Response:
    """The answer of `make` with a weak validator, or 304 without making it where the asker's copy still holds."""
    refuse_older(revision)
    asker = signed_in.account()
    told = (request.full_path, request.headers.get("Accept", ""), language.current(), str(asker and asker.id), *more)
    validator = f"{revision}-{hashlib.sha256(chr(0).join(told).encode()).hexdigest()[:16]}"
    response = Response(status=304) if request.if_none_match.contains_weak(validator) else make()
    if response.status_code in {200, 304}:
        response.set_etag(validator, weak=True)
        response.headers["Cache-Control"] = "no-cache"
    return response
