"""``landportal report``: the land balance and area profiles as files, with the same words and figures as the pages."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy.orm import Session

from landportal import db
from landportal.cli.database import engine
from landportal.config import read_settings
from landportal.errors import InvalidInput, NotFound
from landportal.services.days import end_of, today
from landportal.services.reports import outlines, profiles
from landportal.services.reports.land_balance import GAP_MAX_M, ROAD_WIDTH_M, Wanted, land_balance
from landportal.services.reports.units import UnitKind

DAY = click.DateTime(["%Y-%m-%d"])

REFUSALS = {
    "unit": "There is no such place: {value}",
    "from": "The first day lies after the last one.",
    "by": "This place has no such parts.",
}


@click.group()
def report() -> None:
    """Reports: land balance, area profiles."""


@report.command()
@click.option("--ags", help="Official key of a state, county or municipality: 2, 5 or 8 digits.")
@click.option("--region", help="A planning region, for example mittelthueringen.")
@click.option("--area", help="Short name (slug) of an area.")
@click.option("--from", "begins", type=DAY, help="Opening: the end of this day. [default: end of the year before]")
@click.option("--to", "ends", type=DAY, help="Closing: the end of this day. [default: today]")
@click.option("--by", type=click.Choice([kind.value for kind in UnitKind][1:]), help="Parts to break it down into.")
@click.option("--gap", type=click.IntRange(0, int(GAP_MAX_M)), default=int(ROAD_WIDTH_M), show_default=True,
              help="Metres between sites that still count as contiguous; 0: they share an edge.")  # fmt: skip
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx", "pdf", "json"]), default="csv", show_default=True)
@click.option("--language", type=click.Choice(["de", "en"]), default="de", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of the terminal."
)
def balance(
    ags: str | None, region: str | None, area: str | None, begins: dt.datetime | None, ends: dt.datetime | None,
    by: str | None, gap: int, kind: str, language: str, output: Path | None,
) -> None:  # fmt: skip
    """Land balance of a place between the ends of two days.

    Example: landportal report balance --ags 16 --from 2025-12-31 --to 2026-06-30 --format xlsx --output balance.xlsx
    """
    places = [ags, region and f"region:{region}", area and f"area:{area}"]
    named = [place for place in places if place]
    if len(named) != 1:
        raise click.UsageError("Please state one of --ags, --region and --area.")
    last = ends.date() if ends else today()
    if last > today():
        raise click.UsageError("--to: that day has not come yet.")
    first = begins.date() if begins else dt.date(last.year - 1, 12, 31)
    wanted = Wanted(named[0], first, last, UnitKind(by) if by else None, float(gap))
    _refuse_terminal(kind, output)
    # Loaded here: the pages' words take most of a second that no other command shall wait for.
    from landportal.web.planning import balance_files

    with _speaking(language), _seeing(last) as session:
        try:
            made = land_balance(session, wanted)
        except InvalidInput as refused:
            raise InvalidInput(REFUSALS[refused.field or "unit"].format(value=named[0])) from None
        picture = outlines.picture(session, made.unit, made.by) if kind == "pdf" else None
        _put(balance_files.written(made, kind, picture), output)


@report.command()
@click.argument("slug")
@click.option("--as-of", type=DAY, help="The state at the end of this day. [default: now]")
@click.option("--format", "kind", type=click.Choice(["pdf", "xlsx"]), default="pdf", show_default=True)
@click.option("--language", type=click.Choice(["de", "en"]), default="de", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of the terminal."
)
def area(slug: str, as_of: dt.datetime | None, kind: str, language: str, output: Path | None) -> None:
    """Profile of an area: the annex to a county's concept for commercial land.

    Example: landportal report area erfurter-kreuz --format pdf --output erfurter-kreuz.pdf
    """
    day = as_of.date() if as_of else today()
    if day > today():
        raise click.UsageError("--as-of: that day has not come yet.")
    _refuse_terminal(kind, output)
    from landportal.web.planning import profile

    with _speaking(language), _seeing(day) as session:
        try:
            made = profiles.area_profile(session, slug, day, ROAD_WIDTH_M)
        except NotFound:
            raise NotFound(f"There is no area named {slug}.") from None
        _put(profile.written(made, kind), output)


@contextlib.contextmanager
def _seeing(day: dt.date) -> Iterator[Session]:
    """A session that sees the end of `day`."""
    with engine() as prepared, db.reading(prepared, as_of=end_of(day) if day < today() else None) as session:
        yield session


@contextlib.contextmanager
def _speaking(language: str) -> Iterator[None]:
    """The pages' own words in `language`."""
    from landportal.web import create_app

    with create_app(read_settings()).test_request_context(f"/{language}/"):
        yield


def _refuse_terminal(kind: str, output: Path | None) -> None:
    if output is None and kind in {"pdf", "xlsx"} and sys.stdout.isatty():
        raise click.UsageError(f"A terminal cannot show {kind}: please state --output FILE.")


def _put(content: bytes, output: Path | None) -> None:
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"{output} cannot be written: {error.strerror}") from None
    click.echo(f"{output}", err=True)
