"""What happened to a parcel, version by version, and putting an older state back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput, NotFound
from landportal.model import Through
from landportal.services import desk, editing
from landportal.services import history as past
from landportal.services.desk import AreaName
from landportal.services.edits import EDITABLE
from landportal.services.history import Difference, Restoring, Version
from landportal.services.parcel_input import differing
from landportal.services.permissions import Action
from landportal.web import formats, params, signed_in
from landportal.web.desk import comparison, saving, values
from landportal.web.desk.attributes import label
from landportal.web.desk.frame import blueprint
from landportal.web.desk.saving import Done

PAGE_MAX = 10_000


@dataclass(frozen=True)
class Line:
    """A field that a version changed, in words; `note` says by how much."""

    label: str
    before: str
    after: str
    note: str | None = None


def through(code: str) -> str:
    """The way in a change took."""
    words = {
        Through.PAGE: _("page of the portal"), Through.LINK: _("link in a reminder"), Through.IMPORT: _("import"),
        Through.API: _("interface for programs"), Through.JOB: _("job of the portal"),
        Through.COMMAND: _("command line"), Through.SQL: _("statement in the database"),
    }  # fmt: skip
    return words.get(Through(code), code)


def lines(version: Version, areas: Sequence[AreaName]) -> list[Line]:
    """What a version changed, in words; the days of a status stand with it."""
    return [_line(difference, areas) for difference in version.differences]


def _line(difference: Difference, areas: Sequence[AreaName]) -> Line:
    name, before, after = difference.field, difference.before, difference.after
    said = values.words(name, before, areas), values.words(name, after, areas)
    return Line(label(name), *said, _by_how_much(before, after) if name == "geom" else None)


def _by_how_much(before: float, after: float) -> str | None:
    if abs(after - before) < 1:
        return _("same area")
    sign = "+" if after > before else formats.MINUS
    return f"{sign}{formats.hectares(abs(after - before))}"


@blueprint.get("/parcels/<number>/history")
def history(number: str) -> str:
    """Every version of the parcel, newest first."""
    actor = signed_in.actor_for(Action.SEE_HISTORY)
    page = params.whole_number(request.args, "page", 1, PAGE_MAX)
    with signed_in.looking() as store:
        parcel = desk.parcel_of(store, actor, number, Action.SEE_HISTORY)
        found = past.versions(store, actor, number, page)
        if not found.versions:
            raise NotFound(number)
        return render_template(
            "desk/history.html", parcel=parcel, history=found, lines=lines, areas=desk.area_names(store),
            through=through, moment=values.moment, may_restore=actor.may(Action.EDIT),
        )  # fmt: skip


@blueprint.route("/parcels/<number>/history/<int:version>/restore", methods=["GET", "POST"])
def restore(number: str, version: int) -> Response:
    """Asks whether an older state is to hold again; sent back, it does."""
    signed_in.actor_for(Action.EDIT)
    if request.method == "GET":
        return _ask(number, version)
    if not saving.reason():
        return _ask(number, version, 422, values.rule("reason_missing"))
    return _restore(number, version)


def _ask(number: str, version: int, status: int = 200, problem: str | None = None) -> Response:
    actor = signed_in.actor_for(Action.EDIT)
    with signed_in.looking() as store:
        parcel = desk.parcel_of(store, actor, number, Action.EDIT)
        old = past.attributes_at(store, parcel, version)
        if old is None or version == parcel.version:
            raise NotFound(str(version))
        now = {name: getattr(parcel, name) for name in EDITABLE}
        body = render_template(
            "desk/restore.html", parcel=parcel, version=version, outlines=past.shapes_between(store, parcel, version),
            rows=comparison.rows(now, differing(old, now), None, desk.area_names(store)), problem=problem,
            seen=saving.version_seen() if status == 422 else parcel.version, overtaken=status == 409,
            saver=past.last_saver(store, parcel),
        )  # fmt: skip
        return make_response(body, status)


def _restore(number: str, version: int) -> Response:
    actor = signed_in.actor_for(Action.EDIT)
    wanted = Restoring(number, version, saving.version_seen(), saving.reason())
    try:
        with signed_in.writing() as store:
            saved = past.restore(store, actor, wanted)
    except editing.EditConflict:
        return _ask(number, version, 409)
    except InvalidInput as refused:
        raise NotFound(str(refused)) from refused
    back = url_for("desk.history", number=number)
    words = Done(
        _("Restored: version %(version)s holds again, as a new version", version=version),
        _("Restoring version %(version)s waits for approval", version=version),
        _("Nothing was changed: everything was so already"),
    )
    saving.tell([saved], words, back)
    return saving.to(back)
