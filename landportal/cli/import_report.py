"""What an import shows in the terminal: progress, preview, rejected rows, and the CSV of all of them.

Wording of issues lives in `services.import_issues`; here are only the table's own words, in German and English.
"""

from __future__ import annotations

import contextlib
import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from landportal.services.import_issues import Issue, told_note
from landportal.services.import_values import harmless
from landportal.services.imports import ImportResult, Preview

_SHOWN = 20

_WORDS = {
    "reading": ("Lesen", "Reading"),
    "rows_read": ("{rows} Zeilen gelesen", "{rows} rows read"),
    "row": ("Zeile", "Row"),
    "field": ("Feld", "Field"),
    "value": ("Wert", "Value"),
    "reason": ("Grund", "Reason"),
    "code": ("Code", "Code"),
    "rejected_rows": ("Abgelehnte Zeilen", "Rejected rows"),
    "more": ("… und {rows} weitere, siehe die Datei unten", "… and {rows} more, see the file below"),
    "all_in": ("Alle abgelehnten Zeilen: {file}", "All rejected rows: {file}"),
    "preview": ("Vorschau: {file} → {kind}, Quelle {source}", "Preview: {file} → {kind}, source {source}"),
    "format": ("Format", "Format"),
    "crs": ("Koordinaten", "Coordinates"),
    "read": ("Gelesen", "Read"),
    "new": ("Neu", "New"),
    "changed": ("Geändert", "Changed"),
    "unchanged": ("Unverändert", "Unchanged"),
    "rejected": ("Abgelehnt", "Rejected"),
    "left_out": ("Nicht unser Gegenstand", "Left out as none of ours"),
    "merged": ("Mit anderen vereinigt", "United with others"),
    "missing": ("Nicht mehr in der Datei (bleiben)", "No longer in the file (they stay)"),
    "warned": ("Mit Warnung übernommen", "With a warning"),
    "columns": ("Spalten", "Columns"),
    "ignored": ("Spalten ohne Verwendung", "Columns not used"),
    "differences": ("Änderungen", "Changes"),
    "note": ("Hinweis", "Note"),
    "polygon": ("Flächen", "polygons"),
    "line": ("Linien", "lines"),
    "point": ("Punkte", "points"),
    "collection": ("Sammlungen", "collections"),
    "none": ("ohne Geometrie", "without geometry"),
    "done": (
        "Übernommen: {new} neu, {changed} geändert, {unchanged} unverändert; {rejected} abgelehnt.",
        "Applied: {new} new, {changed} changed, {unchanged} unchanged; {rejected} rejected.",
    ),
    "dry": ("Probelauf: nichts wurde geändert.", "Dry run: nothing was changed."),
}


