"""Query string ↔ SearchCriteria: the only reader and the only writer of search arguments.

One table names every parameter, how it is read and how it is written. Every bad value is told at its field, all of
them at once; nothing is ignored. Labels of the fields live in `wording`, what a criterion means in `gis.filters`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any
from urllib.parse import quote, urlencode

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from landportal.errors import InvalidInput
from landportal.model import ConstraintKind, Freshness, ParcelStatus, PlanStatus, Zone
from landportal.services.scoring import Profile
from landportal.services.search import BoundingBox, Hall, SearchCriteria, Sort
from landportal.web import profile_params
from landportal.web.reading import today

Q_LENGTH_MAX = 200
VALUE_LENGTH_MAX = 80
REPEATS_MAX = 60
UNKNOWN_TOLD_MAX = 5

_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?", re.ASCII)
_SIGNED = re.compile(r"[-+]?\d{1,9}(?:\.\d{1,15})?", re.ASCII)
_KEY = re.compile(r"\d{2}|\d{5}|\d{8}", re.ASCII)
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class InvalidParameters(InvalidInput):
    """Several parameters that cannot be used; `problems` has one InvalidInput for each."""

    def __init__(self, problems: tuple[InvalidInput, ...]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem}" for problem in problems), problems[0].field)
        self.problems = problems


class _RefusedError(Exception):
    """A value that cannot be read, with the sentence that says what would be right."""


@dataclass(frozen=True)
class Reading:
    """What a query string says: the criteria as far as they could be read, and what could not."""

    criteria: SearchCriteria
    problems: tuple[InvalidInput, ...]
    given: MultiDict[str, str]

    def problem(self, name: str) -> str | None:
        """The sentence to show at the field `name`."""
        return next((str(problem) for problem in self.problems if problem.field == name), None)


@dataclass(frozen=True)
class Parameter:
    """One search parameter: how a stated value is read, and how a criterion's value is written."""

    name: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    many: bool = False
    length_max: int = VALUE_LENGTH_MAX
    sides: int = 1
    """Fields of a form that are one value together: stated one after the other, each a number."""


def read(
    args: MultiDict[str, str], also: frozenset[str] = frozenset(), unsaid: SearchCriteria | None = None
) -> Reading:
    """Read every search parameter of `args`; the names in `also` belong to somebody else.

    `unsaid` is what an address without parameters means: to the public the available parcels, best documented first.
    """
    found: dict[str, Any] = {}
    problems: list[InvalidInput] = []
    for parameter in PARAMETERS:
        try:
            found |= _read_one(parameter, args)
        except _RefusedError as refused:
            problems.append(InvalidInput(str(refused), parameter.name))
    stated_profile, refused_profile = profile_params.read(args)
    if stated_profile is not None:
        found["profile"] = stated_profile
    problems += refused_profile + _unknown(args, also) + _contradictions(found)
    return Reading(_criteria(found, unsaid or _DEFAULT), tuple(problems), args)


def search_criteria(args: MultiDict[str, str], also: frozenset[str] = frozenset()) -> SearchCriteria:
    """The criteria `args` states, for answers that have no form to show; InvalidParameters tells all bad values."""
    reading = read(args, also)
    if reading.problems:
        raise InvalidParameters(reading.problems)
    return reading.criteria


def no_parameters(args: MultiDict[str, str], *but: str) -> None:
    """InvalidParameters for anything stated at an address that takes no parameters, or none `but` these."""
    strangers = [name for name in args if name not in but]
    if strangers:
        told = _("This address takes no such parameter.") if but else _("This address takes no parameters.")
        raise InvalidParameters(tuple(InvalidInput(told, name) for name in strangers))


def as_of(args: MultiDict[str, str]) -> dt.date | None:
    """The day whose end a page looks at, stated beside parameters of its own; InvalidParameters for a bad one."""
    return past_day(args, "as_of")


def profile(args: MultiDict[str, str]) -> Profile | None:
    """What somebody looks for, stated beside parameters of a page's own; InvalidParameters for bad values."""
    stated, problems = profile_params.read(args)
    if problems:
        raise InvalidParameters(tuple(problems))
    return stated


def hall_asked(args: MultiDict[str, str]) -> Hall | None:
    """The hall a page asks for beside parameters of its own; InvalidParameters for a bad one."""
    try:
        stated = _read_one(Parameter("fits", _hall, sides=2), args)
    except _RefusedError as refused:
        raise InvalidParameters((InvalidInput(str(refused), "fits"),)) from None
    wanted: Hall | None = stated.get("fits")
    return wanted


def past_day(args: MultiDict[str, str], name: str) -> dt.date | None:
    """A day that has begun, stated as `name`; InvalidParameters for a bad one."""
    try:
        stated = _read_one(Parameter(name, _past_day), args)
    except _RefusedError as refused:
        raise InvalidParameters((InvalidInput(str(refused), name),)) from None
    day: dt.date | None = stated.get(name)
    return day


