"""What happened to a parcel: its versions with who, when, why, through what; differences; putting an older one back.

Versions are kept by the database (migration 0009); nothing here can change or delete one. How differences are worded
is the web floor's business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from geoalchemy2.shape import to_shape
from shapely import MultiPolygon
from sqlalchemy import Row, Select, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from landportal.errors import InvalidInput, NotAllowed, NotFound
from landportal.model import Account, Area, Change, Delivery, Parcel
from landportal.model.history import PARCEL_HISTORY
from landportal.services import editing
from landportal.services.edits import EDITABLE, Confirmation, Edit
from landportal.services.permissions import Action, Actor, require, require_for

PAGE_SIZE = 30

KEPT = (*EDITABLE, "number", "confirmed_at", "confirmed_by", "schematic", "source_id", "source_date", "data_set_id")
"""Attributes whose change makes a version, but for the shape."""


@dataclass(frozen=True)
class Difference:
    """An attribute that a change moved, with its value before and after; ``geom`` has areas in m² as values."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Outlines:
    """A shape before and after as SVG paths in one frame (metres, origin upper left): `width` × `height`."""

    before: str
    after: str
    width: float
    height: float


@dataclass(frozen=True)
class Version:
    """A state of a parcel and the change that made it. `who` None: a statement by hand as `database_role`.

    `differences` are against the version before; none of them for the first, which `began`.
    """

    version: int
    at: dt.datetime
    until: dt.datetime | None
    who: str | None
    database_role: str
    through: str
    reason: str | None
    approved_by: str | None
    delivery_id: int | None
    file_name: str | None
    began: bool
    differences: tuple[Difference, ...]
    outlines: Outlines | None

    @property
    def holds(self) -> bool:
        """Whether this is the version that stands now."""
        return self.until is None


@dataclass(frozen=True)
class History:
    """A page of a parcel's versions, newest first."""

    versions: tuple[Version, ...]
    page: int
    more: bool


def versions(session: Session, actor: Actor, number: str, page: int = 1) -> History:
    """The versions of parcel `number`, newest first; the session must act for `actor` (row-level security).

    Raises NotFound, NotAllowed outside the actor's scope.
    """
    parcel_id = _readable(session, actor, number).id
    rows = session.execute(_versions(parcel_id, PAGE_SIZE + 1, (page - 1) * PAGE_SIZE)).all()
    shown = rows[:PAGE_SIZE]
    return History(_with_differences(session, shown, rows), page, len(rows) > PAGE_SIZE)


def _readable(session: Session, actor: Actor, number: str) -> Parcel:
    parcel = session.scalar(select(Parcel).where(Parcel.number == number))
    if parcel is None:
        raise NotFound(number)
    require_for(actor, Action.SEE_HISTORY, parcel)
    return parcel


def _every_version(parcel_id: int) -> Any:
    """The rows of a parcel, the one that stands and those of before, in one shape."""
    names = (*KEPT, "id", "version", "changed_at", "change_id", "area_m2", "geom")
    now = select(literal(None).label("ended_at"), *(getattr(Parcel, name) for name in names))
    then = PARCEL_HISTORY.c
    past = select(then.ended_at, *(then[name] for name in names))
    return union_all(now.where(Parcel.id == parcel_id), past.where(then.id == parcel_id)).subquery("states")


def _versions(parcel_id: int, limit: int, offset: int) -> Select[*tuple[Any, ...]]:
    state, approver = _every_version(parcel_id).c, aliased(Account)
    columns = [each for each in state if each.key != "geom"]
    shape_digest = func.md5(func.st_asbinary(state.geom)).label("shape")
    return (
        select(
            *columns, shape_digest, Change.through, Change.reason, Change.database_role, Change.delivery_id,
            Account.name.label("who"), approver.name.label("approver"), Delivery.file_name,
        )
        .outerjoin(Change, Change.id == state.change_id)
        .outerjoin(Account, Account.id == Change.account_id)
        .outerjoin(approver, approver.id == Change.approved_by)
        .outerjoin(Delivery, Delivery.id == Change.delivery_id)
        .order_by(state.changed_at.desc(), state.version.desc())
        .limit(limit)
        .offset(offset)
    )  # fmt: skip


def _with_differences(session: Session, shown: Sequence[Row[Any]], rows: Sequence[Row[Any]]) -> tuple[Version, ...]:
    before = dict(pairwise(row.version for row in rows))
    by_version = {row.version: row for row in rows}
    found = []
    for row in shown:
        earlier = by_version.get(before.get(row.version, -1))
        reshaped = earlier is not None and earlier.shape != row.shape
        outlines = (
            _outlines(session, row.id, earlier.version, row.version) if earlier is not None and reshaped else None
        )
        found.append(_version(row, earlier, outlines))
    return tuple(found)


def _version(row: Row[Any], earlier: Row[Any] | None, drawn: Outlines | None) -> Version:
    return Version(
        version=row.version, at=row.changed_at, until=row.ended_at, who=row.who,
        database_role=row.database_role or "", through=row.through or "sql", reason=row.reason,
        approved_by=row.approver, delivery_id=row.delivery_id, file_name=row.file_name, began=earlier is None,
        differences=_between(earlier, row) if earlier is not None else (), outlines=drawn,
    )  # fmt: skip


