"""docs/performance.md: where tables are kept, between markers of their names, with the command that made them."""

from __future__ import annotations

import datetime as dt
import os

from benchmarks.registry import Table
from landportal.config import PROJECT_ROOT

DOCUMENT = PROJECT_ROOT / "docs" / "performance.md"


def write(table: Table, command: str) -> None:
    """Replace what stands between the markers ``name`` and "end of ``name``"."""
    told = f"`{command}` on {dt.date.today():%d.%m.%Y}, {os.cpu_count()} cores."  # noqa: DTZ011 - the day of whoever measures
    replace(table.name, f"{told}\n\n{table.markdown()}")


def replace(name: str, content: str) -> None:
    """Put `content` between the markers of `name`; ends the run where the document has none."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, found, rest = DOCUMENT.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise SystemExit(f"{DOCUMENT} has no place for {name}")
    DOCUMENT.write_text(f"{before}{begin}\n{content}\n{end}{after}")
