"""Undoing an applied delivery as one step, as a new change: history keeps both.

New parcels go, changed ones are set back to the version before. What somebody has touched since is left alone and
listed: a later change, a document, a proposal, a successor.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from landportal import db
from landportal.errors import NotAllowed
from landportal.model import Delivery, DeliveryState, Parcel, Through
from landportal.services import jobs
from landportal.services.deliveries.finding import claim, move
from landportal.services.deliveries.purging import KEPT_DAYS
from landportal.services.editing import EDITABLE
from landportal.services.permissions import Action, Actor, require

UNDO = "undo_delivery"

RESTORED = sorted(
    {*EDITABLE, "geom", "number", "source_date", "schematic", "confirmed_at", "confirmed_by"}
    & set(Parcel.__table__.columns.keys())
)
"""Every column an import writes."""


@dataclass(frozen=True)
class Undone:
    """What an undo did: parcels removed, set back, and left because somebody has touched them since."""

    removed: int
    set_back: int
    left: int


def ask(session: Session, actor: Actor, delivery_id: int) -> Delivery:
    """Have an applied delivery undone by a job. Where four eyes are wanted, an approver does that."""
    if actor.four_eyes:
        require(actor, Action.APPROVE)
    delivery = claim(session, actor, delivery_id, DeliveryState.APPLIED)
    if not possible(delivery):
        raise NotAllowed("undo")
    delivery.problem = None
    move(delivery, DeliveryState.UNDOING)
    jobs.defer(session, UNDO, lock=f"delivery {delivery.id}", delivery_id=delivery.id, account_id=actor.account_id)
    return delivery


def possible(delivery: Delivery) -> bool:
    """Whether there is something to undo, and the rows that tell what are still kept."""
    return bool(delivery.applied_change_id) and until(delivery) > dt.datetime.now(dt.UTC)


def until(delivery: Delivery) -> dt.datetime:
    """The last moment for an undo."""
    return delivery.changed_at + dt.timedelta(days=KEPT_DAYS)


def acting(delivery: Delivery, account_id: int) -> db.Acting:
    """Who the store keeps as the author of the undo."""
    return db.Acting(account_id, Through.IMPORT, delivery_id=delivery.id)


_TOUCHED = """
exists (select from parcel_document d where d.parcel_id = p.id)
or exists (select from proposal o where o.parcel_id = p.id)
or exists (select from parcel_successor c where p.id in (c.predecessor_id, c.successor_id))
"""

# What the import wrote and nobody has changed since: the valid version is still the one its change made.
_MINE = (
    """
create temporary table undoing on commit drop as
select p.id, h.id is null as is_new, h.id is null and ("""
    + _TOUCHED
    + """) as is_touched
from parcel p left join parcel_history h on h.id = p.id and h.ended_by = :change
where p.change_id = :change
order by p.id for update of p
"""
)

_LEFT = """
select d.row from delivery_row d
left join undoing u on u.id = d.target_id
where d.delivery_id = :id and d.verdict in ('new', 'changed') and (u.id is null or u.is_touched)
"""

_REMOVE = "delete from parcel p using undoing u where u.id = p.id and u.is_new and not u.is_touched"

_SET_BACK = f"""
update parcel p set {", ".join(f"{name} = h.{name}" for name in RESTORED)}
from undoing u, parcel_history h
where u.id = p.id and not u.is_new and h.id = p.id and h.ended_by = :change
"""  # noqa: S608 - names of our own columns


def undo(session: Session, delivery: Delivery) -> Undone:
    """Take back what the locked delivery's change did, as far as nobody has built on it."""
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("drop table if exists pg_temp.undoing"))
    change = {"change": delivery.applied_change_id}
    session.execute(text(_MINE), change)
    left = list(session.scalars(text(_LEFT), {"id": delivery.id}))
    removed = session.execute(text(_REMOVE))
    set_back = session.execute(text(_SET_BACK), change)
    session.execute(
        text("update delivery_row set verdict = 'left' where delivery_id = :id and row = any(:rows)"),
        {"id": delivery.id, "rows": left},
    )
    return Undone(_rows(removed), _rows(set_back), len(left))


def _rows(result: object) -> int:
    return int(getattr(result, "rowcount", 0))
