"""The frame of the portal: the way in by language, and the pages every public site owes its visitors.

Imprint and privacy are the operator's words: a text file in the instance folder takes the place of our placeholder.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from landportal.web import language
from landportal.web.reading import settings

blueprint = Blueprint("pages", __name__)

OPERATOR_TEXT_BYTES_MAX = 100_000


@blueprint.get("/")
def any_language() -> BaseResponse:
    """To the start page in the browser's language."""
    answer = redirect(url_for("pages.start", lang=language.of_browser()))
    answer.vary.add("Accept-Language")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get(f"{language.PREFIX}/")
def start() -> BaseResponse:
    """Straight to the search: it is what visitors come for, and it explains itself."""
    return redirect(url_for("search.show"))


@blueprint.get(f"{language.PREFIX}/accessibility")
def accessibility() -> str:
    """The accessibility statement."""
    return render_template("pages/accessibility.html", operator_text=_operator_text("accessibility"))


@blueprint.get(f"{language.PREFIX}/privacy")
def privacy() -> str:
    """The privacy notice."""
    return render_template("pages/privacy.html", operator_text=_operator_text("privacy"), basemap=settings().basemap)


@blueprint.get(f"{language.PREFIX}/imprint")
def imprint() -> str:
    """Who runs this portal."""
    return render_template("pages/imprint.html", operator_text=_operator_text("imprint"))


def _operator_text(page: str) -> list[str] | None:
    """Paragraphs of the operator's own text for `page` in this language: `pages/<page>.<lang>.txt` in the instance."""
    file = settings().instance / "pages" / f"{page}.{language.current()}.txt"
    try:
        text = file.read_bytes()[:OPERATOR_TEXT_BYTES_MAX].decode("utf-8", "replace")
    except OSError:
        return None
    return [paragraph.strip() for paragraph in text.replace("\r\n", "\n").split("\n\n") if paragraph.strip()]
