"""Two states side by side: what is stored beside what somebody wants, field by field, in words.

Used where two people changed the same parcel, and where an approver looks at a proposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from landportal.services.desk import AreaName
from landportal.services.edits import EDITABLE
from landportal.services.parcel_input import same
from landportal.web import formats, wording
from landportal.web.desk import values
from landportal.web.desk.attributes import label

STATUS = ("status", "status_since", "status_until")
"""Three columns that are one fact: nobody keeps the end of one status with another."""


@dataclass(frozen=True)
class Row:
    """One field: what is stored, what is wanted. `choice`: both differ and one of them has to be chosen."""

    name: str
    label: str
    stored: str
    wanted: str
    equal: bool
    choice: bool


def rows(
    stored: Mapping[str, Any], wanted: Mapping[str, Any], base: Mapping[str, Any] | None, areas: Sequence[AreaName]
) -> list[Row]:
    """The fields that `wanted` changes or that somebody changed since `base`; nothing else."""
    moved = {name for name in EDITABLE if base is not None and not same(base[name], stored[name])}
    names = [name for name in ("status", *EDITABLE) if name in moved or name in wanted]
    if set(STATUS) & set(names):
        names = ["status", *(name for name in names if name not in STATUS)]
    return [_row(name, stored, wanted, base or stored, areas) for name in names]


def _row(
    name: str, stored: Mapping[str, Any], wanted: Mapping[str, Any], base: Mapping[str, Any], areas: Sequence[AreaName]
) -> Row:
    parts = STATUS if name == "status" else (name,)
    mine = {part: wanted.get(part, base[part]) for part in parts}
    theirs = {part: stored[part] for part in parts}
    equal = all(same(mine[part], theirs[part]) for part in parts)
    chosen_by_me = any(part in wanted for part in parts)
    return Row(
        name, label(name), in_words(name, theirs, areas), in_words(name, mine, areas), equal, chosen_by_me and not equal
    )


def in_words(name: str, state: Mapping[str, Any], areas: Sequence[AreaName]) -> str:
    """A field of `state` in words; a status with its days."""
    return status_in_words(state) if name == "status" else values.words(name, state[name], areas)


def status_in_words(state: Mapping[str, Any]) -> str:
    """A status with its days: reserviert seit 01.02.2026 bis 30.06.2026."""
    said = wording.status(state["status"])
    if state.get("status_since"):
        said = _("%(status)s since %(day)s", status=said, day=formats.date(state["status_since"]))
    if state.get("status_until"):
        said = _("%(status)s until %(day)s", status=said, day=formats.date(state["status_until"]))
    return said


def kept(wanted: Mapping[str, Any], choices: MultiDict[str, str]) -> dict[str, Any]:
    """What is left of `wanted` once those fields are taken out where the stored value was chosen."""
    given_up = {name.removeprefix("keep-") for name, side in choices.items() if side == "stored"}
    if "status" in given_up:
        given_up |= set(STATUS)
    return {name: value for name, value in wanted.items() if name not in given_up}
