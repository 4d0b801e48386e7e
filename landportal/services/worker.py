"""Running what is in the queue: one worker's life, from the database's first answer to the order to stop.

What tasks do is said in `services.tasks`; processes, signals and restarts are the command line's.

A worker holds an advisory lock for as long as its connection lives. A job that is being done by a worker without this
lock lost its worker (killed, power cut, database restarted): whoever watches puts it back into the queue. No timeout
guesses, and a worker that is merely slow keeps its job.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import psycopg_pool
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision, exceptions
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.worker import Worker
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from landportal.db import APPLICATION_ROLE
from landportal.services.jobs import PRESENCE, QUEUE
from landportal.services.tasks.task import Hopeless, Task, Work

log = logging.getLogger(__name__)

CONCURRENCY = 2
"""Jobs at a time: a long import does not keep mail waiting, and does not take the whole machine."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""Pause before asking a database again that did not answer; it doubles each time."""

MISSED_AFTER_S = 26 * 3600
"""A daily task whose hour passed while nothing ran is made up for at the next start."""

KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
SERVER_OPTIONS = " ".join(
    f"-c {setting}"
    for setting in (
        f"role={APPLICATION_ROLE}", "timezone=UTC",
        "tcp_keepalives_idle=30", "tcp_keepalives_interval=10", "tcp_keepalives_count=3",
    )
)  # fmt: skip
"""After a minute without an answer a connection counts as lost, on either side: a dead machine keeps no lock."""


@dataclass(frozen=True)
class Pace:
    """How often a worker looks around, in seconds, and how long running jobs may go on after the order to stop."""

    poll_s: float = 2.0
    watch_s: float = 5.0
    grace_s: float = 8.0
    once: bool = False


class StillRunning(Exception):
    """Jobs were handed back to the queue, but their threads still run: only the end of the process ends them."""


async def run(tasks: Mapping[str, Task], work: Work, pace: Pace, stopping: asyncio.Event) -> None:
    """Do what is in the queue until `stopping`; a database that goes away is asked again until it is back."""
    pause = FIRST_PAUSE_S
    while not stopping.is_set():
        try:
            async with _life(tasks, work, pace) as life:
                pause = FIRST_PAUSE_S
                await life.run(stopping)
        except (psycopg.Error, psycopg_pool.PoolTimeout, exceptions.ConnectorException) as problem:
            log.warning("the database does not answer (%s); asking again in %.0f s", _first_line(problem), pause)
        if pace.once:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)


@contextlib.asynccontextmanager
async def _life(tasks: Mapping[str, Task], work: Work, pace: Pace) -> AsyncIterator[_Life]:
    address = _address(work.engine)
    connector = PsycopgConnector(conninfo=address, min_size=1, max_size=3, timeout=10)
    app = App(connector=connector, periodic_defaults={"max_delay": MISSED_AFTER_S})
    for task in tasks.values():
        _register(app, task, work)
    presence = await psycopg.AsyncConnection.connect(address, autocommit=True)
    async with presence, app.open_async():
        app.job_manager = _PresentManager(connector, presence)
        yield _Life(app, presence, pace)


class _PresentManager(JobManager):
    """Procrastinate's, with the lock that says that this worker lives, taken before it fetches its first job."""

    def __init__(self, connector: PsycopgConnector, presence: psycopg.AsyncConnection[Any]) -> None:
        super().__init__(connector)
        self.presence = presence

    async def register_worker(self) -> int:
        """Make the worker known, and alive."""
        worker_id = await super().register_worker()
        await self.presence.execute("select pg_advisory_lock(%s, %s)", (PRESENCE, worker_id))
        return worker_id


