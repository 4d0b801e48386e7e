"""Graph ↔ store. Loaded graphs are kept by the process, one at a time: reading one takes longer than searching it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import psycopg
import shapely
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from landportal.gis import geometry
from landportal.gis.network.building import Network
from landportal.gis.network.graph import CLASSES, INSIDE, OUTSIDE, UNKNOWN, RoadGraph
from landportal.gis.network.nearest import Searcher
from landportal.model import RoadGraph as KeptGraph
from landportal.model import Vehicle

ROWS_AT_ONCE = 20_000

_BUILT_UP = {INSIDE: True, OUTSIDE: False, UNKNOWN: None}

_EDGE_COLUMNS = (
    "graph_id", "id", "source", "target", "road_class", "ref", "name", "length_m", "lorry_min", "lorry_back_min",
    "car_min", "car_back_min", "built_up", "geom",
)  # fmt: skip

_loaded: dict[tuple[int, dt.datetime], dict[Vehicle, Searcher]] = {}


def current_graph(session: Session) -> KeptGraph | None:
    """The graph that ways are looked for in; None where none was imported."""
    return session.scalar(select(KeptGraph).order_by(KeptGraph.id.desc()).limit(1))


def hold_graph(session: Session, alone: bool = False) -> None:
    """Keep the graph from being replaced until the transaction ends; `alone`: wait for all who do, to replace it."""
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    session.execute(text(f"select {lock}(hashtext('landportal road graph'))"))


def replace(session: Session, network: Network, kept: KeptGraph) -> None:
    """Write `network` as the graph `kept`, and remove those before it. Readers have theirs until the commit."""
    session.add(kept)
    session.flush()
    copy_rows(session, "road_node", ("graph_id", "id", "geom"), _node_rows(network.graph, kept.id))
    copy_rows(session, "road_edge", _EDGE_COLUMNS, _edge_rows(network, kept.id))
    session.execute(delete(KeptGraph).where(KeptGraph.id != kept.id))


def _node_rows(graph: RoadGraph, graph_id: int) -> Iterator[tuple[Any, ...]]:
    for first in range(0, graph.node_count, ROWS_AT_ONCE):
        points = geometry.as_hex_ewkb(np.asarray(shapely.points(graph.nodes[first : first + ROWS_AT_ONCE])))
        for place, point in enumerate(points, first):
            yield graph_id, place, point


def _edge_rows(network: Network, graph_id: int) -> Iterator[tuple[Any, ...]]:
    graph = network.graph
    for first in range(0, len(graph.source), ROWS_AT_ONCE):
        part = slice(first, first + ROWS_AT_ONCE)
        lines = geometry.as_hex_ewkb(graph.lines[part])
        minutes = [
            driven[vehicle][part].tolist()
            for vehicle in (Vehicle.LORRY, Vehicle.CAR)
            for driven in (graph.forth, graph.back)
        ]
        yield from zip(
            [graph_id] * len(lines), range(first, first + len(lines)), graph.source[part].tolist(),
            graph.target[part].tolist(), [str(CLASSES[kind]) for kind in graph.kind[part].tolist()],
            network.ref[part], network.name[part], graph.length_m[part].tolist(),
            *([took if math.isfinite(took) else None for took in column] for column in minutes),
            [_BUILT_UP[each] for each in graph.built_up[part].tolist()], lines, strict=True,
        )  # fmt: skip


def copy_rows(session: Session, table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY `rows` into `table`: five times as fast as inserting them."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("graphs need psycopg")
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def searcher(session: Session, kept: KeptGraph, vehicle: Vehicle) -> Searcher:
    """What searches the graph for `vehicle`, from the process's memory where it was loaded before."""
    key = (kept.id, kept.built_at)
    if key not in _loaded:
        graph = _read(session, kept)
        _loaded.clear()
        _loaded[key] = {each: Searcher.of(graph, each) for each in Vehicle}
    return _loaded[key][vehicle]


# A column comes as one value, its numbers one after the other in network order, as NumPy reads them. Rows of 13 cells
# took several times as long for a graph of 400,000 edges.
_EDGES = """
select string_agg(int4send(source), ''), string_agg(int4send(target), ''),
    string_agg(int4send(array_position(cast(:classes as text[]), road_class::text) - 1), ''),
    string_agg(int4send(coalesce(built_up::int, :unknown)), ''), string_agg(float8send(length_m), ''),
    string_agg(float8send(coalesce(lorry_min, 'Infinity')), ''),
    string_agg(float8send(coalesce(lorry_back_min, 'Infinity')), ''),
    string_agg(float8send(coalesce(car_min, 'Infinity')), ''),
    string_agg(float8send(coalesce(car_back_min, 'Infinity')), '')
from (select * from road_edge where graph_id = :graph_id order by id) edge
"""
_NODES = """
select string_agg(float8send(st_x(geom)), ''), string_agg(float8send(st_y(geom)), '')
from (select geom from road_node where graph_id = :graph_id order by id) node
"""
_LINES = "select st_asbinary(geom) from road_edge where graph_id = :graph_id order by id"


def _read(session: Session, kept: KeptGraph) -> RoadGraph:
    told = {"graph_id": kept.id, "classes": [str(each) for each in CLASSES], "unknown": UNKNOWN}
    edges = session.execute(text(_EDGES), told).one()
    nodes = session.execute(text(_NODES), told).one()
    lines = np.array(session.scalars(text(_LINES), told).all(), dtype=object)
    source, target, kind, built_up = (np.frombuffer(column or b"", ">i4").astype(np.int64) for column in edges[:4])
    length_m, *minutes = (np.frombuffer(column or b"", ">f8").astype(np.float64) for column in edges[4:])
    return RoadGraph(
        nodes=np.column_stack([np.frombuffer(column or b"", ">f8").astype(np.float64) for column in nodes]),
        source=source, target=target, kind=kind.astype(np.int8), length_m=length_m,
        forth={Vehicle.LORRY: minutes[0], Vehicle.CAR: minutes[2]},
        back={Vehicle.LORRY: minutes[1], Vehicle.CAR: minutes[3]},
        built_up=built_up.astype(np.int8), lines=np.asarray(shapely.from_wkb(lines), dtype=object),
        schematic=kept.schematic,
    )  # fmt: skip
