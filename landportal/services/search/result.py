"""What a search gives back: the facts of a result card, totals, facets, and the nearest way out of an empty result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from landportal.errors import InvalidInput
from landportal.model import Freshness, ParcelStatus, Zone
from landportal.services.scoring.judging import Judged
from landportal.services.search.criteria import SearchCriteria


class TooManySites(InvalidInput):
    """Geometry would have to be asked about too many parcels: the search has to be narrowed first."""


@dataclass(frozen=True)
class ParcelSummary:
    """The facts of a result card. `outline` is the silhouette as an SVG path in metres, origin at its lower left."""

    number: str
    name_de: str
    name_en: str | None
    municipality: str | None
    county: str | None
    county_kind: str | None
    area_slug: str | None
    area_m2: float
    zone: Zone | None
    zone_restricted: bool
    status: ParcelStatus
    price_eur_m2: Decimal | None
    price_on_request: bool
    motorway_m: float | None
    motorway_name: str | None
    motorway_ref: str | None
    confirmed_days: int | None
    lon: float
    lat: float
    outline: str
    outline_width_m: float
    outline_height_m: float
    judged: Judged | None = None
    """How the profile of the search judges it, where there is one."""

    @property
    def freshness(self) -> Freshness:
        """The step of the freshness ladder."""
        return Freshness.of_days(self.confirmed_days)


@dataclass(frozen=True)
class SizeStep:
    """One bar of the size histogram: parcels of `from_ha` (included) up to `to_ha` (excluded; None: no end)."""

    from_ha: float
    to_ha: float | None
    count: int


@dataclass(frozen=True)
class Facets:
    """How many parcels each further choice leaves.

    A group is counted as if it had no choice of its own yet, so every number is what a click on it shows. Counties are
    the exception: they are not counted (None) once a place is chosen, so that a search in a county costs what its
    county holds and not what the country holds.
    `avoid` counts what choosing that exclusion would remove from the result as it stands.
    """

    zone: Mapping[str, int]
    status: Mapping[str, int]
    plan: Mapping[int, int]
    county: Mapping[str, int] | None  # by 5-digit key
    rail_siding: int
    round_the_clock: int
    avoid: Mapping[str, int]
    freshness: Mapping[str, int]
    size: tuple[SizeStep, ...]
    at_least: frozenset[str] = frozenset()
    """Facets whose numbers are not exact: each choice leaves more than is told."""


@dataclass(frozen=True)
class SearchResult:
    """One page of a search with its totals and facets. Without `exact` count and hectares are more than is told."""

    parcels: tuple[ParcelSummary, ...]
    count: int
    total_m2: float
    available_m2: float
    page: int
    pages: int
    facets: Facets
    bounds: tuple[float, float, float, float] | None  # west, south, east, north of the whole result, lon/lat
    exact: bool = True


@dataclass(frozen=True)
class Relaxation:
    """One condition loosened so far that an empty result fills: `criteria` differs from the asked one in `field`.

    `value` is the new value (None: the condition is dropped).
    """

    field: str
    value: object
    count: int
    criteria: SearchCriteria


@dataclass(frozen=True)
class PlaceName:
    """What a place asked for is called; administrative units have no English name."""

    name_de: str
    name_en: str | None


@dataclass(frozen=True)
class CountyChoice:
    """A county that a search can be narrowed to."""

    ags: str
    name: str
    kind: str | None
