"""Which language a visitor reads: from the address, or from the browser where the address does not say.

Texts themselves live in ``translations/``, words for codes in ``wording``.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import Babel, Domain, get_locale
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

LANGUAGES = {"de": "Deutsch", "en": "English"}
DEFAULT = "de"
PREFIX = "/<any(de, en):lang>"
"""Put before the rules of every blueprint whose pages exist in both languages."""


def install(app: Flask) -> None:
    """Let Flask-Babel speak the language of each request."""
    babel = _Speaking(app, default_locale="en", default_timezone="Europe/Berlin", locale_selector=current)
    _translate_templates(app, babel.domain_instance.catalogues)
    app.url_value_preprocessor(_take_language)
    _give_language(app)
    app.context_processor(lambda: {"lang": current(), "languages": LANGUAGES, "same_page_in": same_page_in})


class _Catalogues(Domain):  # type: ignore[misc]
    """Our catalogues, loaded once: finding them by folder for each of its words took a tenth of a parcel's page."""

    def __init__(self) -> None:
        super().__init__()
        folder = Path(__file__).parent / "translations"
        self.catalogues = {lang: Translations.load(folder, [lang]) for lang in LANGUAGES}

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return self.catalogues[locale.language] if locale else NullTranslations()


class _Speaking(Babel):  # type: ignore[misc]
    @functools.cached_property
    def domain_instance(self) -> _Catalogues:
        return _Catalogues()


def _translate_templates(app: Flask, catalogues: Mapping[str, NullTranslations]) -> None:
    """Give templates the catalogues directly: asking Flask-Babel took longer than the rest of a small page."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: catalogues[current()].ugettext(text),
        lambda one, many, number: catalogues[current()].ungettext(one, many, number),
        newstyle=True,
        pgettext=lambda context, text: catalogues[current()].upgettext(context, text),
        npgettext=lambda context, one, many, number: catalogues[current()].unpgettext(context, one, many, number),
    )


def current() -> str:
    """The language of this request: of its address, else the browser's choice."""
    if not has_request_context():
        return DEFAULT
    return getattr(g, "lang", None) or of_address(request.path) or of_browser()


def of_address(path: str) -> str | None:
    """The language an address begins with, also where no page answers it."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in LANGUAGES else None


def of_browser() -> str:
    """The first language of the browser's list that is ours, whatever its region: en-GB is en."""
    wanted = (tag.split("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((lang for lang in wanted if lang in LANGUAGES), DEFAULT)


def same_page_in(lang: str) -> str:
    """Address of this very page in `lang`; the start page where the address carries no language.

    An address that only takes forms cannot be opened again: the nearest one above it that can is meant.
    """
    if of_address(request.path) is None:
        return url_for("pages.start", lang=lang)
    path = request.path
    while request.method != "GET" and not _opens(path) and path.count("/") > 1:
        path = path.rpartition("/")[0]
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    return f"/{lang}{quote(path[3:])}{query}"


def _opens(path: str) -> bool:
    try:
        current_app.url_map.bind_to_environ(request.environ).match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def _give_language(app: Flask) -> None:
    """Fill in the language of this request in every address that has one and was not told which."""

    @app.url_defaults
    def fill(endpoint: str, values: dict[str, object]) -> None:
        if "lang" not in values and app.url_map.is_endpoint_expecting(endpoint, "lang"):
            values["lang"] = current()


def _take_language(_endpoint: str | None, values: dict[str, object] | None) -> None:
    g.lang = values.pop("lang", None) if values else None
