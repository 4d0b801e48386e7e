"""Sites of several parcels for a whole search: groups of neighbours that together reach a size, and what each offers.

Every condition of the search holds for each parcel of a group; only size, net area and hall are asked of the group as
one site. A group is made of parcels that are free, of one general kind of use (BauNVO §1 (1)): trade and industry go
together, a special area or housing with its own kind alone. Owners are not known by name; who offers the land is.

Like a hall that fits (`fitting`), a search is made ready once: `gathered` notes whose parcels belong to a group, and
from there on list, counts, facets, tiles and machines ask the same plain SQL.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, Row, Select, String, cast, func, select
from sqlalchemy.orm import Session

from landportal.gis.assembly import Group, Site, assembled, find_groups
from landportal.gis.drawing import svg_path
from landportal.gis.fit import Placement, Rectangle, anywhere
from landportal.gis.relations import MUNICIPALITY
from landportal.model import M2_PER_HA, Parcel, ParcelNeighbour, ParcelStatus, Revision
from landportal.services.collections.parcel_fields import general_kind
from landportal.services.enrichment import potential
from landportal.services.enrichment.questions import site_obstacles
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.result import TooManySites
from landportal.services.search.where import conditions

SITES_MAX = 100_000
"""Parcels among which one search may look for groups."""

GROUPS_MAX = 12
"""Groups that a search tells: the best ones."""

LOOKED_AT = 3 * GROUPS_MAX
"""Groups that are looked at where net area or hall may rule some out."""

REMEMBERED = 64
"""Searches whose groups a process remembers until the land changes: a map asks for many tiles of one search."""


@dataclass(frozen=True)
class Member:
    """A parcel of a group."""

    id: int
    number: str
    name_de: str
    name_en: str | None
    municipality: str | None
    area_m2: float
    price_eur_m2: float | None
    shape: BaseGeometry


@dataclass(frozen=True)
class Drawn:
    """A group as paths of SVG, in metres from the upper left of its own extent."""

    width_m: float
    height_m: float
    parcels: tuple[str, ...]
    strips: tuple[str, ...]
    hall: str | None


@dataclass(frozen=True)
class Assembly:
    """A group as one site (EPSG:25832). `area_m2` is its parcels', `strips` what lies between them.

    `compactness` is the share of the smallest rectangle around it that it fills; `owners` tells who offers apart.
    `hall` is where the hall asked for may stand.
    """

    members: tuple[Member, ...]
    area_m2: float
    strips: tuple[Polygon, ...]
    net_m2: float
    owners: int
    compactness: float
    shape: MultiPolygon
    largest: Rectangle | None
    hall: Placement | None

    @property
    def strips_m2(self) -> float:
        """Path or road between the parcels, to be closed or bought."""
        return float(sum(strip.area for strip in self.strips))

    def drawn(self) -> Drawn:
        """The group as a drawing."""
        west, south, east, north = self.shape.bounds
        return Drawn(
            east - west, north - south,
            tuple(svg_path(member.shape, west, north) for member in self.members),
            tuple(svg_path(strip, west, north) for strip in self.strips),
            svg_path(self.hall.hall.shape, west, north) if self.hall else None,
        )  # fmt: skip

    @property
    def municipalities(self) -> tuple[str, ...]:
        """Names of the municipalities it lies in, each once."""
        return tuple(dict.fromkeys(member.municipality for member in self.members if member.municipality))

    @property
    def price_eur(self) -> float | None:
        """What all parcels cost together; None where a price is not named."""
        prices = [(one.price_eur_m2, one.area_m2) for one in self.members]
        return None if any(price is None for price, _ in prices) else sum(price * m2 for price, m2 in prices if price)


def gathered(session: Session, criteria: SearchCriteria, land: ColumnElement[bool]) -> SearchCriteria:
    """`criteria` with the parcels of its groups; InvalidInput (`assemble_min_ha`) where it asks among too many."""
    if criteria.assembled is not None:
        return criteria
    found = find_assemblies(session, criteria, land)
    members = sorted(member.id for one in found for member in one.members)
    return dataclasses.replace(criteria, assembled=tuple(members))


def find_assemblies(session: Session, criteria: SearchCriteria, land: ColumnElement[bool]) -> tuple[Assembly, ...]:
    """The best groups among the parcels of `land`: few parcels, few owners, compact, cheap. No two share a parcel."""
    asked = dataclasses.replace(criteria, **_UNORDERED)
    store = session.connection().engine.url
    key = (store, _revision(session), asked, str(land.compile(compile_kwargs={"literal_binds": True})))
    kept = _remembered(key)
    if kept is None:
        kept = _found(session, asked, land)
        _remember(key, kept)
    return kept


def _found(session: Session, criteria: SearchCriteria, land: ColumnElement[bool]) -> tuple[Assembly, ...]:
    free = _free(criteria, land)
    sites = [Site(*row) for row in session.execute(_sites(free))]
    if len(sites) > SITES_MAX:
        raise TooManySites(f"more than {SITES_MAX} sites; narrow the search", "assemble_min_ha")
    pairs = [(row.parcel_id, row.other_id) for row in session.execute(_pairs(free))]
    choosy = criteria.fits is not None or criteria.net_min_ha is not None
    min_m2 = (criteria.assemble_min_ha or 0) * M2_PER_HA
    groups = find_groups(sites, pairs, min_m2, LOOKED_AT if choosy else GROUPS_MAX)
    found = [one for group in groups if _answers(one := _assembly(session, group, criteria), criteria)]
    return tuple(sorted(found, key=_rank)[:GROUPS_MAX])


def _answers(one: Assembly, criteria: SearchCriteria) -> bool:
    """Whether the group as one site satisfies what is asked of a site."""
    net_ok = criteria.net_min_ha is None or one.net_m2 >= criteria.net_min_ha * M2_PER_HA
    small_enough = criteria.size_max_ha is None or one.area_m2 <= criteria.size_max_ha * M2_PER_HA
    large_enough = criteria.size_min_ha is None or one.area_m2 >= criteria.size_min_ha * M2_PER_HA
    return net_ok and small_enough and large_enough and (criteria.fits is None or one.hall is not None)


def _rank(one: Assembly) -> tuple[int, int, float, float, int]:
    price = one.price_eur / one.area_m2 if one.price_eur is not None else float("inf")
    return len(one.members), one.owners, -round(one.compactness, 1), price, one.members[0].id


# ----------------------------------------------------------------------------------------------- what may be assembled


def _free(criteria: SearchCriteria, land: ColumnElement[bool]) -> Any:
    offers = func.coalesce(Parcel.contact_email, Parcel.contact_name, cast(Parcel.area_id, String), Parcel.number)
    owner = func.concat_ws("|", Parcel.owner_kind, offers)
    return (
        select(
            Parcel.id, Parcel.area_m2, owner.label("owner"), Parcel.x_3857.label("x"), Parcel.y_3857.label("y"),
            general_kind().label("use"),
        )
        .where(land, Parcel.status == ParcelStatus.AVAILABLE)
        .where(*conditions(dataclasses.replace(criteria, **_OF_THE_GROUP)).values())
        .limit(SITES_MAX + 1)
    )  # fmt: skip


def _sites(free: Select[Any]) -> Select[Any]:
    rows = free.cte("free").prefix_with("materialized")
    return select(rows.c.id, rows.c.area_m2, rows.c.owner, rows.c.x, rows.c.y)


def _pairs(free: Select[Any]) -> Select[int, int]:
    rows = free.cte("free").prefix_with("materialized")
    here, there = rows.alias("here"), rows.alias("there")
    return (
        select(ParcelNeighbour.parcel_id, ParcelNeighbour.other_id)
        .join(here, here.c.id == ParcelNeighbour.parcel_id)
        .join(there, there.c.id == ParcelNeighbour.other_id)
        .where(here.c.use == there.c.use)
    )


# ------------------------------------------------------------------------------------------------------ what a group is


def _assembly(session: Session, group: Group, criteria: SearchCriteria) -> Assembly:
    rows = session.execute(_MEMBERS.where(Parcel.id.in_(group.members))).all()
    members = tuple(_member(row) for row in rows)
    site = assembled([member.shape for member in members])
    net = potential.net_of(site.shape, site_obstacles(session, group.members, shapely.to_wkb(site.shape)))
    return Assembly(
        members, group.area_m2, site.strips, net.net_m2, group.owners, site.compactness, site.shape,
        potential.best_rectangle(net.net), anywhere(net.net, criteria.fits) if criteria.fits else None,
    )  # fmt: skip


def _member(row: Row[Any]) -> Member:
    price = None if row.price_eur_m2 is None else float(row.price_eur_m2)
    shape = shapely.from_wkb(bytes(row.shape))
    return Member(row.id, row.number, row.name_de, row.name_en, row.municipality, row.area_m2, price, shape)


_MEMBERS = (
    select(
        Parcel.id, Parcel.number, Parcel.name_de, Parcel.name_en, MUNICIPALITY.name.label("municipality"),
        Parcel.area_m2, Parcel.price_eur_m2, func.st_asbinary(Parcel.geom).label("shape"),
    )
    .outerjoin(MUNICIPALITY, MUNICIPALITY.ags == Parcel.municipality_ags)
    .order_by(Parcel.area_m2.desc(), Parcel.id)
)  # fmt: skip

# -------------------------------------------------------------------------------------------------------- remembering

_OF_THE_GROUP: dict[str, Any] = dict.fromkeys(("assemble_min_ha", "size_min_ha", "size_max_ha", "net_min_ha", "fits"))
"""What is asked of a group as one site, and not of its parcels."""

_UNORDERED: dict[str, Any] = {
    "sort": SearchCriteria().sort, "reverse": False, "page": 1, "examined": None, "assembled": None,
}  # fmt: skip

_kept: OrderedDict[Any, tuple[Assembly, ...]] = OrderedDict()
_lock = Lock()


def _revision(session: Session) -> int:
    """Moves with every parcel, zone and road, and with what is computed of them."""
    return session.scalar(select(func.sum(Revision.value))) or 0


def forget() -> None:
    """Remember nothing: after a rollback the same revision may stand for other land."""
    with _lock:
        _kept.clear()


def _remembered(key: Any) -> tuple[Assembly, ...] | None:
    with _lock:
        return _kept.get(key)


def _remember(key: Any, found: Sequence[Assembly]) -> None:
    with _lock:
        _kept[key] = tuple(found)
        while len(_kept) > REMEMBERED:
            _kept.popitem(last=False)
