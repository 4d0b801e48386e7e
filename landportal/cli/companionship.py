"""Processes that live and die together: a child that ends when its parent does, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

import click

PR_SET_PDEATHSIG = 1

FIRST_RESTART_S, LONGEST_RESTART_S = 1.0, 60.0
"""Pause before a worker that died is started again; it doubles while workers die young."""
YOUNG_S = 60.0


def die_with(parent: int, by: signal.Signals = signal.SIGTERM) -> None:
    """Get the signal `by` when `parent` dies, however it dies; end at once where it has died already."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, by)
    if os.getppid() != parent:
        sys.exit(0)


class Companion(threading.Thread):
    """Keeps a worker process beside this one; the thread lives as long as the worker may (see PR_SET_PDEATHSIG)."""

    def __init__(self) -> None:
        super().__init__(name="worker companion", daemon=True)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()
        # A web process forked while a worker is being started would inherit the pipe over which that start is
        # reported, and the start would wait for the web process to end: no fork of this process happens meanwhile.
        free = self._guard.release
        os.register_at_fork(before=self._guard.acquire, after_in_parent=free, after_in_child=free)

    def run(self) -> None:
        """Start a worker, and another whenever it dies, until `stop`."""
        pause = FIRST_RESTART_S
        while (process := self._start()) is not None:
            started = time.monotonic()
            status = process.wait()
            if self._stopping.is_set():
                return
            pause = FIRST_RESTART_S if time.monotonic() - started > YOUNG_S else min(pause * 2, LONGEST_RESTART_S)
            click.echo(f"The worker has ended (status {status}); it starts again in {pause:.0f} s.", err=True)
            self._stopping.wait(pause)

    def _start(self) -> subprocess.Popen[bytes] | None:
        command = [sys.executable, "-m", "landportal.cli", "worker", "--parent", str(os.getpid())]
        with self._guard:
            self._process = None if self._stopping.is_set() else subprocess.Popen(command, stdin=subprocess.DEVNULL)
            return self._process

    def stop(self, patience_s: float = 15.0) -> None:
        """Stop the worker and wait for its end; one that does not listen is killed."""
        with self._guard:
            self._stopping.set()
            process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
