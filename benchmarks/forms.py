"""What a browser sends back from the sign-in page and from the page of a status. Needs nothing but Python.

Used by `officers` in this environment and by `visitors` in locust's.
"""

from __future__ import annotations

import html
import re

PASSWORD = "benchmark-benchmark"  # noqa: S105 - of accounts in stores that are dropped after the measurement
NEXT = {"available": "reserved", "reserved": "available"}
"""Statuses that go to and fro."""
_UNTIL = "2027-12-31"
_HIDDEN = re.compile(r'<input type="hidden" name="(csrf_token|version)" value="([^"]*)"')
_SINCE = re.compile(r'name="status_since"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="status_since"')


def sign_in_form(page: str, email: str) -> dict[str, str]:
    """What a browser sends back from the sign-in page."""
    return {"csrf_token": _hidden(page)["csrf_token"], "email": email, "password": PASSWORD}


def status_form(page: str, status: str) -> dict[str, str]:
    """What a browser sends back from the page of a status, with `status` chosen; ValueError where it has no form."""
    since = _SINCE.search(page)
    if since is None:
        raise ValueError("the page has no form of a status")
    form = {**_hidden(page), "status": status, "status_since": since.group(1) or since.group(2), "reason": "Messung"}
    return form | {"status_until": _UNTIL if status == "reserved" else ""}


def _hidden(page: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}
