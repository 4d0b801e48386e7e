"""One parcel: everything known about it with age and source, as a page and as GeoJSON."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from landportal.services import isochrones, parcels, travel
from landportal.services.enrichment import shown
from landportal.services.parcels import ParcelPage
from landportal.services.scoring import Profile, evaluate, ranking
from landportal.web import (
    coverage,
    language,
    map_view,
    params,
    parcel_facts,
    placing,
    potential_facts,
    profile_params,
    readiness,
    suitability,
    supply_facts,
    travel_facts,
    wording,
)
from landportal.web.reading import settings, snapshot
from landportal.web.suitability import Suitability

blueprint = Blueprint("parcels", __name__, url_prefix=f"{language.PREFIX}/parcels")


@blueprint.get("/<number>")
def show(number: str) -> str:
    """The page of the parcel `number`."""
    as_of, hall, profile = params.as_of(request.args), params.hall_asked(request.args), params.profile(request.args)
    with snapshot(as_of) as session:
        page = parcels.get_parcel(session, number)
        # What is computed is of the present: a page of the past does not show it.
        potential = None if as_of else shown.potential_of(session, page.parcel, hall)
        # Ways are those of today's network and of where the parcel lies today.
        way = None if as_of else travel.of_parcel(session, page.parcel.id)
        reach = travel_facts.within_reach(way, isochrones.of_travel(session, way)) if way else None
        covered = None if as_of else coverage.of_place(session, page.parcel.municipality_ags)
        suits = _suitability(session, page, profile)
    ready = readiness.of_page(page)
    return render_template(
        "parcels/parcel.html",
        page=page,
        as_of=as_of,
        coverage=covered,
        where=_where(page),
        suitability=suits,
        profile_choices=suitability.choices(profile),
        carried=profile_params.link_args(profile),
        ready=ready,
        checklist=readiness.checklist(ready),
        potential=potential,
        potential_facts=potential_facts,
        hall=hall,
        hall_words=params.hall,
        figures=parcel_facts.key_figures(page, way),
        planning=parcel_facts.planning(page),
        land=parcel_facts.land(page),
        supply=supply_facts.transport_and_supply(page, way),
        reach=reach,
        risks=parcel_facts.risks(page),
        contact=parcel_facts.contact(page),
        sources=parcel_facts.sources(page, way),
        map=map_view.parcel_map(page.parcel.number, page.bounds, settings(), language.current(), as_of),
    )


@blueprint.get("/<number>/isochrones.geojson")
def reached_from(number: str) -> Response:
    """From where the parcel is reached by car within 15, 30, 45 and 60 minutes, with the people who live there."""
    params.no_parameters(request.args)
    with snapshot(None) as session:
        text = isochrones.geojson_of(session, number)
    return Response(text, mimetype="application/geo+json", headers={"Cache-Control": "no-cache"})


@blueprint.get("/<number>/potential.geojson")
def potential_pieces(number: str) -> Response:
    """What takes land from the parcel, its net area and, with ``fits``, the place of the hall."""
    params.no_parameters(request.args, "fits")
    with snapshot(None) as session:
        text = shown.geojson_of(session, number, params.hall_asked(request.args))
    return Response(text, mimetype="application/geo+json", headers={"Cache-Control": "no-cache"})


@blueprint.get("/<number>.geojson")
def geojson(number: str) -> Response:
    """The same parcel for machines."""
    with snapshot(params.as_of(request.args)) as session:
        text = parcels.parcel_geojson(session, number)
    return Response(text, mimetype="application/geo+json", headers={"Cache-Control": "no-cache"})


def _suitability(session: Session, page: ParcelPage, profile: Profile | None) -> Suitability | None:
    """How the profile that the visitor looks with judges the parcel."""
    if profile is None:
        return None
    return Suitability(profile, evaluate(profile, ranking.facts_of_parcel(session, page.parcel.id)))


def _where(page: ParcelPage) -> str:
    """The place in words: municipality, county, and how it lies to the nearest junction."""
    municipality = page.municipality.name if page.municipality else None
    county = page.county
    place = wording.place(municipality, county.name if county else None, county.kind if county else None, ", ")
    junction = next((nearest for nearest in page.nearest if nearest.kind == "motorway"), None)
    return f"{place} · {placing.from_junction(junction)}" if junction else place or _("municipality unknown")
