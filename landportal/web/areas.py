"""Industrial and commercial areas: the list with its two filters, and one area with members, shares and balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from landportal.services import areas
from landportal.services.areas import AreaSummary
from landportal.services.reports import contiguous
from landportal.services.reports.land_balance import ROAD_WIDTH_M
from landportal.services.reports.units import find_unit
from landportal.services.search import CountyChoice
from landportal.web import area_facts, language, map_view, params
from landportal.web.reading import settings, snapshot
from landportal.web.standing import standing

blueprint = Blueprint("areas", __name__, url_prefix=f"{language.PREFIX}/areas")


@dataclass(frozen=True)
class Listing:
    """What the list of areas is narrowed to, and what of the address could not be read."""

    county: CountyChoice | None
    inter_municipal: bool
    problems: dict[str, str]

    def keeps(self, area: AreaSummary) -> bool:
        """Whether `area` belongs in the list."""
        in_county = self.county is None or self.county.name in area.counties
        return in_county and (area.inter_municipal or not self.inter_municipal)


@blueprint.get("")
def index() -> Response:
    """All areas, narrowed by county and to the inter-municipal ones."""
    listing = _listing(request.args, standing().counties)
    as_of = params.as_of(request.args)
    with snapshot(as_of) as session:
        everything = areas.list_areas(session)
    shown = [] if listing.problems else [area for area in everything if listing.keeps(area)]
    body = render_template("areas/areas.html", listing=listing, as_of=as_of, areas=shown, total=len(everything))
    return make_response(body, 422 if listing.problems else 200)


@blueprint.get("/<slug>")
def show(slug: str) -> str:
    """The page of the area `slug`."""
    as_of = params.as_of(request.args)
    with snapshot(as_of) as session:
        page = areas.get_area(session, slug)
        sites = contiguous.largest(session, find_unit(session, f"area:{slug}"), ROAD_WIDTH_M)
        return render_template(
            "areas/area.html",
            page=page,
            as_of=as_of,
            lead=area_facts.lead(page),
            figures=area_facts.key_figures(page, sites),
            balance=area_facts.balance(page),
            members=area_facts.members(page),
            parties=area_facts.parties(page),
            contact=area_facts.contact(page),
            contact_title=area_facts.contact_title(page),
            map=map_view.area_map(page.area.slug, page.bounds, settings(), language.current(), as_of),
        )


def _listing(args: MultiDict[str, str], counties: Sequence[CountyChoice]) -> Listing:
    key, flag = args.get("county", "").strip(), args.get("inter_municipal", "").strip()
    county = next((choice for choice in counties if choice.ags == key), None)
    problems = {
        name[:40]: _("There is no condition named “%(name)s”.", name=name[:40])
        for name in args
        if name not in {"county", "inter_municipal", "as_of"}
    }
    if key and county is None:
        problems["county"] = _("Please choose a county from the list.")
    if flag not in {"", "0", "1"}:
        problems["inter_municipal"] = _("Please state 1 for yes, or leave it out.")
    return Listing(county, flag == "1", problems)
