"""Which parcels wait to be computed, and who computes which at this moment.

A trigger (migration 0024) adds a mark whenever something of a parcel changes. A run claims some marked parcels, reads
their marks and then their inputs, computes, and takes exactly those marks away together with writing: a change in
between leaves its own mark. A run holds an advisory lock as long as its connection lives; what a run without this lock
has claimed is free again. So nothing is computed by two at once, nothing is lost, and no timeout guesses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy import (
    BigInteger,
    Engine,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Session

from landportal.gis.filters import any_of
from landportal.model import EnrichmentClaim, Parcel, StaleParcel

Marks = Mapping[int, Sequence[int]]
"""Marks by their parcel."""

RUNS = 27_761
"""First key of the advisory lock of a run; the second is its number."""


@contextmanager
def run(engine: Engine) -> Iterator[int]:
    """The number of a run that lives as long as the block, or as the process."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        number = int(connection.scalar(text("select nextval('enrichment_run')")) or 0)
        connection.execute(select(func.pg_advisory_lock(RUNS, number)))
        try:
            yield number
        finally:
            connection.execute(select(func.pg_advisory_unlock(RUNS, number)))


def mark_all(session: Session) -> int:
    """Mark every parcel; returns how many there are."""
    everything = select(Parcel.id, text("'all'"))
    marked = insert(StaleParcel).from_select(["parcel_id", "reason"], everything)
    count = session.connection().execute(marked.execution_options(preserve_rowcount=True)).rowcount
    session.execute(select(func.wake_enrichment()))
    return int(count)


def mark_for_rules(session: Session) -> int:
    """Mark what distances meet whose day has come since they were last looked at; returns the number of marks."""
    return int(session.scalar(select(func.mark_for_rules())) or 0)


def waiting(session: Session) -> int:
    """How many parcels wait."""
    return session.scalar(select(func.count(StaleParcel.parcel_id.distinct()))) or 0


_CLAIM = text(
    """
    with alive as materialized (
        select objid::int as number from pg_locks
        where locktype = 'advisory' and granted and classid = :runs
          and database = (select oid from pg_database where datname = current_database())
    ), free as (
        select distinct s.parcel_id from parcel_stale s
        where not exists (
            select from enrichment_claim c join alive on alive.number = c.claimed_by where c.parcel_id = s.parcel_id)
        order by s.parcel_id
        limit :count
    )
    insert into enrichment_claim as c (parcel_id, claimed_by) select parcel_id, :number from free
    on conflict (parcel_id) do update set claimed_by = excluded.claimed_by
    where not exists (select from alive where alive.number = c.claimed_by)
    returning c.parcel_id
    """
)


def claim(session: Session, number: int, count: int) -> list[int]:
    """Claim up to `count` waiting parcels for the run `number`; in the order of their ids, as they lie together."""
    return sorted(session.scalars(_CLAIM, {"runs": RUNS, "number": number, "count": count}))


def marks_of(session: Session, parcel_ids: Sequence[int]) -> Marks:
    """The marks of these parcels that are there now; to be read before what the parcels are computed from."""
    found: dict[int, list[int]] = defaultdict(list)
    known = select(StaleParcel.parcel_id, StaleParcel.mark).where(StaleParcel.parcel_id == any_of(parcel_ids))
    for parcel_id, mark in session.execute(known):
        found[parcel_id].append(mark)
    return found


def settle(session: Session, marks: Marks) -> None:
    """Take `marks` away and free their parcels: what they were computed from was read after the marks."""
    taken = [mark for of_parcel in marks.values() for mark in of_parcel]
    session.execute(delete(StaleParcel).where(StaleParcel.mark == any_of(taken, BigInteger)))
    session.execute(delete(EnrichmentClaim).where(EnrichmentClaim.parcel_id == any_of(list(marks))))
