"""What the pages about shapes share: their blueprint, limits of what is sent, the way back after saving."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, Self

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from werkzeug.datastructures import FileStorage

from landportal.errors import InvalidInput
from landportal.services.editing import EditConflict, Saved
from landportal.services.shapes import BadShape, Divided
from landportal.web import language, map_view
from landportal.web.desk.frame import say
from landportal.web.reading import settings
from landportal.web.shapes import words

blueprint = Blueprint("shapes", __name__, url_prefix=f"{language.PREFIX}/desk")

SHAPE_MAX_BYTES = 4_000_000
"""A form with a shape in it: text, and what a browser makes of its line ends."""

UPLOAD_MAX_BYTES = 50_000_000
"""A file with a shape in it."""

REASON_MAX = 2_000


@blueprint.url_value_preprocessor
def _limit(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything of a form is read, its token too: what is larger is refused unread (413)."""
    takes_files = endpoint in {"shapes.shape", "shapes.new"}
    request.max_content_length = UPLOAD_MAX_BYTES if takes_files else SHAPE_MAX_BYTES
    request.max_form_memory_size = SHAPE_MAX_BYTES


@blueprint.before_request
def refuse_nul() -> None:
    """PostgreSQL takes no NUL byte in a text; nobody types one."""
    sent = (*request.view_args.values(), *request.values.values()) if request.view_args else request.values.values()
    if any("\x00" in str(value) for value in sent):
        raise InvalidInput("nul", None)


@dataclass(frozen=True, kw_only=True)
class FormState:
    """What every form about shapes holds. `problems`: field → sentence; `conflict`: who saved first."""

    reason: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    conflict: str | None = None

    def wrong(self, name: str, sentence: str) -> Self:
        """The same with a problem more."""
        return replace(self, problems={**self.problems, name: sentence})


def rendered(template: str, bounds: map_view.Bounds | None, **facts: object) -> str:
    """A page of `templates/desk/shapes` with its map to draw on and the addresses that its script asks."""
    return render_template(
        f"desk/shapes/{template}.html", map=map_view.editor_map(bounds, settings(), language.current()),
        check_address=url_for("shapes.check"), neighbours_address=url_for("shapes.neighbours"), **facts,
    )  # fmt: skip


def hole_word() -> str:
    """The line that begins a hole, in the reader's language."""
    return pgettext("shape", "hole")


def version() -> int:
    """The version the officer saw, from the form."""
    text = request.form.get("version", "")
    if not text.isdigit() or len(text) > 9:
        raise InvalidInput("version", "version")
    return int(text)


def reason() -> str:
    """Why, from the form."""
    return request.form.get("reason", "").strip()[:REASON_MAX]


def problem_of(error: InvalidInput) -> tuple[str, str]:
    """Field and sentence of what was wrong with a form."""
    if isinstance(error, BadShape):
        return error.field or "shape", words.bad_shape(error)
    return error.field or "", words.refusal(error)


@blueprint.app_template_global("shape_problems")
def summary(problems: dict[str, str]) -> list[tuple[str, str]]:
    """Problems for the error summary: the id of the control and the sentence."""
    return [(f"f-{field}" if field else "", sentence) for field, sentence in problems.items()]


@blueprint.app_template_global()
def parcel_address(number: str) -> str:
    """The desk's page of a parcel."""
    return url_for("desk.parcel", number=number)


def say_saved(saved: Saved) -> None:
    """Tell on the next page what became of a shape."""
    if saved.proposal_id is not None:
        say(_("Your change waits for an approver."))
    else:
        say(_("Shape saved."))


def say_divided(divided: Divided, done: str) -> None:
    """Tell on the next page what became of splitting or merging."""
    say(_("Your change waits for an approver.") if divided.proposal_id is not None else done)


def told_conflict(error: EditConflict) -> str:
    """The sentence above a form that came second. The row itself is gone with its transaction; its number is left."""
    return _(
        "%(number)s was changed by somebody else while you worked. Your input is still here; please compare and"
        " save once more.",
        number=str(error),
    )


@contextlib.contextmanager
def received(upload: FileStorage) -> Iterator[Path]:
    """The uploaded file under its own name in a folder that is gone after the block."""
    name = PurePath((upload.filename or "").replace("\\", "/")).name.replace("\0", "")[-120:] or "upload"
    with tempfile.TemporaryDirectory(prefix="landportal-shape-") as folder:
        path = Path(folder) / (name if name not in {".", ".."} else "upload")
        upload.save(path)
        yield path
