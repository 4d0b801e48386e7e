"""Downloads: the parcels that an address finds, as a file of its format, and the record that goes with it.

Formats made of lines are sent while the database still writes them (`spool`): a visitor who leaves stops the statement,
and a failure cuts the connection before the last chunk, so that no half file looks whole. The others are written to a
temporary file first and sent with their length.
"""

from __future__ import annotations

import contextlib
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from landportal.errors import NotFound
from landportal.services import audit
from landportal.services.exports import FORMATS, ExportRefused, ExportRequest, Format, Scope, record, writing
from landportal.services.exports.writing import Export
from landportal.services.permissions import Action, Actor
from landportal.web import language, params, sending, signed_in
from landportal.web.params import InvalidParameters
from landportal.web.planning import export_request, export_store, spool
from landportal.web.planning.export_request import Wanted
from landportal.web.planning.frame import blueprint
from landportal.web.planning.spool import Spool
from landportal.web.reading import settings, today
from landportal.web.search import names_of_places
from landportal.web.signed_in import SignInNeeded

LINK_LENGTH_MAX = 2_000
"""Web servers in front refuse answers whose headers are longer than a few kilobytes."""


@blueprint.get("/export/<format_>")
def export(format_: str) -> BaseResponse:
    """The file. What cannot be written is told to machines as it is; people are led to the page of exports."""
    listed = _listed(format_)
    wanted = export_request.read(request.args)
    try:
        return _answered(wanted, wanted.request(listed))
    except (InvalidParameters, SignInNeeded):
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
            raise
        return redirect(f"{url_for('planning.exports')}?{_stated(format=format_)}", 303)


@blueprint.get("/export/<format_>/record")
def export_record(format_: str) -> Response:
    """What the same address would give right now, described: filter, CRS, count, licence, columns."""
    wanted = export_request.read(request.args)
    asked = wanted.request(_listed(format_))
    with export_store.reading(asked.scope, asked.criteria.as_of) as session:
        prepared = _prepared(session, _actor(asked), asked, wanted)
    return Response(record.written(prepared.record), mimetype="application/json", headers={"Cache-Control": "no-cache"})


def _listed(code: str) -> Format:
    if code not in FORMATS:
        raise NotFound(code)
    return FORMATS[code]


def _stated(**more: str) -> str:
    """The query of this request as it was sent, and `more`."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if value and name not in more]
    return urlencode([*pairs, *more.items()])


def _actor(asked: ExportRequest) -> Actor | None:
    return signed_in.actor_for(Action.EXPORT) if asked.scope is Scope.MINE else None


def _answered(wanted: Wanted, asked: ExportRequest) -> Response:
    actor = _actor(asked)
    sending.cut_the_silent(settings().port)
    with contextlib.ExitStack() as place, sending.being_made():
        place.enter_context(sending.under_way())
        file, prepared = _made(wanted, asked, actor)
        response = Response(file)
        place.callback(file.close)
        response.call_on_close(place.pop_all().close)
    if file.length is not None:
        response.content_length = file.length
    return _described(response, prepared, wanted.packed)


def _made(wanted: Wanted, asked: ExportRequest, actor: Actor | None) -> tuple[Spool, Export]:
    with contextlib.ExitStack() as held:
        session = held.enter_context(export_store.reading(asked.scope, asked.criteria.as_of))
        prepared = _prepared(session, actor, asked, wanted)
        _keep_in_audit(actor, prepared)
        if asked.format.streamed and not wanted.packed:
            return _streamed(session, prepared, held), prepared
        with export_store.workspace() as folder:
            return spool.finished(writing.write(session, prepared, folder, packed=wanted.packed)), prepared


def _prepared(session: Session, actor: Actor | None, asked: ExportRequest, wanted: Wanted) -> Export:
    _, reading = names_of_places(session, wanted.reading)
    if reading.problems:
        raise InvalidParameters(reading.problems)
    try:
        return writing.prepare(session, actor, asked, wanted.asked(settings().public_url))
    except ExportRefused as refused:
        raise InvalidParameters((export_request.in_words(refused),)) from None


def _streamed(session: Session, prepared: Export, held: contextlib.ExitStack) -> Spool:
    """The lines as they come. The first piece is read before the answer begins: until then a failure has a page."""
    pieces = writing.stream(session, prepared)
    first = next(pieces, b"")
    return spool.growing(export_store.home(), first, pieces, held)


def _described(response: Response, prepared: Export, packed: bool) -> Response:
    """Name, kind and number of parcels, and where the record is."""
    listed = prepared.request.format
    packs = packed and not listed.extension.endswith("zip")
    response.content_type = "application/zip" if packs else _content_type(listed)
    name = "flaechen" if language.current() == "de" else "sites"
    day = prepared.request.criteria.as_of or today()
    ending = f"{listed.extension}.zip" if packs else listed.extension
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}-{day:%Y-%m-%d}.{ending}")
    response.headers["OGC-NumberMatched"] = str(prepared.count)
    response.headers["Cache-Control"] = "no-cache"
    address = _record_address(listed)
    if len(address) <= LINK_LENGTH_MAX:
        response.headers["Link"] = f'<{address}>; rel="describedby"; type="application/json"'
    if listed.srids:
        uri = f"http://www.opengis.net/def/crs/EPSG/0/{prepared.request.crs.srid}"
        response.headers["Content-Crs"] = f"<{uri}>"
    return response


def _content_type(listed: Format) -> str:
    if listed.media_type == "text/csv":
        return "text/csv; charset=utf-8; header=present"
    return f"{listed.media_type}; charset=utf-8" if listed.media_type.startswith("text/") else listed.media_type


def _record_address(listed: Format) -> str:
    address, stated = url_for("planning.export_record", format_=listed.code), _stated()
    return f"{address}?{stated}" if stated else address


def _keep_in_audit(actor: Actor | None, prepared: Export) -> None:
    if actor is None:
        return
    with signed_in.writing() as session:
        audit.record(
            session, audit.AuditAction.EXPORTED, account_id=actor.account_id, subject=prepared.request.format.code,
            parcels=prepared.count, query=params.query(prepared.request.criteria),
        )  # fmt: skip
