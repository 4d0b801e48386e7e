"""What stands between visitors and the database in production: nginx with its cache, several web processes, PgBouncer.

nginx runs with the example of ``deploy/``; only its port, its folder and its upstreams are the test's.
"""

from __future__ import annotations

import os
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import make_url, text

from landportal import db
from landportal.config import read_settings
from tests.scale.people import EMAIL, TIMEOUT_S, Officer, shown, statuses, tile
from tests.scale.servers import ROOT, eventually, free_port, program, running, web_processes
from tests.web.desk_pages import fields_of

# ----------------------------------------------------------------------------------------------------- web processes


@pytest.fixture(scope="module")
def environ(primary):
    return {"LANDPORTAL_DATABASE_URL": primary.url(), "LANDPORTAL_INSTANCE": str(primary.instance)}


@pytest.fixture(scope="module")
def webs(environ):
    with web_processes(2, {**environ, "LANDPORTAL_TRUSTED_PROXIES": "1"}) as made:
        yield [web.address for web in made]


@pytest.fixture(scope="module")
def officer(webs):
    return Officer(webs[0])


def test_a_session_begun_at_one_web_process_holds_at_the_other_and_ends_at_both(webs):
    officer = Officer(webs[0])
    assert officer.get(webs[1], "/de/desk/").status_code == 200
    page = officer.get(webs[1], "/de/desk/account").text
    path = re.search(r'action="(/[^"]*logout[^"]*)"', page).group(1)
    officer.http.post(f"{webs[1]}{path}", data={"csrf_token": fields_of(page)["csrf_token"]}, timeout=TIMEOUT_S)
    assert officer.get(webs[0], "/de/desk/").status_code == 303


def test_the_limit_of_wrong_passwords_counts_at_all_web_processes_together(webs, store):
    told = []
    for web in (webs * 4)[:7]:
        page = requests.get(f"{web}/de/login", timeout=TIMEOUT_S)
        sent = {**fields_of(page.text), "email": "nobody@gotha.example", "password": "not the right one"}
        from_elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        answer = requests.post(
            f"{web}/de/login", data=sent, cookies=page.cookies, headers=from_elsewhere, timeout=TIMEOUT_S
        )
        told.append("15 Minuten" in answer.text)
    assert told == [False, False, False, False, True, True, True]
    with store.begin() as connection:
        assert connection.scalar(text("select count(*) from account where email = :email"), {"email": EMAIL}) == 1


def test_a_visitor_who_does_not_read_the_answer_holds_no_connection(webs, store):
    """Forty ask for everything and read nothing; the answer was complete before the connection was given back."""
    port = int(webs[0].rpartition(":")[2])
    lines = []
    for _ in range(40):
        line = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.sendall(b"GET /de/parcels HTTP/1.1\r\nHost: landportal\r\n\r\n")
        lines.append(line)
    try:
        held = (
            "select count(*) from pg_stat_activity where datname = 'landportal' and state like 'idle in transaction%'"
        )
        # Each look by itself: within a transaction the server tells who is there once.
        with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            eventually(lambda: connection.scalar(text(held)) == 0)
        started = time.monotonic()
        assert requests.get(f"{webs[0]}/de/parcels", timeout=TIMEOUT_S).status_code == 200
        assert time.monotonic() - started < 10
    finally:
        for line in lines:
            line.close()


# ------------------------------------------------------------------------------------------------------------- nginx


