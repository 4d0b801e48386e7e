"""A file becomes the store's road graph, and every parcel's ways are found in it, in one transaction.

Readers have the graph before and its ways until that ends; killed on the way, nothing of the new one is left.
"""

from __future__ import annotations

import dataclasses
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
from landportal.services.import_issues import ImportRefused, Issue, Severity
from landportal.services.imports import ImportRequest, data_sets
from landportal.services.imports.staging import Progress, silent
from landportal.services.road_graphs import keeping
from landportal.services.road_graphs.stretches import staged_stretches

RUN_KIND = "road-graph"
ISSUES_TOLD = 20


@dataclass(frozen=True)
class Told:
    """What reading a file has to say: an OpenStreetMap file's counts, or the rows of a layer that were not taken.

    `issues` are the first rows that were rejected, or of which a cell was.
    """

    read: OsmFile | None = None
    rejected: int = 0
    warned: int = 0
    issues: tuple[Issue, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class PublishedGraph:
    """What an import of a network did; `found` counts the parcels whose ways were looked for in it."""

    graph: RoadGraph
    source: str
    told: Told
    pieces: Pieces
    found: travel.Found


def is_network(path: Path) -> bool:
    """Whether the file at `path` is OpenStreetMap's: it can be nothing but a network."""
    return path.is_file() and osm.format_of(path) is not None


def publish(session: Session, request: ImportRequest, progress: Progress = silent) -> PublishedGraph:
    """Make the file of `request` the road graph; CannotRead and ImportRefused say why it cannot be one."""
    name = data_sets.source_name(request)
    session.execute(text("set local statement_timeout = 0"))
    keeping.hold_graph(session, alone=True)
    facts, known = request.data_set, data_sets.find(session, name)
    if is_network(request.file):
        network, read = osm.read(request.file, progress)
        told = Told(read, notes=tuple(data_sets.notes_about(request, name, known)))
        facts = dataclasses.replace(facts, schematic=bool(facts.schematic))
    else:
        network, told = _from_lines(session, request, progress)
    graph = _keep(session, request, network, data_sets.ensure(session, name, facts))
    return PublishedGraph(graph, name, told, building.pieces_of(network.graph), travel.travel_of(session))


def _from_lines(session: Session, request: ImportRequest, progress: Progress) -> tuple[Network, Told]:
    """The network of a layer of lines, staged and checked as roads that are drawn."""
    staged = imports.stage(session, request, progress)
    preview = staged.preview
    if request.strict and preview.rejected:
        raise ImportRefused("strict", rows=preview.rejected)
    stretches = staged_stretches(session, staged.table)
    if not len(stretches.lines):
        raise CannotRead("no_network", file=request.file.name)
    severities = (Severity.REJECTED, Severity.WARNING)
    issues = tuple(imports.issues(session, limit=ISSUES_TOLD, severities=severities))
    notes = (*preview.notes, *(note for note, _ in preview.told))
    return building.build(stretches), Told(None, preview.rejected, preview.warned, issues, notes)


def _keep(session: Session, request: ImportRequest, network: Network, data_set: DataSet) -> RoadGraph:
    graph = network.graph
    kept = RoadGraph(
        data_set_id=data_set.id, file_name=request.file.name, schematic=data_set.schematic,
        nodes=graph.node_count, edges=len(graph.source), length_km=float(graph.length_m.sum() / 1000),
    )  # fmt: skip
    keeping.replace(session, network, kept)
    counts = {"new": kept.edges, "changed": 0, "unchanged": 0, "rejected": 0}
    run = ImportRun(data_set_id=data_set.id, kind=RUN_KIND, file_name=request.file.name, counts=counts)
    run.file_sha256 = data_sets.digest(request.file)
    session.add(run)
    session.flush()
    return kept
