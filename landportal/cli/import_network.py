"""What ``landportal import roads`` does with a network: files of OpenStreetMap, and lines with ``--network``.

Only words and order; reading and keeping a graph is `services.road_graphs`' work.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
from rich.console import Console
from rich.markup import escape

from landportal import db
from landportal.cli.database import engine
from landportal.cli.import_report import Report
from landportal.model import Through
from landportal.services.import_issues import told_note
from landportal.services.imports import ImportRequest
from landportal.services.road_graphs import publishing
from landportal.services.road_graphs.publishing import PublishedGraph

_WORDS = {
    "graph": (
        "Straßennetz {source}: {edges} Abschnitte, {nodes} Knoten, {km} km{schematic}",
        "Road network {source}: {edges} stretches, {nodes} nodes, {km} km{schematic}",
    ),
    "schematic": (" (schematisch)", " (schematic)"),
    "read": (
        "{ways} Wege gelesen; {not_roads} sind keine Straßen für Fahrzeuge, {incomplete} sind am Rand abgeschnitten",
        "{ways} ways read; {not_roads} are no roads for vehicles, {incomplete} are cut off at the edge",
    ),
    "pieces": (
        "Zusammenhang: {count} Teile, im größten {share} % der Kilometer",
        "Coherence: {count} parts, the largest has {share} % of the kilometres",
    ),
    "apart": (
        "Das Netz zerfällt. Linien müssen an Kreuzungen enden und sich dort berühren (auf 1 m).",
        "The network falls apart. Lines must end at crossings and touch there (within 1 m).",
    ),
    "rows": (
        "{rejected} Zeilen abgelehnt, {warned} mit einer Angabe, die nicht zu verwenden war",
        "{rejected} rows rejected, {warned} with a value that could not be used",
    ),
    "note": ("Hinweis", "Note"),
    "row": ("Zeile {row}: {sentence}", "Row {row}: {sentence}"),
    "done": (
        "Übernommen: Fahrwege für {parcels} Flächen gesucht, {off} liegen zu weit vom Netz; "
        "Isochronen rechnet der Worker.",
        "Applied: ways of {parcels} parcels looked for, {off} lie too far from the network; isochrones are left to the "
        "worker.",
    ),
    "dry": ("Probelauf: nichts wurde geändert.", "Dry run: nothing was changed."),
}

APART_BELOW = 0.9
"""Share of the largest part below which something is probably wrong with the lines."""


def run(request: ImportRequest, report: Report, dry_run: bool) -> None:
    """Make the file the road graph, or only show what would become of it."""
    with engine() as connected, db.transaction(connected, db.Acting(None, Through.IMPORT)) as session:
        with report.progress(request.file.name) as progress:
            published = publishing.publish(session, request, progress)
        console = Console(highlight=False, soft_wrap=True)
        for line in _lines(published, report):
            console.print(escape(line))
        if dry_run:
            session.rollback()
    found = {"parcels": report.number(published.found.parcels), "off": report.number(published.found.off_graph)}
    click.echo(_word(report, "dry") if dry_run else _word(report, "done", **found))


def _lines(published: PublishedGraph, report: Report) -> Iterator[str]:
    graph, told, read = published.graph, published.told, published.told.read
    yield _word(
        report, "graph", source=published.source, edges=report.number(graph.edges), nodes=report.number(graph.nodes),
        km=report.number(round(graph.length_km)), schematic=_word(report, "schematic") if graph.schematic else "",
    )  # fmt: skip
    if read is not None:
        counts = {name: report.number(getattr(read, name)) for name in ("ways", "not_roads", "incomplete")}
        yield _word(report, "read", **counts)
    pieces = published.pieces
    share = f"{pieces.largest_share * 100:.1f}".replace(".", "," if report.language == "de" else ".")
    yield _word(report, "pieces", count=report.number(pieces.count), share=share)
    if pieces.largest_share < APART_BELOW:
        yield f"{_word(report, 'note')}: {_word(report, 'apart')}"
    for note in told.notes:
        yield f"{_word(report, 'note')}: {told_note(note, report.language)}"
    if told.rejected or told.warned:
        yield _word(report, "rows", rejected=report.number(told.rejected), warned=report.number(told.warned))
        for issue in told.issues:
            yield _word(report, "row", row=issue.row, sentence=issue.sentence(report.language))


def _word(report: Report, key: str, **facts: object) -> str:
    return _WORDS[key][0 if report.language == "de" else 1].format(**facts)
