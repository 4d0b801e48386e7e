"""Documents and photos of a parcel: the desk's page that adds and takes down, and the files themselves.

A file goes out as what it was found to be, locked down whatever it holds: pictures inline, PDFs as downloads, both
under a policy that lets nothing in them run or load. What is kept at all is decided in `services.documents`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_pgettext, ngettext
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.model import DocumentKind
from landportal.services import documents, shapes
from landportal.services.document_contents import PDF_MAX_BYTES, Unfit
from landportal.services.documents import NewDocument, Shown
from landportal.services.permissions import Action, Actor
from landportal.web import formats, language, signed_in
from landportal.web.desk.frame import say
from landportal.web.reading import snapshot
from landportal.web.shapes.form import refuse_nul

blueprint = Blueprint("documents", __name__, url_prefix=language.PREFIX)

UPLOAD_MAX_BYTES = PDF_MAX_BYTES + 1_000_000
"""The largest file that is kept, and room for the form around it."""

LOCKED_DOWN = "sandbox; default-src 'none'"
"""Policy of every file: should a browser show it after all, nothing in it runs, loads or belongs to this site."""

KINDS = {
    DocumentKind.UTILITY_LETTER: lazy_pgettext("document", "utility letter"),
    DocumentKind.SOIL_SURVEY: lazy_pgettext("document", "soil survey"),
    DocumentKind.SPECIES_REPORT: lazy_pgettext("document", "species report"),
    DocumentKind.PLAN: lazy_pgettext("document", "plan"),
    DocumentKind.PHOTO: lazy_pgettext("document", "photo"),
    DocumentKind.OTHER: lazy_pgettext("document", "other document"),
}


@blueprint.url_value_preprocessor
def _limit(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything of a form is read, its token too: what is larger is refused unread (413)."""
    if endpoint == "documents.desk":
        request.max_content_length = UPLOAD_MAX_BYTES


@blueprint.before_request
def _refuse_nul() -> None:
    refuse_nul()


@dataclass(frozen=True)
class Adding:
    """The state of the form: what was typed, and what was wrong with it."""

    kind: str = DocumentKind.UTILITY_LETTER
    title: str = ""
    issued_on: str = ""
    expires_on: str = ""
    public: bool = False
    problems: dict[str, str] = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------------- the desk


@blueprint.route("/desk/parcels/<number>/documents", methods=["GET", "POST"])
def desk(number: str) -> Response | tuple[str, int]:
    """The documents of one parcel, and the form that adds another."""
    actor = signed_in.actor_for(Action.EDIT)
    if request.method == "GET":
        return _page(actor, number, Adding(), 200)
    sent = _sent()
    try:
        with signed_in.writing() as session:
            documents.add(session, actor, number, _wanted(sent))
    except InvalidInput as error:
        return _page(actor, number, _with_problem(sent, error), 422)
    if sent.public and actor.four_eyes:
        say(_("Document added. It becomes public as soon as an approver has seen it."))
    else:
        say(_("Document added."))
    return redirect(url_for("documents.desk", number=number), 303)


@blueprint.post("/desk/parcels/<number>/documents/<int(max=2147483647):document_id>/take-down")
def take_down(number: str, document_id: int) -> Response:
    """Take a document off every page."""
    actor = signed_in.actor_for(Action.EDIT)
    with signed_in.writing() as session:
        documents.take_down(session, actor, number, document_id)
    say(_("Document taken down. It stays in the archive."))
    return redirect(url_for("documents.desk", number=number), 303)


@blueprint.post("/desk/parcels/<number>/documents/<int(max=2147483647):document_id>/publish")
def publish(number: str, document_id: int) -> Response:
    """Make a document public."""
    actor = signed_in.actor_for(Action.EDIT)
    with signed_in.writing() as session:
        documents.publish(session, actor, number, document_id)
    say(_("Document is public now."))
    return redirect(url_for("documents.desk", number=number), 303)


def _sent() -> Adding:
    form = request.form
    return Adding(
        form.get("kind", ""), form.get("title", ""), form.get("issued_on", ""), form.get("expires_on", ""),
        form.get("public") == "1",
    )  # fmt: skip


def _wanted(sent: Adding) -> NewDocument:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise InvalidInput("file_missing", "file")
    return NewDocument(
        sent.kind, sent.title, upload.read(), upload.filename, _day(sent.issued_on, "issued_on"),
        _day(sent.expires_on, "expires_on"), sent.public,
    )  # fmt: skip


def _day(text: str, name: str) -> dt.date | None:
    """A day as browsers send it (2026-11-25) or as people type it (25.11.2026)."""
    if not text.strip():
        return None
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return dt.datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise InvalidInput("not_a_day", name)


def _with_problem(sent: Adding, error: InvalidInput) -> Adding:
    sentence = _unfit(error) if isinstance(error, Unfit) else _refusal(str(error))
    return Adding(
        sent.kind, sent.title, sent.issued_on, sent.expires_on, sent.public, {error.field or "file": sentence}
    )  # fmt: skip


def _page(actor: Actor, number: str, state: Adding, status: int) -> tuple[str, int]:
    with signed_in.looking() as session:
        now = shapes.parcel_at_desk(session, actor, number)
        page = render_template(
            "desk/documents/documents.html", parcel=now, documents=documents.for_desk(session, actor, number),
            state=state, actor=actor, kinds=[(kind.value, label) for kind, label in KINDS.items()],
        )  # fmt: skip
    return page, status


