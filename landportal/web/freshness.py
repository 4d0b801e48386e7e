"""How fresh the records are, for everybody; and the page behind the link of a digest, where an officer confirms them.

The link's own rules are `services.confirm_links`', the figures `services.freshness`'.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from landportal import db
from landportal.errors import InvalidInput
from landportal.model import Through
from landportal.secret_key import secret_key
from landportal.services import confirm_links, freshness
from landportal.services.account_links import LinkExpired, LinkInvalid
from landportal.services.confirm_links import OpenedLink
from landportal.services.freshness import Coverage, Figures
from landportal.services.import_values import harmless
from landportal.web import coverage, language, params
from landportal.web.params import InvalidParameters
from landportal.web.reading import current, portal, settings, snapshot, today, wrote
from landportal.web.standing import standing

blueprint = Blueprint("freshness", __name__, url_prefix=language.PREFIX)
blueprint.add_app_template_filter(coverage.sentence, "coverage")
blueprint.add_app_template_filter(coverage.place, "place_of_coverage")


# ---------------------------------------------------------------------------------------------------- public figures

Key = Callable[[Coverage], Any]

ORDERS: dict[str, tuple[LazyString, Key]] = {
    "place": (_l("Place"), lambda _figure: 0),  # They come in German alphabetical order.
    "sites": (_l("Sites"), lambda figure: -figure.parcels),
    "share": (_l("Confirmed in the last 90 days"), lambda figure: (figure.share, -figure.parcels)),
    "oldest": (
        _l("Oldest confirmation"),
        lambda figure: (-figure.never, figure.oldest.timestamp() if figure.oldest else 0),
    ),
}
"""Columns of the table and the order each gives: most sites, lowest share, oldest first; "-" reverses."""


@dataclass(frozen=True)
class Heading:
    """A column's heading: the address that sorts by it, and how the table is sorted by it now."""

    label: str
    address: str
    sorted: str | None


@dataclass(frozen=True)
class View:
    """What the page shows: the counties, or the municipalities of one, in an order."""

    figures: Figures
    county: Coverage | None
    order: str

    @property
    def rows(self) -> list[Coverage]:
        """The table's rows in order."""
        found = list(self.figures.within(self.county.ags) if self.county else self.figures.counties)
        found.sort(key=ORDERS[self.order.removeprefix("-")][1])
        return found[::-1] if self.order.startswith("-") else found

    @property
    def total(self) -> Coverage:
        """The figure of all rows together."""
        return self.county or self.figures.whole

    def headings(self) -> list[Heading]:
        """The headings, each with the address that sorts by it or turns the order round."""
        return [self._heading(name, str(label)) for name, (label, _key) in ORDERS.items()]

    def _heading(self, name: str, label: str) -> Heading:
        turned = f"-{name}" if self.order == name else name
        county = self.county.ags if self.county else None
        address = url_for("freshness.index", county=county, sort=None if turned == "place" else turned)
        directions = {name: "ascending", f"-{name}": "descending"}
        return Heading(label, address, directions.get(self.order))


@blueprint.get("/freshness")
def index() -> str:
    """The public figure of every county, or of the municipalities of one (`county`)."""
    with snapshot() as session:
        return render_template("freshness/index.html", view=_view(coverage.figures(session), request.args))


@blueprint.get("/freshness.json")
def as_json() -> Response:
    """All figures for machines: counties and municipalities."""
    params.no_parameters(request.args)
    with snapshot() as session:
        figures = coverage.figures(session)
    return jsonify(days=freshness.RECENT_DAYS, places=[_facts(figure) for figure in _all(figures)])


@blueprint.get("/freshness.csv")
def as_csv() -> Response:
    """The same as a table: UTF-8, separated by semicolons, as German office programs read it."""
    params.no_parameters(request.args)
    with snapshot() as session:
        figures = coverage.figures(session)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**_facts(figure), "name": harmless(figure.name)} for figure in _all(figures))
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=freshness.csv"
    return answer


COLUMNS = ("ags", "name", "kind", "parcels", "confirmed", "never_confirmed", "oldest_confirmed_at")


