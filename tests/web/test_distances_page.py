"""Planners see and set the distances that buildings keep: by place, with source and day, bad entries at their field."""

import contextlib
import datetime as dt

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from landportal import db
from landportal.config import read_settings
from landportal.web import create_app
from tests.conftest import Land, add_account, signed_in

WANTED = {
    "cause": "forest", "grade": "excluded", "distance_m": "35", "source": "ThürWaldG § 26", "valid_from": "2026-06-01",
    "plan_name": "", "ags": "",
}  # fmt: skip
PLAN = {**WANTED, "cause": "border", "distance_m": "0", "source": "B-Plan Ost", "plan_name": "Ost"}


class Portal:
    def __init__(self, url):
        self.engine = create_engine(url)
        with db.transaction(self.engine) as session:
            land = Land(session)
            land.parcel("A", plan_name="Ost")
            land.parcel("B", 25)
            self.state = add_account(session, "planner", ags="16", password="x")
            self.county = add_account(session, "planner", ags="16067", password="x")
            self.officer = add_account(session, "officer", ags="16067", password="x")
            session.execute(text("delete from parcel_stale"))
        environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
        self.app = create_app(read_settings(environ))
        self.app.config["WTF_CSRF_ENABLED"] = False

    def of(self, account):
        return signed_in(self.app, account)

    def rows(self, statement):
        with db.transaction(self.engine) as session:
            return session.execute(text(statement)).all()


@pytest.fixture
def portal(database_url):
    made = Portal(database_url)
    yield made
    made.app.extensions["landportal"].engine.dispose()
    made.engine.dispose()


def test_the_list_names_every_distance_with_its_law_and_whether_it_was_checked(portal):
    page = portal.of(portal.county).get("/de/planning/distances").text
    for words in ("FStrG § 9 (1)", "ThürBO § 6", "noch nicht am Gesetz geprüft", "gilt seit 01.01.2026", "Autobahn"):
        assert words in page


def test_the_state_sets_a_general_distance_which_is_kept_and_audited(portal):
    answer = portal.of(portal.state).post("/de/planning/distances", data={**WANTED, "verified": "1"})
    assert answer.status_code == 303
    assert portal.rows(
        "select distance_m::text, verified, valid_from from distance_rule where cause = 'forest' order by valid_from"
    ) == [("30.0", False, dt.date(2026, 1, 1)), ("35.0", True, dt.date(2026, 6, 1))]
    assert portal.rows(
        "select action, subject, facts->>'distance_m' from audit_entry where action = 'distance_set'"
    ) == [("distance_set", "forest", "35")]
    # The same day again corrects it.
    portal.of(portal.state).post("/de/planning/distances", data={**WANTED, "distance_m": "32,5"})
    assert portal.rows("select distance_m::text, verified from distance_rule where valid_from = '2026-06-01'") == [
        ("32.5", False)
    ]


def test_a_county_sets_distances_of_plans_in_its_place_alone(portal):
    client = portal.of(portal.county)
    refused = client.post("/de/planning/distances", data=WANTED)
    assert refused.status_code == 422
    assert "Allgemeine Abstände legt das Land fest" in refused.text
    assert client.post("/de/planning/distances", data={**PLAN, "ags": "16"}).status_code == 422
    assert client.post("/de/planning/distances", data={**PLAN, "ags": "16067089"}).status_code == 303
    assert portal.rows("select number from parcel where id in (select parcel_id from parcel_stale)") == [("A",)]
    assert portal.rows("select count(*) from procrastinate_jobs where task_name = 'enrich'") == [(1,)]


def test_officers_do_not_set_distances(portal):
    assert portal.of(portal.officer).get("/de/planning/distances").status_code == 403
    assert portal.of(portal.officer).post("/de/planning/distances", data=WANTED).status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cause", "volcano"), ("cause", ""), ("grade", "x"), ("distance_m", "-3"), ("distance_m", "5001"),
        ("distance_m", "1e3"), ("distance_m", "3.14159"), ("distance_m", ""), ("source", ""), ("source", "x" * 201),
        ("valid_from", "gestern"), ("valid_from", "0001-01-01"), ("ags", "16067"), ("plan_name", "Ost"), ("ags", "99"),
    ],
)  # fmt: skip
def test_a_bad_entry_is_told_at_its_field_and_nothing_is_set(portal, field, value):
    answer = portal.of(portal.state).post("/de/planning/distances", data={**WANTED, field: value})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert portal.rows("select count(*) from distance_rule") == [(6,)]


def test_the_database_holds_the_same_line(portal, settings):
    statement = (
        "insert into distance_rule (cause, grade, distance_m, source, valid_from, plan_name, ags)"
        " values ('border', 'excluded', 1, 'x', '2026-01-02', {})"
    )
    application = db.connect(
        str(portal.engine.url.render_as_string(hide_password=False)), settings, db.APPLICATION_ROLE
    )
    allowed = []
    for account in (portal.state, portal.county, portal.officer):
        for place in ("null, null", "'Ost', '16067089'", "'Ost', '16068001'"):
            with (
                contextlib.suppress(ProgrammingError),  # The policy refuses.
                db.transaction(application, db.Acting(account.id, "page")) as session,
            ):
                session.execute(text(statement.format(place)))
                allowed.append((account.name, place))
                session.rollback()
    application.dispose()
    assert allowed == [
        ("planner 16", "null, null"), ("planner 16", "'Ost', '16067089'"), ("planner 16", "'Ost', '16068001'"),
        ("planner 16067", "'Ost', '16067089'"),
    ]  # fmt: skip
