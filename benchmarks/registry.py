"""The parts of the benchmark: what each measures, what it can be asked, and the tables it gives.

A part is a module of `benchmarks.parts` with a function ``run(options) -> list[Table]``. Modules are loaded when they
run: a process that measures its own memory carries nothing of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

SHORT_PARCELS = 10_000


@dataclass(frozen=True)
class Options:
    """What a run is asked for. `address`: the database server; every part makes the stores it needs there."""

    address: str
    parcels: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    short: bool = False
    peers: bool = False
    write: bool = False
    at_once: tuple[int, ...] = (1, 16, 64)
    seconds: float = 4.0
    """How long one case is asked at each number of connections, and each step of the load lasts ten times that."""
    minutes: float = 10.0
    """How long the soak lasts."""
    rate: float | None = None
    """Requests a second of the soak; None: four fifths of what the load found to be the highest."""
    county: str = "16067"
    most: int = 100_000
    dask: bool = False
    formats: tuple[str, ...] = ()
    rows: int = 100_000
    edges: int = 400_000
    file: Path | None = None
    pgrouting: bool = False
    processes: int = 1


@dataclass(frozen=True)
class Table:
    """What was measured, for a person and for docs/performance.md, where `name` marks its place."""

    name: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    told: tuple[str, ...] = field(default=())
    """Sentences under the table."""

    def markdown(self) -> str:
        """The table as Markdown; its first column is words, the others are figures."""
        lines = [self.head, ("---", *("---:" for _ in self.head[1:])), *self.rows]
        return "\n".join(["| " + " | ".join(line) + " |" for line in lines] + (["", *self.told] if self.told else []))


@dataclass(frozen=True)
class Part:
    """A part by its name. `asked`: it runs only when it is named (it takes long, or wants others installed)."""

    name: str
    says: str
    asked: bool = False

    def run(self, options: Options) -> list[Table]:
        """Measure it."""
        found: list[Table] = import_module(f"benchmarks.parts.{self.name}").run(options)
        return found


PARTS = (
    Part("pages", "search page, its partial, parcel page and desk, beside their SQL and pgbench"),
    Part("tiles", "tiles z6 to z14 made fresh, asked again and unchanged"),
    Part("mixes", "searches by 200 random mixes of filters, and how they grow with the store"),
    Part("items", "pages of the machine interface: 50, 1,000, by a filter, deep"),
    Part("interface", "the machine interface beside tipg and pygeoapi, answers compared", asked=True),
    Part("status", "a change of status by form, service and bare SQL"),
    Part("exports", "every export format, its time and peak memory"),
    Part("imports", "an import beside plain COPY"),
    Part("reports", "the land balance of a county and of the state"),
    Part("enrichment", "derived data in bulk and its searches"),
    Part("nearest", "the nearest infrastructure of every parcel, beside GeoPandas"),
    Part("geometry", "net area, bounds and halls per second and core"),
    Part("network", "the road network: keeping, loading, ways, isochrones"),
    Part("plans", "EXPLAIN of every hot statement, kept in benchmarks/plans"),
    Part("load", "the highest rate of mixed visitors within 300 ms", asked=True),
    Part("memory", "memory of the web processes over a hundred thousand requests", asked=True),
    Part("soak", "minutes at four fifths of it: memory, connections, latency", asked=True),
)

GROUPS = {"geoprocessing": ("enrichment", "nearest", "geometry", "network")}

SHORT = ("pages", "tiles", "items", "status")
"""What a short run measures unless parts are named."""


def chosen(names: Iterable[str], options: Options) -> list[Part]:
    """The parts of these names (or groups), in our order; without names everything that need not be asked for."""
    wanted = {one for name in names for one in GROUPS.get(name, (name,))}
    unknown = wanted - {part.name for part in PARTS}
    if unknown:
        raise SystemExit(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(p.name for p in PARTS)}")
    if wanted:
        return [part for part in PARTS if part.name in wanted]
    if options.short:
        return [part for part in PARTS if part.name in SHORT]
    return [part for part in PARTS if not part.asked or (options.peers and part.name == "interface")]
