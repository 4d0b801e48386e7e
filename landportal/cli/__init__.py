"""The command line: click commands that open a transaction and call one service each.

Exit status: 0 done, 1 refused with the reason on stderr, 2 wrong usage. One module a room: `serving`, `worker`,
`users`, `database`, `imports`, `enrich`, `export`, `report`, `doctor`.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DBAPIError

from landportal.cli import database, doctor, enrich, funding, imports, report, serving, users, worker
from landportal.db import is_unreachable
from landportal.errors import LandportalError


class LandportalCommands(click.Group):
    """The group of all commands: what a service refuses becomes a sentence on stderr and status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands by name, `export` among them."""
        return sorted([*super().list_commands(ctx), "export"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name. `export` reads search options as the web does, so it loads only when asked for."""
        if cmd_name == "export":
            from landportal.cli.export import export

            return export
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except LandportalError as refusal:
            field = getattr(refusal, "field", None)
            _refuse(f"{field}: {refusal}" if field else str(refusal))
        except DBAPIError as error:
            if not is_unreachable(error):
                raise
            _refuse(f"The database does not answer: {str(error.orig).strip()}")


def _refuse(reason: str) -> NoReturn:
    click.echo(f"landportal: {reason}", err=True)
    sys.exit(1)


@click.group(cls=LandportalCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="landportal")
def main() -> None:
    """landportal: market commercial and industrial land."""


main.add_command(serving.serve)
main.add_command(worker.work)
main.add_command(enrich.enrich)
main.add_command(database.db)
imports.import_group.add_command(funding.import_funding)
main.add_command(imports.import_group)
main.add_command(doctor.doctor)
main.add_command(report.report)
main.add_command(users.user)
