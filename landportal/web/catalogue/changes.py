"""The feed of changes for feed readers (Atom) and programs (JSON Feed 1.1); what is news says `services.changes`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _

from landportal.errors import InvalidInput
from landportal.services import changes
from landportal.services.changes import Feed, Item, News
from landportal.web import formats, language, wording
from landportal.web.catalogue.frame import blueprint, to_be_asked_again
from landportal.web.ogc_api.frame import refuse_unknown
from landportal.web.params import whole_number
from landportal.web.reading import snapshot

_KEY = re.compile(r"(\d{1,18})-(\d{1,9})", re.ASCII)


@blueprint.get(f"{language.PREFIX}/changes.atom")
def atom() -> Response:
    """The newest changes as Atom (RFC 4287), older ones behind ``next`` (RFC 5005)."""
    feed = _read()
    updated = (
        feed.items[0].at if feed.items else dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    )
    page = render_template(
        "catalogue/changes.xml", feed=feed, updated=updated, older=_older(feed), told=_told, link=_link
    )
    response = make_response(page)
    response.content_type = "application/atom+xml; charset=utf-8"
    return to_be_asked_again(response)


@blueprint.get(f"{language.PREFIX}/changes.json")
def json() -> Response:
    """The same as JSON Feed."""
    feed = _read()
    content: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _("Changes on the market for commercial land"),
        "language": language.current(),
        "home_page_url": url_for("search.show", _external=True),
        "feed_url": request.url,
        **({"next_url": _older(feed)} if feed.before else {}),
        "items": [
            {
                "id": f"{_link(one)}#{one.key[0]}", "url": _link(one), "title": _told(one),
                "content_text": _told(one), "date_modified": one.at.isoformat(), "tags": [one.kind.value],
                "_landportal": {
                    "number": one.number, "change": one.kind.value, "status": one.status, "area_m2": one.area_m2,
                },
            }
            for one in feed.items
        ],
    }  # fmt: skip
    response = jsonify(content)
    response.content_type = "application/feed+json"
    return to_be_asked_again(response)


def _read() -> Feed:
    refuse_unknown("limit", "before", "since")
    limit = whole_number(request.args, "limit", changes.PAGE, changes.PAGE_MAX)
    before, since = _before(request.args.get("before")), _since(request.args.get("since"))
    with snapshot() as session:
        return changes.feed(session, limit, before, since)


def _before(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = _KEY.fullmatch(text)
    if not found:
        raise InvalidInput("This place in the feed is not known. Please begin anew without “before”.", "before")
    return int(found[1]), int(found[2])


def _since(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("Please state a moment like 2026-03-14T12:00:00Z.", "since") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _older(feed: Feed) -> str | None:
    if feed.before is None or request.endpoint is None:
        return None
    arguments = {**request.args.to_dict(), "before": f"{feed.before[0]}-{feed.before[1]}"}
    return url_for(request.endpoint, _external=True, **arguments)


def _link(one: Item) -> str:
    return url_for("parcels.show", number=one.number, _external=True)


def _told(one: Item) -> str:
    """What happened, in a sentence that also stands alone."""
    facts = {"name": wording.name(one), "area": formats.hectares(one.area_m2), "status": wording.status(one.status)}
    match one.kind:
        case News.NEW:
            return _("New: %(name)s, %(area)s, %(status)s", **facts)
        case News.SOLD | News.WITHDRAWN:
            return _("%(name)s, %(area)s: now %(status)s", **facts)
        case _:
            return _("Changed: %(name)s, %(area)s, %(status)s", **facts)
