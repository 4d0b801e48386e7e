"""Read replicas: which of them may be read at this moment, and how far each has come. What is read is decided above.

One thread asks the primary and every replica for their position in the write-ahead log a few times a second. The
positions the primary told, with their moments, are the measure: a replica that has replayed one of them lacks nothing
that was written before its moment. So an idle primary is no lag, and a replica that lost its primary lags, whatever it
believes of itself. What cannot be told (a primary, or a replica, that does not answer) counts as lag as well.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine, make_url

from landportal import db
from landportal.config import Settings
from landportal.lines import Lines

PROBE_S = 0.2
HURRY_S = 0.005
"""Pause between two questions, and while a writer waits for the replicas."""
CONNECT_TIMEOUT_S = 2
"""The shortest that libpq knows."""
POSITIONS_KEPT = 600

_PRIMARY = """
    select (pg_current_wal_lsn() - '0/0')::bigint, system_identifier from pg_control_system()
    where not pg_is_in_recovery()
"""
_REPLICA = """
    select (pg_last_wal_replay_lsn() - '0/0')::bigint, system_identifier,
        extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float
    from pg_control_system() where pg_is_in_recovery()
"""


@dataclass(frozen=True)
class State:
    """How a replica stands. `lag_s` is None where it cannot be told; `why` it is left out, else empty."""

    name: str
    fit: bool
    lag_s: float | None
    why: str


class Past:
    """Positions of the primary with the moments at which it had reached no more than that, newest last."""

    def __init__(self) -> None:
        self.system: int | None = None
        self._told: deque[tuple[float, int]] = deque(maxlen=POSITIONS_KEPT)

    def add(self, asked_at: float, position: int, system: int) -> None:
        """Remember what the primary told when it was asked."""
        self.system = system
        self._told.append((asked_at, position))

    def covered_until(self, position: int) -> float | None:
        """The moment before which everything written is known to whoever replayed `position`; None: too long ago."""
        return next((moment for moment, reached in reversed(self._told.copy()) if reached <= position), None)

    def is_newest(self, position: int) -> bool:
        """Whether the primary has told no later position than `position`."""
        return bool(self._told) and self._told[-1][1] <= position


class Replica:
    """One replica: its engine, and what it told last. The asking thread writes, requests read."""

    def __init__(self, url: str, settings: Settings) -> None:
        address = make_url(url)
        self.name = f"{address.query.get('host') or address.host}:{address.query.get('port') or address.port or 5432}"
        self.url = url
        self.engine = db.connect(url, replace(settings, connect_timeout_s=CONNECT_TIMEOUT_S), role=db.APPLICATION_ROLE)
        self._lines = Lines(self.engine)
        self._answer_max_s = settings.replica_answer_max_ms / 1000
        self._lag_max_s = settings.replica_lag_max_ms / 1000
        self.position = 0
        self.problem = "was not asked yet"
        self._heard_at = self._covered_until = self._read_until = float("-inf")
        self._lag_s: float | None = None

    def hear(self, past: Past, asked_at: float, told: tuple[Any, ...] | None) -> None:
        """Take in an answer; None where the server is no replica."""
        if told is None or told[0] is None:
            return self.leave_out("is no replica")
        if told[1] != past.system:
            return self.leave_out("is not known to be a replica of this primary")
        self.position, self.problem, self._heard_at = told[0], "", asked_at
        covered = past.covered_until(self.position)
        if covered is not None:
            self._covered_until = covered
        own_guess: float = told[2] or 0.0
        measured = asked_at - covered if covered is not None else max(own_guess, PROBE_S * POSITIONS_KEPT)
        self._lag_s = 0.0 if past.is_newest(self.position) else max(measured, 0.0)
        if self.is_fit():
            self._read_until = asked_at + self._lag_max_s
        return None

    def leave_out(self, problem: str) -> None:
        """Let nobody read here until the next good answer, and end what is being read: it would wait for ever."""
        self.problem, self._lag_s = problem, None
        self._lines.cut()

    def is_fit(self) -> bool:
        """Whether it answers, and lacks nothing older than the bound."""
        return not self._why()

    def may_be_read(self) -> bool:
        """Whether some process may still hold it for fit."""
        return self.is_fit() or time.monotonic() < self._read_until

    def state(self) -> State:
        """How it stands now."""
        why = self._why()
        return State(self.name, not why, self._lag_s, why)

    def _why(self) -> str:
        now = time.monotonic()
        if self.problem:
            return self.problem
        if now - self._heard_at > self._answer_max_s + PROBE_S:
            return "does not answer"
        if now - self._covered_until > self._lag_max_s:
            return f"lags by more than {self._lag_max_s:g} s"
        return ""


class Replicas:
    """The replicas of one process. Without any, everything is read from the primary and no thread is started."""

    def __init__(self, settings: Settings, primary: Engine) -> None:
        self._all = [Replica(url, settings) for url in settings.replica_urls]
        self._primary = primary
        self._answer_max_s = settings.replica_answer_max_ms / 1000
        self._wait_max_s = settings.replica_lag_max_ms / 1000
        self._past = Past()
        self._news = threading.Condition()
        self._waiting = 0
        self._turn = itertools.count()
        self._asking_in: int | None = None

    def __bool__(self) -> bool:
        return bool(self._all)

    def reader(self, position: int = 0) -> Replica | None:
        """A fit replica that has replayed `position`; None: read from the primary."""
        self._ask()
        fit = [replica for replica in self._all if replica.position >= position and replica.is_fit()]
        return fit[next(self._turn) % len(fit)] if fit else None

    def states(self) -> list[State]:
        """How each stands, in the order of the settings."""
        self._ask()
        return [replica.state() for replica in self._all]

    def written(self) -> int:
        """The primary's position now: whatever was committed before lies before it."""
        with self._primary.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return int(connection.exec_driver_sql("select (pg_current_wal_lsn() - '0/0')::bigint").scalar_one())

    def wait_for(self, position: int) -> bool:
        """Wait until every replica that may be read has replayed `position`; not longer than a lagging one is read.

        Who waits here after writing knows: from now on nobody anywhere is shown the state before.
        """
        self._ask()
        with self._news:
            self._waiting += 1
            try:
                return self._news.wait_for(lambda: self._have_replayed(position), self._wait_max_s)
            finally:
                self._waiting -= 1

    def wait_until_settled(self, patience_s: float) -> None:
        """Wait until every replica is fit, for a look at them that is not repeated."""
        self._ask()
        with self._news:
            self._news.wait_for(lambda: all(one.is_fit() for one in self._all), patience_s)

    def _have_replayed(self, position: int) -> bool:
        return all(one.position >= position or not one.may_be_read() for one in self._all)

    # ------------------------------------------------------------------------------------------ the asking thread

    def _ask(self) -> None:
        """Let the thread that asks run in this process: it does not survive a fork, and dies with the process."""
        if not self._all or self._asking_in == os.getpid():
            return
        with self._news:
            if self._asking_in != os.getpid():
                self._asking_in = os.getpid()
                threading.Thread(target=lambda: asyncio.run(self._ask_all()), name="replicas", daemon=True).start()

    async def _ask_all(self) -> None:
        primary = self._primary.url.render_as_string(hide_password=False)
        await asyncio.gather(
            self._follow(primary, _PRIMARY, self._primary_told, self._primary_lost),
            *(self._follow(one.url, _REPLICA, *self._ears_of(one)) for one in self._all),
        )

    async def _primary_told(self, asked_at: float, told: tuple[Any, ...] | None) -> None:
        if told is not None:
            self._past.add(asked_at, *told)

    async def _primary_lost(self, _problem: str) -> None:
        """Nothing to note: what the primary does not tell is not covered by any replica."""

    def _ears_of(self, one: Replica) -> tuple[Heard, Lost]:
        async def heard(asked_at: float, told: tuple[Any, ...] | None) -> None:
            one.hear(self._past, asked_at, told)
            self._tell()

        async def lost(problem: str) -> None:
            one.leave_out(problem)
            self._tell()

        return heard, lost

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()

    async def _follow(self, url: str, question: str, heard: Heard, lost: Lost) -> None:
        """Ask one server for ever; one that is away is asked for a connection again and again."""
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        conninfo = make_conninfo(address, connect_timeout=CONNECT_TIMEOUT_S, **_KEEPALIVE)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    conninfo, autocommit=True, prepare_threshold=None
                ) as line:
                    await self._listen(line, question, heard, lost)
            except (psycopg.Error, OSError) as problem:
                await lost(f"does not answer: {str(problem).strip().splitlines()[-1] if str(problem) else problem!r}")
            await asyncio.sleep(PROBE_S)

    async def _listen(self, line: psycopg.AsyncConnection[Any], question: str, heard: Heard, lost: Lost) -> None:
        while True:
            asked_at = time.monotonic()
            asking = asyncio.ensure_future(_answer(line, question))
            done, _ = await asyncio.wait({asking}, timeout=self._answer_max_s)
            if not done:
                # It is not cancelled: a frozen server would not hear of that either, and wakes some day to answer.
                await lost("does not answer")
            await heard(asked_at, await asking)
            await asyncio.sleep(HURRY_S if self._waiting else PROBE_S)


Heard = Callable[[float, "tuple[Any, ...] | None"], Awaitable[None]]
Lost = Callable[[str], Awaitable[None]]

_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""A machine that is gone without a word is noticed after some ten seconds; nobody waits for that to read elsewhere."""


async def _answer(line: psycopg.AsyncConnection[Any], question: str) -> tuple[Any, ...] | None:
    cursor = await line.execute(question)
    return await cursor.fetchone()
