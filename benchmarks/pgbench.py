"""PostgreSQL's own load generator on the statements of an answer: what the database alone can give on this machine.

The statements stand in a script with their values as literals and go over the simple protocol, which plans each of
them anew: so do our pages, whose statements are planned for the values asked (`db.plan_for_these_values`).
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks.measuring import Statements, plain
from landportal import db
from landportal.localdb import installed_servers

JOBS = 2
_TRANSACTIONS = re.compile(r"tps = ([0-9.]+) \(without initial connection time\)")


def program() -> Path | None:
    """Where pgbench is; None where no server is installed beside it."""
    found = (server.bin / "pgbench" for server in installed_servers())
    return next((path for path in found if path.is_file()), None)


def script(statements: Statements, url: str) -> str:
    """One transaction of `statements` with literal values."""
    with psycopg.connect(plain(url), cursor_factory=psycopg.ClientCursor) as connection:
        cursor = psycopg.ClientCursor(connection)
        lines = [cursor.mogrify(statement, values or None).strip().rstrip(";") for statement, values in statements]
    return "begin;\n" + "".join(f"{' '.join(line.split(chr(10)))};\n" for line in lines) + "commit;\n"


def per_second(text: str, url: str, at_once: int, seconds: float) -> float:
    """Transactions a second of the script `text` over `at_once` connections."""
    address = make_url(url)
    query = {name: str(value) for name, value in address.query.items()}
    environ = {
        "PGHOST": query.get("host") or address.host, "PGPORT": query.get("port") or str(address.port or 5432),
        "PGUSER": address.username, "PGPASSWORD": str(address.password or ""), "PGDATABASE": address.database,
        "PGOPTIONS": f"-c role={db.APPLICATION_ROLE} -c pg_trgm.word_similarity_threshold=0.5",
    }  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        call = [str(program()), "--no-vacuum", "--protocol=simple", "--client", str(at_once), "--jobs"]
        call += [str(min(JOBS, at_once)), "--time", str(max(1, round(seconds))), "--file", file.name]
        done = subprocess.run(call, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    found = _TRANSACTIONS.search(done.stdout)
    if done.returncode or not found:
        raise SystemExit(f"pgbench: {done.stderr.strip() or done.stdout.strip()}")
    return float(found.group(1))
