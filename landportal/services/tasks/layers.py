"""What jobs do with uploaded layers: look at a file, publish it, clear away. Steps live in `services.layer_uploads`.

A job looks at the upload's state before it does anything: it may run twice, or after its worker was killed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

from landportal import db
from landportal.errors import NotAllowed
from landportal.gis.notes import CannotRead, Note
from landportal.model import Account, LayerUpload, LayerUploadState, Through
from landportal.services import layer_imports, layer_uploads
from landportal.services.import_issues import ImportRefused
from landportal.services.layer_imports.survey import Progress, look
from landportal.services.permissions import actor_of
from landportal.services.tasks.task import Task, Work


def look_at_layer(work: Work, *, upload_id: int) -> None:
    """Read the uploaded file once and keep what was found."""
    upload = _seen(work, upload_id)
    if upload.state != LayerUploadState.LOOKING or _file_is_gone(work, upload):
        return
    # The key is looked at when it was chosen: the next delivery's file may call it otherwise.
    request = dataclasses.replace(layer_uploads.request_of(work.settings.instance, upload), key=None)
    try:
        survey = look(request, _progress(work, upload_id))
    except (CannotRead, ImportRefused) as refusal:
        _end(work, upload_id, refusal)
        return
    with db.transaction(work.engine) as session:
        layer_uploads.keep_survey(session, upload_id, survey)


def publish_layer(work: Work, *, upload_id: int) -> None:
    """Publish the uploaded file as its planner chose, all of it or nothing."""
    upload = _seen(work, upload_id)
    if upload.state != LayerUploadState.PUBLISHING or _file_is_gone(work, upload):
        return
    try:
        with db.transaction(work.engine, db.Acting(upload.account_id, Through.IMPORT)) as session:
            layer_uploads.alone(session, upload_id)
            upload = session.get_one(LayerUpload, upload_id, populate_existing=True)
            if upload.state != LayerUploadState.PUBLISHING:
                return
            actor = actor_of(session.get_one(Account, upload.account_id))
            request = layer_uploads.request_of(work.settings.instance, upload)
            published = layer_imports.publish(session, request, actor, _progress(work, upload_id))
            layer_uploads.keep_result(session, upload_id, published)
    except (CannotRead, ImportRefused) as refusal:
        _end(work, upload_id, refusal)
    except NotAllowed:
        _end(work, upload_id, Note("layer_not_allowed"))


def purge_layer_uploads(work: Work) -> None:
    """Remove files whose time is over."""
    with db.transaction(work.engine) as session:
        layer_uploads.purge(session, work.settings.instance, dt.datetime.now(dt.UTC))


def give_up(work: Work, _problem: str, *, upload_id: int) -> None:
    """Say at the upload that it could not be done; the fault itself is in the worker's log."""
    _end(work, upload_id, Note("layer_job_failed"))


def _progress(work: Work, upload_id: int) -> Progress:
    def note(done: int, total: int | None) -> None:
        with db.transaction(work.engine) as beside:
            layer_uploads.note_progress(beside, upload_id, done, total)

    return note


def _seen(work: Work, upload_id: int) -> LayerUpload:
    with db.transaction(work.engine) as session:
        return session.get_one(LayerUpload, upload_id)


def _file_is_gone(work: Work, upload: LayerUpload) -> bool:
    if layer_uploads.file_of(work.settings.instance, upload).is_file():
        return False
    _end(work, upload.id, Note("layer_file_gone"))
    return True


def _end(work: Work, upload_id: int, reason: CannotRead | ImportRefused | Note) -> None:
    note = reason if isinstance(reason, Note) else reason.note
    choices = reason.choices if isinstance(reason, CannotRead) else ()
    with db.transaction(work.engine) as session:
        layer_uploads.end(session, upload_id, note, choices)


TASKS = (
    Task(layer_uploads.LOOK, look_at_layer, attempts=3, give_up=give_up),
    Task(layer_uploads.PUBLISH, publish_layer, attempts=4, give_up=give_up),
    Task("purge_layer_uploads", purge_layer_uploads, cron="20 2 * * *"),
)
