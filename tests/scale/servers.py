"""Real servers for the tests of this folder: PostgreSQL standbys, web processes, PgBouncer, nginx; all on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, make_url, text

from landportal.localdb import LocalCluster, installed_servers

ROOT = Path(__file__).resolve().parents[2]
SECRET = "secret of the tests at scale"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(true: Callable[[], Any], within_s: float = 20) -> Any:
    """What `true` gives as soon as that is something; fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (found := true()):
        assert time.monotonic() < deadline, f"not within {within_s} s: {true}"
        time.sleep(0.05)
    return found


def program(name: str) -> str:
    """Path of a system program; the folder of servers is not on everybody's PATH."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is missing: script/bootstrap --test installs it"
    return found


class Standby:
    """A replica of the primary by streaming, in a folder of its own beside it."""

    def __init__(self, primary: LocalCluster, name: str) -> None:
        self.primary, self.port = primary, free_port()
        self.folder = primary.home / name
        self._bin = next(server.bin for server in installed_servers() if server.has_postgis)
        self._process: subprocess.Popen[bytes] | None = None

    def copy(self) -> None:
        address = make_url(self.primary.url("postgres"))
        target = {
            "PGHOST": "127.0.0.1", "PGPORT": str(address.query["port"]), "PGUSER": str(address.username),
            "PGPASSWORD": str(address.password),
        }  # fmt: skip
        command = [self._bin / "pg_basebackup", "-D", self.folder, "-R", "-X", "stream", "--checkpoint=fast"]
        subprocess.run(command, check=True, env={**os.environ, **target}, **self._as_owner())

    def start(self) -> None:
        command = [self._bin / "postgres", "-D", self.folder, "-p", str(self.port), "-k", ""]
        command += [
            "-c",
            "shared_buffers=32MB",
            "-c",
            "hot_standby_feedback=on",
            "-c",
            "wal_retrieve_retry_interval=200ms",
        ]
        with (self.primary.instance / f"{self.folder.name}.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_owner())
        eventually(self.answers)

    def answers(self) -> bool:
        with contextlib.suppress(Exception):
            return bool(self.ask("select pg_is_in_recovery()"))
        return False

    def url(self) -> str:
        address = make_url(self.primary.url()).set(host="127.0.0.1", port=self.port, query={})
        return address.render_as_string(hide_password=False)

    def ask(self, statement: str) -> Any:
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
        try:
            with engine.connect() as connection:
                answer = connection.execute(text(statement))
                return answer.scalar() if answer.returns_rows else None
        finally:
            engine.dispose()

    def kill(self) -> None:
        """As a power cut does."""
        for number in self._everyone():
            os.kill(number, signal.SIGKILL)
        self._process.wait(10)

    def freeze(self) -> None:
        for number in self._everyone():
            os.kill(number, signal.SIGSTOP)

    def wake(self) -> None:
        for number in self._everyone():
            os.kill(number, signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.wake()
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)

    def _everyone(self) -> list[int]:
        """The server and its children, which are in groups of their own; the parent first."""
        parent = self._process.pid
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True)
        return [parent, *map(int, listed.stdout.split())]

    def _as_owner(self) -> dict[str, Any]:
        """PostgreSQL refuses root: the user whom the primary runs as."""
        owner = self.primary.data.stat()
        if os.geteuid() != 0:
            return {"cwd": "/"}
        return {"cwd": "/", "user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}


@contextlib.contextmanager
def standbys(primary: LocalCluster, number: int) -> Iterator[list[Standby]]:
    made = [Standby(primary, f"standby-{one}") for one in range(number)]
    try:
        for standby in made:
            standby.copy()
            standby.start()
        yield made
    finally:
        for standby in made:
            standby.stop()


class Web:
    """One web process, as a production server runs it; it shares the database with others, and nothing else."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "landportal.web:create_app",
            "--port", str(self.port), "--workers", "1", "--blocking-threads", "4", "--log-level", "warning",
            "--workers-kill-timeout", "5",
        ]  # fmt: skip
        told = {"LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": SECRET, **environ}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDPORTAL_")}
        self._process = subprocess.Popen(command, env={**kept, **told}, cwd=ROOT)

    def wait(self) -> Web:
        eventually(self._alive, within_s=60)
        return self

    def _alive(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.address}/healthz", timeout=2).ok
        return False

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


@contextlib.contextmanager
def web_processes(number: int, environ: Mapping[str, str]) -> Iterator[list[Web]]:
    made = [Web(environ) for _ in range(number)]
    try:
        yield [web.wait() for web in made]
    finally:
        for web in made:
            web.stop()


@contextlib.contextmanager
def portal(primary: LocalCluster, within_s: float) -> Iterator[str]:
    """Address of `landportal serve` on the primary, web processes and worker; it is ready `within_s`, or this fails."""
    port = free_port()
    told = {"LANDPORTAL_DATABASE_URL": primary.url(), "LANDPORTAL_INSTANCE": str(primary.instance)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDPORTAL_")}
    command = [sys.executable, "-m", "landportal.cli", "serve", "--port", str(port)]
    environ = {**kept, **told, "LANDPORTAL_DEMO": "0"}
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: _is_ready(address), within_s)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _is_ready(address: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"{address}/readyz", timeout=2).ok
    return False


@contextlib.contextmanager
def running(command: list[str], folder: Path, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A server of the system, its words in the folder's ``log``."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **how)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)
