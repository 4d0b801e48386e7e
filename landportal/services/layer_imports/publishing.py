"""A file becomes a layer, or its new delivery, in one transaction: readers have the old one until it ends.

Killed on the way, the transaction leaves nothing behind. Who may do it is asked here and again by the database.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.gis import geometry
from landportal.gis.layer_shapes import box_in_degrees
from landportal.model import ContextLayer, LayerFeature
from landportal.services import audit
from landportal.services.audit import AuditAction
from landportal.services.collections.listing import RESERVED
from landportal.services.context_layers import layer_by_name
from landportal.services.import_issues import ImportRefused
from landportal.services.imports.staging import silent
from landportal.services.layer_imports.requests import Audience, LayerRequest, Published, missing
from landportal.services.layer_imports.survey import Progress, Survey, look
from landportal.services.layer_imports.writing import Writing, Written
from landportal.services.permissions import Action, Actor, require, require_keeping

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}", re.ASCII)
_FACTS = ("title_de", "title_en", "description", "publisher", "licence", "licence_url", "attribution", "data_date")


def publish(
    session: Session, request: LayerRequest, actor: Actor | None = None, progress: Progress = silent
) -> Published:
    """Publish the file of `request`; `actor` None is the command line, which may do everything.

    Raises CannotRead and ImportRefused for what is no layer, NotAllowed for somebody else's.
    """
    layer = _settled(session, request, actor)
    if request.key is None:
        request = dataclasses.replace(request, key=layer.key_field)
    survey = look(request, progress)
    replaced = layer.feature_count if layer.delivery else None
    _describe(layer, request, survey)
    # The old rows stay the layer until `delivery` is moved below.
    delivery = layer.delivery + 1
    session.add(layer)
    with session.no_autoflush:
        written = _write(session, layer, request, survey, delivery, progress)
    _switch(session, layer, delivery, survey, written)
    facts = {"delivery": delivery, "features": written.features, "file": layer.source_file}
    _record(session, AuditAction.LAYER_PUBLISHED, layer, actor, **facts)
    return _told(request, survey, written, replaced)


def check_name(name: str) -> None:
    """ImportRefused unless `name` can be a layer's."""
    if not _NAME.fullmatch(name):
        raise ImportRefused("layer_name", name=name[:80])
    if name in RESERVED:
        raise ImportRefused("layer_name_taken", name=name)


def take_down(session: Session, name: str, actor: Actor | None = None) -> None:
    """Remove the layer with all its features; NotFound where there is none for the actor."""
    found = session.scalar(select(ContextLayer).where(ContextLayer.name == name)) if actor is None else None
    layer = found if actor is None else layer_by_name(session, actor, name)
    if layer is None:
        raise NotFound(name)
    if actor is not None:
        require_keeping(actor, layer.kept_by_id)
    session.execute(text("set local statement_timeout = 0"))
    _record(session, AuditAction.LAYER_TAKEN_DOWN, layer, actor)
    session.execute(delete(LayerFeature).where(LayerFeature.layer_id == layer.id))
    session.delete(layer)
    session.flush()


def _record(session: Session, action: AuditAction, layer: ContextLayer, actor: Actor | None, **facts: Any) -> None:
    audit.record(session, action, account_id=actor.account_id if actor else None, subject=layer.name, **facts)


def _settled(session: Session, request: LayerRequest, actor: Actor | None) -> ContextLayer:
    """The layer to write, alone: one that is there, or a new one that is not stored yet."""
    check_name(request.name)
    if actor is not None:
        require(actor, Action.PUBLISH_LAYERS)
    session.execute(text("set local statement_timeout = 0"))
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"layer:{request.name}"))))
    layer = session.scalar(select(ContextLayer).where(ContextLayer.name == request.name))
    if layer is None:
        return _new(request, actor)
    if actor is not None:
        require_keeping(actor, layer.kept_by_id)
    if request.audience is not None:
        _settle_audience(layer, request.audience, actor)
    return layer


def _new(request: LayerRequest, actor: Actor | None) -> ContextLayer:
    absent = ", ".join(missing(request.facts))
    if absent:
        raise ImportRefused("layer_facts_missing", name=request.name, fields=absent)
    layer = ContextLayer(name=request.name, delivery=0, feature_count=0, organisation_id=None, kept_by_id=None)
    if actor is not None:
        layer.kept_by_id = actor.organisation_id
    _settle_audience(layer, request.audience or Audience(None), actor)
    return layer


def _settle_audience(layer: ContextLayer, audience: Audience, actor: Actor | None) -> None:
    """Who sees the layer; what one organisation alone sees is kept by it."""
    if actor is not None and audience.organisation_id is not None:
        require_keeping(actor, audience.organisation_id)
    layer.organisation_id = audience.organisation_id
    if audience.organisation_id is not None:
        layer.kept_by_id = audience.organisation_id


def _describe(layer: ContextLayer, request: LayerRequest, survey: Survey) -> None:
    told = dataclasses.asdict(request.facts)
    for name in _FACTS:
        if told[name] is not None:
            setattr(layer, name, told[name])
    layer.title_de = layer.title_de or layer.title_en
    layer.title_en = layer.title_en or layer.title_de
    layer.source_file = request.file.name
    layer.key_field = request.key or None
    layer.srid = survey.srid
    layer.geometry_kind = survey.geometry_kind
    layer.fields = [one.as_json() for one in survey.fields]


def _write(
    session: Session, layer: ContextLayer, request: LayerRequest, survey: Survey, delivery: int, progress: Progress
) -> Written:  # fmt: skip
    if layer.id is None:
        try:
            session.flush()
        except IntegrityError:  # Somebody else's, which the database does not show to this actor.
            raise ImportRefused("layer_name_taken", name=layer.name) from None
    try:
        return Writing(session, request, survey, layer.id, delivery).run(progress)
    except IntegrityError:
        raise ImportRefused("layer_store_refused", file=request.file.name) from None


def _switch(session: Session, layer: ContextLayer, delivery: int, survey: Survey, written: Written) -> None:
    if not written.features:
        raise ImportRefused(
            "layer_nothing_usable", reasons="; ".join(t.sentence("en") for t in written.left_out.told())
        )
    layer.delivery = delivery
    layer.feature_count = written.features
    layer.bbox = list(box_in_degrees(written.box, survey.target)) if written.box else None
    layer.imported_at = dt.datetime.now(dt.UTC)
    session.flush()
    others = (LayerFeature.layer_id == layer.id, LayerFeature.delivery != delivery)
    session.execute(delete(LayerFeature).where(*others))


def _told(request: LayerRequest, survey: Survey, written: Written, replaced: int | None) -> Published:
    return Published(
        name=request.name, format=survey.format, crs=geometry.crs_name(survey.crs), srid=survey.srid, read=survey.read,
        features=written.features, without_shape=written.shapes["none"],
        shapes={kind: rows for kind, rows in written.shapes.items() if kind != "none"}, fields=survey.fields,
        notes=survey.notes, left_out=written.left_out.told(), mended=written.mended.told(), replaced=replaced,
    )  # fmt: skip
