"""Whether a hall fits, for a whole search: kept bounds decide most parcels inside of SQL, the exact test the others.

`examined` asks the exact test for the parcels that the bounds leave open and writes down on which of them the hall
fits; with these the condition is plain SQL, the same for list, counts, facets, tiles and machine answers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from functools import lru_cache
from typing import Any

import shapely
from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import Session

from landportal.gis import filters
from landportal.gis.fit import Hall, Placement, Rectangle, anywhere
from landportal.model import Parcel, ParcelPotential
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.result import TooManySites
from landportal.services.search.where import FACET_CONDITIONS, conditions

EXAMINED_MAX = 5_000
"""Parcels that one search may leave to the exact test."""

REMEMBERED = 50_000
"""Answers of the exact test kept in a process, by shape and hall: they hold for ever. About 30 MB."""


def examined(session: Session, criteria: SearchCriteria, land: ColumnElement[bool]) -> SearchCriteria:
    """`criteria`, ready to be made SQL of for the parcels of `land`: those of an actor, or those of a tile.

    Parcels are examined also where facets count them, as if their own group had no choice yet. InvalidInput (`fits`)
    where the bounds leave more open than EXAMINED_MAX.
    """
    if criteria.fits is None or criteria.examined is not None:
        return criteria
    hall = criteria.fits
    rows = session.execute(_left_open(criteria, hall, land)).all()
    if len(rows) > EXAMINED_MAX:
        raise TooManySites(f"more than {EXAMINED_MAX} sites would have to be examined; narrow the search", "fits")
    found = tuple(sorted(parcel_id for parcel_id, net in rows if _placed(bytes(net), hall)))
    return dataclasses.replace(criteria, examined=found)


def placements(session: Session, hall: Hall, parcel_ids: Collection[int]) -> dict[int, Rectangle]:
    """Where the hall may stand on each of the parcels, by id."""
    wanted = ParcelPotential.parcel_id.in_(parcel_ids)
    nets = session.execute(select(ParcelPotential.parcel_id, func.st_asbinary(ParcelPotential.net)).where(wanted))
    placed = {parcel_id: _placed(bytes(net), hall) for parcel_id, net in nets}
    return {parcel_id: found.hall for parcel_id, found in placed.items() if found}


def _left_open(criteria: SearchCriteria, hall: Hall, land: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    others = conditions(dataclasses.replace(criteria, fits=None))
    return (
        select(Parcel.id, func.st_asbinary(ParcelPotential.net))
        .join(ParcelPotential, ParcelPotential.parcel_id == Parcel.id)
        .where(land, *(clause for name, clause in others.items() if name not in FACET_CONDITIONS))
        .where(filters.has_room_for(hall))
        .where(not_(filters.surely_holds(hall)), not_(filters.surely_too_small_for(hall)))
        .limit(EXAMINED_MAX + 1)
    )


@lru_cache(maxsize=REMEMBERED)
def _placed(net: bytes, hall: Hall) -> Placement | None:
    return anywhere(shapely.from_wkb(net), hall)
