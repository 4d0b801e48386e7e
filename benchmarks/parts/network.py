"""The road network: a network like that of a state generated (a grid with gaps, kinds of roads and one-way streets),
kept, loaded and searched: the ways of all parcels, one isochrone, and a search by minutes. On a copy of the store.

Every step in a process of its own, so that its peak memory is its own. Where asked, reading an OpenStreetMap file is
measured too, and one Dijkstra from all destinations beside pgRouting's.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from benchmarks.apart import apart
from benchmarks.registry import Options, Table
from benchmarks.stores import clone
from landportal import db
from landportal.config import read_settings
from landportal.gis.network import osm
from landportal.gis.network.building import Network, Stretches, build
from landportal.gis.network.graph import CLASSES, UNKNOWN
from landportal.gis.network.nearest import Searcher
from landportal.model import ISOCHRONE_MINUTES, DataSet, EdgeClass, Parcel, RoadGraph, Vehicle
from landportal.services import isochrones, travel
from landportal.services.imports.staging import silent
from landportal.services.road_graphs import keeping
from landportal.services.search import SearchCriteria
from landportal.services.search.facets import count_by_facet
from landportal.services.search.find import find_parcels

WEST, SOUTH, WIDTH = 560_000.0, 5_570_000.0, 170_000.0
"""The square around the state, EPSG:25832."""

TURNS = 7


STEPS_HEAD = ("road network", "parcels", "s", "peak MB", "before MB", "done")
SEARCH_HEAD = ("search", "parcels", "page ms", "count and facets ms")
EDGES_SHORT = 20_000


def run(options: Options) -> list[Table]:
    """Measure steps and searches on each store."""
    steps: list[tuple[str, ...]] = []
    searches: list[tuple[str, ...]] = []
    told: list[str] = []
    if options.file:
        steps.append(_step("reading OpenStreetMap", 0, "read_file", str(options.file)))
    for parcels in options.parcels:
        with clone(options.address, parcels) as url:
            edges = EDGES_SHORT if options.short else options.edges
            steps.append(_step("building and keeping the graph", parcels, "keep_graph", url, edges))
            steps.append(_step("loading it and making it ready", parcels, "load", url))
            steps.append(_step("ways of all parcels", parcels, "find_ways", url))
            steps.append(_step("one isochrone (four areas, people)", parcels, "isochrone", url))
            searches += _searches(url, options.county, parcels)
            told += [_engines(url)] if options.pgrouting else []
    return [
        Table("network", STEPS_HEAD, steps, tuple(told)),
        Table("network_searches", SEARCH_HEAD, searches),
    ]


def _step(name: str, parcels: int, work: str, *arguments: object) -> tuple[str, ...]:
    done = apart(f"benchmarks.parts.network:{work}", *arguments)
    seconds, told = done.given
    return (name, f"{parcels:,}", f"{seconds:.2f}", f"{done.peak_mb:,.0f}", f"{done.before_mb:,.0f}", told)


def read_file(path: str) -> tuple[float, str]:
    """Read an OpenStreetMap file."""
    started = time.perf_counter()
    network, told = osm.read(Path(path), silent)
    return time.perf_counter() - started, f"{told.ways:,} ways, {len(network.graph.source):,} edges"


def generated(edges: int) -> Network:
    """A grid of about `edges` stretches: every tenth line a state road, every fiftieth a federal one, gaps, bends."""
    side = int((edges / 1.9) ** 0.5)
    rng = np.random.default_rng(11)
    step = WIDTH / side
    row, column = np.divmod(np.arange(side * side), side)
    nodes = (
        np.column_stack([WEST + column * step, SOUTH + row * step]) + rng.uniform(-0.3, 0.3, (side * side, 2)) * step
    )
    across = np.flatnonzero(column < side - 1)
    along = np.flatnonzero(row < side - 1)
    source = np.concatenate([across, along])
    target = np.concatenate([across + 1, along + side])
    rank = np.concatenate([row[across], column[along]])
    kept = (rng.random(len(source)) < 0.95) | (rank % 10 == 0)
    source, target, rank = source[kept], target[kept], rank[kept]
    kind = np.where(rank % 50 == 0, 2, np.where(rank % 10 == 0, 3, 6)).astype(np.int8)
    assert CLASSES[2] == EdgeClass.FEDERAL_ROAD
    middle = (nodes[source] + nodes[target]) / 2 + rng.uniform(-0.1, 0.1, (len(source), 2)) * step
    lines = np.asarray(shapely.linestrings(np.stack([nodes[source], middle, nodes[target]], axis=1)), dtype=object)
    return build(_stretches(lines, kind, rng.random(len(source)) < 0.03), (source, target, nodes))


def _stretches(lines: Any, kind: Any, one_way: Any) -> Stretches:
    count = len(lines)
    open_, nan = np.ones(count, dtype=bool), np.full(count, np.nan)
    return Stretches(
        lines=lines, kind=kind, built_up=np.full(count, UNKNOWN, dtype=np.int8), sign_kmh=nan, driven_kmh=nan,
        separated=~open_, forth=dict.fromkeys(Vehicle, open_), back=dict.fromkeys(Vehicle, ~one_way), length_m=nan,
        ref=[None] * count, name=[None] * count,
    )  # fmt: skip


def keep_graph(url: str, edges: int) -> tuple[float, str]:
    """Build a generated network and keep it as the store's road graph."""
    engine = db.connect(url, read_settings())
    started = time.perf_counter()
    with db.transaction(engine) as session:
        session.execute(text("set local statement_timeout = 0"))
        network = generated(edges)
        graph = network.graph
        source = session.scalars(select(DataSet.id).order_by(DataSet.id)).first()
        kept = RoadGraph(
            data_set_id=source, file_name="generated", schematic=False, nodes=graph.node_count,
            edges=len(graph.source), length_km=float(graph.length_m.sum() / 1000),
        )  # fmt: skip
        keeping.replace(session, network, kept)
    seconds = time.perf_counter() - started
    return seconds, f"{kept.edges:,} edges, {kept.edges / seconds:,.0f} a second"


