"""One table from what went wrong to the answer: status, headline, next step; a page for people, JSON for machines.

Which errors exist is said in `landportal.errors`. An answer never shows a stack trace; those go to the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from landportal import db
from landportal.errors import Conflict, Gone, InvalidInput, LandportalError, NotAllowed, NotFound, Unavailable
from landportal.services.guessing import TooManyAttempts
from landportal.services.lineage import Relative
from landportal.services.parcels import WithdrawnParcel
from landportal.web import reading
from landportal.web.sending import TooManyDownloads
from landportal.web.signed_in import SecondFactorNeeded, SignInNeeded

RETRY_AFTER_S = 30
MACHINE_FILES = (".geojson", ".mvt", ".json", ".atom", ".xml")
MACHINE_PATHS = ("/tiles/", "/api", "/healthz", "/readyz", "/metrics")
MACHINE_ENDPOINTS = frozenset({"planning.export", "planning.export_record"})
QUERY_CANCELED = "57014"


@dataclass(frozen=True)
class Answer:
    """What a visitor is told about one kind of failure."""

    status: int
    headline: LazyString
    advice: LazyString


ANSWERS: tuple[tuple[type[LandportalError], Answer], ...] = (
    (
        Gone,
        Answer(410, _l("This page is no longer offered."), _l("What stood here was withdrawn.")),
    ),
    (
        NotFound,
        Answer(
            404,
            _l("This page does not exist."),
            _l("The address may be mistyped, or the page has moved. The search finds every site on offer."),
        ),
    ),
    (
        InvalidInput,
        Answer(422, _l("This request cannot be understood."), _l("Please check the address or start a new search.")),
    ),
    (
        Conflict,
        Answer(409, _l("Somebody else was faster."), _l("Please reload the page and look at the new state first.")),
    ),
    (
        NotAllowed,
        Answer(403, _l("You may not do this."), _l("Please sign in with an account that may.")),
    ),
    (
        TooManyAttempts,
        Answer(
            429,
            _l("Too many attempts."),
            _l("From where you are, too many sign-ins have failed. Please wait a few minutes and try again then."),
        ),
    ),
    (
        TooManyDownloads,
        Answer(
            503,
            _l("Too many downloads at the same time."),
            _l("As many are under way as there are places for. Please try again in half a minute."),
        ),
    ),
    (
        Unavailable,
        Answer(
            503,
            _l("The portal is not available right now."),
            _l("Its database cannot be reached. Please try again in half a minute; nothing is lost."),
        ),
    ),
)
TOO_SLOW = Answer(
    503,
    _l("This search takes too long."),
    _l("It was stopped so that others are not kept waiting. Please narrow it down, for example by county or size."),
)
METHOD_NOT_ALLOWED = Answer(
    405, _l("This page can only be read."), _l("It takes no input. Please go back or start a new search.")
)
BAD_REQUEST = Answer(400, _l("This request cannot be understood."), _l("Please check the address."))
NOT_FROM_HERE = Answer(
    400,
    _l("This form has expired."),
    _l(
        "Nothing was saved. Please go back, reload the page and send the form once more; your browser must accept"
        " the portal's cookie. If you did not send a form here, somebody else tried to in your name."
    ),
)
SIGN_IN = Answer(401, _l("Please sign in."), _l("This needs an account. Your session may have ended."))
TOO_LARGE = Answer(
    413,
    _l("This is too large."),
    _l("Nothing was read or saved. The page before says how large a file may be."),
)
BROKEN = Answer(
    500,
    _l("Something went wrong on our side."),
    _l("The fault was recorded. Please try again, or go back to the search."),
)


def install(app: Flask) -> None:
    """Answer every failure by this table."""
    app.before_request(_refuse_nul)
    app.register_error_handler(LandportalError, _on_refusal)
    app.register_error_handler(SignInNeeded, _on_public)
    app.register_error_handler(DBAPIError, _on_database_error)
    app.register_error_handler(reading.Behind, _on_behind)
    app.register_error_handler(PoolTimeout, lambda _error: _answer(_for_error(Unavailable(""))))
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_fault)


def _refuse_nul() -> None:
    """No page of ours has a NUL byte in its address, and PostgreSQL takes none in a text."""
    if "\x00" in request.path:
        raise NotFound


def wants_page() -> bool:
    """Whether a person reads the answer; machines get JSON."""
    machine = request.path.endswith(MACHINE_FILES) or request.path.startswith(MACHINE_PATHS)
    return not machine and request.endpoint not in MACHINE_ENDPOINTS


def _for_error(error: LandportalError) -> Answer:
    return next((answer for kind, answer in ANSWERS if isinstance(error, kind)), BROKEN)


def _on_refusal(error: LandportalError) -> Response:
    if isinstance(error, WithdrawnParcel) and wants_page():
        return make_response(render_template("errors/withdrawn.html", withdrawn=error), 410)
    answer = _for_error(error)
    if answer is BROKEN:
        return _on_fault(error)
    response = _answer(answer) if wants_page() else _problem(_machine_status(answer), answer, error)
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _machine_status(answer: Answer) -> int:
    return 400 if answer.status == 422 else answer.status


def _on_public(needed: SignInNeeded) -> Response:
    """To the sign-in page, or on to the second factor, and back; scripts and machines are told."""
    if not wants_page() or "X-CSRFToken" in request.headers:
        return _problem(SIGN_IN.status, SIGN_IN, None)
    goal = "accounts.second_factor" if isinstance(needed, SecondFactorNeeded) else "accounts.login"
    response = make_response(redirect(url_for(goal, next=_way_back()), 303))
    response.headers["Cache-Control"] = "no-store"
    return response


def _way_back() -> str:
    """The page to return to: this one, or the one whose form was sent."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host else ""


