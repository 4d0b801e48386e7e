"""A planner's way from a file to a layer in the browser: upload, look, publish; each step asked here, done by a job.

What becomes of the file is told in `services.layer_imports`; jobs live in `services.tasks.layers`.
"""

from __future__ import annotations

import datetime as dt
import math
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session, load_only

from landportal.errors import Conflict, InvalidInput, NotFound
from landportal.gis.geometry import crs_name
from landportal.gis.layer_shapes import box_in_degrees
from landportal.gis.notes import Note
from landportal.model import ContextLayer, LayerUpload, LayerUploadState
from landportal.services import jobs
from landportal.services.context_layers import layer_by_name
from landportal.services.deliveries.purging import sweep
from landportal.services.deliveries.receiving import Incoming, plain_name
from landportal.services.layer_imports import Audience, LayerFacts, LayerRequest, Published
from landportal.services.layer_imports.requests import Told
from landportal.services.layer_imports.survey import Survey
from landportal.services.layer_imports.values import clean_text
from landportal.services.permissions import Action, Actor, require, require_keeping

FOLDER = "layers"
LOOK = "look_at_layer"
PUBLISH = "publish_layer"

BUSY = frozenset({LayerUploadState.LOOKING, LayerUploadState.PUBLISHING})
OVER = frozenset({LayerUploadState.PUBLISHED, LayerUploadState.DISCARDED})

KEPT_DAYS = 30
"""Days for which a file is kept that nobody went on with, and the record of one that is over."""


class WrongStep(Conflict):
    """The upload is not where this step begins: a job works on it, or somebody else went on."""


def receive(session: Session, actor: Actor, incoming: Incoming, name: str, replaces: str | None) -> LayerUpload:
    """An upload of the actor's organisation with the file that has arrived, to be looked at by a job.

    InvalidInput for an empty file, NotAllowed where the layer to replace is somebody else's.
    """
    require(actor, Action.PUBLISH_LAYERS)
    if not incoming.size:
        raise InvalidInput("empty_file", "file")
    options: dict[str, Any] = {}
    if replaces is not None:
        options = {"key": kept_layer(session, actor, replaces).key_field}
    plain, token = plain_name(name), secrets.token_hex(16)
    incoming.keep(token, plain)
    upload = LayerUpload(
        organisation_id=actor.organisation_id, account_id=actor.account_id, file_name=plain, stored_as=token,
        file_bytes=incoming.size, replaces=replaces, options=options, state=LayerUploadState.LOOKING,
    )  # fmt: skip
    session.add(upload)
    session.flush()
    jobs.defer(session, LOOK, lock=_in_turn(upload), upload_id=upload.id)
    return upload


def kept_layer(session: Session, actor: Actor, name: str) -> ContextLayer:
    """The layer called `name` if the actor may replace it or take it down; NotFound or NotAllowed otherwise."""
    layer = layer_by_name(session, actor, name)
    require_keeping(actor, layer.kept_by_id)
    return layer


def find(session: Session, actor: Actor, upload_id: int) -> LayerUpload:
    """The upload, if it is the actor's organisation's; NotFound otherwise."""
    require(actor, Action.PUBLISH_LAYERS)
    upload = session.get(LayerUpload, upload_id)
    if upload is None or upload.organisation_id != actor.organisation_id:
        raise NotFound(str(upload_id))
    return upload


def open_uploads(session: Session, actor: Actor) -> tuple[LayerUpload, ...]:
    """The organisation's uploads that are not over, newest first, without what was found in them."""
    require(actor, Action.PUBLISH_LAYERS)
    own = LayerUpload.organisation_id.is_not_distinct_from(actor.organisation_id)
    wanted = select(LayerUpload).where(own, LayerUpload.state.not_in(OVER)).order_by(LayerUpload.id.desc()).limit(50)
    listed = (LayerUpload.file_name, LayerUpload.file_bytes, LayerUpload.state, LayerUpload.replaces)
    return tuple(session.scalars(wanted.options(load_only(*listed))))


def look_again(session: Session, actor: Actor, upload_id: int, reading: dict[str, str | None]) -> LayerUpload:
    """Have the file read anew with another layer, CRS or encoding."""
    upload = _claim(session, actor, upload_id)
    upload.options = {**upload.options, **reading}
    upload.problem, upload.survey, upload.rows_done, upload.rows_total = None, None, 0, None
    _move(upload, LayerUploadState.LOOKING)
    jobs.defer(session, LOOK, lock=_in_turn(upload), upload_id=upload.id)
    return upload


def ask_publish(session: Session, actor: Actor, upload_id: int, chosen: dict[str, Any]) -> LayerUpload:
    """Have the layer published as `chosen` (name, key, facts, private); WrongStep unless the file was looked at."""
    upload = _claim(session, actor, upload_id)
    if upload.state != LayerUploadState.LOOKED:
        raise WrongStep(upload.state)
    upload.options = {**upload.options, **chosen}
    upload.problem, upload.rows_done = None, 0
    _move(upload, LayerUploadState.PUBLISHING)
    jobs.defer(session, PUBLISH, lock=_in_turn(upload), upload_id=upload.id)
    return upload


def discard(session: Session, actor: Actor, upload_id: int) -> None:
    """Give the upload up; its file goes with the next purge."""
    _move(_claim(session, actor, upload_id), LayerUploadState.DISCARDED)


