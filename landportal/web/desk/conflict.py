"""The answer where two people changed the same parcel: both versions side by side, nothing typed is lost (409)."""

from __future__ import annotations

from collections.abc import Mapping

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from landportal.services import desk, history
from landportal.services.edits import EDITABLE, Edit
from landportal.services.parcel_input import differing
from landportal.services.permissions import Action
from landportal.web import signed_in
from landportal.web.desk import comparison, saving
from landportal.web.desk.comparison import STATUS


def answer(edit: Edit, typed: Mapping[str, str], action: str) -> Response:
    """The page: what is stored by now, what was wanted, and a form to `action` that keeps one of both per field.

    `typed` is sent along as it was typed, for the wanted fields alone.
    """
    actor = signed_in.actor_for(Action.EDIT)
    with signed_in.looking() as store:
        parcel = desk.parcel_of(store, actor, edit.number, Action.EDIT)
        stored = {name: getattr(parcel, name) for name in EDITABLE}
        base = history.attributes_at(store, parcel, edit.version)
        names = set(edit.values) | (set(STATUS) if set(STATUS) & set(edit.values) else set())
        page = render_template(
            "desk/conflict.html",
            parcel=parcel,
            saver=history.last_saver(store, parcel),
            rows=comparison.rows(stored, edit.values, base, desk.area_names(store)),
            open=differing(edit.values, stored),
            hidden=[(name, text) for name, text in typed.items() if name in names] + _told(),
            action=action,
            back=saving.back_to(url_for("desk.parcel", number=edit.number)),
        )
    return make_response(page, 409)


def _told() -> list[tuple[str, str]]:
    """What the form said beside the attributes."""
    return [(name, request.form[name]) for name in ("reason", "confirm", "sure", "back") if request.form.get(name)]
