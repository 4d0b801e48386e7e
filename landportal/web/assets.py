"""Addresses of the portal's own files: one fingerprint over all of them stands in every address.

A browser may therefore keep each file for a year, and relative addresses inside styles and script modules carry the
fingerprint along. What the files are, and how vendor files get here, is not decided in this module.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, request, url_for

FOLDER = Path(__file__).parent / "static"
YEAR_S = 31_536_000


def fingerprint(folder: Path = FOLDER) -> str:
    """Twelve hex digits that change when any file below `folder` changes its name or its bytes."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def asset(path: str) -> str:
    """Address of the file `path` below the static folder."""
    return url_for("static", filename=path)


def install(app: Flask) -> None:
    """Give templates `asset()` and let browsers keep what carries a fingerprint."""
    app.add_template_global(asset)
    app.after_request(_keep_for_a_year)


def _keep_for_a_year(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in {200, 304}:
        response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
    return response
