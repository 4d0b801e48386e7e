"""The API described in OpenAPI 3.0, collection by collection: clients read here what they may push down to us.

GDAL sends an attribute filter only for what the collection's own path lists as a query parameter, and CQL2 only where
``filter-lang`` offers ``cql-text``; QGIS takes its page size from the component named ``limit``.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response, make_response, render_template, request

from landportal.services.collections import Collection, listing
from landportal.services.fields import OFFERED, Kind
from landportal.services.grids import GRIDS
from landportal.web.ogc_api import asking, schemas
from landportal.web.ogc_api import openapi_writes as writes
from landportal.web.ogc_api.frame import (
    GEOJSON,
    JSON,
    OPENAPI,
    SCHEMA,
    blueprint,
    in_language,
    reading,
    refuse_unknown,
    wants_html,
)
from landportal.web.ogc_api.tiles import MVT

PROBLEM = "application/problem+json"


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description; as a page it lists addresses and parameters."""
    refuse_unknown()
    with reading() as (session, actor):
        document = described(listing.published(session, actor), request.root_url.rstrip("/") + "/api")
    if wants_html():
        response = make_response(render_template("ogc_api/openapi.html", content=document))
    else:
        response = Response(json.dumps(document, ensure_ascii=False), content_type=OPENAPI)
    response.vary.update(("Accept", "Accept-Language"))
    response.headers["Cache-Control"] = "no-cache"
    return response


def described(collections: tuple[Collection, ...], server: str) -> dict[str, Any]:
    """The whole document for these collections."""
    paths: dict[str, Any] = {
        "/": _get("landing", in_language("Einstieg", "Landing page")),
        "/conformance": _get("conformance", in_language("Erfüllte Standards", "Standards conformed to")),
        "/functions": _get("functions", in_language("Funktionen in Filtern", "Functions in filters")),
        "/collections": _get("collections", in_language("Alle Sammlungen", "All collections")),
        "/tileMatrixSets": _get("tileMatrixSets", in_language("Kachelraster", "Tile matrix sets")),
        "/tileMatrixSets/{tileMatrixSetId}": _get(
            "tileMatrixSet", in_language("Ein Kachelraster", "A tile matrix set"), parameters=[_grid_parameter()]
        ),
    }
    for one in collections:
        paths |= _paths_of(one)
        if one.editable:
            writes.add_to(paths, one)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": in_language("landportal Thüringen – Schnittstelle", "landportal Thuringia – interface"),
            "version": "1.0.0",
            "license": {"name": "dl-de/by-2-0", "url": "https://www.govdata.de/dl-de/by-2-0"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "parameters": _shared_parameters(),
            "responses": _shared_responses() | writes.responses(),
            "schemas": _shared_schemas() | writes.bodies_of(collections),
            "securitySchemes": writes.SECURITY,
        },
    }


def _paths_of(one: Collection) -> dict[str, Any]:
    base, title = f"/collections/{one.id}", in_language(one.title_de, one.title_en)
    name = one.id.replace("-", "_")
    paths = {
        base: _get(f"{name}.collection", title),
        f"{base}/items": _get(f"{name}.items", title, GEOJSON, _items_parameters(one), "FeatureCollection"),
        f"{base}/items/{{featureId}}": _get(
            f"{name}.item", title, GEOJSON, [_feature_parameter(one), _ref("crs"), _ref("f")], "Feature"
        ),
        f"{base}/tiles": _get(f"{name}.tilesets", title),
        f"{base}/tiles/{{tileMatrixSetId}}": _get(f"{name}.tileset", title, parameters=[_grid_parameter(), _ref("f")]),
        f"{base}/tiles/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _tile_path(name, title),
    }
    for part in ("schema", "queryables", "sortables"):
        paths[f"{base}/{part}"] = _get(f"{name}.{part}", f"{title}: {part}", SCHEMA)
    return paths


def _get(
    operation: str, summary: str, media_type: str = JSON, parameters: list[Any] | None = None, shape: str = "Document"
) -> dict[str, Any]:
    body = {
        "description": summary,
        "content": {
            media_type: {"schema": {"$ref": f"#/components/schemas/{shape}"}},
            "text/html": {"schema": {"type": "string"}},
        },
    }
    answers = {"200": body, "304": {"$ref": "#/components/responses/NotModified"}}
    answers |= {code: {"$ref": f"#/components/responses/{name}"} for code, name in _REFUSALS}
    described = {"operationId": operation, "summary": summary, "tags": [operation.split(".")[0]], "responses": answers}
    return {"get": {**described, "parameters": [_ref("f")] if parameters is None else parameters}}


