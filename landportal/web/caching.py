"""What caches may keep: public answers, by anybody, who asks each time whether they still hold.

A site that was sold shows so at once, everywhere: no answer is used without asking here. What is saved is drawing and
sending it anew. Validators that say more than "the same content" (revisions of tiles and of the API) are made where
the content is; who is signed in is kept out of caches by `signed_in`.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask.sessions import SecureCookieSessionInterface

NGINX_ASKS_EACH_TIME = {"X-Accel-Expires": "@1"}
"""nginx keeps nothing that says ``no-cache``, though that means keep and ask. The first second of 1970 does."""
FOR_ALL_ALIKE = frozenset({"tiles.tile"})
"""What is the same for whoever is signed in; elsewhere the frame of a page is another, or more of the land is shown."""
KEPT = frozenset({200, 204, 304})


def install(app: Flask) -> None:
    """Say on every public answer that it may be kept, and give those a validator that have none."""
    app.after_request(_offer_to_caches)
    app.session_interface = _Sessions()


def _offer_to_caches(response: Response) -> Response:
    if not _is_public(response) or (response.is_streamed and "ETag" not in response.headers):
        return response
    cacheable = response.cache_control
    cacheable.public = cacheable.no_cache = True
    response.headers.update(NGINX_ASKS_EACH_TIME)
    if request.endpoint not in FOR_ALL_ALIKE:
        response.vary.add("Cookie")
    if response.status_code == 200 and "ETag" not in response.headers:
        _validate(response)
    return response


def _is_public(response: Response) -> bool:
    """Whether everybody gets this answer who asks without a cookie, and no cache was told otherwise."""
    told = response.cache_control
    return (
        request.method in {"GET", "HEAD"}
        and response.status_code in KEPT
        and request.endpoint not in {"static", "operations.alive", "operations.ready", "operations.metrics"}
        and g.get("account") is None
        and current_app.config["SESSION_COOKIE_NAME"] not in request.cookies
        and "Authorization" not in request.headers
        and not (told.no_store or told.private)
    )


class _Sessions(SecureCookieSessionInterface):
    """Flask's own; an answer that begins somebody's session is that visitor's alone."""

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        super().save_session(app, session, response)
        if "Set-Cookie" in response.headers:
            response.headers["Cache-Control"] = "no-store"
            for name in NGINX_ASKS_EACH_TIME:
                response.headers.pop(name, None)


def _validate(response: Response) -> None:
    """A weak validator of the content, whatever nonce its scripts carry; 304 for whoever has the same."""
    content = response.get_data()
    if "csp_nonce" in g:
        content = content.replace(g.csp_nonce.encode(), b"")
    response.set_etag(hashlib.sha256(content).hexdigest()[:24], weak=True)
    response.make_conditional(request)
