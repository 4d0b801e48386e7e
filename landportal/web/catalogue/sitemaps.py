"""What search engines read: robots.txt and the sitemaps of all pages worth finding, in both languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from flask import Response, make_response, render_template, request, url_for

from landportal.errors import NotFound
from landportal.services import sitemap
from landportal.web import language
from landportal.web.catalogue.frame import blueprint, to_be_asked_again
from landportal.web.params import no_parameters
from landportal.web.reading import snapshot

PAGES = ("search.show", "areas.index", "planning.show", "catalogue.open_data", "pages.accessibility", "pages.privacy")

Entry = tuple[dict[str, str], dt.datetime | None]
"""An address for each language, and when the page last changed."""


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Search engines may read every page, but need not walk through all combinations of filters."""
    return _sent("robots.txt", "text/plain")


@blueprint.get("/sitemap.xml")
def index() -> Response:
    """The list of all sitemaps."""
    no_parameters(request.args)
    with snapshot() as session:
        files = [("pages", 0), ("areas", 0), *(("parcels", number) for number in range(sitemap.chunks(session)))]
    return _sent("sitemap_index.xml", "application/xml", files=files)


@blueprint.get("/sitemaps/<any(pages, areas, parcels):kind>-<int:number>.xml")
def part(kind: str, number: int) -> Response:
    """One sitemap: pages, areas, or a block of parcels."""
    no_parameters(request.args)
    with snapshot() as session:
        if number >= (sitemap.chunks(session) if kind == "parcels" else 1):
            raise NotFound(f"{kind}-{number}")
        match kind:
            case "parcels":
                entries = _named("parcels.show", "number", sitemap.parcels(session, number))
            case "areas":
                entries = _named("areas.show", "slug", sitemap.areas(session))
            case _:
                entries = [(_in_languages(endpoint), None) for endpoint in PAGES]
    return _sent("sitemap.xml", "application/xml", entries=entries)


def _named(endpoint: str, argument: str, found: Iterable[tuple[str, dt.datetime]]) -> list[Entry]:
    return [(_in_languages(endpoint, **{argument: name}), at) for name, at in found]


def _in_languages(endpoint: str, **arguments: str) -> dict[str, str]:
    return {lang: url_for(endpoint, lang=lang, _external=True, **arguments) for lang in language.LANGUAGES}


def _sent(template: str, media_type: str, **content: object) -> Response:
    response = make_response(render_template(f"catalogue/{template}", **content))
    response.mimetype = media_type
    return to_be_asked_again(response)
