"""What a parcel's potential is computed from, read in bulk: plain values that can be sent to another process.

Which zones, roads and distances matter, in which order, is decided here; what they leave is computed by `potential`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Row,
    Select,
    any_,
    bindparam,
    case,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from landportal.model import (
    BORDER,
    CAUSES,
    ConstraintGrade,
    ConstraintKind,
    ConstraintZone,
    DataSet,
    DistanceRule,
    Parcel,
    ParcelPotential,
    Road,
    RoadClass,
    RoadState,
)
from landportal.services.days import today
from landportal.services.enrichment.distances import Distances, Key, in_force

METHOD = 1
"""Changes whenever the same inputs give other results, so that everything is computed again."""

WHOLE_POINTS_MAX = 64
"""Zones with more corners are cut to the parcel's neighbourhood before they are sent."""

CLIP_MARGIN_M = 2.0


@dataclass(frozen=True)
class Given:
    """An obstacle as plain values; `shape` is WKB in EPSG:25832."""

    cause: str
    grade: str
    shape: bytes
    distance_m: float
    source: str
    as_of: dt.date | None
    name: str | None


@dataclass(frozen=True)
class Question:
    """One parcel with everything that takes land from it."""

    parcel_id: int
    parcel_version: int
    settings: str
    parcel: bytes
    obstacles: tuple[Given, ...]

    @property
    def fingerprint(self) -> str:
        """Tells whether an answer was computed from the same inputs, 40 letters."""
        told = hashlib.sha1(f"{METHOD}".encode(), usedforsecurity=False)
        told.update(self.parcel)
        for given in self.obstacles:
            facts = (given.cause, given.grade, given.distance_m, given.source, given.as_of, given.name)
            told.update(repr(facts).encode())
            told.update(given.shape)
        return told.hexdigest()


def questions(session: Session, parcel_ids: Sequence[int]) -> list[Question]:
    """The questions of those parcels whose answer is not known, or was computed from something else."""
    distances = in_force(session, today())
    near = _near(session, distances, parcel_ids)
    asked = []
    for row in session.execute(_PARCELS, {"parcel_ids": list(parcel_ids)}):
        rules = distances.at(row.plan_name, row.municipality_ags)
        shape = bytes(row.shape)
        obstacles = tuple(_obstacles(shape, near[row.id], rules))
        question = Question(row.id, row.version, distances.fingerprint, shape, obstacles)
        if question.fingerprint != row.inputs:
            asked.append(question)
    return asked


def site_obstacles(session: Session, parcel_ids: Sequence[int], site: bytes) -> tuple[Given, ...]:
    """What takes land from the site (WKB) that these parcels make together: distances are kept from its own border.

    A plan's own distances hold where all parcels are land of that plan and municipality, else the general ones.
    """
    distances = in_force(session, today())
    near = _near(session, distances, parcel_ids)
    plans = {(row.plan_name, row.municipality_ags) for row in session.execute(_PARCELS, {"parcel_ids": [*parcel_ids]})}
    rules = distances.at(*plans.pop()) if len(plans) == 1 else distances.at(None, None)
    return tuple(_obstacles(site, [row for rows in near.values() for row in rows], rules))


def _obstacles(parcel: bytes, near: Sequence[Row[Any]], rules: Mapping[Key, DistanceRule]) -> Iterator[Given]:
    """The parcel's obstacles in the order in which they take land, each zone before the distance from it."""
    for grade in ConstraintGrade:
        if rule := rules.get((BORDER, grade)):
            yield _kept_from(rule, grade, parcel, None)
    for row in sorted(near, key=lambda row: (CAUSES.index(row.cause), row.grade != ConstraintGrade.EXCLUDED, row.id)):
        if row.grade:
            yield Given(row.cause, row.grade, bytes(row.shape), 0.0, row.publisher, row.as_of, row.name)
        for grade in ConstraintGrade:
            rule = rules.get((row.cause, grade))
            if rule and rule.distance_m:
                yield _kept_from(rule, ConstraintGrade.RESTRICTED if row.planned else grade, bytes(row.shape), row.name)


def _kept_from(rule: DistanceRule, grade: str, shape: bytes, name: str | None) -> Given:
    return Given(rule.cause, grade, shape, float(rule.distance_m), rule.source, rule.valid_from, name)


_IDS = bindparam("parcel_ids", type_=ARRAY(Integer))

_PARCELS = (
    select(
        Parcel.id, Parcel.version, Parcel.plan_name, Parcel.municipality_ags,
        func.st_asbinary(Parcel.geom).label("shape"), ParcelPotential.inputs,
    )
    .outerjoin(ParcelPotential, ParcelPotential.parcel_id == Parcel.id)
    .where(Parcel.id == any_(_IDS))
    .order_by(Parcel.id)
)  # fmt: skip


def _near(session: Session, distances: Distances, parcel_ids: Sequence[int]) -> Mapping[int, list[Row[Any]]]:
    """Zones and roads that may reach the parcels, by parcel."""
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    reaches = {"zones_m": distances.reach_m(ConstraintKind), "roads_m": distances.reach_m(RoadClass)}
    for row in session.execute(_NEAR, {"parcel_ids": list(parcel_ids), **reaches}):
        found[row.parcel_id].append(row)
    return found


def _cut(shape: Any, reach_m: ColumnElement[float]) -> ColumnElement[Any]:
    """A large shape as far as it can matter to the parcel; in its whole where it cannot be cut."""
    box = func.st_expand(Parcel.geom, reach_m + CLIP_MARGIN_M)
    cut = func.coalesce(func.st_clipbybox2d(shape, box), shape)
    return case((func.st_npoints(shape) > WHOLE_POINTS_MAX, cut), else_=shape)


def _near_zones() -> Select[*tuple[Any, ...]]:
    reach_m: ColumnElement[float] = bindparam("zones_m")
    return (
        select(
            Parcel.id.label("parcel_id"), ConstraintZone.id, ConstraintZone.kind.label("cause"), ConstraintZone.grade,
            ConstraintZone.name, DataSet.publisher, literal(False).label("planned"),
            func.coalesce(ConstraintZone.source_date, DataSet.data_date).label("as_of"),
            _cut(ConstraintZone.geom, reach_m).label("shape"),
        )
        .join(ConstraintZone, ConstraintZone.geom.bool_op("&&")(func.st_expand(Parcel.geom, reach_m)))
        .join(DataSet, DataSet.id == ConstraintZone.data_set_id)
        .where(Parcel.id == any_(_IDS))
    )  # fmt: skip


def _near_roads() -> Select[*tuple[Any, ...]]:
    """Roads take land by their distances alone: how wide they are nobody told."""
    reach_m: ColumnElement[float] = bindparam("roads_m")
    return (
        select(
            Parcel.id, Road.id, Road.road_class, null(), func.coalesce(Road.ref, Road.name), DataSet.publisher,
            Road.state == RoadState.PLANNED, func.coalesce(Road.source_date, DataSet.data_date),
            _cut(Road.geom, reach_m),
        )
        .join(Road, Road.geom.bool_op("&&")(func.st_expand(Parcel.geom, reach_m)))
        .join(DataSet, DataSet.id == Road.data_set_id)
        .where(Parcel.id == any_(_IDS))
    )  # fmt: skip


def _with_binary_shape() -> Select[*tuple[Any, ...]]:
    near = union_all(_near_zones(), _near_roads()).subquery("near")
    others = [column for column in near.c if column.name != "shape"]
    return select(*others, func.st_asbinary(near.c.shape).label("shape")).where(~func.st_isempty(near.c.shape))


_NEAR = _with_binary_shape()
