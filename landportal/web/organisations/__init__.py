"""Organisations and accounts for administrators: lists, invitations, roles, moves, sessions, and the audit log.

What an administrator may do is checked by the services; one's own account is in `web.accounts`.
"""

from __future__ import annotations

from landportal.web.organisations import invitations, log, organisation_pages, people
from landportal.web.organisations.pages import blueprint

__all__ = ["blueprint", "invitations", "log", "organisation_pages", "people"]
