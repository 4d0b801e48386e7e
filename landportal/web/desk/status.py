"""Changing a parcel's status: a page of its own, or the panel beside the list; and taking back what was just saved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.errors import Conflict, InvalidInput
from landportal.model import TRANSITIONS, UNTIL, Parcel, ParcelStatus
from landportal.services import desk, editing, history
from landportal.services.edits import Edit, confirmed_now
from landportal.services.parcel_input import read_parcel
from landportal.services.permissions import Action
from landportal.web import signed_in, wording
from landportal.web.desk import conflict, saving, values
from landportal.web.desk.comparison import STATUS, kept
from landportal.web.desk.frame import blueprint, say
from landportal.web.desk.saving import Done
from landportal.web.language import current
from landportal.web.reading import today

PART_HEADER = "X-Requested-Part"


@dataclass(frozen=True)
class StatusForm:
    """The form: what was typed or stands, and the problems at its fields."""

    present: ParcelStatus
    allowed: tuple[ParcelStatus, ...]
    status: str
    since: str
    until: str
    reason: str
    problems: Mapping[str, str]

    @property
    def following(self) -> int:
        """How many other statuses may follow."""
        return len([code for code in self.allowed if code != self.present])

    @property
    def listed_problems(self) -> list[tuple[str, str]]:
        """Problems with the ids of their fields, for the summary."""
        return [(f"s-{name}", sentence) for name, sentence in self.problems.items()]


@blueprint.route("/parcels/<number>/status", methods=["GET", "POST"])
def status(number: str) -> Response:
    """The form; sent back, it changes the status or says what is missing."""
    actor = signed_in.actor_for(Action.EDIT)
    if request.method == "POST":
        return _change(number)
    with signed_in.looking() as store:
        parcel = desk.parcel_of(store, actor, number, Action.EDIT)
        return _show(
            parcel,
            StatusForm(
                ParcelStatus(parcel.status),
                allowed(parcel),
                request.args.get("to", ""),
                today().isoformat(),
                "",
                "",
                {},
            ),
        )


def allowed(parcel: Parcel) -> tuple[ParcelStatus, ...]:
    """What may follow; a status with an end may also follow itself, which moves the end."""
    present = ParcelStatus(parcel.status)
    return (*TRANSITIONS[present], *((present,) if present in UNTIL else ()))


def _show(parcel: Parcel, form: StatusForm) -> Response:
    part = request.headers.get(PART_HEADER) == "panel"
    template = "desk/_status_panel.html" if part else "desk/status.html"
    back = saving.back_to(url_for("desk.parcel", number=parcel.number))
    body = render_template(template, parcel=parcel, form=form, back=back, UNTIL=UNTIL, codes=ParcelStatus)
    response = make_response(body, 422 if form.problems else 200)
    response.vary.add(PART_HEADER)
    return response


def _change(number: str) -> Response:
    actor = signed_in.actor_for(Action.EDIT)
    typed = typed_status()
    read = read_parcel(typed, current(), ())
    problems = {**values.problems(read.problems), **problems_of(typed, read.values.get("status_since"))}
    if not problems and typed["status"] == ParcelStatus.WITHDRAWN and not request.form.get("sure"):
        return _ask_back(number)
    if not problems:
        wanted = kept({"status_until": None, **read.values}, request.form)
        if not wanted:
            return _kept_as_it_is(number)
        edit = Edit(number, saving.version_seen(), wanted, None, saving.reason(), confirmed_now(actor))
        try:
            with signed_in.writing() as store:
                saved = editing.save(store, actor, edit)
        except editing.EditConflict:
            return conflict.answer(edit, typed, url_for("desk.status", number=number))
        except InvalidInput as refused:
            problems = {refused.field or "status": values.rule(str(refused))}
        else:
            return _saved(saved, typed["status"])
    return _again(number, typed, problems)


def typed_status() -> dict[str, str]:
    """What the form says of the status. An end left over from another choice, hidden by now, says nothing."""
    typed = saving.typed(*STATUS)
    if typed.get("status") not in UNTIL:
        typed.pop("status_until", None)
    return typed


def _kept_as_it_is(number: str) -> Response:
    say(_("Nothing was changed: you kept what is stored"))
    return saving.to(saving.back_to(url_for("desk.parcel", number=number)))


def problems_of(typed: Mapping[str, str], since: dt.date | None) -> dict[str, str]:
    """What a change of status needs beyond readable values: a status, a reason, a day that has come."""
    found: dict[str, str] = {}
    if not typed.get("status"):
        found["status"] = _("Please choose the new status.")
    if since is not None and since > today():
        found["status_since"] = values.rule("not_from_the_future")
    if not saving.reason():
        found["reason"] = values.rule("reason_missing")
    return found


def _again(number: str, typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    with signed_in.looking() as store:
        parcel = desk.parcel_of(store, signed_in.actor_for(Action.EDIT), number, Action.EDIT)
        form = StatusForm(
            ParcelStatus(parcel.status), allowed(parcel), typed.get("status", ""), typed.get("status_since", ""),
            typed.get("status_until", ""),
            request.form.get("reason", ""), problems,
        )  # fmt: skip
        return _show(parcel, form)


def _ask_back(number: str) -> Response:
    """Withdrawing takes a site out of every search: asked once more, the safe answer first."""
    with signed_in.looking() as store:
        parcel = desk.parcel_of(store, signed_in.actor_for(Action.EDIT), number, Action.EDIT)
        hidden = [(name, value) for name, value in request.form.items() if name not in {"csrf_token", "sure"}]
        back = saving.back_to(url_for("desk.parcel", number=number))
        return make_response(render_template("desk/withdraw.html", parcel=parcel, hidden=hidden, back=back))


def _saved(saved: editing.Saved, status_now: str) -> Response:
    back = saving.back_to(url_for("desk.parcel", number=saved.number))
    words = Done(
        _("Status saved: %(status)s", status=wording.status(status_now)),
        _("The change of status waits for approval"),
        _("Nothing was changed: everything was so already"),
    )
    saving.tell([saved], words, back)
    return saving.to(back)


@blueprint.post("/undo")
def undo() -> Response:
    """Put back what stood before the last form, as a new change; whoever saved since is not overwritten."""
    actor = signed_in.actor_for(Action.EDIT)
    back = saving.back_to(url_for("desk.show"))
    try:
        with signed_in.writing() as store:
            saved = history.restore_all(store, actor, _undone())
    except (Conflict, InvalidInput):
        say(_("Not taken back: somebody else has saved since. The history has every state."), warning=True)
        return saving.to(back)
    words = Done(_("Taken back: it is as it was before"), _("Taking it back waits for approval"), _("Nothing to undo"))
    if any(one.proposal_id for one in saved):
        say(words.waiting)
    else:
        say(words.saved)
    return saving.to(back)


def _undone() -> list[history.Restoring]:
    """The parcels to take back, each as number, version before and version made."""
    found = []
    for text in request.form.getlist("parcel"):
        number, _sep, versions = text.partition(":")
        before, _sep, made = versions.partition(":")
        if not (before.isdigit() and made.isdigit() and len(versions) < 20):
            raise InvalidInput("version", "parcel")
        found.append(
            history.Restoring(number, int(before), int(made), _("Taken back right after saving"), confirmation_too=True)
        )
    return found
