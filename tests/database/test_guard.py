"""The database holds the line by itself: scope by row-level security, history that nobody can change."""

import contextlib
import dataclasses
import datetime as dt

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from landportal import db
from tests.conftest import Land, add_account


@dataclasses.dataclass
class Store:
    """One database with a parcel in Hörsel and one in Waltershausen, as its owner and as the application see it."""

    owner: object
    application: object
    hoersel: str
    waltershausen: str

    def acting(self, account, **facts):
        return db.transaction(self.application, db.Acting(account.id if account else None, "page", **facts))

    def account(self, *roles, **facts):
        with db.transaction(self.owner) as session:
            return add_account(session, *roles, **facts)


@pytest.fixture
def store(database_url, settings):
    owner = db.connect(database_url, settings)
    with db.transaction(owner) as session:
        land = Land(session)
        area = land.area("gewerbepark")
        land.parcel("H-1", east_km=1)
        land.parcel("W-1", east_km=21)
        land.parcel("W-2", east_km=22, area_id=area.id)
    application = db.connect(database_url, settings, role=db.APPLICATION_ROLE)
    yield Store(owner, application, "H-1", "W-1")
    application.dispose()
    owner.dispose()


@contextlib.contextmanager
def refused(code):
    with pytest.raises(DBAPIError) as caught:
        yield
    assert caught.value.orig.sqlstate == code


def renamed(session, number, name="neu"):
    return session.execute(
        text("update parcel set name_de = :name where number = :number"), {"number": number, "name": name}
    ).rowcount


@pytest.mark.parametrize(
    ("roles", "place", "reached"),
    [
        (["officer"], {"ags": "16067089"}, {"H-1"}),
        (["approver"], {"ags": "16067089"}, {"H-1"}),
        (["officer"], {"ags": "16067"}, {"H-1", "W-1", "W-2"}),
        (["officer"], {"ags": "16"}, {"H-1", "W-1", "W-2"}),
        (["officer"], {"area": True, "ags": None}, {"W-2"}),
        (["planner"], {"ags": "16067"}, set()),
        (["administrator"], {"ags": "16067"}, set()),
        (["administrator"], {"ags": None}, set()),
    ],
)
def test_an_account_writes_inside_its_scope_alone(store, roles, place, reached):
    with db.transaction(store.owner) as session:
        area = session.scalar(text("select id from area"))
        account = add_account(session, *roles, ags=place["ags"], area_id=area if place.get("area") else None)
    with store.acting(account) as session:
        assert {number for number in ("H-1", "W-1", "W-2") if renamed(session, number)} == reached


def test_nobody_writes_without_signing_in(store):
    with db.transaction(store.application) as session:
        assert renamed(session, "H-1") == 0
        assert session.scalar(text("select count(*) from parcel")) == 3


def test_a_disabled_account_writes_nothing(store):
    account = store.account("officer", active=False)
    with store.acting(account) as session:
        assert renamed(session, "H-1") == 0


def test_a_parcel_cannot_be_moved_out_of_the_scope(store):
    account = store.account("officer", ags="16067089")
    with refused("42501"), store.acting(account) as session:
        session.execute(text("update parcel set geom = st_translate(geom, 20000, 0) where number = 'H-1'"))


def test_a_parcel_cannot_be_made_outside_the_scope(store):
    account = store.account("officer", ags="16067089")
    statement = text(
        "insert into parcel (name_de, geom, data_set_id, source_id)"
        " select name_de, geom, data_set_id, 'copy' from parcel where number = :number"
    )
    with store.acting(account) as session:
        session.execute(statement, {"number": "H-1"})
    with refused("42501"), store.acting(account) as session:
        session.execute(statement, {"number": "W-1"})


def test_history_is_seen_inside_the_scope_alone(store):
    with db.transaction(store.owner) as session:
        renamed(session, "H-1", "erst")
    with db.transaction(store.owner) as session:
        renamed(session, "H-1", "dann")
    for ags, versions, changes in (("16067089", 2, 3), ("16067072", 0, 1), ("16067", 2, 3)):
        account = store.account("planner", ags=ags)
        with store.acting(account) as session:
            assert session.scalar(text("select count(*) from parcel_history")) == versions
            assert session.scalar(text("select count(*) from change")) == changes


@pytest.mark.parametrize(
    "statement",
    [
        "update parcel_history set name_de = 'x'",
        "delete from parcel_history",
        "truncate parcel_history",
        "insert into parcel_history select * from parcel_history",
        "update change set reason = 'x'",
        "delete from change",
        "insert into change (xact, database_role, through) values ('1', 'x', 'page')",
        "update audit_entry set action = 'x'",
        "delete from audit_entry",
        "drop table parcel_history",
        "alter table parcel disable trigger all",
        "create table mine (id int)",
        "truncate parcel",
        "update parcel set version = 1",
        "update parcel set municipality_ags = '16067072'",
    ],
)
def test_the_application_cannot_alter_what_happened(store, statement):
    account = store.account("officer", "administrator", ags="16")
    with db.transaction(store.owner) as session:
        renamed(session, "H-1")
    with pytest.raises(DBAPIError) as caught, store.acting(account) as session:
        session.execute(text(statement))
    assert caught.value.orig.sqlstate in {"42501"}


@pytest.mark.parametrize("table", ["parcel_history", "area_history", "area_member_history", "change", "audit_entry"])
@pytest.mark.parametrize("statement", ["delete from {}", "truncate {} cascade"])
def test_not_even_the_owner_alters_history_in_passing(store, table, statement):
    with refused("42501"), db.transaction(store.owner) as session:
        session.execute(text(statement.format(table)))


def test_the_application_owns_nothing(store):
    with db.reading(store.application) as session:
        owned = session.scalars(text("select relname from pg_class where relowner = 'landportal_app'::regrole")).all()
        assert owned == []
        assert (
            session.scalar(text("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")) is False
        )


def test_reading_shows_every_column_of_parcels_and_lets_nobody_write(database_url):
    engine = create_engine(database_url)
    columns = text("select column_name, data_type from information_schema.columns"
                   " where table_name = 'parcel' and table_schema = :schema order by ordinal_position")  # fmt: skip
    with engine.connect() as connection:
        shown = connection.execute(columns, {"schema": "reading"}).all()
        assert shown == connection.execute(columns, {"schema": "public"}).all()
        connection.execute(text(f"set role {db.APPLICATION_ROLE}"))
        assert connection.scalar(text("select count(*) from reading.parcel")) == 0
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("update reading.parcel set status = 'sold'"))
    engine.dispose()


def test_the_application_reads_without_policies_and_writes_under_them(database_url, settings):
    engine = db.connect(database_url, settings, role=db.APPLICATION_ROLE)
    found = text("select relnamespace::regnamespace::text from pg_class where oid = 'parcel'::regclass")
    with db.reading(engine) as session:
        assert session.scalar(found) == "reading"
    with db.transaction(engine) as session:
        assert session.scalar(found) == "public"
    with db.reading(engine, as_of=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) as session:
        assert session.scalar(found) == "past"
    engine.dispose()
