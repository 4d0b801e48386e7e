"""What the parcels say: invented marketing details within the bounds of their area's facts.

Every random choice draws from a generator named after the parcel's area, so a change to one area leaves the others as
they are.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shapely.geometry import Polygon

from .area_records import IN_FORCE, contact_of, plan_name_of
from .formats import Feature, feature, to_degrees
from .sites import PlacedParcel, PlacedSite, Site

REFERENCE = date(2026, 11, 22)
XPLAN_CODE = {"GE": 1700, "GI": 1800, "SO": 2100, "MI": 1500, "MU": 1550, "MK": 1600}
MEASURES = {  # GRZ, GFZ, BMZ: orientation values of § 17 BauNVO
    "GE": (0.8, 2.4, 10.0), "GI": (0.8, 2.4, 10.0), "SO": (0.8, 2.4, 10.0),
    "MI": (0.6, 1.2, None), "MU": (0.8, 3.0, None), "MK": (1.0, 3.0, None),
}  # fmt: skip
STATUS_WEIGHTS = {
    "marketing": {"available": 66, "reserved": 13, "optioned": 9, "sold": 9, "preparing": 3},
    "mixed": {"available": 54, "reserved": 11, "optioned": 8, "sold": 18, "leased": 5, "own_use": 4},
    "full": {"available": 17, "reserved": 8, "optioned": 4, "sold": 50, "leased": 12, "own_use": 9},
    "sold": {"sold": 80, "leased": 12, "own_use": 8},
    "planned": {"preparing": 62, "available": 22, "reserved": 8, "optioned": 8},
}
ZONE_NAMES = {
    "GE": ("Gewerbegebiet", "business zone"), "GI": ("Industriegebiet", "industrial zone"),
    "SO": ("Sondergebiet Logistik", "special zone for logistics"), "MI": ("Mischgebiet", "mixed zone"),
    "MU": ("Urbanes Gebiet", "urban zone"), "MK": ("Kerngebiet", "core zone"),
}  # fmt: skip
GAS = ("none", "available", "low_pressure", "medium_pressure", "high_pressure")
WORD_EN = {"Fläche": "site", "Los": "lot", "Baufeld": "plot", "Feld": "field", "Parzelle": "plot",
           "Teilfläche": "section"}  # fmt: skip
WITHDRAWN = (23, 97, 171, 252, 331)  # the parcels of these positions are no longer offered


@dataclass(frozen=True)
class Context:
    """What one parcel's record is written from."""

    site: Site
    parcel: PlacedParcel
    position: int  # in the whole file, from 1
    index: int  # in the area, from 1
    town: str
    rng: random.Random

    @property
    def area_ha(self) -> float:
        return self.parcel.shape.area / 10_000


def parcel_features(placed: list[PlacedSite], towns: dict[str, str]) -> list[Feature]:
    """All parcels, numbered through in the order of the areas."""
    return [feature(to_degrees(context.parcel.shape), _parcel(context, towns)) for context in _contexts(placed, towns)]


def _contexts(placed: list[PlacedSite], towns: dict[str, str]) -> Iterator[Context]:
    position = 0
    for place in placed:
        for index, parcel in enumerate(place.parcels, 1):
            position += 1
            rng = random.Random(f"parcel {place.site.slug} {index}")
            yield Context(place.site, parcel, position, index, towns[parcel.ags], rng)


def _parcel(context: Context, towns: dict[str, str]) -> dict[str, Any]:
    name, phone, mail = contact_of(context.site, towns)
    zoning, state = _zoning(context), _state(context)
    status = state["status"]
    offer = _servicing(context, status) | _price(context, status) | _use(context, zoning)
    contact = {"contact_name": name, "contact_phone": phone, "contact_email": mail}
    words = _texts(context, zoning) | contact | _confirmed(context, status, name)
    return _identity(context) | zoning | state | offer | _supply(context) | words


def _use(context: Context, zoning: dict[str, Any]) -> dict[str, Any]:
    """Who owns the land, as a kind and never as a name, and whether work may go on at night."""
    agency = 30 if context.site.developer == "LEG Thüringen" else 5
    owner = context.rng.choices(("public", "agency", "private"), (55, agency, 15))[0]
    return {"owner_kind": owner, "round_the_clock": _round_the_clock(zoning, context.rng)}


def _identity(context: Context) -> dict[str, Any]:
    site = context.site
    return {
        "source_id": f"parcel-{context.position:05d}", "number": f"TH-{context.position:05d}",
        "name_de": f"{site.short}, {site.word} {context.index}",
        "name_en": f"{site.short}, {WORD_EN[site.word]} {context.index}",
        "cadastral_ids": _cadastral_ids(context), "municipality_ags": context.parcel.ags, "area_slug": site.slug,
    }  # fmt: skip