def whole_number(args: MultiDict[str, str], name: str, default: int, most: int) -> int:
    """A count beside the search parameters, such as `limit`: 1 to `most`."""
    try:
        stated = _read_one(Parameter(name, lambda text: _count(text, most)), args)
    except _RefusedError as refused:
        raise InvalidParameters((InvalidInput(str(refused), name),)) from None
    return int(stated.get(name, default))


def query(criteria: SearchCriteria, unsaid: SearchCriteria | None = None, **changes: Any) -> str:
    """The canonical query string of `criteria` after `changes`: fixed order, only what differs from `unsaid`."""
    changed = replace(criteria, **changes)
    pairs = [pair for parameter in PARAMETERS for pair in _pairs(parameter, changed, unsaid or _DEFAULT)]
    return "&".join(filter(None, (urlencode(pairs, safe=",", quote_via=quote), profile_query(changed.profile))))


def profile_query(profile: Profile | None) -> str:
    """The end of a query string that says what somebody looks for."""
    return urlencode(list(profile_params.pairs(profile)), safe=":", quote_via=quote)


def _read_one(parameter: Parameter, args: Mapping[str, str]) -> dict[str, Any]:
    """The criterion that `parameter` states, if any. An empty value is what a form sends for an untouched field."""
    stated = [text for text in args.getlist(parameter.name) if text.strip()]  # type: ignore[attr-defined]
    if not stated:
        return {}
    if parameter.sides > 1 and len(stated) == parameter.sides:
        stated = ["x".join(text.strip() for text in stated)]
    if len(stated) > (REPEATS_MAX if parameter.many else 1):
        raise _RefusedError(_("Stated too often."))
    values = [_read_value(parameter, text) for text in stated]
    return {parameter.name: _in_canonical_order(values) if parameter.many else values[0]}


def _in_canonical_order(values: list[Any]) -> tuple[Any, ...]:
    """Alternatives without repetition, in the order of their list: two ways to ask are one address."""
    codes = list(type(values[0])) if isinstance(values[0], Enum) else []
    return tuple(sorted(set(values), key=codes.index if codes else None))


def _read_value(parameter: Parameter, text: str) -> Any:
    if len(text) > parameter.length_max:
        raise _RefusedError(_("Please use at most %(count)s characters.", count=parameter.length_max))
    if _CONTROL.search(text):
        raise _RefusedError(_("Please use letters, digits and punctuation only."))
    return parameter.read(text.strip())


def _unknown(args: MultiDict[str, str], also: frozenset[str]) -> list[InvalidInput]:
    strangers = [name for name in args if name not in NAMES and name not in also]
    return [
        InvalidInput(_("There is no condition named “%(name)s”.", name=_CONTROL.sub("", name)[:40]), name[:40])
        for name in strangers[:UNKNOWN_TOLD_MAX]
    ]


def _contradictions(found: Mapping[str, Any]) -> list[InvalidInput]:
    problems = []
    low, high = found.get("size_min_ha"), found.get("size_max_ha")
    if low is not None and high is not None and low > high:
        problems.append(InvalidInput(_("The upper size is below the lower one."), "size_max_ha"))
    if "fits" in found and "as_of" in found:
        problems.append(InvalidInput(_("Whether a hall fits is known of the present state alone."), "fits"))
    if "assemble_min_ha" in found and "as_of" in found:
        told = _("Which sites lie together is known of the present state alone.")
        problems.append(InvalidInput(told, "assemble_min_ha"))
    return problems


def _criteria(found: dict[str, Any], unsaid: SearchCriteria) -> SearchCriteria:
    sort, reverse = found.pop("sort", (unsaid.sort, unsaid.reverse))
    return replace(unsaid, **found, sort=sort, reverse=reverse)


def _pairs(parameter: Parameter, criteria: SearchCriteria, unsaid: SearchCriteria) -> list[tuple[str, str]]:
    value = (criteria.sort, criteria.reverse) if parameter.name == "sort" else getattr(criteria, parameter.name)
    default = (unsaid.sort, unsaid.reverse) if parameter.name == "sort" else getattr(unsaid, parameter.name)
    if value == default:
        return []
    if parameter.name == "status" and not value:
        # Unsaid, status means available; whatever the status has to be said in full.
        value = tuple(code for code in ParcelStatus if code is not ParcelStatus.WITHDRAWN)
    return [(parameter.name, parameter.write(each)) for each in (value if parameter.many else (value,))]


# How single values are read


def _text(text: str) -> str:
    return " ".join(text.split())


def _official_key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise _RefusedError(_("An official key has 2, 5 or 8 digits, for example 16067."))
    return text


def _slug(text: str) -> str:
    if not _SLUG.fullmatch(text):
        raise _RefusedError(_("Please choose an area from the list."))
    return text


def _number(most: float) -> Callable[[str], float]:
    def reading(text: str) -> float:
        if text.startswith("-") and _NUMBER.fullmatch(text[1:]):
            raise _RefusedError(_("Please enter a number that is not negative."))
        if not _NUMBER.fullmatch(text):
            raise _RefusedError(_("Please enter a number, for example 8 or 8.5."))
        value = float(text.replace(",", "."))
        if value > most:
            raise _RefusedError(_("Please enter at most %(most)s.", most=f"{most:.0f}"))
        return value

    return reading


