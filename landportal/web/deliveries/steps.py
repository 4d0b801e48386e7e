"""A delivery's way from the check on: progress, preview, apply, decide, result, undo; and what goes with a preview."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from landportal.errors import InvalidInput, NotFound
from landportal.model import Delivery, DeliveryState
from landportal.services.deliveries import applying, finding, rejected, showing, undoing
from landportal.services.deliveries.receiving import file_of
from landportal.services.permissions import Action, Actor
from landportal.web import language, map_view, params, signed_in
from landportal.web.deliveries import words
from landportal.web.deliveries.frame import ID, address_of, blueprint, go_to, steps
from landportal.web.desk import frame as desk_frame
from landportal.web.reading import settings

PAGE_MAX = 100_000
SLOW_S = 20
"""Seconds after which a job that has not begun is worth a word: nobody may be working."""


@blueprint.get(f"/import/{ID}")
def step(delivery_id: int) -> AnyResponse:
    """On to the step at which the delivery stands."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.looking() as session:
        return go_to(address_of(finding.find(session, actor, delivery_id)))


# ------------------------------------------------------------------------------------------------------------ progress


@blueprint.get(f"/import/{ID}/progress")
def progress(delivery_id: int) -> str | AnyResponse:
    """How far the job has come; the page asks again by itself, with and without script."""
    delivery = _found(delivery_id)
    if delivery.state not in finding.BUSY:
        return go_to(address_of(delivery))
    slow = not delivery.rows_done and showing.age(delivery, dt.datetime.now(dt.UTC)) > SLOW_S
    number = 3 if delivery.state == DeliveryState.STAGING else 4
    return render_template(
        "desk/deliveries/progress.html", delivery=delivery, words=words, steps=steps(delivery, number), slow=slow
    )


@blueprint.get(f"/import/{ID}/progress.json")
def progress_json(delivery_id: int) -> Response:
    """The same for the page's script: rows done and, once it is over, where to go."""
    delivery = _found(delivery_id)
    over = delivery.state not in finding.BUSY
    return jsonify(
        done=delivery.rows_done,
        total=delivery.rows_total,
        words=_progress_words(delivery),
        next=address_of(delivery) if over else None,
    )


def _progress_words(delivery: Delivery) -> str:
    if delivery.state != DeliveryState.STAGING or not delivery.rows_done:
        return ""
    return _("%(rows)s read", rows=words.rows(delivery.rows_done))


# ------------------------------------------------------------------------------------------------------------- preview


@blueprint.get(f"/import/{ID}/preview")
def preview(delivery_id: int) -> str | AnyResponse:
    """What applying the file would do, row by row and on the map."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.looking() as session:
        delivery = finding.find(session, actor, delivery_id)
        if delivery.state not in {DeliveryState.STAGED, DeliveryState.WAITING}:
            return go_to(address_of(delivery))
        return render_template("desk/deliveries/preview.html", **_preview(session, actor, delivery))


def _preview(session: Session, actor: Actor, delivery: Delivery, problem: str | None = None) -> dict[str, Any]:
    kept = delivery.preview or {}
    by = showing.person(session, delivery.account_id)
    return {
        **_listed(session, delivery),
        "delivery": delivery,
        "kept": kept,
        "notes": [words.sentence(note["code"], note["facts"]) for note in (*kept["notes"], *kept["told"])],
        "words": words,
        "steps": steps(delivery, 3 if delivery.state == DeliveryState.STAGED else 4),
        "map": _map(kept),
        "usable": applying.usable(delivery),
        "by": by,
        "four_eyes": actor.four_eyes,
        "decides": actor.may(Action.APPROVE) and delivery.account_id != actor.account_id,
        "problem": problem or words.of_problem(delivery),
    }


def _listed(session: Session, delivery: Delivery) -> dict[str, Any]:
    """The list that is asked for, else the first that has rows."""
    counts = showing.counts(session, delivery)
    filled = [name for name in showing.VERDICTS if counts.get(name)]
    asked = request.args.get("list")
    chosen = asked if asked in showing.VERDICTS else next(iter(filled), "new")
    number = params.whole_number(request.args, "page", 1, PAGE_MAX)
    return {"counts": counts, "filled": filled, "page": showing.page(session, delivery, chosen, number)}


def _map(kept: dict[str, Any]) -> map_view.MapParts | None:
    bounds = kept.get("bounds")
    if not bounds:
        return None
    west, south, east, north = bounds
    return map_view.area_map("", (west, south, east, north), settings(), language.current())


@blueprint.get(f"/import/{ID}/shapes.geojson")
def shapes(delivery_id: int) -> Response:
    """The file's shapes with what would become of them, for the map."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.looking() as session:
        found = showing.shapes(session, finding.find(session, actor, delivery_id))
    return Response(found, mimetype="application/geo+json")


