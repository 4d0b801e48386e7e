"""History that cannot be bypassed: random changes through every way in, then every past state is read again."""

import datetime as dt
import random
from pathlib import Path

import pytest
from sqlalchemy import text

from landportal import db
from landportal.model import Parcel
from landportal.services import history, imports
from landportal.services.editing import EDITABLE, Edit, confirm, save
from landportal.services.imports import DataSetFacts, ImportKind, ImportRequest
from landportal.services.permissions import actor_of
from tests.conftest import CORNER_E, CORNER_N, Land, add_account

COLUMNS = ", ".join(("number", *EDITABLE, "confirmed_at", "confirmed_by", "area_m2", "municipality_ags", "version"))
EVERYTHING = {
    "parcel": f"select {COLUMNS}, st_astext(geom) from parcel order by id",
    "area": "select slug, name_de, net_ha, st_astext(geom) from area order by id",
    "area_member": "select ags, votes, cost_share_pct, valid_from, valid_to from area_member order by id",
}


@pytest.fixture
def engine(database_url, settings):
    engine = db.connect(database_url, settings)
    yield engine
    engine.dispose()


@pytest.fixture
def application(database_url, settings):
    engine = db.connect(database_url, settings, role=db.APPLICATION_ROLE)
    yield engine
    engine.dispose()


def state(engine, as_of=None):
    """Everything in the store, as of a moment or now."""
    with db.reading(engine, as_of=as_of) as session:
        return {table: session.execute(text(statement)).all() for table, statement in EVERYTHING.items()}


def now(engine):
    with db.reading(engine) as session:
        return session.scalar(text("select clock_timestamp()"))


class Ways:
    """Every way into the store; each changes something and is told apart in the history."""

    def __init__(self, engine, application, choice: random.Random, folder: Path | None = None) -> None:
        self.folder = folder
        self.engine, self.application, self.choice = engine, application, choice
        with db.transaction(engine) as session:
            land = Land(session)
            self.data_set_id = land.data_set.id
            area = land.area("gewerbepark")
            self.area_id = area.id
            for place in range(4):
                land.parcel(f"P-{place}", east_km=1 + place * 3)
            self.account = add_account(session, "officer", ags="16067")
        self.made = 0

    def numbers(self):
        with db.reading(self.engine) as session:
            return session.scalars(text("select number from parcel order by id")).all()

    def page(self):
        number = self.choice.choice(self.numbers())
        with db.transaction(self.application, db.Acting(self.account.id, "page")) as session:
            version = session.scalar(text("select version from parcel where number = :n"), {"n": number})
            values = {"name_de": f"Name {self.choice.random()}", "price_eur_m2": None, "power_mw": None}
            save(session, actor_of(self.account), Edit(number, version, values, reason="Probe"))

    def link(self):
        with db.transaction(self.application, db.Acting(self.account.id, "link")) as session:
            assert confirm(session, actor_of(self.account), self.choice.sample(self.numbers(), 2))

    def hand_written(self):
        with db.transaction(self.engine) as session:
            session.execute(
                text("update parcel set status = :status, geom = st_translate(geom, 0, 1) where number = :number"),
                {
                    "status": self.choice.choice(["available", "sold", "leased"]),
                    "number": self.choice.choice(self.numbers()),
                },
            )

    def many_at_once(self):
        with db.transaction(self.engine, db.Acting(None, "job")) as session:
            session.execute(text("update parcel set grz = :grz"), {"grz": round(self.choice.random(), 2)})
            # Twice in one transaction is one change: nobody ever saw the first.
            session.execute(text("update parcel set gfz = 1.2 where grz > 0.5"))

    def restored(self):
        number = self.choice.choice(self.numbers())
        with db.transaction(self.application, db.Acting(self.account.id, "page")) as session:
            known = session.execute(text("select id, version from parcel where number = :n"), {"n": number}).one()
            earlier = session.scalars(
                text("select version from parcel_history where id = :id order by version"), {"id": known.id}
            ).all()
            if earlier:
                wanted = history.Restoring(number, self.choice.choice(earlier), known.version, "Probe")
                history.restore(session, actor_of(self.account), wanted)

    def file(self):
        west, south = CORNER_E + self.choice.randint(1, 15) * 1000, CORNER_N + 9_000
        ring = f"{west} {south},{west + 90} {south},{west + 90} {south + 80},{west} {south + 80},{west} {south}"
        file = self.folder / "flaechen.csv"
        file.write_text(f'id;name;wkt\nf-1;Los {self.choice.random()};"POLYGON(({ring}))"\n')
        facts = DataSetFacts(name="made-up")
        request = ImportRequest(ImportKind.PARCELS, file, facts, crs="EPSG:25832", mapping={"wkt": "wkt"})
        with db.transaction(self.engine, db.Acting(None, "import")) as session:
            imports.apply(session, imports.stage(session, request))

    def arrival(self):
        self.made += 1
        with db.transaction(self.engine, db.Acting(None, "import")) as session:
            session.execute(
                text(
                    "insert into parcel (number, name_de, geom, data_set_id, source_id) select :number, 'neu',"
                    " st_translate(geom, 0, 500), data_set_id, :number from parcel order by id limit 1"
                ),
                {"number": f"N-{self.made}"},
            )

    def departure(self):
        with db.transaction(self.engine, db.Acting(None, "job")) as session:
            session.execute(text("delete from parcel where number = :n"), {"n": self.choice.choice(self.numbers()[2:])})

    def area(self):
        with db.transaction(self.engine, db.Acting(None, "import")) as session:
            session.execute(text("update area set net_ha = :net"), {"net": self.choice.randint(1, 99)})

    def members(self):
        with db.transaction(self.engine, db.Acting(None, "command")) as session:
            session.execute(text("delete from area_member"))
            session.execute(
                text(
                    "insert into area_member (area_id, ags, votes, cost_share_pct, valid_from)"
                    " values (:area, '16067089', :votes, 100, '2020-01-01')"
                ),
                {"area": self.area_id, "votes": self.choice.randint(1, 20)},
            )

    def nothing_at_all(self):
        with db.transaction(self.engine) as session:
            session.execute(text("update parcel set name_de = name_de"))

    def everything(self):
        return [
            self.page, self.restored, self.file, self.link, self.hand_written, self.many_at_once, self.arrival,
            self.departure, self.area, self.members, self.nothing_at_all,
        ]  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_past_state_is_read_again_whatever_way_the_changes_took(engine, application, seed, tmp_path):
    choice = random.Random(seed)
    ways = Ways(engine, application, choice, tmp_path)
    kept = [(now(engine), state(engine))]
    for way in [*ways.everything(), *choice.choices(ways.everything(), k=40)]:
        if way == ways.departure and len(ways.numbers()) < 4:
            continue
        way()
        kept.append((now(engine), state(engine)))
    for moment, then in kept:
        assert state(engine, as_of=moment) == then
        assert state(application, as_of=moment) == then


