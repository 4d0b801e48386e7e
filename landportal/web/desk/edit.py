"""Editing a parcel: every attribute with help and problems at its field, and what the public will see of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session, make_transient
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.model import UNTIL, DataSet, Parcel
from landportal.services import desk, editing, history, parcels
from landportal.services.desk import AreaName
from landportal.services.edits import EDITABLE, Edit, confirmed_now
from landportal.services.parcel_input import ParcelInput, differing, read_parcel
from landportal.services.parcels import ParcelPage
from landportal.services.permissions import Action
from landportal.web import parcel_facts, signed_in, supply_facts, wording
from landportal.web.desk import conflict, saving, values
from landportal.web.desk.attributes import ATTRIBUTES, GROUPS, Group
from landportal.web.desk.comparison import STATUS, kept
from landportal.web.desk.frame import blueprint, say
from landportal.web.desk.saving import Done
from landportal.web.desk.status import PART_HEADER, allowed
from landportal.web.language import current

FIELDS = (*ATTRIBUTES, *STATUS)


@dataclass(frozen=True)
class EditForm:
    """The form: texts and problems by field, and the choices of its lists."""

    typed: Mapping[str, str]
    problems: Mapping[str, str]
    areas: Sequence[AreaName]
    reason: str
    confirm: bool

    @property
    def groups(self) -> tuple[Group, ...]:
        """The attributes as they stand together."""
        return GROUPS

    @property
    def listed_problems(self) -> list[tuple[str, str]]:
        """Problems with the ids of their fields, in the order of the page."""
        order = [name for name in (*STATUS, *ATTRIBUTES, "reason") if name in self.problems]
        return [(f"f-{name}", f"{_label(name)}: {self.problems[name]}") for name in order]

    def area_options(self) -> list[tuple[str, str]]:
        """The areas a parcel may belong to."""
        return [(str(area.id), wording.name(area)) for area in self.areas]


class _NotTakenOverError(Exception):
    """What was typed cannot be saved; nothing was."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.problems = problems


def _label(name: str) -> str:
    return _("Reason") if name == "reason" else values.label(name)


@dataclass(frozen=True)
class Preview:
    """What the public will see of a parcel once the form is saved."""

    page: ParcelPage
    planning: parcel_facts.FactGroup
    land: parcel_facts.FactGroup
    supply: supply_facts.SupplyTable
    figures: tuple[Any, ...]


@blueprint.route("/parcels/<number>/edit", methods=["GET", "POST"])
def edit(number: str) -> Response:
    """The form; sent back, it saves what was changed, shows the preview, or says what cannot be taken over."""
    actor = signed_in.actor_for(Action.EDIT)
    if request.method == "POST" and request.form.get("do") == "preview":
        return _preview(number)
    if request.method == "POST":
        return _save(number)
    with signed_in.looking() as store:
        parcel = desk.parcel_of(store, actor, number, Action.EDIT)
        form = EditForm(_stored(parcel), {}, desk.area_names(store), "", True)
        return _show(store, parcel, form)


def _stored(parcel: Parcel) -> dict[str, str]:
    return {name: values.as_typed(getattr(parcel, name)) for name in FIELDS}


def _show(store: Session, parcel: Parcel, form: EditForm, preview: Preview | None = None) -> Response:
    return make_response(
        render_template(
            "desk/edit.html", parcel=parcel, form=form, preview=preview, statuses=allowed(parcel),
            data_set=store.get(DataSet, parcel.data_set_id), UNTIL=UNTIL,
            version=request.form.get("version") or parcel.version,
        ),
        422 if form.problems else 200,
    )  # fmt: skip


def _typed() -> dict[str, str]:
    """What the form says, of an end only where the status has one."""
    typed = saving.typed(*FIELDS)
    if typed.get("status") not in UNTIL and "status_until" in typed:
        typed["status_until"] = ""
    return typed