# ------------------------------------------------------------------------------------------------------ the files


@blueprint.get("/parcels/<number>/documents/<int(max=2147483647):document_id>/<file_name>")
def file(number: str, document_id: int, file_name: str) -> Response:
    """One file; with ``small=1`` the small copy of a picture. 404 for what is not this reader's."""
    actor = signed_in.actor()
    with signed_in.looking() if actor else snapshot() as session:
        found = documents.hand_out(session, actor, number, document_id, file_name)
    is_small = request.args.get("small") == "1"
    etag = f"{found.sha256}{'-small' if is_small else ''}"
    answer = Response(status=304)
    if not request.if_none_match.contains(etag):
        sent = documents.small(found) if is_small else found
        answer = Response(sent.data, mimetype=sent.media_type)
    answer.set_etag(etag)
    how = "inline" if found.media_type.startswith("image/") else "attachment"
    answer.headers["Content-Disposition"] = _disposition(how, found.file_name)
    answer.headers["Content-Security-Policy"] = LOCKED_DOWN
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # Asked for anew each time: what is taken down is gone at once.
    answer.headers["Cache-Control"] = "no-cache" if found.public else "private, no-cache"
    return answer


def _disposition(how: str, file_name: str) -> str:
    """The header by RFC 6266: a plain name for old programs, the real one beside it."""
    plain = file_name.encode("ascii", "replace").decode().replace("?", "_")
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name)}"


# ------------------------------------------------------------------------------------------------------- in words


@blueprint.app_template_filter("document_kind")
def document_kind(kind: str) -> str:
    """A kind of document in words."""
    return str(KINDS[DocumentKind(kind)])


@blueprint.app_template_filter("document_dates")
def document_dates(document: Shown) -> str:
    """Vom 14.03.2026, gültig bis 14.03.2028; empty where nobody said."""
    issued, expires = document.issued_on, document.expires_on
    if issued and expires:
        return _("of %(day)s, valid until %(end)s", day=formats.date(issued), end=formats.date(expires))
    if issued:
        return _("of %(day)s", day=formats.date(issued))
    return _("valid until %(end)s", end=formats.date(expires)) if expires else ""


@blueprint.app_template_filter("document_age")
def document_age(document: Shown) -> str:
    """Läuft in 20 Tagen ab; empty where the end is far or unknown."""
    days = document.days_left
    if days is None or not (document.expired or document.expires_soon):
        return ""
    if document.expired:
        return ngettext("expired %(num)s day ago", "expired %(num)s days ago", -days)
    return ngettext("expires in %(num)s day", "expires in %(num)s days", days) if days else _("expires today")


@blueprint.app_template_filter("file_size")
def file_size(size_bytes: int) -> str:
    """A size as people read it: 240 kB, 1,2 MB."""
    if size_bytes < 1_000_000:
        return f"{formats.number(max(1, round(size_bytes / 1000)))}{formats.NBSP}kB"
    return f"{formats.number(size_bytes / 1_000_000, 1)}{formats.NBSP}MB"


@blueprint.app_template_global()
def document_address(document: Shown, small: bool = False) -> str:
    """Where a document is served."""
    place = {"number": document.number, "document_id": document.id, "file_name": document.file_name}
    return url_for("documents.file", **place, **({"small": 1} if small else {}))


def _unfit(error: Unfit) -> str:
    facts = error.facts
    sentences = {
        "empty": lambda: _("The file is empty."),
        "too_large": lambda: _("The file is larger than %(limit)s MB.", limit=facts["limit"]),
        "too_many_pixels": lambda: _("The picture has more than %(limit)s million pixels.", limit=facts["limit"]),
        "picture_damaged": lambda: _("The picture is damaged or cut off."),
        "pdf_damaged": lambda: _("The PDF is damaged."),
        "pdf_cut_off": lambda: _("The PDF is cut off: its end is missing."),
        "pdf_locked": lambda: _("The PDF is locked with a password. Please save it without one."),
        "two_in_one": lambda: _("The file is a PDF and something else at once; that is not kept."),
        "not_ours": lambda: _not_ours(str(facts["found"])),
    }
    return sentences[error.code]()


def _not_ours(found: str) -> str:
    told = _("By its content the file is neither a PDF nor a JPEG, PNG or WebP picture.")
    guess = _("It looks like %(found)s.", found=found) if found != "?" else ""
    return f"{told} {guess}".rstrip()


def _refusal(code: str) -> str:
    sentences = {
        "file_missing": lambda: _("Please choose a file first."),
        "kind_unknown": lambda: _("Please choose a kind."),
        "photo_is_no_picture": lambda: _("A photo is a picture; for a PDF please choose another kind."),
        "title_missing": lambda: _("Please give a title."),
        "title_too_long": lambda: _("The title is too long."),
        "expires_before_issue": lambda: _("It cannot expire before it was issued."),
        "not_a_day": lambda: _("Please enter a date, for example 14.03.2026."),
        "too_many_documents": lambda: _("The site has too many documents. Please take some down first."),
    }
    said = sentences.get(code)
    return said() if said else _("This entry cannot be used.")
