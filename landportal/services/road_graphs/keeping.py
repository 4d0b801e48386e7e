"""Graph ↔ store. Loaded graphs are kept by the process, one at a time: reading one takes longer than searching it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import psycopg
import shapely
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from landportal.gis import geometry
from landportal.gis.network.building import Network
from landportal.gis.network.graph import CLASSES, INSIDE, OUTSIDE, UNKNOWN, RoadGraph
from landportal.gis.network.nearest import Searcher
from landportal.model import EdgeClass, RoadEdge, RoadNode, Vehicle
from landportal.model import RoadGraph as KeptGraph

ROWS_AT_ONCE = 20_000

_BUILT_UP = {INSIDE: True, OUTSIDE: False, UNKNOWN: None}
_AS_NUMBER = {told: number for number, told in _BUILT_UP.items()}

_WAYS = ((Vehicle.LORRY, "lorry_min", "lorry_back_min"), (Vehicle.CAR, "car_min", "car_back_min"))
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
        minutes = [driven[vehicle][part].tolist() for vehicle, *_ in _WAYS for driven in (graph.forth, graph.back)]
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
        raise TypeError("imports need psycopg")
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


def _read(session: Session, kept: KeptGraph) -> RoadGraph:
    nodes = session.execute(
        select(func.st_x(RoadNode.geom), func.st_y(RoadNode.geom))
        .where(RoadNode.graph_id == kept.id)
        .order_by(RoadNode.id)
    ).all()
    columns: dict[str, list[Any]] = {name: [] for name in _EDGE_COLUMNS[2:] if name not in {"ref", "name"}}
    wanted = [func.st_asbinary(RoadEdge.geom) if name == "geom" else getattr(RoadEdge, name) for name in columns]
    rows = session.execute(
        select(*wanted).where(RoadEdge.graph_id == kept.id).order_by(RoadEdge.id),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    for batch in rows.partitions():
        for column, values in zip(columns.values(), zip(*batch, strict=True), strict=True):
            column.extend(values)
    return _as_graph(np.array([tuple(row) for row in nodes], dtype=np.float64).reshape(-1, 2), columns, kept.schematic)


def _as_graph(nodes: Any, columns: dict[str, list[Any]], schematic: bool) -> RoadGraph:
    def minutes(name: str) -> Any:
        return np.array([math.inf if value is None else value for value in columns[name]], dtype=np.float64)

    return RoadGraph(
        nodes=nodes,
        source=np.array(columns["source"], dtype=np.int64),
        target=np.array(columns["target"], dtype=np.int64),
        kind=np.array([CLASSES.index(EdgeClass(value)) for value in columns["road_class"]], dtype=np.int8),
        length_m=np.array(columns["length_m"], dtype=np.float64),
        forth={vehicle: minutes(name) for vehicle, name, _ in _WAYS},
        back={vehicle: minutes(name) for vehicle, _, name in _WAYS},
        built_up=np.array([_AS_NUMBER[value] for value in columns["built_up"]], dtype=np.int8),
        lines=np.asarray(shapely.from_wkb(np.array(columns["geom"], dtype=object)), dtype=object),
        schematic=schematic,
    )
