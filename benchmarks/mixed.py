"""Runs the mixed visitors of `visitors` on a served store: locust in an environment of its own, like the peers.

Closed loop: a visitor does the next thing a fixed time after the last one began, and no sooner than it is done. So many
visitors at that pace make the rate that is wanted; where the server falls behind, the rate falls, not its grace.
Bounded: so many seconds, at most so many requests, so many visitors.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from benchmarks.measuring import Server, server
from benchmarks.officers import make_officer
from benchmarks.serving import WORKERS
from benchmarks.stores import clone
from benchmarks.visiting import percentile
from landportal.config import PROJECT_ROOT, read_settings

PACKAGE = "locust>=2.32,<3"
ACTIONS_OF_100, OFFICERS_OF_19 = 19, 1
"""Ten searches of nine requests, eight reads, one change of two requests: a hundred requests are 19 actions."""
PACE_S = 4.0
"""How often a visitor does something; where there are few, less often."""
WARM_RATE = 20.0
WARM_S = 6.0
"""So long nothing counts: everybody comes within one pace."""
VISITORS_MAX = 3_000
OFFICER_PARCELS = 20
SEED = 6


@dataclass(frozen=True)
class Met:
    """What the visitors met, after the warm-up: second, milliseconds, failure and kind of every request."""

    seen: list[tuple[float, float, int, str]]
    seconds: float
    failures: list[str]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seen) / self.seconds

    def ms(self, share: float) -> float:
        """Milliseconds that `share` of the requests did not exceed."""
        return percentile([ms for _, ms, _, _ in self.seen], share)

    def by_kind(self) -> str:
        """The 95th percentile of each kind of request, in words."""
        kinds = sorted({kind for *_, kind in self.seen})
        ms = {kind: [ms for _, ms, _, of in self.seen if of == kind] for kind in kinds}
        return ", ".join(f"{kind} {percentile(taken, 0.95):,.0f} ms ({len(taken):,})" for kind, taken in ms.items())

    @property
    def failed(self) -> int:
        """Requests that were not answered, or with an error."""
        return sum(failed for _, _, failed, _ in self.seen)


@dataclass(frozen=True)
class Scene:
    """A served copy of a store and what there is to visit in it."""

    url: str
    server: Server
    place: dict[str, Any]


@contextmanager
def scene(address: str, parcels: int, officers: int) -> Iterator[Scene]:
    """Serve a copy of the store, with as many officers at most; dropped at the end of the block."""
    with clone(address, parcels) as url:
        place = _place(url, officers)
        with server(url, WORKERS) as started:
            there = Scene(url, started, place)
            # A portal that people use has its statements planned and its words compiled.
            visit(there, WARM_RATE, WARM_S)
            yield there


def officers_for(rate: float) -> int:
    """How many officers the rate needs, one at least."""
    return max(1, round(_visitors_for(rate) * OFFICERS_OF_19 / ACTIONS_OF_100))


def _visitors_for(rate: float) -> int:
    return min(VISITORS_MAX, max(ACTIONS_OF_100, round(rate * ACTIONS_OF_100 / 100 * PACE_S)))


def _place(url: str, officers: int) -> dict[str, Any]:
    """Counties, places and numbers to look at, drawn by SEED; officers of the counties with parcels of their own."""
    chance = random.Random(SEED)
    engine = create_engine(url)
    with engine.connect() as connection:
        counties = list(
            connection.scalars(text("select county_ags from parcel where county_ags is not null group by 1 order by 1"))
        )
        rows = connection.execute(
            text("select number, lon, lat from parcel where status <> 'withdrawn' order by id")
        ).all()
        free = {
            ags: list(connection.scalars(_FREE, {"ags": ags, "n": OFFICER_PARCELS * (officers // len(counties) + 1)}))
            for ags in counties
        }
    engine.dispose()
    drawn = chance.sample(rows, min(2_000, len(rows)))
    return {
        "seed": SEED, "counties": counties, "numbers": [row.number for row in drawn],
        "places": [(row.lon, row.lat) for row in drawn[:200]],
        "officers": list(_officers(url, counties, free, officers)),
    }  # fmt: skip


_FREE = text("select number from parcel where county_ags = :ags and status = 'available' order by id desc limit :n")


def _officers(url: str, counties: list[str], free: dict[str, list[str]], count: int) -> Iterator[dict[str, Any]]:
    emails = {ags: make_officer(url, ags) for ags in counties[:count]}
    for at in range(count):
        ags = counties[at % len(counties)]
        numbers = [free[ags].pop() for _ in range(min(OFFICER_PARCELS, len(free[ags])))]
        if numbers:
            yield {"email": emails[ags], "numbers": numbers}


def visit(there: Scene, rate: float, seconds: float) -> Met:
    """Let visitors come for `seconds` (and the warm-up before) at `rate` requests a second."""
    visitors = _visitors_for(rate)
    # Where fewer would do than the shares of a hundred requests need, they come less often.
    pace_s = visitors * 100 / ACTIONS_OF_100 / rate
    officers = min(len(there.place["officers"]), officers_for(rate))
    with tempfile.TemporaryDirectory() as folder:
        given, seen = Path(folder) / "place.json", Path(folder) / "seen.json"
        place = {**there.place, "officers": there.place["officers"][:officers], "seen": str(seen), "pace_s": pace_s}
        given.write_text(json.dumps(place))
        _run_locust(there.server.port, visitors, WARM_S + seconds, given)
        found = json.loads(seen.read_text())
    kept = [(at - WARM_S, *more) for at, *more in found["seen"] if WARM_S <= at <= WARM_S + seconds]
    return Met(kept, seconds, found["failures"])


def _run_locust(port: int, visitors: int, seconds: float, given: Path) -> None:
    call = [
        _program(), "--headless", "--locustfile", "benchmarks/visitors.py", "--host", f"http://127.0.0.1:{port}",
        "--users", str(visitors), "--spawn-rate", str(visitors), "--run-time", f"{seconds:.0f}s",
        "--stop-timeout", "10", "--skip-log", "--only-summary",
    ]  # fmt: skip
    environ = {**os.environ, "LANDPORTAL_VISIT": str(given), "PYTHONPATH": str(PROJECT_ROOT)}
    done = subprocess.run(
        call, cwd=PROJECT_ROOT, env=environ, capture_output=True, text=True, check=False, timeout=seconds + 120
    )
    # 1: a request failed, which is ours to tell.
    if done.returncode not in (0, 1):
        raise SystemExit(f"locust: {done.stderr.strip()[-800:]}")


def _program() -> str:
    """Locust, installed into an environment of its own when it is first wanted."""
    folder = (read_settings().instance / "benchmarks" / "load-venv").absolute()
    if not (folder / "bin" / "locust").is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", PACKAGE], check=True)
    return str(folder / "bin" / "locust")
