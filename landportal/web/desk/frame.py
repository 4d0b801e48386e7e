"""The frame of the desk: its blueprint, its side navigation, and what a page says after something was saved.

What the pages show lives beside this module, one a page; templates/desk/_desk.html places the parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, get_flashed_messages, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from landportal.services.permissions import Action
from landportal.web import language, signed_in

blueprint = Blueprint("desk", __name__, url_prefix=f"{language.PREFIX}/desk")

TOAST = "toast"


@dataclass(frozen=True)
class Section:
    """An entry of the side navigation; `endpoints` are the pages that belong to it, the first is its address."""

    label: LazyString
    icon: str
    action: Action | None
    endpoints: tuple[str, ...]

    @property
    def endpoint(self) -> str:
        """Where it leads."""
        return self.endpoints[0]

    @property
    def current(self) -> str | None:
        """``page`` on its own page, ``true`` on one below it."""
        if request.endpoint == self.endpoint:
            return "page"
        return "true" if _belongs(request.endpoint or "", self.endpoints) else None


def _belongs(endpoint: str, endpoints: Sequence[str]) -> bool:
    blueprint_of = endpoint.partition(".")[0]
    return endpoint in endpoints or f"{blueprint_of}.*" in endpoints


SECTIONS = (
    Section(
        _l("My desk"), "layout-dashboard", Action.SEE_DESK,
        (
            *("desk.show", "desk.parcel", "desk.edit", "desk.status", "desk.many_status", "desk.many_dates"),
            *("desk.history", "desk.restore", "documents.*", "shapes.shape", "shapes.split", "shapes.merge"),
        ),
    ),
    Section(
        _l("Waiting changes"), "git-pull-request", Action.SEE_DESK, ("desk.proposals", "desk.proposal", "desk.decide"),
    ),
    Section(_l("New site"), "plus", Action.EDIT, ("shapes.new",)),
    Section(_l("Import"), "upload", Action.IMPORT, ("deliveries.index", "deliveries.*")),
    Section(
        _l("Layers"), "layers", Action.PUBLISH_LAYERS,
        (
            *("planning.layers", "planning.new_layer", "planning.upload_layer", "planning.layer_upload"),
            *("planning.settle_upload", "planning.ask_take_down", "planning.take_down"),
        ),
    ),
    Section(_l("Distances"), "ruler", Action.SET_DISTANCES, ("planning.distances", "planning.set_distance")),
    Section(_l("Organisation"), "users", Action.MANAGE_ACCOUNTS, ("organisation.index", "organisation.*")),
    Section(_l("My account"), "user-cog", None, ("accounts.show", "accounts.*")),
)  # fmt: skip


@blueprint.app_template_global()
def desk_sections() -> list[Section]:
    """The sections of the desk for whoever is signed in."""
    actor = signed_in.actor()
    return [
        section for section in SECTIONS if section.action is None or (actor is not None and actor.may(section.action))
    ]


@blueprint.app_template_global()
def actor_saves_at_once() -> bool:
    """Whether what this person saves holds at once; with four eyes it waits."""
    actor = signed_in.actor()
    return actor is not None and not actor.four_eyes


@blueprint.app_template_test("iso_day")
def is_iso_day(text: str) -> bool:
    """Whether a date field of the browser can show `text`."""
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII))


@dataclass(frozen=True)
class Toast:
    """What was done, said once on the next page; `undo` names the address and fields of the form that takes it back."""

    words: str
    undo_address: str | None = None
    undo_fields: tuple[tuple[str, str], ...] = ()
    warning: bool = False


def say(words: str, *, undo: tuple[str, Sequence[tuple[str, str]]] | None = None, warning: bool = False) -> None:
    """Say `words` on the next page this person sees."""
    address, fields = undo or (None, ())
    flash({"words": words, "address": address, "fields": [list(pair) for pair in fields], "warning": warning}, TOAST)  # type: ignore[arg-type]


@blueprint.app_template_global()
def desk_toasts() -> list[Toast]:
    """What is to be said, once."""
    told = get_flashed_messages(category_filter=[TOAST])
    return [
        Toast(said["words"], said["address"], tuple((name, value) for name, value in said["fields"]), said["warning"])
        for said in told
        if isinstance(said, dict)
    ]