def _facts(figure: Coverage) -> dict[str, object]:
    moment = figure.oldest.isoformat(timespec="seconds") if figure.oldest else None
    values = (figure.ags, figure.name, figure.kind, figure.parcels, figure.confirmed, figure.never, moment)
    return dict(zip(COLUMNS, values, strict=True))


def _all(figures: Figures) -> tuple[Coverage, ...]:
    return (*figures.counties, *figures.municipalities)


def _view(figures: Figures, args: MultiDict[str, str]) -> View:
    """The view `args` asks for; InvalidParameters tells what cannot be read."""
    problems = [
        InvalidInput(_("There is no condition named “%(name)s”.", name=name[:40]), name[:40])
        for name in args
        if name not in {"county", "sort"}
    ]
    key, order = args.get("county", "").strip(), args.get("sort", "").strip() or "place"
    county = figures.of(key)
    if key and (county is None or len(key) != 5):
        known = next((choice for choice in standing().counties if choice.ags == key), None)
        county = Coverage(known.ags, known.name, known.kind, 0, 0, 0, None) if known else None
        if known is None:
            problems.append(InvalidInput(_("Please choose a county from the list."), "county"))
    if order.removeprefix("-") not in ORDERS:
        problems.append(InvalidInput(_("Please choose from: %(codes)s.", codes=", ".join(ORDERS)), "sort"))
    if problems:
        raise InvalidParameters(tuple(problems))
    return View(figures, county, order)


# --------------------------------------------------------------------------------------------------------- the link

GONE, ALTERED = 410, 400


@blueprint.get("/confirm/<token>")
def confirm(token: str) -> Response:
    """The parcels that wait for the reader of a digest. Opening it changes nothing: mail scanners follow links."""
    try:
        with current() as session:
            return _page(_listed(session, confirm_links.opened(session, _secret(), token)))
    except LinkInvalid as invalid:
        return _ended(invalid)


@blueprint.post("/confirm/<token>")
def confirm_ticked(token: str) -> Response:
    """Confirm the parcels that are ticked, in the name of the account the link was written to."""
    numbers = request.form.getlist("number")[: confirm_links.LISTED_MAX]
    try:
        with current() as session:
            link = confirm_links.opened(session, _secret(), token)
            if not numbers:
                return _page({**_listed(session, link), "nothing_ticked": True}, 422)
        with db.transaction(portal().engine, db.Acting(link.account.id, Through.LINK)) as session:
            confirm_links.confirm(session, confirm_links.opened(session, _secret(), token), numbers)
        wrote()
    except LinkInvalid as invalid:
        return _ended(invalid)
    return _private(make_response(redirect(url_for("freshness.confirm", token=token), 303)))


def _exempt(state: BlueprintSetupState) -> None:
    """No token against forged forms here alone: the address itself is the secret that no other site knows, and it must
    work in the browser of a mail program that keeps no cookies. Whoever has it needs no forged form."""
    state.app.extensions["csrf"].exempt(confirm_ticked)


blueprint.record_once(_exempt)


def _listed(session: Any, link: OpenedLink) -> dict[str, Any]:
    parcels = confirm_links.listed(session, link)
    return {
        "link": link,
        "waiting": [parcel for parcel in parcels if not parcel.confirmed and parcel.reachable],
        "confirmed": [parcel for parcel in parcels if parcel.confirmed and parcel.reachable],
        "left_out": [parcel for parcel in parcels if not parcel.reachable],
        "unlisted": confirm_links.how_many(session, link) - len(parcels),
        "valid_until": (link.made_at + confirm_links.VALID_FOR).date(),
        "nothing_ticked": False,
    }


def _page(facts: dict[str, Any], status: int = 200) -> Response:
    return _private(make_response(render_template("freshness/confirm.html", **facts), status))


def _ended(invalid: LinkInvalid) -> Response:
    expired = isinstance(invalid, LinkExpired)
    body = render_template("freshness/link_ended.html", expired=expired, days=confirm_links.VALID_FOR.days)
    return _private(make_response(body, GONE if expired else ALTERED))


def _private(answer: Response) -> Response:
    """The address is a secret: no cache, no index and no other site learns it."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _secret() -> str:
    return secret_key(settings())


@blueprint.app_template_filter()
def ended(parcel: Any) -> bool:
    """Whether the parcel's reservation or option has passed its end."""
    return parcel.status_until is not None and parcel.status_until < today()
