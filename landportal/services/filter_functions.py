"""The functions that filters may call, described for machines."""

from __future__ import annotations

from typing import Any


def described() -> list[dict[str, Any]]:
    """Name, arguments and result of each function, as `/api/functions` tells them."""
    return []
