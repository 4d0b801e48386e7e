"""What a task is: a name, what to do, how often to try again, and what is left when all attempts are used up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from landportal.config import Settings

ATTEMPTS = 6
FIRST_WAIT_S = 10
LONGEST_WAIT_S = 6 * 3600
"""Between two attempts: 10 s, 20 s, 40 s … but never longer than six hours."""


@dataclass(frozen=True)
class Work:
    """What every task is given: the settings of the worker and its way to the database, as the application's role."""

    settings: Settings
    engine: Engine


class Hopeless(Exception):
    """Trying again would not help: the job fails at once."""


@dataclass(frozen=True)
class Task:
    """A named piece of work: ``run(work, **arguments)`` with the arguments `jobs.defer` was given.

    A task opens its own transactions and may run twice: when its worker is killed, when the database is restarted.
    So it locks the row it is about and looks at that row's state before it does anything.

    `give_up(work, problem, **arguments)` is called once after the last attempt has failed; it leaves a state that
    people see. `cron` (five fields, UTC) runs the task by itself, without arguments; a time that was missed is made up
    for once at the next start.
    """

    name: str
    run: Callable[..., None]
    attempts: int = ATTEMPTS
    first_wait_s: int = FIRST_WAIT_S
    give_up: Callable[..., None] | None = None
    cron: str | None = None

    def wait_s(self, failed: int) -> int:
        """Seconds until the next attempt after `failed` (1 or more) failed ones."""
        return int(min(self.first_wait_s * 2 ** (failed - 1), LONGEST_WAIT_S))
