"""Running one function in a process of its own, so that its time and peak memory are its own.

`python -m benchmarks.apart module:function '[arguments]'` is that process; it prints one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Done:
    """What a process did: what its function gave, its seconds, the peak memory, and that before it began, in MB."""

    given: Any
    seconds: float
    peak_mb: float
    before_mb: float


class Failed(Exception):
    """The process ended with an error; the last line it told."""


def apart(function: str, *arguments: Any) -> Done:
    """Run ``module:name`` of `function` with `arguments` (as JSON) in a fresh process; raises Failed."""
    call = [sys.executable, "-m", "benchmarks.apart", function, json.dumps(arguments)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["no word"])[-1])
    return Done(**json.loads(done.stdout.splitlines()[-1]))


def _peak_mb() -> float:
    """The highest resident memory of this process; getrusage would begin with that of the process it came from."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def _main(function: str, arguments: str) -> None:
    module, _, name = function.partition(":")
    work = getattr(import_module(module), name)
    before_mb, started = _peak_mb(), time.perf_counter()
    given = work(*json.loads(arguments))
    seconds = time.perf_counter() - started
    print(json.dumps({"given": given, "seconds": seconds, "peak_mb": _peak_mb(), "before_mb": before_mb}))


if __name__ == "__main__":
    _main(*sys.argv[1:3])
