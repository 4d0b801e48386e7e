"""The private PostgreSQL cluster that serves when no database is given.

Finds the installed server, makes a cluster of its own under the instance folder, starts it for as long as someone
uses it and stops it with its last user. It listens on a Unix socket and one free loopback port, asks for a
generated password on both (scram-sha-256), and never looks at another cluster.

Users are counted by shared locks on a file: the kernel drops the lock of a process that is killed, so there is no
count that could be wrong. PostgreSQL itself recovers its data after ``kill -9``; what it cannot know, a process id
that meanwhile belongs to somebody else, is checked here before starting.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from landportal.db import APPLICATION_ROLE
from landportal.errors import Unavailable

ROLE = "landportal"
DATABASE = "landportal"
MIN_MAJOR = 15
SOCKET_PATH_MAX = 100
"""Longest socket path in bytes: the kernel takes 107, PostgreSQL adds its own file name to ours."""

INSTALL_HINT = "sudo apt-get install -y postgresql-postgis"

SERVER_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0777",  # The password guards it; the server may run as another user than ours.
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "effective_io_concurrency": "64",
    "jit": "off",  # Compiling costs more than the short statements of a portal ever win back.
    "timezone": "UTC",
    "lc_messages": "C",
}


@dataclass(frozen=True)
class ServerPrograms:
    """An installed PostgreSQL: its major version and the folder of its programs."""

    major: int
    bin: Path

    @property
    def has_postgis(self) -> bool:
        """Whether this server can load PostGIS."""
        share = subprocess.run([self.bin / "pg_config", "--sharedir"], capture_output=True, text=True, check=False)
        folders = [Path(share.stdout.strip()), Path(f"/usr/share/postgresql/{self.major}")]
        return any((folder / "extension" / "postgis.control").is_file() for folder in folders)


def installed_servers() -> list[ServerPrograms]:
    """Every PostgreSQL server of the machine that is new enough, newest first."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    folders += [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    found: dict[int, ServerPrograms] = {}
    for folder in folders:
        major = _major_version(folder)
        if major and major >= MIN_MAJOR:
            found.setdefault(major, ServerPrograms(major, folder))
    return [found[major] for major in sorted(found, reverse=True)]


def _major_version(folder: Path) -> int | None:
    if not all((folder / name).is_file() for name in ("postgres", "initdb", "pg_ctl")):
        return None
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"(\d+)\.", answer.stdout)
    return int(match.group(1)) if match else None


