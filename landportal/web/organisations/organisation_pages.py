"""Organisations: the list, one of them with its accounts, its settings, a new one."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from landportal.errors import InvalidInput
from landportal.model import Organisation, OrganisationKind
from landportal.services import organisations
from landportal.services.organisations import NewOrganisation
from landportal.services.permissions import Action, Actor
from landportal.web import signed_in
from landportal.web.accounts.pages import to
from landportal.web.desk.frame import say
from landportal.web.organisations.forms import NewOrganisationForm, OrganisationForm
from landportal.web.organisations.pages import Refused, blueprint, put_at_field


def administrator() -> Actor:
    """The administrator who is signed in; SignInNeeded or NotAllowed otherwise."""
    return signed_in.actor_for(Action.MANAGE_ACCOUNTS)


@blueprint.get("/")
def index() -> str:
    """The organisations inside the scope, with their numbers of accounts."""
    actor = administrator()
    with signed_in.looking() as session:
        rows = organisations.overview(session, actor)
        portal = organisations.accounts_of(session, actor, None) if actor.whole_portal else ()
    return render_template("organisation/organisations.html", rows=rows, actor=actor, portal=portal)


@blueprint.get("/portal")
def portal() -> str:
    """The administrators of the whole portal."""
    actor = administrator()
    with signed_in.looking() as session:
        people = organisations.accounts_of(session, actor, None)
    return render_template("organisation/organisation.html", organisation=None, people=people, form=None)


@blueprint.get("/<int:organisation_id>")
def show(organisation_id: int) -> str:
    """One organisation: its accounts and settings."""
    return _page(administrator(), organisation_id)


@blueprint.post("/<int:organisation_id>")
def settle(organisation_id: int) -> str | Response | Refused:
    """Keep name and four-eyes setting."""
    actor, form = administrator(), OrganisationForm()
    if form.validate():
        try:
            with signed_in.writing() as session:
                organisations.settle(session, actor, organisation_id, form.name.data, form.four_eyes.data)
            say(_("Saved."))
            return to("organisation.show", organisation_id=organisation_id)
        except InvalidInput as refusal:
            put_at_field(form, refusal)
    return _page(actor, organisation_id, form), 422


def _page(actor: Actor, organisation_id: int, form: OrganisationForm | None = None) -> str:
    with signed_in.looking() as session:
        organisation: Organisation = organisations.managed(session, actor, organisation_id)
        people = organisations.accounts_of(session, actor, organisation_id)
        place = organisations.place_of(session, organisation)
    form = form or OrganisationForm(obj=organisation)
    return render_template(
        "organisation/organisation.html", organisation=organisation, people=people, form=form, place=place
    )


@blueprint.get("/new")
def new() -> str:
    """Ask for a new organisation: first its kind, then its place, found by name or key, and its own name."""
    form = NewOrganisationForm(request.args)
    return _ask(administrator(), form)


@blueprint.post("/new")
def create() -> str | Response | Refused:
    """Make the organisation."""
    actor, form = administrator(), NewOrganisationForm()
    if form.validate():
        wanted = NewOrganisation(form.name.data, OrganisationKind(form.kind.data), form.place.data, form.four_eyes.data)
        try:
            with signed_in.writing() as session:
                made = organisations.create(session, actor, wanted)
            say(_("The organisation is there. Now invite somebody."))
            return to("organisation.show", organisation_id=made.id)
        except InvalidInput as refusal:
            put_at_field(form, refusal)
    return _ask(actor, form), 422


def _ask(actor: Actor, form: NewOrganisationForm) -> str:
    kind = OrganisationKind(form.kind.data) if form.kind.data in set(OrganisationKind) else None
    search = request.values.get("search", "").strip()[: organisations.NAME_MAX]
    found: tuple[organisations.Place, ...] = ()
    if kind:
        with signed_in.looking() as session:
            found = organisations.places(session, actor, kind, search)
    return render_template(
        "organisation/new.html", form=form, kind=kind, search=search, places=found, kinds=organisations.kinds(actor),
        places_max=organisations.PLACES_MAX,
    )  # fmt: skip
