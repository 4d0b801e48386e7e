"""How quickly the portal is there, and what a start has no need to load."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import requests

from landportal.cli.loading import UNUSED
from tests.scale.servers import ROOT, portal

FIRST_USE = {
    *(
        "alembic",
        "distributed",
        "openpyxl",
        "pyogrio",
        "pypdf",
        "rdflib",
        "scipy.sparse",
        "scipy.spatial",
        "weasyprint",
    ),
}
"""What is loaded where it is first needed: together they would double a start."""
WHOLE_PROGRAM = {
    "web": "from landportal.cli.loading import load, loading\n"
    "program = load('landportal.cli.web_process')\n"
    "with loading(): program.prepared()\n",
    "worker": "from landportal.cli.loading import load\nload('landportal.cli.worker')\n",
}


@pytest.mark.parametrize("part", WHOLE_PROGRAM)
def test_a_start_does_not_load_what_few_requests_need_nor_what_none_does(part):
    asked = f"{WHOLE_PROGRAM[part]}import sys\nprint(*sorted({FIRST_USE | set(UNUSED)!r} & set(sys.modules)))"
    told = {**os.environ, "LANDPORTAL_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing"}
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=ROOT, env=told)
    assert (answer.stdout.split(), answer.returncode) == ([], 0), answer.stderr


def test_what_is_kept_out_of_a_start_can_be_loaded_afterwards():
    asked = f"{WHOLE_PROGRAM['worker']}import pandas\nprint(pandas.DataFrame([1]).size)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=ROOT)
    assert answer.stdout.split() == ["1"], answer.stderr


def test_the_portal_is_ready_within_seconds_worker_included(primary):
    """Under two seconds on an idle machine of two cores; the bound leaves room for tests that run beside."""
    with portal(primary, within_s=8) as address:
        assert requests.get(f"{address}/readyz", timeout=5).status_code == 200