class _Life:
    """A worker between two losses of the database."""

    def __init__(self, app: App, presence: psycopg.AsyncConnection[Any], pace: Pace) -> None:
        self.presence, self.pace = presence, pace
        self.worker = Worker(
            app,
            queues=[QUEUE],
            name="landportal",
            concurrency=CONCURRENCY,
            wait=not pace.once,
            fetch_job_polling_interval=pace.poll_s,
            install_signal_handlers=False,
            # Who lives is told by locks; procrastinate's own guess by heartbeats shall never be earlier.
            stalled_worker_timeout=24 * 3600,
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping`, then let running jobs finish for a while and hand back the rest."""
        await self._take_up()
        work = asyncio.create_task(self.worker.run())  # type: ignore[no-untyped-call]
        beside = [asyncio.create_task(self._watch()), asyncio.create_task(stopping.wait())]
        await asyncio.wait([work, *beside], return_when=asyncio.FIRST_COMPLETED)
        self.worker.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait([work], timeout=self.pace.grace_s if stopping.is_set() else None)
        if not work.done():
            await self._hand_back()
            raise StillRunning
        for task in beside:
            task.cancel()
        ended = await asyncio.gather(work, *beside, return_exceptions=True)
        for problem in ended:
            if isinstance(problem, Exception):
                raise problem

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.pace.watch_s)
            await self._take_up()

    async def _take_up(self) -> None:
        """Put the jobs of lost workers back into the queue, as one failed attempt."""
        for name, job_id in await (await self.presence.execute(_TAKE_UP, (PRESENCE, QUEUE))).fetchall():
            log.warning("%s[%s] lost its worker and is taken up again", name, job_id)

    async def _hand_back(self) -> None:
        """Put the jobs that still run back into the queue; that they were stopped is no failure of theirs."""
        rows = await self.presence.execute(_HAND_BACK, (self.worker.worker_id,))
        for name, job_id in await rows.fetchall():
            log.warning("%s[%s] is handed back to the queue", name, job_id)


_TAKE_UP = """
    with alive as (
        select objid::bigint from pg_locks
        where locktype = 'advisory' and granted and classid = %s
          and database = (select oid from pg_database where datname = current_database())
    ), buried as (
        delete from procrastinate_workers
        where id not in (select objid from alive) and last_heartbeat < now() - interval '1 hour'
          and not exists (select from procrastinate_jobs j where j.worker_id = procrastinate_workers.id)
    )
    update procrastinate_jobs
    set status = 'todo', attempts = attempts + 1, scheduled_at = null, worker_id = null, abort_requested = false
    where status = 'doing' and queue_name = %s
      and (worker_id is null or worker_id not in (select objid from alive))
    returning task_name, id
"""

_HAND_BACK = """
    update procrastinate_jobs set status = 'todo', scheduled_at = null, worker_id = null, abort_requested = false
    where status = 'doing' and worker_id = %s
    returning task_name, id
"""


# ------------------------------------------------------------------------------------------------------- one job


def _register(app: App, task: Task, work: Work) -> None:
    """Make `task` known to procrastinate, with our waits between attempts."""
    run_it: Callable[..., None] = partial(_attempt, task, work)
    known = app.task(name=task.name, queue=QUEUE, retry=_Waits(task), pass_context=True)(run_it)
    if task.cron:
        app.periodic(cron=task.cron)(known)


def _attempt(task: Task, work: Work, context: JobContext, **arguments: Any) -> None:
    """One attempt; the last one that fails, or was begun too often by workers that did not survive it, gives up."""
    if task.cron:
        arguments.pop("timestamp", None)
    called = f"{task.name}[{context.job.id}]"
    if context.job.attempts >= task.attempts:
        _give_up(task, work, f"interrupted {context.job.attempts} times", arguments)
        raise Hopeless(f"{called} was begun {context.job.attempts} times")
    try:
        task.run(work, **arguments)
    except Exception as problem:
        failed = context.job.attempts + 1
        log.warning("%s failed, attempt %s of %s: %s", called, failed, task.attempts, _first_line(problem))
        if failed >= task.attempts or isinstance(problem, Hopeless):
            _give_up(task, work, _first_line(problem), arguments)
        raise


def _give_up(task: Task, work: Work, problem: str, arguments: dict[str, Any]) -> None:
    if task.give_up:
        task.give_up(work, problem, **arguments)


class _Waits(BaseRetryStrategy):
    """When procrastinate shall try again, or None."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """After each failure a longer wait, until the attempts are used up."""
        failed = job.attempts + 1
        if failed >= self.task.attempts or isinstance(exception, Hopeless):
            return None
        return RetryDecision(retry_in={"seconds": self.task.wait_s(failed)})


def _address(engine: Engine) -> str:
    """The engine's address as libpq reads it."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return make_conninfo(url, options=SERVER_OPTIONS, connect_timeout=10, **KEEPALIVE)


def _first_line(problem: BaseException) -> str:
    cause = problem.__cause__ if isinstance(problem, exceptions.ConnectorException) and problem.__cause__ else problem
    lines = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {lines[0]}" if lines else type(cause).__name__
