"""The officer's desk: what needs one first, and the list of one's own parcels.

Both look at the actor's scope alone (`permissions.within_scope`). The list is the public search with another land
(`search.where`); what is done to parcels lives in `editing`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Date, Select, and_, cast, func, literal, or_, select, true
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.gis.relations import MOMENT, MUNICIPALITY, confirmed_days, recently_confirmed
from landportal.model import (
    FRESHNESS_LADDER,
    UNTIL,
    Area,
    Delivery,
    DeliveryIssue,
    DeliveryState,
    Parcel,
    ParcelStatus,
    Proposal,
    ProposalState,
    Zone,
)
from landportal.services.permissions import Action, Actor, require, require_for, within_scope
from landportal.services.search import Facets, SearchCriteria
from landportal.services.search.facets import count_by_facet
from landportal.services.search.find import PAGE_SIZE, ordered_ids
from landportal.services.search.preparing import prepared

ENDING_DAYS = 14
"""Reservations and options that end within this many days, or have ended, want a decision."""

REJECTED_SHOWN_DAYS = 30
"""Deliveries of the last days whose rows were rejected or which failed are shown; older ones are history."""


@dataclass(frozen=True)
class Needs:
    """What waits for the officer. `never`: parcels nobody has confirmed yet; `oldest_days` is of those confirmed."""

    parcels: int
    total_m2: float
    unconfirmed: int
    never: int
    oldest_days: int | None
    ending: int
    ended: int
    first_end: dt.date | None
    last_end: dt.date | None
    proposals: int
    own_proposals: int
    failed_deliveries: int


@dataclass(frozen=True)
class DeskRow:
    """A parcel in the officer's list; `waiting` counts proposals that wait for it."""

    number: str
    version: int
    name_de: str
    name_en: str | None
    municipality: str | None
    zone: Zone | None
    zone_restricted: bool
    area_m2: float
    status: ParcelStatus
    status_until: dt.date | None
    confirmed_days: int | None
    waiting: int


@dataclass(frozen=True)
class DeskList:
    """A page of the officer's parcels with totals and facets."""

    rows: tuple[DeskRow, ...]
    count: int
    total_m2: float
    page: int
    pages: int
    facets: Facets
    bounds: tuple[float, float, float, float] | None
    exact: bool = True


def needs(session: Session, actor: Actor) -> Needs:
    """What needs the actor first, in one statement."""
    require(actor, Action.SEE_DESK)
    return Needs(*session.execute(_needs(actor)).one())


@lru_cache(maxsize=256)
def _needs(actor: Actor) -> Select[*tuple[Any, ...]]:
    offered = Parcel.status != ParcelStatus.WITHDRAWN
    known = recently_confirmed(FRESHNESS_LADDER[-1][0])
    stale = and_(offered, ~known)
    kept = (
        select(
            func.count().label("parcels"),
            func.coalesce(func.sum(Parcel.area_m2), 0.0).label("total_m2"),
            func.count().filter(stale).label("unconfirmed"),
            func.count().filter(and_(offered, Parcel.confirmed_at.is_(None))).label("never"),
            func.max(confirmed_days()).filter(offered).label("oldest_days"),
        )
        .where(within_scope(actor))
        .cte("kept")
    )
    ends, failed = _ending(actor), _failed_deliveries(actor)
    mine = func.count().filter(Proposal.account_id == actor.account_id)
    proposals = (
        select(func.count().label("all"), mine.label("mine"))
        .select_from(Proposal)
        .join(Parcel, Parcel.id == Proposal.parcel_id)
        .where(Proposal.state == ProposalState.WAITING, within_scope(actor))
        .cte("proposals")
    )
    at_once = kept.join(ends, true()).join(proposals, true()).join(failed, true())
    counted = select(
        kept.c.parcels, kept.c.total_m2, kept.c.unconfirmed, kept.c.never, kept.c.oldest_days,
        ends.c.ending, ends.c.ended, ends.c.first_end, ends.c.last_end,
        proposals.c.all, proposals.c.mine, failed.c.failed,
    )  # fmt: skip
    return counted.select_from(at_once)


def _ending(actor: Actor) -> Any:
    today = cast(MOMENT, Date)
    soon = and_(Parcel.status.in_(sorted(UNTIL)), Parcel.status_until <= today + ENDING_DAYS, within_scope(actor))
    return (
        select(
            func.count().label("ending"),
            func.count().filter(Parcel.status_until < today).label("ended"),
            func.min(Parcel.status_until).label("first_end"),
            func.max(Parcel.status_until).label("last_end"),
        )
        .where(soon)
        .cte("ends")
    )


