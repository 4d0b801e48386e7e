"""The editor's two pages: another shape for a parcel, and a new parcel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.services import shapes
from landportal.services.editing import EditConflict, Saved
from landportal.services.permissions import Action, Actor
from landportal.services.shapes import BadShape, Candidate, CannotRead, NewParcel, Redrawing, ShapeCheck, ShapeRefused
from landportal.web import map_view, signed_in
from landportal.web.shapes import words
from landportal.web.shapes.form import (
    FormState,
    blueprint,
    hole_word,
    parcel_address,
    problem_of,
    reason,
    received,
    rendered,
    say_saved,
    told_conflict,
    version,
)

CRS_CHOICES = (
    ("", ""), ("EPSG:25832", "ETRS89 / UTM 32N (EPSG:25832)"), ("EPSG:25833", "ETRS89 / UTM 33N (EPSG:25833)"),
    ("EPSG:31468", "DHDN / Gauß-Krüger 4 (EPSG:31468)"), ("EPSG:31467", "DHDN / Gauß-Krüger 3 (EPSG:31467)"),
    ("EPSG:4647", "ETRS89 / UTM 32N, zE-N (EPSG:4647)"), ("EPSG:4326", "WGS 84 (EPSG:4326)"),
    ("EPSG:3857", "Web Mercator (EPSG:3857)"),
)  # fmt: skip
"""What German offices deliver in; asked for only where a file does not say."""


@dataclass(frozen=True)
class Editing(FormState):
    """The state of the editor's form. `candidates`: shapes of an uploaded file."""

    text: str
    version: int | None = None
    accepted: bool = False
    name_de: str = ""
    name_en: str = ""
    area_id: int | None = None
    crs: str = ""
    check: ShapeCheck | None = None
    candidates: tuple[Candidate, ...] = ()


@blueprint.route("/parcels/<number>/shape", methods=["GET", "POST"])
def shape(number: str) -> Response | tuple[str, int]:
    """The editor of one parcel's shape."""
    actor = signed_in.actor_for(Action.EDIT)
    if request.method == "GET":
        with signed_in.looking() as session:
            now = shapes.shape_now(session, actor, number, hole_word())
            check = shapes.check_text(session, actor, shapes.subject(session, number, None), now.text)
        return _shape_page(actor, number, Editing(now.text, now.parcel.version, check=check), 200)

    def save(state: Editing) -> Saved:
        with signed_in.writing() as session:
            wanted = Redrawing(number, version(), shapes.read_shape(state.text), state.reason, state.accepted)
            return shapes.redraw(session, actor, wanted)

    return _answer(actor, number, save)


@blueprint.route("/parcels/new", methods=["GET", "POST"])
def new() -> Response | tuple[str, int]:
    """The editor of a parcel that does not exist yet."""
    actor = signed_in.actor_for(Action.EDIT)
    if request.method == "GET":
        return _new_page(actor, Editing("", area_id=request.args.get("area", type=int)), 200)

    def save(state: Editing) -> Saved:
        with signed_in.writing() as session:
            wanted = NewParcel(
                state.name_de, shapes.read_shape(state.text), state.name_en or None, state.area_id,
                state.reason or None, state.accepted,
            )  # fmt: skip
            return shapes.draw(session, actor, wanted)

    return _answer(actor, None, save)


def _answer(actor: Actor, number: str | None, save: Callable[[Editing], Saved]) -> Response | tuple[str, int]:
    """What the button that was pressed asks for: check, take the proposal, read a file, save."""
    sent = _sent()
    action = request.form.get("action", "save")
    if action == "upload":
        state = _with_upload(actor, number, sent)
    elif action == "mended":
        state = _with_proposal(actor, number, sent)
    elif action == "check":
        state = _checked(actor, number, sent)
    else:
        return _saved(actor, number, sent, save)
    return _page(actor, number, state, 422 if state.problems else 200)


def _sent() -> Editing:
    form = request.form
    return Editing(
        text=form.get("chosen") or form.get("shape", ""), version=form.get("version", type=int), reason=reason(),
        accepted="accepted" in form, name_de=form.get("name_de", "").strip(), name_en=form.get("name_en", "").strip(),
        area_id=form.get("area_id", type=int), crs=form.get("crs", ""),
    )  # fmt: skip


