"""The first page of the desk: what needs one first, and one's own parcels with search, order and map.

What is done with the chosen ones is in `many`. Arguments are read by `params`, the same as in the public search; said
nothing, the desk means every status, the longest unconfirmed first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from landportal.model import Freshness, ParcelStatus
from landportal.services import desk
from landportal.services.desk import AreaName, DeskList, Needs
from landportal.services.permissions import Action, Actor
from landportal.services.search import SearchCriteria, Sort
from landportal.web import chips, formats, language, map_view, params, signed_in, wording
from landportal.web.desk.frame import blueprint
from landportal.web.filter_form import FilterForm, Option
from landportal.web.params import Reading
from landportal.web.reading import settings
from landportal.web.search import names_of_places
from landportal.web.standing import standing

UNSAID = SearchCriteria(status=(), sort=Sort.FRESH, reverse=True)
"""What the desk shows when nothing is asked."""

OFFERED = tuple(code for code in ParcelStatus if code is not ParcelStatus.WITHDRAWN)


class DeskFilterForm(FilterForm):
    """The filters of the desk: the public ones, and withdrawn sites among the statuses."""

    def status_options(self) -> list[Option]:
        """Every status."""
        return [self._option("status", code, wording.status(code)) for code in ParcelStatus]


@dataclass(frozen=True)
class Card:
    """One thing that needs the officer: how many, what, a detail, and where to go."""

    key: str
    icon: str
    count: int
    title: str
    detail: str
    link: str
    link_words: str


@dataclass(frozen=True)
class Heading:
    """The head of a column: its words, and the address that sorts by it."""

    words: str
    query: str | None
    order: str | None
    css: str = ""


@dataclass(frozen=True)
class DeskView:
    """What the first page shows. `found` None: the arguments could not be read."""

    form: DeskFilterForm
    chips: list[chips.Chip]
    needs: Needs
    found: DeskList | None
    status: int
    ranking = None
    """The desk ranks for nobody."""

    @property
    def criteria(self) -> SearchCriteria:
        """The criteria of this view."""
        return self.form.criteria

    @property
    def query(self) -> str:
        """The state of this view, as the desk's address says it."""
        return desk_query(self.criteria)

    @property
    def filtered(self) -> bool:
        """Whether anything but order and page was asked."""
        return bool(desk_query(self.criteria, sort=UNSAID.sort, reverse=UNSAID.reverse, page=1))

    def page_query(self, page: int) -> str:
        """The query of another page."""
        return desk_query(self.criteria, page=page)

    def headings(self) -> list[Heading]:
        """The heads of the list's columns; a click on the one sorted by turns the order round."""
        return [
            self._heading(_("Site"), Sort.NAME),
            Heading(_("Zone"), None, None),
            self._heading(_("ha"), Sort.SIZE, "num"),
            self._heading(_("Status"), Sort.STATUS),
            self._heading(_("Confirmed"), Sort.FRESH),
        ]

    def _heading(self, words: str, sort: Sort, css: str = "") -> Heading:
        chosen = self.criteria.sort is sort
        reverse = not self.criteria.reverse if chosen else False
        upwards = self.criteria.reverse is (sort in {Sort.SIZE, Sort.FRESH})
        order = ("ascending" if upwards else "descending") if chosen else None
        return Heading(words, desk_query(self.criteria, sort=sort, reverse=reverse, page=1), order, css)


def desk_query(criteria: SearchCriteria, **changes: object) -> str:
    """The desk's query string of `criteria` after `changes`."""
    return params.query(criteria, UNSAID, **changes)


@blueprint.get("/")
def show() -> Response:
    """What needs me first, and my parcels."""
    actor = signed_in.actor_for(Action.SEE_DESK)
    reading = params.read(request.args, unsaid=UNSAID)
    with signed_in.looking(reading.criteria.as_of) as store:
        view = _view(store, actor, reading)
        areas = desk.area_names(store) if actor.scope.area_id else ()
    back = f"{url_for('desk.show')}{'?' + view.query if view.query else ''}"
    body = render_template(
        "desk/list.html", view=view, cards=cards(view.needs), actor=actor, back=back, map=_map(view, actor, areas),
        may_edit=actor.may(Action.EDIT), workbook=_workbook(view),
        export=_export(view),
    )  # fmt: skip
    return make_response(body, view.status)


