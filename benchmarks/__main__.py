"""`benchmarks/run`: measure parts of the product in one run, print their tables, and keep them in docs/performance.md.

What there is to measure is listed in `benchmarks.registry`; this module reads the command line and nothing more.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.registry import GROUPS, PARTS, SHORT_PARCELS, Options, chosen

Of = TypeVar("Of")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for."""
    # The floors of the product are loaded here, not above: processes that measure themselves import this module too.
    from benchmarks import document
    from landportal.cli.database import database_address
    from landportal.config import read_settings

    given = vars(_parser().parse_args(arguments))
    names = given.pop("only")
    with database_address(read_settings()) as address:
        options = _options(address, given)
        for part in chosen(names, options):
            started = time.monotonic()
            for table in part.run(options):
                print(f"\n{table.markdown()}", flush=True)
                if options.write:
                    document.write(table, command_of(part.name, sys.argv[1:] if arguments is None else arguments))
            print(f"\n{part.name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _options(address: str, given: dict[str, object]) -> Options:
    if given["short"]:
        given = {"parcels": (SHORT_PARCELS,), "at_once": (1, 16), "seconds": 0.4} | {
            name: value for name, value in given.items() if value is not None
        }
    return Options(address, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


def command_of(part: str, arguments: Sequence[str]) -> str:
    """The command that measures `part` alone as `arguments` did."""
    kept, skip = [], False
    for word in arguments:
        if skip or word == "--only" or word.startswith("--only="):
            skip = word == "--only"
        elif word != "--write":
            kept.append(word)
    return shlex.join(["benchmarks/run", "--only", part, *kept])


def _several(of: Callable[[str], Of]) -> Callable[[str], tuple[Of, ...]]:
    return lambda value: tuple(of(one) for one in value.split(","))


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {part.name:<12}{part.says}{' (when named)' if part.asked else ''}" for part in PARTS)
    grouped = "\n".join(f"  {name:<15}{', '.join(parts)}" for name, parts in GROUPS.items())
    parser = argparse.ArgumentParser(
        prog="benchmarks/run",
        description="Measure the product in turns with the bare database, on stores that are generated once and kept.",
        epilog=f"parts:\n{listed}\ngroups:\n{grouped}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask = parser.add_argument
    ask("--only", type=_several(str), default=(), metavar="NAME[,NAME]", help="parts or groups, by commas")
    ask("--parcels", type=_several(int), metavar="N[,N]", help="sizes of the store: 10000,100000,1000000")
    ask("--short", action="store_true", help="under a minute at 10,000 parcels, for everyday use")
    ask("--peers", action="store_true", help="tipg and pygeoapi too, on the same tables")
    ask("--write", action="store_true", help="keep the tables in docs/performance.md (plans: in benchmarks/plans)")
    ask("--at-once", type=_several(int), metavar="N[,N]", help="connections at once: 1,16,64")
    ask(
        "--seconds",
        type=float,
        help="for each case and number of connections: 4; a step of the load takes ten times it",
    )
    ask("--minutes", type=float, help="length of the soak: 10")
    ask("--rate", type=float, help="requests a second of the soak; else four fifths of what the load finds")
    ask("--county", help="enrichment, pages: official key of the county: 16067")
    ask("--most", type=int, help="enrichment: parcels of the county to compute at most: 100000")
    ask("--dask", action="store_true", help="enrichment: on a Dask cluster of two local workers, too")
    ask("--formats", type=_several(str), metavar="CODE[,CODE]", help="exports: these formats alone")
    ask("--rows", type=int, help="imports: rows of the file: 100000")
    ask("--edges", type=int, help="network: stretches of the generated graph: 400000")
    ask("--file", type=Path, help="network: an OpenStreetMap file to read, too")
    ask("--pgrouting", action="store_true", help="network: pgRouting beside it, where installed")
    ask("--processes", type=int, help="geometry: processes that share the parcels: 1")
    return parser


if __name__ == "__main__":
    main()
