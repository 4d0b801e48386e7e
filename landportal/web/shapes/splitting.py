"""Cutting a parcel in two or more, by a line drawn or typed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flask import redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.services import shapes
from landportal.services.editing import EditConflict
from landportal.services.permissions import Action, Actor
from landportal.services.shapes import BadShape, Part, ShapeRefused, Splitting
from landportal.web import signed_in
from landportal.web.shapes import words
from landportal.web.shapes.form import (
    FormState,
    blueprint,
    hole_word,
    parcel_address,
    problem_of,
    reason,
    rendered,
    say_divided,
    told_conflict,
    version,
)


@dataclass(frozen=True)
class Cutting(FormState):
    """The state of the form: the line, the parts it makes, the names given to them."""

    line: str = ""
    version: int | None = None
    names: dict[int, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


@blueprint.route("/parcels/<number>/split", methods=["GET", "POST"])
def split(number: str) -> Response | tuple[str, int]:
    """The page that cuts a parcel."""
    actor = signed_in.actor_for(Action.EDIT)
    if request.method == "GET":
        return _page(actor, number, Cutting(), 200)
    sent = _previewed(actor, number, _sent())
    if request.form.get("action") == "check" or sent.problems:
        return _page(actor, number, sent, 422 if sent.problems else 200)
    return _saved(actor, number, sent)


def _sent() -> Cutting:
    form = request.form
    names = {place: form[f"name_{place}"] for place in range(100) if f"name_{place}" in form}
    return Cutting(form.get("line", ""), form.get("version", type=int), names, reason=reason())


def _previewed(actor: Actor, number: str, state: Cutting) -> Cutting:
    with signed_in.looking() as session:
        try:
            return replace(state, parts=shapes.preview_split(session, actor, number, state.line))
        except BadShape as error:
            return state.wrong(*problem_of(error))


def _saved(actor: Actor, number: str, sent: Cutting) -> Response | tuple[str, int]:
    names = tuple(name for _place, name in sorted(sent.names.items()))
    try:
        with signed_in.writing() as session:
            wanted = Splitting(number, version(), shapes.read_line(sent.line), names, sent.reason)
            divided = shapes.split(session, actor, wanted)
    except EditConflict as error:
        state = replace(sent, version=None, conflict=told_conflict(error))
        return _page(actor, number, state, 409)
    except ShapeRefused as error:
        told = " ".join(words.finding(found) for found in error.check.findings)
        return _page(actor, number, sent.wrong("line", told), 422)
    except InvalidInput as error:
        return _page(actor, number, sent.wrong(*problem_of(error)), 422)
    say_divided(divided, _("The site was split: %(numbers)s.", numbers=", ".join(divided.numbers)))
    return redirect(parcel_address(divided.numbers[0] if divided.numbers else number), 303)


def _page(actor: Actor, number: str, state: Cutting, status: int) -> tuple[str, int]:
    with signed_in.looking() as session:
        now = shapes.shape_now(session, actor, number, hole_word())
        state = replace(state, version=state.version or now.parcel.version)
        return rendered("split", now.bounds, now=now, state=state), status
