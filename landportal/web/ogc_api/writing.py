"""Writing sites over HTTP (OGC API Features Part 4): create, replace, update, delete, and who is offered what.

Whoever sends a body is asked first whether there is anything to write at that address; only then is it read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from flask import Response, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import MethodNotAllowed

from landportal.errors import Gone
from landportal.model import Through
from landportal.services import feature_edits, features
from landportal.services.collections import Collection, listing
from landportal.services.editing import Saved
from landportal.services.feature_input import FeatureBody, read_body
from landportal.services.permissions import Actor
from landportal.web import signed_in
from landportal.web.ogc_api import access, asking, bodies, items
from landportal.web.ogc_api.bodies import MERGE_PATCH, WHOLE
from landportal.web.ogc_api.frame import HTML, JSON, blueprint, reading, refuse_unknown

READ = ("GET", "HEAD", "OPTIONS")


@blueprint.route("/collections/<collection>/items", methods=["OPTIONS"], provide_automatic_options=False)
def items_options(collection: str) -> Response:
    """What may be done with the collection's features: POST for whoever may add one (QGIS offers editing by that)."""
    with reading() as (session, actor):
        one = listing.find(session, actor, collection)
    more = ("POST",) if one.editable and access.may_write() else ()
    return _offered(more, {"Accept-Post": ", ".join(WHOLE)})


@blueprint.route("/collections/<collection>/items/<feature>", methods=["OPTIONS"], provide_automatic_options=False)
def item_options(collection: str, feature: str) -> Response:
    """What may be done with one feature: PUT, PATCH and DELETE for whoever keeps it."""
    with reading() as (session, actor):
        one = listing.find(session, actor, collection)
        features.read_feature(session, one, feature)
        writer = access.may_write() if one.editable else None
        mine = writer is not None and feature_edits.may_change(session, writer, feature)
    return _offered(("PUT", "PATCH", "DELETE") if mine else (), {"Accept-Patch": MERGE_PATCH})


def _offered(more: tuple[str, ...], accepted: dict[str, str]) -> Response:
    response = Response(status=204, headers={"Allow": ", ".join((*READ, *more))})
    if more:
        response.headers.extend(accepted)
    return response


@blueprint.post("/collections/<collection>/items")
def create(collection: str) -> Response:
    """Add a site; 201 with its address, 202 where it waits for an approver."""
    one, actor = _writable(collection)
    sent = read_body(bodies.content(WHOLE), bodies.crs(), None, frozenset())
    return _write(one, 201, lambda session: feature_edits.create(session, actor, sent, bodies.terms()))


@blueprint.put("/collections/<collection>/items/<feature>")
def replace(collection: str, feature: str) -> Response:
    """Replace a site: what the feature leaves out is unknown from now on."""
    one, actor = _writable(collection, feature)
    complete = frozenset(field.name for field in one.fields)
    return _change(one, actor, feature, read_body(bodies.content(WHOLE), bodies.crs(), feature, complete))


@blueprint.patch("/collections/<collection>/items/<feature>")
def update(collection: str, feature: str) -> Response:
    """Change what the patch names (RFC 7396) and nothing else."""
    one, actor = _writable(collection, feature)
    return _change(one, actor, feature, read_body(bodies.content((MERGE_PATCH,)), bodies.crs(), feature, None))


@blueprint.delete("/collections/<collection>/items/<feature>")
def withdraw(collection: str, feature: str) -> Response:
    """Withdraw a site: nothing is lost, but its address answers 410 from now on."""
    one, actor = _writable(collection, feature)
    return _write(one, 200, lambda session: feature_edits.withdraw(session, actor, feature, bodies.terms()))


def _writable(collection: str, feature: str | None = None) -> tuple[Collection, Actor]:
    """The collection and who writes; errors as the address has them for a reader, then 405, 401 and 403."""
    refuse_unknown("crs")
    with reading() as (session, reader):
        one = listing.find(session, reader, collection)
        if not one.editable:
            raise MethodNotAllowed(list(READ))
        actor = access.writer()
        if feature is not None:
            feature_edits.require_item(session, actor, feature)
    return one, actor


def _change(one: Collection, actor: Actor, feature: str, sent: FeatureBody) -> Response:
    return _write(one, 200, lambda session: feature_edits.change(session, actor, feature, sent, bodies.terms()))


def _write(one: Collection, status: int, do: Callable[[Session], Saved]) -> Response:
    """What `do` saved, as its representation from the same transaction; or the proposal that it became."""
    crs = asking.crs(request.args, "crs")
    with signed_in.writing(signed_in.acting(Through.API)) as session:
        saved = do(session)
        if saved.proposal_id is not None:
            return _waiting(saved)
        try:
            text = features.read_feature(session, one, saved.number, crs)
        except Gone:
            # Withdrawn, by DELETE or by its status: from now on there is nothing to represent.
            return Response(status=204)
    response = items.feature_answer(one, saved.number, text, crs)
    response.status_code = status
    response.set_etag(f"{saved.version}-{hashlib.sha256(text.encode()).hexdigest()[:16]}", weak=True)
    if status == 201:
        response.headers["Location"] = url_for("ogc_api.item", collection=one.id, feature=saved.number, _external=True)
    elif bodies.prefers("return=minimal"):
        response.status_code, response.data = 204, b""
        response.headers["Preference-Applied"] = "return=minimal"
    return response


def _waiting(saved: Saved) -> Response:
    """202: with four eyes nothing holds before somebody else has seen it."""
    address = url_for("desk.proposal", proposal_id=saved.proposal_id, _external=True)
    content = {
        "title": _("Your changes wait for approval"), "status": 202, "number": saved.number,
        "links": [{"href": address, "rel": "related", "type": HTML}],
    }  # fmt: skip
    return Response(json.dumps(content), 202, {"Location": address}, mimetype=JSON)
