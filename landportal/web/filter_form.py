"""The filter form as a template needs it: what each field shows, its options with counts, its problem.

Reads no query string itself (see `params`) and counts nothing (see `services.search.facets`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from landportal.model import ConstraintKind, Freshness, ParcelStatus, PlanStatus, Zone
from landportal.services.search import CountyChoice, Facets, SearchCriteria, SizeStep
from landportal.web import formats, profile_params, wording
from landportal.web.formats import MINUS
from landportal.web.params import Reading

ALWAYS_SHOWN = 4
"""Options of a group that stand open; the others wait behind "show more"."""

HISTOGRAM_WIDTH, HISTOGRAM_HEIGHT, BAR_GAP = 219.0, 32.0, 2.0


@dataclass(frozen=True)
class Option:
    """One checkbox: its value, words, how many parcels it leaves (or removes), and whether it is chosen."""

    name: str
    value: str
    label: str
    count: str | None
    chosen: bool
    sign: str | None = None

    @property
    def id(self) -> str:
        """The id of the checkbox, the same in every answer so that focus and counts find it again."""
        return f"f-{self.name}-{self.value}"


@dataclass(frozen=True)
class Bar:
    """One bar of the size histogram in the units of its drawing."""

    x: float
    y: float
    width: float
    height: float
    inside: bool


@dataclass(frozen=True)
class FilterForm:
    """Everything the filters show: the reading, facets where there is a result, and the counties to choose from."""

    reading: Reading
    facets: Facets | None
    counties: tuple[CountyChoice, ...]
    areas: tuple[tuple[str, str], ...]
    names: Mapping[str, str]

    @property
    def criteria(self) -> SearchCriteria:
        """The criteria as far as they could be read."""
        return self.reading.criteria

    @property
    def stray_problems(self) -> list[str]:
        """Sentences about parameters that have no field of their own."""
        return [str(problem) for problem in self.reading.problems if problem.field not in FIELDS]

    def problem(self, name: str) -> str | None:
        """The sentence at the field `name`."""
        return self.reading.problem(name)

    def text(self, name: str) -> str:
        """What the text field `name` shows: the visitor's own input while it is wrong, else the value."""
        if self.problem(name):
            return self.reading.given.get(name, "")[:200]
        value = getattr(self.criteria, name)
        if value is None:
            return ""
        return formats.plain_number(value) if isinstance(value, float | int) else str(value)

    def side_text(self, place: int) -> str:
        """What one of the two fields of the hall shows: 0 its width, 1 its depth."""
        given = self.reading.given.getlist("fits")
        hall = self.criteria.fits
        if hall and not self.problem("fits"):
            return formats.plain_number((hall.width_m, hall.depth_m)[place])
        return given[place][:80] if place < len(given) else ""

    def box_text(self) -> str:
        """What the field of the map section shows."""
        stated = self.reading.given.get("bbox", "")
        return stated[:200] if self.criteria.bbox or self.problem("bbox") else ""

    def chosen(self, *names: str) -> int:
        """How many choices of the fields `names` are made."""
        values = (getattr(self.criteria, name) for name in names)
        return sum(len(value) if isinstance(value, tuple) else int(bool(value)) for value in values)

    def zone_options(self) -> list[Option]:
        """Zones, the commercial ones first."""
        return [self._option("zone", zone, wording.zone_name(zone), sign=str(zone)) for zone in Zone]

    def status_options(self) -> list[Option]:
        """Every status but the withdrawn, whose pages only say so."""
        shown = (code for code in ParcelStatus if code is not ParcelStatus.WITHDRAWN)
        return [self._option("status", code, wording.status(code)) for code in shown]

    def freshness_options(self) -> list[Option]:
        """Steps of the ladder, the freshest first."""
        return [self._option("freshness", step, wording.freshness_step(step)) for step in Freshness]

    def plan_options(self) -> list[Option]:
        """Plan statuses, what can be built on first."""
        counts = self.facets.plan if self.facets else None
        return [
            Option(
                "plan",
                code.name.lower(),
                wording.plan(code),
                self._told("plan", counts, int(code)),
                code in self.criteria.plan,
            )
            for code in PLAN_ORDER
        ]

    def avoid_options(self) -> list[Option]:
        """Constraints to rule out; each tells how many parcels it would take away."""
        counts = self.facets.avoid if self.facets else None
        return [
            Option(
                "avoid",
                kind,
                wording.constraint(kind),
                _removed(self._told("avoid", counts, kind)),
                kind in self.criteria.avoid,
            )
            for kind in ConstraintKind
        ]

    def place_options(self) -> list[Option]:
        """Counties by name, after any municipality or state that the address asks for."""
        known = {choice.ags for choice in self.counties}
        others = [
            Option("ags", key, self.names.get(key, key), None, True) for key in self.criteria.ags if key not in known
        ]
        counts = self.facets.county if self.facets else None
        return others + [
            Option(
                "ags",
                choice.ags,
                choice.name,
                self._told("county", counts, choice.ags),
                choice.ags in self.criteria.ags,
            )
            for choice in self.counties
        ]

    def flag_count(self, name: str) -> str | None:
        """How many parcels the single checkbox `name` leaves."""
        return self._told(name, {name: getattr(self.facets, name)}, name) if self.facets else None

    def bars(self) -> list[Bar]:
        """The size histogram; bars within the chosen sizes are marked."""
        steps = self.facets.size if self.facets else ()
        highest = max((step.count for step in steps), default=0) or 1
        width = HISTOGRAM_WIDTH / max(1, len(steps))
        low, high = self.criteria.size_min_ha or 0, self.criteria.size_max_ha or float("inf")
        return [
            _bar(
                position * width,
                width,
                step.count / highest,
                low < (step.to_ha or float("inf")) and step.from_ha < high,
            )
            for position, step in enumerate(steps)
        ]

    def sizes_in_words(self) -> str:
        """The histogram for those who do not see it."""
        steps = self.facets.size if self.facets else ()
        told = ((step, self._told("size", {step: step.count}, step)) for step in steps)
        return "; ".join(_size_in_words(step, number) for step, number in told if number)

    def _option(self, name: str, code: Any, label: str, sign: str | None = None) -> Option:
        counts = getattr(self.facets, name) if self.facets else None
        told = self._told(name, counts, code)
        return Option(name, str(code), label, told, code in getattr(self.criteria, name), sign)

    def _told(self, facet: str, counts: Mapping[Any, int] | None, code: Any) -> str | None:
        """A number behind a choice: 1.204; 1.204+ where there are more; nothing where none of them was counted yet."""
        if counts is None:
            return None
        count = counts.get(code, 0)
        if self.facets and facet in self.facets.at_least:
            return f"{formats.number(count)}+" if count else None
        return formats.number(count)