def spoken_language() -> str:
    """German where the environment says so, else English."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "de" if spoken.startswith("de") else "en"


class Report:
    """Speaks to the terminal in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._console = Console(width=None if sys.stdout.isatty() else 160, highlight=False, soft_wrap=False)

    def word(self, key: str, **facts: object) -> str:
        """The report's own words."""
        return _WORDS[key][0 if self.language == "de" else 1].format(**facts)

    def number(self, value: int) -> str:
        """A count as the language writes it."""
        return f"{value:,}".replace(",", "." if self.language == "de" else ",")

    @contextlib.contextmanager
    def progress(self, name: str) -> Iterator[Callable[[int, int | None], None]]:
        """A progress bar on a terminal, a plain line every 50,000 rows elsewhere."""
        if not sys.stderr.isatty():
            yield self._plain_progress
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(f"{self.word('reading')} {escape(name)}", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def _plain_progress(self, done: int, _: int | None) -> None:
        if done % 50_000 == 0:
            click.echo(self.word("rows_read", rows=self.number(done)), err=True)

    def show(self, preview: Preview, rejected: list[Issue]) -> None:
        """The preview table, the notes, and the first rejected rows."""
        title = self.word("preview", file=preview.file.name, kind=preview.kind, source=preview.source)
        self._console.print(escape(title), style="bold")
        table = Table(show_header=False)
        for label, value in self._lines(preview):
            table.add_row(label, escape(value))
        self._console.print(table)
        for note in (*preview.notes, *(note for note, _ in preview.told)):
            self._console.print(f"{self.word('note')}: {escape(told_note(note, self.language))}")
        if rejected:
            self._console.print(self._rejected_table(rejected, preview.rejected))

    def _lines(self, preview: Preview) -> Iterator[tuple[str, str]]:
        kinds = sorted(preview.shapes.items(), key=lambda shape: -shape[1])
        shapes = ", ".join(f"{self.number(rows)} {self.word(kind)}" for kind, rows in kinds)
        yield self.word("format"), f"{preview.format} {preview.layer or ''}".strip()
        yield self.word("crs"), f"{preview.crs} ({preview.unit})"
        yield self.word("read"), f"{self.number(preview.read)} ({shapes})"
        for key in ("new", "changed", "unchanged", "rejected"):
            yield self.word(key), self.number(getattr(preview, key))
        for key in ("warned", "left_out", "merged", "missing"):
            if getattr(preview, key):
                yield self.word(key), self.number(getattr(preview, key))
        yield self.word("columns"), ", ".join(_pair(theirs, ours) for theirs, ours in preview.columns) or "–"
        if preview.ignored:
            yield self.word("ignored"), ", ".join(preview.ignored)
        if preview.changed_columns:
            yield self.word("differences"), ", ".join(f"{name} {self.number(n)}" for name, n in preview.changed_columns)
            for change in preview.differences[:5]:
                yield "", f"{change.source_id}: {change.column} {change.before} → {change.after}"

    def _rejected_table(self, rejected: list[Issue], total: int) -> Table:
        table = Table(title=self.word("rejected_rows"), title_justify="left")
        for key in ("row", "field", "value", "reason"):
            table.add_column(self.word(key), overflow="fold", justify="right" if key == "row" else "left")
        for issue in rejected[:_SHOWN]:
            shown = (issue.value or "")[:40]
            reason = issue.sentence(self.language)
            table.add_row(str(issue.row), escape(issue.field or ""), escape(shown), escape(reason))
        if total > _SHOWN:
            table.caption = self.word("more", rows=self.number(total - _SHOWN))
        return table

    def tell_file(self, path: Path) -> None:
        """Where all rejected rows are listed."""
        self._console.print(escape(self.word("all_in", file=path)), soft_wrap=True)

    def done(self, result: ImportResult, dry_run: bool) -> None:
        """What was applied."""
        if not dry_run:
            facts = {name: self.number(getattr(result, name)) for name in ("new", "changed", "unchanged", "rejected")}
            self._console.print(self.word("done", **facts))

    def nothing_changed(self) -> None:
        """The last line of a dry run."""
        self._console.print(self.word("dry"))


def _pair(theirs: str, ours: str) -> str:
    return ours if theirs == ours else f"{theirs} → {ours}"


def write_rejected(file: Path, issues: Iterable[Issue], language: str) -> Path:
    """Write all rejected rows beside the file, or into the current folder where that is not allowed; returns where."""
    target = file.with_name(f"{file.name}.rejected.csv")
    try:
        target.open("w").close()
    except OSError:
        target = Path.cwd() / target.name
    heading = [_WORDS[key][0 if language == "de" else 1] for key in ("row", "field", "value", "code", "reason")]
    with target.open("w", newline="", encoding="utf-8-sig") as sink:
        writer = csv.writer(sink, delimiter=";" if language == "de" else ",")
        writer.writerow(heading)
        for issue in issues:
            row = (str(issue.row), issue.field or "", issue.value or "", issue.code, issue.sentence(language))
            writer.writerow([harmless(cell) for cell in row])
    return target
