"""Reading features of a collection for machines: pages in a steady order, one feature, how many there are.

The database writes the finished GeoJSON; Python passes it on. What a collection holds is said in
`services.collections`, what a filter means in `gis.cql2`; addresses and parameters belong to the web floor.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from landportal.db import plan_for_these_values
from landportal.errors import InvalidInput, NotFound
from landportal.gis import cql2
from landportal.gis.fields import Field, Kind
from landportal.gis.offered_crs import CRS84, OfferedCrs, box_in, written_in
from landportal.gis.tile_grids import TileGrid
from landportal.gis.tile_grids import tile as tile_of
from landportal.model import TILE_SRID, Parcel, Revision
from landportal.services import parcels
from landportal.services.collections.collection import Collection

MATCHED_MAX = 20_000
"""Up to this many features a page says how many there are in all; beyond it only ``resultType=hits`` counts."""

TILE_FIELDS = 20
"""Attributes a tile carries at most: the first ones. Everything else is one request away, by the feature's id."""

BIGINT = 2**63


@dataclass(frozen=True)
class Filter:
    """A CQL2 filter as it was sent. `lang` is ``cql2-text`` or ``cql2-json``; coordinates are in `crs`."""

    text: str
    lang: str = "cql2-text"
    crs: OfferedCrs = CRS84


@dataclass(frozen=True)
class Span:
    """A closed interval of time; None leaves a side open."""

    begin: dt.datetime | None
    end: dt.datetime | None


@dataclass(frozen=True)
class FeatureRequest:
    """What is asked of a collection. Conditions add up; boxes are alternatives (west, south, east, north in `box_crs`).

    `equal`: values by field, as text. `sort`: field names with True for descending. `after`: the cursor of a page.
    `properties`: the fields wanted, None for all.
    """

    limit: int = 10
    offset: int = 0
    after: str | None = None
    crs: OfferedCrs = CRS84
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    box_crs: OfferedCrs = CRS84
    span: Span | None = None
    filter: Filter | None = None
    equal: Mapping[str, str] = field(default_factory=dict)
    sort: tuple[tuple[str, bool], ...] = ()
    properties: tuple[str, ...] | None = None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the whole collection is asked for."""
        return bool(self.boxes or self.span or self.filter or self.equal)


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
    return session.scalar(select(func.sum(Revision.value)).where(Revision.subject.in_(collection.subjects))) or 0


def count(session: Session, collection: Collection, request: FeatureRequest, most: int | None = None) -> int | None:
    """How many features `request` matches; None where there are more than `most`."""
    plan_for_these_values(session)
    return _count(session, collection, request, most)


def _count(session: Session, collection: Collection, request: FeatureRequest, most: int | None) -> int | None:
    matching = collection.joined(select(literal(1)).select_from(collection.table)).where(_where(collection, request))
    found = session.scalar(select(func.count()).select_from(matching.limit(most and most + 1).subquery())) or 0
    return found if most is None or found <= most else None


def read_page(session: Session, collection: Collection, request: FeatureRequest) -> Page:
    """The page of `request`. InvalidInput names the parameter that cannot be used."""
    plan_for_these_values(session)
    order = _order(collection, request)
    counted = request.narrowed
    if counted:
        page = _counted_page(session, collection, request, order)
        if page.matched is not None:
            return page
    row = _read(session, collection, request, _cut(_sought(collection, request, order), collection, request, order))
    matched = None if counted else _count(session, collection, request, MATCHED_MAX)
    return Page(row.features or "", row.n, matched, _cursor(row.last))


def _counted_page(session: Session, collection: Collection, request: FeatureRequest, order: _Order) -> Page:
    """Number and page in one pass over what matches; no features, and `matched` None, where that is too much."""
    matched = _sought(collection, request, order).limit(MATCHED_MAX + 1).cte("matched")
    number = select(func.count()).select_from(matched).scalar_subquery()
    here = _Order(tuple((matched.c[f"s{n}"], descending) for n, (_, descending) in enumerate(order.by)), matched.c.key)
    ids = _cut(select(matched).where(number <= MATCHED_MAX), collection, request, here)
    row = _read(session, collection, request, ids, number)
    return Page(row.features or "", row.n, row.number if row.number <= MATCHED_MAX else None, _cursor(row.last))


def _sought(collection: Collection, request: FeatureRequest, order: _Order) -> Select[Any]:
    """Keys and sort values of what matches."""
    sorted_by: list[Any] = [value.label(f"s{n}") for n, (value, _) in enumerate(order.by)]
    looked_at: Select[Any] = select(collection.key.label("key"), *sorted_by)
    return collection.joined(looked_at).where(_where(collection, request))


def _cut(found: Select[Any], collection: Collection, request: FeatureRequest, order: _Order) -> CTE:
    """The rows of `found` that stand on the page, and one more if there is one."""
    behind = found.where(_after(collection, request, order))
    ordered = behind.order_by(*(_ordered(value, descending) for value, descending in order.by), order.key)
    return ordered.limit(request.limit + 1).offset(request.offset).cte("ids")


def _read(session: Session, collection: Collection, request: FeatureRequest, ids: CTE, number: Any = None) -> Any:
    """The features of `ids` as text, how many, the sort values of the last if more follow, and `number`."""
    places = select(ids, func.row_number().over().label("place")).cte("places")
    feature, properties = _feature(collection, request)
    text = func.string_agg(feature, aggregate_order_by(literal(","), places.c.place)).label("features")
    body = collection.joined(
        select(text, func.count().label("n")).select_from(collection.table).join(places, places.c.key == collection.key)
    )
    shown = body.join(properties, true()).where(places.c.place <= request.limit).cte("shown")
    more = select(func.count() > request.limit).select_from(places).scalar_subquery()
    values = (*(places.c[f"s{n}"] for n in range(len(request.sort))), places.c.key)
    last = select(func.json_build_array(*values)).where(places.c.place == request.limit, more).scalar_subquery()
    number = literal(None) if number is None else number
    return session.execute(select(shown.c.features, shown.c.n, last.label("last"), number.label("number"))).one()


def read_feature(session: Session, collection: Collection, feature_id: str, crs: OfferedCrs = CRS84) -> str:
    """One feature as GeoJSON; NotFound if the collection has none of that id."""
    if collection.id_kind is Kind.INTEGER:
        if not (feature_id.isascii() and feature_id.isdigit() and int(feature_id) < BIGINT):
            raise NotFound(feature_id)
        wanted: Any = literal(int(feature_id), BigInteger)
    else:
        wanted = feature_id
    feature, properties = _feature(collection, FeatureRequest(crs=crs))
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
    box = collection.joined(select(func.st_extent(collection.source.geometry).label("box"))).where(collection.visible)
    moved = box.subquery()
    whole = func.st_transform(func.st_setsrid(moved.c.box, collection.source.srid), 4326)
    row = session.execute(
        select(func.st_xmin(whole), func.st_ymin(whole), func.st_xmax(whole), func.st_ymax(whole))
    ).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


# ------------------------------------------------------------------------------------------------------ one feature


def _feature(collection: Collection, request: FeatureRequest) -> tuple[ColumnElement[str], Any]:
    """A feature's GeoJSON, and what has to be joined for it: its properties as a row of their own."""
    wanted = [one for one in collection.fields if request.properties is None or one.name in request.properties]
    shape = func.st_asgeojson(
        written_in(collection.source.geometry, collection.source.srid, request.crs), request.crs.digits
    )
    parts: list[Any] = [
        literal('{"type":"Feature","id":'), cast(func.to_json(collection.feature_id), String),
        literal(',"geometry":'), func.coalesce(shape, "null"), literal(',"properties":'),
    ]  # fmt: skip
    named: list[Any] = [one.value.label(one.name) for one in wanted] or [literal(None).label("none")]
    properties = select(*named).correlate_except().lateral("properties")
    # "properties.*" and not "properties": a layer may well have a column of that name.
    written = cast(func.row_to_json(literal_column("properties.*")), String) if wanted else literal("{}")
    return func.concat(*parts, written, "}"), properties


