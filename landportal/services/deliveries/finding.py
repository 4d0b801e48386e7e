"""Whose delivery it is, and who may go on with it: deliveries belong to an organisation, not to one person."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import Conflict, NotFound
from landportal.model import Delivery, DeliveryState
from landportal.services.permissions import Action, Actor, require

BUSY = frozenset({DeliveryState.STAGING, DeliveryState.APPLYING, DeliveryState.UNDOING})
"""States in which a job has the delivery."""

OVER = frozenset({DeliveryState.APPLIED, DeliveryState.UNDONE, DeliveryState.DISCARDED})
"""States in which nothing more will come of the file."""


class WrongStep(Conflict):
    """The delivery is not where this step begins: somebody else went on, or a second click came late."""


class Busy(WrongStep):
    """A job works on the delivery at this moment."""


def find(session: Session, actor: Actor, delivery_id: int) -> Delivery:
    """The delivery, if it is the actor's organisation's; NotFound otherwise, NotAllowed for whoever may not import."""
    require(actor, Action.IMPORT)
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.organisation_id != actor.organisation_id:
        raise NotFound(str(delivery_id))
    return delivery


def claim(session: Session, actor: Actor, delivery_id: int, *states: DeliveryState) -> Delivery:
    """The delivery, its row locked, in one of `states`; WrongStep where it is in another, Busy while a job has it."""
    find(session, actor, delivery_id)
    wanted = select(Delivery).where(Delivery.id == delivery_id)
    # A job may hold the row for minutes: nobody waits for it at a page.
    locked = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    delivery = session.scalar(locked)
    if delivery is None or delivery.state in BUSY:
        raise Busy(str(delivery_id))
    if delivery.state not in states:
        raise WrongStep(delivery.state)
    return delivery


def move(delivery: Delivery, state: DeliveryState) -> None:
    """Put the delivery into `state`, now."""
    delivery.state, delivery.changed_at = state, dt.datetime.now(dt.UTC)