def _session(url: str) -> Session:
    session = Session(db.connect(url, read_settings()))
    session.execute(text("set statement_timeout = 0"))
    return session


def load(url: str) -> tuple[float, str]:
    """Load the road graph and make it ready to be searched."""
    with _session(url) as session:
        kept = keeping.current_graph(session)
        assert kept is not None
        started = time.perf_counter()
        searcher = keeping.searcher(session, kept, Vehicle.LORRY)
        _ = searcher.access.entries(np.array([shapely.Point(WEST, SOUTH)], dtype=object))
        return time.perf_counter() - started, f"{kept.edges:,} edges"


def find_ways(url: str) -> tuple[float, str]:
    """Find and keep the ways of all parcels."""
    with _session(url) as session:
        started = time.perf_counter()
        found = travel.travel_of(session)
        session.commit()
        seconds = time.perf_counter() - started
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("vacuum analyze parcel_travel"))
    engine.dispose()
    return seconds, f"{found.parcels:,} parcels, {found.parcels / seconds:,.0f} a second, 3 destinations each"


def isochrone(url: str) -> tuple[float, str]:
    """Compute isochrones of one parcel after the other."""
    with _session(url) as session:
        kept = keeping.current_graph(session)
        assert kept is not None
        numbers = list(session.scalars(select(Parcel.id).order_by(Parcel.id).limit(TURNS)))
        isochrones.compute(session, kept, numbers[:1])
        taken = []
        for number in numbers:
            started = time.perf_counter()
            isochrones.compute(session, kept, [number])
            taken.append(time.perf_counter() - started)
        session.rollback()
    return statistics.median(taken), f"up to {max(ISOCHRONE_MINUTES)} minutes, median of {TURNS}"


def _searches(url: str, county: str, parcels: int) -> Iterator[tuple[str, ...]]:
    for name, criteria in {
        "whole state": SearchCriteria(),
        "whole state, 15 minutes": SearchCriteria(motorway_max_min=15),
        "county": SearchCriteria(ags=(county,)),
        "county, 15 minutes": SearchCriteria(ags=(county,), motorway_max_min=15),
    }.items():
        with _session(url) as session:
            page = _median_ms(lambda criteria=criteria, session=session: find_parcels(session, criteria))
            facets = _median_ms(lambda criteria=criteria, session=session: count_by_facet(session, criteria))
        yield (name, f"{parcels:,}", f"{page:.0f}", f"{facets:.0f}")


def _median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(TURNS):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


_PGROUTING = """
select count(*), sum(agg_cost) from pgr_drivingDistance(
    'select id, target as source, source as target, lorry_min as cost, coalesce(lorry_back_min, -1) as reverse_cost'
    ' from road_edge where lorry_min is not null', array(select {nodes}), 1e9, directed => true, equicost => true)
"""


def _engines(url: str) -> str:
    """One Dijkstra from the same nodes: in this process, and in the database."""
    with _session(url) as session:
        kept = keeping.current_graph(session)
        assert kept is not None
        searcher: Searcher = keeping.searcher(session, kept, Vehicle.LORRY)
        graph = searcher.router.graph
        nodes = np.linspace(0, graph.node_count - 1, 160).astype(int)
        points = np.asarray(shapely.points(graph.nodes[nodes]), dtype=object)
        entries = searcher.access.entries(points)
        ours = _median_ms(lambda: searcher.router.reach(entries))
        session.execute(text("create extension if not exists pgrouting"))
        listed = f"unnest(array[{','.join(map(str, nodes))}])"
        theirs = _median_ms(lambda: session.execute(text(_PGROUTING.format(nodes=listed))).all())
        session.rollback()
    return f"One Dijkstra from {len(nodes)} destinations: scipy {ours:.0f} ms, pgRouting {theirs:.0f} ms."