def open_first(options: list[Option]) -> tuple[list[Option], list[Option]]:
    """The options that stand open, and those behind "show more"."""
    return options[:ALWAYS_SHOWN], options[ALWAYS_SHOWN:]


def any_chosen(options: Iterable[Option]) -> bool:
    """Whether one of `options` is chosen, so that its fold must not hide it."""
    return any(option.chosen for option in options)


def _removed(told: str | None) -> str | None:
    return told if told in {None, "0"} else f"{MINUS}{told}"


def _size_in_words(step: SizeStep, count: str) -> str:
    low, high = _edge(step.from_ha), _edge(step.to_ha)
    if step.to_ha is None:
        return _("from %(low)s ha: %(count)s", low=low, count=count)
    return _("from %(low)s to %(high)s ha: %(count)s", low=low, high=high, count=count)


def _edge(hectares: float | None) -> str:
    return formats.plain_number(hectares or 0)


def _bar(x: float, width: float, share: float, inside: bool) -> Bar:
    height = max(1.0, round(share * HISTOGRAM_HEIGHT, 1)) if share else 1.0
    return Bar(round(x, 1), HISTOGRAM_HEIGHT - height, round(width - BAR_GAP, 1), height, inside)


PLAN_ORDER = (
    PlanStatus.IN_FORCE,
    PlanStatus.ADOPTED,
    PlanStatus.PUBLIC_DISPLAY,
    PlanStatus.DRAFT,
    PlanStatus.STARTED,
    PlanStatus.EARLY_AUTHORITIES,
    PlanStatus.EARLY_PUBLIC,
    PlanStatus.AUTHORITIES,
    PlanStatus.PARTLY_VOID,
    PlanStatus.VOID,
    PlanStatus.REPEALED,
    PlanStatus.OUT_OF_FORCE,
)

FIELDS = frozenset(
    {
        *("q", "ags", "area", "zone", "status", "size_min_ha", "size_max_ha", "price_max_eur_m2", "available_by"),
        *("freshness", "plan", "round_the_clock", "motorway_max_km", "motorway_max_min", "rail_max_km"),
        *("rail_siding", "airport_max_km", "power_min_mw", "fibre_min_mbit", "avoid", "bbox", "as_of"),
        *("net_min_ha", "fits", "assemble_min_ha"),
        *profile_params.NAMES,
    }
)
"""Parameters whose problem is told at their own field; all others are told at the top of the form."""
