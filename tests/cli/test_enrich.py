"""`landportal enrich` as its users run it: real processes, a real Dask cluster, killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from landportal import db
from tests.conftest import Land

ROOT = Path(__file__).resolve().parents[2]
PATH = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
"""This checkout first, for every process that a test starts."""


class Store:
    def __init__(self, url):
        self.url = url
        self.engine = create_engine(url)

    def value(self, statement):
        with self.engine.connect() as connection:
            return connection.scalar(text(statement))

    def environ(self):
        return {**os.environ, "LANDPORTAL_DATABASE_URL": self.url, "LANG": "C.UTF-8", "PYTHONPATH": PATH}

    def enrich(self, *arguments):
        command = [sys.executable, "-m", "landportal.cli", "enrich", *arguments]
        return subprocess.run(command, env=self.environ(), cwd=ROOT, capture_output=True, text=True, timeout=120)

    def start(self, *arguments):
        command = [sys.executable, "-m", "landportal.cli", "enrich", *arguments]
        return subprocess.Popen(command, env=self.environ(), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def store(database_url):
    made = Store(database_url)
    with db.transaction(made.engine) as session:
        land = Land(session)
        session.execute(
            text(
                "insert into parcel (number, name_de, geom, data_set_id, source_id, status)"
                " select 'P-' || n, 'P', st_multi(st_translate(st_geomfromewkt(:square), n % 100 * 110, n / 100 * 110))"
                ", :data_set, n::text, 'available' from generate_series(0, 899) n"
            ),
            {"square": land.rectangle(1, 1, 0.1, 0.1), "data_set": land.data_set.id},
        )
    yield made
    made.engine.dispose()


COMPUTED = "select count(*) from parcel where net_area_m2 between 8835 and 8837"


def test_local_processes_compute_what_waits_and_then_nothing_is_left(store):
    done = store.enrich("--jobs", "2")
    assert (done.returncode, done.stdout) == (0, "900 parcels are up to date.\n"), done.stderr
    assert store.value(COMPUTED) == 900
    assert store.enrich().stdout == "0 parcels are up to date.\n"
    assert store.enrich("--all", "--jobs", "1").stdout == "900 parcels are up to date.\n"


def test_killed_in_the_middle_and_run_again_nothing_is_half_and_nothing_lost(store):
    running = store.start("--jobs", "2")
    try:
        deadline = time.monotonic() + 60
        while not store.value(COMPUTED) and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
    done, left = store.value(COMPUTED), store.value("select count(distinct parcel_id) from parcel_stale")
    assert done + left == 900
    assert store.value("select count(*) from parcel_loss") == done
    again = store.enrich("--jobs", "1")
    assert again.returncode == 0
    assert int(again.stdout.split()[0]) == left
    assert store.value(COMPUTED) == 900


def test_a_dask_cluster_computes_the_same_and_needs_no_database(store, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", PATH)
    monkeypatch.delenv("LANDPORTAL_DATABASE_URL", raising=False)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, local_directory=str(tmp_path)
    ) as cluster:
        done = store.enrich("--scheduler", cluster.scheduler_address)
    assert (done.returncode, done.stdout) == (0, "900 parcels are up to date.\n"), done.stderr
    assert store.value(COMPUTED) == 900


def test_a_scheduler_that_does_not_answer_is_told(store):
    pytest.importorskip("distributed")
    refused = store.enrich("--scheduler", "tcp://127.0.0.1:9")
    assert refused.returncode == 1
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in refused.stderr
    assert store.enrich("--scheduler", "nonsense://x").returncode == 1
    assert store.value("select count(distinct parcel_id) from parcel_stale") == 900


def test_wrong_usage_is_told(store):
    assert store.enrich("--jobs", "0").returncode == 2
    assert store.enrich("--jobs", "2", "--scheduler", "tcp://x:1").returncode == 2
