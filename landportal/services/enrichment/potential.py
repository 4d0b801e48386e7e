"""Net buildable land and what fits on it: computed by pure geometry, kept as rows.

`answer` knows no database, so that it runs in any process; what it is asked is read by `questions`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from landportal.gis.buildable import Buildable, Loss, Obstacle, buildable
from landportal.gis.filters import any_of
from landportal.gis.fit import largest_rectangle, stepped_bounds
from landportal.model import STORAGE_SRID, ConstraintGrade, Parcel, ParcelLoss, ParcelPotential
from landportal.services.enrichment.questions import Given, Question


@dataclass(frozen=True)
class Answer:
    """The rows of one parcel, as columns and values; shapes are WKB with their SRID."""

    potential: Mapping[str, Any]
    losses: tuple[Mapping[str, Any], ...]


def net_of(land: BaseGeometry, obstacles: Sequence[Given]) -> Buildable:
    """What of `land` can be built on."""
    return buildable(land, [_obstacle(given) for given in obstacles])


def answer(question: Question) -> Answer:
    """Compute one parcel."""
    built = net_of(shapely.from_wkb(question.parcel), question.obstacles)
    potential = {
        "parcel_id": question.parcel_id,
        "gross_m2": built.gross_m2,
        "net_m2": built.net_m2,
        "restricted_m2": built.restricted_m2,
        "net": _stored(built.net),
        **_fits(built),
        "parcel_version": question.parcel_version,
        "settings": question.settings,
        "inputs": question.fingerprint,
    }
    pieces = (*built.lost, *built.restricted)
    return Answer(potential, tuple(_loss(question.parcel_id, place, loss) for place, loss in enumerate(pieces)))


def _fits(built: Buildable) -> dict[str, Any]:
    """What fits: the bounds of each ratio, and the largest rectangle of the best of these ratios."""
    kept = stepped_bounds(built.net)
    best = max(kept, key=lambda bound: bound.lower_m2)
    largest = largest_rectangle(built.net, best.ratio) if best.lower_m else None
    return {
        "fit_lower_m": [bound.lower_m for bound in kept],
        "fit_upper_m": [bound.upper_m for bound in kept],
        "largest": largest and _stored(largest.shape),
        "largest_width_m": largest and largest.width_m,
        "largest_depth_m": largest and largest.depth_m,
        "largest_angle_deg": largest and largest.angle_deg,
    }


def _obstacle(given: Given) -> Obstacle:
    return Obstacle(
        given.cause, ConstraintGrade(given.grade), shapely.from_wkb(given.shape), given.distance_m, given.source,
        given.as_of, given.name,
    )  # fmt: skip


def _loss(parcel_id: int, place: int, loss: Loss) -> dict[str, Any]:
    return {
        "parcel_id": parcel_id, "place": place, "cause": loss.cause, "grade": str(loss.grade),
        "distance_m": loss.distance_m, "source": loss.source or "", "as_of": loss.as_of, "name": loss.name,
        "area_m2": loss.area_m2, "geom": _stored(loss.shape),
    }  # fmt: skip


def _stored(shape: shapely.Geometry) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shape, STORAGE_SRID), hex=True, include_srid=True))


def keep(session: Session, answers: Sequence[Answer]) -> None:
    """Replace what is known of these parcels; one that was deleted meanwhile is left out."""
    wanted = [one.potential["parcel_id"] for one in answers]
    there = set(session.scalars(select(Parcel.id).where(Parcel.id == any_of(wanted))))
    kept = [one for one in answers if one.potential["parcel_id"] in there]
    if not kept:
        return
    session.execute(delete(ParcelLoss).where(ParcelLoss.parcel_id == any_of(sorted(there))))
    _upsert(session, [one.potential for one in kept])
    losses = [loss for one in kept for loss in one.losses]
    if losses:
        session.execute(insert(ParcelLoss), losses)


def _upsert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    fresh = insert(ParcelPotential)
    changed = {name: fresh.excluded[name] for name in rows[0] if name != "parcel_id"}
    changed["computed_at"] = fresh.excluded.computed_at
    session.execute(fresh.on_conflict_do_update(index_elements=["parcel_id"], set_=changed), rows)
