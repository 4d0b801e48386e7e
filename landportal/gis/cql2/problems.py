"""What is refused in a filter, said with the place where it stands, and how large a filter may be."""

from __future__ import annotations

from landportal.errors import InvalidInput

MAX_CHARACTERS = 50_000
MAX_DEPTH = 30
"""Operators inside each other; the tree is walked by recursion, here and in SQLAlchemy."""

POWER_DEPTH = 5
"""A power becomes a tower of SQL functions and counts as so many operators."""

MAX_NODES = 2_000
MAX_POSITIONS = 10_000
"""Coordinate pairs of one geometry."""


class BadFilter(InvalidInput):
    """A filter that cannot be used; the message tells why and where: the character, or the path in the JSON."""

    def __init__(self, reason: str, where: str) -> None:
        super().__init__(f"{reason} ({where})", "filter")
