"""How quickly the portal is there, and what a start has no need to load."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time

import pytest
import requests

from tests.scale.servers import ROOT, free_port

FIRST_USE = {"alembic", "openpyxl", "pyogrio", "pypdf", "scipy.sparse", "scipy.spatial", "weasyprint", "distributed"}
"""What is loaded where it is first needed: together they would double a start."""


@pytest.mark.parametrize("part", ["landportal.cli.web_process", "landportal.cli.worker"])
def test_a_start_does_not_load_what_few_requests_need(part):
    asked = f"import sys, {part}; print(*sorted({FIRST_USE!r} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=ROOT, check=True)
    assert answer.stdout.split() == []


def test_the_portal_is_ready_within_seconds_worker_included(primary):
    """Two seconds on an idle machine of two cores; the bound leaves room for tests that run beside."""
    port = free_port()
    told = {
        "LANDPORTAL_DATABASE_URL": primary.url(),
        "LANDPORTAL_DEMO": "0",
        "LANDPORTAL_INSTANCE": str(primary.instance),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LANDPORTAL_")}
    started = time.monotonic()
    command = [sys.executable, "-m", "landportal.cli", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env={**kept, **told}, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while not _is_ready(port):
            assert time.monotonic() - started < 8
            time.sleep(0.02)
    finally:
        server.terminate()
        server.wait(30)


def _is_ready(port):
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).ok
    return False