@blueprint.get(f"/import/{ID}/rejected.csv")
def rejected_rows(delivery_id: int) -> AnyResponse:
    """The rejected rows with all their cells and the reason, to be corrected and uploaded again."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.looking() as session:
        delivery = finding.find(session, actor, delivery_id)
        file = file_of(settings().instance, delivery)
        if not file.is_file():
            raise NotFound(str(delivery_id))
        # Read within the transaction: there are as many rows as somebody wants to correct by hand.
        body = "\ufeff" + "".join(rejected.lines(session, delivery, file, language.current()))
    response = make_response(body)
    response.mimetype = "text/csv"
    name = "abgelehnt" if language.current() == "de" else "rejected"
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}-{delivery_id}.csv")
    return response


# ------------------------------------------------------------------------------------------------- apply, decide, undo


@blueprint.post(f"/import/{ID}/apply")
def apply(delivery_id: int) -> AnyResponse:
    """Have it applied, or lay it before an approver."""
    actor = signed_in.actor_for(Action.IMPORT)
    try:
        with signed_in.writing() as session:
            delivery = applying.ask(session, actor, delivery_id)
    except InvalidInput:
        desk_frame.say(_("There is nothing to apply: the file changes nothing."), warning=True)
        return go_to(url_for("deliveries.preview", delivery_id=delivery_id))
    if delivery.state == DeliveryState.WAITING:
        desk_frame.say(_("The file now waits for an approver."))
    return go_to(address_of(delivery))


@blueprint.post(f"/import/{ID}/decide")
def decide(delivery_id: int) -> AnyResponse:
    """An approver applies a colleague's file, or declines it."""
    actor = signed_in.actor_for(Action.APPROVE)
    accept = request.form.get("do") == "accept"
    with signed_in.writing() as session:
        delivery = applying.decide(session, actor, delivery_id, accept, request.form.get("comment", "").strip())
    return go_to(address_of(delivery))


@blueprint.post(f"/import/{ID}/discard")
def discard(delivery_id: int) -> AnyResponse:
    """Take a file back that was not applied."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.writing() as session:
        delivery = applying.discard(session, actor, delivery_id)
    desk_frame.say(_("“%(name)s” was discarded; nothing was changed.", name=delivery.file_name))
    return go_to(url_for("deliveries.index"))


@blueprint.post(f"/import/{ID}/undo")
def undo(delivery_id: int) -> AnyResponse:
    """Have an applied file undone."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.writing() as session:
        delivery = undoing.ask(session, actor, delivery_id)
    return go_to(address_of(delivery))


@blueprint.get(f"/import/{ID}/result")
def result(delivery_id: int) -> str | AnyResponse:
    """What became of it."""
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.looking() as session:
        delivery = finding.find(session, actor, delivery_id)
        if delivery.state in {DeliveryState.UPLOADED, DeliveryState.STAGED} or delivery.state in finding.BUSY:
            return go_to(address_of(delivery))
        return render_template(
            "desk/deliveries/result.html", **_listed(session, delivery), delivery=delivery, words=words,
            steps=steps(delivery, 4), problem=words.of_problem(delivery), kept=delivery.preview or {},
            by=showing.person(session, delivery.account_id), applied_by=showing.person(session, delivery.applied_by),
            undoable=delivery.state == DeliveryState.APPLIED and undoing.possible(delivery),
            may_undo=not actor.four_eyes or actor.may(Action.APPROVE), until=undoing.until(delivery),
            again=delivery.state == DeliveryState.FAILED,
        )  # fmt: skip


def _found(delivery_id: int) -> Delivery:
    actor = signed_in.actor_for(Action.IMPORT)
    with signed_in.looking() as session:
        return finding.find(session, actor, delivery_id)
