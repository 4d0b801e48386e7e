"""Taking an upload: who may not, and what is too large, is told before a byte is read; the rest goes straight to disk.

Forms are read where they are first asked for, which is the check of the CSRF token; so the guard stands before it.
"""

from __future__ import annotations

from typing import IO, Any, cast

from flask import Request, Response, abort, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from landportal.errors import InvalidInput
from landportal.services import layer_uploads
from landportal.services.deliveries import receiving
from landportal.services.deliveries.receiving import FOLDER, UPLOAD_MAX_BYTES, Incoming
from landportal.services.permissions import Action
from landportal.web import signed_in
from landportal.web.deliveries.frame import address_of, blueprint, go_to
from landportal.web.deliveries.lists import index_page
from landportal.web.reading import settings

FORM_ROOM_BYTES = 100_000
"""What a form with a file needs beside the file itself."""

_TAKEN = {
    "deliveries.upload": (Action.IMPORT, FOLDER),
    "planning.upload_layer": (Action.PUBLISH_LAYERS, layer_uploads.FOLDER),
}
"""Addresses that take a file: what the account must be allowed, and the folder below the instance's."""


class DeliveryRequest(Request):
    """A request whose uploaded file, at an address that takes one, is received into the instance folder."""

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None, filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:  # fmt: skip
        if self.endpoint not in _TAKEN:
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        incoming = Incoming(settings().instance, folder=_TAKEN[self.endpoint][1])
        self.incoming.append(incoming)
        return cast(IO[bytes], incoming)

    @property
    def incoming(self) -> list[Incoming]:
        """The files received with this request."""
        found: list[Incoming] = self.__dict__.setdefault("_incoming", [])
        return found

    def close(self) -> None:
        """Let go of what was received and not kept."""
        for incoming in self.incoming:
            incoming.close()
        super().close()


@blueprint.record_once
def _install(state: BlueprintSetupState) -> None:
    state.app.request_class = DeliveryRequest
    state.app.before_request_funcs.setdefault(None, []).insert(0, _guard)
    state.app.teardown_request(_let_go)


def _guard() -> None:
    """Refuse an upload before it is read: not signed in, not allowed, too large, or of a length nobody states."""
    if request.endpoint not in _TAKEN or request.method != "POST":
        return
    signed_in.actor_for(_TAKEN[request.endpoint][0])
    length = request.content_length
    if length is None:
        abort(411)
    request.max_content_length = UPLOAD_MAX_BYTES + FORM_ROOM_BYTES
    if length > UPLOAD_MAX_BYTES + FORM_ROOM_BYTES:
        raise RequestEntityTooLarge


def _let_go(_error: BaseException | None) -> None:
    for incoming in getattr(request, "incoming", ()):
        incoming.close()


@blueprint.post("/import")
def upload() -> AnyResponse:
    """Receive a file and go on to its columns; the page again, with a sentence at the field, where it is no use."""
    actor = signed_in.actor_for(Action.IMPORT)
    incoming = received()
    try:
        if incoming is None:
            raise InvalidInput("no_file", "file")
        with signed_in.writing() as session:
            name = request.files["file"].filename or ""
            delivery = receiving.receive(session, actor, incoming, name)
    except receiving.TooLarge:
        raise
    except InvalidInput as problem:
        return make_response(index_page(problem=_sentence(str(problem))), 422)
    return go_to(address_of(delivery))


def received() -> Incoming | None:
    """The file as it arrived; None where the form came without one."""
    file: Any = request.files.get("file")
    return file.stream if file is not None and file.filename and isinstance(file.stream, Incoming) else None


def _sentence(code: str) -> str:
    return {
        "no_file": _("Please choose a file first."),
        "empty_file": _("This file is empty. Please choose another one."),
        "no_organisation": _("Your account belongs to no organisation, so there is nobody to import for."),
    }.get(code, _("This file cannot be taken."))


@blueprint.errorhandler(413)
@blueprint.errorhandler(receiving.TooLarge)
def _too_large(_error: Exception) -> Response:
    """Say what is taken, before the file is read."""
    # The rest of the body is not read: the connection ends here.
    limit = UPLOAD_MAX_BYTES // 1_000_000
    response = make_response(render_template("desk/deliveries/too_large.html", limit=limit), 413)
    response.headers["Connection"] = "close"
    return response
