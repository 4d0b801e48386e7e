"""A primary with a small region and an officer; what replicates it, pools it or stands in front is each test's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from passlib.hash import argon2
from sqlalchemy import Engine, create_engine

from landportal import db
from landportal.localdb import LocalCluster
from tests.conftest import Land, add_account
from tests.scale.people import EMAIL, PASSWORD


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.scale)


@pytest.fixture(scope="session")
def primary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """A cluster of these tests alone, migrated, with forty parcels and an officer of their county."""
    cluster = LocalCluster(tmp_path_factory.mktemp("primary"))
    cluster.start()
    try:
        with db.maintenance(cluster.url()) as connection:
            connection.exec_driver_sql("create database landportal")
        db.upgrade(cluster.url())
        _settle(cluster.url())
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(cluster.home)


def _settle(url: str) -> None:
    engine = create_engine(url)
    with db.transaction(engine) as session:
        land = Land(session)
        for place in range(40):
            land.parcel(f"TH-{place:02}", 1 + place % 8 * 0.2, 1 + place // 8 * 0.2)
        add_account(session, "officer", email=EMAIL, password=argon2.hash(PASSWORD))
    engine.dispose()


@pytest.fixture(scope="session")
def store(primary: LocalCluster) -> Iterator[Engine]:
    """The primary as its owner: what no web process knows of."""
    engine = create_engine(primary.url())
    yield engine
    engine.dispose()
