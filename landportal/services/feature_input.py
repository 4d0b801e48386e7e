"""What a GeoJSON feature that a program sends says of a parcel: typed values and a shape, or faults with their place.

Properties are named and typed as machines read them (`collections.parcel_fields`) and bound by the rules of the desk's
form (`parcel_input`). Programs send back everything they got: what has the value it had is no change, whatever it is.
Storing is the work of `feature_edits`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shapely import MultiPolygon, from_wkb
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.gis.feature_shapes import read_geometry, stored_from
from landportal.gis.fields import Field, Kind
from landportal.gis.notes import Fact
from landportal.gis.offered_crs import OfferedCrs
from landportal.gis.shapes import refuse_elsewhere
from landportal.model import STORAGE_SRID, Area
from landportal.services.collections.parcel_fields import parcel_fields
from landportal.services.edits import EDITABLE
from landportal.services.parcel_input import Problem, read_parcel

MEMBERS = frozenset({"type", "id", "geometry", "properties", "links", "bbox"})
"""What a feature of ours has; `links` and `bbox` follow from the rest and are not looked at."""

KEPT_IN_REPLACEMENT = frozenset({"status", "status_since", "status_until"})
"""A parcel always has a status: a replacement that does not name it leaves it."""

NAME_SHOWN = 60
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """Something wrong with the feature: where (a JSON pointer, RFC 6901), and what; `name` is the attribute's."""

    pointer: str
    problem: Problem
    name: str | None = None


class FeatureRefused(InvalidInput):
    """The feature cannot be taken over; `faults` are all that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("feature_refused", faults[0].pointer)
        self.faults = tuple(faults)


@dataclass(frozen=True)
class FeatureBody:
    """A feature as it was sent: properties by name, not yet looked at, and its shape in `crs`, None where none.

    `complete` are the properties that are unknown from now on where it leaves them out: none for a patch (RFC 7396).
    """

    properties: Mapping[str, Any]
    shape: MultiPolygon | None
    crs: OfferedCrs
    complete: frozenset[str] = frozenset()


def fault(pointer: str, code: str, typed: object = "", **facts: Fact) -> Fault:
    """A fault at a place that is no attribute."""
    return Fault(pointer, Problem(code, str(typed)[:NAME_SHOWN], facts))


def read_body(content: object, crs: OfferedCrs, number: str | None, complete: frozenset[str] | None) -> FeatureBody:
    """The feature `content` (parsed JSON) for parcel `number`, None for a new one; FeatureRefused, BadShape.

    Without `complete` it is a patch, which may leave out everything.
    """
    whole = complete is not None
    if not isinstance(content, dict) or (content.get("type", None if whole else "Feature") != "Feature"):
        raise FeatureRefused([fault("/type", "not_a_feature")])
    faults = [fault(_pointer(name), "unknown_member", name) for name in content if name not in MEMBERS | {"crs"}]
    if "crs" in content:
        # GeoJSON of 2008 named a CRS here; one that is not looked at would put the land elsewhere.
        faults.append(fault("/crs", "other_crs"))
    if number is not None and content.get("id", number) != number:
        faults.append(fault("/id", "other_id"))
    properties: Any = content.get("properties", None if whole else {})
    if not isinstance(properties, dict):
        faults.append(fault("/properties", "not_a_feature"))
    shape = content.get("geometry")
    if (whole or "geometry" in content) and not isinstance(shape, dict):
        faults.append(fault("/geometry", "geometry_missing"))
    if faults:
        raise FeatureRefused(faults)
    return FeatureBody(
        properties, read_geometry(shape, crs) if shape is not None else None, crs, complete or frozenset()
    )


def read_shape(session: Session, body: FeatureBody) -> MultiPolygon | None:
    """The shape of `body` in EPSG:25832; BadShape where that CRS is not used."""
    if body.shape is None or body.crs.srid == STORAGE_SRID:
        shape = body.shape
    else:
        shape = from_wkb(session.scalar(select(stored_from(body.shape, body.crs))))
    if shape is not None:
        refuse_elsewhere(shape, "geometry")
    return shape


def _pointer(*names: str) -> str:
    return "".join("/" + name[:NAME_SHOWN].replace("~", "~0").replace("/", "~1") for name in names)


def editable_fields() -> tuple[Field, ...]:
    """The fields of a parcel that may be written."""
    return tuple(field for field in parcel_fields() if field.name in EDITABLE or field.name == "area")


def read_values(session: Session, body: FeatureBody, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that `body` wants different from `shown` (all fields as machines read them), typed as the columns.

    For a new parcel `shown` is empty. FeatureRefused names every property that is unknown, read-only or unfit.
    """
    changed, faults = _changed(_completed(body), shown)
    values: dict[str, Any] = {}
    typed: dict[str, str] = {}
    for field, value in changed:
        try:
            if value is None and field.name in {"name_de", "status"}:
                raise _UnfitError("missing")
            if field.name == "area":
                values["area_id"] = _area(session, value)
            elif field.codes and value is not None:
                values[field.name] = _code(field, value)
            else:
                typed[field.name] = _typed(field, value)
        except _UnfitError as unfit:
            faults.append(_at(field.name, Problem(unfit.code, str(value)[:NAME_SHOWN], unfit.facts)))
    read = read_parcel(typed, "en", ())
    faults += [_at(name, problem) for name, problem in read.problems.items()]
    values |= read.values
    if _priced_twice(values, shown):
        faults.append(_at("price_on_request", Problem("price_and_on_request", "")))
    if faults:
        raise FeatureRefused(faults)
    return values


