"""A change of status: by the desk's form, by the service alone, and by bare SQL with and without its triggers.

On a copy of the store, in turns, each on parcels of its own that go to and fro between available and reserved.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from threading import Thread

import psycopg
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.orm import Session

from benchmarks.measuring import Server, plain, server, timed
from benchmarks.officers import Officer, each_other, make_officer
from benchmarks.registry import Options, Table
from benchmarks.serving import TURNS_MAX, TURNS_MIN, WORKERS
from benchmarks.stores import clone
from benchmarks.visiting import percentile
from benchmarks.watching import Used, Watch
from landportal import db
from landportal.config import read_settings
from landportal.model import Account, Parcel, ParcelStatus, Through
from landportal.services import editing
from landportal.services.edits import Edit, confirmed_now
from landportal.services.permissions import Actor, actor_of

HEAD = (
    "a change of status", "parcels", "at once", "median ms", "p95 ms", "p99 ms", "a second", "server CPU ms",
    "database CPU ms", "peak MB",
)  # fmt: skip
TOLD = (
    "*The form*: opened and sent back by an officer who signed in, two requests. *The service*: `editing.save` in one"
    " transaction. *Bare SQL*: one UPDATE of the row; its triggers keep versions, marks and revisions.",
)
UPDATE = (
    "update parcel set status = %(status)s::varchar, status_since = current_date,"
    " status_until = case when %(status)s::varchar = 'reserved' then date '2027-12-31' end where number = %(number)s"
)
WITHOUT = "bare SQL, triggers off"


def run(options: Options) -> list[Table]:
    """Measure the ways of changing one."""
    rows: list[tuple[str, ...]] = []
    for parcels in options.parcels:
        with clone(options.address, parcels) as url, server(url, WORKERS) as started:
            rows += _measured(url, started, parcels, options)
    return [Table("status", HEAD, rows, TOLD)]


def _measured(url: str, started: Server, parcels: int, options: Options) -> Iterator[tuple[str, ...]]:
    email = make_officer(url, options.county)
    numbers = _numbers(url, options.county, 4 + sum(options.at_once))
    with psycopg.connect(plain(url), autocommit=True) as connection, ExitStack() as stack:
        officer = Officer(started.port, email)
        works = {"the form": _by_form(officer, numbers.pop())}
        works["the service"] = stack.enter_context(_by_service(url, email, numbers.pop()))
        bare = {"bare SQL, with its triggers": "origin", WITHOUT: "replica"}
        works |= {name: stack.enter_context(_by_sql(url, numbers.pop(), role)) for name, role in bare.items()}
        watch = Watch(started.pid, connection)
        taken = _in_turns(works, options.seconds)
        alone = _form_alone(works["the form"], watch, len(taken["the form"]))
        for name, ms in taken.items():
            yield _row(name, parcels, 1, ms, sum(ms) / 1000, alone if name == "the form" else None)
        for at_once in options.at_once:
            if at_once > 1:
                mine = [numbers.pop() for _ in range(at_once)]
                yield _together(started, email, mine, parcels, options.seconds, watch)


def _numbers(url: str, county: str, count: int) -> list[str]:
    """Available parcels of the county, of which `count` are wanted."""
    engine = create_engine(url)
    with engine.connect() as connection:
        asked = text(
            "select number from parcel where county_ags = :county and status = 'available' order by id limit :n"
        )
        found = list(connection.scalars(asked, {"county": county, "n": count}))
    engine.dispose()
    if len(found) < count:
        raise SystemExit(f"{county} has {len(found)} available parcels, {count} are wanted")
    return found


def _in_turns(works: dict[str, Callable[[], None]], seconds: float) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in works}
    for work in [*works.values()] * 2:
        work()
    until = time.perf_counter() + seconds
    while len(taken["the form"]) < TURNS_MAX and (time.perf_counter() < until or len(taken["the form"]) < TURNS_MIN):
        for name, work in works.items():
            taken[name].append(timed(work))
    return taken


def _form_alone(work: Callable[[], None], watch: Watch, times: int) -> tuple[Used, int]:
    """What `times` forms use: between the turns the service and the bare SQL have connections of the same database."""
    watch.again()
    for _ in range(times):
        work()
    return watch.used(), times


def _by_form(officer: Officer, number: str) -> Callable[[], None]:
    following = each_other("available")
    return lambda: officer.change(number, following())


@contextmanager
def _by_service(url: str, email: str, number: str) -> Iterator[Callable[[], None]]:
    engine = db.connect(url, read_settings(), db.APPLICATION_ROLE)
    with db.reading(engine) as session:
        account = session.scalars(select(Account).where(Account.email == email)).one()
        actor = actor_of(account)
    following = each_other("available")
    try:
        yield lambda: _save(engine, actor, number, following())
    finally:
        engine.dispose()


def _save(engine: Engine, actor: Actor, number: str, status: str) -> None:
    acting = db.Acting(actor.account_id, Through.PAGE)
    with db.transaction(engine, acting) as session:
        editing.save(session, actor, _edit(session, actor, number, status))


def _edit(session: Session, actor: Actor, number: str, status: str) -> Edit:
    version = session.scalars(select(Parcel.version).where(Parcel.number == number)).one()
    until = dt.date(2027, 12, 31) if status == "reserved" else None
    since = dt.datetime.now(dt.UTC).date()
    values = {"status": ParcelStatus(status), "status_since": since, "status_until": until}
    return Edit(number, version, values, None, None, confirmed_now(actor))


@contextmanager
def _by_sql(url: str, number: str, role: str) -> Iterator[Callable[[], None]]:
    following = each_other("available")
    with psycopg.connect(plain(url), autocommit=True, prepare_threshold=0) as connection:
        connection.execute(f"set session_replication_role = {role}")

        def update() -> None:
            done = connection.execute(UPDATE, {"status": following(), "number": number})
            assert done.rowcount == 1

        yield update


def _together(
    started: Server, email: str, numbers: Sequence[str], parcels: int, seconds: float, watch: Watch
) -> tuple[str, ...]:
    cookies = Officer(started.port, email).cookies
    officers = [(Officer(started.port, email, dict(cookies)), number) for number in numbers]
    ms: list[float] = []

    def changing(officer: Officer, number: str) -> None:
        following = each_other("available")
        while time.perf_counter() < until:
            ms.append(timed(lambda: officer.change(number, following())))

    watch.again()
    began = time.perf_counter()
    until = began + seconds
    threads = [Thread(target=changing, args=one) for one in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    return _row("the form", parcels, len(numbers), ms, taken, (watch.used(), len(ms)))


def _row(
    name: str, parcels: int, at_once: int, ms: list[float], seconds: float, used: tuple[Used, int] | None
) -> tuple[str, ...]:
    cpu = ("", "", "")
    if used:
        spent, times = used
        database = "" if spent.database_s is None else f"{spent.database_s / times * 1000:.1f}"
        cpu = (f"{spent.server_s / times * 1000:.1f}", database, f"{spent.peak_mb:,.0f}")
    times_ms = [median(ms), percentile(ms, 0.95), percentile(ms, 0.99)]
    return (name, f"{parcels:,}", str(at_once), *(f"{one:.1f}" for one in times_ms), f"{len(ms) / seconds:,.0f}", *cpu)
