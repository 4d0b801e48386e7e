"""My parcels as a workbook to edit and bring back; what the search parameters find of them."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from flask import Response, request
from flask_babel import gettext as _

from landportal.errors import InvalidInput
from landportal.services import audit, workbooks
from landportal.services.permissions import Action
from landportal.services.search import SearchCriteria
from landportal.web import language, params, signed_in
from landportal.web.deliveries.frame import blueprint
from landportal.web.params import InvalidParameters

CHUNK_BYTES = 1 << 16


@blueprint.get("/parcels.xlsx")
def workbook() -> Response:
    """The parcels of the scope that the search parameters find; without `status` those of every status."""
    actor = signed_in.actor_for(Action.EXPORT)
    criteria = _criteria()
    # A finished zip begins with what is known last, so it is written as a whole, to disk and row by row.
    sink = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer was sent
    try:
        with signed_in.looking(criteria.as_of) as session:
            count = workbooks.write(session, actor, criteria, sink, language.current())
        with signed_in.writing() as session:
            audit.record(session, audit.AuditAction.EXPORTED, account_id=actor.account_id, subject="parcels.xlsx",
                         parcels=count, query=params.query(criteria))  # fmt: skip
    except workbooks.TooManyRows:
        sink.close()
        limit = workbooks.ROWS_MAX
        told = _("More than %(limit)s sites. Please narrow the search down, for example by municipality.", limit=limit)
        raise InvalidParameters((InvalidInput(told, "q"),)) from None
    size = sink.seek(0, 2)
    response = Response(_chunks(sink), mimetype=workbooks.MEDIA_TYPE)
    response.call_on_close(sink.close)
    response.content_length = size
    name = "flaechen" if language.current() == "de" else "sites"
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}-{dt.date.today():%Y-%m-%d}.xlsx")  # noqa: DTZ011
    return response


def _criteria() -> SearchCriteria:
    criteria = params.search_criteria(request.args)
    stated = any(text.strip() for text in request.args.getlist("status"))
    return criteria if stated else replace(criteria, status=())


def _chunks(sink: IO[bytes]) -> Iterator[bytes]:
    sink.seek(0)
    while chunk := sink.read(CHUNK_BYTES):
        yield chunk
