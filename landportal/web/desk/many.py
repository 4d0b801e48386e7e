"""The same for many parcels of the list: confirm, change status, set a date. All or none, and each refusal by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.model import TRANSITIONS, UNTIL, ParcelStatus
from landportal.services import bulk_editing, desk, editing
from landportal.services.bulk_editing import BulkEdit, BulkRefused, Refusal
from landportal.services.desk import DeskRow
from landportal.services.edits import confirmed_now
from landportal.services.parcel_input import read_parcel
from landportal.services.permissions import Action
from landportal.web import formats, signed_in
from landportal.web.desk import saving, status, values
from landportal.web.desk.attributes import label
from landportal.web.desk.frame import blueprint, say
from landportal.web.language import current
from landportal.web.reading import today

DATES = ("available_from", "status_until", "servicing_until")
"""Dates that may be set for many parcels at once."""


@dataclass(frozen=True)
class ManyForm:
    """A change for several parcels as its page shows it."""

    rows: tuple[DeskRow, ...]
    typed: Mapping[str, str]
    problems: Mapping[str, str]
    refusals: tuple[Refusal, ...] = ()
    possible: tuple[str, ...] = ()

    def why(self, refusal: Refusal) -> str:
        """The sentence for one parcel the change does not fit."""
        return values.rule(refusal.code)

    @property
    def listed_problems(self) -> list[tuple[str, str]]:
        """Problems with the ids of their fields."""
        return [(f"s-{name}", sentence) for name, sentence in self.problems.items()]


@blueprint.post("/chosen")
def chosen() -> Response:
    """What the buttons above the list do with the ticked parcels."""
    numbers = request.form.getlist("parcel")[: bulk_editing.MANY_MAX]
    if not numbers:
        signed_in.actor_for(Action.SEE_DESK)
        say(_("Please tick the sites first"), warning=True)
        return saving.to(saving.back_to(url_for("desk.show")))
    do, back = request.form.get("do"), saving.back_to(url_for("desk.show"))
    if do == "status" and len(numbers) == 1:
        return saving.to(url_for("desk.status", number=numbers[0], back=back))
    if do in {"status", "dates"}:
        return saving.to(url_for(f"desk.many_{do}", parcel=numbers, back=back))
    return _confirm(numbers, back)


def _confirm(numbers: Sequence[str], back: str) -> Response:
    actor = signed_in.actor_for(Action.CONFIRM)
    with signed_in.writing() as store:
        confirmed = editing.confirm(store, actor, numbers)
    count, left = len(confirmed), len(set(numbers)) - len(confirmed)
    said = ngettext("%(count)s site confirmed", "%(count)s sites confirmed", count, count=formats.number(count))
    if left:
        said += " · " + ngettext("%(num)s not: withdrawn, or not yours", "%(num)s not: withdrawn, or not yours", left)
    say(said, warning=bool(left))
    return saving.to(back)


@blueprint.route("/chosen/status", methods=["GET", "POST"])
def many_status() -> Response:
    """One new status for all chosen parcels."""
    signed_in.actor_for(Action.EDIT)
    if request.method == "GET":
        return _show("status", {"status_since": today().isoformat()}, {})
    typed = status.typed_status()
    read = read_parcel(typed, current(), ())
    problems = {
        **values.problems(read.problems), **status.problems_of(typed, read.values.get("status_since")),
    }  # fmt: skip
    if not problems and typed["status"] == ParcelStatus.WITHDRAWN and not request.form.get("sure"):
        problems = {"sure": _("Please tick that these sites are to be withdrawn.")}
    if problems:
        return _show("status", typed, problems)
    return _save("status", typed, {"status_until": None, **read.values}, confirms=True)


@blueprint.route("/chosen/dates", methods=["GET", "POST"])
def many_dates() -> Response:
    """One date for all chosen parcels."""
    signed_in.actor_for(Action.EDIT)
    if request.method == "GET":
        return _show("dates", {"which": DATES[0]}, {})
    which, day = request.form.get("which", ""), request.form.get("day", "")
    typed = {"which": which, "day": day}
    if which not in DATES:
        return _show("dates", typed, {"which": _("Please choose which date.")})
    read = read_parcel({which: day}, current(), ())
    if read.problems:
        return _show("dates", typed, {"day": values.problem(which, read.problems[which])})
    if which == "status_until" and read.values[which] is None:
        return _show("dates", typed, {"day": values.rule("status_needs_end")})
    return _save("dates", typed, dict(read.values), confirms=False)


def _versions() -> dict[str, int]:
    """The chosen parcels with the version each was shown in: pairs of number and version."""
    found = {}
    for text in request.form.getlist("parcel"):
        number, _sep, version = text.rpartition(":")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise InvalidInput("version", "parcel")
        found[number] = int(version)
    return found


def _save(page: str, typed: Mapping[str, str], wanted: Mapping[str, object], *, confirms: bool) -> Response:
    actor = signed_in.actor_for(Action.EDIT)
    confirmation = confirmed_now(actor) if confirms else None
    try:
        with signed_in.writing() as store:
            edit = BulkEdit(_versions(), wanted, saving.reason(), confirmation)
            saved = bulk_editing.save_many(store, actor, edit)
    except BulkRefused as refused:
        return _show(page, typed, {}, refused)
    except InvalidInput as refused:
        return _show(page, typed, {refused.field or "day": values.rule(str(refused))})
    back = saving.back_to(url_for("desk.show"))
    saving.tell(saved, saving.parcels_saved(saved), back)
    return saving.to(back)


def _offered(rows: Sequence[DeskRow]) -> list[ParcelStatus]:
    """The statuses that at least one of the parcels may take; which of them fits whom is said when it is saved."""
    possible = {follower for row in rows for follower in (*TRANSITIONS[row.status], *({row.status} & UNTIL))}
    return [code for code in ParcelStatus if code in possible]


def _show(
    page: str, typed: Mapping[str, str], problems: Mapping[str, str], refused: BulkRefused | None = None
) -> Response:
    numbers = [text.rpartition(":")[0] for text in request.form.getlist("parcel")] or request.args.getlist("parcel")
    with signed_in.looking() as store:
        rows = desk.chosen(store, signed_in.actor_for(Action.EDIT), tuple(numbers[: bulk_editing.MANY_MAX]))
    refusals, possible = (refused.refusals, refused.possible) if refused else ((), ())
    body = render_template(
        f"desk/many_{page}.html",
        form=ManyForm(rows, {**typed, "reason": request.form.get("reason", "")}, problems, refusals, possible),
        back=saving.back_to(url_for("desk.show")),
        statuses=_offered(rows),
        dates=[(name, label(name)) for name in DATES],
        UNTIL=UNTIL,
    )
    return make_response(body, 409 if refused else 422 if problems else 200)
