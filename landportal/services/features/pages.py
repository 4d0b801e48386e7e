"""Pages of a collection's features, one feature, how many there are, where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, CTE, BigInteger, Select, Text, any_, bindparam, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from landportal.db import plan_for_these_values
from landportal.errors import NotFound
from landportal.gis.fields import Kind
from landportal.gis.offered_crs import CRS84, OfferedCrs
from landportal.model import Parcel, Revision
from landportal.services import parcels
from landportal.services.collections.collection import Collection
from landportal.services.features.asked import BIGINT, FeatureRequest, where
from landportal.services.features.order import Order, behind, cursor, order_of
from landportal.services.features.written import feature_text, features_of

MATCHED_MAX = 20_000
"""Up to this many features a page says how many there are in all; beyond it only ``resultType=hits`` counts."""

NEAR = 5_000
"""Among so many keys a page of a wide filter is looked for first."""

_REVISION = select(func.sum(Revision.value)).where(Revision.subject == any_(bindparam("subjects", type_=ARRAY(Text))))


@dataclass(frozen=True)
class Page:
    """A page as text: `features` are GeoJSON features joined by commas. `matched` None: more than are counted.

    `next` is the cursor of the page after this one, None on the last.
    """

    features: str
    returned: int
    matched: int | None
    next: str | None


def revision(session: Session, collection: Collection) -> int:
    """A number that every transaction moves which changes what the collection shows."""
    return session.scalar(_REVISION, {"subjects": list(collection.subjects)}) or 0


def count(session: Session, collection: Collection, request: FeatureRequest, most: int | None = None) -> int | None:
    """How many features `request` matches; None where there are more than `most`."""
    plan_for_these_values(session)
    return _count(session, collection, request, most)


def _count(session: Session, collection: Collection, request: FeatureRequest, most: int | None) -> int | None:
    condition = where(collection, request)
    matching = collection.joined_for(select(literal(1)).select_from(collection.table), condition).where(condition)
    found = session.scalar(select(func.count()).select_from(matching.limit(most and most + 1).subquery())) or 0
    return found if most is None or found <= most else None


def read_page(session: Session, collection: Collection, request: FeatureRequest) -> Page:
    """The page of `request`. InvalidInput names the parameter that cannot be used.

    First the keys of the page are found, then their features written: the second statement is the same for every page.
    """
    plan_for_these_values(session)
    order = order_of(collection, request)
    found = _counted(session, collection, request, order) if request.narrowed else None
    if found is None:
        found = _first(session, _sought(collection, request, order), collection, request, order)
        matched = _count(session, collection, request, MATCHED_MAX)
    elif found.number > MATCHED_MAX:
        found, matched = _of_many(session, collection, request, order), None
    else:
        matched = found.number
    page = features_of(collection, request.properties, request.crs)
    row = session.execute(page, {"keys": found.keys_of_page or []}).one()
    return Page(row.features or "", row.n, matched, cursor(found.last))


def _counted(session: Session, collection: Collection, request: FeatureRequest, order: Order) -> Any:
    """Number and keys of the page in one pass over what matches; no keys where that is too much."""
    matched = _sought(collection, request, order).limit(MATCHED_MAX + 1).cte("matched")
    counted = select(func.count().label("n")).select_from(matched).cte("counted")
    number = select(counted.c.n).scalar_subquery()
    here = Order(tuple((matched.c[f"s{n}"], descending) for n, (_, descending) in enumerate(order.by)), matched.c.key)
    ids = _cut(select(matched).where(number <= MATCHED_MAX), collection, request, here)
    return session.execute(_placed(ids, request).add_columns(number.label("number"))).one()


def _of_many(session: Session, collection: Collection, request: FeatureRequest, order: Order) -> Any:
    """Keys of a page of more than are counted: looked for among the next few, else put in order all of them.

    Along the keys what matches may come late: a county's sites stood behind 237,000 others (320 ms). And where much
    matches, putting all in order takes as long.
    """
    sought = _sought(collection, request, order)
    if order.by:
        return _first(session, sought, collection, request, order)
    key: Select[Any] = select(collection.key.label("key"))
    near = collection.joined_for(key, collection.visible).where(collection.visible, behind(collection, request, order))
    last = select(func.max(near.order_by(collection.key).limit(NEAR).subquery().c.key)).scalar_subquery()
    found = _first(session, sought.where(collection.key <= last), collection, request, order)
    if found.last is not None:
        return found
    matched = sought.cte("matched").prefix_with("MATERIALIZED")
    return _first(session, select(matched), collection, request, Order((), matched.c.key))


def _first(session: Session, sought: Select[Any], collection: Collection, request: FeatureRequest, order: Order) -> Any:
    return session.execute(_placed(_cut(sought, collection, request, order), request)).one()


def _sought(collection: Collection, request: FeatureRequest, order: Order) -> Select[Any]:
    """Keys and sort values of what matches."""
    sorted_by: list[Any] = [value.label(f"s{n}") for n, (value, _) in enumerate(order.by)]
    looked_at: Select[Any] = select(collection.key.label("key"), *sorted_by)
    condition = where(collection, request)
    return collection.joined_for(looked_at, condition, *sorted_by).where(condition)


def _cut(found: Select[Any], collection: Collection, request: FeatureRequest, order: Order) -> CTE:
    """The rows of `found` that stand on the page, and one more if there is one."""
    rest = found.where(behind(collection, request, order)).order_by(*order.clauses())
    return rest.limit(request.limit + 1).offset(request.offset).cte("ids")


def _placed(ids: CTE, request: FeatureRequest) -> Select[Any]:
    """The keys of the page in order, and the sort values of the last if more follow."""
    places = select(ids, func.row_number().over().label("place")).cte("places")
    keys = func.array_agg(aggregate_order_by(places.c.key, places.c.place)).filter(places.c.place <= request.limit)
    more = select(func.count() > request.limit).select_from(places).scalar_subquery()
    values = (*(places.c[f"s{n}"] for n in range(len(request.sort))), places.c.key)
    last = select(func.json_build_array(*values)).where(places.c.place == request.limit, more).scalar_subquery()
    return select(keys.label("keys_of_page"), last.label("last")).select_from(places)


def read_feature(session: Session, collection: Collection, feature_id: str, crs: OfferedCrs = CRS84) -> str:
    """One feature as GeoJSON; NotFound if the collection has none of that id."""
    if collection.id_kind is Kind.INTEGER:
        if not (feature_id.isascii() and feature_id.isdigit() and int(feature_id) < BIGINT):
            raise NotFound(feature_id)
        wanted: Any = literal(int(feature_id), BigInteger)
    else:
        wanted = feature_id
    feature, properties = feature_text(collection, None, crs)
    found = collection.joined(select(feature).select_from(collection.table)).join(properties, true())
    text = session.scalar(found.where(collection.feature_id == wanted, collection.visible))
    if text is None and collection.table is Parcel:
        parcels.refuse_withdrawn(session, feature_id)
    if text is None:
        raise NotFound(feature_id)
    return str(text)


def extent(session: Session, collection: Collection) -> tuple[float, float, float, float] | None:
    """Lon/lat box around the collection; None while it is empty."""
    if collection.box:
        west, south, east, north = collection.box
        return west, south, east, north
    box = func.st_extent(collection.source.geometry).label("box")
    moved = collection.joined_for(select(box), box).where(collection.visible).subquery()
    whole = func.st_transform(func.st_setsrid(moved.c.box, collection.source.srid), 4326)
    row = session.execute(
        select(func.st_xmin(whole), func.st_ymin(whole), func.st_xmax(whole), func.st_ymax(whole))
    ).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])
