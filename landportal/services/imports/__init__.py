"""Imports: stage → row checks → set-based checks → preview → apply, in the caller's transaction.

``stage`` reads a file into temporary tables and says what it would do, ``apply`` does it; nothing here commits. Every
row of the file ends in exactly one count: new, changed, unchanged, rejected, left out or merged. Beside this file:
`requests` (what goes in and out), `targets` (tables), `staging` (file → stage), `finishing` (cells of one row
together), `applying` (stage → store), `admin_units`, `members`, `data_sets`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, func, select, text
from sqlalchemy.orm import Session

from landportal.gis import geometry
from landportal.gis.notes import Note
from landportal.gis.readers import ReadOptions, Source, open_source
from landportal.model import ImportRun
from landportal.services.import_codes import CODES
from landportal.services.import_columns import COLUMNS, ImportKind
from landportal.services.import_issues import ImportRefused, Issue, NothingUsable, Severity
from landportal.services.import_matching import PLACE_ROLES, ColumnMatch, match_columns
from landportal.services.import_set_checks import SLIVER_M2, Circumstances, check_sets
from landportal.services.imports import admin_units, data_sets
from landportal.services.imports.applying import NumberUpsert, Upsert
from landportal.services.imports.members import MemberUpsert
from landportal.services.imports.merging import merge, merged_columns
from landportal.services.imports.requests import DataSetFacts, Difference, ImportRequest, ImportResult, Preview
from landportal.services.imports.settling import match_parcels, settle
from landportal.services.imports.staging import Progress, Staged, Staging, silent
from landportal.services.imports.targets import ISSUES, REACH_KM, TARGETS, stage_table

__all__ = [
    "DataSetFacts",
    "Difference",
    "ImportKind",
    "ImportRefused",
    "ImportRequest",
    "ImportResult",
    "Issue",
    "Preview",
    "Progress",
    "Severity",
    "StagedImport",
    "apply",
    "issues",
    "read_options",
    "region",
    "stage",
    "upsert_of",
]

_REGION_BOX = """
select st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)
from (select st_extent(st_transform(geom, 4326)) as box from admin_unit where level = 'municipality') region
where box is not null
"""


@dataclass(frozen=True)
class StagedImport:
    """A file in the stage, ready to be applied within the same transaction."""

    request: ImportRequest
    preview: Preview
    table: Table
    columns: tuple[str, ...]


def stage(session: Session, request: ImportRequest, progress: Progress = silent) -> StagedImport:
    """Read `request.file` into the stage, check it, and say what applying it would do.

    Raises CannotRead or ImportRefused when the file cannot be used as a whole. Rows that cannot be used are in
    ``issues``; the store is not touched.
    """
    name = data_sets.source_name(request)
    _prepare(session, name)
    box = region(session)
    with open_source(request.file, read_options(request, box), request.limits) as source:
        match = _match(request, source)
        table = _make_tables(session, request.kind)
        staged = Staging(session, request, match, table, _padded(box), progress).run(source)
        if request.kind is ImportKind.PARCELS:
            match_parcels(session, name, request.by_number)
            settle(session, staged.present)
        check_sets(session, request.kind, _circumstances(request, name))
        if request.by_number:
            staged.merged = merged_columns({*staged.present, *_resolved(staged.present)})
            merge(session, staged.merged, "version" in staged.present)
        merged = admin_units.unite_rows(session) if request.kind is ImportKind.ADMIN_UNITS else 0
        return _staged_import(session, request, _Found(name, source, match, table, staged, merged))


def apply(session: Session, staged: StagedImport) -> ImportResult:
    """Write the staged rows into the store and record the import run.

    ImportRefused when no row can be used, or when ``strict`` was asked for and one is rejected.
    """
    preview, request = staged.preview, staged.request
    _refuse_if_hopeless(session, preview)
    data_set = data_sets.ensure(session, preview.source, request.data_set)
    upsert = upsert_of(request, staged.table, data_set.id, list(staged.columns))
    if isinstance(upsert, MemberUpsert):
        upsert.check_shares(session)
    if preview.changed:
        upsert.update_changed(session, data_set.data_date)
    if preview.new:
        upsert.insert_new(session, data_set.data_date)
    if request.kind is ImportKind.ADMIN_UNITS:
        admin_units.keep_superseded_keys(session)
    result = ImportResult(preview.new, preview.changed, preview.unchanged, preview.rejected)
    if preview.new or preview.changed:
        _record(session, staged, data_set.id, result)
    return result


def issues(
    session: Session, *, limit: int | None = None, severities: tuple[Severity, ...] = (Severity.REJECTED,)
) -> Iterator[Issue]:
    """Issues of the staged file in row order, streamed: there may be as many as rows."""
    wanted = select(ISSUES).where(ISSUES.c.severity.in_([str(severity) for severity in severities]))
    ordered = wanted.order_by(ISSUES.c.row, ISSUES.c.code).limit(limit)
    for row in session.execute(ordered.execution_options(yield_per=1000)):
        yield _issue(row)


@dataclass(frozen=True)
class _Found:
    name: str
    source: Source
    match: ColumnMatch
    table: Table
    staged: Staged
    merged: int


def _circumstances(request: ImportRequest, name: str) -> Circumstances:
    scope = request.scope
    return Circumstances(
        source=name, anywhere=request.anywhere, reach_m=REACH_KM * 1000, shapes=not request.by_number,
        ags=scope.ags if scope else None, area_id=scope.area_id if scope else None, scoped=scope is not None,
    )  # fmt: skip


def _resolved(present: set[str]) -> set[str]:
    """Columns of the store that follow from columns of the file."""
    return {"area_id"} if "area_slug" in present else set()


def _prepare(session: Session, name: str) -> None:
    # A COPY of a large file is one statement; the limit that guards web pages would cut it off.
    session.execute(text("set local statement_timeout = 0"))
    data_sets.lock(session, name)


def _make_tables(session: Session, kind: ImportKind) -> Table:
    for name in ("import_stage", "import_issue"):
        session.execute(text(f"drop table if exists pg_temp.{name}"))
    table = stage_table(kind)
    connection = session.connection()
    table.create(connection)
    ISSUES.create(connection)
    return table


def region(session: Session) -> geometry.Box | None:
    """The box around all municipalities, in degrees; None where none are loaded."""
    row = session.execute(text(_REGION_BOX)).first()
    return (row[0], row[1], row[2], row[3]) if row else None


def _padded(box: geometry.Box | None) -> geometry.Box:
    if box is None:
        return geometry.GERMANY
    west, south, east, north = box
    return west - 0.5, south - 0.5, east + 0.5, north + 0.5


def read_options(request: ImportRequest, box: geometry.Box | None) -> ReadOptions:
    """How `request` wants its file to be read."""
    places = {role: theirs for theirs, role in request.mapping.items() if role in PLACE_ROLES}
    return ReadOptions(
        layer=request.layer, crs=request.crs, encoding=request.encoding, places=places,
        needs_geometry=TARGETS[request.kind].shape is not None and not request.by_number,
        region=box or geometry.GERMANY,
    )  # fmt: skip


def _match(request: ImportRequest, source: Source) -> ColumnMatch:
    mapping = {theirs: ours for theirs, ours in request.mapping.items() if ours not in PLACE_ROLES}
    match = match_columns(request.kind, source.columns, mapping, request.id_column)
    present = {m.column.name for m in match.matched}
    made = {ImportKind.PARCELS: {"name_de"}, ImportKind.INFRASTRUCTURE: {"name"}}.get(request.kind, set())
    if request.by_number and "number" not in present:
        raise ImportRefused("required_column", column="number", columns=", ".join(source.columns) or "–")
    for column in COLUMNS[request.kind]:
        if not column.required or column.name in present | made:
            continue
        if column.name == "kind" and not request.default_kind:
            raise ImportRefused("kind_missing", allowed=", ".join(dict.fromkeys(column.codes.values())))
        if column.name != "kind":
            raise ImportRefused("required_column", column=column.name, columns=", ".join(source.columns) or "–")
    return match


def upsert_of(request: ImportRequest, table: Table, data_set_id: int | None, columns: list[str]) -> Upsert:
    """What compares the stage with the store and merges them."""
    if request.by_number:
        return NumberUpsert(request.kind, table, data_set_id, columns)
    return (MemberUpsert if request.kind is ImportKind.MEMBERS else Upsert)(request.kind, table, data_set_id, columns)


def _columns(request: ImportRequest, staged: Staged) -> list[str]:
    """Columns to compare and write: those the file fills and those derived from them."""
    kind = request.kind
    if request.by_number:
        return staged.merged
    target = TARGETS[kind].table
    names = [name for name in staged.present if name in target.c]
    if kind is ImportKind.PARCELS:
        names += sorted(_resolved(staged.present))
    if kind is ImportKind.ADMIN_UNITS:
        names += ["parent_ags", "label_point"]
    hidden = {"municipality_ags", "version"} if kind is ImportKind.PARCELS else set()
    return sorted(set(names) - hidden)


def _staged_import(session: Session, request: ImportRequest, found: _Found) -> StagedImport:
    known = data_sets.find(session, found.name)
    columns = _columns(request, found.staged)
    upsert = upsert_of(request, found.table, known.id if known else None, columns)
    upsert.mark(session)
    counts = upsert.counts(session)
    severities = _issue_counts(session)
    changed = upsert.changed_columns(session) if counts.get("changed") else []
    source, staged = found.source, found.staged
    preview = Preview(
        kind=request.kind, source=found.name, file=request.file, format=source.format, layer=source.layer,
        crs=geometry.crs_name(source.crs) if source.crs is not None else "–",
        unit=geometry.crs_unit(source.crs) if source.crs is not None else "–",
        read=staged.read, shapes=dict(staged.shapes), new=counts.get("new", 0), changed=counts.get("changed", 0),
        unchanged=counts.get("unchanged", 0), rejected=severities[Severity.REJECTED],
        left_out=severities[Severity.LEFT_OUT] + source.left_out, merged=found.merged,
        conflicts=counts.get("conflict", 0),
        missing=upsert.missing(session) if known else 0, warned=severities[Severity.WARNING],
        columns=tuple((m.theirs, m.column.name) for m in found.match.matched), ignored=found.match.ignored,
        notes=(*source.notes, *staged.notes, *data_sets.notes_about(request, found.name, known)),
        told=_told(session, staged, found.merged), changed_columns=tuple(changed),
        differences=tuple(upsert.differences(session, [name for name, _ in changed])), strict=request.strict,
    )  # fmt: skip
    return StagedImport(request, preview, found.table, tuple(columns))


def _issue_counts(session: Session) -> Counter[str]:
    rows = session.execute(select(ISSUES.c.severity, func.count(ISSUES.c.row.distinct())).group_by(ISSUES.c.severity))
    return Counter({str(severity): int(count) for severity, count in rows})


def _told(session: Session, staged: Staged, merged: int) -> tuple[tuple[Note, int], ...]:
    counted = select(ISSUES.c.code, func.count(ISSUES.c.row.distinct()))
    rows = counted.where(ISSUES.c.severity == "note").group_by(ISSUES.c.code)
    found = Counter({code: count for (code, _), count in staged.told.items()})
    found.update({str(code): int(count) for code, count in session.execute(rows)})
    if merged:
        found["dissolved"] = merged
    facts = {"sliver": {"m2": int(SLIVER_M2)}}
    told = ((Note(code, {"rows": count, **facts.get(code, {})}), count) for code, count in sorted(found.items()))
    return tuple(told)


def _refuse_if_hopeless(session: Session, preview: Preview) -> None:
    if not preview.usable:
        reasons = _reasons(session)
        raise NothingUsable(preview.read, reasons) if reasons else ImportRefused("no_rows", file=preview.file.name)
    if preview.strict and preview.rejected:
        raise ImportRefused("strict", rows=preview.rejected)


def _reasons(session: Session) -> tuple[tuple[int, Issue], ...]:
    """Why rows were kept out: how many for each reason with an example, where they lie before what they say."""
    placed, rows = func.bool_or(ISSUES.c.field == "geometry"), func.count(ISSUES.c.row.distinct())
    counted = session.execute(
        select(ISSUES.c.code, rows, func.min(ISSUES.c.row))
        .where(ISSUES.c.severity.in_(["rejected", "left_out"]))
        .group_by(ISSUES.c.code)
        .order_by(placed.desc().nulls_last(), rows.desc(), ISSUES.c.code)
        .limit(3)
    ).all()
    found = []
    for code, count, first in counted:
        example = session.execute(select(ISSUES).where(ISSUES.c.code == code, ISSUES.c.row == first).limit(1)).one()
        found.append((int(count), _issue(example)))
    return tuple(found)


def _issue(row: Any) -> Issue:
    return Issue(row.row, Severity(row.severity), row.code, row.field, row.value, row.facts)


def _record(session: Session, staged: StagedImport, data_set_id: int, result: ImportResult) -> None:
    counts = {"new": result.new, "changed": result.changed, "unchanged": result.unchanged, "rejected": result.rejected}
    session.add(
        ImportRun(
            data_set_id=data_set_id, kind=str(staged.request.kind), file_name=staged.request.file.name,
            file_sha256=data_sets.digest(staged.request.file), counts=counts,
        )
    )  # fmt: skip
    session.flush()


def kinds_of(kind: ImportKind) -> tuple[str, ...]:
    """What ``--kind`` may say for `kind`."""
    column = next((c for c in COLUMNS[kind] if c.name == "kind" and c.read.startswith("code:")), None)
    return tuple(dict.fromkeys(CODES[column.read.removeprefix("code:")].values())) if column else ()
