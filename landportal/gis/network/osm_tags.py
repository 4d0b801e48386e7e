"""What the tags of an OpenStreetMap way say about driving on it: class, direction, who may, how fast, settlement.

Read are fixed values; conditional ones (``…:conditional``), turn restrictions and barriers at nodes are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from landportal.gis.network.graph import INSIDE, OUTSIDE, UNKNOWN
from landportal.model import EdgeClass, Vehicle

CLASSES: Mapping[str, EdgeClass] = {
    "motorway": EdgeClass.MOTORWAY, "motorway_link": EdgeClass.MOTORWAY_RAMP,
    "trunk": EdgeClass.FEDERAL_ROAD, "primary": EdgeClass.FEDERAL_ROAD, "secondary": EdgeClass.STATE_ROAD,
    "tertiary": EdgeClass.COUNTY_ROAD, "trunk_link": EdgeClass.RAMP, "primary_link": EdgeClass.RAMP,
    "secondary_link": EdgeClass.RAMP, "tertiary_link": EdgeClass.RAMP, "unclassified": EdgeClass.LOCAL_ROAD,
    "road": EdgeClass.LOCAL_ROAD, "residential": EdgeClass.STREET, "living_street": EdgeClass.SHARED_STREET,
}  # fmt: skip
"""Ways for everybody. Service ways, tracks, paths, works and ferries are none."""

CLOSED = frozenset(
    ("no", "private", "agricultural", "forestry", "customers", "permit", "emergency", "military", "bus", "psv")
)
CLOSED_TO_LORRIES = CLOSED | {"destination", "delivery", "discouraged"}
"""Where lorries may go only to deliver, none passes through."""

ACCESS_TAGS: Mapping[Vehicle, tuple[str, ...]] = {
    Vehicle.CAR: ("motorcar", "motor_vehicle", "vehicle", "access"),
    Vehicle.LORRY: ("hgv", "goods", "motor_vehicle", "vehicle", "access"),
}
"""The most specific tag decides."""

LORRY_NEEDS: Mapping[str, float] = {
    "maxweight": 40.0, "maxweight:hgv": 40.0, "maxweightrating": 40.0, "maxweightrating:hgv": 40.0,
    "maxaxleload": 11.5, "maxheight": 4.0, "maxwidth": 2.55, "maxlength": 16.5,
}  # fmt: skip
"""What a lorry of 40 t needs: §§ 32, 34 StVZO (t, t on the driven axle, m high, m wide, m long with trailer)."""

ZONE_TAGS = ("zone:traffic", "source:maxspeed", "maxspeed:type", "zone:maxspeed", "maxspeed")
_NUMBER = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(t|m|km/h|kmh|mph|kg|)\s*", re.IGNORECASE | re.ASCII)
_FACTORS = {"kg": 0.001, "mph": 1.609344}


@dataclass(frozen=True)
class RoadTags:
    """One way: `forth` and `back` name who may drive; `sign_kmh` is NaN where none states a limit."""

    kind: EdgeClass
    built_up: int
    sign_kmh: float
    separated: bool
    forth: frozenset[Vehicle]
    back: frozenset[Vehicle]
    ref: str | None
    name: str | None


def road_of(tags: Mapping[str, str]) -> RoadTags | None:
    """What `tags` say, or None for what nobody drives on."""
    kind = CLASSES.get(tags.get("highway", ""))
    if kind is None or tags.get("area") == "yes":
        return None
    open_to = frozenset(vehicle for vehicle in Vehicle if _is_open(tags, vehicle))
    if not open_to:
        return None
    along, against = _directions(tags, kind)
    return RoadTags(
        kind, _built_up(tags, kind), _limit_kmh(tags), _is_separated(tags, kind),
        open_to if along else frozenset(), open_to if against else frozenset(),
        tags.get("ref"), tags.get("name"),
    )  # fmt: skip


def _is_open(tags: Mapping[str, str], vehicle: Vehicle) -> bool:
    stated = next((tags[name] for name in ACCESS_TAGS[vehicle] if name in tags), "yes")
    if vehicle is Vehicle.CAR:
        return stated not in CLOSED
    limits = ((number(tags[name]), need) for name, need in LORRY_NEEDS.items() if name in tags)
    return stated not in CLOSED_TO_LORRIES and all(limit is None or limit >= need for limit, need in limits)


def _directions(tags: Mapping[str, str], kind: EdgeClass) -> tuple[bool, bool]:
    """Whether the way is open along its line, and against it."""
    stated = tags.get("oneway")
    if stated in {"-1", "reverse"}:
        return False, True
    implied = kind in {EdgeClass.MOTORWAY, EdgeClass.MOTORWAY_RAMP} or tags.get("junction") in {
        "roundabout", "circular",
    }  # fmt: skip
    if stated in {"yes", "true", "1"} or (implied and stated not in {"no", "false", "0"}):
        return True, False
    return True, True


def _is_separated(tags: Mapping[str, str], kind: EdgeClass) -> bool:
    """A motor road whose carriageways are separated: mapped as one way each."""
    motor_road = tags.get("motorroad") == "yes" or tags.get("highway") == "trunk"
    return kind is EdgeClass.FEDERAL_ROAD and motor_road and tags.get("oneway") in {"yes", "true", "1", "-1"}


def _limit_kmh(tags: Mapping[str, str]) -> float:
    stated = tags.get("maxspeed", "")
    if stated == "none":
        return 130.0
    if stated == "walk":
        return 7.0
    limit = number(stated)
    return limit if limit is not None and limit >= 5 else float("nan")


def _built_up(tags: Mapping[str, str], kind: EdgeClass) -> int:
    """Inside a settlement by the sign that the tags name, or by being a street of houses; unknown stays unknown.

    A bare limit of 50 may stand before any bend: it does not say that a settlement begins.
    """
    zones = [tags[name].lower() for name in ZONE_TAGS if name in tags]
    if any(zone.endswith(("urban", "zone:30", "zone30", ":30", "living_street")) for zone in zones):
        return INSIDE
    if kind in {EdgeClass.STREET, EdgeClass.SHARED_STREET}:
        return INSIDE
    limit = number(tags.get("maxspeed", ""))
    if kind in {EdgeClass.MOTORWAY, EdgeClass.MOTORWAY_RAMP} or any(z.endswith(("rural", "motorway")) for z in zones):
        return OUTSIDE
    return OUTSIDE if tags.get("motorroad") == "yes" or (limit is not None and limit > 70) else UNKNOWN


def number(text: str) -> float | None:
    """A measure with an optional unit in t, m or km/h; None for words and for what is none."""
    match = _NUMBER.fullmatch(text)
    return float(match.group(1).replace(",", ".")) * _FACTORS.get(match.group(2).lower(), 1.0) if match else None
