"""The context layers as the map offers them: a list for its panel, fetched when somebody opens that, and no earlier."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext as _

from landportal.model import ContextLayer
from landportal.services import context_layers
from landportal.services.layers import revision_of
from landportal.web import formats, language, params
from landportal.web.ogc_api.frame import in_language, reading
from landportal.web.reading import refuse_older

blueprint = Blueprint("overlays", __name__, url_prefix=language.PREFIX)


@blueprint.get("/map/layers.json")
def listed() -> Response:
    """The layers that the visitor may see, by title; 304 when the caller's copy still holds."""
    params.no_parameters(request.args)
    with reading() as (session, actor):
        seen_by = actor.organisation_id if actor else None
        revision = revision_of(session, "layers")
        refuse_older(revision)
        validator = f"{revision}-{seen_by}-{language.current()}"
        if request.if_none_match.contains_weak(validator):
            answer = Response(status=304)
        else:
            answer = jsonify(layers=sorted(map(_told, context_layers.layers_for(session, actor)), key=_by_title))
    answer.set_etag(validator, weak=True)
    answer.cache_control.no_cache = True
    answer.cache_control.private = True
    return answer


def _by_title(told: dict[str, Any]) -> str:
    return str(told["title"]).casefold()


def _told(layer: ContextLayer) -> dict[str, Any]:
    place = url_for("tiles.published", name=layer.name, z=0, x=0, y=0)
    return {
        "name": layer.name,
        "title": in_language(layer.title_de, layer.title_en),
        "kind": layer.geometry_kind,
        "attribution": _credit(layer),
        "box": layer.bbox,
        "tiles": place.replace("/0/0/0.mvt", "/{z}/{x}/{y}.mvt"),
        "items": url_for("ogc_api.items", collection=layer.name),
        "fields": [[field["name"], field["title"]] for field in layer.fields],
    }


def _credit(layer: ContextLayer) -> str:
    dated = _("as of %(day)s", day=formats.date(layer.data_date)) if layer.data_date else ""
    return ", ".join(filter(None, (layer.attribution, layer.licence, dated)))
