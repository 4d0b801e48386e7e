"""Which collections there are for whom."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.model import Funding
from landportal.services import context_layers
from landportal.services.collections import built_in
from landportal.services.collections.collection import Collection
from landportal.services.collections.layers import layer_collection
from landportal.services.collections.parcels import OWN_PARCELS, own_parcels, parcels
from landportal.services.permissions import Action, Actor


def _kept(actor: Actor | None) -> tuple[Collection, ...]:
    return (own_parcels(actor),) if actor and actor.may(Action.EDIT) else ()


_ALWAYS = (
    parcels, built_in.areas, built_in.admin_units, built_in.infrastructure, built_in.roads, built_in.constraints,
)  # fmt: skip

_BY_NAME = {one().id: one for one in _ALWAYS}

RESERVED = frozenset({*_BY_NAME, built_in.funded_areas().id, OWN_PARCELS})
"""Names that no context layer may have."""


def own(session: Session) -> tuple[Collection, ...]:
    """The portal's own open collections; funded areas where a grant is known."""
    funded = session.scalar(select(exists(select(Funding.id))))
    return (*(one() for one in _ALWAYS), *((built_in.funded_areas(),) if funded else ()))


def published(session: Session, actor: Actor | None) -> tuple[Collection, ...]:
    """Every collection `actor`, or the public, may read."""
    layers = context_layers.layers_for(session, actor)
    return (*own(session), *_kept(actor), *(layer_collection(layer) for layer in layers))


def find(session: Session, actor: Actor | None, name: str) -> Collection:
    """The collection called `name`; NotFound where there is none, or none for `actor`."""
    if name in _BY_NAME:
        return _BY_NAME[name]()
    if name not in RESERVED:
        return layer_collection(context_layers.layer_by_name(session, actor, name))
    for collection in (*own(session), *_kept(actor)):
        if collection.id == name:
            return collection
    raise NotFound(name)
