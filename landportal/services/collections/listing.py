"""Which collections there are for whom."""

from __future__ import annotations

from sqlalchemy.orm import Session

from landportal.services import context_layers
from landportal.services.collections import built_in
from landportal.services.collections.collection import Collection
from landportal.services.collections.layers import layer_collection
from landportal.services.collections.parcels import own_parcels, parcels
from landportal.services.permissions import Action, Actor


def _kept(actor: Actor | None) -> tuple[Collection, ...]:
    return (own_parcels(actor),) if actor and actor.may(Action.EDIT) else ()


def own() -> tuple[Collection, ...]:
    """The portal's own collections."""
    return (
        parcels(), built_in.areas(), built_in.admin_units(), built_in.infrastructure(), built_in.roads(),
        built_in.constraints(),
    )  # fmt: skip


def published(session: Session, actor: Actor | None) -> tuple[Collection, ...]:
    """Every collection `actor`, or the public, may read."""
    layers = context_layers.layers_for(session, actor)
    return (*own(), *_kept(actor), *(layer_collection(layer) for layer in layers))


def find(session: Session, actor: Actor | None, name: str) -> Collection:
    """The collection called `name`; NotFound where there is none, or none for `actor`."""
    for collection in (*own(), *_kept(actor)):
        if collection.id == name:
            return collection
    return layer_collection(context_layers.layer_by_name(session, actor, name))
