"""The page of exports: what is exported, in which CRS, as of when, with which columns, and a button for each format.

One form holds everything, so that it works without script: each format's button sends it to that format's address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.model import M2_PER_HA
from landportal.services.exports import FORMATS, ExportRefused, Format, Scope
from landportal.services.exports.chosen import choose
from landportal.services.exports.crs import EXPORT_CRS
from landportal.services.exports.request import fields_for
from landportal.services.permissions import Action, Actor
from landportal.services.search import SearchCriteria, SearchResult, find
from landportal.web import chips, formats, language, map_view, params, signed_in, wording
from landportal.web.params import InvalidParameters
from landportal.web.planning import export_request
from landportal.web.planning.export_request import Wanted
from landportal.web.planning.frame import blueprint
from landportal.web.reading import settings, snapshot
from landportal.web.search import names_of_places


@dataclass(frozen=True)
class Column:
    """A column to choose: its name in files, what it is called, whether it is chosen."""

    name: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class Offer:
    """A format as the table shows it: its words, where it can be had, and its record."""

    code: str
    title: str
    good_for: str
    crs: str


@dataclass(frozen=True)
class ExportsView:
    """What the page shows. `found` None: something stated cannot be used, and `problems` says what."""

    wanted: Wanted
    found: SearchResult | None
    chips: list[chips.Chip]
    problems: list[tuple[str | None, str]]
    may_keep: bool

    @property
    def criteria(self) -> SearchCriteria:
        """The criteria of the list."""
        return self.wanted.criteria

    @property
    def query(self) -> str:
        """The filter as the search page has it in its address."""
        return params.query(self.criteria, _unsaid(self.wanted.scope), page=1)

    @property
    def mine(self) -> bool:
        """Whether it is the land of the one who is signed in."""
        return self.wanted.scope is Scope.MINE

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The search parameters that have no field of their own on this page."""
        return parse_qsl(params.query(self.criteria, _unsaid(self.wanted.scope), page=1, as_of=None))

    @property
    def picked_elsewhere(self) -> list[str]:
        """Numbers that are picked and not on the page of the list that is shown."""
        shown = {parcel.number for parcel in self.found.parcels} if self.found else set()
        return [number for number in self.wanted.numbers if number not in shown]

    @property
    def size(self) -> str:
        """The result in words: 38 sites, 612 ha."""
        if self.found is None:
            return ""
        total = str(formats.hectares(self.found.total_m2, 0 if self.found.total_m2 > 100 * M2_PER_HA else 1))
        if not self.found.exact:
            total = _("more than %(total)s", total=total)
        return f"{wording.sites(self.found.count, self.found.exact)}, {total}"

    def columns(self) -> list[Column]:
        """The columns to choose from; the number always goes along."""
        german = language.current() == "de"
        return [
            Column(field.name, field.title_de if german else field.title_en, field.name in self.wanted.columns)
            for field in fields_for(self.wanted.scope)
            if field.name != "number"
        ]

    def offers(self) -> list[Offer]:
        """Every format, in its order."""
        return [_offer(listed) for listed in FORMATS.values()]

    def crs_choices(self) -> list[tuple[int, str, bool]]:
        """EPSG number, name and whether it is chosen."""
        return [(srid, crs.name, self.wanted.crs == str(srid)) for srid, crs in EXPORT_CRS.items()]


@blueprint.get("/exports")
def exports() -> Response:
    """The page; what stands against an export that was asked for is told on it (422)."""
    wanted = export_request.read(request.args, listing=True)
    actor = signed_in.actor_for(Action.EXPORT) if wanted.scope is Scope.MINE else None
    with signed_in.looking(wanted.criteria.as_of) if actor else snapshot(wanted.criteria.as_of) as session:
        view = _view(session, actor, wanted)
    body = render_template("planning/exports.html", view=view, map=_map(view))
    return make_response(body, 422 if view.problems else 200)


def _view(session: Session, actor: Actor | None, wanted: Wanted) -> ExportsView:
    names, reading = names_of_places(session, wanted.reading)
    problems = list({id(p): p for p in (*wanted.problems, *reading.problems)}.values())
    problems += [] if problems else _against(session, actor, wanted)
    told = [
        (chips.label(problem.field) or problem.field, str(export_request.in_words(problem))) for problem in problems
    ]
    found = None
    if not reading.problems:
        criteria = replace(wanted.criteria, page=min(wanted.criteria.page, settings().page_max))
        found = find.find_parcels(session, criteria, actor)
    known = signed_in.actor()
    asked = chips.chips(wanted.criteria, names, _unsaid(wanted.scope))
    return ExportsView(wanted, found, asked, told, bool(known and known.may(Action.EXPORT)))


def _against(session: Session, actor: Actor | None, wanted: Wanted) -> list[InvalidInput]:
    """Why the export that was tried (`format`) is not made."""
    listed = FORMATS.get(request.args.get("format", ""))
    if listed is None:
        return []
    try:
        choose(session, actor, wanted.request(listed))
    except InvalidParameters as refused:
        return list(refused.problems)
    except ExportRefused as refused:
        return [refused]
    return []


def _unsaid(scope: Scope) -> SearchCriteria:
    return SearchCriteria(status=()) if scope is Scope.MINE else SearchCriteria()


def _offer(listed: Format) -> Offer:
    german = language.current() == "de"
    return Offer(
        listed.code,
        listed.name_de if german else listed.name_en,
        listed.good_for_de if german else listed.good_for_en,
        f"EPSG:{listed.srids[0]}" if listed.srids else "–",
    )


def _map(view: ExportsView) -> map_view.MapParts:
    bounds = view.found.bounds if view.found else None
    query = params.query(replace(view.criteria, page=1), as_of=view.criteria.as_of)
    return map_view.picking_map(query, bounds, settings(), language.current())
