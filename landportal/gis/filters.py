"""One small function per search criterion, each returning one SQL clause on `Parcel`.

Distances are metres on the ground, areas square metres of EPSG:25832, boxes lon/lat. What may be asked and how
criteria combine is decided in `services.search`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    CollectionAggregate,
    ColumnElement,
    Integer,
    SQLColumnExpression,
    and_,
    any_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)

from landportal.gis.fit import Hall, decision
from landportal.gis.relations import days_ago
from landportal.model import (
    FRESHNESS_LADDER,
    STORAGE_SRID,
    AdminUnit,
    Area,
    Freshness,
    Parcel,
    ParcelPotential,
    ParcelStatus,
    ParcelTally,
    ParcelTravel,
    SupersededKey,
)

ROUNDING_M2 = 0.5
"""Areas are told to the square metre: 49,999.6 m² counts as 5 ha."""

ROUNDING = 1e-6
"""A hall that fits without any play may be larger than the net area by noise."""

ROUNDING_MIN = 0.5
"""Driving times are told to the minute: 10.4 minutes count as 10."""

FUZZY_MIN_LENGTH = 4
"""Shorter words have too few trigrams to tell a typing error from another word."""

POINT_DEG = 1e-9
"""A box without extent is widened by this (0.1 mm), because a polygon without area is none."""

MEASURABLE = (-6.0, 30.0, 24.0, 75.0)
"""Lon/lat box in which the storage CRS measures; nothing is stored outside, and boxes are cut to it."""


def has_words(q: str) -> ColumnElement[bool]:
    """Every word of `q` stands in the parcel's names, places and numbers, accents and ae/oe/ue spellings folded."""
    return and_(*(Parcel.search_text.like(_contains(word)) for word in q.split()))


def text_matches(q: str, spelled: bool | None = None) -> ColumnElement[bool]:
    """The parcel has the words of `q`; when no parcel at all has them, words that differ by a typing error count too.

    `spelled` tells whether any parcel has them, where that is known. Alike are words by their trigrams.
    """
    words = q.split()
    literally = has_words(q)
    fuzzy = [word for word in words if len(word) >= FUZZY_MIN_LENGTH]
    if spelled or not fuzzy:
        return literally
    alike = and_(
        *(func.fold_text(word).bool_op("<%")(Parcel.search_text) for word in fuzzy),
        *(Parcel.search_text.like(_contains(word)) for word in words if word not in fuzzy),
    )
    if spelled is False:
        return alike
    return or_(literally, and_(not_(exists(select(Parcel.id).where(literally).correlate(None))), alike))


def _contains(word: str) -> ColumnElement[str]:
    """Pattern for `word` anywhere, its own wildcards taken literally."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return func.concat("%", func.fold_text(escaped), "%")


def in_admin_units(
    keys: Sequence[str], land: type[Parcel | ParcelTally] = Parcel, *, current: bool = False
) -> ColumnElement[bool]:
    """The parcel lies in one of the units: state (2 digits), county (5) or municipality (8, superseded ones too).

    `current`: no key is a superseded one; a plan for a key that is looked up does not know how large the county is.
    Tallies know counties alone.
    """
    return or_(*(_in_admin_unit(key, land, current) for key in keys))


def _in_admin_unit(key: str, land: type[Parcel | ParcelTally], current_key: bool) -> ColumnElement[bool]:
    if len(key) == 2:
        return land.county_ags.like(f"{key}%")
    column: SQLColumnExpression[Any] = land.county_ags if len(key) == 5 else Parcel.municipality_ags
    if current_key:
        return column == key
    successor = select(SupersededKey.successor_ags).where(SupersededKey.ags == key).scalar_subquery()
    current = select(AdminUnit.ags).where(AdminUnit.ags == key).scalar_subquery()
    return column == func.coalesce(current, successor, key)


def in_area(slug: str) -> ColumnElement[bool]:
    """The parcel belongs to the area."""
    return Parcel.area_id == select(Area.id).where(Area.slug == slug).scalar_subquery()


def one_of_codes(column: SQLColumnExpression[Any], codes: Sequence[object]) -> ColumnElement[bool]:
    """`column` holds one of `codes`."""
    return column.in_(codes)


def area_between(low_m2: float | None, high_m2: float | None) -> ColumnElement[bool]:
    """The parcel's area lies within the bounds, both included, to the square metre."""
    bounds: list[ColumnElement[bool]] = []
    if low_m2 is not None:
        bounds.append(Parcel.area_m2 >= low_m2 - ROUNDING_M2)
    if high_m2 is not None:
        bounds.append(Parcel.area_m2 <= high_m2 + ROUNDING_M2)
    return and_(*bounds)


def net_area_from(low_m2: float) -> ColumnElement[bool]:
    """What can be built on is known and not smaller than the bound, to the square metre."""
    return Parcel.net_area_m2 >= low_m2 - ROUNDING_M2


def holds(hall: Hall, examined: Sequence[int]) -> ColumnElement[bool]:
    """The hall fits into the net area: by the bounds kept of it, or as the exact test has found for `examined`."""
    known = or_(surely_holds(hall), ParcelPotential.parcel_id == any_of(examined))
    return and_(has_room_for(hall), Parcel.id.in_(select(ParcelPotential.parcel_id).where(known)))