def _count(text: str, most: int) -> int:
    if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or int(text) < 1:
        raise _RefusedError(_("Please enter a whole number from 1 on."))
    if int(text) > most:
        raise _RefusedError(_("Please enter at most %(most)s.", most=most))
    return int(text)


def _flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise _RefusedError(_("Please state 1 for yes, or leave it out."))
    return text == "1"


def _one_of(codes: Mapping[str, Any]) -> Callable[[str], Any]:
    def reading(text: str) -> Any:
        if text not in codes:
            raise _RefusedError(_("Please choose from: %(codes)s.", codes=", ".join(codes)))
        return codes[text]

    return reading


def _day(text: str) -> dt.date:
    iso, german = _ISO_DATE.fullmatch(text), _GERMAN_DATE.fullmatch(text)
    parts = iso.groups() if iso else german.groups()[::-1] if german else None
    try:
        day = dt.date(*map(int, parts or ()))
    except (TypeError, ValueError):
        raise _RefusedError(_("Please enter a date, for example 2027-06-30.")) from None
    if not 1990 <= day.year <= 2100:
        raise _RefusedError(_("Please enter a date between 1990 and 2100."))
    return day


def _past_day(text: str) -> dt.date:
    day = _day(text)
    if day > today():
        raise _RefusedError(_("That day has not come yet. Please enter today or an earlier day."))
    return day


def _hall(text: str) -> Hall:
    try:
        return Hall.parse(text)
    except InvalidInput:
        raise _RefusedError(
            _("Please state width and depth of the hall in metres, from 1 to 5000, for example 180x90.")
        ) from None


def _box(text: str) -> BoundingBox:
    parts = text.replace(" ", "").split(",")
    if len(parts) != 4 or not all(_SIGNED.fullmatch(part) for part in parts):
        raise _RefusedError(_("Please state west, south, east, north in degrees, for example 10.5,50.8,11.2,51.1."))
    west, south, east, north = map(float, parts)
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise _RefusedError(_("Longitudes lie between −180 and 180, latitudes between −90 and 90."))
    if south > north:
        raise _RefusedError(_("The south of the map section lies north of its north."))
    return BoundingBox(west, south, east, north)


def _order(text: str) -> tuple[Sort, bool]:
    name = text.removeprefix("-")
    return _one_of({sort.value: sort for sort in Sort})(name), text.startswith("-")


# How single values are written


def _write_number(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _write_flag(value: bool) -> str:
    return "1" if value else "0"


def _write_code(value: Enum) -> str:
    return str(value.value)


def _write_plan(value: PlanStatus) -> str:
    return value.name.lower()


def hall(hall: Hall) -> str:
    """A hall as an address says it: 180x90."""
    return f"{_write_number(hall.width_m)}x{_write_number(hall.depth_m)}"


def _write_box(box: BoundingBox) -> str:
    return ",".join(_write_number(side) for side in (box.west, box.south, box.east, box.north))


def _write_order(order: tuple[Sort, bool]) -> str:
    return f"{'-' if order[1] else ''}{order[0].value}"


def _codes(enum: type[Enum]) -> dict[str, Enum]:
    return {str(code.value): code for code in enum}


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("q", _text, length_max=Q_LENGTH_MAX),
    Parameter("ags", _official_key, many=True),
    Parameter("area", _slug),
    Parameter("zone", _one_of(_codes(Zone)), _write_code, many=True),
    Parameter("status", _one_of(_codes(ParcelStatus)), _write_code, many=True),
    Parameter("size_min_ha", _number(100_000), _write_number),
    Parameter("size_max_ha", _number(100_000), _write_number),
    Parameter("net_min_ha", _number(100_000), _write_number),
    Parameter("fits", _hall, hall, sides=2),
    Parameter("assemble_min_ha", _number(100_000), _write_number),
    Parameter("price_max_eur_m2", _number(100_000), _write_number),
    Parameter("available_by", _day, dt.date.isoformat),
    Parameter("freshness", _one_of(_codes(Freshness)), _write_code, many=True),
    Parameter("plan", _one_of({code.name.lower(): code for code in PlanStatus}), _write_plan, many=True),
    Parameter("round_the_clock", _flag, _write_flag),
    Parameter("motorway_max_km", _number(1_000), _write_number),
    Parameter("motorway_max_min", _number(1_000), _write_number),
    Parameter("rail_max_km", _number(1_000), _write_number),
    Parameter("rail_siding", _flag, _write_flag),
    Parameter("airport_max_km", _number(2_000), _write_number),
    Parameter("power_min_mw", _number(10_000), _write_number),
    Parameter("fibre_min_mbit", lambda text: _count(text, 1_000_000), str),
    Parameter("avoid", _one_of(_codes(ConstraintKind)), _write_code, many=True),
    Parameter("bbox", _box, _write_box, length_max=120),
    Parameter("as_of", _past_day, dt.date.isoformat),
    Parameter("sort", _order, _write_order),
    Parameter("page", lambda text: _count(text, 10**12), str),
)
NAMES = frozenset(parameter.name for parameter in PARAMETERS) | profile_params.NAMES
_DEFAULT = SearchCriteria()
