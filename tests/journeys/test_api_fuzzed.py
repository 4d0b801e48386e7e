"""Generated requests against the API of a real server."""

import os
import subprocess
import sys


def test_no_generated_request_makes_the_api_fail(live_server):
    """Schemathesis invents requests from the description, valid and invalid ones."""
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{live_server}/api/openapi.json", "--seed", "1",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--include-path-regex", "^/(collections/(parcels|infrastructure)|functions|tileMatrixSets|conformance|$)",
        "--max-examples", "15", "--phases", "coverage,fuzzing", "--warnings", "off",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env={**os.environ, "NO_COLOR": "1"}
    )
    assert done.returncode == 0, done.stdout[-4000:]
