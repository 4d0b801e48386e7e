"""Signing in and one's own account: password, second factor, invitation, sessions, API tokens.

What an administrator does with other people's accounts is in `web.organisations`; who may do what in
`services.permissions`. `library` sets Flask-Security up; every module here brings the pages of one step.
"""

from __future__ import annotations

from flask import Response

from landportal.web.accounts import own_account, passwords, second_factor, signing_in, tokens
from landportal.web.accounts.pages import blueprint

__all__ = ["blueprint", "own_account", "passwords", "second_factor", "signing_in", "tokens"]


@blueprint.after_request
def _keep_to_oneself(response: Response) -> Response:
    """These pages carry codes and links that work once: no cache, and no other site learns their address."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
