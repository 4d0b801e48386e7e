"""The land balance of a place between two days: a page, and the parcels behind each of its figures.

What is counted and how is the services' business (`services.reports`), files are written by `balance_files`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response, make_response, render_template, request
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput, NotFound
from landportal.services.reports import behind, units
from landportal.services.reports.units import Unit
from landportal.web import language, params
from landportal.web.planning import balance_args, balance_files, balance_kept, balance_words, files
from landportal.web.planning.balance_args import Asked
from landportal.web.planning.balance_kept import Made
from landportal.web.planning.balance_view import BalanceView
from landportal.web.planning.frame import blueprint
from landportal.web.reading import snapshot

PAGES_MAX = 10_000
MEDIA_TYPES = {"csv": "text/csv", "xlsx": files.XLSX, "pdf": "application/pdf"}

blueprint.add_app_template_filter(balance_words.unit_name, "unit_name")
blueprint.add_app_template_filter(balance_words.place, "place_in_balance")
blueprint.add_app_template_filter(balance_words.servicing_name, "servicing_name")


@blueprint.get("/balance")
def balance() -> Response:
    """The land balance; without parameters that of the whole state in the running year."""
    with reading() as (session, asked, choices):
        made = _made(session, asked)
        view = BalanceView(asked, choices, made.report if made else None, made.picture if made else None)
        return make_response(render_template("planning/balance.html", view=view), 422 if asked.problems else 200)


@blueprint.get("/balance/parcels")
def balance_parcels() -> str:
    """The parcels behind a figure that the search cannot find, with what each adds to it."""
    page = params.whole_number(request.args, "page", 1, PAGES_MAX)
    with reading(("of", "page")) as (session, asked, _choices):
        asked.raise_problems()
        try:
            figure = behind.read_figure(request.args.get("of", ""))
            unit = units.find_unit(session, asked.unit)
            if asked.begins > asked.ends:
                raise InvalidInput("", "from")
        except InvalidInput as refused:
            asked.refuse(refused)
            asked.raise_problems()
            raise
        found = behind.parcels(session, unit, (asked.begins, asked.ends), figure, page)
        return render_template(
            "planning/balance_parcels.html", asked=asked, unit=unit, figure=figure, found=found, page=page,
            label=balance_words.figure(figure, asked.begins, asked.ends), pages=-(-found.count // behind.LISTED_MAX),
        )  # fmt: skip


@contextmanager
def reading(also: tuple[str, ...] = ()) -> Iterator[tuple[Session, Asked, tuple[Unit, ...]]]:
    """What is asked for, in a session that sees the end of its last day; and the units to choose from."""
    asked = balance_args.read(request.args, "", also)
    with snapshot(asked.as_of) as session:
        choices = units.choices(session)
        asked.unit = asked.unit or (choices[0].key if choices else "")
        yield session, asked, choices


def _made(session: Session, asked: Asked) -> Made | None:
    """The report; None where something asked for cannot be used, or there is no place at all."""
    if asked.problems or not asked.unit:
        return None
    try:
        return balance_kept.made(session, asked.wanted)
    except InvalidInput as refused:
        asked.refuse(refused)
        return None


@blueprint.get("/balance.<any(csv, xlsx, pdf):format>")
def balance_file(format: str) -> Response:
    """The same figures as a file: CSV for programs, XLSX for a table of one's own, PDF to print and to file."""
    with reading() as (session, asked, _choices):
        made = _made(session, asked)
        asked.raise_problems()
        if made is None:
            raise NotFound
        name = (format, language.current())
        if name not in made.files:
            made.files[name] = balance_files.written(made.report, format, made.picture)
        return sent(made.files[name], balance_files.file_name(made.report, format))


def sent(content: bytes, name: str) -> Response:
    """A file as an answer; the name's ending says which kind it is."""
    response = Response(content, mimetype=MEDIA_TYPES[name.rpartition(".")[2]])
    how = "inline" if name.endswith(".pdf") else "attachment"
    response.headers.set("Content-Disposition", how, filename=name)
    return response