def _page(actor: Actor, number: str | None, state: Editing, status: int) -> tuple[str, int]:
    return _new_page(actor, state, status) if number is None else _shape_page(actor, number, state, status)


def _saved(
    actor: Actor, number: str | None, sent: Editing, save: Callable[[Editing], Saved]
) -> Response | tuple[str, int]:
    try:
        saved = save(sent)
    except EditConflict as error:
        return _conflict(actor, sent, error)
    except ShapeRefused as error:
        state = replace(sent, check=error.check)
        field_name, said = ("shape", error) if error.check.refused else ("accepted", InvalidInput("not_accepted"))
        return _page(actor, number, state.wrong(field_name, words.refusal(said)), 422)
    except InvalidInput as error:
        state = sent if isinstance(error, BadShape) else _checked(actor, number, sent)
        return _page(actor, number, state.wrong(*problem_of(error)), 422)
    say_saved(saved)
    return redirect(parcel_address(saved.number), 303)


def _conflict(actor: Actor, sent: Editing, error: EditConflict) -> tuple[str, int]:
    """The form again with the officer's own shape, on top of what stands now."""
    number = str(error)
    state = replace(_checked(actor, number, sent), version=None, conflict=told_conflict(error))
    return _shape_page(actor, number, state, 409)


def _checked(actor: Actor, number: str | None, state: Editing) -> Editing:
    with signed_in.looking() as session:
        try:
            about = shapes.subject(session, number, state.area_id)
            check = shapes.check_text(session, actor, about, state.text)
        except BadShape as error:
            return state.wrong(*problem_of(error))
    return replace(state, check=check, text=check.text(hole_word()))


def _with_proposal(actor: Actor, number: str | None, state: Editing) -> Editing:
    checked = _checked(actor, number, state)
    mended = checked.check.mended_text(hole_word()) if checked.check else None
    return _checked(actor, number, replace(checked, text=mended)) if mended else checked


def _with_upload(actor: Actor, number: str | None, state: Editing) -> Editing:
    """The shape of the uploaded file, or the shapes to choose from."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return state.wrong("file", words.refusal(InvalidInput("file_missing")))
    if state.crs not in dict(CRS_CHOICES):
        return state.wrong("crs", words.refusal(InvalidInput("crs_unknown")))
    with signed_in.looking() as session:
        near = shapes.subject(session, number, None).before
    try:
        with received(upload) as path:
            found = tuple(shapes.read_upload(path, state.crs or None, near))
    except CannotRead as error:
        asks_crs = error.note.code.startswith(("crs_missing", "crs_contradicts"))
        return state.wrong("crs" if asks_crs else "file", words.cannot_read(error))
    except BadShape as error:
        return state.wrong(*problem_of(error))
    if len(found) > 1:
        return replace(state, candidates=found)
    return _checked(actor, number, replace(state, text=found[0].text(hole_word())))


def _shape_page(actor: Actor, number: str, state: Editing, status: int) -> tuple[str, int]:
    with signed_in.looking() as session:
        now = shapes.shape_now(session, actor, number, hole_word())
        state = replace(state, version=state.version or now.parcel.version)
        return _editor("shape", now.bounds, state, now=now), status


def _new_page(actor: Actor, state: Editing, status: int) -> tuple[str, int]:
    with signed_in.looking() as session:
        areas = shapes.area_choices(session, actor)
        bounds = shapes.bounds_of_scope(session, actor)
        return _editor("new", bounds, state, areas=areas, own_area=actor.scope.ags is None), status


def _editor(template: str, bounds: map_view.Bounds | None, state: Editing, **more: object) -> str:
    crs_choices = [(code, label or _("as the file says")) for code, label in CRS_CHOICES]
    return rendered(template, bounds, state=state, crs_choices=crs_choices, hole_word=hole_word(), **more)


@blueprint.app_template_filter("finding_words")
def finding_words(found: shapes.Finding) -> str:
    """A finding of a check as a sentence."""
    return words.finding(found)
