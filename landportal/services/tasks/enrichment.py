"""Working the queue of stale parcels off, chunk by chunk: by the worker's job, and by `landportal enrich`.

Each chunk is written in one transaction together with its marks: what is written is right, whatever happens next, and
what is not stays queued. Computing is given to an executor (`concurrent.futures`): this thread, local processes, or a
Dask cluster, which see no database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field

from sqlalchemy import Engine, select

from landportal import db
from landportal.model import Parcel
from landportal.services.enrichment import queue, steps
from landportal.services.tasks.task import Task, Work

log = logging.getLogger(__name__)

CHUNK = 200
"""Parcels of one chunk: a second or two of computing, a tenth of one of writing."""

CHUNK_OF_JOB = 25
"""Parcels of one chunk of the worker's job: what was changed a moment ago is shown soon."""

Tell = Callable[[int], None]
"""Called with the number of parcels that are done so far."""


class NotComputed(Exception):
    """Parcels that could not be computed, by number, each with the fault; they stay queued, all others are done."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        told = "; ".join(f"{number} ({fault})" for number, fault in sorted(faults.items())[:5])
        super().__init__(f"{len(faults)} parcels could not be computed: {told}")
        self.faults = faults


class InThisThread(Executor):
    """Computes at once, where it is asked."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """The finished future of `fn`."""
        done: Future[object] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass(frozen=True)
class Chunk:
    """Claimed parcels with the marks that were there before their questions were read."""

    parcel_ids: Sequence[int]
    marks: queue.Marks
    asked: steps.Asked


@dataclass
class Run:
    """One run over the queue; `width` chunks are computed at a time."""

    engine: Engine
    executor: Executor
    width: int = 1
    chunk: int = CHUNK
    tell: Tell = lambda _done: None
    done: int = 0
    faults: dict[int, str] = field(default_factory=dict)

    def work_off(self) -> int:
        """Compute what waits until nothing is left; how many parcels. NotComputed where some could not be."""
        with queue.run(self.engine) as number:
            computing: dict[Future[steps.Answered], Chunk] = {}
            while True:
                while len(computing) < self.width and (taken := self._take(number)):
                    computing[self.executor.submit(steps.answer, taken.asked)] = taken
                if not computing:
                    break
                for finished in wait(computing, return_when=FIRST_COMPLETED).done:
                    self._keep(computing.pop(finished), finished.result())
        if self.faults:
            raise NotComputed(self._by_number())
        return self.done

    def _take(self, number: int) -> Chunk | None:
        with db.transaction(self.engine) as session:
            claimed = queue.claim(session, number, self.chunk)
            if not claimed:
                return None
            marks = queue.marks_of(session, claimed)
            return Chunk(claimed, marks, steps.ask(session, claimed))

    def _keep(self, chunk: Chunk, answered: steps.Answered) -> None:
        """Write a chunk. What could not be computed keeps its marks and this run's claim: it is not tried again."""
        fine = [parcel_id for parcel_id in chunk.parcel_ids if parcel_id not in answered.faults]
        with db.transaction(self.engine) as session:
            steps.keep(session, answered.answers)
            queue.settle(session, {parcel_id: chunk.marks.get(parcel_id, []) for parcel_id in fine})
        self.faults |= answered.faults
        self.done += len(fine)
        self.tell(self.done)

    def _by_number(self) -> dict[str, str]:
        with db.transaction(self.engine) as session:
            known = session.execute(select(Parcel.id, Parcel.number).where(Parcel.id.in_(self.faults)))
            return {number: self.faults[parcel_id] for parcel_id, number in known}


def enrich(work: Work) -> None:
    """Compute what waits."""
    Run(work.engine, InThisThread(), chunk=CHUNK_OF_JOB).work_off()


def mark_for_rules(work: Work) -> None:
    """Queue what distances meet that are in force since today."""
    with db.transaction(work.engine) as session:
        queue.mark_for_rules(session)


TASKS = (
    Task("enrich", enrich, attempts=3, first_wait_s=60),
    # What a run that was killed has left behind, where nothing has changed since.
    Task("enrich_left", enrich, attempts=1, cron="20 * * * *"),
    Task("mark_for_distances", mark_for_rules, cron="15 0 * * *"),
)
