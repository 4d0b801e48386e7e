"""Who may manage whose account, in which organisation, and what the audit log keeps of it."""

import itertools
import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from landportal import db
from landportal.errors import InvalidInput, NotAllowed, NotFound
from landportal.model import Account, AuditEntry, OrganisationKind, Role
from landportal.secret_key import derived, kept_secret
from landportal.services import accounts, audit, demo_accounts, organisations
from landportal.services.accounts import AddressTaken, Invitation, LastAdministrator
from landportal.services.audit import AuditAction
from landportal.services.demo_accounts import ensure_demo_accounts, new_password
from landportal.services.organisations import NameTaken, NewOrganisation
from landportal.services.permissions import actor_of
from tests.conftest import Land, add_account

OFFICER, ADMINISTRATOR = frozenset({Role.OFFICER}), frozenset({Role.ADMINISTRATOR})


@pytest.fixture
def people(session, land, account):
    """An administrator of the whole portal, of the state, the county and a town; an officer of each; an association."""
    area = land.area("gewerbepark")
    return {
        "portal": account("administrator", ags=None, password="x"),
        "state": account("administrator", ags="16", password="x"),
        "county": account("administrator", ags="16067", password="x"),
        "town": account("administrator", ags="16067089", password="x"),
        "association": account("administrator", ags=None, area_id=area.id, password="x"),
        "state officer": account("officer", ags="16", password="x"),
        "county officer": account("officer", ags="16067", password="x"),
        "town officer": account("officer", ags="16067089", password="x"),
        "association officer": account("officer", ags=None, area_id=area.id, password="x"),
    }


REACH = {
    "portal": {"portal", "state", "county", "town", "association"},
    "state": {"state", "county", "town"},
    "county": {"county", "town"},
    "town": {"town"},
    "association": {"association"},
    "county officer": set(),
}


def home_of(people, whose):
    return people[whose].organisation_id


@pytest.mark.parametrize(("who", "whose"), list(itertools.product(REACH, sorted(REACH["portal"]))))
def test_an_administrator_invites_inside_its_scope_alone(session, people, who, whose):
    actor = actor_of(people[who])
    roles = ADMINISTRATOR if whose == "portal" else OFFICER
    wanted = Invitation("new@example.org", "Neu", roles, home_of(people, whose))
    if whose in REACH[who]:
        assert accounts.invite(session, actor, wanted).organisation_id == home_of(people, whose)
    else:
        with pytest.raises(NotAllowed):
            accounts.invite(session, actor, wanted)


CHANGES = {
    "roles": lambda session, actor, one: accounts.change_roles(session, actor, one, {Role.PLANNER}),
    "disable": accounts.disable,
    "enable": accounts.enable,
    "invite again": accounts.invite_again,
    "second factor": accounts.reset_second_factor,
    "sessions": accounts.end_sessions,
    "look": organisations.account_of,
}


@pytest.mark.parametrize(("change", "who"), list(itertools.product(CHANGES, REACH)))
@pytest.mark.parametrize("whose", ["state officer", "county officer", "town officer", "association officer"])
def test_an_administrator_changes_accounts_inside_its_scope_alone(session, people, change, who, whose):
    actor, account = actor_of(people[who]), people[whose]
    if whose.removesuffix(" officer") in REACH[who]:
        CHANGES[change](session, actor, account.id)
    else:
        with pytest.raises(NotAllowed):
            CHANGES[change](session, actor, account.id)


def test_nobody_is_moved_into_or_out_of_a_foreign_scope(session, people):
    county = actor_of(people["county"])
    town, state = home_of(people, "town"), home_of(people, "state")
    accounts.move(session, county, people["county officer"].id, town)
    with pytest.raises(NotAllowed):
        accounts.move(session, county, people["county officer"].id, state)
    with pytest.raises(NotAllowed):
        accounts.move(session, county, people["state officer"].id, town)
    with pytest.raises(NotAllowed):
        accounts.move(session, county, people["county"].id, None)