# -------------------------------------------------------------------------------------------------------- conditions


def _where(collection: Collection, request: FeatureRequest) -> ColumnElement[bool]:
    source = collection.source
    clauses = [collection.visible]
    if request.boxes:
        clauses.append(or_(*(_meets(collection, box_in(box, request.box_crs, source.srid)) for box in request.boxes)))
    if request.span and collection.moment:
        clauses.append(_within(_known(collection, collection.moment, "datetime").value, request.span))
    clauses += [_equals(_known(collection, name, name), text) for name, text in request.equal.items()]
    if request.filter:
        asked = request.filter
        srid, swapped = asked.crs.srid, asked.crs.swapped
        clauses.append(cql2.compile_filter(asked.text, asked.lang, source, srid, swapped=swapped))
    return and_(true(), *clauses)


def _meets(collection: Collection, box: ColumnElement[Any]) -> ColumnElement[bool]:
    met: ColumnElement[bool] = func.st_intersects(collection.source.geometry, box)
    return met if collection.near is None else and_(collection.near(box), met)


def _known(collection: Collection, name: str, parameter: str) -> Field:
    found = collection.source.field(name)
    if found is None:
        raise InvalidInput(f"{collection.id} has no property {name!r}.", parameter)
    return found


def _within(value: SQLColumnExpression[Any], span: Span) -> ColumnElement[bool]:
    """A feature without a time is in every span (OGC API Features Part 1, 7.15.4)."""
    bounds = [value >= span.begin] if span.begin else []
    bounds += [value <= span.end] if span.end else []
    return or_(value.is_(None), and_(true(), *bounds))


