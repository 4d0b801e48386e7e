"""From the stage to the store: what is new, changed and unchanged, and the statements that make it so.

Only columns that the file has are compared and written; a row that is equal in all of them is not touched, so its
version stays. Statements are built from the model's columns; values never leave the database.
"""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ColumnElement,
    Date,
    Insert,
    Table,
    Update,
    and_,
    case,
    false,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from landportal.services.import_columns import ImportKind
from landportal.services.imports.requests import Difference
from landportal.services.imports.targets import TARGETS

_SAMPLE = 20


class Upsert:
    """Compares and merges one stage with its target, for one data set and the columns the file has."""

    def __init__(self, kind: ImportKind, stage: Table, data_set_id: int | None, columns: list[str]) -> None:
        self.target: Table = TARGETS[kind].table
        self.stage = stage
        self.data_set_id = data_set_id
        self.columns = [*columns, "geom"]
        self.kind = kind

    def _joined(self) -> ColumnElement[bool]:
        if self.kind is ImportKind.PARCELS:
            return self.target.c.id == self.stage.c.target_id
        return and_(self.target.c.data_set_id == self.data_set_id, self.target.c.source_id == self.stage.c.source_id)

    def staged(self, name: str) -> ColumnElement[Any]:
        """A staged value as it would be stored: an empty cell of a column that must be filled keeps what is there."""
        column = self.target.c[name]
        if column.nullable:
            return self.stage.c[name]
        return func.coalesce(self.stage.c[name], column)

    def _fresh(self, name: str) -> ColumnElement[Any]:
        column = self.target.c[name]
        if column.nullable or column.server_default is None:
            return self.stage.c[name]
        default = getattr(column.server_default, "arg", None)
        if isinstance(default, str):
            return func.coalesce(self.stage.c[name], literal_column(f"'{default}'", column.type))
        return func.coalesce(self.stage.c[name], default)

    def _differs(self, name: str) -> ColumnElement[bool]:
        # For geometries this compares coordinates, not bounding boxes: the operator = of PostGIS since 2.4.
        return self.staged(name).is_distinct_from(self.target.c[name])

    def any_difference(self) -> ColumnElement[bool]:
        """Whether a staged row differs from the stored one it is joined with."""
        return or_(false(), *(self._differs(name) for name in self.columns))

    def mark(self, session: Session) -> None:
        """Write into the stage's verdict what each usable row is: new, changed or unchanged."""
        different = self.any_difference()
        session.execute(
            update(self.stage)
            .where(self.stage.c.verdict.is_(None), self._joined())
            .values(verdict=case((different, "changed"), else_="unchanged"))
        )
        session.execute(update(self.stage).where(self.stage.c.verdict.is_(None)).values(verdict="new"))

    def counts(self, session: Session) -> dict[str, int]:
        """Rows by verdict."""
        rows = session.execute(select(self.stage.c.verdict, func.count()).group_by(self.stage.c.verdict))
        return {str(verdict): int(count) for verdict, count in rows}

    def missing(self, session: Session) -> int:
        """Rows of the data set that the file no longer has."""
        known = select(self.stage.c.source_id).where(self.stage.c.source_id == self.target.c.source_id)
        rows = select(func.count()).select_from(self.target).where(self.target.c.data_set_id == self.data_set_id)
        if "level" in self.target.c:  # States, counties and municipalities of one data set come as files of their own.
            rows = rows.where(self.target.c.level.in_(select(self.stage.c.level)))
        return int(session.scalar(rows.where(not_(known.exists()))) or 0)

    def changed_columns(self, session: Session) -> list[tuple[str, int]]:
        """Columns that change, and in how many rows."""
        counted = [func.count().filter(self._differs(name)) for name in self.columns]
        joined = select(*counted).select_from(self.stage).join(self.target, self._joined())
        row = session.execute(joined.where(self.stage.c.verdict == "changed")).one()
        found = zip(self.columns, row, strict=True)
        return sorted(((name, int(count)) for name, count in found if count), key=lambda pair: -pair[1])

    def differences(self, session: Session, columns: list[str]) -> list[Difference]:
        """A sample of changed cells, before and after."""
        found: list[Difference] = []
        for name in columns[:8]:
            before: ColumnElement[Any] = self.target.c[name]
            after = self.staged(name)
            if isinstance(self.target.c[name].type, Geometry):
                before, after = func.st_area(before), func.st_area(after)
            rows = session.execute(
                select(self.stage.c.source_id, before, after)
                .join(self.target, self._joined())
                .where(self.stage.c.verdict == "changed", self._differs(name))
                .order_by(self.stage.c.row)
                .limit(_SAMPLE)
            )
            found += [Difference(str(key), name, _shown(old), _shown(new)) for key, old, new in rows]
        return found[:_SAMPLE]

    def update_changed(self, session: Session, source_date: Any) -> int:
        """Update the changed rows of the store; how many."""
        values = {name: self.staged(name) for name in self.columns}
        if "source_date" not in values and source_date is not None and "source_date" in self.target.c:
            values["source_date"] = source_date
        changed = update(self.target).where(self._joined(), self.stage.c.verdict == "changed").values(values)
        return _touched(session, changed)

    def insert_new(self, session: Session, source_date: Any) -> int:
        """Insert the new rows, along a space-filling curve: neighbours on the map become neighbours on disk."""
        values: dict[str, ColumnElement[Any]] = {name: self._fresh(name) for name in self.columns}
        if "data_set_id" in self.target.c:
            values |= {"data_set_id": literal(self.data_set_id), "source_id": self.stage.c.source_id}
            values.setdefault("source_date", literal(source_date, Date()))
        rows = select(*values.values()).where(self.stage.c.verdict == "new").order_by(self.stage.c.geom)
        return _touched(session, insert(self.target).from_select(list(values), rows))


class NumberUpsert(Upsert):
    """The upsert of parcels found by their number: none is new, and shapes stay."""

    def __init__(self, kind: ImportKind, stage: Table, data_set_id: int | None, columns: list[str]) -> None:
        super().__init__(kind, stage, data_set_id, columns)
        self.columns = list(columns)

    def mark(self, session: Session) -> None:
        """Changed or unchanged, or in conflict: something in the row was changed in the meantime to something else."""
        conflict = self.stage.c.conflicts.is_not(None)
        session.execute(update(self.stage).where(self.stage.c.verdict.is_(None), conflict).values(verdict="conflict"))
        super().mark(session)

    def missing(self, session: Session) -> int:  # noqa: ARG002 - as the others are asked
        """A file of some parcels says nothing about the others."""
        return 0


def _touched(session: Session, statement: Update | Insert) -> int:
    """Run `statement`; how many rows it wrote: row-level security leaves out some without a word."""
    return int(session.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount)


def _shown(value: object) -> str:
    return "–" if value is None else str(value)[:80]