def test_an_account_that_does_not_exist_is_not_found(session, people):
    with pytest.raises(NotFound):
        accounts.disable(session, actor_of(people["portal"]), 10**6)


@pytest.mark.parametrize(
    ("invitation", "field"),
    [
        (Invitation("no address", "Neu", OFFICER, 1), "email"),
        (Invitation("a@b@c.example", "Neu", OFFICER, 1), "email"),
        (Invitation("new@example.org", "  ", OFFICER, 1), "name"),
        (Invitation("new@example.org", "x" * 121, OFFICER, 1), "name"),
        (Invitation("new@example.org", "Neu", frozenset(), 1), "roles"),
        (Invitation("new@example.org", "Neu", OFFICER, None), "roles"),
    ],
)
def test_a_wrong_invitation_names_its_field(session, people, invitation, field):
    home = home_of(people, "state") if invitation.organisation_id else None
    wanted = Invitation(invitation.email, invitation.name, invitation.roles, home)
    with pytest.raises(InvalidInput) as caught:
        accounts.invite(session, actor_of(people["portal"]), wanted)
    assert caught.value.field == field


def test_an_address_has_one_account_however_it_is_written(session, people):
    actor, home = actor_of(people["portal"]), home_of(people, "state")
    accounts.invite(session, actor, Invitation("Somebody@Example.org", "Neu", OFFICER, home))
    with pytest.raises(AddressTaken):
        accounts.invite(session, actor, Invitation(" somebody@example.ORG ", "Neu", OFFICER, home))


def test_disabling_ends_sessions_and_links(session, people):
    account = people["town officer"]
    before = account.fs_uniquifier
    accounts.disable(session, actor_of(people["county"]), account.id)
    assert account.fs_uniquifier != before
    assert accounts.by_uniquifier(session, account.fs_uniquifier) is None


LOCK_OUT = {
    "disable": accounts.disable,
    "roles": lambda session, actor, one: accounts.change_roles(session, actor, one, {Role.OFFICER}),
}


@pytest.mark.parametrize("change", LOCK_OUT)
def test_the_last_administrator_of_the_portal_cannot_be_locked_out(session, land, account, change):
    account("administrator", ags="16067", password="x")
    first, second = account("administrator", ags="16", password="x"), account("administrator", ags="16", password="x")
    account("administrator", ags="16")  # Invited only: nobody knows whether it will ever sign in.
    LOCK_OUT[change](session, actor_of(first), second.id)
    with pytest.raises(LastAdministrator):
        LOCK_OUT[change](session, actor_of(first), first.id)


def test_the_last_administrator_cannot_be_moved_to_a_town(session, land, account):
    only, town = account("administrator", ags="16", password="x"), account("officer", ags="16067089")
    with pytest.raises(LastAdministrator):
        accounts.move(session, actor_of(only), only.id, town.organisation_id)