def _cadastral_ids(context: Context) -> list[str]:
    """Invented identifiers of 20 characters: land 16, district, field, numerator, denominator, `__`."""
    rng = context.rng
    district = random.Random(f"district {context.parcel.ags} {context.site.slug}").randint(1001, 7899)
    count = min(6, 1 + int(rng.expovariate(1) + context.area_ha / 12))
    first, sheet = rng.randint(12, 900), rng.randint(1, 12)
    ids = []
    for step in range(count):
        below = f"{rng.randint(1, 48):04d}" if rng.random() < 0.6 else "____"
        ids.append(f"16{district:04d}{sheet:03d}{first + step:05d}{below}__")
    return ids


def _zoning(context: Context) -> dict[str, Any]:
    """Zone with its restriction, plan and measures; numbers stay at or below the orientation values of § 17 BauNVO."""
    site, rng = context.site, context.rng
    zone = rng.choices(list(site.zones), list(site.zones.values()))[0]
    restricted = zone in ("GE", "GI") and rng.random() < (0.24 if zone == "GE" else 0.08)
    known = site.plan_status is not None and rng.random() < 0.9
    link = f"https://bauleitplanung.example/{site.slug}" if known and rng.random() < 0.7 else None
    return {
        "zone": zone, "zone_restricted": restricted,
        "noise_quota_day_db": rng.choice((60.0, 63.0, 65.0)) if restricted else None,
        "noise_quota_night_db": rng.choice((45.0, 48.0, 50.0, 52.0, 55.0, 60.0)) if restricted else None,
        "xplan_zone_code": XPLAN_CODE[zone], "plan_status": site.plan_status, "plan_name": plan_name_of(site),
        "plan_link": link, "planning_as_of": _days_ago(rng.randint(20, 700)),
    } | (_measures(zone, rng) if known else dict.fromkeys(("grz", "gfz", "bmz", "height_max_m")))  # fmt: skip


def _measures(zone: str, rng: random.Random) -> dict[str, float | None]:
    grz, gfz, bmz = MEASURES[zone]
    heights = (9.0, 12.0, 15.0, 18.0, 20.0, 24.0, 30.0) if bmz else (12.0, 15.0, 18.0)
    return {
        "grz": rng.choice((grz, grz, grz, round((grz or 0) - 0.2, 1))),
        "gfz": gfz if rng.random() < 0.6 else None,
        "bmz": rng.choice((bmz, bmz, 9.0, 7.5)) if bmz and rng.random() < 0.6 else None,
        "height_max_m": rng.choice(heights) if rng.random() < 0.7 else None,
    }


def _days_ago(days: int) -> str:
    return (REFERENCE - timedelta(days=days)).isoformat()


def _state(context: Context) -> dict[str, Any]:
    weights = STATUS_WEIGHTS[context.site.profile]
    status = context.rng.choices(list(weights), list(weights.values()))[0]
    if context.position in WITHDRAWN:
        status = "withdrawn"
    return {"status": status, "status_since": _days_ago(context.rng.randint(5, 1400 if status == "sold" else 420))}


def _servicing(context: Context, status: str) -> dict[str, Any]:
    """Servicing of the area; land in preparation is behind it, sold land ahead of it."""
    site, rng = context.site, context.rng
    level, until = site.servicing, site.servicing_until
    if status in ("sold", "leased", "own_use") or (level != "full" and rng.random() < 0.2):
        level, until = "full", None
    elif status == "preparing" and site.plan_status != IN_FORCE and rng.random() < 0.6:
        level = "none"
    later = (REFERENCE + timedelta(days=rng.choice((120, 210, 300, 390, 570)))).replace(day=1).isoformat()
    until = (until or later) if level in ("partial", "under_way") else None
    return {"servicing": level, "servicing_until": until, "available_from": _available_from(status, level, until, rng)}


def _available_from(status: str, level: str, until: str | None, rng: random.Random) -> str | None:
    if status not in ("available", "reserved", "optioned", "preparing"):
        return None
    if until:
        return until
    if level == "none":
        return (REFERENCE + timedelta(days=rng.choice((540, 720, 1080, 1800)))).replace(day=1).isoformat()
    return _days_ago(rng.randint(0, 300)) if rng.random() < 0.85 else None


def _price(context: Context, status: str) -> dict[str, Any]:
    """Asking price within the area's range in steps of half a euro, or on request; sold land has none."""
    rng = context.rng
    low, high = context.site.price
    gone = status in ("sold", "own_use", "leased")
    on_request = rng.random() < (0.2 if status == "available" else 0.4) or gone
    asked = float(low) if low == high else max(8.0, round(rng.uniform(low, high) * 2) / 2)
    kind = rng.choices(("contribution_free", "contribution_due", "leasehold"), (80, 14, 6))[0]
    reserve = _large_scale(context)
    return {
        "price_eur_m2": None if on_request else asked, "price_on_request": on_request,
        "price_kind": None if on_request and rng.random() < 0.4 else kind,
        "lot_min_m2": _smallest_lot(context, reserve), "large_scale_reserve": reserve,
    }  # fmt: skip


