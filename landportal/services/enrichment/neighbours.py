"""Which parcels can be built on as one, kept as pairs. The database finds them; what a pair is says `gis.assembly`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from landportal.gis.assembly import neighbours_of
from landportal.gis.filters import any_of
from landportal.model import ParcelNeighbour

_LOCK = "landportal neighbours"


@dataclass(frozen=True)
class Asked:
    """A parcel whose neighbours are to be found."""

    parcel_id: int


def ask(_session: Session, parcel_ids: Sequence[int]) -> list[Asked]:
    """Every parcel: what its neighbours are is found where it is written."""
    return [Asked(parcel_id) for parcel_id in parcel_ids]


def answer(asked: Asked) -> Asked:
    """Nothing is computed outside of the database."""
    return asked


def keep(session: Session, asked: Sequence[Asked]) -> None:
    """Find and keep the pairs of these parcels.

    A pair belongs to two parcels, which two runs may have at the same time: one writes after the other.
    """
    if not asked:
        return
    ids = sorted(one.parcel_id for one in asked)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(_LOCK))))
    known = or_(ParcelNeighbour.parcel_id == any_of(ids), ParcelNeighbour.other_id == any_of(ids))
    session.execute(delete(ParcelNeighbour).where(known))
    columns = ["parcel_id", "other_id", "gap_m", "facing_m"]
    session.execute(insert(ParcelNeighbour).from_select(columns, neighbours_of().params(parcel_ids=ids)))
