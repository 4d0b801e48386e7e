"""Generated stores by size: made once and kept, cloned where something is written."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.generate import generate
from landportal import db
from landportal.services.sample_data import load_sample_data


def store(address: str, parcels: int) -> str:
    """Address of the generated store of this size, made when it is missing or holds something else."""
    name = f"landportal_bench_{parcels}"
    url = _at(address, name)
    with db.maintenance(address) as connection:
        known = connection.scalar(text("select 1 from pg_database where datname = :name"), {"name": name})
        if known and _holds(url, parcels):
            db.upgrade(url)
            _let_nothing_wait(url)
            return url
        connection.execute(text(f"drop database if exists {name} with (force)"))
        connection.execute(text(f"create database {name}"))
    print(f"generating {parcels:,} parcels …", file=sys.stderr)
    _fill(url, parcels)
    return url


@contextmanager
def clone(address: str, parcels: int) -> Iterator[str]:
    """Address of a copy of that store that may be changed; it is dropped at the end of the block."""
    store(address, parcels)
    name = f"landportal_bench_{uuid.uuid4().hex[:12]}"
    with db.maintenance(address) as connection:
        # The files are copied, not logged page by page: a million parcels in seconds.
        connection.execute(text(f"create database {name} template landportal_bench_{parcels} strategy file_copy"))
    try:
        yield _at(address, name)
    finally:
        with db.maintenance(address) as connection:
            connection.execute(text(f"drop database if exists {name} with (force)"))


@contextmanager
def region(address: str) -> Iterator[str]:
    """Address of a new database with the sample data alone, dropped at the end of the block."""
    name = f"landportal_bench_{uuid.uuid4().hex[:12]}"
    with db.maintenance(address) as connection:
        connection.execute(text(f"create database {name}"))
    try:
        _load_region(_at(address, name))
        yield _at(address, name)
    finally:
        with db.maintenance(address) as connection:
            connection.execute(text(f"drop database if exists {name} with (force)"))


def _at(address: str, name: str) -> str:
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def _fill(url: str, parcels: int) -> None:
    _load_region(url)
    generate(url, parcels)
    _let_nothing_wait(url)


def _load_region(url: str) -> None:
    db.upgrade(url)
    engine = create_engine(url)
    with db.transaction(engine) as session:
        load_sample_data(session)
    engine.dispose()


def _let_nothing_wait(url: str) -> None:
    """Leave the worker of a measured server nothing to compute: the part `enrichment` measures that by itself."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("truncate parcel_stale, enrichment_claim"))
        connection.execute(text("delete from procrastinate_jobs"))
    engine.dispose()


def _holds(url: str, parcels: int) -> bool:
    """Whether the store holds so many parcels; a schema of yesterday is brought up to date afterwards."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = connection.scalar(text("select count(*) from parcel"))
        return bool(found == parcels)
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()
