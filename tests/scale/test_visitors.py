"""Many visitors at one `landportal serve`: what they leave open keeps nobody out."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

import requests

from tests.scale.servers import portal

BROWSERS, KEPT_BY_A_BROWSER = 60, 6


def test_connections_that_browsers_keep_shut_nobody_out(primary):
    with portal(primary, within_s=60) as address, contextlib.ExitStack() as kept:
        port = urlsplit(address).port
        for _ in range(BROWSERS * KEPT_BY_A_BROWSER):
            connection = kept.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        # One more visitor is answered at once, not when the others have been idle for half a minute.
        assert requests.get(f"{address}/de/parcels", timeout=10).status_code == 200
