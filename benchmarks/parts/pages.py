"""What visitors open: the search page and its partial, a parcel, and an officer's desk."""

from __future__ import annotations

import secrets
import time

from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from benchmarks import serving
from benchmarks.measuring import Case
from benchmarks.registry import Options, Table
from landportal import db
from landportal.model import Account, Organisation

PAGE = {"Accept-Encoding": "br", "Accept": "text/html"}
PART = {**PAGE, "X-Requested-Part": "results"}


def run(options: Options) -> list[Table]:
    """Measure the pages."""
    return [serving.measured("pages", options, cases)]


def cases(url: str, app: Flask, options: Options) -> list[Case]:
    """A page of 50 with count and facets for wider and narrower searches, its partial, a parcel, a desk."""
    county = f"/de/parcels?ags={options.county}"
    filters = f"{county}&zone=GE&zone=GI&size_min_ha=0.6&motorway_max_km=10&avoid=flood"
    engine = create_engine(url)
    with engine.connect() as connection:
        number = connection.scalar(text("select number from parcel where status <> 'withdrawn' order by id limit 1"))
    engine.dispose()
    return [
        Case("search, whole state", ("/de/parcels",), PAGE, pgbench=True),
        Case("search, one county", (county,), PAGE, pgbench=True),
        Case("search, county and four filters", (filters,), PAGE, pgbench=True),
        Case("search, one county, ranked", (f"{county}&profile=logistics",), PAGE, pgbench=True),
        Case("results only, one county", (county,), PART, pgbench=True),
        Case("parcel page", (f"/de/parcels/{number}",), PAGE),
        *_desk(url, app),
    ]


def _desk(url: str, app: Flask) -> list[Case]:
    """The desk of an officer whose town has about 5,000 parcels, where there is such a town."""
    engine = create_engine(url)
    with db.transaction(engine) as session:
        town = session.execute(
            text("select municipality_ags, count(*) from parcel group by 1 order by abs(count(*) - 5000) limit 1")
        ).one()
        key = session.scalar(text("select fs_uniquifier from account where name = 'benchmark'"))
        if 4_000 < town.count < 6_000:
            key = key or _officer(session, town.municipality_ags)
    engine.dispose()
    if not 4_000 < town.count < 6_000:
        return []
    signer = app.session_interface.get_signing_serializer(app)
    cookie = signer.dumps({"_user_id": key, "_fresh": True, "fs_paa": time.time()})
    headers = {**PAGE, "Cookie": f"{app.config['SESSION_COOKIE_NAME']}={cookie}"}
    return [Case(f"desk, {town.count:,} parcels", ("/de/desk/",), headers)]


def _officer(session: Session, ags: str) -> str:
    organisation = Organisation(name="benchmark", kind="municipality", ags=ags)
    session.add(organisation)
    session.flush()
    account = Account(
        email="benchmark@example.org", name="benchmark", role_names=["officer"], fs_uniquifier=secrets.token_hex(),
        organisation_id=organisation.id,
    )  # fmt: skip
    session.add(account)
    session.flush()
    return account.fs_uniquifier
