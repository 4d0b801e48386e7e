"""What a planner says of a layer, read out of the form: every bad entry is told at its field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from landportal.errors import InvalidInput
from landportal.model import ContextLayer, LayerUpload
from landportal.services.layer_imports import check_name
from landportal.web.deliveries.words import sentence

TEXT_MAX = 300
LONG_MAX = 2_000

FACTS = ("title_de", "title_en", "description", "publisher", "licence", "licence_url", "attribution")
_NEEDED = {"title_de", "licence", "attribution"}


@dataclass
class LayerForm:
    """The entries as typed, and what is wrong with which."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    def chosen(self, upload: LayerUpload) -> dict[str, Any]:
        """The entries as an upload keeps them; empty ones clear nothing that an earlier delivery said."""
        facts: dict[str, Any] = {name: self.values[name] or None for name in FACTS}
        facts["data_date"] = self.values["data_date"] or None
        chosen = {"facts": facts, "key": self.values["key"], "private": self.values["audience"] == "own"}
        return chosen if upload.replaces else {**chosen, "name": self.values["name"]}


def first_form(upload: LayerUpload, layer: ContextLayer | None) -> LayerForm:
    """The form as it is first shown: what was chosen before, else what the layer says now."""
    options = upload.options
    kept = options.get("facts") or {}
    values = {name: kept.get(name) or (getattr(layer, name) if layer else None) or "" for name in FACTS}
    day = kept.get("data_date") or ""
    private = options.get("private", layer is not None and layer.organisation_id is not None)
    return LayerForm(
        {**values, "data_date": day, "key": options.get("key") or "", "name": options.get("name") or "",
         "audience": "own" if private else "all"}
    )  # fmt: skip


def read_form(sent: Mapping[str, str], upload: LayerUpload) -> LayerForm:
    """What was sent, with its problems."""
    names = (*FACTS, "data_date", "key", "name", "audience")
    form = LayerForm({name: plain(sent.get(name, "")) for name in names})
    for name in FACTS:
        limit = LONG_MAX if name == "description" else TEXT_MAX
        if len(form.values[name]) > limit:
            form.problems[name] = _("At most %(limit)s characters, please.", limit=limit)
        elif not form.values[name] and name in _NEEDED:
            form.problems[name] = _("Please say this; it stands beside the layer.")
    _check_address(form)
    _check_day(form)
    columns = {one["source_name"] for one in (upload.survey or {}).get("fields", ())}
    if form.values["key"] and form.values["key"] not in columns:
        form.problems["key"] = _("The file has no such column.")
    if not upload.replaces:
        _check_name(form)
    return form


def plain(text: str) -> str:
    """Without control characters: none of them belongs into a title, and a database refuses some."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n").strip()


def _check_address(form: LayerForm) -> None:
    address = form.values["licence_url"]
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.netloc)
    except ValueError:
        usable = False
    if address and not usable:
        form.problems["licence_url"] = _("Please enter a whole address that begins with https://.")


def _check_day(form: LayerForm) -> None:
    try:
        if form.values["data_date"]:
            form.values["data_date"] = dt.date.fromisoformat(form.values["data_date"]).isoformat()
    except ValueError:
        form.problems["data_date"] = _("Please enter a day like 2026-03-14.")


def _check_name(form: LayerForm) -> None:
    try:
        check_name(form.values["name"])
    except InvalidInput as refused:
        note = getattr(refused, "note", None)
        form.problems["name"] = sentence(note.code, note.facts) if note else str(refused)
