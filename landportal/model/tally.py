"""How much land of each kind there is: kept by triggers (migration 0026), for searches and maps of much land.

Rows are differences, read as sums: several may speak of the same kind, and some may be negative.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base


class ParcelTally(Base):
    """Parcels and m² of one county that agree in what a search offers as choices; withdrawn ones too."""

    __tablename__ = "parcel_tally"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    county_ags: Mapped[str | None] = mapped_column(String(5))
    status: Mapped[str] = mapped_column(String(12))
    zone: Mapped[str | None] = mapped_column(String(4))
    plan_status: Mapped[int | None]
    rail_siding: Mapped[bool | None]
    round_the_clock: Mapped[bool | None]
    constraint_kinds: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    size_step: Mapped[int]
    """Step of the histogram of sizes, counted from 0 (`services.search.cube.SIZE_STEPS_HA`)."""
    parcels: Mapped[int] = mapped_column(BigInteger)
    m2: Mapped[float]

    __table_args__ = (Index("ix_parcel_tally_county", "county_ags"),)


class ParcelCell(Base):
    """Parcels and m² of one status and zone in one hexagon of the map at zoom `z`; centre in Web Mercator metres."""

    __tablename__ = "parcel_cell"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    z: Mapped[int]
    cx: Mapped[float]
    cy: Mapped[float]
    status: Mapped[str] = mapped_column(String(12))
    zone: Mapped[str | None] = mapped_column(String(4))
    parcels: Mapped[int] = mapped_column(BigInteger)
    m2: Mapped[float]

    __table_args__ = (Index("ix_parcel_cell_place", "z", "cx", "cy"),)