def test_two_administrators_cannot_disable_each_other_at_once(database_url, settings):
    engine = db.connect(database_url, settings, role=db.APPLICATION_ROLE)
    owner = db.connect(database_url, settings)
    with db.transaction(owner) as session:
        Land(session)
        both = [add_account(session, "administrator", ags="16", password="x") for _ in range(2)]
    start, outcomes = threading.Barrier(2), []

    def disable(actor, other):
        start.wait()
        try:
            with db.transaction(engine, db.Acting(actor.id, "page")) as session:
                accounts.disable(session, actor_of(actor), other.id)
            outcomes.append("done")
        except (LastAdministrator, NotAllowed):
            outcomes.append("refused")

    threads = [threading.Thread(target=disable, args=pair) for pair in (both, both[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading(owner) as session:
        assert session.scalar(select(func.count()).where(Account.active)) == 1
    assert sorted(outcomes) == ["done", "refused"]
    engine.dispose()
    owner.dispose()


# ------------------------------------------------------------------ organisations


@pytest.mark.parametrize(
    ("who", "kind", "place", "allowed"),
    [
        ("portal", OrganisationKind.PLANNING_ASSOCIATION, "gewerbepark", True),
        ("state", OrganisationKind.COUNTY, "16067", True),
        ("state", OrganisationKind.PLANNING_ASSOCIATION, "gewerbepark", False),
        ("county", OrganisationKind.MUNICIPALITY, "16067072", True),
        ("county", OrganisationKind.STATE_AGENCY, "16", False),
        ("town", OrganisationKind.MUNICIPALITY, "16067089", True),
        ("town", OrganisationKind.MUNICIPALITY, "16067072", False),
        ("association", OrganisationKind.PLANNING_ASSOCIATION, "gewerbepark", False),
        ("county officer", OrganisationKind.MUNICIPALITY, "16067072", False),
    ],
)
def test_organisations_are_made_inside_the_scope_alone(session, people, who, kind, place, allowed):
    actor, wanted = actor_of(people[who]), NewOrganisation("Neues Amt", kind, place)
    if allowed:
        assert organisations.create(session, actor, wanted).id
    else:
        with pytest.raises(NotAllowed):
            organisations.create(session, actor, wanted)


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        (OrganisationKind.COUNTY, "16067089"),
        (OrganisationKind.MUNICIPALITY, "99999999"),
        (OrganisationKind.PLANNING_ASSOCIATION, "nirgends"),
    ],
)
def test_a_place_that_does_not_fit_the_kind_is_told(session, people, kind, place):
    with pytest.raises(InvalidInput) as caught:
        organisations.create(session, actor_of(people["portal"]), NewOrganisation("Neu", kind, place))
    assert caught.value.field == "place"


def test_two_organisations_do_not_share_a_name(session, people):
    taken = people["state"].organisation.name
    with pytest.raises(NameTaken):
        organisations.create(
            session, actor_of(people["portal"]), NewOrganisation(taken, OrganisationKind.COUNTY, "16067")
        )


@pytest.mark.parametrize("who", [who for who in REACH if who != "county officer"])
def test_the_list_shows_exactly_what_may_be_managed(session, people, who):
    shown = {row.organisation.id for row in organisations.overview(session, actor_of(people[who]))}
    assert shown == {home_of(people, whose) for whose in REACH[who] - {"portal"}}


def test_places_are_offered_inside_the_scope_by_name_or_key(session, people):
    def offered(who, kind, search=""):
        return {place.key for place in organisations.places(session, actor_of(people[who]), kind, search)}

    assert offered("state", OrganisationKind.MUNICIPALITY) == {"16067089", "16067072"}
    assert offered("state", OrganisationKind.MUNICIPALITY, "WALTERS") == {"16067072"}
    assert offered("state", OrganisationKind.MUNICIPALITY, "16067089") == {"16067089"}
    assert offered("town", OrganisationKind.MUNICIPALITY) == {"16067089"}
    assert offered("state", OrganisationKind.MUNICIPALITY, "100%") == set()
    assert offered("state", OrganisationKind.PLANNING_ASSOCIATION) == set()
    assert offered("portal", OrganisationKind.PLANNING_ASSOCIATION) == {"gewerbepark"}


def test_four_eyes_is_settled_by_organisation(session, people):
    home = home_of(people, "town")
    organisations.settle(session, actor_of(people["county"]), home, "Stadt Hörsel", True)
    assert actor_of(people["town officer"]).four_eyes is True
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.facts["after"]) == ("organisation_changed", {"name": "Stadt Hörsel", "four_eyes": True})


# ---------------------------------------------------------------------- audit log


