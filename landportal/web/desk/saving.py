"""What the pages of the desk share when something is saved: the form's hidden facts, the toast, the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.services.editing import Saved
from landportal.web import formats
from landportal.web.desk.frame import say
from landportal.web.language import current

REASON_MAX = 2_000


def version_seen() -> int:
    """The version of the parcel that the form was filled from; InvalidInput where it was tampered with."""
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput("version", "version")
    return int(text)


def typed(*names: str) -> dict[str, str]:
    """What the form says of `names`: of a field sent twice (a checkbox and its "no") the last."""
    return {name: request.form.getlist(name)[-1] for name in names if name in request.form}


def reason() -> str | None:
    """The reason as it is kept, None where none was given."""
    text = request.form.get("reason", "").replace("\r\n", "\n").replace("\x00", "").strip()
    return text[:REASON_MAX] or None


def back_to(default: str) -> str:
    """The page of the desk the form was opened from, else `default`: nobody is sent elsewhere."""
    back = request.form.get("back") or request.args.get("back") or ""
    inside = back.startswith(f"/{current()}/desk/") and back.isprintable() and "\\" not in back and "//" not in back
    return back if inside else default


def to(address: str) -> Response:
    """Redirect after a form was taken: 303, so that reloading sends nothing twice."""
    return redirect(address, 303)


@dataclass(frozen=True)
class Done:
    """What was done, in the words of each outcome: saved at once, waiting for an approver, nothing to do."""

    saved: str
    waiting: str
    nothing: str


def tell(saved: Sequence[Saved], words: Done, back: str) -> None:
    """Say on the next page what became of one form, with a button that takes it back."""
    waiting = [one for one in saved if one.proposal_id is not None]
    changed = [one for one in saved if one.changed and one.proposal_id is None]
    if waiting:
        say(words.waiting, undo=_take_back(waiting, back))
    elif changed:
        say(words.saved, undo=_restore(changed, back))
    else:
        say(words.nothing)


UNDO_MAX = 40
"""So many parcels fit into the cookie that carries the toast."""


def _restore(changed: Sequence[Saved], back: str) -> tuple[str, list[tuple[str, str]]] | None:
    if len(changed) > UNDO_MAX:
        return None
    parcels = [("parcel", f"{one.number}:{one.version - 1}:{one.version}") for one in changed]
    return url_for("desk.undo"), [*parcels, ("back", back)]


def _take_back(waiting: Sequence[Saved], back: str) -> tuple[str, list[tuple[str, str]]] | None:
    if len(waiting) > 1:
        return None
    return url_for("desk.take_back", proposal_id=waiting[0].proposal_id), [("back", back)]


def parcels_saved(saved: Sequence[Saved]) -> Done:
    """The words for a change of several parcels."""
    count = len(saved)
    number = formats.number(count)
    return Done(
        ngettext("%(count)s site saved", "%(count)s sites saved", count, count=number),
        ngettext(
            "The change of %(count)s site waits for approval",
            "The changes of %(count)s sites wait for approval",
            count,
            count=number,
        ),
        _("Nothing was changed: everything was so already"),
    )
