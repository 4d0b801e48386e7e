"""What all tests share: the private cluster, a migrated template with the sample data, and cheap clones of it.

Every database is built by the migrations on real PostGIS. A test gets either a session that is rolled back, or a clone
of a template of its own (a file copy in the server: about 0.2 s) where processes of their own must see the rows.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, make_url, select, text
from sqlalchemy.orm import Session

from landportal import db
from landportal.config import Settings, read_settings
from landportal.localdb import LocalCluster
from landportal.model import (
    Account,
    AdminUnit,
    Area,
    ConstraintZone,
    DataSet,
    Infrastructure,
    Organisation,
    Parcel,
)
from landportal.services.search import assembling
from landportal.web import create_app

CORNER_E, CORNER_N = 620_000, 5_640_000
"""Corner of the made-up region in EPSG:25832: in the middle of Thuringia."""

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def settings(server_url: str) -> Settings:
    """Settings of a test process: no base map, so that no page wants a foreign host."""
    return read_settings({**os.environ, "LANDPORTAL_DATABASE_URL": server_url, "LANDPORTAL_BASEMAP": "none"})


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Maintenance address of the PostGIS the tests may use: the given one, or the private cluster."""
    given = read_settings().database_url
    if given:
        yield given
        return
    cluster = LocalCluster(read_settings().instance)
    cluster.start()
    yield cluster.url("postgres")
    cluster.stop()


@pytest.fixture(scope="session")
def clone(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """A function that copies a template into a database of its own and returns its address."""
    made: list[str] = []
    templates = _Templates(server_url, tmp_path_factory.getbasetemp())

    def copy(template: str) -> str:
        name = f"landportal_test_{uuid.uuid4().hex[:12]}"
        templates.execute(f"create database {name} template {templates.ready(template)}")
        made.append(name)
        return templates.address(name)

    yield copy
    for name in made:
        templates.execute(f"drop database if exists {name} with (force)")
    templates.close()


@pytest.fixture(autouse=True, scope="module")
def _no_connection_left_behind() -> Iterator[None]:
    """Close the pools a module's tests opened: an application lives as long as its process (gc.freeze)."""
    made: list[Engine] = []

    def connect(*told: Any, **more: Any) -> Engine:
        made.append(original(*told, **more))
        return made[-1]

    original = db.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "connect", connect)
        yield
    for engine in made:
        engine.dispose()


