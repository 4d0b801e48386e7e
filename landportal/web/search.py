"""The search: one address is the whole state, shown as a page, as the part a script replaces, or as GeoJSON.

What an argument means is read by `params`; how it is found is the services' work; how it looks is in templates/search.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.services.freshness import Coverage
from landportal.services.scoring import Profile
from landportal.services.search import Relaxation, SearchCriteria, SearchResult, Sort, find, machine, relax
from landportal.services.search.assembling import Assembly, find_assemblies
from landportal.services.search.cube import COUNTED_MAX
from landportal.services.search.result import TooManySites
from landportal.services.search.where import land_of
from landportal.web import chips, coverage, formats, language, map_view, orders, params, scoring_words, wording
from landportal.web.filter_form import FilterForm
from landportal.web.params import InvalidParameters, Reading
from landportal.web.profile_form import ProfileForm
from landportal.web.reading import settings, snapshot
from landportal.web.standing import standing

blueprint = Blueprint("search", __name__, url_prefix=language.PREFIX)

PART_HEADER = "X-Requested-Part"
GEOJSON_LIMIT = 1_000


@dataclass(frozen=True)
class SearchView:
    """What the search page shows. `result` is None where the arguments could not be read."""

    form: FilterForm
    chips: list[chips.Chip]
    result: SearchResult | None
    ways_out: list[chips.WayOut]
    status: int
    coverage: Coverage | None = None
    """How fresh the place is that was asked for, where it is one."""
    assemblies: tuple[Assembly, ...] | None = None
    """Where several sites together are asked for: the groups. `result` then speaks of their parcels."""

    @property
    def criteria(self) -> SearchCriteria:
        """The criteria of this view."""
        return self.form.criteria

    @property
    def hall(self) -> str | None:
        """The hall asked for, as an address says it."""
        return params.hall(self.criteria.fits) if self.criteria.fits else None

    @cached_property
    def map_query(self) -> str:
        """The conditions alone, without profile, order and page: what the map filters by."""
        return params.query(self.criteria, profile=None, sort=Sort.SCORE, reverse=False, page=1)

    @property
    def query(self) -> str:
        """The whole state of this view as a query string."""
        return params.query(self.criteria)

    @property
    def headline(self) -> str:
        """The result in a few words: 38 Flächen."""
        if self.result is None:
            return _("Please check your input")
        if self.result.count == 0:
            return chips.no_match(len(self.chips))
        if self.assemblies is not None:
            number = len(self.assemblies)
            return ngettext("%(num)s possibility", "%(num)s possibilities", number)
        return wording.sites(self.result.count, self.result.exact)

    counted_max = COUNTED_MAX
    """So far sites are counted; told where a result holds more."""

    @property
    def page_exists(self) -> bool:
        """Whether the asked page lies within the result."""
        return self.result is None or self.criteria.page <= self.result.pages

    def page_query(self, page: int) -> str:
        """The query string of another page of this result."""
        return params.query(self.criteria, page=page)

    def problems(self) -> list[tuple[str | None, str]]:
        """Every bad value: what the condition is called, and the sentence."""
        name = scoring_words.parameter_name
        return [
            (chips.label(problem.field) or name(problem.field), str(problem)) for problem in self.form.reading.problems
        ]

    @property
    def ranking(self) -> ProfileForm:
        """The controls of the profile."""
        return ProfileForm(self.form.reading, self._with_profile)

    def _with_profile(self, profile: Profile | None) -> str:
        """The same conditions with another profile, its best first."""
        return "&".join(filter(None, (self.map_query, params.profile_query(profile))))

    def orders(self) -> list[orders.Order]:
        """The orders to choose from."""
        return orders.choices(self.criteria)


@blueprint.get("/parcels")
def show() -> Response:
    """The search page; with the header `X-Requested-Part: results` only what a changed filter changes."""
    view = _view(params.read(request.args))
    if request.headers.get(PART_HEADER) == "results":
        body = render_template("search/part.html", view=view)
    else:
        body = render_template("search/search.html", view=view, map=_map(view))
    response = make_response(body, view.status)
    response.vary.add(PART_HEADER)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/parcels.geojson")
def geojson() -> Response:
    """The same result for machines, in the order of the list; `limit` up to 10,000."""
    if "page" in request.args:
        raise InvalidParameters((InvalidInput(_("GeoJSON has no pages: use limit, up to 10000."), "page"),))
    limit = params.whole_number(request.args, "limit", GEOJSON_LIMIT, settings().geojson_limit_max)
    criteria = params.search_criteria(request.args, also=frozenset({"limit"}))
    with snapshot(criteria.as_of) as session:
        _names_of_places(session, criteria)
        try:
            text = machine.parcels_geojson(session, criteria, limit)
        except TooManySites as refused:
            raise InvalidParameters((_too_many(refused),)) from None
    return Response(text, mimetype="application/geo+json", headers={"Cache-Control": "no-cache"})


def _map(view: SearchView) -> map_view.MapParts:
    bounds = view.result.bounds if view.result else None
    return map_view.search_map(view.map_query, bounds, settings(), language.current())


def _view(reading: Reading) -> SearchView:
    with snapshot(reading.criteria.as_of) as session:
        names, reading = names_of_places(session, reading)
        if reading.problems:
            return SearchView(_form(reading, None, names), [], None, [], 422)
        try:
            return _found(session, reading, names)
        except TooManySites as refused:
            told = replace(reading, problems=(_too_many(refused),))
            return SearchView(_form(told, None, names), [], None, [], 422)


def _too_many(refused: TooManySites) -> InvalidInput:
    return InvalidInput(
        _("So many sites would have to be examined that it takes too long. Please narrow the search by place or size."),
        refused.field,
    )


def names_of_places(session: Session, reading: Reading) -> tuple[Mapping[str, str], Reading]:
    """Names for the places asked for; the reading tells a place nobody knows at its field.

    Counties of the frame need no statement, and are known to be of today.
    """
    criteria, known = reading.criteria, standing().county_names
    if criteria.area is None and known.keys() >= set(criteria.ags):
        names = {key: known[key] for key in criteria.ags}
        return names, replace(reading, criteria=replace(criteria, current_keys=True))
    try:
        return _names_of_places(session, criteria), reading
    except InvalidParameters as refused:
        return {}, replace(reading, problems=(*reading.problems, *refused.problems))


def _found(session: Session, reading: Reading, names: Mapping[str, str]) -> SearchView:
    criteria = reading.criteria
    result = find.find_parcels(session, replace(criteria, page=min(criteria.page, settings().page_max)))
    relaxations: tuple[Relaxation, ...] = () if result.count else relax.nearest_answers(session, criteria)
    return SearchView(
        form=_form(reading, result, names),
        chips=chips.chips(criteria, names),
        result=result,
        ways_out=chips.ways_out(criteria, relaxations, names),
        status=200 if criteria.page <= result.pages else 404,
        coverage=_coverage(session, criteria),
        assemblies=None if criteria.assemble_min_ha is None else find_assemblies(session, criteria, land_of(None)),
    )


def _coverage(session: Session, criteria: SearchCriteria) -> Coverage | None:
    """The public figure of the one place asked for; figures are of today, so not for a day in the past."""
    alone = criteria.ags[0] if len(criteria.ags) == 1 and not criteria.as_of else None
    return coverage.of_place(session, alone)


def _form(reading: Reading, result: SearchResult | None, names: Mapping[str, str]) -> FilterForm:
    frame = standing()
    return FilterForm(reading, result.facets if result else None, frame.counties, frame.area_choices(), names)


def _names_of_places(session: Session, criteria: SearchCriteria) -> dict[str, str]:
    """Names for the places asked for; a place nobody knows is told at its field."""
    try:
        return {key: wording.name(place) for key, place in find.place_names(session, criteria).items()}
    except InvalidInput as unknown:
        sentences = {
            "ags": _("We know no place with the key %(key)s.", key=str(unknown)),
            "area": _("We know no area “%(key)s”.", key=str(unknown)),
        }
        problem = InvalidInput(sentences.get(unknown.field or "", str(unknown)), unknown.field)
        raise InvalidParameters((problem,)) from unknown


@blueprint.app_template_filter()
def hectares_of(result: SearchResult) -> str:
    """Hectares of a result and how much of it is available: 612 ha, davon 471 ha frei."""
    total = str(formats.hectares(result.total_m2, 0 if result.total_m2 > 1_000_000 else 1))
    if not result.exact:
        return _("more than %(total)s", total=total)
    if abs(result.total_m2 - result.available_m2) < 1:
        return total
    available = str(formats.hectares(result.available_m2, 0 if result.total_m2 > 1_000_000 else 1))
    return _("%(total)s, %(available)s of it available", total=total, available=available)
