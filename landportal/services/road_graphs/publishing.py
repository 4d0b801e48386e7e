"""A file becomes the store's road graph, and every parcel's ways are found in it, in one transaction.

Readers have the graph before and its ways until that ends; killed on the way, nothing of the new one is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from landportal.gis.network import building, osm
from landportal.gis.network.building import Network, Pieces
from landportal.gis.network.osm import OsmFile
from landportal.gis.notes import CannotRead, Note
from landportal.model import DataSet, ImportRun, RoadGraph
from landportal.services import imports, travel
from landportal.services.import_issues import ImportRefused, Issue
from landportal.services.imports import ImportRequest, data_sets
from landportal.services.imports.staging import Progress, silent
from landportal.services.road_graphs import keeping
from landportal.services.road_graphs.stretches import staged_stretches

RUN_KIND = "road-graph"


@dataclass(frozen=True)
class PublishedGraph:
    """What an import of a network did. `read`: what an OpenStreetMap file held, None for other files."""

    graph: RoadGraph
    source: str
    read: OsmFile | None
    pieces: Pieces
    rejected: int
    issues: tuple[Issue, ...]
    notes: tuple[Note, ...]
    parcels: int
    """Parcels whose ways were found anew."""


def is_network(path: Path) -> bool:
    """Whether the file at `path` is OpenStreetMap's: it can be nothing but a network."""
    return path.is_file() and osm.format_of(path) is not None


def publish(session: Session, request: ImportRequest, progress: Progress = silent) -> PublishedGraph:
    """Make the file of `request` the road graph; CannotRead and ImportRefused say why it cannot be one."""
    name = data_sets.source_name(request)
    data_sets.lock(session, RUN_KIND)
    session.execute(text("set local statement_timeout = 0"))
    known = data_sets.find(session, name)
    schematic = request.data_set.schematic if request.data_set.schematic is not None else bool(
        known and known.schematic
    )  # fmt: skip
    read: OsmFile | None = None
    rejected = 0
    issues: tuple[Issue, ...] = ()
    if is_network(request.file):
        network, read = osm.read(request.file, progress)
    else:
        network, rejected, issues = _from_lines(session, request, schematic, progress)
    data_set = data_sets.ensure(session, name, request.data_set)
    graph = _keep(session, request, network, data_set)
    parcels = travel.travel_of(session)
    return PublishedGraph(
        graph, name, read, building.pieces_of(network.graph), rejected, issues,
        tuple(data_sets.notes_about(request, name, known)), parcels,
    )  # fmt: skip


def _from_lines(
    session: Session, request: ImportRequest, schematic: bool, progress: Progress
) -> tuple[Network, int, tuple[Issue, ...]]:
    """The network of a layer of lines, staged and checked as roads that are drawn."""
    staged = imports.stage(session, request, progress)
    if request.strict and staged.preview.rejected:
        raise ImportRefused("strict", rows=staged.preview.rejected)
    stretches = staged_stretches(session, staged.table)
    if not len(stretches.lines):
        raise CannotRead("no_network", file=request.file.name)
    network = building.build(stretches, schematic=schematic)
    return network, staged.preview.rejected, tuple(imports.issues(session, limit=20))


def _keep(session: Session, request: ImportRequest, network: Network, data_set: DataSet) -> RoadGraph:
    graph = network.graph
    kept = RoadGraph(
        data_set_id=data_set.id, file_name=request.file.name, schematic=graph.schematic or data_set.schematic,
        nodes=graph.node_count, edges=len(graph.source), length_km=float(graph.length_m.sum() / 1000),
    )  # fmt: skip
    keeping.replace(session, network, kept)
    counts = {"new": kept.edges, "changed": 0, "unchanged": 0, "rejected": 0}
    session.add(
        ImportRun(
            data_set_id=data_set.id, kind=RUN_KIND, file_name=request.file.name,
            file_sha256=data_sets.digest(request.file), counts=counts,
        )
    )  # fmt: skip
    session.flush()
    return kept