def test_every_change_of_permissions_is_kept_with_who_whom_and_what(session, people):
    actor, account = actor_of(people["county"]), people["town officer"]
    accounts.change_roles(session, actor, account.id, {Role.OFFICER, Role.APPROVER})
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.account_id, entry.subject) == ("roles_changed", actor.account_id, account.email)
    assert entry.facts == {"before": ["officer"], "after": ["approver", "officer"]}


def test_what_changes_nothing_is_not_kept(session, people):
    before = session.scalar(select(func.count(AuditEntry.id)))
    accounts.change_roles(session, actor_of(people["county"]), people["town officer"].id, {Role.OFFICER})
    accounts.enable(session, actor_of(people["county"]), people["town officer"].id)
    assert session.scalar(select(func.count(AuditEntry.id))) == before


def test_the_log_shows_what_concerns_accounts_inside_the_scope(session, people):
    for whose in ("state officer", "county officer", "town officer", "association officer"):
        audit.record(session, AuditAction.SIGN_IN_FAILED, subject=people[whose].email)

    def subjects(who):
        return {entry.subject for entry in audit.entries(session, actor_of(people[who])).entries}

    assert subjects("county") == {people["county officer"].email, people["town officer"].email}
    assert subjects("association") == {people["association officer"].email}
    assert len(subjects("portal")) == 4
    with pytest.raises(NotAllowed):
        subjects("county officer")


def test_the_log_is_read_by_kind_and_page(session, people):
    actor = actor_of(people["portal"])
    for number in range(audit.PAGE_ENTRIES + 1):
        audit.record(session, AuditAction.SIGNED_IN, subject=f"{number}@example.org")
    audit.record(session, AuditAction.DISABLED, subject="x@example.org")
    first, second = (audit.entries(session, actor, audit.SIGN_INS, number) for number in (1, 2))
    assert (len(first.entries), first.more) == (audit.PAGE_ENTRIES, True)
    assert ([entry.subject for entry in second.entries], second.more) == (["0@example.org"], False)
    assert [e.action for e in audit.entries(session, actor, audit.PERMISSIONS).entries] == [AuditAction.DISABLED]


@pytest.mark.parametrize("statement", ["update audit_entry set subject = 'x'", "delete from audit_entry"])
def test_nobody_rewrites_the_log(session, people, statement):
    audit.record(session, AuditAction.SIGNED_IN, subject="a@example.org")
    with pytest.raises(DBAPIError):
        session.execute(text(statement))


# ------------------------------------------------------------ demonstration, keys


def test_the_demonstration_has_an_account_for_every_role_and_kind(sample_session):
    made = ensure_demo_accounts(sample_session, "ein Passwort")
    assert {account.role for account in made} == set(Role)
    kinds = {accounts.by_address(sample_session, account.email).organisation.kind for account in made}
    assert kinds == set(OrganisationKind)
    assert all(account.usable for account in made)


def test_the_demonstration_leaves_alone_what_was_changed(sample_session):
    ensure_demo_accounts(sample_session, "ein Passwort")
    officer = accounts.by_address(sample_session, "officer@gotha.example")
    officer.password, officer.role_names = None, ["planner"]
    again = {account.email: account for account in ensure_demo_accounts(sample_session, "ein Passwort")}
    assert not again["officer@gotha.example"].usable
    assert officer.role_names == ["planner"]
    assert len(again) == len(demo_accounts.WANTED)


def test_without_the_sample_data_the_demonstration_makes_no_account(session):
    assert ensure_demo_accounts(session, "ein Passwort") == ()


def test_a_demo_password_is_long_and_random():
    assert new_password() != new_password()
    assert len(new_password()) == 19


def test_what_an_instance_keeps_only_its_owner_reads_and_a_second_start_finds_it(tmp_path):
    file = tmp_path / "instance" / "demo-password"
    assert kept_secret(file, "first") == kept_secret(file, "second") == "first"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["demo-password"]


def test_a_key_for_one_purpose_is_worth_nothing_for_another():
    assert derived("key", "a") != derived("key", "b")
