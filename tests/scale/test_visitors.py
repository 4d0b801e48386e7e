"""Many visitors at one `landportal serve`: what they leave open keeps nobody out."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from tests.scale.servers import ROOT, eventually, free_port

BROWSERS, KEPT_BY_A_BROWSER = 60, 6


@pytest.fixture
def served(primary) -> Iterator[int]:
    """The port of a portal on the primary, with its two web processes."""
    port = free_port()
    told = {
        "LANDPORTAL_DATABASE_URL": primary.url(),
        "LANDPORTAL_DEMO": "0",
        "LANDPORTAL_INSTANCE": str(primary.instance),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDPORTAL_")}
    command = [sys.executable, "-m", "landportal.cli", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env={**kept, **told}, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: answers(port), within_s=60)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def answers(port: int) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).ok
    return False


def test_connections_that_browsers_keep_shut_nobody_out(served):
    with contextlib.ExitStack() as kept:
        for _ in range(BROWSERS * KEPT_BY_A_BROWSER):
            connection = kept.enter_context(socket.create_connection(("127.0.0.1", served), timeout=10))
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        # One more visitor is answered at once, not when the others have been idle for half a minute.
        assert requests.get(f"http://127.0.0.1:{served}/de/parcels", timeout=10).status_code == 200
