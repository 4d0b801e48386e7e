"""Features over HTTP: a page of a collection, how many there are, one feature."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session

from landportal.services import feature_edits, features
from landportal.services.collections import Collection, listing
from landportal.services.features import FeatureRequest
from landportal.web.ogc_api import asking
from landportal.web.ogc_api.frame import (
    GEOJSON,
    HTML,
    JSON,
    Link,
    blueprint,
    link,
    reading,
    refuse_unknown,
    self_links,
    validated,
    wants_html,
)
from landportal.web.reading import today


@blueprint.get("/collections/<collection>/items", provide_automatic_options=False)
def items(collection: str) -> Response:
    """A page of features, or with ``resultType=hits`` only their number."""
    with reading() as (session, actor):
        one = listing.find(session, actor, collection)
        asked = asking.read(one, request.args)
        html = wants_html()
        if request.args.get("resultType") == "hits":
            return _hits(session, one, asked)
        moved = features.revision(session, one)
        return validated(moved, lambda: _page(session, one, asked, html), str(today()))


def _hits(session: Session, one: Collection, asked: FeatureRequest) -> Response:
    number = features.count(session, one, asked)
    content = {
        "type": "FeatureCollection", "numberMatched": number, "numberReturned": 0,
        "features": [], "links": self_links(GEOJSON),
    }  # fmt: skip
    return _sent(json.dumps(content), asked)


def _page(session: Session, one: Collection, asked: FeatureRequest, html: bool) -> Response:
    page = features.read_page(session, one, asked)
    links = [*self_links(GEOJSON), link("ogc_api.collection", "collection", JSON, collection=one.id)]
    if page.next:
        links.append(_next(page.next, html))
    told: dict[str, Any] = {"type": "FeatureCollection", "links": links}
    if page.matched is not None:
        told["numberMatched"] = page.matched
    told["numberReturned"] = page.returned
    text = f'{json.dumps(told, ensure_ascii=False)[:-1]}, "features": [{page.features}]}}'
    if html:
        content = json.loads(text)
        return make_response(render_template("ogc_api/items.html", content=content, collection=one, fields=one.fields))
    return _sent(text, asked, links)


def _next(cursor: str, html: bool) -> Link:
    """The page after this one, by key: it stays right while rows come and go."""
    arguments = {name: value for name, value in request.args.items() if name not in {"offset", "after"}}
    address = url_for("ogc_api.items", _external=True, **(request.view_args or {}), **arguments, after=cursor)
    return {"href": address, "rel": "next", "type": HTML if html else GEOJSON}


def _sent(text: str, asked: FeatureRequest, links: list[Link] | None = None) -> Response:
    response = Response(text, mimetype=GEOJSON)
    response.headers["Content-Crs"] = f"<{asked.crs.uri}>"
    response.headers["Cache-Control"] = "no-cache"
    response.vary.update(("Accept", "Accept-Language"))
    for one in links or ():
        if one["rel"] in {"next", "self", "alternate"}:
            response.headers.add("Link", f'<{one["href"]}>; rel="{one["rel"]}"; type="{one["type"]}"')
    return response


@blueprint.get("/collections/<collection>/items/<feature>", provide_automatic_options=False)
def item(collection: str, feature: str) -> Response:
    """One feature; a parcel that was withdrawn is gone (410). What can be edited has its version before the dash."""
    refuse_unknown("crs")
    crs = asking.crs(request.args, "crs")
    with reading() as (session, actor):
        one = listing.find(session, actor, collection)
        html = wants_html()
        text = features.read_feature(session, one, feature, crs)
        moved, version = features.revision(session, one), feature_edits.version(session, one, feature)
        validator = moved if version is None else version
        return validated(validator, lambda: _feature(one, feature, text, html, crs), str(today()), str(moved))


def feature_answer(one: Collection, feature: str, text: str, crs: asking.OfferedCrs) -> Response:
    """The feature `text` as GeoJSON, with links to where it is read, whatever this request was sent to."""
    here = {"collection": one.id, "feature": feature}
    selves = [link("ogc_api.item", "self", GEOJSON, **here), link("ogc_api.item", "alternate", HTML, f="html", **here)]
    return _linked(text, [*selves, *_related(one, feature)], crs)


def _feature(one: Collection, feature: str, text: str, html: bool, crs: asking.OfferedCrs) -> Response:
    links = [*self_links(GEOJSON), *_related(one, feature)]
    if html:
        content = {**json.loads(text), "links": links}
        return make_response(render_template("ogc_api/item.html", content=content, collection=one, fields=one.fields))
    return _linked(text, links, crs)


def _related(one: Collection, feature: str) -> list[Link]:
    links = [link("ogc_api.collection", "collection", JSON, collection=one.id)]
    if one.editable:
        links.append(link("parcels.show", "related", HTML, lang="de", number=feature))
    return links


def _linked(text: str, links: list[Link], crs: asking.OfferedCrs) -> Response:
    return _sent(f'{text[:-1]},"links":{json.dumps(links)}}}', FeatureRequest(crs=crs))
