"""What is not kept for ever: uploaded files and staged rows. The delivery itself stays, as the record of what came."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Container
from pathlib import Path

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from landportal.model import Delivery, DeliveryIssue, DeliveryRow, DeliveryState
from landportal.services.deliveries.finding import OVER
from landportal.services.deliveries.receiving import FOLDER, UNFINISHED

KEPT_DAYS = 30
"""Days for which an applied delivery can be undone, and its file and rows looked at."""

ABANDONED_DAYS = 90
"""Days after which a delivery that nobody went on with counts as given up."""

UNFINISHED_HOURS = 24
"""Hours after which an upload that no row knows is no upload any more."""


def purge(session: Session, instance: Path, now: dt.datetime) -> int:
    """Remove rows and files whose time is over at `now`; how many deliveries were emptied."""
    due = session.scalars(_due(now)).all()
    for delivery in due:
        if delivery.state not in OVER:
            delivery.state = DeliveryState.DISCARDED
        for table in (DeliveryRow, DeliveryIssue):
            session.execute(delete(table).where(table.delivery_id == delivery.id))
        shutil.rmtree(instance / FOLDER / delivery.stored_as, ignore_errors=True)
        delivery.stored_as = ""
    sweep(instance / FOLDER, set(session.scalars(select(Delivery.stored_as))), now)
    return len(due)


def _due(now: dt.datetime) -> Select[*tuple[Delivery]]:
    finished = Delivery.state.in_(OVER) & (Delivery.changed_at < now - dt.timedelta(days=KEPT_DAYS))
    abandoned = Delivery.changed_at < now - dt.timedelta(days=ABANDONED_DAYS)
    return select(Delivery).where(Delivery.stored_as != "", finished | abandoned).with_for_update(skip_locked=True)


def sweep(folder: Path, kept: Container[str], now: dt.datetime) -> None:
    """Remove what a killed server left in `folder`: unfinished uploads, and files that no row of the store keeps."""
    oldest = (now - dt.timedelta(hours=UNFINISHED_HOURS)).timestamp()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name in kept or path.stat().st_mtime > oldest:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith(UNFINISHED):
            path.unlink(missing_ok=True)