@pytest.fixture(scope="module")
def front(webs, tmp_path_factory):
    """Address of nginx before both web processes."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    example = (ROOT / "deploy" / "nginx.conf").read_text()
    servers = "".join(f"server {web.removeprefix('http://')} max_fails=3 fail_timeout=5s;" for web in webs)
    adapted = {
        "/var/cache/nginx/landportal": str(folder / "cache"), "listen 80;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:8000 max_fails=3 fail_timeout=5s;": servers,
    }  # fmt: skip
    for found, put in adapted.items():
        assert found in example
        example = example.replace(found, put)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}\ndaemon off;\npid {folder / 'pid'};\nerror_log {folder / 'error'};\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{example}\n}}\n"
    )
    with running([program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")], folder):
        address = f"http://127.0.0.1:{port}"
        eventually(lambda: _answers(address))
        yield address


def _answers(address):
    try:
        return requests.get(f"{address}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def cached(answer):
    return answer.headers["X-Cache"]


@pytest.mark.parametrize(
    "path", ["/de/parcels", "/de/parcels/TH-20", "/de/parcels.geojson", "/de/areas", "/api?f=json"]
)
def test_a_public_answer_is_drawn_once_and_asked_for_each_time(front, path):
    first, second = (requests.get(f"{front}{path}", timeout=TIMEOUT_S) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert (cached(first), cached(second)) == ("MISS", "REVALIDATED")
    assert second.content == first.content
    assert second.headers.get("Content-Security-Policy") == first.headers.get("Content-Security-Policy")
    assert "X-Accel-Expires" not in second.headers


def test_a_sold_site_shows_through_the_cache_on_the_very_next_request(front, officer):
    for number in ("TH-21", "TH-22"):
        assert shown(front, number) == {"available"}
        assert shown(front, number) == {"available"}
        officer.set_status(front, number, "sold")
        assert shown(front, number) == {"sold"}
        page = requests.get(f"{front}/de/parcels/{number}", timeout=TIMEOUT_S)
        assert "verkauft" in page.text


def test_an_unchanged_tile_comes_from_the_cache_and_a_browser_with_a_copy_gets_304(front):
    first, second = tile(front), tile(front)
    assert cached(second) == "REVALIDATED"
    assert statuses(first) == statuses(second)
    third = tile(front, **{"If-None-Match": first.headers["ETag"]})
    assert (third.status_code, third.content) == (304, b"")


def test_pages_of_somebody_signed_in_are_never_kept_nor_mixed_with_public_ones(front, officer):
    for _ in range(2):
        desk = officer.get(front, "/de/desk/")
        assert (desk.status_code, desk.headers["Cache-Control"], cached(desk)) == (200, "no-store", "BYPASS")
        mine = officer.get(front, "/de/parcels/TH-23")
        theirs = requests.get(f"{front}/de/parcels/TH-23", timeout=TIMEOUT_S)
        assert "Organisation 16067" in mine.text
        assert "Organisation 16067" not in theirs.text


def test_a_page_that_begins_a_session_is_nobody_elses(front):
    tokens = {fields_of(requests.get(f"{front}/de/login", timeout=TIMEOUT_S).text)["csrf_token"] for _ in range(3)}
    assert len(tokens) == 3


def test_operators_figures_are_not_shown_outside(front):
    assert requests.get(f"{front}/metrics", timeout=TIMEOUT_S).status_code == 403


# --------------------------------------------------------------------------------------------------------- PgBouncer

SERVER_CONNECTIONS = 3


@pytest.fixture(scope="module")
def pooler(primary):
    """Address of the database through PgBouncer in transaction mode, with three connections to the server."""
    address, port, folder = make_url(primary.url()), free_port(), primary.home / "pgbouncer"
    folder.mkdir()
    owner = primary.data.stat()
    (folder / "users").write_text(f'"{address.username}" "{address.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\nlandportal = host=127.0.0.1 port={address.query['port']} dbname=landportal\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {folder / 'users'}\npool_mode = transaction\n"
        f"default_pool_size = {SERVER_CONNECTIONS}\nmax_client_conn = 200\n"
    )
    how = {}
    if os.geteuid() == 0:
        os.chown(folder, owner.st_uid, owner.st_gid)
        how = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    with running([program("pgbouncer"), str(folder / "pgbouncer.ini")], folder, cwd="/", **how):
        through = address.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
        eventually(lambda: _listens(port))
        yield through


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_settings_and_role_hold_for_a_transaction_behind_the_pooler_and_leak_into_no_other(primary, pooler):
    settings = read_settings({"LANDPORTAL_DATABASE_URL": primary.url(), "LANDPORTAL_POOLER_URL": pooler})
    engine = db.connect(pooler, settings, role=db.APPLICATION_ROLE, pooled=True)
    asked = text("select current_user, current_setting('statement_timeout'), current_setting('timezone')")
    for _ in range(20):
        with db.reading(engine) as session:
            assert tuple(session.execute(asked).one()) == (db.APPLICATION_ROLE, "15s", "UTC")
        with db.transaction(engine) as session:
            assert tuple(session.execute(asked).one()) == (db.APPLICATION_ROLE, "15s", "UTC")
    engine.dispose()
    plain = db.create_engine(pooler, connect_args={"prepare_threshold": None})
    with plain.connect() as connection:
        assert connection.scalar(text("select current_user")) != db.APPLICATION_ROLE
    plain.dispose()


def test_web_processes_behind_a_pooler_read_write_and_share_three_connections(environ, pooler, store):
    counted = text(
        "select count(*) from pg_stat_activity"
        " where datname = 'landportal' and backend_type = 'client backend' and pid <> pg_backend_pid()"
    )
    with store.connect() as connection:
        before = connection.scalar(counted)
        connection.rollback()
        with web_processes(2, {**environ, "LANDPORTAL_POOLER_URL": pooler}) as made:
            webs = [web.address for web in made]
            officer = Officer(webs[0])
            with ThreadPoolExecutor(8) as pool:
                paths = ["/de/parcels", "/de/parcels/TH-25", "/api/collections/parcels/items?f=json", "/de/freshness"]
                asked = [f"{webs[n % 2]}{paths[n % 4]}" for n in range(80)]
                codes = {answer.status_code for answer in pool.map(lambda url: requests.get(url, timeout=60), asked)}
                during = connection.scalar(counted)
            download = requests.get(f"{webs[0]}/de/planning/export/csv", timeout=TIMEOUT_S)
            officer.set_status(webs[1], "TH-24", "sold")
            assert shown(webs[0], "TH-24") == {"sold"}
            assert shown(webs[1], "TH-24", officer.http) == {"sold"}
    assert codes == {200}
    assert (download.status_code, "TH-25" in download.text) == (200, True)
    assert during - before <= SERVER_CONNECTIONS
