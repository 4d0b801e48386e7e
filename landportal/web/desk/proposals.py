"""Changes that wait for a second pair of eyes: the list, one with its differences, and deciding on it."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.services import desk, editing
from landportal.services import proposals as waiting_changes
from landportal.services.edits import Part
from landportal.services.permissions import Action
from landportal.services.proposals import ProposalView
from landportal.web import signed_in, wording
from landportal.web.desk import comparison, saving, values
from landportal.web.desk.attributes import label
from landportal.web.desk.frame import blueprint, say
from landportal.web.reading import settings


@blueprint.get("/changes")
def proposals() -> str:
    """What waits, and what was decided lately."""
    actor = signed_in.actor_for(Action.SEE_DESK)
    with signed_in.looking() as store:
        return render_template(
            "desk/proposals.html",
            waiting=waiting_changes.waiting(store, actor),
            decided=waiting_changes.decided(store, actor),
            actor=actor,
            moment=values.moment,
            label=label,
            may_approve=actor.may(Action.APPROVE),
        )


@blueprint.get("/changes/<int:proposal_id>")
def proposal(proposal_id: int) -> Response:
    """One change that waits, field by field."""
    return _show(proposal_id)


def _show(proposal_id: int, status: int = 200, problem: str | None = None) -> Response:
    actor = signed_in.actor_for(Action.SEE_DESK)
    with signed_in.looking() as store:
        view = waiting_changes.get_proposal(store, actor, proposal_id)
        areas = desk.area_names(store)
        base = view.base if view.summary.outdated else None
        body = render_template(
            "desk/proposal.html",
            view=view,
            rows=comparison.rows(view.stored, view.wanted, base, areas),
            problem=problem,
            comment=request.form.get("comment", ""),
            moment=values.moment,
        )
    return make_response(body, status)


@blueprint.post("/changes/<int:proposal_id>")
def decide(proposal_id: int) -> Response:
    """Accept a change, take part of one whose parcel has changed since, or send it back with a word why."""
    actor = signed_in.actor_for(Action.APPROVE)
    comment = request.form.get("comment", "").strip()[: saving.REASON_MAX] or None
    with signed_in.looking() as store:
        view = waiting_changes.get_proposal(store, actor, proposal_id)
        acting = waiting_changes.acting_for(store, actor, proposal_id)
    try:
        if request.form.get("do") == "decline":
            with signed_in.writing() as store:
                waiting_changes.decline(store, actor, proposal_id, comment)
                waiting_changes.tell_proposer(store, actor, proposal_id, _address)
        else:
            with signed_in.writing(acting) as store:
                waiting_changes.accept(store, actor, proposal_id, comment, _part(view))
                waiting_changes.tell_proposer(store, actor, proposal_id, _address)
    except InvalidInput as refused:
        return _show(proposal_id, 422, values.rule(str(refused)))
    except editing.EditConflict:
        return _show(proposal_id, 409)
    except editing.ProposalDecided:
        say(_("Somebody else has decided on it already"), warning=True)
        return saving.to(url_for("desk.proposals"))
    accepted = request.form.get("do") != "decline"
    name = wording.name(view.parcel)
    say(_("Accepted: %(name)s", name=name) if accepted else _("Sent back: %(name)s", name=name))
    return saving.to(url_for("desk.proposals"))


def _address(lang: str) -> str:
    return settings().public_url + url_for("desk.proposals", lang=lang)


def _part(view: ProposalView) -> Part | None:
    """What the approver kept of a change whose parcel has moved on; None where the page showed no choice."""
    if not request.form.get("compared"):
        return None
    left = comparison.kept({**view.wanted, "geom": None}, request.form)
    return Part(saving.version_seen(), frozenset(left))


@blueprint.post("/changes/<int:proposal_id>/take-back")
def take_back(proposal_id: int) -> Response:
    """The proposer takes a change back."""
    actor = signed_in.actor_for(Action.EDIT)
    try:
        with signed_in.writing() as store:
            editing.take_back(store, actor, proposal_id)
    except editing.ProposalDecided:
        say(_("Somebody else has decided on it already"), warning=True)
    else:
        say(_("Taken back: the change does not wait any more"))
    return saving.to(saving.back_to(url_for("desk.proposals")))
