"""The database goes away and comes back: a clear page meanwhile, and no restart afterwards."""

import json
import os
import shutil
import signal
import time
import urllib.error
import urllib.request

import pytest

from landportal import db
from landportal.config import read_settings
from landportal.localdb import LocalCluster
from landportal.services.sample_data import load_sample_data


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = LocalCluster(tmp_path_factory.mktemp("instance") / "instance")
    cluster.start()
    with db.maintenance(cluster.url()) as connection:
        connection.exec_driver_sql("create database landportal")
    db.upgrade(cluster.url())
    engine = db.connect(cluster.url(), read_settings())
    with db.transaction(engine) as session:
        load_sample_data(session)
    engine.dispose()
    yield cluster
    cluster.start()
    cluster.stop()
    shutil.rmtree(cluster.home)


@pytest.fixture(scope="module")
def server(start_server, cluster):
    return start_server(cluster.url())


def ask(server, path):
    try:
        with urllib.request.urlopen(server + path, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read().decode()


def ask_until(server, path, status, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask(server, path)
        if answer[0] == status:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"{path} never answered {status}, last {answer[0]}")


def test_a_stopped_database_is_told_and_forgotten_when_it_is_back(server, cluster):
    assert ask(server, "/de/parcels")[0] == 200
    cluster.stop()
    for path, words in (("/de/parcels", 'lang="de"'), ("/en/parcels/TH-00001", 'lang="en"')):
        status, headers, body = ask(server, path)
        assert status == 503
        assert int(headers["Retry-After"]) > 0
        assert words in body
        assert "Traceback" not in body
        assert "psycopg" not in body
    status, headers, body = ask(server, "/tiles/parcels/8/135/85.mvt")
    assert (status, headers.get_content_type()) == (503, "application/problem+json")
    assert json.loads(body)["status"] == 503
    assert ask(server, "/healthz")[0] == 200
    assert ask(server, "/readyz")[0] == 503
    cluster.start()
    assert ask_until(server, "/de/parcels", 200)
    # The worker was stopped in the middle of its computing and signs in again.
    assert ask_until(server, "/readyz", 200)


def test_a_database_killed_between_two_requests_is_not_noticed_after_it_recovered(server, cluster):
    assert ask(server, "/de/parcels")[0] == 200
    postmaster = int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    os.killpg(os.getpgid(postmaster), signal.SIGKILL)
    time.sleep(0.5)
    cluster.start()
    assert ask(server, "/de/parcels")[0] == 200
