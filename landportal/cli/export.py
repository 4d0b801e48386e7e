"""``landportal export``: what a search finds as a file, with its record beside it.

Search options are those of the web's addresses, read by the same reader; formats and refusals are the services' own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from werkzeug.datastructures import MultiDict

from landportal import db
from landportal.cli.database import engine
from landportal.config import read_settings
from landportal.errors import InvalidInput
from landportal.services.exports import FORMATS, ExportRequest, Scope, record, writing
from landportal.services.exports.record import Asked
from landportal.services.exports.request import columns_of, crs_of
from landportal.services.exports.writing import Export, sha256
from landportal.services.search import SearchCriteria, find
from landportal.web import create_app, params
from landportal.web.reading import end_of

_NOT_HERE = {"page"}
_HELP = {
    "q": "Name, place or number.",
    "ags": "Official key of a state, county or municipality (2, 5 or 8 digits).",
    "area": "Short name of an area.",
    "zone": "Zone by its BauNVO code (GE, GI, SO …).",
    "status": "Marketing status; without it: available.",
    "size_min_ha": "Hectares at least.",
    "size_max_ha": "Hectares at most.",
    "net_min_ha": "Hectares of net buildable land at least.",
    "fits": "A hall of that size fits: width x depth in metres, as 180x90.",
    "assemble_min_ha": "Free sites side by side that together have so many hectares.",
    "price_max_eur_m2": "Price at most, € a square metre.",
    "available_by": "Available by that day.",
    "freshness": "How long ago it was confirmed: fresh, due, old, stale, unconfirmed.",
    "plan": "Status of the development plan: in_force …",
    "round_the_clock": "Operation round the clock allowed.",
    "motorway_max_km": "Kilometres to the motorway at most.",
    "motorway_max_min": "Minutes by lorry to the next motorway junction at most.",
    "rail_max_km": "Kilometres to rail freight at most.",
    "rail_siding": "With a siding on the site.",
    "airport_max_km": "Kilometres to an airport at most.",
    "power_min_mw": "Megawatts of power at least.",
    "fibre_min_mbit": "Mbit/s of fibre at least.",
    "avoid": "Nothing inside such a zone: flood, nature, water, heritage, contamination …",
    "bbox": "West, south, east, north in degrees.",
    "as_of": "The state at the end of that day.",
    "sort": "Order of the rows, - reverses it; without it the order of the store, which costs nothing.",
}


def _search_options(command: Callable[..., None]) -> Callable[..., None]:
    """One option for every search parameter, under its own name."""
    for parameter in reversed(params.PARAMETERS):
        if parameter.name in _NOT_HERE:
            continue
        is_flag = isinstance(getattr(SearchCriteria(), parameter.name), bool)
        shown: dict[str, Any] = {"is_flag": True} if is_flag else {"multiple": parameter.many}
        name = f"--{parameter.name.replace('_', '-')}"
        words = _HELP.get(parameter.name, "As on the search page.") + (" Repeatable." if parameter.many else "")
        command = click.option(name, parameter.name, help=words, **shown)(command)
    return command


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--format", "code", type=click.Choice(list(FORMATS)), help="Format; without it by the file's ending.")
@click.option("--crs", metavar="EPSG", help="CRS by its EPSG number; without it what is usual for the format.")
@click.option("--columns", metavar="NAMES", multiple=True, help="Columns by commas; without it all of them.")
@click.option("--number", "numbers", multiple=True, help="Only the site of this number (repeatable).")
@click.option("--internal", is_flag=True, help="Withdrawn sites too, and the columns that only keepers see.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@_search_options
def export(file: Path, code: str | None, force: bool, **options: Any) -> None:
    """Write the sites that a search finds into FILE, and what they are into FILE.record.json.

    Search options are those of the search page's address; without any, the available sites. A killed export leaves no
    half file.

    Example:

        landportal export gotha.gpkg --ags 16067 --size-min-ha 5 --crs 25832
    """
    code = code or _by_ending(file)
    _refuse_existing(file, force)
    settings = read_settings()
    slow = replace(settings, statement_timeout_ms=settings.export_statement_timeout_ms)
    with _stopping_cleanly(), engine(slow) as connected, create_app(settings).test_request_context(_language()):
        request, asked = _request(code, options, settings.public_url)
        as_of = request.criteria.as_of
        with db.reading(connected, as_of=end_of(as_of) if as_of else None) as session:
            find.place_names(session, request.criteria)
            prepared = writing.prepare(session, None, request, asked)
            with _progress(prepared.count, file.name) as advance, _beside(file) as folder:
                path = writing.write(session, _telling(prepared, advance), folder)
                _put_in_place(prepared, path, file)
    click.echo(f"{file}: {prepared.count:,} sites. Its record: {_record_of(file)}")


def _by_ending(file: Path) -> str:
    """The first format whose files end like `file`; the longest ending counts."""
    for listed in sorted(FORMATS.values(), key=lambda listed: -len(listed.extension)):
        if file.name.lower().endswith(f".{listed.extension}") and not listed.plain:
            return listed.code
    raise click.UsageError(f"No format has files that end like {file.name}. Choose one by --format.")


def _refuse_existing(file: Path, force: bool) -> None:
    if not file.parent.is_dir():
        raise InvalidInput(f"There is no folder {file.parent}.", "FILE")
    if file.exists() and not force:
        raise InvalidInput(f"{file} exists. Use --force to replace it.", "FILE")


def _language() -> str:
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "/de/" if spoken.startswith("de") else "/en/"


def _request(code: str, options: dict[str, Any], portal: str) -> tuple[ExportRequest, Asked]:
    """The export that the options ask for; InvalidInput tells what cannot be used."""
    numbers, columns, crs = options.pop("numbers"), list(options.pop("columns")), options.pop("crs")
    scope = Scope.ALL if options.pop("internal") else Scope.PUBLIC
    given: MultiDict[str, str] = MultiDict()
    for name, value in options.items():
        for each in value if isinstance(value, tuple) else (value,):
            if each not in (None, False):
                given.add(name, "1" if each is True else each)
    whatever = SearchCriteria(status=()) if scope is Scope.ALL or numbers else None
    reading = params.read(given, unsaid=whatever)
    if reading.problems:
        raise params.InvalidParameters(reading.problems)
    wanted = FORMATS[code]
    request = ExportRequest(
        wanted, crs_of(crs, wanted), reading.criteria, scope, tuple(numbers), columns_of(columns, scope)
    )
    return request, Asked({name: given.getlist(name) for name in given}, portal)


def _telling(prepared: Export, advance: Callable[[int], None]) -> Export:
    """`prepared`, telling `advance` about rows as they are written."""
    return replace(prepared, content=replace(prepared.content, advance=advance))


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A folder on the file's own disk, so that it can be put in place in one step; gone at the end."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as folder:
        yield Path(folder)


def _put_in_place(prepared: Export, path: Path, file: Path) -> None:
    """The record first: whoever sees the file finds what it is."""
    facts = record.written(prepared.record, file=file.name, bytes=path.stat().st_size, sha256=sha256(path))
    beside = path.with_name("record.json")
    beside.write_text(facts, encoding="utf-8")
    beside.replace(_record_of(file))
    path.replace(file)


def _record_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.record.json")


@contextlib.contextmanager
def _progress(total: int, name: str) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, a line every tenth elsewhere."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(name, total=total)
            yield lambda rows: bar.advance(task, rows)
        return
    done, told = 0, 0

    def advance(rows: int) -> None:
        nonlocal done, told
        done += rows
        if total >= 10_000 and done * 10 // total > told:
            told = done * 10 // total
            click.echo(f"{name}: {done:,} of {total:,}", err=True)

    yield advance


@contextlib.contextmanager
def _stopping_cleanly() -> Iterator[None]:
    """SIGTERM as Ctrl-C: on this the driver stops its statement, and the temporary folder goes."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
