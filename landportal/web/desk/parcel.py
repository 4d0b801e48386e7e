"""A parcel as its officer sees it: facts, age, what waits, and everything that can be done with it."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.model import Parcel, ParcelStatus
from landportal.services import desk, documents, editing, history, lineage, parcels, proposals, travel
from landportal.services.permissions import Action
from landportal.web import language, map_view, parcel_facts, readiness, signed_in, supply_facts
from landportal.web.desk import saving
from landportal.web.desk.frame import blueprint, say
from landportal.web.desk.status import allowed
from landportal.web.reading import settings


@blueprint.get("/parcels/<number>")
def parcel(number: str) -> str:
    """The page of the parcel `number` for whoever keeps it; withdrawn ones too."""
    actor = signed_in.actor_for(Action.SEE_DESK)
    with signed_in.looking() as store:
        desk.parcel_of(store, actor, number)
        page = parcels.get_kept_parcel(store, number)
        successors = lineage.successors(store, page.parcel.id)
        papers = documents.for_desk(store, actor, number) if actor.may(Action.EDIT) else None
        ready = readiness.of_page(page, papers)
        way = travel.of_parcel(store, page.parcel.id)
        return render_template(
            "desk/parcel.html",
            page=page,
            waiting=proposals.waiting_for(store, actor, number),
            saver=history.last_saver(store, page.parcel),
            successors=successors,
            may_edit=actor.may(Action.EDIT) and not successors,
            may_confirm=actor.may(Action.CONFIRM) and page.parcel.status != ParcelStatus.WITHDRAWN,
            may_change_status=bool(allowed(page.parcel)),
            figures=parcel_facts.key_figures(page, way),
            planning=parcel_facts.planning(page),
            land=parcel_facts.land(page),
            supply=supply_facts.transport_and_supply(page, way),
            contact=parcel_facts.contact(page),
            ready=ready,
            lifting=readiness.lifting(ready, number),
            map=map_view.parcel_map(number, page.bounds, settings(), language.current()),
        )


@blueprint.app_template_global()
def keeps(land: Parcel) -> bool:
    """Whether the person who is signed in may edit this parcel; nobody else is shown the way to its desk."""
    actor = signed_in.actor()
    return actor is not None and actor.may(Action.EDIT) and actor.scope.holds(land.municipality_ags, land.area_id)


@blueprint.post("/parcels/<number>/confirm")
def confirm(number: str) -> Response:
    """Confirm that everything said about the parcel is still true."""
    actor = signed_in.actor_for(Action.CONFIRM)
    with signed_in.writing() as store:
        confirmed = editing.confirm(store, actor, [number])
    if confirmed:
        say(_("Confirmed: everything is still true"))
    else:
        say(_("Not confirmed: the site is withdrawn or not yours to keep"), warning=True)
    return saving.to(saving.back_to(url_for("desk.parcel", number=number)))
