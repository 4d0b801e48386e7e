"""The private cluster: made, started, shared, killed and recovered, as root and as an ordinary user alike."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from landportal.config import PROJECT_ROOT
from landportal.localdb import LocalCluster


@pytest.fixture
def cluster(tmp_path):
    cluster = LocalCluster(tmp_path / "instance")
    yield cluster
    _remove(cluster)


def _remove(cluster):
    """Take away what lies outside the test's folder: the home root uses when the server's user cannot enter that."""
    cluster.start()
    cluster.stop()
    shutil.rmtree(cluster.home)


def postmaster(cluster):
    return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])


def answers(cluster):
    engine = create_engine(cluster.url("postgres"))
    with engine.connect() as connection:
        value = connection.scalar(text("select 1"))
    engine.dispose()
    return value == 1


def test_it_starts_from_nothing_and_stops_with_its_last_user(cluster):
    cluster.start()
    assert answers(cluster)
    second = LocalCluster(cluster.instance)
    second.start()
    assert cluster.stop() is False
    assert second.is_running()
    assert second.stop() is True
    assert not cluster.is_running()


def test_a_second_start_finds_the_same_data_and_port(cluster):
    cluster.start()
    engine = create_engine(cluster.url("postgres"))
    with engine.begin() as connection:
        connection.execute(text("create table kept (id int)"))
    engine.dispose()
    port = (cluster.home / "port").read_text()
    cluster.stop()
    cluster.start()
    assert (cluster.home / "port").read_text() == port
    engine = create_engine(cluster.url("postgres"))
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from kept")) == 0
    engine.dispose()


def test_tcp_and_socket_both_ask_for_the_password(cluster):
    cluster.start()
    url = make_url(cluster.url("postgres"))
    port = int(url.query["port"])
    for target in (url, url.set(query={}, host="127.0.0.1", port=port)):
        with pytest.raises(OperationalError, match="password"):
            create_engine(target.set(password="guessed")).connect()
    rules = [line.split() for line in (cluster.data / "pg_hba.conf").read_text().splitlines() if line[:1].isalpha()]
    assert {rule[-1] for rule in rules} == {"scram-sha-256"}


def test_it_recovers_after_every_process_was_killed(cluster):
    cluster.start()
    os.killpg(os.getpgid(postmaster(cluster)), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while cluster.is_running() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (cluster.data / "postmaster.pid").exists()
    cluster.start()
    assert answers(cluster)


def test_a_stale_pid_that_belongs_to_somebody_else_does_not_stop_it(cluster):
    cluster.start()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")
    socket = cluster.socket_folder / ".s.PGSQL.1.lock"
    socket.write_text(f"{os.getpid()}\n")
    assert not cluster.is_running()
    cluster.start()
    assert answers(cluster)
    assert not socket.exists()


def test_a_user_that_was_killed_does_not_keep_it_running(cluster):
    program = (
        "import sys, time; from pathlib import Path; from landportal.localdb import LocalCluster;"
        "LocalCluster(Path(sys.argv[1])).start(); print('started', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", program, cluster.instance], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline().strip() == "started"
    child.kill()
    child.wait()
    assert cluster.is_running()
    assert cluster.stop() is True


def test_an_initialisation_that_was_killed_half_way_is_done_again(cluster):
    cluster.instance.mkdir()
    half = cluster.instance / "db" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    cluster.start()
    assert answers(cluster)


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path):
    cluster = LocalCluster(tmp_path / ("deep-" + "x" * 90) / "instance")
    cluster.start()
    try:
        assert len(os.fsencode(cluster.socket_folder)) < 90
        assert answers(cluster)
    finally:
        _remove(cluster)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the server as another user")
def test_root_runs_the_server_as_postgres_even_where_that_user_cannot_enter(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    cluster = LocalCluster(closed / "instance")
    cluster.start()
    try:
        assert answers(cluster)
        assert Path(f"/proc/{postmaster(cluster)}").stat().st_uid != 0
        assert PROJECT_ROOT not in cluster.home.parents
    finally:
        _remove(cluster)
