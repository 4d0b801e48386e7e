"""Vector tiles over HTTP: addresses, validators and caching. What a tile holds is said in `gis.tiles`."""

from __future__ import annotations

import hashlib
import time

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from landportal import db
from landportal.errors import NotFound
from landportal.services import context_layers, layers
from landportal.services.search import SearchCriteria
from landportal.web import params
from landportal.web.ogc_api.frame import reading
from landportal.web.reading import refuse_older, settings, snapshot

blueprint = Blueprint("tiles", __name__)

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@blueprint.get("/tiles/<layer>/<int:z>/<int:x>/<int:y>.mvt")
def tile(layer: str, z: int, x: int, y: int) -> Response:
    """One tile; 204 when it is empty, 304 when the caller's copy still holds."""
    if layer not in layers.LAYERS:
        raise NotFound(layer)
    criteria = _criteria(layer)
    with snapshot(criteria.as_of if criteria else None) as session:
        validator = _validator(_revision(session, layer), request.query_string, _minute(criteria))
        answer = Response(status=304)
        if not request.if_none_match.contains_weak(validator):
            db.limit(session, settings().tile_statement_timeout_ms)
            answer = _drawn(layers.parcel_tile(session, criteria, z, x, y) if criteria
                            else layers.context_tile(session, layer, z, x, y))  # fmt: skip
    answer.set_etag(validator, weak=True)
    answer.cache_control.no_cache = True
    answer.cache_control.public = True
    return answer


@blueprint.get("/tiles/layer/<name>/<int:z>/<int:x>/<int:y>.mvt")
def published(name: str, z: int, x: int, y: int) -> Response:
    """One tile of a context layer; 404 for a layer that the visitor may not see."""
    params.no_parameters(request.args)
    with reading() as (session, actor):
        layer = context_layers.layer_by_name(session, actor, name)
        validator = _validator(_revision(session, f"layer:{name}"), b"", None)
        answer = Response(status=304)
        if not request.if_none_match.contains_weak(validator):
            db.limit(session, settings().tile_statement_timeout_ms)
            answer = _drawn(layers.published_tile(session, layer, z, x, y))
    answer.set_etag(validator, weak=True)
    answer.cache_control.no_cache = True
    # What one organisation alone sees is kept by its own browsers alone.
    answer.cache_control.public = layer.organisation_id is None
    answer.cache_control.private = layer.organisation_id is not None
    return answer


def _criteria(layer: str) -> SearchCriteria | None:
    """The search a parcel tile shows; other layers take no parameters, and an unknown one is told."""
    if layer == "parcels":
        return params.search_criteria(request.args)
    params.no_parameters(request.args)
    return None


def _revision(session: Session, subject: str) -> int:
    """The revision of what is drawn; from the primary where this replica's is older than that of the visitor's copy."""
    revision = layers.revision_of(session, subject)
    refuse_older(revision)
    return revision


def _validator(revision: int, query: bytes, minute: int | None) -> str:
    """Changes with the layer's revision; the query tells tiles of one address apart."""
    return f"{revision}-{hashlib.sha256(query).hexdigest()[:12]}{f'-{minute}' if minute else ''}"


def _minute(criteria: SearchCriteria | None) -> int | None:
    """Land grows stale without anybody changing it: a tile filtered by age holds for a minute."""
    return int(time.time() // 60) if criteria and criteria.freshness else None


def _drawn(content: bytes) -> Response:
    if not content:
        # The length is told so that nothing is compressed: that left a header about a content that is not there.
        return Response(status=204, headers={"Content-Length": "0"})
    return Response(content, mimetype=MEDIA_TYPE)
