"""Downloads from a real server: who leaves stops the statement, who gets half a file can tell, who reads slowly holds
nothing that others need, who picks on the map.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

from landportal import db
from landportal.config import read_settings
from tests.conftest import Land
from tests.journeys.test_accessibility import violations
from tests.journeys.test_map import ANY_STATUS, middle_of, parcel  # noqa: F401

PARCELS, KILOBYTES = 1_500, 30
"""More than the buffers between a database and a visitor hold."""


@pytest.fixture(scope="module")
def heavy(clone, start_server):
    """A server on land whose export weighs 45 MB, and a look at its database."""
    url = clone("empty")
    engine = db.connect(url, read_settings())
    with db.transaction(engine) as session:
        land = Land(session)
        land.parcel("A", description_de="Text")
        session.execute(
            text(
                "insert into parcel (number, name_de, status, geom, data_set_id, source_id, description_de)"
                " select 'P-' || n, 'x', 'available', st_translate(geom, 10 * n, 0), data_set_id, 'p' || n,"
                " repeat(md5(n::text), :kb * 32) from parcel, generate_series(1, :n) n where number = 'A'"
            ),
            {"n": PARCELS, "kb": KILOBYTES},
        )
    engine.dispose()
    watching = create_engine(url, isolation_level="AUTOCOMMIT")
    yield urlsplit(start_server(url)), watching
    watching.dispose()


def copying(engine) -> list[int]:
    """Backends that write an export right now."""
    with engine.connect() as connection:
        return list(
            connection.scalars(
                text(
                    "select pid from pg_stat_activity where datname = current_database()"
                    " and query ilike 'copy (%' and state = 'active'"
                )
            )
        )


def wait_until(true) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_leaves_a_download_stops_its_statement(heavy):
    address, engine = heavy
    with socket.create_connection((address.hostname, address.port)) as visitor:
        visitor.sendall(b"GET /de/planning/export/geojson HTTP/1.1\r\nHost: x\r\n\r\n")
        assert visitor.recv(4096).startswith(b"HTTP/1.1 200")
        wait_until(lambda: copying(engine))
    wait_until(lambda: not copying(engine))


def test_a_broken_download_is_no_whole_one(heavy):
    address, engine = heavy
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request("GET", "/de/planning/export/geojson")
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["OGC-NumberMatched"] == str(PARCELS + 1)
    answer.read(1000)
    (backend,) = copying(engine)
    with engine.connect() as watching:
        watching.execute(text("select pg_cancel_backend(:pid)"), {"pid": backend})
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()


def test_a_whole_download_says_at_its_end_how_many_there_were(heavy):
    address, _ = heavy
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", "/de/planning/export/geojson?columns=number")
    told = json.loads(connection.getresponse().read())
    assert told["numberReturned"] == told["numberMatched"] == PARCELS + 1
    connection.close()


def slow_visitor(address) -> socket.socket:
    """Somebody who has asked for 45 MB, has the first bytes, and takes no more of them than a tiny buffer holds."""
    visitor = socket.socket()
    visitor.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    visitor.settimeout(30)
    visitor.connect((address.hostname, address.port))
    visitor.sendall(b"GET /de/planning/export/geojson HTTP/1.1\r\nHost: x\r\n\r\n")
    assert visitor.recv(64).startswith(b"HTTP/1.1 200")
    return visitor


def at_work(engine) -> int:
    """Backends of the portal with a statement or a transaction."""
    with engine.connect() as connection:
        return connection.scalar(
            text(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and state <> 'idle'"
            )
        )


def asked(address, path) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    told = answer.status, answer.headers, answer.read()
    connection.close()
    return told


def test_visitors_who_read_slowly_hold_no_connection_and_keep_nobody_from_pages_and_downloads(heavy):
    address, engine = heavy
    places = read_settings().downloads_at_once
    with contextlib.ExitStack() as visitors:
        for _ in range(places - 1):
            visitors.enter_context(slow_visitor(address))
        wait_until(lambda: at_work(engine) == 0)
        for path in ("/de/parcels", "/de/planning/exports", "/de/parcels/A"):
            assert asked(address, path)[0] == 200
        _, _, content = asked(address, "/de/planning/export/geojson")
        assert json.loads(content)["numberReturned"] == PARCELS + 1
        visitors.enter_context(slow_visitor(address))
        status, headers, content = asked(address, "/de/planning/export/gpkg")
        assert (status, json.loads(content)["title"]) == (503, "Zu viele Downloads gleichzeitig.")
        assert headers["Retry-After"]
        assert asked(address, "/de/parcels")[0] == 200
    wait_until(lambda: asked(address, "/de/planning/export/gpkg")[0] == 200)


IMPATIENT = """
from landportal.web import sending
from landportal.web.planning import spool
sending.TAKES_NOTHING_S, spool.PATIENCE_S, spool.PACE_BYTES_S = 2, 2, 10_000_000
from landportal.cli import main
main()
"""


@pytest.fixture(scope="module")
def impatient(heavy, start_server):
    """The same land on a server that has no patience."""
    _, engine = heavy
    return urlsplit(start_server(engine.url.render_as_string(hide_password=False), program=("-c", IMPATIENT)))


@pytest.mark.parametrize(("a_while_s", "pause_s"), [(6, 0), (0, 0.001)], ids=["silent", "slow"])
def test_a_visitor_who_takes_too_little_is_cut_and_can_tell(impatient, a_while_s, pause_s):
    received = 0
    with slow_visitor(impatient) as visitor:
        time.sleep(a_while_s)
        last = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := visitor.recv(16_384):
                received, last = received + len(piece), piece
                time.sleep(pause_s)
    assert received < PARCELS * KILOBYTES * 1024
    assert not last.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("lang", "options"),
    [("en", {"color_scheme": "dark"}), ("de", {"viewport": {"width": 390, "height": 844}})],
    ids=["dark", "phone"],
)
def test_axe_finds_nothing_on_the_page_of_exports(new_context, live_server, lang, options):
    page = new_context(**options).new_page()
    page.goto(f"{live_server}/{lang}/planning/exports?ags=16067&as_of=2026-11-01&crs=abc&format=gpkg&columns=zone")
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_picked_sites_come_as_cadastral_identifiers_without_script(new_context, live_server, tmp_path):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server}/de/parcels?ags=16067")
    page.locator("#download").click()
    boxes = page.locator('.export-list input[name="number"]')
    picked = [boxes.nth(place).get_attribute("value") for place in (0, 2)]
    for place in (0, 2):
        boxes.nth(place).check()
    with page.expect_download() as download:
        page.locator('button[formaction$="/export/cadastral"]').click()
    download.value.save_as(tmp_path / "list.csv")
    lines = (tmp_path / "list.csv").read_text().splitlines()
    assert lines[0] == "cadastral_id,number"
    assert {line.split(",")[1] for line in lines[1:]} == set(picked)


def test_a_click_on_the_map_picks_a_site(page, live_server, parcel):  # noqa: F811
    page.goto(f"{live_server}/en/planning/exports?{ANY_STATUS}&q={parcel['number']}")
    frame = page.locator("[data-map-frame]")
    frame.scroll_into_view_if_needed()
    expect(frame).to_have_attribute("data-parcels", re.compile("[1-9]"))
    page.wait_for_load_state("networkidle")
    box, count = page.locator(f'input[name="number"][value="{parcel["number"]}"]'), page.locator("[data-picked-count]")
    page.mouse.click(*middle_of(frame))
    expect(box).to_be_checked()
    expect(count).to_have_text("1 site picked")
    box.uncheck()
    expect(count).to_have_text("none picked: the whole result")