def _claim(session: Session, actor: Actor, upload_id: int) -> LayerUpload:
    find(session, actor, upload_id)
    wanted = select(LayerUpload).where(LayerUpload.id == upload_id)
    upload = session.scalar(wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    if upload is None or upload.state in BUSY or upload.state in OVER:
        raise WrongStep(str(upload_id))
    return upload


def _move(upload: LayerUpload, state: LayerUploadState) -> None:
    upload.state, upload.changed_at = state, dt.datetime.now(dt.UTC)


def _in_turn(upload: LayerUpload) -> str:
    """Jobs of one upload run one after the other."""
    return f"layer upload {upload.id}"


# ------------------------------------------------------------------------------------------------ what jobs write down


def alone(session: Session, upload_id: int) -> None:
    """Wait for another job of this upload: one that was taken for dead may still be at work."""
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("select pg_advisory_xact_lock(hashtext('landportal layer upload'), :id)"), {"id": upload_id})


def file_of(instance: Path, upload: LayerUpload) -> Path:
    """Where the uploaded file lies; it is gone once the upload was purged."""
    return instance / FOLDER / upload.stored_as / upload.file_name


def request_of(instance: Path, upload: LayerUpload) -> LayerRequest:
    """What publishing is asked of the upload as it was chosen."""
    options = upload.options
    told = dict(options.get("facts") or {})
    day = told.pop("data_date", None)
    facts = LayerFacts(**told, data_date=dt.date.fromisoformat(day) if day else None)
    audience = Audience(upload.organisation_id if options.get("private") else None) if "private" in options else None
    return LayerRequest(
        file=file_of(instance, upload), name=upload.replaces or options.get("name") or "", facts=facts,
        layer=options.get("layer"), crs=options.get("crs"), encoding=options.get("encoding"),
        key=options.get("key"), audience=audience,
    )  # fmt: skip


def note_progress(session: Session, upload_id: int, done: int, total: int | None) -> None:
    """How far a job has come."""
    busy = (LayerUpload.id == upload_id) & LayerUpload.state.in_(BUSY)
    session.execute(update(LayerUpload).where(busy).values(rows_done=done, rows_total=total))


def keep_survey(session: Session, upload_id: int, survey: Survey) -> None:
    """The file was looked at."""
    upload = session.get_one(LayerUpload, upload_id, with_for_update=True, populate_existing=True)
    if upload.state == LayerUploadState.LOOKING:
        upload.survey, upload.problem = _described(survey), None
        _move(upload, LayerUploadState.LOOKED)


def keep_result(session: Session, upload_id: int, published: Published) -> None:
    """The layer is there, in the transaction that publishes it."""
    upload = session.get_one(LayerUpload, upload_id, with_for_update=True, populate_existing=True)
    upload.result = {
        "name": published.name, "features": published.features, "read": published.read, "replaced": published.replaced,
        "left_out": [_told_as_json(one) for one in published.left_out],
        "mended": [_told_as_json(one) for one in published.mended],
    }  # fmt: skip
    _move(upload, LayerUploadState.PUBLISHED)


def end(session: Session, upload_id: int, note: Note, choices: Iterable[str] = ()) -> None:
    """A job's step ends without result: the upload says why, and what there is to choose from."""
    upload = session.get_one(LayerUpload, upload_id, with_for_update=True, populate_existing=True)
    if upload.state in BUSY:
        upload.problem = {**_as_json(note), "choices": [clean_text(choice) for choice in choices]}
        _move(upload, LayerUploadState.LOOKED if upload.survey else LayerUploadState.REFUSED)


def _described(survey: Survey) -> dict[str, Any]:
    return {
        "format": survey.format, "layer": survey.layer, "crs": crs_name(survey.crs), "srid": survey.srid,
        "read": survey.read, "shapes": dict(survey.shapes),
        "notes": [_as_json(note) for note in survey.notes],
        "fields": [{**one.as_json(), "sample": survey.samples[one.source_name]} for one in survey.fields],
        "box": _box_of(survey),
        "outlines": [[row, shape] for row, shape in survey.outlines],
    }  # fmt: skip


def _box_of(survey: Survey) -> list[float] | None:
    box = box_in_degrees(survey.box, survey.crs) if survey.box else None
    return list(box) if box and all(map(math.isfinite, box)) else None


def _as_json(one: Note | Told) -> dict[str, Any]:
    facts = {name: clean_text(fact) if isinstance(fact, str) else fact for name, fact in one.facts.items()}
    return {"code": one.code, "facts": facts}


def _told_as_json(one: Told) -> dict[str, Any]:
    return {**_as_json(one), "count": one.count, "rows": list(one.rows)}


# ------------------------------------------------------------------------------------------------------ clearing away


def purge(session: Session, instance: Path, now: dt.datetime) -> int:
    """Remove files of uploads that are over or that nobody went on with; how many went."""
    old = LayerUpload.changed_at < now - dt.timedelta(days=KEPT_DAYS)
    due = select(LayerUpload).where(LayerUpload.stored_as != "", LayerUpload.state.in_(OVER) | old)
    found = session.scalars(due.with_for_update(skip_locked=True)).all()
    for upload in found:
        if upload.state not in OVER:
            upload.state = LayerUploadState.DISCARDED
        shutil.rmtree(instance / FOLDER / upload.stored_as, ignore_errors=True)
        upload.stored_as, upload.survey = "", None
    sweep(instance / FOLDER, set(session.scalars(select(LayerUpload.stored_as))), now)
    return len(found)
