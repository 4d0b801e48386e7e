"""What jobs do with deliveries: read a file, apply it, undo it, clear away. The steps live in `services.deliveries`.

Each step is one transaction that begins with a look at the delivery's state and ends by moving it: a job that runs
twice, or after its worker was killed, finds out whether there is anything left to do.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from landportal import db
from landportal.errors import NotAllowed
from landportal.gis.notes import CannotRead
from landportal.model import Delivery, DeliveryState, Organisation, Through
from landportal.services.deliveries import applying, finding, purging, staging, undoing
from landportal.services.deliveries.options import options_of, request_for
from landportal.services.deliveries.receiving import file_of
from landportal.services.import_issues import ImportRefused
from landportal.services.tasks.task import Task, Work

OUT_OF_SCOPE = "42501"


def stage_delivery(work: Work, *, delivery_id: int) -> None:
    """Read the delivery's file and keep what applying it would do."""
    delivery = _seen(work, delivery_id)
    if delivery.state != DeliveryState.STAGING:
        return
    file = file_of(work.settings.instance, delivery)
    if not file.is_file():
        _end(work, delivery_id, DeliveryState.REFUSED, "file_gone")
        return
    try:
        with db.transaction(work.engine, db.Acting(delivery.account_id, Through.IMPORT)) as session:
            _stage(session, work, delivery_id, file)
    except (CannotRead, ImportRefused) as refusal:
        _end(work, delivery_id, DeliveryState.REFUSED, refusal.note.code, **refusal.note.facts)
    except NotAllowed:
        _end(work, delivery_id, DeliveryState.REFUSED, "not_allowed_any_more")


def _stage(session: Session, work: Work, delivery_id: int, file: Path) -> None:
    staging.alone(session, delivery_id)
    delivery = session.get_one(Delivery, delivery_id, populate_existing=True)
    if delivery.state != DeliveryState.STAGING:
        return
    actor = staging.uploader(session, delivery)
    request = request_for(session, delivery, file, options_of(delivery), actor.scope)

    def progress(done: int, total: int | None) -> None:
        with db.transaction(work.engine) as beside:
            staging.note_progress(beside, delivery_id, done, total)

    staging.stage(session, delivery, request, progress)


def apply_delivery(work: Work, *, delivery_id: int) -> None:
    """Write the delivery's rows into the store, all or none."""
    delivery = _seen(work, delivery_id)
    if delivery.state != DeliveryState.APPLYING:
        return
    with db.transaction(work.engine) as session:
        four_eyes = session.get_one(Organisation, delivery.organisation_id).four_eyes
    try:
        with db.transaction(work.engine, applying.acting(delivery, four_eyes)) as session:
            _apply(session, delivery_id)
    except applying.Incomplete:
        _end(work, delivery_id, DeliveryState.FAILED, "outside_scope_now")
    except IntegrityError:
        _end(work, delivery_id, DeliveryState.FAILED, "store_refused")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != OUT_OF_SCOPE:
            raise
        _end(work, delivery_id, DeliveryState.FAILED, "outside_scope_now")


def _apply(session: Session, delivery_id: int) -> None:
    staging.alone(session, delivery_id)
    delivery = _locked(session, delivery_id)
    if delivery.state != DeliveryState.APPLYING:
        return
    db.tell(session, {"reason": f"Import: {delivery.file_name}"})
    counts = applying.apply(session, delivery)
    delivery.preview = {**(delivery.preview or {}), "applied": counts}
    delivery.applied_change_id = applying.change_of(session)
    finding.move(delivery, DeliveryState.APPLIED)


def undo_delivery(work: Work, *, delivery_id: int, account_id: int) -> None:
    """Take the delivery back out of the store, as far as nobody has built on it."""
    delivery = _seen(work, delivery_id)
    if delivery.state != DeliveryState.UNDOING:
        return
    with db.transaction(work.engine, undoing.acting(delivery, account_id)) as session:
        staging.alone(session, delivery_id)
        delivery = _locked(session, delivery_id)
        if delivery.state != DeliveryState.UNDOING:
            return
        db.tell(session, {"reason": f"Import undone: {delivery.file_name}"})
        undone = undoing.undo(session, delivery)
        delivery.preview = {**(delivery.preview or {}), "undone": vars(undone)}
        delivery.undone_change_id = applying.change_of(session)
        finding.move(delivery, DeliveryState.UNDONE)


def purge_deliveries(work: Work) -> None:
    """Remove files and rows whose time is over."""
    with db.transaction(work.engine) as session:
        purging.purge(session, work.settings.instance, dt.datetime.now(dt.UTC))


def _seen(work: Work, delivery_id: int) -> Delivery:
    with db.transaction(work.engine) as session:
        return session.get_one(Delivery, delivery_id)


def _locked(session: Session, delivery_id: int) -> Delivery:
    wanted = select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def _end(work: Work, delivery_id: int, state: DeliveryState, code: str, **facts: object) -> None:
    with db.transaction(work.engine) as session:
        staging.end(session, delivery_id, state, code, **facts)


def give_up(work: Work, _problem: str, *, delivery_id: int, account_id: int | None = None) -> None:  # noqa: ARG001
    """Say at the delivery that it could not be done; the fault itself is in the worker's log."""
    _end(work, delivery_id, DeliveryState.FAILED, "job_failed")


TASKS = (
    Task(staging.STAGE, stage_delivery, attempts=3, give_up=give_up),
    Task(applying.APPLY, apply_delivery, attempts=4, give_up=give_up),
    Task(undoing.UNDO, undo_delivery, attempts=4, give_up=give_up),
    Task("purge_deliveries", purge_deliveries, cron="10 2 * * *"),
)
