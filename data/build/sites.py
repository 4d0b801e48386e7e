"""Where the areas lie: the named sites of the domain handbook and the invented examples, placed on the map.

A site keeps clear of motorways, federal roads, rivers, town centres and other sites, lies wholly in the municipalities
it belongs to, and follows the nearest trunk road. All shapes are schematic.
"""

from __future__ import annotations

import math
import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import shapely
from shapely.affinity import rotate, translate
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from .formats import FACTS, facts, to_metres
from .ground import Ground
from .layout import Layout, Wish, draw

BORDER_M = 25.0  # a site of one municipality stays this far inside it
TONGUE_M = 28.0  # half the width below which a piece cut off by a municipal border is not offered
SMALLEST_CUT_M2 = 7000.0
DIRECTIONS = ("Ost", "Nordost", "Nord", "Nordwest", "West", "Südwest", "Süd", "Südost")
IN_ENGLISH = dict(zip(DIRECTIONS, ("east", "north-east", "north", "north-west", "west", "south-west", "south",
                                   "south-east"), strict=True))  # fmt: skip


@dataclass(frozen=True)
class Site:
    """What is known or assumed about an area before it has a place: one entry of `facts/areas.toml`.

    `layout` is number of parcels, access roads, length : width; `members` are key, votes, cost and revenue share.
    """

    slug: str
    kind: str
    legal_form: str
    municipalities: list[str]
    lon: float
    lat: float
    layout: list[float]
    profile: str
    zones: dict[str, float]
    price: list[float]
    servicing: str
    name_de: str = ""
    name_en: str = ""
    short: str = ""
    word: str = "Fläche"
    gross_ha: float | None = None
    net_ha: float | None = None
    drawn_ha: float = 0.0
    plan_status: int | None = None
    plan_authority: str = ""
    developer: str | None = None
    seller: str | None = None
    permit_authority: str = ""
    regional_plan_category: str | None = None
    servicing_until: str | None = None
    rail: bool = False
    strong: bool = False
    large: float | None = None
    founded: int | None = None
    members: list[list[Any]] = field(default_factory=list)
    key_type: str = ""
    valid_from: str = ""
    document: str = ""
    description_de: str = ""
    description_en: str = ""
    facts_source: str = ""
    assumed: str = ""
    town: str = ""

    @property
    def example(self) -> bool:
        """Invented areas of one town; they get their names once they have a place."""
        return bool(self.town)

    @property
    def drawn_m2(self) -> float:
        """Area to draw: the gross hectares, or an assumed size where none were found."""
        return (self.gross_ha or self.drawn_ha) * 10_000

    @property
    def wish(self) -> Wish:
        parcels, roads, aspect = self.layout
        share = random.Random(f"net {self.slug}").uniform(0.76, 0.84)
        net = self.net_ha * 10_000 if self.net_ha else self.drawn_m2 * share
        return Wish(self.drawn_m2, net, int(parcels), int(roads), aspect, f"layout {self.slug}")


@dataclass(frozen=True)
class PlacedParcel:
    """A parcel in metres and the municipality it lies in."""

    shape: Polygon
    ags: str


@dataclass(frozen=True)
class PlacedSite:
    """An area in metres with its parcels."""

    site: Site
    outline: Polygon
    parcels: tuple[PlacedParcel, ...]


def sites() -> list[Site]:
    """The named sites first, then the invented examples."""
    named = tomllib.loads((FACTS / "areas.toml").read_text(encoding="utf-8"))["area"]
    return [Site(**about) for about in named] + [_example(row) for row in facts("example_areas")]


def _example(row: dict[str, str]) -> Site:
    """An invented municipal area; `_named` completes it once it has a place."""
    rng = random.Random(f"example {row['ags']}")
    centre = next(found for found in facts("municipality_centres") if found["ags"] == row["ags"])
    zone = row["main_zone"]
    low = {"GI": 12, "GE": 14, "MI": 26, "MU": 34, "MK": 42}[zone] + rng.randint(0, 10)
    plan = rng.choice((4000,) * 7 + (3000, 2400, 2000, 1000))
    planned = plan < 3000
    return Site(
        slug=row["ags"], town=row["name"], municipalities=[row["ags"]], legal_form="single_municipality",
        kind="industrial" if zone == "GI" else "commercial", lon=float(centre["lon"]), lat=float(centre["lat"]),
        gross_ha=float(row["gross_ha"]), net_ha=float(row["net_ha"]),
        layout=[int(row["parcels"]), 1, rng.uniform(1.5, 2.6)], profile="planned" if planned else row["profile"],
        zones={"GE": 1.0} if zone == "GE" else {zone: 0.6, "GE": 0.4}, price=[low, low + rng.randint(3, 9)],
        plan_status=plan, servicing="none" if planned else rng.choice(("full",) * 5 + ("partial", "under_way")),
    )  # fmt: skip


def place_all(wanted: list[Site], ground: Ground) -> list[PlacedSite]:
    """Places the sites one after the other, the large ones first, and returns them in the order wanted."""
    placed: dict[str, PlacedSite] = {}
    for site in sorted(wanted, key=lambda site: (len(site.municipalities) == 1, bool(site.example), -site.drawn_m2)):
        found = _place(site, ground)
        ground.taken.append(found.outline)
        placed[site.slug] = found
    return [placed[site.slug] for site in wanted]