def _view(store: Session, actor: Actor, reading: Reading) -> DeskView:
    needs, (names, reading) = desk.needs(store, actor), names_of_places(store, reading)
    frame = standing()
    if reading.problems:
        form = DeskFilterForm(reading, None, frame.counties, frame.area_choices(), names)
        return DeskView(form, [], needs, None, 422)
    page = min(reading.criteria.page, settings().page_max)
    found = desk.my_parcels(store, actor, replace(reading.criteria, page=page))
    form = DeskFilterForm(reading, found.facets, frame.counties, frame.area_choices(), names)
    status = 200 if reading.criteria.page <= found.pages else 404
    return DeskView(form, chips.chips(reading.criteria, names, UNSAID), needs, found, status)


def _map(view: DeskView, actor: Actor, areas: tuple[AreaName, ...]) -> map_view.MapParts:
    """The public map, filtered as the list and to the land of this officer."""
    criteria = replace(view.criteria, sort=Sort.SCORE, reverse=False, page=1)
    if actor.scope.ags and not criteria.ags:
        criteria = replace(criteria, ags=(actor.scope.ags,))
    slug = next((area.slug for area in areas if area.id == actor.scope.area_id), None)
    if slug:
        criteria = replace(criteria, area=slug)
    bounds = view.found.bounds if view.found else None
    return map_view.search_map(params.query(criteria), bounds, settings(), language.current())


def _workbook(view: DeskView) -> str:
    """The address of this list as a spreadsheet."""
    query = desk_query(view.criteria, page=1)
    return f"{url_for('deliveries.workbook')}{'?' + query if query else ''}"


def _export(view: DeskView) -> str:
    """The page that exports this list in other formats."""
    query = params.query(view.criteria, UNSAID, page=1, sort=UNSAID.sort, reverse=UNSAID.reverse)
    return f"{url_for('planning.exports', scope='mine')}{'&' + query if query else ''}"


def cards(needs: Needs) -> list[Card]:
    """What needs the officer first; what needs nothing is left out."""
    found = (_unconfirmed(needs), _ending(needs), _proposals(needs), _deliveries(needs))
    return [card for card in found if card.count]


def _unconfirmed(needs: Needs) -> Card:
    if needs.never:
        detail = ngettext("%(num)s of them never", "%(num)s of them never", needs.never)
    else:
        detail = ngettext("longest for %(num)s day", "longest for %(num)s days", needs.oldest_days or 0)
    return Card(
        "unconfirmed", "calendar-clock", needs.unconfirmed, _("without confirmation"), detail,
        f"{url_for('desk.show')}?{desk_query(UNSAID, status=OFFERED, freshness=(Freshness.UNCONFIRMED,))}#parcels",
        ngettext("Check it", "Check all %(num)s", needs.unconfirmed),
    )  # fmt: skip


def _ending(needs: Needs) -> Card:
    query = desk_query(UNSAID, status=(ParcelStatus.RESERVED, ParcelStatus.OPTIONED), sort=Sort.UNTIL, reverse=False)
    return Card(
        "ending", "flag", needs.ending,
        ngettext("Reservation ends", "Reservations end", needs.ending), _ending_detail(needs),
        f"{url_for('desk.show')}?{query}#parcels", _("Decide"),
    )  # fmt: skip


def _ending_detail(needs: Needs) -> str:
    if needs.ended:
        return ngettext("%(num)s has ended already", "%(num)s have ended already", needs.ended)
    return _days(needs.first_end, needs.last_end)


def _days(first: dt.date | None, last: dt.date | None) -> str:
    if first is None or last is None or first == last:
        return formats.date(first)
    return _("%(first)s to %(last)s", first=formats.date(first), last=formats.date(last))


def _proposals(needs: Needs) -> Card:
    others = needs.proposals - needs.own_proposals
    detail = ngettext("%(num)s from colleagues", "%(num)s from colleagues", others) if others else _("all your own")
    title = ngettext("Change waits for approval", "Changes wait for approval", needs.proposals)
    return Card(
        "proposals", "git-pull-request", needs.proposals, title, detail, url_for("desk.proposals"), _("Compare")
    )


def _deliveries(needs: Needs) -> Card:
    return Card(
        "deliveries", "upload", needs.failed_deliveries,
        ngettext("Import with errors", "Imports with errors", needs.failed_deliveries),
        _("rows rejected, or the file refused"), url_for("deliveries.index"), _("See the rows"),
    )  # fmt: skip