_REFUSALS = (
    ("400", "Invalid"), ("401", "SignInNeeded"), ("404", "NotFound"), ("429", "TooManyAttempts"), ("500", "Fault"),
    ("503", "Unavailable"),
)  # fmt: skip


def _tile_path(name: str, title: str) -> dict[str, Any]:
    path = _get(
        f"{name}.tile",
        title,
        parameters=[_grid_parameter(), *map(_whole_in_path, ("tileMatrix", "tileRow", "tileCol"))],
    )
    answers = path["get"]["responses"]
    answers["200"] = {"description": title, "content": {MVT: {"schema": {"type": "string", "format": "binary"}}}}
    answers["204"] = {"description": in_language("Hier liegt nichts.", "Nothing lies here.")}
    return path  # fmt: skip


def _items_parameters(one: Collection) -> list[dict[str, Any]]:
    own = [
        {
            "name": field.name, "in": "query", "required": False, "style": "form", "explode": False,
            "description": in_language(field.title_de, field.title_en),
            "schema": _plain(schemas.property_schema(field)),
        }
        for field in one.fields
        if field.name not in asking.OF_ITEMS
    ]  # fmt: skip
    return [*map(_ref, (*asking.OF_ITEMS, "f")), *own]


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """One value of the list, where a field holds several: the parameter asks whether it is among them."""
    found = schema["items"] if schema["type"] == "array" else schema
    return {name: value for name, value in found.items() if name != "title"}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/parameters/{name}"}


def _whole_in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}


def _grid_parameter() -> dict[str, Any]:
    listed = [grid.id for grid in GRIDS]
    return {"name": "tileMatrixSetId", "in": "path", "required": True, "schema": {"type": "string", "enum": listed}}


def _feature_parameter(one: Collection) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "integer", "minimum": 0} if one.id_kind is Kind.INTEGER else {"type": "string"}
    return {"name": "featureId", "in": "path", "required": True, "schema": kind}


def _shared_parameters() -> dict[str, Any]:
    crs = {"type": "string", "enum": [one.uri for one in OFFERED], "default": OFFERED[0].uri}
    texts: dict[str, dict[str, Any]] = {
        "offset": {"type": "integer", "minimum": 0, "default": 0, "maximum": asking.OFFSET_MAX},
        "after": {"type": "string"},
        "bbox-crs": crs,
        "crs": crs,
        "datetime": {"type": "string"},
        "filter": {"type": "string"},
        "filter-lang": {"type": "string", "enum": list(asking.LANGUAGES), "default": "cql2-text"},
        "filter-crs": crs,
        "resultType": {"type": "string", "enum": ["results", "hits"], "default": "results"},
        "f": {"type": "string", "enum": ["json", "html"]},
    }
    found = {name: _query_parameter(name, schema) for name, schema in texts.items()}
    limit = {"type": "integer", "minimum": 1, "maximum": asking.LIMIT_MAX, "default": asking.LIMIT}
    box = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    names = {"type": "array", "items": {"type": "string"}}
    return {
        **found,
        "limit": _query_parameter("limit", limit),
        "bbox": _query_parameter("bbox", box),
        "sortby": _query_parameter("sortby", names),
        "properties": _query_parameter("properties", names),
    }


def _query_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "style": "form", "explode": False, "schema": schema}


def _shared_responses() -> dict[str, Any]:
    def refused(description: str) -> dict[str, Any]:
        return {"description": description, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Document"}}}}

    return {
        "NotModified": {"description": in_language("Unverändert.", "Not modified.")},
        "Invalid": refused(in_language("Ein Parameter kann nicht gelesen werden.", "A parameter cannot be used.")),
        "TooManyAttempts": refused(in_language("Zu viele Versuche mit falschem Token.", "Too many bad tokens.")),
        "NotFound": refused(in_language("Das gibt es nicht.", "There is no such thing.")),
        "Fault": refused(in_language("Ein Fehler bei uns.", "A fault on our side.")),
        "Unavailable": refused(in_language("Dauert zu lange oder ist nicht erreichbar.", "Too slow or not reachable.")),
    }


def _shared_schemas() -> dict[str, Any]:
    feature = {
        "type": "object", "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]}, "geometry": {"type": "object", "nullable": True},
            "properties": {"type": "object", "nullable": True},
            "id": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        },
    }  # fmt: skip
    listed = {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}}
    whole = {
        "type": "object", "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]}, "features": listed,
            "numberMatched": {"type": "integer", "minimum": 0}, "numberReturned": {"type": "integer", "minimum": 0},
            "links": {"type": "array", "items": {"type": "object"}},
        },
    }  # fmt: skip
    return {"Document": {"type": "object"}, "Feature": feature, "FeatureCollection": whole}