def _place(site: Site, ground: Ground) -> PlacedSite:
    layout = draw(site.wish)
    home = to_metres(Point(site.lon, site.lat))
    members = [ground.municipalities[ags] for ags in site.municipalities]
    allowed = shapely.union_all(members).buffer(-BORDER_M)
    blocked = ground.near(home, 12_000)
    free = shapely.difference(allowed, blocked)
    shapely.prepare(free)
    best: tuple[float, float, float, float] | None = None
    for x, y, turn, cost in _candidates(site, home, ground):
        if best is not None and cost >= best[0]:
            continue
        outline = _moved(layout.outline, turn, x, y)
        if free.covers(outline):
            cost += _imbalance(site, outline, members)
            if best is None or cost < best[0]:
                best = (cost, x, y, turn)
    if best is None:
        raise ValueError(f"no place found for {site.slug}")
    return _settle(site, layout, best[1:], ground)


def _candidates(site: Site, home: Point, ground: Ground) -> Iterator[tuple[float, float, float, float]]:
    """Places around the given point with a cost in metres: x, y, degrees, cost."""
    several = len(site.municipalities) > 1
    step, reach = (100, 2800) if several else (200, 7000)
    turns = (0, 4, -4, 8, -8, 14, -14, 22, -22, 35, -35, 90) if several else (0, 6, -6, 15, -15, 30, -30, 90)
    for i in range(-reach // step, reach // step + 1):
        for j in range(-reach // step, reach // step + 1):
            if math.hypot(i, j) * step > reach or (not several and (i + j) % 2):
                continue
            place = Point(home.x + i * step, home.y + j * step)
            base, cost = ground.direction(place), _cost(site, home, place, ground)
            for turn in turns:
                yield place.x, place.y, base + turn, cost + abs(turn) * 4


def _cost(site: Site, home: Point, place: Point, ground: Ground) -> float:
    """Named sites want to be where the handbook says; examples at the edge of their town, near a trunk road."""
    if not site.example:
        return place.distance(home)
    liked = random.Random(f"side {site.slug}").uniform(-math.pi, math.pi)
    seen = math.atan2(place.y - home.y, place.x - home.x)
    aside = abs(math.remainder(seen - liked, 2 * math.pi))
    road = min(line.distance(place) * (0.5 if kind == "motorway" else 1) for kind, line in ground.roads)
    return abs(place.distance(home) - 1600) + aside * 500 + road * 0.6


def _imbalance(site: Site, outline: Polygon, members: list[BaseGeometry]) -> float:
    """Cost of an inter-municipal site whose pieces are far from the members' shares; a missing piece is the worst."""
    if len(members) == 1:
        return 0.0
    wished = {ags: cost / 100 for ags, _, cost, _ in site.members}
    shares = [outline.intersection(member).area / outline.area for member in members]
    missing = sum(max(0.0, 0.06 - share) / 0.06 for share in shares)
    return (
        missing * 40_000
        + sum(abs(share - wished[ags]) for share, ags in zip(shares, site.municipalities, strict=True)) * 6_000
    )


def _moved(shape: BaseGeometry, turn: float, x: float, y: float) -> Any:
    return translate(rotate(shape, turn, origin=(0, 0)), x, y)


def _settle(site: Site, layout: Layout, spot: tuple[float, float, float], ground: Ground) -> PlacedSite:
    x, y, turn = spot
    outline = _moved(layout.outline, turn, x, y)
    parcels = [_moved(parcel, turn, x, y) for parcel in layout.parcels]
    cut = [piece for parcel in parcels for piece in _cut(parcel, site, ground)]
    return PlacedSite(_named(site, outline), outline, tuple(cut))


def _cut(parcel: Polygon, site: Site, ground: Ground) -> Iterator[PlacedParcel]:
    """A parcel in one municipality stays whole; one on a border is cut there, 4 m from it, and scraps go."""
    for ags in site.municipalities:
        home = ground.municipalities[ags]
        if home.buffer(-1).covers(parcel):
            yield PlacedParcel(parcel, ags)
            return
        pieces = parcel.intersection(home.buffer(-4))
        for piece in getattr(pieces, "geoms", [pieces]):
            tidy = _tidy(piece)
            if tidy.area > SMALLEST_CUT_M2 and tidy.area > 0.5 * tidy.minimum_rotated_rectangle.area:
                yield PlacedParcel(tidy, ags)


def _tidy(piece: BaseGeometry) -> Polygon:
    """Drops tongues narrower than twice `TONGUE_M` from a cut piece."""
    opened = piece.buffer(-TONGUE_M, join_style="mitre").buffer(TONGUE_M, join_style="mitre", mitre_limit=2.0)
    tidy = shapely.simplify(opened.intersection(piece), 0.2).buffer(-0.5, join_style="mitre", mitre_limit=2.0)
    parts = [part for part in getattr(tidy, "geoms", [tidy]) if isinstance(part, Polygon) and not part.is_empty]
    return max(parts, key=lambda part: part.area, default=Polygon())


def _named(site: Site, outline: Polygon) -> Site:
    """An example is named after the side of its town on which it lies."""
    if not site.example:
        return site
    home = to_metres(Point(site.lon, site.lat))
    angle = math.degrees(math.atan2(outline.centroid.y - home.y, outline.centroid.x - home.x))
    side = DIRECTIONS[round(angle / 45) % 8]
    short = f"{site.town} {side}"
    return replace(
        site, slug=f"{slug_of(short)}-beispiel", short=short, name_de=f"Gewerbegebiet {short} (Beispiel)",
        name_en=f"{site.town} {IN_ENGLISH[side]} business park (example)",
    )  # fmt: skip


def slug_of(text: str) -> str:
    """Lower-case ASCII with hyphens; umlauts are written out."""
    for old, new in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        text = text.lower().replace(old, new)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")
