"""Joining a parcel with its neighbours: choose them, choose between their facts, save."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flask import redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.services import shapes
from landportal.services.desk import AreaName
from landportal.services.editing import EditConflict
from landportal.services.permissions import Action, Actor
from landportal.services.shapes import BadShape, Differing, MergePreview, Merging, ShapeRefused
from landportal.web import signed_in
from landportal.web.desk import attributes, values
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
)


@dataclass(frozen=True)
class Joining(FormState):
    """The state of the form: neighbours chosen, versions seen, values chosen between."""

    members: tuple[str, ...] = ()
    versions: dict[str, int] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    name_de: str | None = None
    name_en: str = ""
    accepted: bool = False


@blueprint.route("/parcels/<number>/merge", methods=["GET", "POST"])
def merge(number: str) -> Response | tuple[str, int]:
    """The page that joins a parcel with neighbours."""
    actor = signed_in.actor_for(Action.EDIT)
    if request.method == "GET":
        return _page(actor, number, Joining(members=tuple(dict.fromkeys(request.args.getlist("with")))), 200)
    return _saved(actor, number, _sent())


def _sent() -> Joining:
    form = request.form
    pairs = (entry.rpartition("@") for entry in form.getlist("member"))
    versions = {number: int(seen) for number, _at, seen in pairs if seen.isdigit() and len(seen) < 10}
    chosen = {name.removeprefix("choose_"): form[name] for name in form if name.startswith("choose_")}
    return Joining(
        tuple(versions), versions, chosen, form.get("name_de", "").strip(), form.get("name_en", "").strip(),
        "accepted" in form, reason=reason(),
    )  # fmt: skip


def _saved(actor: Actor, number: str, sent: Joining) -> Response | tuple[str, int]:
    wanted = Merging(
        sent.versions, sent.name_de or "", sent.chosen, sent.reason, sent.name_en or None, sent.accepted
    )  # fmt: skip
    try:
        with signed_in.writing() as session:
            divided = shapes.merge(session, actor, wanted)
    except EditConflict as error:
        return _page(actor, number, replace(sent, versions={}, conflict=told_conflict(error)), 409)
    except ShapeRefused as error:
        said = InvalidInput("shape_refused") if error.check.refused else InvalidInput("not_accepted")
        return _page(actor, number, sent.wrong("accepted", words.refusal(said)), 422)
    except InvalidInput as error:
        return _page(actor, number, sent.wrong(*problem_of(error)), 422)
    say_divided(divided, _("The sites are one now: %(number)s.", number=", ".join(divided.numbers)))
    return redirect(parcel_address(divided.numbers[0] if divided.numbers else number), 303)


def _page(actor: Actor, number: str, state: Joining, status: int) -> tuple[str, int]:
    with signed_in.looking() as session:
        now = shapes.shape_now(session, actor, number, hole_word())
        members = tuple(dict.fromkeys((number, *state.members)))
        preview = None
        if len(members) > 1:
            try:
                preview = shapes.preview_merge(session, actor, members)
            except BadShape as error:
                state, status = state.wrong(*problem_of(error)), 422
        page = rendered(
            "merge", now.bounds, now=now, state=state, preview=preview, members=members,
            neighbours=shapes.choosable(session, actor, number), label=_label, gap_m=shapes.GAP_M,
            rows=_rows(session, actor, preview) if preview else (),
        )  # fmt: skip
    return page, status


def _rows(session: Session, actor: Actor, preview: MergePreview) -> list[tuple[str, dict[str, str]]]:
    """Each attribute in which the parcels differ, with number → its values in words."""
    areas = [AreaName(area.id, area.slug, area.name_de, area.name_en) for area in shapes.area_choices(session, actor)]
    return [
        (difference.name, {number: _told(difference, found, areas) for number, found in difference.values.items()})
        for difference in preview.differing
    ]


def _label(name: str) -> str:
    return str({"status": _("Status"), "price": _("Price")}.get(name) or attributes.label(name))


def _told(difference: Differing, found: tuple[object, ...], areas: list[AreaName]) -> str:
    """One value, or those of a group that are stated."""
    if len(found) == 1:
        return values.words(difference.name, found[0], areas)
    stated = [
        (name, value) for name, value in zip(difference.columns, found, strict=True) if value not in (None, False)
    ]
    if not stated:
        return values.words(difference.name, None)
    return ", ".join(
        str(attributes.label(name)) if value is True else _prefixed(name, values.words(name, value, areas))
        for name, value in stated
    )


def _prefixed(name: str, told: str) -> str:
    return {"status_since": _("since %(day)s", day=told), "status_until": _("until %(day)s", day=told)}.get(name, told)
