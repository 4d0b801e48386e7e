"""The parcel: a piece of land that is marketed, with everything known about it.

A marketed parcel is neither a cadastral parcel (Flurstück) nor a land-register plot: it may cover several of the
former, which it lists. Columns marked *derived* are written by the database alone (triggers and generated columns
in the migrations), so that they hold whoever changes the row.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import IntEnum, StrEnum

from geoalchemy2 import WKBElement
from sqlalchemy import (
    CheckConstraint,
    Computed,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    String,
    desc,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from landportal.errors import InvalidInput
from landportal.model.base import (
    Base,
    FromDataSet,
    geometry_column,
    in_range,
    kept_by_change,
    key_of_source,
    one_of,
    tile_copy,
    valid_geometry,
)
from landportal.model.status import TRANSITIONS, UNTIL, ParcelStatus


class Zone(StrEnum):
    """Building areas of the BauNVO; GEe/GIe are GE/GI with `zone_restricted`."""

    GE = "GE"
    GI = "GI"
    SO = "SO"
    MI = "MI"
    MU = "MU"
    MK = "MK"
    MD = "MD"
    MDW = "MDW"
    WS = "WS"
    WR = "WR"
    WA = "WA"
    WB = "WB"


class PlanStatus(IntEnum):
    """State of the development plan: codes of XPlanung ``BP_Rechtsstand``; 4000 means it is in force."""

    STARTED = 1000
    DRAFT = 2000
    EARLY_AUTHORITIES = 2100
    EARLY_PUBLIC = 2200
    AUTHORITIES = 2300
    PUBLIC_DISPLAY = 2400
    ADOPTED = 3000
    IN_FORCE = 4000
    PARTLY_VOID = 4500
    VOID = 5000
    REPEALED = 50000
    OUT_OF_FORCE = 50001


class Servicing(StrEnum):
    """How far roads and pipes have come."""

    FULL = "full"
    PARTIAL = "partial"
    UNDER_WAY = "under_way"
    NONE = "none"


class PriceKind(StrEnum):
    """What the price contains: servicing contributions (erschließungsbeitragsfrei or -pflichtig), or a lease a year."""

    CONTRIBUTION_FREE = "contribution_free"
    CONTRIBUTION_DUE = "contribution_due"
    LEASEHOLD = "leasehold"


class OwnerKind(StrEnum):
    """Kind of owner. Owners themselves are personal data and never stored."""

    PUBLIC = "public"
    PRIVATE = "private"
    AGENCY = "agency"


class Gas(StrEnum):
    """Gas supply at the parcel; ``available`` where a source says only yes."""

    NONE = "none"
    AVAILABLE = "available"
    LOW_PRESSURE = "low_pressure"
    MEDIUM_PRESSURE = "medium_pressure"
    HIGH_PRESSURE = "high_pressure"


FACET_COLUMNS = [
    "municipality_ags",
    "zone",
    "plan_status",
    "servicing",
    "rail_siding",
    "round_the_clock",
    "constraint_kinds",
    "area_m2",
    "price_eur_m2",
    "available_from",
    "motorway_m",
    "rail_m",
    "airport_m",
    "power_mw",
    "fibre_mbit",
    "confirmed_at",
    "area_id",
    "x_3857",
    "y_3857",
    "id",
    "net_area_m2",
]

CADASTRAL_ID = r"^\d{6}(\d{3}|_{3})\d{5}(\d{4}|_{4})(\d{2}|_{2})$"
"""ALKIS Flurstückskennzeichen, always 20 characters (AAA model 6.0): state and district 6, Flur 3, numerator 5,
denominator 4, sequence 2; absent parts are underscores."""


class Parcel(FromDataSet, Base):
    """A marketed parcel. Areas in m² and distances in m on the ground; geometry in EPSG:25832."""

    __tablename__ = "parcel"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    # Without one, the database numbers the parcel itself (LP-000001 …).
    number: Mapped[str] = mapped_column(String(20), unique=True, server_default=FetchedValue())
    name_de: Mapped[str]
    name_en: Mapped[str | None]
    cadastral_ids: Mapped[list[str]] = mapped_column(ARRAY(String(20)), server_default="{}")
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)

    # Planning law
    zone: Mapped[str | None] = mapped_column(String(4))
    zone_restricted: Mapped[bool] = mapped_column(server_default="false")
    noise_quota_day_db: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    noise_quota_night_db: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    xplan_zone_code: Mapped[int | None]
    plan_status: Mapped[int | None]
    plan_name: Mapped[str | None]
    plan_link: Mapped[str | None]
    grz: Mapped[Decimal | None] = mapped_column(Numeric(3, 2))
    gfz: Mapped[Decimal | None] = mapped_column(Numeric(4, 2))
    bmz: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    height_max_m: Mapped[Decimal | None] = mapped_column(Numeric(5, 1))
    round_the_clock: Mapped[bool | None]
    planning_as_of: Mapped[dt.date | None]

    # Marketing
    status: Mapped[str] = mapped_column(String(12), server_default=ParcelStatus.PREPARING)
    status_since: Mapped[dt.date | None]
    status_until: Mapped[dt.date | None]
    servicing: Mapped[str | None] = mapped_column(String(12))
    servicing_until: Mapped[dt.date | None]
    available_from: Mapped[dt.date | None]
    price_eur_m2: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    price_on_request: Mapped[bool] = mapped_column(server_default="false")
    price_kind: Mapped[str | None] = mapped_column(String(20))
    lot_min_m2: Mapped[Decimal | None] = mapped_column(Numeric(12, 1))
    owner_kind: Mapped[str | None] = mapped_column(String(10))
    large_scale_reserve: Mapped[bool] = mapped_column(server_default="false")

    # Supply
    power_mw: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    power_later_mw: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    power_later_from: Mapped[dt.date | None]
    power_source: Mapped[str | None]
    gas: Mapped[str | None] = mapped_column(String(20))
    water_m3_d: Mapped[Decimal | None] = mapped_column(Numeric(9, 1))
    waste_water_pe: Mapped[int | None]
    fibre_mbit: Mapped[int | None]
    rail_siding: Mapped[bool | None]
    supply_as_of: Mapped[dt.date | None]

    description_de: Mapped[str | None]
    description_en: Mapped[str | None]
    contact_name: Mapped[str | None]
    contact_phone: Mapped[str | None]
    contact_email: Mapped[str | None]
    confirmed_at: Mapped[dt.datetime | None]
    confirmed_by: Mapped[str | None]
    schematic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTIPOLYGON"))

    # Derived by the database
    version: Mapped[int] = mapped_column(server_default="1", server_onupdate=FetchedValue())
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), server_onupdate=FetchedValue())
    change_id: Mapped[int | None] = kept_by_change()
    area_m2: Mapped[float] = mapped_column(Computed("st_area(geom)", persisted=True))
    geom_3857: Mapped[WKBElement] = tile_copy("MULTIPOLYGON")
    # A point inside the parcel, as plain numbers: an index can carry them, so counting never reads the wide rows.
    x_3857: Mapped[float] = mapped_column(Computed("st_x(st_transform(st_pointonsurface(geom), 3857))", persisted=True))
    y_3857: Mapped[float] = mapped_column(Computed("st_y(st_transform(st_pointonsurface(geom), 3857))", persisted=True))
    lon: Mapped[float] = mapped_column(Computed("st_x(st_transform(st_pointonsurface(geom), 4326))", persisted=True))
    lat: Mapped[float] = mapped_column(Computed("st_y(st_transform(st_pointonsurface(geom), 4326))", persisted=True))
    municipality_ags: Mapped[str | None] = mapped_column(ForeignKey("admin_unit.ags"))
    county_ags: Mapped[str | None] = mapped_column(String(5))
    constraint_kinds: Mapped[list[str]] = mapped_column(ARRAY(String(20)), server_default="{}")
    search_text: Mapped[str] = mapped_column(server_default="")
    motorway_id: Mapped[int | None]
    motorway_m: Mapped[float | None]
    motorway_name: Mapped[str | None]
    rail_id: Mapped[int | None]
    rail_m: Mapped[float | None]
    rail_name: Mapped[str | None]
    station_id: Mapped[int | None]
    station_m: Mapped[float | None]
    station_name: Mapped[str | None]
    airport_id: Mapped[int | None]
    airport_m: Mapped[float | None]
    airport_name: Mapped[str | None]
    substation_id: Mapped[int | None]
    substation_m: Mapped[float | None]
    substation_name: Mapped[str | None]
    # Computed by services.enrichment (model.potential); null where it was not yet.
    net_area_m2: Mapped[float | None]

    __table_args__ = key_of_source(
        one_of("zone", Zone),
        one_of("status", ParcelStatus),
        one_of("servicing", Servicing),
        one_of("price_kind", PriceKind),
        one_of("owner_kind", OwnerKind),
        one_of("gas", Gas),
        CheckConstraint(
            f"plan_status in ({', '.join(str(int(code)) for code in PlanStatus)})", name="plan_status_known"
        ),
        valid_geometry(),
        CheckConstraint("st_area(geom) > 0", name="area_positive"),
        CheckConstraint("number ~ '^[A-Za-z0-9][A-Za-z0-9._-]*$'", name="number_form"),
        CheckConstraint("plan_link ~ '^https?://'", name="plan_link_web"),
        CheckConstraint("status_until is null or status in ('reserved', 'optioned')", name="status_until_of_status"),
        CheckConstraint("not (price_on_request and price_eur_m2 is not null)", name="price_or_request"),
        in_range("grz", 0, 1),
        in_range("gfz", 0, 10),
        in_range("bmz", 0, 100),
        in_range("height_max_m", 0, 500),
        in_range("noise_quota_day_db", 0, 120),
        in_range("noise_quota_night_db", 0, 120),
        in_range("price_eur_m2", 0, 100_000),
        in_range("lot_min_m2", 0, None),
        in_range("power_mw", 0, 10_000),
        in_range("power_later_mw", 0, 10_000),
        in_range("water_m3_d", 0, None),
        in_range("waste_water_pe", 0, None),
        in_range("fibre_mbit", 0, None),
        Index("ix_parcel_geom", "geom", postgresql_using="gist"),
        Index("ix_parcel_geom_3857", "geom_3857", postgresql_using="gist"),
        Index(
            "ix_parcel_search_text",
            "search_text",
            postgresql_using="gin",
            postgresql_ops={"search_text": "gin_trgm_ops"},
        ),
        # By characters, so that LIKE finds the towns of a county; read alone for counting and paging.
        Index(
            "ix_parcel_municipality_ags",
            "municipality_ags",
            postgresql_ops={"municipality_ags": "text_pattern_ops"},
            postgresql_include=["status", "id"],
        ),
        # Counts and facets read this index alone, never the wide rows: 45,000 parcels of a county in a few ms.
        Index("ix_parcel_facets", "county_ags", "status", postgresql_include=FACET_COLUMNS),
        # A tile from afar holds the largest, found without looking at the others.
        Index("ix_parcel_size", desc("area_m2")),
        # The default list of a whole region: largest available parcels first, without sorting all of them.
        Index(
            "ix_parcel_available_by_size",
            desc("area_m2"),
            "id",
            postgresql_where=text("status = 'available'"),
        ),
        # Two orders more, for a whole region. One by confirmation lured plans away from the narrow index.
        Index("ix_parcel_by_price", "price_eur_m2", "id"),
        Index("ix_parcel_by_motorway", "motorway_m", "id"),
    )

    def change_status(self, status: ParcelStatus, since: dt.date, until: dt.date | None) -> None:
        """Set a status that may follow the present one; InvalidInput says at which field it may not.

        `until` belongs to reserved and optioned alone, where it is required. A status may follow itself: that moves
        its date.
        """
        if status != self.status and status not in TRANSITIONS[ParcelStatus(self.status)]:
            raise InvalidInput("status_cannot_follow", "status")
        if status in UNTIL and until is None:
            raise InvalidInput("status_needs_end", "status_until")
        if status not in UNTIL and until is not None:
            raise InvalidInput("status_has_no_end", "status_until")
        if until is not None and until < since:
            raise InvalidInput("status_ends_before_it_begins", "status_until")
        self.status, self.status_since, self.status_until = status, since, until


NEAREST = {
    "motorway": "motorway_junction",
    "rail": "rail_freight",
    "station": "station",
    "airport": "airport",
    "substation": "substation",
}
"""Prefix of a parcel's nearest-columns → the infrastructure kind they name. Distances are metres on the ground."""
