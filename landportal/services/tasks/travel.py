"""What jobs do when parcels, destinations, borders or the road graph changed: find ways and isochrones anew."""

from __future__ import annotations

from landportal import db
from landportal.services import isochrones, jobs, travel
from landportal.services.tasks.task import Task, Work


def compute_travel(work: Work, *, everything: bool = False) -> None:
    """Find the ways of the parcels that lack them, or of all; all of them, or none are seen."""
    with db.transaction(work.engine) as session:
        travel.bring_up_to_date(session, everything=everything)


def compute_isochrones(work: Work) -> None:
    """Find the isochrones of some parcels, and leave the rest to the next job: others may come in between."""
    with db.transaction(work.engine) as session:
        if isochrones.compute_some(session):
            jobs.defer(session, travel.ISOCHRONES, lock=travel.ISOCHRONES)


def count_people(work: Work) -> None:
    """Count anew who lives within minutes."""
    with db.transaction(work.engine) as session:
        isochrones.count_people(session)


TASKS = (
    # Every night too: whatever slipped past the triggers is found then.
    Task(travel.COMPUTE, compute_travel, cron="50 1 * * *"),
    Task(travel.ISOCHRONES, compute_isochrones),
    Task("count_people", count_people),
)
