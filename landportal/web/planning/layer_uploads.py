"""From a file to a layer in the browser: upload, look at columns and shapes, say what it is, publish or replace."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from landportal.errors import InvalidInput, NotAllowed, NotFound
from landportal.model import ContextLayer, LayerUpload, LayerUploadState
from landportal.services import context_layers, layer_uploads
from landportal.services.deliveries import receiving
from landportal.services.deliveries.receiving import UPLOAD_MAX_BYTES
from landportal.services.deliveries.understanding import ENCODINGS, USUAL_CRS
from landportal.services.layer_uploads import BUSY
from landportal.services.permissions import Action, Actor
from landportal.web import formats, language, map_view, signed_in
from landportal.web.deliveries.frame import go_to
from landportal.web.deliveries.uploads import received
from landportal.web.desk import frame as desk_frame
from landportal.web.ogc_api.frame import in_language
from landportal.web.planning import layer_words
from landportal.web.planning.frame import blueprint
from landportal.web.planning.layer_form import LayerForm, first_form, plain, read_form
from landportal.web.reading import settings

ID = "<int(max=2147483647):upload_id>"
LIMIT_MB = UPLOAD_MAX_BYTES // 1_000_000


# -------------------------------------------------------------------------------------------------------------- upload


@blueprint.get("/layers/new")
def new_layer() -> str:
    """The upload of a new layer or, with ``replace``, of the next delivery of one."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    return _upload_page(actor, request.args.get("replace"))


@blueprint.post("/layers/new")
def upload_layer() -> AnyResponse:
    """Receive a file and have it read; the page again where it is no use."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    replaces = plain(request.form.get("replace", "")) or None
    incoming = received()
    try:
        if incoming is None:
            raise InvalidInput("no_file", "file")
        with signed_in.writing() as session:
            name = request.files["file"].filename or ""
            upload = layer_uploads.receive(session, actor, incoming, name, replaces)
    except receiving.TooLarge:
        raise
    except InvalidInput as problem:
        empty = str(problem) == "empty_file"
        words = _("This file is empty. Please choose another one.") if empty else _("Please choose a file first.")
        return make_response(_upload_page(actor, replaces, words), 422)
    return _to(upload)


def _upload_page(actor: Actor, replaces: str | None, problem: str | None = None) -> str:
    layer = None
    if replaces:
        with signed_in.looking() as session:
            layer = layer_uploads.kept_layer(session, actor, replaces)
    return render_template(
        "planning/layers/new.html", layer=layer, title_of=_title, problem=problem, limit_mb=LIMIT_MB
    )  # fmt: skip


@blueprint.errorhandler(413)
@blueprint.errorhandler(receiving.TooLarge)
def _too_large(_error: Exception) -> Response:
    """Say what is taken, before the file is read; the rest of the body is not."""
    response = make_response(render_template("planning/layers/too_large.html", limit=LIMIT_MB), 413)
    response.headers["Connection"] = "close"
    return response


# ---------------------------------------------------------------------------------------------------------- one upload


@blueprint.get(f"/layers/uploads/{ID}")
def layer_upload(upload_id: int) -> str:
    """Where the upload stands: progress, what was found and the form, or what was published."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    with signed_in.looking() as session:
        upload = layer_uploads.find(session, actor, upload_id)
        return _page(session, actor, upload)


def _page(session: Session, actor: Actor, upload: LayerUpload, form: LayerForm | None = None) -> str:
    layer = _replaced(session, actor, upload)
    template = {LayerUploadState.PUBLISHED: "result", LayerUploadState.DISCARDED: "result"}.get(
        LayerUploadState(upload.state), "progress" if upload.state in BUSY else "look"
    )
    problem = upload.problem
    return render_template(
        f"planning/layers/{template}.html", upload=upload, layer=layer, title_of=_title, words=layer_words,
        form=form or first_form(upload, layer), usual_crs=USUAL_CRS, encodings=ENCODINGS, map=_map(upload), actor=actor,
        problem=layer_words.sentence(problem["code"], problem["facts"]) if problem else None,
    )  # fmt: skip


def _replaced(session: Session, actor: Actor, upload: LayerUpload) -> ContextLayer | None:
    """The layer the upload is a delivery of; None for a new one, or where it was taken down meanwhile."""
    try:
        return context_layers.layer_by_name(session, actor, upload.replaces) if upload.replaces else None
    except NotFound:
        return None


def _title(layer: ContextLayer) -> str:
    return in_language(layer.title_de, layer.title_en)


def _map(upload: LayerUpload) -> map_view.MapParts | None:
    box = (upload.survey or {}).get("box")
    if not box or upload.state in BUSY:
        return None
    west, south, east, north = box
    return map_view.area_map("", (west, south, east, north), settings(), language.current())


@blueprint.post(f"/layers/uploads/{ID}")
def settle_upload(upload_id: int) -> AnyResponse:
    """Read the file anew, publish it, or give it up."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    step = _STEPS.get(request.form.get("do", ""), _look)
    try:
        return step(actor, upload_id)
    except layer_uploads.WrongStep:
        return go_to(url_for("planning.layer_upload", upload_id=upload_id))


def _look(actor: Actor, upload_id: int) -> AnyResponse:
    reading = {name: plain(request.form.get(name, "")) or None for name in ("layer", "crs", "encoding")}
    with signed_in.writing() as session:
        return _to(layer_uploads.look_again(session, actor, upload_id, reading))


def _publish(actor: Actor, upload_id: int) -> AnyResponse:
    with signed_in.writing() as session:
        upload = layer_uploads.find(session, actor, upload_id)
        form = read_form(request.form, upload)
        if form.values["audience"] == "own" and actor.organisation_id is None:
            raise NotAllowed(Action.PUBLISH_LAYERS)
        if form.problems:
            return make_response(_page(session, actor, upload, form), 422)
        return _to(layer_uploads.ask_publish(session, actor, upload_id, form.chosen(upload)))


def _discard(actor: Actor, upload_id: int) -> AnyResponse:
    with signed_in.writing() as session:
        layer_uploads.discard(session, actor, upload_id)
    desk_frame.say(_("The file is discarded; nothing was published."))
    return go_to(url_for("planning.layers"))


_STEPS = {"look": _look, "publish": _publish, "discard": _discard}


def _to(upload: LayerUpload) -> AnyResponse:
    return go_to(url_for("planning.layer_upload", upload_id=upload.id))


@blueprint.get(f"/layers/uploads/{ID}/progress.json")
def layer_progress(upload_id: int) -> Response:
    """How far the job has come, for the page's script."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    with signed_in.looking() as session:
        upload = layer_uploads.find(session, actor, upload_id)
    over = upload.state not in BUSY
    return jsonify(
        done=upload.rows_done,
        total=upload.rows_total,
        words=_("%(rows)s read", rows=layer_words.rows(upload.rows_done)) if upload.rows_done else "",
        next=url_for("planning.layer_upload", upload_id=upload_id) if over else None,
    )


@blueprint.get(f"/layers/uploads/{ID}/shapes.geojson")
def layer_shapes(upload_id: int) -> Response:
    """The first shapes of the file, for the map."""
    actor = signed_in.actor_for(Action.PUBLISH_LAYERS)
    with signed_in.looking() as session:
        outlines: list[Any] = (layer_uploads.find(session, actor, upload_id).survey or {}).get("outlines", [])
    features = [
        {"type": "Feature", "properties": {"verdict": "new", "row": formats.number(row)}, "geometry": json.loads(shape)}
        for row, shape in outlines
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features})
    return Response(body, mimetype="application/geo+json")