class LocalCluster:
    """The cluster that belongs to one instance folder."""

    def __init__(self, instance: Path) -> None:
        self.instance = instance
        self._user_lock: int | None = None

    @property
    def home(self) -> Path:
        """Folder of data, log and secrets; outside the instance only where the server's user cannot enter that."""
        told = self.instance / "db-location"
        return Path(told.read_text().strip()) if told.is_file() else self.instance / "db"

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "data"

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies; a short name under /tmp when the path would be too long for the kernel."""
        folder = self.home / "socket"
        if len(os.fsencode(folder)) <= SOCKET_PATH_MAX - len("/.s.PGSQL.65535"):
            return folder
        return Path(tempfile.gettempdir()) / f"landportal-{os.geteuid()}-{_digest(self.home)}"

    def url(self, database: str = DATABASE) -> str:
        """Address of `database` in the running cluster, for SQLAlchemy, over the socket."""
        return self._address(ROLE, (self.home / "password").read_text().strip(), database)

    def application_url(self, database: str = DATABASE) -> str:
        """The same for the application's role, which owns nothing; `cli.database.engine` lets it sign in."""
        return self._address(APPLICATION_ROLE, self.application_password(), database)

    def application_password(self) -> str:
        """The application role's password, made on first use."""
        file = self.home / "application-password"
        if not file.is_file():
            self._write(file, secrets.token_urlsafe(24), mode=0o600)
        return file.read_text().strip()

    def _address(self, role: str, password: str, database: str) -> str:
        port = (self.home / "port").read_text().strip()
        folder = quote(str(self.socket_folder))
        return f"postgresql+psycopg://{role}:{quote(password)}@/{database}?host={folder}&port={port}"

    @contextlib.contextmanager
    def in_use(self) -> Iterator[str]:
        """Run the cluster for the length of the block and yield its address; the last user to leave stops it."""
        self.start()
        try:
            yield self.url()
        finally:
            self.stop()

    def start(self) -> None:
        """Make the cluster if there is none and start it if it does not run; count this process as a user."""
        self.instance.mkdir(parents=True, exist_ok=True)
        with self._exclusively():
            self._initialise()
            if not self.is_running():
                self._clear_stale_files()
                self._launch()
            if self._user_lock is None:
                self._user_lock = self._lock("users", fcntl.LOCK_SH)

    def stop(self) -> bool:
        """Leave the cluster; stop it when nobody else uses it. True when it is down afterwards."""
        with self._exclusively():
            if self._user_lock is not None:
                os.close(self._user_lock)
                self._user_lock = None
            if not self.is_running():
                return True
            try:
                os.close(self._lock("users", fcntl.LOCK_EX | fcntl.LOCK_NB))
            except BlockingIOError:
                return False
            self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", "60")
            return True

    def is_running(self) -> bool:
        """Whether a server runs on exactly this data folder."""
        pid = self._recorded_pid()
        return pid is not None and _serves(pid, self.data)

    def _recorded_pid(self) -> int | None:
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        return None

    def _initialise(self) -> None:
        if (self.data / "PG_VERSION").is_file() and (self.home / "ready").is_file():
            return
        self._choose_home()
        shutil.rmtree(self.data, ignore_errors=True)  # An initdb that was killed half-way left nothing of use.
        password = self.home / "password"
        self._write(password, secrets.token_urlsafe(24), mode=0o600)
        self._run(
            "initdb", "-D", self.data, "-U", ROLE, "--pwfile", password, "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in SERVER_SETTINGS.items())
        self._write(self.home / "ready", "")

    def _choose_home(self) -> None:
        """Settle where the cluster lives: root's instance folder may be closed to the user the server runs as."""
        home = self.instance / "db"
        home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0 and not _can_enter(_server_user(), home):
            home = Path("/var/lib/landportal") / _digest(self.instance)
            home.mkdir(parents=True, exist_ok=True)
            (self.instance / "db-location").write_text(f"{home}\n")
        self._own(home)

    def _launch(self) -> None:
        port = self._free_port()
        self._write(self.home / "port", str(port))
        self._own_socket_folder()
        options = f"-p {port} -k '{self.socket_folder}'"
        # Children of a killed server hold its shared memory for a moment: they notice and leave by themselves.
        for patience in (1, 2, 4, 0):
            try:
                self._run("pg_ctl", "start", "-D", self.data, "-l", self.home / "log", "-o", options, "-w", "-t", "120")
            except Unavailable:
                if not patience:
                    raise
                time.sleep(patience)
            else:
                return

    def _own_socket_folder(self) -> None:
        """Make the socket's folder; one that somebody else put in its place is refused."""
        self.socket_folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if self.socket_folder.is_symlink() or self.socket_folder.stat().st_uid not in {
            os.geteuid(),
            self.home.stat().st_uid,
        }:
            raise Unavailable(f"{self.socket_folder} belongs to another user; remove it.")
        self._own(self.socket_folder)

    def _free_port(self) -> int:
        """The port of last time if still free, so that running processes find the server again; else a new one."""
        with contextlib.suppress(OSError, ValueError):
            last = int((self.home / "port").read_text())
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", last))
                return last
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    def _clear_stale_files(self) -> None:
        """Remove what a killed server left: its pid file (the number may be somebody else's today) and its sockets."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.socket_folder.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)

    def _programs(self) -> ServerPrograms:
        wanted = self.data / "PG_VERSION"
        servers = [server for server in installed_servers() if server.has_postgis]
        if wanted.is_file():
            major = int(wanted.read_text())
            servers = [server for server in servers if server.major == major]
        if not servers:
            raise Unavailable(f"No PostgreSQL {MIN_MAJOR}+ with PostGIS is installed. Run: {INSTALL_HINT}")
        return servers[0]

    def _run(self, program: str, *arguments: object) -> None:
        command: Sequence[str | Path] = [self._programs().bin / program, *map(str, arguments)]
        user = _server_user() if os.geteuid() == 0 else None
        # Output goes to a file: a server that inherits a pipe would keep its reader waiting for ever.
        with (self.instance / "db-command.log").open("w+") as output:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", check=False,
                user=user.pw_uid if user else None, group=user.pw_gid if user else None,
                extra_groups=[] if user else None, env={**os.environ, "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
            output.seek(0)
            if done.returncode:
                told = output.read().strip()
                raise Unavailable(f"The private database did not {program.replace('pg_ctl', 'start or stop')}: {told}")

    def _write(self, path: Path, text: str, mode: int = 0o644) -> None:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            file.write(text)
        self._own(path)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            user = _server_user()
            os.chown(path, user.pw_uid, user.pw_gid)

    def _lock(self, name: str, how: int) -> int:
        handle = os.open(self.instance / f"db-{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, how)
        except BlockingIOError:
            os.close(handle)
            raise
        return handle

    @contextlib.contextmanager
    def _exclusively(self) -> Iterator[None]:
        """One process at a time makes, starts or stops the cluster."""
        handle = self._lock("control", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(handle)


def _server_user() -> pwd.struct_passwd:
    """The user the server runs as when we are root, which PostgreSQL refuses to be."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise Unavailable(f"There is no user 'postgres' to run the database as. Run: {INSTALL_HINT}") from None


def _can_enter(user: pwd.struct_passwd, folder: Path) -> bool:
    answer = subprocess.run(
        ["/usr/bin/test", "-x", folder], user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/", check=False
    )
    return answer.returncode == 0


def _serves(pid: int, data: Path) -> bool:
    """Whether process `pid` is a PostgreSQL server on `data`: a number alone may belong to anybody after a crash."""
    with contextlib.suppress(OSError):
        parts = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return b"postgres" in parts[0] and os.fsencode(data) in parts
    return False


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
