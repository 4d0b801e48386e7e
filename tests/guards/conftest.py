"""A store of 10,000 generated parcels for the guards, made once a worker: enough rows for the plans of a full store."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection

from benchmarks.generate import generate
from benchmarks.measuring import application

PARCELS = 10_000


@pytest.fixture(scope="session")
def full_url(clone: Callable[[str], str]) -> str:
    """Address of the store with generated parcels."""
    url = clone("sample")
    generate(url, PARCELS)
    return url


@pytest.fixture(scope="session")
def full_app(full_url: str) -> Iterator[Flask]:
    """The application on it."""
    with application(full_url) as app:
        yield app


@pytest.fixture(scope="session")
def full_connection(full_url: str) -> Iterator[Connection]:
    """A connection of the owner to it."""
    engine = create_engine(full_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