def has_room_for(hall: Hall) -> ColumnElement[bool]:
    """The net area is not smaller than the hall's footprint; said of the parcel, so that others are never looked up."""
    return Parcel.net_area_m2 >= hall.area_m2 * (1 - ROUNDING)


def surely_holds(hall: Hall) -> ColumnElement[bool]:
    """A kept rectangle that fits contains the hall (`gis.fit.steps.decision`, as SQL)."""
    enough = decision(hall).enough
    return _known(*(_kept(ParcelPotential.fit_lower_m, place) >= metres for place, metres in enough))


def surely_too_small_for(hall: Hall) -> ColumnElement[bool]:
    """The hall contains a rectangle that is larger than any of its ratio that fits."""
    too_little = decision(hall).too_little
    return _known(*(_kept(ParcelPotential.fit_upper_m, place) < metres for place, metres in too_little))


def _known(*answers: ColumnElement[bool]) -> ColumnElement[bool]:
    """One of `answers` says yes; a bound that is not there says nothing."""
    return func.coalesce(or_(*answers), false())


def _kept(bounds: SQLColumnExpression[Any], place: int) -> ColumnElement[float]:
    """The bound of one ratio; arrays of the database count from 1."""
    return bounds[literal_column(str(place + 1))]


def one_of_ids(ids: Sequence[int]) -> ColumnElement[bool]:
    """The parcel is one of these."""
    return Parcel.id == any_of(ids)


def any_of(values: Sequence[int], kind: type[Integer] = Integer) -> CollectionAggregate[Any]:
    """One of `values`, as one bound array: statements stay the same however many there are."""
    return any_(bindparam(None, list(values), type_=ARRAY(kind)))


def price_up_to(eur_m2: float) -> ColumnElement[bool]:
    """A price is named and not above the bound; on request does not count."""
    return Parcel.price_eur_m2 <= eur_m2


def available_by(day: dt.date) -> ColumnElement[bool]:
    """Available on `day`; a parcel that is available and names no date is available now."""
    now = case((Parcel.status == ParcelStatus.AVAILABLE, literal(dt.date.min)))
    return func.coalesce(Parcel.available_from, now) <= day


def on_steps(steps: Sequence[Freshness]) -> ColumnElement[bool]:
    """The last confirmation stands on one of these steps of the ladder, counted in whole days."""
    return or_(*(_on_step(step) for step in steps))


def _on_step(step: Freshness) -> ColumnElement[bool]:
    """Said of the column itself, so that an index on it could serve; never confirmed counts as unconfirmed."""
    steps = [known for _, known in FRESHNESS_LADDER]
    bounds: list[ColumnElement[bool]] = []
    if step in steps:
        bounds.append(Parcel.confirmed_at > days_ago(FRESHNESS_LADDER[steps.index(step)][0] + 1))
    if step != steps[0]:
        before = FRESHNESS_LADDER[steps.index(step) - 1 if step in steps else -1][0]
        bounds.append(Parcel.confirmed_at <= days_ago(before + 1))
    within_bounds = and_(*bounds)
    return within_bounds if step in steps else or_(within_bounds, Parcel.confirmed_at.is_(None))


def within(distance_m: SQLColumnExpression[Any], limit_km: float) -> ColumnElement[bool]:
    """One of the parcel's nearest-distances is not above the limit (straight line on the ground)."""
    return distance_m <= limit_km * 1000


def driven_within(kind: str, limit_min: float) -> ColumnElement[bool]:
    """The way by lorry to the nearest destination of `kind` takes no longer; a way nobody knows does not count."""
    known = select(ParcelTravel.parcel_id).where(ParcelTravel.kind == kind)
    return Parcel.id.in_(known.where(ParcelTravel.minutes < limit_min + ROUNDING_MIN))


def outside_constraints(kinds: Sequence[str]) -> ColumnElement[bool]:
    """No zone of these kinds covers more than a sliver of the parcel."""
    overlapping: ColumnElement[bool] = Parcel.constraint_kinds.overlap(list(kinds))
    return not_(overlapping)


def intersects_box(west: float, south: float, east: float, north: float) -> ColumnElement[bool]:
    """The parcel meets the lon/lat box; `west > east` crosses the antimeridian and means the two boxes beside it."""
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    pieces = [piece for low, high in spans if (piece := _cut_to_measurable(low, south, high, north))]
    if not pieces:
        return false()
    return or_(*(func.st_intersects(Parcel.geom, _box_in_storage_crs(*piece)) for piece in pieces))


def _cut_to_measurable(
    west: float, south: float, east: float, north: float
) -> tuple[float, float, float, float] | None:
    low_x, low_y, high_x, high_y = MEASURABLE
    cut = (max(west, low_x), max(south, low_y), min(east, high_x), min(north, high_y))
    return cut if cut[0] <= cut[2] and cut[1] <= cut[3] else None


def _box_in_storage_crs(west: float, south: float, east: float, north: float) -> ColumnElement[Any]:
    """The box with points along its sides, because a parallel is a curve in the storage CRS."""
    step = max((east - west) / 10, (north - south) / 10, POINT_DEG)
    box = func.st_expand(func.st_makeenvelope(west, south, east, north, 4326), POINT_DEG)
    return func.st_transform(func.st_segmentize(box, step), STORAGE_SRID)
