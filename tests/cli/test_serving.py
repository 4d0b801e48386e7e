"""`landportal serve` as its user knows it: one command starts all, a signal stops all, a crash is survived."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from landportal.localdb import LocalCluster


@pytest.fixture
def instance(tmp_path):
    folder = tmp_path / "instance"
    yield folder
    cluster = LocalCluster(folder)
    if folder.is_dir() and cluster.data.is_dir():
        cluster.start()
        cluster.stop()
        shutil.rmtree(cluster.home)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(instance, port):
    environ = {key: value for key, value in os.environ.items() if key != "LANDPORTAL_DATABASE_URL"}
    environ |= {"LANDPORTAL_INSTANCE": str(instance), "PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-m", "landportal.cli", "serve"], env=environ, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/de/parcels", timeout=5) as answer:
                assert answer.status == 200
                return server
        except OSError:
            time.sleep(0.1)
    raise AssertionError(server.stdout.read())


def processes_of(instance):
    """Process ids that name the instance folder or its cluster on their command line."""
    found = subprocess.run(["pgrep", "-f", str(LocalCluster(instance).data)], capture_output=True, text=True)
    return found.stdout.split()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_stops_the_server_and_its_database(instance, stop):
    port = free_port()
    server = start(instance, port)
    assert LocalCluster(instance).is_running()
    server.send_signal(stop)
    assert server.wait(30) in {0, 130, 143}
    assert "Sample data loaded" in server.stdout.read()
    assert not LocalCluster(instance).is_running()
    assert processes_of(instance) == []
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", port), timeout=2)


def test_killing_the_server_alone_frees_its_port(instance):
    port = free_port()
    server = start(instance, port)
    os.kill(server.pid, signal.SIGKILL)
    server.wait(10)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                break
        time.sleep(0.1)
    second = start(instance, port)
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) in {0, 143}
    assert processes_of(instance) == []


def test_killing_the_whole_tree_leaves_nothing_that_the_next_start_cannot_mend(instance):
    port = free_port()
    server = start(instance, port)
    cluster = LocalCluster(instance)
    postmaster = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    os.killpg(server.pid, signal.SIGKILL)
    os.killpg(os.getpgid(postmaster), signal.SIGKILL)
    server.wait(10)
    again = start(instance, port)
    again.terminate()
    assert again.wait(30) in {0, 143}
    assert "Sample data loaded" not in again.stdout.read()
    assert not cluster.is_running()


def test_killing_only_the_server_leaves_a_database_that_the_next_start_takes_over(instance):
    port = free_port()
    server = start(instance, port)
    os.killpg(server.pid, signal.SIGKILL)
    server.wait(10)
    assert LocalCluster(instance).is_running()
    again = start(instance, port)
    again.terminate()
    assert again.wait(30) in {0, 143}
    assert not LocalCluster(instance).is_running()


def test_a_taken_port_is_told_before_anything_is_started(instance):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environ = {**os.environ, "LANDPORTAL_INSTANCE": str(instance), "PORT": str(port)}
        answer = subprocess.run(
            [sys.executable, "-m", "landportal.cli", "serve"], env=environ, capture_output=True, text=True, timeout=30
        )
    assert answer.returncode == 1
    assert f"Port {port} is taken" in answer.stderr
    assert not instance.exists()


def test_two_first_starts_at_once_both_serve_the_same_portal(instance):
    ports = free_port(), free_port()
    with ThreadPoolExecutor(2) as pool:
        servers = list(pool.map(lambda port: start(instance, port), ports))
    counts = set()
    for port in ports:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/de/parcels.geojson?limit=1") as answer:
            counts.add(json.load(answer)["numberMatched"])
    assert len(counts) == 1
    for server in servers:
        server.terminate()
    loads = [server.communicate(timeout=30)[0].count("Sample data loaded") for server in servers]
    assert sum(loads) == 1
    assert not LocalCluster(instance).is_running()
