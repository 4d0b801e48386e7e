"""From `SearchCriteria` to one SQL WHERE: which filter stands for which criterion."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_

from landportal.gis import filters
from landportal.model import M2_PER_HA, Parcel
from landportal.services.permissions import Actor, visible_to_public, within_scope
from landportal.services.search.criteria import SearchCriteria

FACET_CONDITIONS = (
    *("zone", "status", "plan", "rail_siding", "round_the_clock", "avoid", "freshness"),
    *("size_min_ha", "size_max_ha"),
)
"""Conditions that have a facet of their own and therefore stay out of the pass; `ags` narrows it, see `Facets`."""


def where(criteria: SearchCriteria, leave_out: Collection[str] = (), actor: Actor | None = None) -> ColumnElement[bool]:
    """The WHERE of `criteria`: every condition but those named in `leave_out`, and whose land is looked at.

    Without `actor` that is what the public may see; with one everything inside the actor's scope, withdrawn land too.
    """
    chosen = conditions(criteria)
    return and_(land_of(actor), *(clause for name, clause in chosen.items() if name not in leave_out))


def land_of(actor: Actor | None) -> ColumnElement[bool]:
    """What the public may see, or everything inside of the actor's scope."""
    return visible_to_public() if actor is None else within_scope(actor)


def conditions(criteria: SearchCriteria) -> dict[str, ColumnElement[bool]]:
    """One clause per condition that is set, by the name of its parameter."""
    return {**_place(criteria), **_planning(criteria), **_marketing(criteria), **_surroundings(criteria)}


def _place(criteria: SearchCriteria) -> dict[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    if criteria.q:
        found["q"] = filters.text_matches(criteria.q, criteria.spelled)
    if criteria.ags:
        found["ags"] = filters.in_admin_units(criteria.ags, current=criteria.current_keys)
    if criteria.area:
        found["area"] = filters.in_area(criteria.area)
    if criteria.bbox:
        box = criteria.bbox
        found["bbox"] = filters.intersects_box(box.west, box.south, box.east, box.north)
    return found


def _planning(criteria: SearchCriteria) -> dict[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    if criteria.zone:
        found["zone"] = filters.one_of_codes(Parcel.zone, criteria.zone)
    if criteria.plan:
        found["plan"] = filters.one_of_codes(Parcel.plan_status, criteria.plan)
    if criteria.round_the_clock:
        found["round_the_clock"] = Parcel.round_the_clock.is_(True)
    return found


def _marketing(criteria: SearchCriteria) -> dict[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    if criteria.status:
        found["status"] = filters.one_of_codes(Parcel.status, criteria.status)
    if criteria.assemble_min_ha is not None:
        if criteria.assembled is None:
            raise RuntimeError("groups are found before they are made a condition (services.search.assembling)")
        found["assemble_min_ha"] = filters.one_of_ids(criteria.assembled)
    else:
        found |= _of_one_parcel(criteria)
    if criteria.price_max_eur_m2 is not None:
        found["price_max_eur_m2"] = filters.price_up_to(criteria.price_max_eur_m2)
    if criteria.available_by:
        found["available_by"] = filters.available_by(criteria.available_by)
    if criteria.freshness:
        found["freshness"] = filters.on_steps(criteria.freshness)
    return found


def _of_one_parcel(criteria: SearchCriteria) -> dict[str, ColumnElement[bool]]:
    """What is asked of a site, where a site is one parcel."""
    found: dict[str, ColumnElement[bool]] = {}
    if criteria.size_min_ha is not None:
        found["size_min_ha"] = filters.area_between(criteria.size_min_ha * M2_PER_HA, None)
    if criteria.size_max_ha is not None:
        found["size_max_ha"] = filters.area_between(None, criteria.size_max_ha * M2_PER_HA)
    if criteria.net_min_ha is not None:
        found["net_min_ha"] = filters.net_area_from(criteria.net_min_ha * M2_PER_HA)
    if criteria.fits is not None:
        if criteria.examined is None:
            raise RuntimeError(
                "whether a hall fits is asked before its parcels were examined (services.search.fitting)"
            )
        found["fits"] = filters.holds(criteria.fits, criteria.examined)
    return found


def _surroundings(criteria: SearchCriteria) -> dict[str, ColumnElement[bool]]:
    found: dict[str, ColumnElement[bool]] = {}
    if criteria.motorway_max_km is not None:
        found["motorway_max_km"] = filters.within(Parcel.motorway_m, criteria.motorway_max_km)
    if criteria.motorway_max_min is not None:
        found["motorway_max_min"] = filters.driven_within("motorway", criteria.motorway_max_min)
    if criteria.rail_max_km is not None:
        found["rail_max_km"] = filters.within(Parcel.rail_m, criteria.rail_max_km)
    if criteria.airport_max_km is not None:
        found["airport_max_km"] = filters.within(Parcel.airport_m, criteria.airport_max_km)
    if criteria.rail_siding:
        found["rail_siding"] = Parcel.rail_siding.is_(True)
    if criteria.power_min_mw is not None:
        found["power_min_mw"] = Parcel.power_mw >= criteria.power_min_mw
    if criteria.fibre_min_mbit is not None:
        found["fibre_min_mbit"] = Parcel.fibre_mbit >= criteria.fibre_min_mbit
    if criteria.avoid:
        found["avoid"] = filters.outside_constraints(criteria.avoid)
    return found
