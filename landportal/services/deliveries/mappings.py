"""The monthly file: what was chosen for a delivery is kept with the headings of its columns, for the next one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.model import Delivery, SavedMapping
from landportal.services.deliveries.options import DeliveryOptions, columns_key, options_of
from landportal.services.permissions import Action, Actor, require


def remember(session: Session, delivery: Delivery) -> None:
    """Keep the delivery's options for files with the same headings; the latest choice counts."""
    options = options_of(delivery)
    if not options.columns_key:
        return
    kept = {"name": delivery.file_name[:120], "options": options.lasting(), "used_at": func.now()}
    key = {"organisation_id": delivery.organisation_id, "columns_sha256": options.columns_key}
    row = insert(SavedMapping).values(**key, **kept)
    session.execute(row.on_conflict_do_update(index_elements=["organisation_id", "columns_sha256"], set_=kept))


def known(session: Session, delivery: Delivery, titles: Sequence[str]) -> tuple[DeliveryOptions, dt.datetime] | None:
    """What was chosen for the last file with these headings, and when; None for a file of a new kind."""
    mapping = session.scalar(
        select(SavedMapping).where(
            SavedMapping.organisation_id == delivery.organisation_id,
            SavedMapping.columns_sha256 == columns_key(titles),
        )
    )
    return (DeliveryOptions.of_json(mapping.options), mapping.used_at) if mapping else None


def listed(session: Session, actor: Actor) -> Sequence[SavedMapping]:
    """The organisation's kept choices, last used first."""
    require(actor, Action.IMPORT)
    mine = select(SavedMapping).where(SavedMapping.organisation_id == actor.organisation_id)
    return session.scalars(mine.order_by(SavedMapping.used_at.desc())).all()


def remove(session: Session, actor: Actor, mapping_id: int) -> None:
    """Forget one kept choice; NotFound unless it is the actor's organisation's."""
    require(actor, Action.IMPORT)
    mine = SavedMapping.organisation_id == actor.organisation_id
    gone = session.execute(
        delete(SavedMapping).where(SavedMapping.id == mapping_id, mine).returning(SavedMapping.id)
    ).all()
    if not gone:
        raise NotFound(str(mapping_id))
