"""The same search for machines: GeoJSON that the database writes and Python only passes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import (
    ARRAY,
    CTE,
    JSON,
    ColumnElement,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Select,
    SQLColumnExpression,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from landportal.gis.drawing import COORDINATE_DIGITS, geojson
from landportal.gis.relations import COUNTY, MUNICIPALITY, freshness
from landportal.model import STORAGE_SRID, Area, Parcel
from landportal.services.collections.parcel_fields import kilometres
from landportal.services.scoring import ranking
from landportal.services.scoring.scales import POINTS_MAX
from landportal.services.search.assembling import Assembly, find_assemblies
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.find import count_parcels, ordered_ids
from landportal.services.search.fitting import placements
from landportal.services.search.preparing import prepared
from landportal.services.search.where import land_of


def parcels_geojson(session: Session, criteria: SearchCriteria, limit: int) -> str:
    """A FeatureCollection (WGS 84) of the first `limit` parcels in list order, with the list's facts."""
    if criteria.assemble_min_ha is not None:
        return _assemblies_geojson(find_assemblies(session, criteria, land_of(None)), limit)
    criteria = prepared(session, criteria, land_of(None))
    page = ordered_ids(criteria, limit).cte("page")
    facts = (
        _facts(session, criteria, page)
        .add_columns(*_judgement(criteria))
        .where(Parcel.id == page.c.id)
        .correlate(page)
        .lateral("facts")
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


def _assemblies_geojson(found: Sequence[Assembly], limit: int) -> str:
    """Each group is one feature: its union in WGS 84, the numbers of its parcels, what it offers as one site."""
    features = [_group_feature(one) for one in found[:limit]]
    told = {"type": "FeatureCollection", "numberMatched": len(found), "numberReturned": len(features)}
    return json.dumps({**told, "features": features}, ensure_ascii=False)


def _group_feature(one: Assembly) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "members": [member.number for member in one.members], "municipalities": list(one.municipalities),
        "area_m2": round(one.area_m2, 1), "net_area_m2": round(one.net_m2, 1), "strips_m2": round(one.strips_m2, 1),
        "owners": one.owners, "compactness": round(one.compactness, 3), "price_eur": one.price_eur,
        "rectangle_min_m": one.rectangle_m and [round(side, 1) for side in one.rectangle_m],
    }  # fmt: skip
    if one.hall:
        placement = geojson(one.hall.hall.shape)
        facts |= {"placement": placement, "placement_angle_deg": round(one.hall.hall.angle_deg, 2)}
    return {"type": "Feature", "geometry": geojson(one.shape), "properties": facts}


def _facts(session: Session, criteria: SearchCriteria, page: CTE) -> Select[*tuple[Any, ...]]:
    """The list's facts; where a hall was asked for, with the place where it may stand and how it is turned."""
    if criteria.fits is None:
        return public_facts()
    placed = placements(session, criteria.fits, session.scalars(select(page.c.id)).all())
    table = func.unnest(
        bindparam("placed_ids", list(placed), type_=ARRAY(Integer)),
        bindparam("placed_shapes", [shapely.to_wkb(one.shape) for one in placed.values()], type_=ARRAY(LargeBinary)),
        bindparam("placed_angles", [round(one.angle_deg, 2) for one in placed.values()], type_=ARRAY(Float)),
    ).table_valued("parcel_id", "shape", "angle_deg", name="placed").render_derived()  # fmt: skip
    shape = func.st_transform(func.st_geomfromwkb(table.c.shape, STORAGE_SRID), 4326)
    return (
        public_facts()
        .add_columns(
            cast(func.st_asgeojson(shape, COORDINATE_DIGITS), JSON).label("placement"),
            table.c.angle_deg.label("placement_angle_deg"),
        )
        .outerjoin(table, table.c.parcel_id == Parcel.id)
    )


def public_facts() -> Select[*tuple[Any, ...]]:
    """The facts a machine gets about a parcel, units in the names; geometry in WGS 84."""
    return (
        select(
            Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.municipality_ags.label("ags"),
            MUNICIPALITY.name.label("municipality"), COUNTY.name.label("county"), Area.slug.label("area"),
            _m2(Parcel.area_m2).label("area_m2"), _m2(Parcel.net_area_m2).label("net_area_m2"),
            Parcel.zone, Parcel.zone_restricted, Parcel.plan_status, Parcel.grz, Parcel.gfz, Parcel.bmz,
            Parcel.status, Parcel.status_since, Parcel.servicing, Parcel.available_from, Parcel.price_eur_m2,
            Parcel.price_on_request, Parcel.price_kind, Parcel.lot_min_m2, Parcel.round_the_clock,
            *(kilometres(getattr(Parcel, f"{kind}_m")).label(f"{kind}_km") for kind in ("motorway", "rail", "airport")),
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


def _m2(area: SQLColumnExpression[Any]) -> ColumnElement[float]:
    return cast(func.round(cast(area, Numeric), 1), Float)
