"""Letters as plain-text templates, one file a letter and language; the first line is the subject.

Who gets a letter and when is decided where it is posted (`services.outbox`).
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent


def written(name: str, language: str, **facts: object) -> tuple[str, str]:
    """Subject and body of letter `name` in `language` (de or en). Dates are datetime.date, numbers unformatted."""
    text = _environment(language).get_template(f"{name}.{language}.txt").render(**facts)
    subject, _, body = text.partition("\n")
    return " ".join(subject.removeprefix("Subject:").split()), f"{body.strip()}\n"


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text, where there is nothing to escape
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["date"] = lambda day: _date(day, language)
    environment.filters["number"] = lambda value: format_decimal(value, locale=language)
    environment.filters["line"] = lambda text: " ".join(str(text).split())
    return environment


def _date(day: dt.date, language: str) -> str:
    return format_date(day, "dd.MM.yyyy" if language == "de" else "d MMMM yyyy", locale=language)