def _failed_deliveries(actor: Actor) -> Any:
    """Deliveries of the actor's organisation that were refused or failed, or have rows nobody could use."""
    recent = Delivery.changed_at > func.now() - func.make_interval(0, 0, 0, REJECTED_SHOWN_DAYS)
    rejected = select(DeliveryIssue.id).where(
        DeliveryIssue.delivery_id == Delivery.id, DeliveryIssue.severity == "rejected"
    )
    open_ = Delivery.state.in_((DeliveryState.STAGED, DeliveryState.WAITING)) & rejected.exists()
    broken = or_(Delivery.state.in_((DeliveryState.REFUSED, DeliveryState.FAILED)), open_)
    counted = select(func.count().label("failed")).select_from(Delivery)
    return counted.where(Delivery.organisation_id == actor.organisation_id, recent, broken).cte("failed")


def my_parcels(session: Session, actor: Actor, criteria: SearchCriteria) -> DeskList:
    """The page of `criteria` within the actor's scope, withdrawn parcels too."""
    require(actor, Action.SEE_DESK)
    criteria = prepared(session, criteria, within_scope(actor))
    totals, facets = count_by_facet(session, criteria, actor)
    pages = max(1, -(-totals.count // PAGE_SIZE))
    rows = session.execute(_rows(criteria, actor)).all() if criteria.page <= pages and totals.count else []
    return DeskList(
        tuple(_row(row) for row in rows), totals.count, totals.total_m2, criteria.page, pages, facets, totals.bounds,
        totals.exact,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _rows(criteria: SearchCriteria, actor: Actor) -> Select[*tuple[Any, ...]]:
    page = ordered_ids(criteria, PAGE_SIZE, (criteria.page - 1) * PAGE_SIZE, actor).cte("page")
    waiting = (
        select(func.count())
        .select_from(Proposal)
        .where(Proposal.parcel_id == Parcel.id, Proposal.state == ProposalState.WAITING)
    )
    return (
        select(
            Parcel.number, Parcel.version, Parcel.name_de, Parcel.name_en, MUNICIPALITY.name.label("municipality"),
            Parcel.zone, Parcel.zone_restricted, Parcel.area_m2, Parcel.status, Parcel.status_until,
            confirmed_days().label("confirmed_days"), waiting.scalar_subquery().label("waiting"),
        )
        .join(page, page.c.id == Parcel.id)
        .outerjoin(MUNICIPALITY, MUNICIPALITY.ags == Parcel.municipality_ags)
        .order_by(page.c.place)
    )  # fmt: skip


def _row(row: Any) -> DeskRow:
    zone = Zone(row.zone) if row.zone else None
    return DeskRow(
        row.number, row.version, row.name_de, row.name_en, row.municipality, zone, row.zone_restricted, row.area_m2,
        ParcelStatus(row.status), row.status_until, row.confirmed_days, row.waiting,
    )  # fmt: skip


def parcel_of(session: Session, actor: Actor, number: str, action: Action = Action.SEE_DESK) -> Parcel:
    """The parcel `number` as it stands, for an actor who may do `action` to it. Raises NotFound, NotAllowed."""
    parcel = session.scalar(select(Parcel).where(Parcel.number == number))
    if parcel is None:
        raise NotFound(number)
    require_for(actor, action, parcel)
    return parcel


def chosen(session: Session, actor: Actor, numbers: tuple[str, ...]) -> tuple[DeskRow, ...]:
    """The parcels `numbers` that lie in the actor's scope, by name."""
    require(actor, Action.SEE_DESK)
    found = (
        select(
            Parcel.number, Parcel.version, Parcel.name_de, Parcel.name_en, MUNICIPALITY.name.label("municipality"),
            Parcel.zone, Parcel.zone_restricted, Parcel.area_m2, Parcel.status, Parcel.status_until,
            confirmed_days().label("confirmed_days"), literal(0).label("waiting"),
        )
        .outerjoin(MUNICIPALITY, MUNICIPALITY.ags == Parcel.municipality_ags)
        .where(Parcel.number.in_(numbers), within_scope(actor))
        .order_by(Parcel.name_de.collate("german"), Parcel.id)
    )  # fmt: skip
    return tuple(_row(row) for row in session.execute(found))


@dataclass(frozen=True)
class AreaName:
    """An area as a form or a history names it."""

    id: int
    slug: str
    name_de: str
    name_en: str | None


def area_names(session: Session) -> tuple[AreaName, ...]:
    """All areas by their German names."""
    named = select(Area.id, Area.slug, Area.name_de, Area.name_en).order_by(Area.name_de.collate("german"), Area.id)
    return tuple(AreaName(*row) for row in session.execute(named))
