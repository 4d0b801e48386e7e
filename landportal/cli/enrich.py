"""``landportal enrich``: compute what waits, or everything, in local processes or on a Dask cluster.

The database is touched by this process alone: what is computed elsewhere gets plain values and gives plain values back.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from landportal import db
from landportal.cli.companionship import die_with
from landportal.cli.database import engine
from landportal.errors import InvalidInput, Unavailable
from landportal.services import travel
from landportal.services.enrichment import queue
from landportal.services.tasks.enrichment import InThisThread, NotComputed, Run

CONNECT_TIMEOUT_S = 15


@dataclass(frozen=True)
class Hands:
    """Who computes, and how many chunks at a time."""

    executor: Executor
    count: int


@click.command()
@click.option("--all", "everything", is_flag=True, help="Every parcel, not only those where something changed.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Local processes; without it one for each processor.")
@click.option("--scheduler", metavar="ADDRESS", help="Compute on the Dask cluster of this scheduler: tcp://host:8786.")
def enrich(everything: bool, jobs: int | None, scheduler: str | None) -> None:
    """Compute net buildable land, what fits on it, neighbours and ways by road wherever something changed for them.

    The worker does the same by itself; this is for many parcels at once. What is written is right, whenever it is
    stopped; what is not stays queued. Parcels whose inputs have not changed are passed over.

    Example: landportal enrich --all --scheduler tcp://10.0.0.5:8786
    """
    if jobs and scheduler:
        raise click.UsageError("Either --jobs or --scheduler.")
    with engine() as prepared:
        if everything:
            with db.transaction(prepared) as session:
                queue.mark_all(session)
        with db.transaction(prepared) as session:
            waiting = queue.waiting(session)
        with _hands(jobs, scheduler, waiting) as hands, _progress(waiting) as tell:
            run = Run(prepared, hands.executor, width=2 * hands.count, tell=tell)
            try:
                run.work_off()
            except NotComputed as problem:
                raise Unavailable(str(problem)) from problem
        with db.transaction(prepared) as session:
            travel.bring_up_to_date(session, everything=everything)
    click.echo(f"{run.done:,} parcels are up to date.")


@contextlib.contextmanager
def _hands(jobs: int | None, scheduler: str | None, waiting: int) -> Iterator[Hands]:
    if scheduler:
        with _cluster(scheduler) as hands:
            yield hands
        return
    count = jobs or os.cpu_count() or 1
    if count == 1 or waiting < 2:
        yield Hands(InThisThread(), 1)
        return
    # Not forked: a child would share this process's connections to the database. And killed with this process: a pool's
    # processes hold each other's pipes open, and would wait for work for ever.
    with ProcessPoolExecutor(count, get_context("spawn"), initializer=die_with, initargs=(os.getpid(),)) as pool:
        yield Hands(pool, count)


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Hands]:
    """The workers of a Dask cluster that runs already."""
    try:
        from distributed import Client
    except ImportError:
        raise Unavailable("Dask is not installed here: pip install 'landportal[dask]'") from None
    try:
        client = Client(address, timeout=CONNECT_TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise InvalidInput(f"no Dask scheduler answers at {address}: {problem}", "--scheduler") from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise Unavailable(f"The Dask cluster at {address} has no workers.")
        _same_version_everywhere(client)
        yield Hands(client.get_executor(), threads)


def _same_version_everywhere(client: Any) -> None:
    """Refuse workers with another landportal than this one: they would compute something else."""

    def installed() -> str | None:
        # Within this function, so that it is sent as it is: a worker without landportal could not import it.
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("landportal")
        except PackageNotFoundError:
            return None

    ours = installed()
    for worker, theirs in client.run(installed).items():
        if theirs != ours:
            raise Unavailable(f"The Dask worker {worker} has landportal {theirs or 'not installed'}; here is {ours}.")


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, a line every tenth elsewhere."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("parcels", total=total)
            yield lambda done: bar.update(task, completed=done)
        return
    told = 0

    def advance(done: int) -> None:
        nonlocal told
        if total and done * 10 // total > told:
            told = done * 10 // total
            click.echo(f"{done:,} of {total:,} parcels", err=True)

    yield advance
