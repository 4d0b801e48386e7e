"""The organisation's deliveries, and the choices kept for files that come every month."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from landportal.services.deliveries import mappings, showing
from landportal.services.deliveries.receiving import UPLOAD_MAX_BYTES
from landportal.services.permissions import Action
from landportal.web import params, signed_in
from landportal.web.deliveries import words
from landportal.web.deliveries.frame import address_of, blueprint, go_to
from landportal.web.desk import frame as desk_frame

PAGE_MAX = 10_000


@blueprint.get("/import")
def index() -> str:
    """The list and the upload."""
    return index_page()


def index_page(problem: str | None = None) -> str:
    """The page of the list; `problem` stands at the file's field."""
    actor = signed_in.actor_for(Action.IMPORT)
    page = params.whole_number(request.args, "page", 1, PAGE_MAX)
    with signed_in.looking() as session:
        listed, more = showing.listed(session, actor, page)
        waiting = showing.waiting_for_me(session, actor)
    return render_template(
        "desk/deliveries/index.html", listed=listed, more=more, page=page, waiting=waiting, problem=problem,
        words=words, address_of=address_of, limit_mb=UPLOAD_MAX_BYTES // 1_000_000, actor=actor,
    )  # fmt: skip


@blueprint.get("/import/mappings")
def kept_mappings() -> str:
    """The choices kept for monthly files."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.looking() as session:
        kept = mappings.listed(session, actor)
    return render_template("desk/deliveries/mappings.html", kept=kept, words=words)


@blueprint.post("/import/mappings/<int(max=2147483647):mapping_id>/delete")
def delete_mapping(mapping_id: int) -> AnyResponse:
    """Forget one of them."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.writing() as session:
        mappings.remove(session, actor, mapping_id)
    desk_frame.say(_("The choices for this file are forgotten."))
    return go_to(url_for("deliveries.kept_mappings"))