def test_a_change_names_who_when_why_and_through_what(engine, application):
    ways = Ways(engine, application, random.Random(7))
    ways.page()
    ways.hand_written()
    with db.reading(engine) as session:
        changes = session.execute(
            text("select account_id, through, reason, database_role from change order by id offset 1")
        ).all()
        role = session.scalar(text("select session_user"))
    assert changes == [(ways.account.id, "page", "Probe", role), (None, "sql", None, role)]


def test_a_statement_that_changes_nothing_makes_no_version(engine, application):
    ways = Ways(engine, application, random.Random(1))
    before = state(engine)
    ways.nothing_at_all()
    assert state(engine) == before
    with db.reading(engine) as session:
        assert session.scalar(text("select count(*) from parcel_history")) == 0


def test_version_and_change_cannot_be_written_by_hand(engine, application):
    ways = Ways(engine, application, random.Random(1))
    with db.transaction(engine) as session:
        session.execute(text("update parcel set name_de = 'x', version = 99, change_id = 1, changed_at = '2000-01-01'"))
    with db.reading(engine) as session:
        versions = session.scalars(text("select distinct version from parcel")).all()
        assert versions == [2]
        assert session.scalar(text("select min(changed_at) from parcel")).year >= 2026
    assert ways.numbers()


def test_derived_columns_follow_without_a_new_version(engine, application):
    Ways(engine, application, random.Random(1))
    with db.transaction(engine) as session:
        Land.constraint(_land(session), "flood", 0, 0, 30, 30)
    with db.reading(engine) as session:
        assert session.scalars(text("select distinct version from parcel")).all() == [1]
        assert session.scalar(text("select count(*) from parcel where constraint_kinds = '{flood}'")) == 4


def _land(session):
    land = object.__new__(Land)
    land.session, land.data_set = session, session.execute(text("select id from data_set")).one()
    return land


def test_before_the_first_record_there_was_nothing(engine, application):
    Ways(engine, application, random.Random(1))
    long_ago = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    assert state(engine, as_of=long_ago) == {"parcel": [], "area": [], "area_member": []}


def test_histories_have_the_columns_of_their_tables_in_the_same_order(engine):
    columns = text(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = cast(:table as regclass) and attnum > 0 and not attisdropped order by attnum"
    )
    with db.reading(engine) as session:
        for table in ("parcel", "area", "area_member"):
            current = session.execute(columns, {"table": table}).all()
            kept = session.execute(columns, {"table": f"{table}_history"}).all()
            assert kept[2:] == current
            assert session.execute(columns, {"table": f"past.{table}"}).all() == current


def test_every_attribute_of_a_parcel_makes_a_version(engine):
    derived = {
        "id", "version", "changed_at", "change_id", "area_m2", "geom_3857", "x_3857", "y_3857", "lon", "lat",
        "municipality_ags", "county_ags", "constraint_kinds", "search_text", "net_area_m2",
        *(f"{place}_{part}" for place in ("motorway", "rail", "station", "airport", "substation")
          for part in ("id", "m", "name")),
    }  # fmt: skip
    with db.reading(engine) as session:
        condition = session.scalar(
            text("select pg_get_triggerdef(oid) from pg_trigger where tgname = 'parcel_kept_update'")
        )
    attributes = {column.name for column in Parcel.__table__.columns} - derived
    assert {name for name in attributes if f"old.{name}" not in condition} == set()
