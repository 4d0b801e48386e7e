"""Minutes of mixed visitors at four fifths of the highest rate: whether memory, connections and latency stay flat.

Memory and connections are sampled every few seconds, latency is the 95th percentile of every ten seconds. A line is
laid through the second half of each (least squares): in the first, what is kept fills up to its bounds and connections
are opened as they are first needed. Flat is what rises by less than a twentieth of its mean there; latency by a fifth,
for the machine has other things to do.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import fmean
from threading import Event, Thread

import numpy as np
import psycopg

from benchmarks.measuring import plain
from benchmarks.mixed import WARM_S, Met, Scene, officers_for, scene, visit
from benchmarks.parts import load
from benchmarks.registry import Options, Table
from benchmarks.visiting import percentile
from benchmarks.watching import Watch

SHARE = 0.8
SAMPLE_S, WINDOW_S = 5.0, 10.0
FLAT, FLAT_LATENCY = 0.05, 0.2
HEAD = ("soak", "parcels", "first", "mean", "highest", "last", "change in the second half", "flat")


@dataclass(frozen=True)
class Samples:
    """What was seen over time: second and value."""

    memory_mb: list[tuple[float, float]]
    connections: list[tuple[float, float]]


def run(options: Options) -> list[Table]:
    """Soak each store; without a rate the load finds it first."""
    rows: list[tuple[str, ...]] = []
    told: list[str] = []
    for parcels in options.parcels:
        with scene(options.address, parcels, officers_for(load.RATE_MAX)) as there:
            rate = options.rate or SHARE * load.highest(list(load.steps_on(there, options)))
            if not rate:
                raise SystemExit(f"{parcels:,} parcels: not even {load.RATE_FIRST:g} requests a second hold")
            met, samples = _soaked(there, rate, options.minutes * 60)
        rows += _rows(parcels, met, samples)
        told.append(
            f"{parcels:,} parcels: {options.minutes:g} minutes, {met.rate:,.0f} of {rate:,.0f} requests a second,"
            f" {len(met.seen):,} in all, {met.failed} failed, p95 {met.ms(0.95):,.0f} ms: {met.by_kind()}."
        )
        told += [f"Failures: {'; '.join(met.failures)}."] if met.failures else []
    return [Table("soak", HEAD, rows, tuple(told))]


def _soaked(there: Scene, rate: float, seconds: float) -> tuple[Met, Samples]:
    samples, done = Samples([], []), Event()
    with psycopg.connect(plain(there.url), autocommit=True) as connection:
        watch = Watch(there.server.pid, connection)
        began = time.monotonic()

        def look() -> None:
            while not done.wait(SAMPLE_S):
                at = time.monotonic() - began
                if at < WARM_S:
                    continue
                samples.memory_mb.append((at, watch.memory_mb()))
                samples.connections.append((at, float(watch.connections())))

        looking = Thread(target=look)
        looking.start()
        try:
            met = visit(there, rate, seconds)
        finally:
            done.set()
            looking.join()
    return met, samples


def _rows(parcels: int, met: Met, samples: Samples) -> list[tuple[str, ...]]:
    series = {
        "memory of the server, MB": (samples.memory_mb, FLAT),
        "connections to the database": (samples.connections, FLAT),
        f"p95 of {WINDOW_S:g} s, ms": (windows(met), FLAT_LATENCY),
    }
    return [_row(name, parcels, seen, limit) for name, (seen, limit) in series.items() if len(seen) > 1]


def windows(met: Met) -> list[tuple[float, float]]:
    """The 95th percentile of every ten seconds."""
    by_window: dict[int, list[float]] = {}
    for at, ms, *_ in met.seen:
        by_window.setdefault(int(at // WINDOW_S), []).append(ms)
    return [(at * WINDOW_S, percentile(ms, 0.95)) for at, ms in sorted(by_window.items())]


def second_half(seen: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """What was seen after half of the time; all of two or three."""
    middle = (seen[0][0] + seen[-1][0]) / 2
    later = [one for one in seen if one[0] >= middle]
    return later if len(later) > 1 else seen


def change_of(seen: list[tuple[float, float]]) -> float:
    """How far the line through `seen` rises from its first to its last second."""
    at, values = np.array(seen).T
    slope, _ = np.polyfit(at, values, 1)
    return float(slope * (at[-1] - at[0]))


def _row(name: str, parcels: int, seen: list[tuple[float, float]], limit: float) -> tuple[str, ...]:
    values = [value for _, value in seen]
    change, mean = change_of(second_half(seen)), fmean(values)
    flat = "yes" if change <= limit * mean else "no"
    figures = (f"{one:,.1f}" for one in (values[0], mean, max(values), values[-1]))
    return (name, f"{parcels:,}", *figures, f"{change:+,.1f}", flat)
