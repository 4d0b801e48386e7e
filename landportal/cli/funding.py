"""``landportal import funding``: grants to areas from a table."""

from __future__ import annotations

from pathlib import Path

import click

from landportal import db
from landportal.cli.database import engine
from landportal.errors import InvalidInput
from landportal.services.funding import read_grants, record

BYTES_MAX = 5_000_000


@click.command("funding")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Check everything; change nothing.")
def import_funding(file: Path, dry_run: bool) -> None:
    """Grants to areas, and until when they bind their land (a CSV table without geometry).

    Columns: area_slug, programme (GRW, EFRE, ELER, other), decided_on, binding_until, grant_eur, source. Known by area,
    programme and day of decision, so the same table may come again. All rows are taken, or none.

    Example: landportal import funding funding.csv
    """
    grants = read_grants(_text(file))
    with engine() as prepared, db.transaction(prepared) as session:
        changed = record(session, grants)
        if dry_run:
            session.rollback()
    told = f"{len(grants)} grants, {changed} of them new or changed"
    click.echo(f"{told}; dry run: nothing was changed." if dry_run else f"{told}.")


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > BYTES_MAX:
            raise InvalidInput(f"{file.name} is larger than {BYTES_MAX} bytes", "file")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{file.name} is not UTF-8 text", "file") from None
    except OSError as error:
        raise InvalidInput(f"{file.name} cannot be read: {error.strerror}", "file") from None
