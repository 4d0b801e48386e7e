"""Context layers as visitors and planners meet them: which there are for whom, one by its name.

How a file becomes a layer is told in `services.layer_imports`; what its columns mean in `services.collections`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from landportal.errors import NotFound
from landportal.model import ContextLayer
from landportal.services.permissions import Actor


def visible_layers(actor: Actor | None) -> ColumnElement[bool]:
    """Layers the actor sees: public ones, and those of the actor's own organisation; None is the public."""
    if actor is not None and actor.whole_portal:
        return true()
    public = ContextLayer.organisation_id.is_(None)
    if actor is None or actor.organisation_id is None:
        return public
    return or_(public, ContextLayer.organisation_id == actor.organisation_id)


def layers_for(session: Session, actor: Actor | None) -> tuple[ContextLayer, ...]:
    """The layers `actor` sees, by name."""
    found = session.scalars(select(ContextLayer).where(visible_layers(actor)).order_by(ContextLayer.name))
    return tuple(found)


def layer_by_name(session: Session, actor: Actor | None, name: str) -> ContextLayer:
    """The layer called `name`; NotFound where there is none, or none that `actor` may see."""
    found = session.scalar(select(ContextLayer).where(ContextLayer.name == name, visible_layers(actor)))
    if found is None:
        raise NotFound(name)
    return found
