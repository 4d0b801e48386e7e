"""What processes use while they are measured: processor seconds and memory of a server, and of its database.

Read from the kernel by psutil. Of a database on another machine nothing is known: its figures are None.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg


@dataclass(frozen=True)
class Used:
    """Processor seconds of the server's and the database's processes, and the server's peak memory in MB."""

    server_s: float
    database_s: float | None
    peak_mb: float


class Watch:
    """Watches a server (its process and all below it) and the database's connections but for `others`."""

    def __init__(self, pid: int, connection: psycopg.Connection, others: set[int] | None = None) -> None:
        self._server = psutil.Process(pid)
        self._connection = connection
        self._others = {connection.info.backend_pid, *(others or ())}
        self.again()

    def again(self) -> None:
        """Begin anew: seconds from here on, peak memory from what is held now."""
        for process in self._processes():
            with contextlib.suppress(OSError):
                # Sets the kernel's high-water mark of the process to its present memory.
                Path(f"/proc/{process.pid}/clear_refs").write_text("5")
        self._server_s = self._server_seconds()
        self._database_s = self._database_seconds()

    def used(self) -> Used:
        """What was used since the beginning."""
        spent = self.database_since(self._database_s)
        return Used(self._server_seconds() - self._server_s, spent, sum(map(_peak_mb, self._processes())))

    def database_now(self) -> dict[int, float]:
        """Processor seconds of each connection so far."""
        return self._database_seconds()

    def database_since(self, before: dict[int, float]) -> float | None:
        """What the connections used since `before`; None of a database on another machine."""
        database = self._database_seconds()
        # A connection that began or ended meanwhile counts from nothing, or no more.
        return sum(seconds - before.get(pid, 0.0) for pid, seconds in database.items()) if database else None

    def memory_mb(self) -> float:
        """Resident memory of the server's processes now, added up."""
        return sum(self.each_mb())

    def each_mb(self) -> list[float]:
        """Resident memory of each of them, the server itself first."""
        return [_resident_mb(process) for process in self._processes()]

    def connections(self) -> int:
        """Connections of this database but for the `others`."""
        return len(self._backends())

    def _processes(self) -> list[psutil.Process]:
        return [self._server, *self._server.children(recursive=True)]

    def _server_seconds(self) -> float:
        return sum(map(_seconds, self._processes()))

    def _backends(self) -> list[int]:
        rows = self._connection.execute(
            "select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
        )
        return [pid for (pid,) in rows if pid not in self._others]

    def _database_seconds(self) -> dict[int, float]:
        return dict(_of_postgres(self._backends()))


def _of_postgres(pids: list[int]) -> Iterator[tuple[int, float]]:
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.name().startswith("postgres"):
                yield pid, _seconds(process)


def _seconds(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _resident_mb(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        return float(process.memory_info().rss) / 1e6
    return 0.0


def _peak_mb(process: psutil.Process) -> float:
    with contextlib.suppress(OSError, ValueError):
        status = Path(f"/proc/{process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024 / 1e6
    return 0.0
