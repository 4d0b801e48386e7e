"""What can go wrong, in the product's own words. Each error carries a message for its reader, never a stack trace.

`web.errors` maps these to HTTP answers, `cli` to exit statuses; nothing else decides that.
"""

from __future__ import annotations


class LandportalError(Exception):
    """Anything landportal refuses, with a sentence that says what, where and what would be right."""


class NotFound(LandportalError):
    """The thing asked for does not exist."""


class Gone(LandportalError):
    """The thing existed and was withdrawn; the page that says so shows what became of it."""


class InvalidInput(LandportalError):
    """Input that cannot be used; `field` names the parameter or column it came from."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Conflict(LandportalError):
    """Someone else changed the same thing first."""


class NotAllowed(LandportalError):
    """The actor may not do this."""


class Unavailable(LandportalError):
    """Something landportal needs is down or missing; the message says how to get it back."""
