"""Headers that every answer carries, the nonce of this request, and the token every form must bring back.

Who may do what is not decided here.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g
from flask_wtf.csrf import CSRFProtect, generate_csrf
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from landportal.config import Basemap, Settings

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def install(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer, refuse forged forms, and give templates `csp_nonce()` and `csrf_field()`."""
    picture_origin = origin(settings.basemap)
    if settings.trusted_proxies:
        trusted = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=trusted)  # type: ignore[method-assign]

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        # A copy that still holds keeps the policy it came with: the nonce of this answer would forbid its scripts.
        if response.status_code != 304:
            response.headers.setdefault("Content-Security-Policy", policy(csp_nonce(), picture_origin))
        return response

    app.add_template_global(csp_nonce)
    CSRFProtect(app)
    app.add_template_global(csrf_field)


def csrf_field() -> Markup:
    """The hidden field by which a form shows that it came from a page of ours; the first one starts a session."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def refuse_forged() -> None:
    """CSRFError unless this request brings the token of its session, in the form or as the header ``X-CSRFToken``."""
    if current_app.config["WTF_CSRF_ENABLED"]:
        current_app.extensions["csrf"].protect()


def csp_nonce() -> str:
    """The nonce of this request."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def policy(nonce: str, picture_origin: str | None) -> str:
    """The Content-Security-Policy: everything from ourselves, map pictures from the base map too, nothing inline."""
    pictures = " ".join(filter(None, ("'self' data:", picture_origin)))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            "style-src 'self'",
            f"img-src {pictures}",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "manifest-src 'self'",
        )
    )


def origin(basemap: Basemap | None) -> str | None:
    """Scheme and host of the base map's tiles; None where they come from ourselves or there are none."""
    if basemap is None or basemap.url.startswith("/"):
        return None
    address = urlsplit(basemap.url)
    return f"{address.scheme}://{address.netloc.replace('{s}', '*')}"