def _at(name: str, problem: Problem) -> Fault:
    return Fault(_pointer("properties", name), problem, name)


def _completed(body: FeatureBody) -> Mapping[str, Any]:
    """The properties, with what a replacement leaves out as unknown."""
    emptied = body.complete - KEPT_IN_REPLACEMENT
    left_out = {field.name: None for field in editable_fields() if field.name in emptied}
    return {**left_out, **body.properties}


def _changed(properties: Mapping[str, Any], shown: Mapping[str, Any]) -> tuple[list[tuple[Field, Any]], list[Fault]]:
    """The fields that shall have another value than `shown`, and faults for those that cannot."""
    known = {field.name: field for field in parcel_fields()}
    editable = {field.name for field in editable_fields()}
    changed: list[tuple[Field, Any]] = []
    faults: list[Fault] = []
    for name, value in properties.items():
        if name not in known:
            faults.append(fault(_pointer("properties", name), "unknown_property", name))
        elif same(known[name], value, shown.get(name)):
            continue
        elif name in editable:
            changed.append((known[name], value))
        else:
            faults.append(_at(name, Problem("read_only", str(value)[:NAME_SHOWN])))
    return changed, faults


def same(field: Field, sent: Any, shown: Any) -> bool:
    """Whether a value that was sent says what is shown: programs write numbers and moments in their own way."""
    if sent is None or shown is None or isinstance(sent, bool) or isinstance(shown, bool):
        return sent is shown or (sent is None and shown == [])
    if isinstance(sent, int | float) and isinstance(shown, int | float):
        return abs(sent) < 1e300 and math.isclose(sent, shown, rel_tol=1e-9)
    if field.kind is Kind.MOMENT and isinstance(sent, str):
        return _moment(sent) == _moment(shown)
    return bool(sent == shown)


def _moment(text: str) -> dt.datetime | str:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    # Programs cut moments to the millisecond or the second.
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).replace(microsecond=0)


# ------------------------------------------------------------------------------------------------------------- values


class _UnfitError(Exception):
    def __init__(self, code: str, **facts: Fact) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def _area(session: Session, slug: Any) -> int | None:
    if slug is None:
        return None
    known = isinstance(slug, str) and _SLUG.fullmatch(slug)
    found = session.scalar(select(Area.id).where(Area.slug == slug)) if known else None
    if found is None:
        raise _UnfitError("code_unknown", allowed="")
    return found


def _code(field: Field, value: Any) -> Any:
    """A code as it is kept; nothing but the code itself, where a form would understand words too."""
    as_text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if as_text not in field.codes or isinstance(value, str) == (field.kind is Kind.INTEGER):
        raise _UnfitError("code_unknown", allowed=", ".join(field.codes))
    return value


def _typed(field: Field, value: Any) -> str:
    """The value as a form would bring it, after its kind was looked at."""
    if value is None:
        return ""
    if field.kind is Kind.BOOLEAN and isinstance(value, bool):
        return "1" if value else "0"
    if field.kind in {Kind.INTEGER, Kind.NUMBER} and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    if field.kind is Kind.TEXT and isinstance(value, str):
        return value
    if field.kind is Kind.DATE and isinstance(value, str) and _DAY.fullmatch(value):
        return value
    if field.kind is Kind.TEXTS and isinstance(value, list) and all(isinstance(text, str) for text in value):
        return "\n".join(value)
    raise _UnfitError("wrong_type", kind=str(field.kind))


def _number(value: float) -> str:
    """In plain digits: the reader of numbers takes an exponent for a unit where it is long."""
    if abs(value) >= 1e15:
        raise _UnfitError("number_too_large")
    return f"{value:.10f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _priced_twice(values: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    price, on_request = (values.get(name, shown.get(name)) for name in ("price_eur_m2", "price_on_request"))
    return price is not None and bool(on_request)