class Land:
    """Writes rows of a made-up region: a county of two municipalities, each 20 km × 20 km, side by side."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.data_set = DataSet(
            name="made-up", title_de="Erfunden", title_en="Made up", publisher="Tests", licence="CC0-1.0",
            attribution="Tests", data_date=dt.date(2026, 1, 1),
        )  # fmt: skip
        session.add(self.data_set)
        session.flush()
        self._add(AdminUnit, ags="16", level="state", name="Thüringen", geom=self.rectangle(0, 0, 40, 20))
        self._add(
            AdminUnit, ags="16067", level="county", name="Gotha", kind="Landkreis", parent_ags="16",
            geom=self.rectangle(0, 0, 40, 20),
        )  # fmt: skip
        self.municipality("16067089", "Hörsel", 0)
        self.municipality("16067072", "Waltershausen", 20)

    def municipality(self, ags: str, name: str, east_km: float) -> AdminUnit:
        return self._add(
            AdminUnit, ags=ags, level="municipality", name=name, kind="Gemeinde", parent_ags="16067",
            population=5_000, geom=self.rectangle(east_km, 0, 20, 20),
        )  # fmt: skip

    def area(self, slug: str, **facts: Any) -> Area:
        return self._add(Area, **{"slug": slug, "name_de": slug.title(), "geom": self.rectangle(1, 1, 1, 1), **facts})

    def parcel(self, number: str, east_km: float = 1, north_km: float = 1, ha: float = 1, **facts: Any) -> Parcel:
        """A square parcel with its lower left corner at the place; available unless told otherwise."""
        side = (ha * 10_000) ** 0.5 / 1000
        shape = self.rectangle(east_km, north_km, side, side)
        return self._add(Parcel, **{"number": number, "name_de": number, "status": "available", "geom": shape, **facts})

    def infrastructure(self, kind: str, name: str, east_km: float, north_km: float, **facts: Any) -> Infrastructure:
        point = f"SRID=25832;POINT({CORNER_E + east_km * 1000} {CORNER_N + north_km * 1000})"
        return self._add(Infrastructure, kind=kind, name=name, geom=point, **facts)

    def constraint(self, kind: str, east_km: float, north_km: float, width_km: float, height_km: float, **facts: Any):
        shape = self.rectangle(east_km, north_km, width_km, height_km)
        return self._add(ConstraintZone, kind=kind, geom=shape, **facts)

    def rectangle(self, east_km: float, north_km: float, width_km: float, height_km: float) -> str:
        west, south = CORNER_E + east_km * 1000, CORNER_N + north_km * 1000
        east, north = west + width_km * 1000, south + height_km * 1000
        ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
        return f"SRID=25832;MULTIPOLYGON((({ring})))"

    def _add(self, table: type, /, **facts: Any) -> Any:
        row = table(**{"data_set_id": self.data_set.id, "source_id": uuid.uuid4().hex, **facts})
        self.session.add(row)
        self.session.flush()
        self.session.refresh(row)
        return row


class _Templates:
    """Templates `empty` (migrated) and `sample` (with the sample data), built once per test run and worker."""

    def __init__(self, server_url: str, folder: Path) -> None:
        self._url = make_url(server_url)
        self._prefix = f"landportal_template_{uuid.uuid4().hex[:8]}"
        self._built: set[str] = set()
        self._server = create_engine(server_url, isolation_level="AUTOCOMMIT")

    def address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(statement))

    def ready(self, template: str) -> str:
        name = f"{self._prefix}_{template}"
        if template not in self._built:
            if template == "sample":
                self.execute(f"create database {name} template {self.ready('empty')}")
                _load_sample_data(self.address(name))
            else:
                self.execute(f"create database {name}")
                db.upgrade(self.address(name))
            self._built.add(template)
        return name

    def close(self) -> None:
        for template in self._built:
            self.execute(f"drop database if exists {self._prefix}_{template} with (force)")
        self._server.dispose()


def _load_sample_data(url: str) -> None:
    from landportal.services.sample_data import load_sample_data

    engine = create_engine(url)
    with db.transaction(engine) as session:
        load_sample_data(session)
        # Two minutes of computing that each server of a browser test would begin anew: tests say what they need of it.
        session.execute(text("truncate parcel_stale"))
        session.execute(text("delete from procrastinate_jobs"))
    engine.dispose()


@pytest.fixture(scope="session")
def _empty_engine(clone: Callable[[str], str]) -> Iterator[Engine]:
    engine = db.connect(clone("empty"), read_settings())
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sample_url(clone: Callable[[str], str]) -> str:
    """Address of a database with the sample data, shared by all tests that only read it."""
    return clone("sample")


@pytest.fixture(scope="session")
def sample_engine(sample_url: str) -> Iterator[Engine]:
    """Engine on the shared sample database."""
    engine = db.connect(sample_url, read_settings())
    yield engine
    engine.dispose()


@pytest.fixture
def session(_empty_engine: Engine) -> Iterator[Session]:
    """A session on an empty, migrated database; everything is rolled back after the test, commits too."""
    with _rolled_back(_empty_engine) as session:
        yield session


@pytest.fixture
def sample_session(sample_engine: Engine) -> Iterator[Session]:
    """The same on the sample data."""
    with _rolled_back(sample_engine) as session:
        yield session


@contextlib.contextmanager
def _rolled_back(engine: Engine) -> Iterator[Session]:
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()
    assembling.forget()


@pytest.fixture(scope="session")
def app(sample_url: str) -> Flask:
    """The application on the shared sample data."""
    environ = {"LANDPORTAL_DATABASE_URL": sample_url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    return create_app(read_settings(environ))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without cookies that speaks to the application directly."""
    return app.test_client()


def add_account(session: Session, *roles: str, ags: str | None = "16067", area_id: int | None = None, **facts: Any):
    """An account with `roles` in the organisation of that place or area, made where it lacks; 16067: Landkreis."""
    kinds = {2: "state_agency", 5: "county", 8: "municipality"}
    organisation = None
    if ags or area_id:
        place = Organisation.area_id == area_id if area_id else Organisation.ags == ags
        organisation = session.scalar(select(Organisation).where(place))
        if organisation is None:
            name = f"Organisation area {area_id}" if area_id else f"Organisation {ags}"
            kind = "planning_association" if area_id else kinds[len(ags)]
            organisation = Organisation(name=name, kind=kind, ags=None if area_id else ags, area_id=area_id)
            session.add(organisation)
            session.flush()
    key = uuid.uuid4().hex
    account = Account(
        **{"email": f"{key[:8]}@example.org", "name": f"{'/'.join(roles)} {ags or area_id or ''}".strip(), **facts},
        role_names=list(roles), fs_uniquifier=key, organisation_id=organisation.id if organisation else None,
    )  # fmt: skip
    session.add(account)
    session.flush()
    session.refresh(account)
    return account


@pytest.fixture
def account(session: Session) -> Callable[..., Account]:
    """A function that makes an account in the test's transaction: account("officer", ags="16067089")."""
    return partial(add_account, session)


def signed_in(app: Flask, account: Account) -> FlaskClient:
    """A client of `app` in which `account` is signed in."""
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = account.fs_uniquifier
        session["_fresh"] = True
        session["fs_paa"] = time.time()
    return client


@pytest.fixture
def land(session: Session) -> Land:
    """A small made-up region to place parcels in; coordinates are kilometres east and north of its corner."""
    return Land(session)


@pytest.fixture
def database_url(clone: Callable[[str], str]) -> str:
    """Address of an empty, migrated database that belongs to this test alone."""
    return clone("empty")


@pytest.fixture
def own_sample_url(clone: Callable[[str], str]) -> str:
    """Address of a database with the sample data that belongs to this test alone and may be changed."""
    return clone("sample")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real test inputs beside the project; tests that need them skip where they are absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("the real test inputs (../shared/data) are not beside this checkout")
    return folder
