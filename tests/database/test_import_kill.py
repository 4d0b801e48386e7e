"""Killed in the middle: 10,000 rows are applied as a whole or not at all, and the next worker carries on."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
import shapely
from flask import Flask
from sqlalchemy import create_engine, text

from landportal import db
from landportal.config import read_settings
from landportal.model import Account
from landportal.web import create_app
from tests.conftest import CORNER_E, CORNER_N
from tests.services.deliveries_at_work import Desk

ROWS = 10_000


def table(rows=ROWS):
    lines = ["id;Bezeichnung;Gebietsart;wkt"]
    for at in range(rows):
        west, south = CORNER_E + 200 * (at % 100), CORNER_N + 200 * (at // 100)
        lines.append(f'{at};Los {at};GE;"SRID=25832;{shapely.box(west, south, west + 100, south + 100).wkt}"')
    return "\n".join(lines).encode()


@pytest.fixture
def desk(database_url, settings, tmp_path):
    desk = Desk(database_url, settings, tmp_path)
    yield desk
    desk.close()


@pytest.fixture
def start(database_url, tmp_path):
    """A function that starts a process of landportal on the test's database; what still runs is killed at the end."""
    running = []
    environ = {**os.environ, "LANDPORTAL_DATABASE_URL": database_url, "LANDPORTAL_INSTANCE": str(tmp_path),
               "LANDPORTAL_DEMO": "0", "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}  # fmt: skip

    def launch(*arguments):
        running.append(subprocess.Popen([sys.executable, "-m", "landportal.cli", *arguments], env=environ))
        return running[-1]

    yield launch
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def wait_for(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("this did not happen in time")


def at_work(desk, statement):
    """Whether some process runs a statement that begins so."""
    return desk.scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and state = 'active'"
        " and ltrim(query, E' \\n') ilike :beginning and pid <> pg_backend_pid()",
        beginning=f"{statement}%",
    )


def test_a_worker_killed_while_applying_changes_nothing_and_the_next_one_applies_once(desk, start):
    delivery = desk.staged(table())
    assert delivery.preview["counts"]["new"] == ROWS
    desk.ask_apply(delivery.id)
    worker = start("worker")
    wait_for(lambda: at_work(desk, "insert into parcel"))
    time.sleep(0.5)
    kill(worker)
    wait_for(lambda: not at_work(desk, "insert into parcel"))
    assert desk.scalar("select count(*) from parcel") == 0
    assert desk.delivery(delivery.id).state == "applying"
    start("worker")
    wait_for(lambda: desk.delivery(delivery.id).state == "applied")
    assert desk.scalar("select count(*) from parcel") == ROWS
    assert desk.scalar("select count(distinct change_id) || '/' || max(version) from parcel") == "1/1"
    assert desk.scalar("select count(*) from import_run") == 1


def test_a_worker_killed_while_checking_leaves_nothing_and_the_next_one_checks_anew(desk, start):
    delivery_id = desk.upload(table())
    desk.stage(delivery_id, run=False)
    worker = start("worker")
    wait_for(lambda: desk.delivery(delivery_id).rows_done)
    kill(worker)
    assert desk.delivery(delivery_id).state == "staging"
    assert desk.scalar("select count(*) from delivery_row") == 0
    start("worker")
    wait_for(lambda: desk.delivery(delivery_id).state == "staged")
    assert desk.scalar("select count(*) from delivery_row") == ROWS


def test_a_server_killed_during_an_upload_leaves_nothing(desk, start, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = start("serve", "--workers", "1", "--port", str(port))
    wait_for(lambda: _answers(f"http://127.0.0.1:{port}/readyz"))
    cookie, token = _signed_in(desk, port)
    with socket.create_connection(("127.0.0.1", port)) as half:
        half.sendall(_beginning_of_upload(cookie, token, total=50_000_000))
        for _ in range(200):
            half.sendall(b"x" * 50_000)
        wait_for(lambda: _open_bytes(tmp_path) > 1_000_000)
        _kill_group(server)
    time.sleep(0.3)
    left = [path for path in (tmp_path / "deliveries").rglob("*") if path.is_file()]
    assert left == []
    assert desk.scalar("select count(*) from delivery") == 0


def _answers(address):
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def _signed_in(desk, port):
    """The cookie of the officer's session and a token for its forms."""
    environ = {"LANDPORTAL_DATABASE_URL": desk.engine.url.render_as_string(hide_password=False),
               "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}  # fmt: skip
    app: Flask = create_app(read_settings(environ))
    with db.transaction(desk.owner) as session:
        key = session.get_one(Account, desk.officer_id).fs_uniquifier
    signer = app.session_interface.get_signing_serializer(app)
    told = {"_user_id": key, "_fresh": True, "fs_paa": time.time(), "csrf_token": "0" * 40}
    with app.test_request_context():
        from itsdangerous import URLSafeTimedSerializer

        token = URLSafeTimedSerializer("tests", salt="wtf-csrf-token").dumps("0" * 40)
    return f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(told)}", token


def _beginning_of_upload(cookie, token, total):
    part = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="gross.csv"\r\n\r\n'
    )
    head = (
        f"POST /de/desk/import HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nContent-Length: {total}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    return (head + part).encode()


def _open_bytes(folder):
    """Bytes of files below `folder` that have no name and are open in some process."""
    size = 0
    for process in os.listdir("/proc"):
        try:
            for link in os.listdir(f"/proc/{process}/fd") if process.isdigit() else ():
                target = os.readlink(f"/proc/{process}/fd/{link}")
                if target.startswith(str(folder / "deliveries")):
                    size = max(size, os.stat(f"/proc/{process}/fd/{link}").st_size)
        except OSError:
            continue
    return size


def _kill_group(server):
    """Kill the server and its children, as a power cut would."""
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.pid)], capture_output=True, text=True)
    for pid in [server.pid, *map(int, children.stdout.split())]:
        os.kill(pid, signal.SIGKILL)
    server.wait()


def _network(folder, ways):
    """Streets side by side, each a way of two nodes."""
    text = ['<osm version="0.6">']
    for at in range(ways):
        lat = f"{50.5 + at / ways:.6f}"
        text.append(f'<node id="{2 * at + 1}" lon="11" lat="{lat}"/><node id="{2 * at + 2}" lon="11.01" lat="{lat}"/>')
    text += [
        f'<way id="{at + 1}"><nd ref="{2 * at + 1}"/><nd ref="{2 * at + 2}"/><tag k="highway" v="tertiary"/></way>'
        for at in range(ways)
    ]
    path = folder / f"network-{ways}.osm"
    path.write_text("".join([*text, "</osm>"]))
    return path


def test_a_killed_import_of_roads_leaves_the_graph_before(start, database_url, tmp_path):
    assert start("import", "roads", str(_network(tmp_path, 3)), "--source", "osm").wait() == 0
    engine = create_engine(database_url)
    large = start("import", "roads", str(_network(tmp_path, 60_000)), "--source", "osm")
    # COPY into the edges shows as their lock: the old graph is about to go.
    held = (
        "select count(*) from pg_locks where relation = 'road_edge'::regclass and mode = 'RowExclusiveLock' and granted"
    )
    with engine.connect() as connection:
        for _ in range(600):
            if connection.scalar(text(held)) or large.poll() is not None:
                break
            connection.rollback()
            time.sleep(0.05)
    assert large.poll() is None
    kill(large)
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from road_edge")) == 3
        assert connection.scalar(text("select count(*) from road_graph")) == 1
    assert start("import", "roads", str(_network(tmp_path, 5)), "--source", "osm").wait() == 0
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from road_edge")) == 5
    engine.dispose()