def _from_primary(_error: Exception) -> Response:
    """The same page once more, read from the primary: what failed on a replica was no fault of the request."""
    try:
        view = current_app.ensure_sync(current_app.view_functions[str(request.endpoint)])
        return current_app.make_response(view(**(request.view_args or {})))
    except Exception as again:
        return current_app.make_response(current_app.handle_user_exception(again))


def _on_behind(behind: reading.Behind) -> Response:
    reading.read_from_primary(doubted=False)
    return _from_primary(behind)


def _on_database_error(error: DBAPIError) -> Response:
    if db.is_lost_read(error) and reading.read_from_primary(doubted=db.is_unreachable(error)):
        current_app.logger.warning("Read from the primary instead of a replica: %s", error.orig)
        return _from_primary(error)
    if getattr(error.orig, "sqlstate", None) == QUERY_CANCELED:
        return _answer(TOO_SLOW)
    if isinstance(error, OperationalError) and db.is_unreachable(error):
        current_app.logger.error("The database cannot be reached: %s", error.orig)
        return _answer(_for_error(Unavailable("")))
    if isinstance(error, DataError) and not getattr(error.orig, "sqlstate", None):
        # Refused before it was sent: a NUL byte, which no text of PostgreSQL may hold and no form of ours sends.
        return _answer(_for_error(InvalidInput("")))
    return _on_fault(error)


def _on_http_error(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    by_code = {
        404: _for_error(NotFound()),
        405: METHOD_NOT_ALLOWED,
        410: _for_error(Gone()),
        403: _for_error(NotAllowed()),
        413: TOO_LARGE,
    }
    if isinstance(error, CSRFError):
        return _answer(NOT_FROM_HERE)
    response = _answer(by_code.get(error.code or 500, BAD_REQUEST if (error.code or 500) < 500 else BROKEN), error.code)
    if error.code == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _on_fault(error: Exception) -> Response:
    current_app.logger.exception("Unexpected failure at %s", request.path, exc_info=error)
    return _answer(BROKEN)


def _answer(answer: Answer, status: int | None = None) -> Response:
    status = status or answer.status
    if not wants_page():
        return _problem(status, answer, None)
    response = make_response(render_template("errors/error.html", answer=answer, status=status), status)
    return _with_retry(response)


def _problem(status: int, answer: Answer, error: LandportalError | None) -> Response:
    """The failure as RFC 9457 problem details."""
    told = str(error) if error is not None and str(error) else str(answer.advice)
    body: dict[str, object] = {"type": "about:blank", "title": str(answer.headline), "status": status, "detail": told}
    if isinstance(error, WithdrawnParcel):
        body["successors"] = [_successor(relative) for relative in error.successors]
    if isinstance(error, InvalidInput):
        body["errors"] = [
            {"parameter": problem.field, "detail": str(problem)} for problem in getattr(error, "problems", (error,))
        ]
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return _with_retry(response)


def _successor(relative: Relative) -> dict[str, object]:
    return {
        "number": relative.number, "name_de": relative.name_de, "name_en": relative.name_en,
        "area_m2": round(relative.area_m2, 1), "status": relative.status,
        "href": url_for("parcels.geojson", number=relative.number),
    }  # fmt: skip


def _with_retry(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    if response.status_code == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response
