"""The same search for machines: GeoJSON that the database writes and Python only passes on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Numeric, Select, cast, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from landportal.gis.relations import COUNTY, MUNICIPALITY, freshness
from landportal.model import Area, Parcel
from landportal.services.scoring import ranking
from landportal.services.scoring.scales import POINTS_MAX
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.find import count_parcels, ordered_ids

COORDINATE_DIGITS = 7
"""Seven decimals of a degree are a centimetre."""


def parcels_geojson(session: Session, criteria: SearchCriteria, limit: int) -> str:
    """A FeatureCollection (WGS 84) of the first `limit` parcels in list order, with the list's facts."""
    page = ordered_ids(criteria, limit).cte("page")
    facts = (
        public_facts().add_columns(*_judgement(criteria)).where(Parcel.id == page.c.id).correlate(page).lateral("facts")
    )
    feature = func.st_asgeojson(facts.table_valued(), "geom", COORDINATE_DIGITS)
    features, returned = session.execute(
        select(func.string_agg(feature, aggregate_order_by(literal(","), page.c.place)), func.count()).select_from(
            page.join(facts, true())
        )
    ).one()
    return (
        f'{{"type":"FeatureCollection","numberMatched":{count_parcels(session, criteria)},'
        f'"numberReturned":{returned},"features":[{features or ""}]}}'
    )


def public_facts() -> Select[*tuple[Any, ...]]:
    """The facts a machine gets about a parcel, units in the names; geometry in WGS 84."""
    return (
        select(
            Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.municipality_ags.label("ags"),
            MUNICIPALITY.name.label("municipality"), COUNTY.name.label("county"), Area.slug.label("area"),
            cast(func.round(cast(Parcel.area_m2, Numeric), 1), Float).label("area_m2"),
            Parcel.zone, Parcel.zone_restricted, Parcel.plan_status, Parcel.grz, Parcel.gfz, Parcel.bmz,
            Parcel.status, Parcel.status_since, Parcel.servicing, Parcel.available_from, Parcel.price_eur_m2,
            Parcel.price_on_request, Parcel.price_kind, Parcel.lot_min_m2, Parcel.round_the_clock,
            *(_km(getattr(Parcel, f"{kind}_m")).label(f"{kind}_km") for kind in ("motorway", "rail", "airport")),
            Parcel.motorway_name, Parcel.rail_siding, Parcel.power_mw, Parcel.fibre_mbit, Parcel.cadastral_ids,
            Parcel.constraint_kinds, Parcel.confirmed_at, freshness().label("freshness"), Parcel.schematic,
            func.st_transform(Parcel.geom, 4326).label("geom"),
        )
        .outerjoin(MUNICIPALITY, MUNICIPALITY.ags == Parcel.municipality_ags)
        .outerjoin(COUNTY, COUNTY.ags == Parcel.county_ags)
        .outerjoin(Area, Area.id == Parcel.area_id)
    )  # fmt: skip


def _judgement(criteria: SearchCriteria) -> tuple[ColumnElement[Any], ...]:
    """What the profile says, where there is one: middle and ends of the score, and whether the parcel drops out."""
    if criteria.profile is None:
        return ()
    ends = {"score": POINTS_MAX / 2, "score_low": 0.0, "score_high": POINTS_MAX}
    return (
        *(_tenths(ranking.score_sql(criteria.profile, missing)).label(name) for name, missing in ends.items()),
        ranking.knocked_out(criteria.profile).label("knocked_out"),
    )


def _tenths(points: ColumnElement[float]) -> ColumnElement[float]:
    return cast(func.round(cast(points, Numeric), 1), Float)


def _km(metres: ColumnElement[Any]) -> ColumnElement[float]:
    return cast(func.round(cast(metres / 1000.0, Numeric), 3), Float)
