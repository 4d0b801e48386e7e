"""Visitors who ask at the same time, each over a connection of its own, in a process beside the one that measures.

`python -m benchmarks.visiting` is that process and reads what is wanted as JSON: it imports nothing of the product, so
that asking takes as little as can be of the two cores that the server and its database need. Bounded in time and in
count.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count

REQUESTS_MAX = 20_000
WAIT_S = 40


@dataclass(frozen=True)
class Visit:
    """What is asked: `paths` one after the other, by `at_once` visitors, for `seconds`, in so many `turns`."""

    port: int
    paths: tuple[str, ...]
    headers: dict[str, str]
    at_once: int
    seconds: float
    turns: int = 1
    count: int = REQUESTS_MAX
    """So many requests at most."""


@dataclass(frozen=True)
class Visited:
    """What came back: milliseconds of each answer, bytes sent, answers that were none (not 200, 204 or 304)."""

    ms: list[float]
    seconds: float
    bytes_sent: int
    failed: int

    @property
    def per_second(self) -> float:
        """Answers a second, the failed not among them."""
        return len(self.ms) / self.seconds if self.seconds else 0.0


def visit(wanted: Visit) -> Visited:
    """Ask, in a process of its own."""
    call = [sys.executable, "-m", "benchmarks.visiting"]
    told, most_s = json.dumps(asdict(wanted)), wanted.seconds + 2 * WAIT_S
    done = subprocess.run(call, input=told, capture_output=True, text=True, check=True, timeout=most_s)
    return Visited(**json.loads(done.stdout))


def percentile(ms: Sequence[float], share: float) -> float:
    """The smallest of `ms` that `share` of them do not exceed; NaN of none."""
    if not ms:
        return float("nan")
    ordered = sorted(ms)
    return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * share // 1) - 1))]


class _Visitors:
    def __init__(self, wanted: Visit) -> None:
        self.wanted = wanted
        self.ms: list[float] = []
        self.bytes_sent = self.failed = 0
        self.next = count()
        self.lock = threading.Lock()

    def run(self) -> Visited:
        threads = [threading.Thread(target=self._one) for _ in range(self.wanted.at_once)]
        started = time.perf_counter()
        self.until = started + self.wanted.seconds
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return Visited(self.ms, time.perf_counter() - started, self.bytes_sent, self.failed)

    def _one(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.wanted.port, timeout=WAIT_S)
        while time.perf_counter() < self.until and (turn := next(self.next)) < self.wanted.count:
            began = time.perf_counter()
            status, length = self._ask(connection, turn)
            taken = (time.perf_counter() - began) * 1000
            with self.lock:
                if status in (200, 204, 304):
                    self.ms.append(taken)
                    self.bytes_sent += length
                else:
                    self.failed += 1
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, turn: int) -> tuple[int, int]:
        try:
            connection.request("GET", self.wanted.paths[turn % len(self.wanted.paths)], headers=self.wanted.headers)
            answer = connection.getresponse()
            return answer.status, len(answer.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            return 0, 0


if __name__ == "__main__":
    print(json.dumps(asdict(_Visitors(Visit(**json.load(sys.stdin))).run())))
