"""``landportal export``: the file, its record, its exit status, and that a killed one leaves nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import pyogrio
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from landportal import db
from landportal.cli import main
from landportal.config import read_settings
from tests.conftest import Land

COMMAND = [sys.executable, "-c", "from landportal.cli import main; main()", "export"]


@pytest.fixture(scope="module")
def environ(clone) -> dict[str, str]:
    url = clone("empty")
    engine = db.connect(url, read_settings())
    with db.transaction(engine) as session:
        land = Land(session)
        land.parcel("GI-8", ha=8, zone="GI", contact_email="amt@example.org", rail_siding=True)
        land.parcel("GE-2", ha=2, zone="GE", east_km=5)
        land.parcel("gone", status="withdrawn", east_km=9)
    engine.dispose()
    return {**os.environ, "LANDPORTAL_DATABASE_URL": url, "LANG": "en_GB.UTF-8", "LC_ALL": ""}


@pytest.fixture
def command(environ, tmp_path, monkeypatch):
    """Runs the command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return CliRunner().invoke(main, ["export", *map(str, arguments)], env=environ)

    return run


def test_the_file_has_what_the_options_ask_for_and_its_record_beside_it(command, tmp_path):
    done = command("plots.gpkg", "--size-min-ha", "5", "--zone", "GI", "--zone", "GE", "--crs", "EPSG:31468",
                   "--rail-siding", "--columns", "zone,area_m2")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "1 sites" in done.output
    meta, _, _, (numbers, _, zones) = pyogrio.raw.read(tmp_path / "plots.gpkg")
    assert meta["crs"] == "EPSG:31468"
    assert (list(numbers), list(zones)) == (["GI-8"], ["GI"])
    record = json.loads((tmp_path / "plots.gpkg.record.json").read_text())
    assert record["filter"] == {"zone": ["GI", "GE"], "size_min_ha": ["5"], "rail_siding": ["1"]}
    assert record["sha256"] == hashlib.sha256((tmp_path / "plots.gpkg").read_bytes()).hexdigest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plots.gpkg", "plots.gpkg.record.json"]


def test_withdrawn_land_and_the_keepers_columns_come_only_when_asked_for(command, tmp_path):
    assert command("a.geojson").exit_code == 0
    assert command("b.geojson", "--internal").exit_code == 0
    public, internal = (json.loads((tmp_path / name).read_text())["features"] for name in ("a.geojson", "b.geojson"))
    assert [feature["id"] for feature in public] == ["GI-8", "GE-2"]
    assert "contact_email" not in public[0]["properties"]
    assert [feature["id"] for feature in internal] == ["GI-8", "GE-2", "gone"]
    assert internal[0]["properties"]["contact_email"] == "amt@example.org"


def test_an_existing_file_is_replaced_only_by_force(command, tmp_path):
    (tmp_path / "x.csv").write_text("mine")
    refused = command("x.csv")
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert (tmp_path / "x.csv").read_text() == "mine"
    assert command("x.csv", "--force").exit_code == 0
    assert (tmp_path / "x.csv").read_text().startswith("number,")


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("x.dxf", "--crs", "4326"), 1, "crs: DXF cannot be written in EPSG:4326"),
        (("x.csv", "--size-min-ha", "big"), 1, "size_min_ha"),
        (("x.csv", "--ags", "99999"), 1, "ags"),
        (("x.csv", "--number", "nobody"), 1, "nobody"),
        (("x.csv", "--columns", "contact_email"), 1, "contact_email"),
        (("nowhere/x.csv",), 1, "nowhere"),
        (("x.doc",), 2, "--format"),
        (("x.csv", "--nonsense"), 2, "nonsense"),
        (("x.csv", "--format", "doc"), 2, "geojson"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_no_file(command, tmp_path, arguments, status, told):
    done = command(*arguments)
    assert done.exit_code == status
    assert told in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_export_leaves_no_file(environ, tmp_path, stop):
    """Writing, unlike counting, reads the places' names: a lock on them holds it back once it has begun."""
    engine = db.connect(environ["LANDPORTAL_DATABASE_URL"], read_settings())
    with engine.begin() as holding:
        holding.execute(text("lock table admin_unit in access exclusive mode"))
        running = subprocess.Popen(
            [*COMMAND, "x.geojson"],
            env=environ,
            cwd=tmp_path,
            stderr=subprocess.DEVNULL,
            # Tests that run in the background of a shell inherit that Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            wait_until(lambda: waits_for_a_lock(engine) or running.poll() is not None)
            assert running.poll() is None
            assert [path.name.startswith(".x.geojson-") for path in tmp_path.iterdir()] == [True]
            running.send_signal(stop)
            assert running.wait(30) != 0
        finally:
            running.kill()
    engine.dispose()
    assert list(tmp_path.iterdir()) == []


def waits_for_a_lock(engine) -> bool:
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    with engine.connect() as watching:
        return bool(watching.scalar(text(waiting)))


def wait_until(true) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
