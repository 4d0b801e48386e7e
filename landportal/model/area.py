"""Industrial and commercial areas, and the municipalities that share an inter-municipal one.

Shares of the members must sum to 100 % per purpose on every day they are valid: the database checks that at commit
(constraint trigger in the migrations).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, FetchedValue, ForeignKey, Identity, Index, Numeric, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

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


class AreaKind(StrEnum):
    """What an area is mainly for."""

    INDUSTRIAL = "industrial"
    COMMERCIAL = "commercial"
    LOGISTICS = "logistics"
    BROWNFIELD = "brownfield"


class LegalForm(StrEnum):
    """Who carries the area; the forms of ThürKGG, § 205 BauGB and private law."""

    SINGLE_MUNICIPALITY = "single_municipality"
    PURPOSE_AGREEMENT = "purpose_agreement"
    SPECIAL_PURPOSE_ASSOCIATION = "special_purpose_association"
    PLANNING_ASSOCIATION = "planning_association"
    JOINT_INSTITUTION = "joint_institution"
    LIMITED_COMPANY = "limited_company"
    COUNTY_AND_MUNICIPALITY = "county_and_municipality"


class MemberRole(StrEnum):
    """A member's place in the association."""

    MEMBER = "member"
    SEAT = "seat"


class ShareKey(StrEnum):
    """By what the members share cost and revenue."""

    LAND = "land"
    COST = "cost"
    INHABITANTS = "inhabitants"
    FIXED = "fixed"


class Area(FromDataSet, Base):
    """An industrial or commercial area; developer, seller and planning authority are three different parties."""

    __tablename__ = "area"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name_de: Mapped[str]
    name_en: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(20), server_default=AreaKind.COMMERCIAL)
    legal_form: Mapped[str | None] = mapped_column(String(40))
    plan_authority: Mapped[str | None]
    developer: Mapped[str | None]
    seller: Mapped[str | None]
    permit_authority: Mapped[str | None]
    plan_status: Mapped[int | None]
    plan_name: Mapped[str | None]
    plan_since: Mapped[dt.date | None]
    gross_ha: Mapped[Decimal | None] = mapped_column(Numeric(10, 4))
    net_ha: Mapped[Decimal | None] = mapped_column(Numeric(10, 4))
    regional_plan_category: Mapped[str | None] = mapped_column(String(20))
    founded: Mapped[int | None]
    description_de: Mapped[str | None]
    description_en: Mapped[str | None]
    facts_source: Mapped[str | None]
    contact_name: Mapped[str | None]
    contact_phone: Mapped[str | None]
    contact_email: Mapped[str | None]
    schematic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[WKBElement] = mapped_column(geometry_column("MULTIPOLYGON"))
    geom_3857: Mapped[WKBElement] = tile_copy("MULTIPOLYGON")
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), server_onupdate=FetchedValue())
    change_id: Mapped[int | None] = kept_by_change()

    __table_args__ = key_of_source(
        one_of("kind", AreaKind),
        one_of("legal_form", LegalForm),
        valid_geometry(),
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]*$'", name="slug_form"),
        in_range("gross_ha", 0, None),
        in_range("net_ha", 0, None),
        CheckConstraint("net_ha <= gross_ha", name="net_within_gross"),
        Index("ix_area_geom", "geom", postgresql_using="gist"),
        Index("ix_area_geom_3857", "geom_3857", postgresql_using="gist"),
    )


class AreaMember(Base):
    """A municipality's part in an inter-municipal area, valid for a span of days."""

    __tablename__ = "area_member"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"))
    ags: Mapped[str] = mapped_column(ForeignKey("admin_unit.ags"), index=True)
    role: Mapped[str] = mapped_column(String(10), server_default=MemberRole.MEMBER)
    votes: Mapped[int | None]
    cost_share_pct: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    revenue_share_pct: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    key_type: Mapped[str | None] = mapped_column(String(20))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    document: Mapped[str | None]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now(), server_onupdate=FetchedValue())
    change_id: Mapped[int | None] = kept_by_change()

    __table_args__ = (
        one_of("role", MemberRole),
        one_of("key_type", ShareKey),
        in_range("votes", 0, None),
        in_range("cost_share_pct", 0, 100),
        in_range("revenue_share_pct", 0, 100),
        CheckConstraint("valid_to > valid_from", name="validity_ordered"),
        Index("uq_area_member_current", "area_id", "ags", unique=True, postgresql_where=text("valid_to is null")),
        Index("uq_area_member_area_id_ags_valid_from", "area_id", "ags", "valid_from", unique=True),
    )
