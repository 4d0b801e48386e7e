"""What there is: the collections, and each one's schema, queryables and sortables."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from landportal.services import features
from landportal.services.collections import Collection, listing
from landportal.services.fields import OFFERED
from landportal.web.ogc_api import schemas
from landportal.web.ogc_api.frame import (
    GEOJSON,
    HTML,
    JSON,
    SCHEMA,
    answer,
    blueprint,
    in_language,
    link,
    reading,
    refuse_unknown,
    self_links,
    validated,
)
from landportal.web.reading import today
from landportal.web.standing import standing

TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SORTABLES = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"


@blueprint.get("/collections")
def collections() -> Response:
    """Every collection the asker may read."""
    refuse_unknown()
    with reading() as (session, actor):
        listed = [_description(session, one) for one in listing.published(session, actor)]
    content = {
        "links": self_links(),
        "crs": [crs.uri for crs in OFFERED],
        "collections": listed,
    }
    return answer(content, "collections")


@blueprint.get("/collections/<collection>")
def collection(collection: str) -> Response:
    """One collection."""
    refuse_unknown()
    with reading() as (session, actor):
        content = _description(session, listing.find(session, actor, collection))
    content["links"] = [*self_links(), *content["links"][1:]]
    return answer(content, "collection")


def _description(session: Session, one: Collection) -> dict[str, Any]:
    box = features.extent(session, one)
    extent: dict[str, Any] = {}
    if box:
        extent["spatial"] = {"bbox": [list(box)], "crs": OFFERED[0].uri}
    if one.moment:
        begin = standing().kept_since
        extent["temporal"] = {"interval": [[f"{begin.isoformat()}T00:00:00Z" if begin else None, None]]}
    stored = next((crs.uri for crs in OFFERED if crs.srid == one.source.srid), OFFERED[0].uri)
    items = {"collection": one.id}
    links = [
        link("ogc_api.collection", "self", JSON, **items),
        link("ogc_api.items", "items", GEOJSON, in_language("Objekte als GeoJSON", "Features as GeoJSON"), **items),
        link("ogc_api.items", "items", HTML, in_language("Objekte als Seite", "Features as a page"), f="html", **items),
        link("ogc_api.schema", "describedby", SCHEMA, **items),
        link("ogc_api.schema", SCHEMA_REL, SCHEMA, **items),
        link("ogc_api.queryables", QUERYABLES, SCHEMA, **items),
        link("ogc_api.sortables", SORTABLES, SCHEMA, **items),
        link("ogc_api.tilesets", TILESETS, JSON, **items),
    ]
    if one.licence_url:
        links.append({"href": one.licence_url, "rel": "license", "type": HTML})
    return {
        "id": one.id,
        "title": in_language(one.title_de, one.title_en),
        "description": in_language(one.description_de, one.description_en),
        "links": links,
        "extent": extent,
        "itemType": "feature",
        "crs": [crs.uri for crs in OFFERED],
        "storageCrs": stored,
        **({"attribution": one.attribution} if one.attribution else {}),
    }


@blueprint.get("/collections/<collection>/schema")
def schema(collection: str) -> Response:
    """What a feature of the collection has."""
    return _schema(collection, "schema")


@blueprint.get("/collections/<collection>/queryables")
def queryables(collection: str) -> Response:
    """What a filter may ask."""
    return _schema(collection, "queryables")


@blueprint.get("/collections/<collection>/sortables")
def sortables(collection: str) -> Response:
    """What a list may be ordered by."""
    return _schema(collection, "sortables")


def _schema(name: str, part: str) -> Response:
    refuse_unknown()
    with reading() as (session, actor):
        one = listing.find(session, actor, name)
    fields = schemas.sortable(one) if part == "sortables" else one.fields
    content = schemas.schema(one, f"ogc_api.{part}", fields, shape=part != "sortables")
    return validated(0, lambda: answer(content, "schema", SCHEMA, links=self_links(SCHEMA)), str(today()))
