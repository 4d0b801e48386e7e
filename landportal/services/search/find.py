"""One page of a search: the parcels in order with the facts of a result card, the totals and the facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    bindparam,
    case,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.gis.relations import COUNTY, MUNICIPALITY, confirmed_days, recently_confirmed
from landportal.model import (
    FRESHNESS_LADDER,
    AdminLevel,
    AdminUnit,
    Area,
    Infrastructure,
    Parcel,
    ParcelStatus,
    SupersededKey,
    Zone,
)
from landportal.services.permissions import Actor
from landportal.services.scoring import judging, ranking
from landportal.services.scoring.judging import Judged, Wanted
from landportal.services.scoring.stability import CANDIDATES
from landportal.services.search.criteria import SearchCriteria, Sort
from landportal.services.search.cube import COUNTED_MAX
from landportal.services.search.facets import count_by_facet
from landportal.services.search.preparing import prepared
from landportal.services.search.result import CountyChoice, ParcelSummary, PlaceName, SearchResult
from landportal.services.search.where import land_of, where

PAGE_SIZE = 50


def find_parcels(session: Session, criteria: SearchCriteria, actor: Actor | None = None) -> SearchResult:
    """The page of `criteria` with totals and facets; a page beyond the last is empty and says how many there are.

    With `actor` it is a search in the actor's scope, withdrawn parcels included.
    """
    criteria = prepared(session, criteria, land_of(actor))
    # Counts are the same whatever the profile: moving a weight finds their statement kept.
    totals, facets = count_by_facet(session, replace(criteria, profile=None), actor)
    pages = max(1, -(-totals.count // PAGE_SIZE))
    few = totals.count <= COUNTED_MAX and totals.exact
    rows, judged = _rows(session, criteria, actor, few) if criteria.page <= pages and totals.count else ([], {})
    return SearchResult(
        parcels=tuple(_summary(row, judged.get(row.id)) for row in rows),
        count=totals.count,
        total_m2=totals.total_m2,
        available_m2=totals.available_m2,
        page=criteria.page,
        pages=pages,
        facets=facets,
        bounds=totals.bounds,
        exact=totals.exact,
    )


def count_parcels(session: Session, criteria: SearchCriteria, actor: Actor | None = None) -> int:
    """How many parcels satisfy `criteria`."""
    found = where(prepared(session, criteria, land_of(actor)), actor=actor)
    return session.scalar(select(func.count()).select_from(Parcel).where(found)) or 0


def ordering(criteria: SearchCriteria) -> tuple[SQLColumnExpression[Any], ...]:
    """ORDER BY of a result: unknown values last, never confirmed as the oldest, ties by number: pages never overlap.

    `score` is that of the criteria's profile. Without one it stands for: confirmed records first, then the largest,
    which an index keeps in order.
    """
    value: ColumnElement[Any]
    match criteria.sort:
        case Sort.SCORE if criteria.profile:
            return ranking.order(criteria.profile, criteria.reverse)
        case Sort.SCORE:
            confirmed = recently_confirmed(FRESHNESS_LADDER[-1][0])
            pair = (
                (confirmed.asc(), Parcel.area_m2.asc())
                if criteria.reverse
                else (confirmed.desc(), Parcel.area_m2.desc())
            )
            return (*pair, Parcel.id)
        case Sort.SIZE:
            return (Parcel.area_m2.asc() if criteria.reverse else Parcel.area_m2.desc(), Parcel.id)
        case Sort.PRICE:
            value = Parcel.price_eur_m2.desc() if criteria.reverse else Parcel.price_eur_m2.asc()
        case Sort.MOTORWAY:
            value = Parcel.motorway_m.desc() if criteria.reverse else Parcel.motorway_m.asc()
        case Sort.FRESH:
            # Never confirmed is older than anything: first among the oldest, last among the freshest.
            if criteria.reverse:
                return (Parcel.confirmed_at.asc().nulls_first(), Parcel.id)
            value = Parcel.confirmed_at.desc()
        case Sort.NAME:
            name = Parcel.name_de.collate("german")
            value = name.desc() if criteria.reverse else name.asc()
        case Sort.UNTIL:
            value = Parcel.status_until.desc() if criteria.reverse else Parcel.status_until.asc()
        case Sort.STATUS:
            place = case({code: place for place, code in enumerate(ParcelStatus)}, value=Parcel.status)
            value = place.desc() if criteria.reverse else place.asc()
    return (value.nulls_last(), Parcel.id)


def ordered_ids(
    criteria: SearchCriteria, limit: int, offset: int = 0, actor: Actor | None = None, *, few: bool = False
) -> Select[*tuple[Any, ...]]:
    """Ids of the result in order with their place in it; details are joined to these few, never computed before.

    `few`: no more than a search counts. They are sorted, and never looked for along an index that has the order: where
    conditions seldom meet, that went through a million parcels.
    """
    found = where(criteria, actor=actor)
    if few:
        order = (_NO_INDEX, *ordering(criteria))
        ids = select(Parcel.id).where(found).order_by(*order).limit(limit).offset(offset).cte("ids")
        return select(ids.c.id, func.row_number().over().label("place"))
    # Where freshness is chosen, one half may be empty, which an index tells only after looking at all of it.
    if criteria.sort is Sort.SCORE and not criteria.profile and not criteria.freshness:
        ids = _confirmed_first(found, criteria.reverse, limit + offset).limit(limit).offset(offset).cte("ids")
    else:
        ids = select(Parcel.id).where(found).order_by(*ordering(criteria)).limit(limit).offset(offset).cte("ids")
    return select(ids.c.id, func.row_number().over().label("place"))


_NO_INDEX = Parcel.id * 0
"""The same of every parcel, which the planner does not see: no index has the order that begins with it. Of a constant
it does see it."""


def _confirmed_first(found: ColumnElement[bool], reverse: bool, limit: int) -> Select[*tuple[Any, ...]]:
    """The order of confirmed records first, each half found by size: an index has that order, and none has both."""
    by_size = Parcel.area_m2.asc() if reverse else Parcel.area_m2.desc()
    confirmed = recently_confirmed(FRESHNESS_LADDER[-1][0])
    halves = (
        select(Parcel.id, Parcel.area_m2, literal(place).label("half"))
        .where(found, half)
        .order_by(by_size, Parcel.id)
        .limit(limit)
        .subquery()
        for place, half in enumerate((~confirmed, confirmed) if reverse else (confirmed, ~confirmed))
    )
    both = union_all(*(select(half) for half in halves)).subquery("halves")
    return select(both.c.id).order_by(
        both.c.half, both.c.area_m2.asc() if reverse else both.c.area_m2.desc(), both.c.id
    )


def _rows(
    session: Session, criteria: SearchCriteria, actor: Actor | None, few: bool
) -> tuple[Sequence[Row[*tuple[Any, ...]]], Mapping[int, Judged]]:
    """The rows of the page and, with a profile, how it judges them."""
    if criteria.profile is None:
        return session.execute(_page(criteria, actor, few)).all(), {}
    wanted = Wanted(_candidates(criteria, actor), PAGE_SIZE, _leads(criteria))
    page = {parcel.id: parcel for parcel in judging.judge(session, criteria.profile, wanted)}
    return session.execute(_rows_of_ids(), {"ids": list(page)}).all(), page


@lru_cache(maxsize=64)
def _candidates(criteria: SearchCriteria, actor: Actor | None) -> Select[*tuple[Any, ...]]:
    """The parcels of a page with their facts; on the first also those that other weights might bring to its top."""
    limit = CANDIDATES if _leads(criteria) else PAGE_SIZE
    return ranking.with_facts(ordered_ids(criteria, limit, (criteria.page - 1) * PAGE_SIZE, actor))


def _leads(criteria: SearchCriteria) -> bool:
    """Whether the page begins with the best of a profile."""
    return criteria.page == 1 and criteria.sort is Sort.SCORE and not criteria.reverse


@lru_cache(maxsize=256)
def _page(criteria: SearchCriteria, actor: Actor | None, few: bool) -> Select[*tuple[Any, ...]]:
    """The rows of a page; kept like the statement of its facets."""
    ids = ordered_ids(criteria, PAGE_SIZE, (criteria.page - 1) * PAGE_SIZE, actor, few=few)
    return _card_facts(ids.cte("page"))


@cache
def _rows_of_ids() -> Select[*tuple[Any, ...]]:
    """The rows of the parcels `ids`, in that order."""
    ids = func.unnest(bindparam("ids", type_=ARRAY(Integer))).table_valued("id", with_ordinality="place", name="page")
    return _card_facts(ids.render_derived())


def _card_facts(page: FromClause) -> Select[*tuple[Any, ...]]:
    """What result cards say about the parcels of `page` (id, place)."""
    outline = func.st_simplifypreservetopology(Parcel.geom, 2)
    at_origin = func.st_translate(outline, -func.st_xmin(Parcel.geom), -func.st_ymax(Parcel.geom))
    return (
        select(
            Parcel.id, Parcel.number, Parcel.name_de, Parcel.name_en, Parcel.area_m2, Parcel.zone,
            Parcel.zone_restricted, Parcel.status, Parcel.price_eur_m2, Parcel.price_on_request, Parcel.motorway_m,
            Parcel.motorway_name,
            Parcel.lon, Parcel.lat,
            confirmed_days().label("confirmed_days"),
            MUNICIPALITY.name.label("municipality"), COUNTY.name.label("county"), COUNTY.kind.label("county_kind"),
            Area.slug.label("area_slug"), Infrastructure.ref.label("motorway_ref"),
            func.st_assvg(at_origin, 1, 0).label("outline"),
            (func.st_xmax(Parcel.geom) - func.st_xmin(Parcel.geom)).label("width"),
            (func.st_ymax(Parcel.geom) - func.st_ymin(Parcel.geom)).label("height"),
        )
        .join(page, page.c.id == Parcel.id)
        .outerjoin(MUNICIPALITY, MUNICIPALITY.ags == Parcel.municipality_ags)
        .outerjoin(COUNTY, COUNTY.ags == Parcel.county_ags)
        .outerjoin(Area, Area.id == Parcel.area_id)
        .outerjoin(Infrastructure, Infrastructure.id == Parcel.motorway_id)
        .order_by(page.c.place)
    )  # fmt: skip


def _summary(row: Row[*tuple[Any, ...]], judged: Judged | None = None) -> ParcelSummary:
    return ParcelSummary(
        number=row.number,
        name_de=row.name_de,
        name_en=row.name_en,
        municipality=row.municipality,
        county=row.county,
        county_kind=row.county_kind,
        area_slug=row.area_slug,
        area_m2=row.area_m2,
        zone=Zone(row.zone) if row.zone else None,
        zone_restricted=row.zone_restricted,
        status=ParcelStatus(row.status),
        price_eur_m2=row.price_eur_m2,
        price_on_request=row.price_on_request,
        motorway_m=row.motorway_m,
        motorway_name=row.motorway_name,
        motorway_ref=row.motorway_ref,
        confirmed_days=row.confirmed_days,
        lon=row.lon,
        lat=row.lat,
        outline=row.outline,
        outline_width_m=row.width,
        outline_height_m=row.height,
        judged=judged,
    )


def counties(session: Session) -> tuple[CountyChoice, ...]:
    """The counties a search can be narrowed to, in German alphabetical order."""
    statement = (
        select(AdminUnit.ags, AdminUnit.name, AdminUnit.kind)
        .where(AdminUnit.level == AdminLevel.COUNTY, AdminUnit.valid_to.is_(None))
        .order_by(AdminUnit.name.collate("german"))
    )
    return tuple(CountyChoice(row.ags, row.name, row.kind) for row in session.execute(statement))


def place_names(session: Session, criteria: SearchCriteria) -> dict[str, PlaceName]:
    """Names of the places `criteria` asks for, by key and slug; InvalidInput names the field of an unknown one."""
    names: dict[str, PlaceName] = {}
    for key in criteria.ags:
        name = session.scalar(select(AdminUnit.name).where(AdminUnit.ags == key)) or session.scalar(
            select(SupersededKey.name).where(SupersededKey.ags == key)
        )
        if name is None:
            raise InvalidInput(key, "ags")
        names[key] = PlaceName(name, None)
    if criteria.area:
        area = session.execute(select(Area.name_de, Area.name_en).where(Area.slug == criteria.area)).first()
        if area is None:
            raise InvalidInput(criteria.area, "area")
        names[criteria.area] = PlaceName(area.name_de, area.name_en)
    return names
