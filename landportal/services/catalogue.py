"""The portal's data sets as a catalogue lists them: what is open to everybody, under which licence, from when.

How it is written down (DCAT-AP.de, a page) belongs to the web floor.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.model import AdminLevel, AdminUnit, ContextLayer, DataSet, ImportRun
from landportal.services import context_layers, features
from landportal.services.collections import Collection, listing

_T = TypeVar("_T")

_DELIVERED_AS = {"funded-areas": "areas"}
"""Imports that bring a collection, where they are not called like it: grants belong to what is told of areas."""


@dataclass(frozen=True)
class Licence:
    """A licence by its short name and, where known, its address."""

    name: str
    url: str | None


@dataclass(frozen=True)
class Entry:
    """An open data set: a collection of features with what a catalogue must know of it.

    `licences` and `attributions` are those of all deliveries in it. `box`: west, south, east, north. `data_date`: the
    latest day any delivery describes; `delivered`: the moment of the latest one.
    """

    collection: Collection
    publishers: tuple[str, ...]
    licences: tuple[Licence, ...]
    attributions: tuple[str, ...]
    data_date: dt.date | None
    delivered: dt.datetime | None
    box: tuple[float, float, float, float] | None


def entries(session: Session) -> tuple[Entry, ...]:
    """Every open data set: the portal's own ones first, then the public context layers by name."""
    own = tuple(_of_portal(session, one) for one in listing.own(session))
    layers = context_layers.layers_for(session, None)
    return (*own, *(_of_layer(session, layer) for layer in layers))


def state_keys(session: Session) -> tuple[str, ...]:
    """Two-digit official keys of the states the portal covers."""
    of_states = select(AdminUnit.ags).where(AdminUnit.level == AdminLevel.STATE, AdminUnit.valid_to.is_(None))
    return tuple(session.scalars(of_states.order_by(AdminUnit.ags)))


def _of_portal(session: Session, collection: Collection) -> Entry:
    delivered = select(ImportRun.data_set_id, func.max(ImportRun.applied_at).label("at"))
    runs = (
        delivered.where(ImportRun.kind == _DELIVERED_AS.get(collection.id, collection.id))
        .group_by(ImportRun.data_set_id)
        .subquery()
    )
    rows = session.execute(
        select(DataSet, runs.c.at).join(runs, runs.c.data_set_id == DataSet.id).order_by(DataSet.id)
    ).all()
    sets = [row.DataSet for row in rows]
    return Entry(
        collection=collection,
        publishers=_distinct([one.publisher for one in sets]),
        licences=_distinct([Licence(one.licence, one.licence_url) for one in sets]),
        attributions=_distinct([one.attribution for one in sets]),
        data_date=max((one.data_date for one in sets if one.data_date), default=None),
        delivered=max((row.at for row in rows), default=None),
        box=features.extent(session, collection),
    )


def _of_layer(session: Session, layer: ContextLayer) -> Entry:
    collection = listing.find(session, None, layer.name)
    return Entry(
        collection=collection,
        publishers=(layer.publisher,) if layer.publisher else (),
        licences=(Licence(layer.licence, layer.licence_url),),
        attributions=(layer.attribution,),
        data_date=layer.data_date,
        delivered=layer.imported_at,
        box=features.extent(session, collection),
    )


def _distinct(values: list[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))
