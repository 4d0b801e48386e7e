"""What the editor's script asks for while somebody draws: the check of a shape or a line, and neighbours to snap to."""

from __future__ import annotations

import json
import math
from typing import Any

from flask import Response, jsonify, render_template, request

from landportal.errors import InvalidInput
from landportal.services import shapes
from landportal.services.permissions import Action
from landportal.services.shapes import BadShape, ShapeCheck
from landportal.web import signed_in
from landportal.web.shapes import words
from landportal.web.shapes.form import blueprint, hole_word


@blueprint.post("/shape-check")
def check() -> Response:
    """What is to be said about the shape or the cutting line that somebody draws; nothing is stored."""
    actor = signed_in.actor_for(Action.EDIT)
    asked = _asked()
    with signed_in.looking() as session:
        try:
            if "line" in asked:
                parts = shapes.preview_split(session, actor, str(asked.get("number")), str(asked["line"]))
                return jsonify(_parts_told(parts, str(asked["line"])))
            about = shapes.subject(session, asked.get("number"), asked.get("area_id"))
            found = shapes.check_text(session, actor, about, str(asked.get("shape", "")))
            return jsonify(_check_told(found))
        except BadShape as error:
            return jsonify({"problem": words.bad_shape(error)})


def _asked() -> dict[str, Any]:
    asked = request.get_json(silent=True)
    number, area = (asked.get("number"), asked.get("area_id")) if isinstance(asked, dict) else (None, None)
    has_nul = any("\x00" in str(value) for value in asked.values()) if isinstance(asked, dict) else True
    if has_nul or not isinstance(asked, dict) or not isinstance(number, str | None) or not isinstance(area, int | None):
        raise InvalidInput("shape-check takes a JSON object", "shape")
    return asked


def _check_told(found: ShapeCheck) -> dict[str, Any]:
    mended = found.mended_text(hole_word())
    return {
        "html": render_template("desk/shapes/_check.html", check=found),
        "text": found.text(hole_word()),
        "geojson": json.loads(found.geojson()),
        "mended": mended,
        "refused": found.refused,
        "to_accept": found.to_accept,
    }


def _parts_told(parts: tuple[shapes.Part, ...], line: str) -> dict[str, Any]:
    return {
        "html": render_template("desk/shapes/_parts.html", parts=parts, names={}, problems={}),
        "text": shapes.line_text(line),
        "geojson": shapes.line_geojson(line),
        "parts": [json.loads(part.geojson) for part in parts],
    }


@blueprint.get("/shape-neighbours.geojson")
def neighbours() -> Response:
    """The parcels in the box `bbox` (west, south, east, north in degrees), with exact corners."""
    actor = signed_in.actor_for(Action.EDIT)
    box = _box(request.args.get("bbox", ""))
    with signed_in.looking() as session:
        found = shapes.view_geojson(session, actor, box)
    return Response(json.dumps(found), mimetype="application/geo+json", headers={"Cache-Control": "no-store"})


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(number) for number in text.split(","))
    except ValueError:
        raise InvalidInput("four numbers are expected: west,south,east,north", "bbox") from None
    inside = all(map(math.isfinite, (west, south, east, north))) and -180 <= west <= east <= 180
    if not inside or not -90 <= south <= north <= 90 or east - west > 1 or north - south > 1:
        raise InvalidInput("the box must be one degree wide at most", "bbox")
    return west, south, east, north