def _again(number: str, typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    """The form once more with everything that was typed."""
    with signed_in.looking() as store:
        parcel = desk.parcel_of(store, signed_in.actor_for(Action.EDIT), number, Action.EDIT)
        return _show(store, parcel, _form(store, parcel, typed, problems))


def _form(store: Session, parcel: Parcel, typed: Mapping[str, str], problems: Mapping[str, str]) -> EditForm:
    texts = {**_stored(parcel), **typed}
    reason, confirm = request.form.get("reason", ""), bool(request.form.get("confirm"))
    return EditForm(texts, problems, desk.area_names(store), reason, confirm)


def _read(store: Session, typed: Mapping[str, str]) -> ParcelInput:
    return read_parcel(typed, current(), [area.id for area in desk.area_names(store)])


def _save(number: str) -> Response:
    actor, typed, wanted = signed_in.actor_for(Action.EDIT), _typed(), None
    try:
        with signed_in.writing() as store:
            parcel = desk.parcel_of(store, actor, number, Action.EDIT)
            read = _read(store, typed)
            wanted = _wanted(store, parcel, read)
            if problems := values.problems(read.problems) | _reason_missing(wanted, parcel):
                raise _NotTakenOverError(problems)
            saved = editing.save(store, actor, wanted)
    except editing.EditConflict:
        assert wanted is not None  # noqa: S101 - only saving it conflicts
        return conflict.answer(wanted, typed, url_for("desk.edit", number=number))
    except _NotTakenOverError as refused:
        return _again(number, typed, refused.problems)
    except InvalidInput as refused:
        return _again(number, typed, {refused.field or "status": values.rule(str(refused))})
    return _saved(saved)


def _wanted(store: Session, parcel: Parcel, read: ParcelInput) -> Edit:
    """What the form changes against the version it was filled from; of a comparison what was chosen."""
    actor, version = signed_in.actor_for(Action.EDIT), saving.version_seen()
    base = history.attributes_at(store, parcel, version) or {name: getattr(parcel, name) for name in EDITABLE}
    changed = kept(differing(read.values, base), request.form)
    confirmation = confirmed_now(actor) if request.form.get("confirm") else None
    return Edit(parcel.number, version, changed, None, saving.reason(), confirmation)


def _reason_missing(wanted: Edit, parcel: Parcel) -> dict[str, str]:
    moved = wanted.values.get("status", parcel.status) != parcel.status
    return {"reason": values.rule("reason_missing")} if moved and not wanted.reason else {}


def _saved(saved: editing.Saved) -> Response:
    back = saving.back_to(url_for("desk.parcel", number=saved.number))
    if saved.changed and not set(saved.changed) - {"confirmed_at", "confirmed_by"}:
        say(_("Confirmed: everything is still true"))
        return saving.to(back)
    words = Done(_("Changes saved"), _("Your changes wait for approval"), _("Nothing was changed"))
    saving.tell([saved], words, back)
    return saving.to(back)


def _preview(number: str) -> Response:
    """The form as it was typed, with what the public would see beside it; nothing is saved."""
    typed = _typed()
    with signed_in.looking() as store:
        actor = signed_in.actor_for(Action.EDIT)
        parcel = desk.parcel_of(store, actor, number, Action.EDIT)
        read = _read(store, typed)
        form = _form(store, parcel, typed, values.problems(read.problems))
        shown = _seen_by_public(parcels.get_kept_parcel(store, number), read)
        if request.headers.get(PART_HEADER) == "preview":
            return make_response(render_template("desk/_preview.html", preview=shown, form=form))
        return _show(store, parcel, form, shown)


def _seen_by_public(page: ParcelPage, read: ParcelInput) -> Preview:
    """The facts of the parcel's page with the values of the form in place; the row itself is let go of first."""
    parcel = page.parcel
    make_transient(parcel)
    for name, value in read.values.items():
        setattr(parcel, name, value)
    page = replace(page, confirmed_days=0 if request.form.get("confirm") else page.confirmed_days)
    return Preview(
        page, parcel_facts.planning(page), parcel_facts.land(page), supply_facts.transport_and_supply(page),
        parcel_facts.key_figures(page),
    )  # fmt: skip