def _equals(one: Field, text: str) -> ColumnElement[bool]:
    value = read_value(one, text)
    if one.kind is Kind.INTEGER:
        value = literal(value, BigInteger)  # what no column holds is found nowhere, instead of being out of its range
    equal: ColumnElement[bool] = literal(value) == any_(one.value) if one.kind is Kind.TEXTS else one.value == value
    return equal


def read_value(one: Field, text: str) -> Any:
    """`text` as a value of the field's kind; InvalidInput names the field."""
    try:
        match one.kind:
            case Kind.INTEGER:
                number = int(text) if text.lstrip("+-").isascii() and text.lstrip("+-").isdigit() else None
                if number is None or abs(number) >= BIGINT:
                    raise ValueError(text)
                return number
            case Kind.NUMBER:
                measure = float(text)
                if not math.isfinite(measure):
                    raise ValueError(text)
                return measure
            case Kind.BOOLEAN:
                return {"true": True, "false": False}[text]
            case Kind.DATE:
                return dt.date.fromisoformat(text)
            case Kind.MOMENT:
                moment = dt.datetime.fromisoformat(text)
                return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
            case _:
                return text
    except (ValueError, KeyError):
        raise InvalidInput(f"{text[:80]!r} is no value of the kind {one.kind}.", one.name) from None


# -------------------------------------------------------------------------------------------------- order and cursors


@dataclass(frozen=True, eq=False)
class _Order:
    """What a list is ordered by: values, True for descending; and the key that decides between equal ones."""

    by: tuple[tuple[SQLColumnExpression[Any], bool], ...]
    key: SQLColumnExpression[Any]


def _order(collection: Collection, request: FeatureRequest) -> _Order:
    fields = [(_known(collection, name, "sortby"), descending) for name, descending in request.sort]
    for one, _ in fields:
        if one.kind is Kind.TEXTS:
            raise InvalidInput(f"{one.name} is a list and gives no order.", "sortby")
    return _Order(tuple((one.value, descending) for one, descending in fields), collection.key)


def _ordered(value: SQLColumnExpression[Any], descending: bool) -> ColumnElement[Any]:
    return (value.desc() if descending else value.asc()).nulls_last()


def _after(collection: Collection, request: FeatureRequest, order: _Order) -> ColumnElement[bool]:
    """Rows behind the cursor: equal in the first values and behind in the next, unknown values last."""
    if request.after is None:
        return true()
    *values, key = _read_cursor(request.after, len(order.by) + 1)
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for (value, descending), (name, _), last in zip(order.by, request.sort, values, strict=True):
        bound = None if last is None else _bound(_known(collection, name, "sortby"), last)
        if bound is not None:
            behind = value < bound if descending else value > bound
            alternatives.append(and_(*equal, or_(behind, value.is_(None))))
        equal.append(value.is_(None) if bound is None else value == bound)
    alternatives.append(and_(*equal, order.key > _bound_key(collection, key)))
    return or_(false(), *alternatives)


def _bound(one: Field, last: Any) -> Any:
    try:
        value = read_value(one, str(last).lower() if one.kind is Kind.BOOLEAN else str(last))
    except InvalidInput:
        raise _bad_cursor() from None
    return literal(value, BigInteger) if one.kind is Kind.INTEGER else value


def _bound_key(collection: Collection, key: Any) -> Any:
    if not isinstance(key, collection.key_type) or (isinstance(key, int) and abs(key) >= BIGINT):
        raise _bad_cursor()
    return literal(key, BigInteger) if isinstance(key, int) else key


def _cursor(last: list[Any] | None) -> str | None:
    if last is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(last, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _read_cursor(text: str, length: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise _bad_cursor() from None
    if not isinstance(values, list) or len(values) != length or any(isinstance(v, (list, dict)) for v in values):
        raise _bad_cursor()
    return values


def _bad_cursor() -> InvalidInput:
    return InvalidInput("This place in the list is not known. Please begin anew without “after”.", "after")


# -------------------------------------------------------------------------------------------------------------- tiles


def tile(session: Session, collection: Collection, grid: TileGrid, place: tuple[int, int, int]) -> bytes:
    """The vector tile `place` (level, row, column) of `grid`; empty bytes where nothing lies, InvalidInput beyond."""
    grid.check(*place)
    plan_for_these_values(session)
    plain: list[Any] = [one.value.label(one.name) for one in collection.fields if one.kind is not Kind.TEXTS]
    rows = collection.joined(select(collection.feature_id.label("id"), *plain[:TILE_FIELDS])).where(collection.visible)
    source = collection.source
    if grid.srid == TILE_SRID and collection.tile_geometry is not None:
        return bytes(session.scalar(tile_of(grid, place, collection.tile_geometry, TILE_SRID, rows)) or b"")
    return bytes(session.scalar(tile_of(grid, place, source.geometry, source.srid, rows)) or b"")
