"""What the API's description says of writing (Part 4): operations, bodies, refusals, and how one shows who one is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from landportal.services.collections import Collection
from landportal.services.feature_input import editable_fields
from landportal.web.ogc_api import schemas
from landportal.web.ogc_api.bodies import MERGE_PATCH, WHOLE
from landportal.web.ogc_api.frame import GEOJSON, JSON, in_language

SECURITY: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}
"""A token as Bearer, or as the password of Basic with any name."""

PROBLEM = "application/problem+json"


def add_to(paths: dict[str, Any], one: Collection) -> None:
    """Add the writing operations of collection `one` to `paths`."""
    base, title = f"/collections/{one.id}/items", in_language(one.title_de, one.title_en)
    item = f"{base}/{{featureId}}"
    name = one.id.replace("-", "_")
    feature, patch = f"{name}Write", f"{name}Patch"
    paths[base]["post"] = _operation(f"{name}.create", title, "201", _body(WHOLE, feature), _headers())
    identified = [*paths[item]["get"]["parameters"][:1], *_headers(), _header("If-Match")]
    paths[item]["put"] = _operation(f"{name}.replace", title, "200", _body(WHOLE, feature), identified)
    paths[item]["patch"] = _operation(f"{name}.update", title, "200", _body((MERGE_PATCH,), patch), identified)
    paths[item]["delete"] = _operation(f"{name}.withdraw", title, "204", None, identified)


def _operation(
    operation: str, title: str, done: str, body: dict[str, Any] | None, parameters: list[dict[str, Any]]
) -> dict[str, Any]:
    answers: dict[str, Any] = {code: {"$ref": f"#/components/responses/{name}"} for code, name in _ANSWERS}
    answers[done] = {"description": title}
    if done != "204":
        answers[done]["content"] = {GEOJSON: {"schema": {"$ref": "#/components/schemas/Feature"}}}
    if done == "201":
        answers[done]["headers"] = {"Location": {"schema": {"type": "string"}}}
    described = {
        "operationId": operation, "summary": f"{title}: {operation.split('.')[1]}", "tags": [operation.split(".")[0]],
        "security": [{"bearer": []}, {"basic": []}], "parameters": parameters, "responses": answers,
    }  # fmt: skip
    return {**described, "requestBody": body} if body else described


_ANSWERS = (
    ("202", "Waiting"), ("400", "Invalid"), ("401", "SignInNeeded"), ("403", "NotAllowed"), ("404", "NotFound"),
    ("409", "Conflict"), ("410", "Withdrawn"), ("412", "Changed"), ("413", "TooLarge"), ("415", "OtherMediaType"),
    ("429", "TooManyAttempts"),
    ("422", "Refused"), ("500", "Fault"), ("503", "Unavailable"),
)  # fmt: skip


def _body(media_types: Iterable[str], schema: str) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"required": True, "content": dict.fromkeys(media_types, content)}


def _headers() -> list[dict[str, Any]]:
    return [_header("Content-Crs"), _header("Prefer"), _header("Change-Reason")]


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}}


def responses() -> dict[str, Any]:
    """What may become of a write, beside what may become of a read."""
    waiting = {"description": in_language("Wartet auf Freigabe.", "Waits for an approver.")}
    refused = {
        "SignInNeeded": in_language("Kein gültiges Token.", "No valid token."),
        "NotAllowed": in_language("Liegt außerhalb der eigenen Rechte.", "Beyond one's own rights."),
        "Conflict": in_language("Der Status lässt es nicht zu.", "The status does not permit it."),
        "Withdrawn": in_language("Die Fläche ist zurückgezogen.", "The site was withdrawn."),
        "Changed": in_language("Inzwischen geändert (If-Match).", "Changed since (If-Match)."),
        "TooLarge": in_language("Zu groß.", "Too large."),
        "OtherMediaType": in_language("Ein anderer Medientyp wird erwartet.", "Another media type is expected."),
        "Refused": in_language(
            "Werte, die nicht gehen, mit ihrer Stelle.", "Values that do not fit, with their place."
        ),
    }
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Document"}}}
    told = {name: {"description": description, "content": content} for name, description in refused.items()}
    return {"Waiting": {**waiting, "content": {JSON: {"schema": {"type": "object"}}}}, **told}


def bodies_of(collections: Iterable[Collection]) -> dict[str, Any]:
    """The features as they are sent: whole, and as a patch."""
    return {
        name: schema
        for one in collections
        if one.editable
        for name, schema in _bodies(one.id.replace("-", "_")).items()
    }


def _bodies(name: str) -> dict[str, Any]:
    fields = {field.name: _nullable(schemas.property_schema(field)) for field in editable_fields()}
    geometry = {
        "type": "object", "required": ["type", "coordinates"],
        "properties": {
            "type": {"type": "string", "enum": ["Polygon", "MultiPolygon"]},
            "coordinates": {"type": "array", "items": {}},
        },
    }  # fmt: skip
    properties = {"type": "object", "properties": fields}
    parts = {"type": {"type": "string", "enum": ["Feature"]}, "geometry": geometry, "properties": properties}
    whole = {"type": "object", "required": ["type", "geometry", "properties"], "properties": parts}
    return {f"{name}Write": whole, f"{name}Patch": {"type": "object", "properties": parts}}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "nullable": True, **({"enum": [*schema["enum"], None]} if "enum" in schema else {})}
