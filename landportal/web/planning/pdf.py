"""Templates as PDF/UA: tagged, with title and language, readable by a screen reader.

WeasyPrint reads our own style sheet and font and nothing else: no address is ever fetched.
"""

from __future__ import annotations

from typing import Any

from flask import render_template

from landportal.web.assets import FOLDER
from landportal.web.planning import files

SHEET = FOLDER / "css" / "pdf.css"
FONTS = f"{(FOLDER / 'vendor' / 'fonts').as_uri()}/"

WORDS = {
    "file_title": files.title,
    "file_heading": files.heading,
    "file_cell": files.cell,
    "file_is_number": files.is_number,
}
"""What the templates of files call besides the pages' own words."""


def written(template: str, **facts: Any) -> bytes:
    """The finished file of a template."""
    # Loaded with the first file: half a second that no other page shall wait for.
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcherResponse

    def fetch(url: str) -> Any:
        if not url.startswith(FONTS) or "/" in url.removeprefix(FONTS):
            raise ValueError(f"not one of our fonts: {url}")
        return URLFetcherResponse(url, (FOLDER / "vendor" / "fonts" / url.removeprefix(FONTS)).read_bytes())

    text, fonts = render_template(template, **facts, **WORDS), FontConfiguration()
    sheet = CSS(string=SHEET.read_text(), base_url=SHEET.as_uri(), url_fetcher=fetch, font_config=fonts)
    content: bytes = HTML(string=text, url_fetcher=fetch).write_pdf(
        stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1"
    )
    return content
