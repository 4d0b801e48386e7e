"""The highest rate of mixed visitors at which 95 of 100 answers come within 300 ms and none fails.

Steps of rising rates, each with visitors of its own (`mixed`): doubled until one does not hold, then halved in between
three times. A step holds when p95 stays below the limit, nothing fails, and the rate wanted is reached.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.mixed import Met, Scene, officers_for, scene, visit
from benchmarks.registry import Options, Table

P95_MS = 300
RATE_FIRST, RATE_MAX = 20.0, 2_560.0
REACHED = 0.95
HALVINGS = 3
STEP_TIMES = 10
"""A step lasts so many times `Options.seconds`."""
HEAD = ("load", "parcels", "wanted a second", "answers a second", "median ms", "p95 ms", "p99 ms", "failed", "holds")
Step = tuple[float, Met]


def run(options: Options) -> list[Table]:
    """Search the highest rate on each store."""
    rows: list[tuple[str, ...]] = []
    told = []
    for parcels in options.parcels:
        steps = list(_on(options, parcels))
        rows += [_row(parcels, step) for step in steps]
        told.append(f"{parcels:,} parcels: {highest(steps):,.0f} requests a second hold.")
        told += [f"p95 at {wanted:,.0f} a second: {met.by_kind()}." for wanted, met in steps[-1:]]
        told += [
            f"Failures at {wanted:,.0f} a second: {'; '.join(met.failures)}." for wanted, met in steps if met.failures
        ]
    told.append(
        "Of 100 requests 90 are searches and tiles, 8 parcel pages and the API, 2 an officer's change of a status."
    )
    return [Table("load", HEAD, rows, tuple(told))]


def _on(options: Options, parcels: int) -> Iterator[Step]:
    with scene(options.address, parcels, officers_for(RATE_MAX)) as there:
        yield from steps_on(there, options)


def steps_on(there: Scene, options: Options) -> Iterator[Step]:
    """The steps, the last ones around the highest rate that holds."""
    low, high, rate = 0.0, None, RATE_FIRST
    halvings = 1 if options.short else HALVINGS
    while rate <= RATE_MAX and (high is None or halvings > 0):
        met = visit(there, rate, options.seconds * STEP_TIMES)
        yield rate, met
        if high is not None:
            halvings -= 1
        low, high = (rate, high) if holds((rate, met)) else (low, rate)
        rate = rate * 2 if high is None else (low + high) / 2


def holds(step: Step) -> bool:
    """Whether a step stayed within the limit, without a failure, at the rate that was wanted."""
    wanted, met = step
    return bool(met.seen) and met.ms(0.95) < P95_MS and not met.failed and met.rate >= wanted * REACHED


def highest(steps: list[Step]) -> float:
    """The highest rate that held; 0 where none did."""
    return max((wanted for wanted, met in steps if holds((wanted, met))), default=0.0)


def _row(parcels: int, step: Step) -> tuple[str, ...]:
    wanted, met = step
    times = (f"{met.ms(share):,.0f}" for share in (0.5, 0.95, 0.99))
    held = "yes" if holds(step) else "no"
    return ("mixed visitors", f"{parcels:,}", f"{wanted:,.0f}", f"{met.rate:,.0f}", *times, str(met.failed), held)
