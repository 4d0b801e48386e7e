"""What can be built on a parcel: the distances that law asks for, and what is computed from them.

Distances are settings that people change (`services.enrichment.distances`). All other rows here are derived: computed
from a parcel and its surroundings, queued by triggers (migration 0024), and made by `services.enrichment`.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Numeric, SmallInteger, String, func
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, geometry_column, in_range, one_of
from landportal.model.surroundings import ConstraintGrade, ConstraintKind, RoadClass

BORDER = "border"
"""Cause of what is lost to the distance from the parcel's own boundary."""

CAUSES = (BORDER, *RoadClass, *ConstraintKind)
"""What land can be lost to, in the order in which causes take it: the first one that reaches a square metre has it."""


class DistanceRule(Base):
    """A distance that buildings keep from something, from a day on; the newest that has begun is in force.

    `source` names law and section. `plan_name` and `ags` (the beginning of the municipality's key) make it the rule of
    one development plan, which goes before the general one (FStrG § 9 (7)); a distance of 0 means none.
    """

    __tablename__ = "distance_rule"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    cause: Mapped[str] = mapped_column(String(20))
    grade: Mapped[str] = mapped_column(String(12))
    distance_m: Mapped[Decimal] = mapped_column(Numeric(6, 1))
    source: Mapped[str]
    valid_from: Mapped[dt.date]
    verified: Mapped[bool] = mapped_column(server_default="false")
    plan_name: Mapped[str | None]
    ags: Mapped[str | None] = mapped_column(String(8))
    marked: Mapped[bool] = mapped_column(server_default="false")
    """Whether what the rule touches was queued already: rules of the future are, once their day has come."""

    __table_args__ = (
        CheckConstraint(f"cause in ({', '.join(repr(str(cause)) for cause in CAUSES)})", name="cause_known"),
        one_of("grade", ConstraintGrade),
        in_range("distance_m", 0, 5000),
        CheckConstraint("(plan_name is null) = (ags is null)", name="plan_of_place"),
        CheckConstraint("source <> '' and plan_name <> ''", name="texts_said"),
        Index(
            "uq_distance_rule_day",
            "cause",
            "grade",
            "plan_name",
            "ags",
            "valid_from",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )


class ParcelPotential(Base):
    """The net buildable land of a parcel with what fits on it, and of which inputs it was computed.

    `fit_lower_m` and `fit_upper_m` bound the depth of the largest rectangle of each ratio of `gis.fit.STEPS`;
    `largest` is the largest of these rectangles.
    """

    __tablename__ = "parcel_potential"

    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True)
    gross_m2: Mapped[float]
    net_m2: Mapped[float]
    restricted_m2: Mapped[float]
    net: Mapped[WKBElement] = mapped_column(geometry_column("MULTIPOLYGON"))
    fit_lower_m: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    fit_upper_m: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    largest: Mapped[WKBElement | None] = mapped_column(geometry_column("POLYGON"))
    largest_width_m: Mapped[float | None]
    largest_depth_m: Mapped[float | None]
    largest_angle_deg: Mapped[float | None]
    parcel_version: Mapped[int]
    settings: Mapped[str] = mapped_column(String(16))
    """Fingerprint of the distances in force."""
    inputs: Mapped[str] = mapped_column(String(40))
    """Fingerprint of everything the row was computed from: shape, obstacles with their sources, distances, method."""
    computed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("net_m2 >= 0 and restricted_m2 >= 0 and gross_m2 > 0", name="areas_range"),
        CheckConstraint("cardinality(fit_lower_m) = cardinality(fit_upper_m)", name="bounds_paired"),
    )


class ParcelLoss(Base):
    """A piece of a parcel that cannot, or not freely, be built on, and why; `place` in the order of causes."""

    __tablename__ = "parcel_loss"

    parcel_id: Mapped[int] = mapped_column(
        ForeignKey("parcel_potential.parcel_id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    cause: Mapped[str] = mapped_column(String(20))
    grade: Mapped[str] = mapped_column(String(12))
    distance_m: Mapped[float]
    source: Mapped[str]
    as_of: Mapped[dt.date | None]
    name: Mapped[str | None]
    area_m2: Mapped[float]
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTIPOLYGON"))

    __table_args__ = (one_of("grade", ConstraintGrade),)


class ParcelNeighbour(Base):
    """Two parcels that can be built on as one: side by side, or across a path (`gis.assembly.neighbours_of`)."""

    __tablename__ = "parcel_neighbour"

    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("parcel.id", ondelete="CASCADE"), primary_key=True, index=True)
    gap_m: Mapped[float]
    facing_m: Mapped[float]

    __table_args__ = (CheckConstraint("parcel_id < other_id and gap_m >= 0 and facing_m > 0", name="pair_in_order"),)


class StaleParcel(Base):
    """A mark in the queue: something of the parcel changed. Marks are only added, so no writer waits for another."""

    __tablename__ = "parcel_stale"

    mark: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    parcel_id: Mapped[int] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(20))
    at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class EnrichmentClaim(Base):
    """A parcel that somebody computes at this moment; `claimed_by` holds an advisory lock of this number meanwhile."""

    __tablename__ = "enrichment_claim"

    parcel_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    claimed_by: Mapped[int]