def _between(before: Row[Any], after: Row[Any]) -> tuple[Difference, ...]:
    changed = [
        Difference(name, getattr(before, name), getattr(after, name))
        for name in KEPT
        if getattr(before, name) != getattr(after, name)
    ]
    if before.shape != after.shape:
        changed.append(Difference("geom", before.area_m2, after.area_m2))
    return tuple(changed)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What differs between two states, in the order of the attributes."""
    names = [name for name in KEPT if name in before and name in after]
    return tuple(Difference(name, before[name], after[name]) for name in names if before[name] != after[name])


def _outlines(session: Session, parcel_id: int, before: int, after: int) -> Outlines:
    shapes = [to_shape(_state(session, parcel_id, version).geom) for version in (before, after)]
    return outlines(*shapes)


def shapes_between(session: Session, parcel: Parcel, version: int) -> Outlines | None:
    """The shape of `parcel` now and as of `version`, where they differ."""
    now, then = to_shape(parcel.geom), to_shape(_state(session, parcel.id, version).geom)
    return None if then.equals_exact(now, 0) else outlines(now, then)


def outlines(before: Any, after: Any) -> Outlines:
    """Two shapes (EPSG:25832) drawn over each other."""
    boxes = [before.bounds, after.bounds]
    west, north = min(box[0] for box in boxes), max(box[3] for box in boxes)
    east, south = max(box[2] for box in boxes), min(box[1] for box in boxes)
    return Outlines(
        _path(before, west, north), _path(after, west, north), round(east - west, 1), round(north - south, 1)
    )


def _path(shape: Any, west: float, north: float) -> str:
    polygons = shape.geoms if isinstance(shape, MultiPolygon) else (shape,)
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return "".join(
        "M" + "L".join(f"{x - west:.1f} {north - y:.1f}" for x, y, *_ in ring.coords[:-1]) + "Z" for ring in rings
    )


# ----------------------------------------------------------------------------------------------------- one old state


def _state(session: Session, parcel_id: int, version: int) -> Row[Any]:
    state = _every_version(parcel_id)
    row = session.execute(select(state).where(state.c.version == version)).first()
    if row is None:
        raise NotFound(str(version))
    return row


def attributes_at(session: Session, parcel: Parcel, version: int) -> dict[str, Any] | None:
    """What an officer may set, as of `version` of `parcel`; None where no such version was kept.

    What one transaction did in several steps is one version, so numbers may be missing.
    """
    if version == parcel.version:
        return {name: getattr(parcel, name) for name in EDITABLE}
    try:
        row = _state(session, parcel.id, version)
    except NotFound:
        return None
    return {name: getattr(row, name) for name in EDITABLE}


@dataclass(frozen=True)
class Saver:
    """Who made a version and when."""

    who: str | None
    at: dt.datetime
    through: str


def last_saver(session: Session, parcel: Parcel) -> Saver:
    """Who made the version of `parcel` that stands now."""
    said = select(Account.name, Change.through).select_from(Change).outerjoin(Account, Account.id == Change.account_id)
    row = session.execute(said.where(Change.id == parcel.change_id)).first()
    return Saver(row.name if row else None, parcel.changed_at, row.through if row else "")


@dataclass(frozen=True)
class Restoring:
    """An older `version` of parcel `number` that is to hold again; `seen` is the version the officer saw as valid.

    `confirmation_too`: undoing puts back what was said of the last confirmation as well.
    """

    number: str
    version: int
    seen: int
    reason: str | None = None
    confirmation_too: bool = False


def restore(session: Session, actor: Actor, wanted: Restoring) -> editing.Saved:
    """Put an older state back as a new change, or propose it; what may follow which status does not bind it.

    Raises what `editing.save` raises; NotFound for a version that was not kept; InvalidInput("area_gone") where the
    area it names exists no more.
    """
    require(actor, Action.EDIT)
    parcel = session.scalar(select(Parcel).where(Parcel.number == wanted.number))
    if parcel is None:
        raise NotFound(wanted.number)
    if not actor.scope.holds(parcel.municipality_ags, parcel.area_id):
        raise NotAllowed(Action.EDIT)
    old = _state(session, parcel.id, wanted.version)
    if old.area_id is not None and session.get(Area, old.area_id) is None:
        raise InvalidInput("area_gone", "area_id")
    confirmation = Confirmation(old.confirmed_at, old.confirmed_by) if wanted.confirmation_too else None
    values = {name: getattr(old, name) for name in EDITABLE if getattr(old, name) != getattr(parcel, name)}
    shape = _shape_if_other(old, parcel)
    edit = Edit(wanted.number, wanted.seen, values, shape, wanted.reason, confirmation, restores=wanted.version)
    return editing.save(session, actor, edit)


def restore_all(session: Session, actor: Actor, wanted: Sequence[Restoring]) -> tuple[editing.Saved, ...]:
    """Restore several parcels in one transaction; errors as `restore`, and then none of them counts."""
    editing.lock_all(session, [one.number for one in wanted])
    return tuple(restore(session, actor, one) for one in wanted)


def _shape_if_other(old: Row[Any], parcel: Parcel) -> MultiPolygon | None:
    then, now = to_shape(old.geom), to_shape(parcel.geom)
    return then if isinstance(then, MultiPolygon) and not then.equals_exact(now, 0) else None
