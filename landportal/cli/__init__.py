"""The command line: click commands that open a transaction and call one service each.

Exit status: 0 done, 1 refused with the reason on stderr, 2 wrong usage. One module a room: `serving`, `worker`,
`users`, `database`, `imports`, `enrich`, `export`, `report`, `doctor`.
"""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DBAPIError

from landportal.cli.loading import load
from landportal.db import is_unreachable
from landportal.errors import LandportalError

COMMANDS = {
    "db": "database:db",
    "doctor": "doctor:doctor",
    "enrich": "enrich:enrich",
    "export": "export:export",
    "import": "imports:import_group",
    "report": "report:report",
    "serve": "serving:serve",
    "user": "users:user",
    "worker": "worker:work",
}
"""Each command's module and name in it. Only what is asked for is loaded: `serve` has to be quick."""


class LandportalCommands(click.Group):
    """The group of all commands: what a service refuses becomes a sentence on stderr and status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands by name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(load(f"{__name__}.{module}"), name)
        return found

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
