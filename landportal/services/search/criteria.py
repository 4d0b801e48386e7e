"""The search vocabulary as one value: what the search page, tiles, facets and machine answers all filter by.

Here lives what can be asked. How a criterion becomes SQL is said in `gis.filters`; how it is read from a URL in
`web.params`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from landportal.gis.fit import Hall
from landportal.model import ConstraintKind, Freshness, ParcelStatus, PlanStatus, Zone
from landportal.services.scoring import Profile


class Sort(StrEnum):
    """Orders of a result. Each has a natural direction (largest, cheapest, nearest, freshest first, A to Z)."""

    SCORE = "score"
    SIZE = "size"
    PRICE = "price"
    MOTORWAY = "motorway"
    FRESH = "fresh"
    NAME = "name"
    STATUS = "status"
    UNTIL = "until"


@dataclass(frozen=True)
class BoundingBox:
    """A box in lon/lat (WGS 84). `west > east` means that it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class SearchCriteria:
    """Everything a search can ask. Empty tuples and None leave a criterion out.

    Units are in the names; several values of one criterion are alternatives, criteria add up.
    """

    q: str | None = None
    ags: tuple[str, ...] = ()
    area: str | None = None
    zone: tuple[Zone, ...] = ()
    status: tuple[ParcelStatus, ...] = (ParcelStatus.AVAILABLE,)
    size_min_ha: float | None = None
    size_max_ha: float | None = None
    net_min_ha: float | None = None
    fits: Hall | None = None
    assemble_min_ha: float | None = None
    """So much land of several parcels together; sizes, net area and hall are then asked of the group."""
    price_max_eur_m2: float | None = None
    available_by: dt.date | None = None
    freshness: tuple[Freshness, ...] = ()
    plan: tuple[PlanStatus, ...] = ()
    round_the_clock: bool = False
    motorway_max_km: float | None = None
    motorway_max_min: float | None = None
    """Minutes by lorry over the road graph; parcels whose way is not known are left out."""
    rail_max_km: float | None = None
    rail_siding: bool = False
    airport_max_km: float | None = None
    power_min_mw: float | None = None
    fibre_min_mbit: int | None = None
    avoid: tuple[ConstraintKind, ...] = ()
    bbox: BoundingBox | None = None
    as_of: dt.date | None = None
    """The state at the end of that day. No condition: the session must look at that moment (`web.reading.snapshot`)."""
    profile: Profile | None = None
    """No condition: whom the order by score and the reasons are for. Without one, best documented comes first."""
    sort: Sort = Sort.SCORE
    reverse: bool = False
    page: int = field(default=1)
    examined: tuple[int, ...] | None = None
    """Where `fits` is set: ids of parcels that the exact test found it to fit on. Set by `fitting.examined` alone."""
    assembled: tuple[int, ...] | None = None
    """Where `assemble_min_ha` is set: ids of parcels that belong to a group. Set by `assembling.gathered` alone."""

    current_keys: bool = False
    """Whether `ags` holds keys of today alone, none that was superseded. Set by `preparing` or who knows the keys."""
    spelled: bool | None = None
    """Whether any parcel has the words of `q` as they are spelled; None: not looked up. Set by `preparing` alone."""

    @property
    def asks_geometry(self) -> bool:
        """Whether only geometry can answer it: it has to be prepared before it is made SQL of (`preparing`)."""
        return self.fits is not None or self.assemble_min_ha is not None
