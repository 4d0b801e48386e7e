"""The planners' list of context layers, and taking one down. Uploading and replacing live in `layer_uploads`."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from landportal.model import ContextLayer
from landportal.services import context_layers, layer_imports, layer_uploads
from landportal.services.permissions import Action, Actor, keeps_layers_of
from landportal.web import signed_in
from landportal.web.deliveries.frame import go_to
from landportal.web.desk import frame as desk_frame
from landportal.web.ogc_api.frame import in_language
from landportal.web.planning import layer_words
from landportal.web.planning.frame import blueprint

NAME = "<name>"


@dataclass(frozen=True)
class Listed:
    """A layer in the list; `kept`: the actor may replace it and take it down."""

    layer: ContextLayer
    title: str
    kept: bool


@blueprint.get("/layers")
def layers() -> str:
    """Every layer the actor sees, and the uploads that are under way."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    with signed_in.looking() as session:
        listed = [_listed(actor, layer) for layer in context_layers.layers_for(session, actor)]
        uploads = layer_uploads.open_uploads(session, actor)
    listed.sort(key=lambda one: (not one.kept, one.title.casefold()))
    return render_template("planning/layers/index.html", listed=listed, uploads=uploads, words=layer_words)


def _listed(actor: Actor, layer: ContextLayer) -> Listed:
    return Listed(layer, in_language(layer.title_de, layer.title_en), keeps_layers_of(actor, layer.kept_by_id))


@blueprint.get(f"/layers/{NAME}/take-down")
def ask_take_down(name: str) -> str:
    """Ask whether the layer is to go."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    with signed_in.looking() as session:
        found = _listed(actor, layer_uploads.kept_layer(session, actor, name))
    return render_template("planning/layers/take_down.html", one=found, words=layer_words)


@blueprint.post(f"/layers/{NAME}/take-down")
def take_down(name: str) -> AnyResponse:
    """Remove the layer with all its objects."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    with signed_in.writing() as session:
        title = _listed(actor, layer_uploads.kept_layer(session, actor, name)).title
        layer_imports.take_down(session, name, actor)
    desk_frame.say(_("The layer “%(title)s” is taken down.", title=title))
    return go_to(url_for("planning.layers"))
