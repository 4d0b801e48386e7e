"""``landportal worker``: the process that does the queue's jobs, and the one `serve` keeps beside itself."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click

from landportal import db
from landportal.cli.companionship import die_with
from landportal.cli.database import application_address, database_address, engine
from landportal.config import Settings, read_settings
from landportal.secret_key import secret_key
from landportal.services import tasks, worker
from landportal.services.tasks.task import Work


@click.command(name="worker")
@click.option("--once", is_flag=True, help="Do what is due now and end.")
@click.option("--poll-s", type=click.FloatRange(0.05, 60), default=2.0, show_default=True, help="Look for jobs.")
@click.option("--watch-s", type=click.FloatRange(0.05, 600), default=5.0, show_default=True, help="Look for lost jobs.")
@click.option(
    "--grace-s", type=click.FloatRange(0, 600), default=8.0, show_default=True, help="Let running jobs finish."
)
@click.option("--parent", type=int, hidden=True, help="Process to live and die with.")
def work(once: bool, poll_s: float, watch_s: float, grace_s: float, parent: int | None) -> None:
    """Do the jobs of the queue: mail, imports, reminders, upkeep. `serve` starts one by itself; more may run.

    Ctrl-C or SIGTERM lets running jobs finish for a while and hands back the rest. Example: landportal worker
    """
    if parent:
        die_with(parent)
    logging.basicConfig(level=logging.INFO, format="worker: %(message)s", stream=sys.stdout)
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # What it would say is said by services.worker.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    settings = read_settings()
    settings = replace(settings, secret_key=secret_key(settings))
    with _prepared(settings) as address:
        _run(settings, address, worker.Pace(poll_s, watch_s, grace_s, once))


@contextmanager
def _prepared(settings: Settings) -> Iterator[str]:
    """Address for the application's role; a private cluster is started, and the schema brought up to date."""
    with database_address(settings) as url:
        if not settings.database_url:
            with engine(settings):
                pass
        yield application_address(settings, url)


def _run(settings: Settings, address: str, pace: worker.Pace) -> None:
    limits = replace(settings, statement_timeout_ms=settings.job_statement_timeout_ms, pool_size=worker.CONCURRENCY * 2)
    made = db.connect(address, limits, role=db.APPLICATION_ROLE)
    try:
        asyncio.run(_until_told(Work(settings, made), pace))
    finally:
        made.dispose()


async def _until_told(work: Work, pace: worker.Pace) -> None:
    stopping = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stopping.set)
    logging.info("ready")
    try:
        await worker.run(tasks.TASKS, work, pace, stopping)
    except worker.StillRunning:
        # A thread cannot be ended from outside; with the process its transactions are rolled back.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)