def _smallest_lot(context: Context, reserve: bool) -> int | None:
    """Areas marketed from so many hectares keep to it; elsewhere a few thousand square metres, or unknown."""
    rng, large = context.rng, context.site.large
    usual = rng.choice((2000, 5000, 10_000, 20_000, 30_000))
    if rng.random() < 0.25 and not reserve:
        return None
    wished = large * 10_000 if large and (reserve or context.area_ha > large) else usual
    return int(min(wished, context.area_ha * 9800) // 100 * 100)


def _large_scale(context: Context) -> bool:
    """Kept for one large investor: big parcels of areas that the regional plan keeps for large settlements."""
    site = context.site
    return bool(site.regional_plan_category and site.large and context.area_ha >= 0.5 * site.large)


def _round_the_clock(zoning: dict[str, Any], rng: random.Random) -> bool | None:
    """By zone and night quota, never by wish: GI and logistics unless a quota forbids, GE only with a high one."""
    night = zoning["noise_quota_night_db"]
    if zoning["zone"] in ("GI", "SO"):
        return night is None or night >= 55
    if night is not None:
        return bool(night >= 60)
    return False if zoning["zone"] != "GE" or rng.random() < 0.75 else None


def _supply(context: Context) -> dict[str, Any]:
    """Power, gas, water, waste water, fibre, rail; about a quarter of the values is unknown."""
    rng, size = context.rng, max(0.3, context.area_ha)
    gas = rng.choices(GAS, (12, 20, 14, 38, 16))[0]
    return _power(context, size) | {
        "gas": None if rng.random() < 0.2 else gas,
        "water_m3_d": None if rng.random() < 0.4 else round(size * rng.uniform(4, 40) / 5) * 5 + 5,
        "waste_water_pe": None if rng.random() < 0.5 else round(size * rng.uniform(20, 220) / 10) * 10 + 10,
        "fibre_mbit": None if rng.random() < 0.2 else rng.choice((250, 1000, 1000, 1000, 2500, 10_000)),
        "rail_siding": rng.random() < 0.42 if context.site.rail else (None if rng.random() < 0.15 else False),
        "supply_as_of": _days_ago(rng.randint(15, 600)) if rng.random() < 0.85 else None,
    }


def _power(context: Context, size_ha: float) -> dict[str, Any]:
    """Megawatts now and later, and who said so; areas marked `strong` in the facts have a grid nearby."""
    strong, rng = context.site.strong, context.rng
    now = round(min(60.0, size_ha * rng.uniform(0.25, 1.6) * (2.2 if strong else 1)), 1)
    now_known, later_known = rng.random() > 0.28, rng.random() < (0.45 if strong else 0.15)
    start = date(rng.randint(2027, 2031), rng.choice((1, 4, 7, 10)), 1)
    letter = REFERENCE - timedelta(days=rng.randint(20, 500))
    told = (now_known or later_known) and rng.random() < 0.8
    return {
        "power_mw": now if now_known else None,
        "power_later_mw": round(now * rng.choice((1.5, 2, 3, 4)), 1) if later_known else None,
        "power_later_from": start.isoformat() if later_known else None,
        "power_source": f"Netzbetreiber, Schreiben vom {letter:%d.%m.%Y} (Beispiel)" if told else None,
    }


def _texts(context: Context, zoning: dict[str, Any]) -> dict[str, str]:
    german, english = ZONE_NAMES[zoning["zone"]]
    size = f"{context.area_ha:.1f}"
    shape = _shape_words(context.parcel.shape)
    start = f"{size.replace('.', ',')} ha {german} in {context.town}, {shape[0]}"
    return {
        "description_de": f"{start}. Schematisches Beispiel.",
        "description_en": f"{size} ha, {english} in {context.town}, {shape[1]}. Schematic example.",
    }


def _shape_words(shape: Polygon) -> tuple[str, str]:
    box = shape.minimum_rotated_rectangle
    if shape.area / box.area < 0.78:
        return "unregelmäßig geschnitten", "irregular in shape"
    one, two, three = box.exterior.coords[:3]
    short, long = sorted((math.dist(one, two), math.dist(two, three)))
    size = f"{round(long, -1):.0f} × {round(short, -1):.0f} m"
    return f"etwa {size}", f"about {size}"


def _confirmed(context: Context, status: str, office: str) -> dict[str, Any]:
    """Every age of the freshness ladder; sold land is looked at less often."""
    rng = context.rng
    weights = (20, 18, 16, 16, 30) if status in ("sold", "own_use", "leased", "withdrawn") else (42, 20, 14, 12, 12)
    low, high = rng.choices(((0, 29), (31, 59), (61, 89), (91, 119), (121, 420)), weights)[0]
    day = REFERENCE - timedelta(days=rng.randint(low, high))
    clock = time(rng.randint(8, 16), rng.choice((0, 5, 12, 20, 35, 48)), tzinfo=ZoneInfo("Europe/Berlin"))
    stamp = datetime.combine(day, clock).isoformat()
    return {"confirmed_at": stamp, "confirmed_by": office, "source_date": day.isoformat(), "schematic": True}
