"""Rows found by number, compared cell by cell with the version they were taken from: what changed in the file alone is
taken over, what changed in the store stays, and what changed in both to different things is a conflict.

The version comes with the row (our own workbook writes it); the state it stands for is in the parcel's history.
Without that column every row is compared with what is stored now.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from landportal.model import Parcel
from landportal.services.editing import EDITABLE
from landportal.services.import_values import EMPTY

UNITS: tuple[frozenset[str], ...] = (
    frozenset({"status", "status_since", "status_until"}),
    frozenset({"price_eur_m2", "price_on_request", "price_kind"}),
)
"""Columns that mean something only together: where one of them is in conflict, none is taken over."""

CELL_LENGTH_MAX = 32_000
"""Characters a cell of a workbook holds at most (Excel: 32,767); longer texts are cut, and known by their beginning."""

_UNKNOWN_NUMBER = """
insert into import_issue (row, severity, code, field, value, facts)
select row, 'rejected', 'number_unknown', 'number', number, '{}'
from import_stage where verdict is null and target_id is null
"""

_VERSION_UNKNOWN = """
insert into import_issue (row, severity, code, field, value, facts)
select s.row, 'rejected', case when s.version is null then 'version_missing' else 'version_unknown' end,
       'version', s.version, '{}'
from import_stage s left join import_base b using (row)
where s.verdict is null and b.row is null
"""

_REJECT = """
update import_stage s set verdict = 'rejected'
from import_issue i where i.row = s.row and i.severity = 'rejected' and s.verdict is null
"""

_SINCE_AS_IT_WAS = """
update import_stage s set status_since = b.status_since from import_base b where b.row = s.row
"""

# A new status begins today unless the file says when.
_BEGINS_TODAY = """
update import_stage s set status_since = current_date
from import_base b, parcel p
where b.row = s.row and p.id = s.target_id and s.verdict is null and s.status is distinct from p.status
  and s.status_since is not distinct from b.status_since
"""


def merged_columns(present: Iterable[str]) -> list[str]:
    """The columns of a file that may change parcels found by number."""
    return sorted(set(present) & set(EDITABLE))


def merge(session: Session, columns: list[str], versioned: bool) -> None:
    """Settle every cell of the stage: what is left there differs from the store exactly where it is to be changed.

    Rows whose number or version nobody knows are rejected. Conflicts are kept in the stage's column of that name:
    ``[{column, base, before, after}]``. `columns` gains the day a changed status began.
    """
    session.execute(text(_UNKNOWN_NUMBER))
    session.execute(text(_REJECT))
    stated = "status_since" in columns
    if "status" in columns and not stated:
        columns.append("status_since")
    _find_base(session, columns, versioned)
    if "status" in columns and not stated:
        session.execute(text(_SINCE_AS_IT_WAS))
    session.execute(text(_VERSION_UNKNOWN))
    session.execute(text(_REJECT))
    if columns:
        session.execute(text(_settle(columns)), {"empty": sorted(EMPTY)})
    if "status" in columns:
        session.execute(text(_BEGINS_TODAY))


def _find_base(session: Session, columns: list[str], versioned: bool) -> None:
    """The state each row was taken from: the parcel itself, or the past version the row names."""
    names = ", ".join(columns) or "id"
    version = "and version::text = s.version" if versioned else ""
    past = f"union all select {names}, id as base_id from parcel_history where id = s.target_id {version}"  # noqa: S608
    session.execute(text("drop table if exists pg_temp.import_base"))
    session.execute(
        text(
            f"""
            create temporary table import_base on commit drop as
            select s.row, b.* from import_stage s cross join lateral (
                select {names}, id as base_id from parcel where id = s.target_id {version}
                {past if versioned else ""} limit 1) b
            where s.verdict is null
            """  # noqa: S608 - names of our own columns
        )
    )
    session.execute(text("create index on import_base (row)"))
    session.execute(text("analyze import_base"))


def _settle(columns: list[str]) -> str:
    """One statement for all cells: `s` the file, `b` the version it was taken from, `p` what is stored now."""
    clash = {name: f"({_moved(name)} and {_differ(name, 'b', 'p')} and {_differ(name, 's', 'p')})" for name in columns}
    blocked = {name: " or ".join(clash[other] for other in _together(name, columns)) for name in columns}
    taken = [
        f"{name} = case when {_moved(name)} and not ({blocked[name]}) then {_filed(name)} else p.{name} end"
        for name in columns
    ]
    told = [
        f"case when {_moved(name)} and {_differ(name, 's', 'p')} and ({blocked[name]}) then "
        f"jsonb_build_object('column', '{name}', {_sides(name)}) end"
        for name in columns
    ]
    return f"""
        update import_stage s set {", ".join(taken)},
            conflicts = nullif(to_jsonb(array_remove(array[{", ".join(told)}], null)), '[]')
        from import_base b, parcel p
        where b.row = s.row and p.id = s.target_id and s.verdict is null
    """  # noqa: S608 - names of our own columns


def _sides(name: str) -> str:
    return f"'base', to_jsonb(b.{name}), 'before', to_jsonb(p.{name}), 'after', to_jsonb(s.{name})"


def _together(name: str, columns: list[str]) -> list[str]:
    unit = next((unit for unit in UNITS if name in unit), {name})
    return [column for column in columns if column in unit]


def _filed(name: str) -> str:
    """What the file says; an empty cell of a column that must be filled says nothing."""
    return f"s.{name}" if Parcel.__table__.c[name].nullable else f"coalesce(s.{name}, b.{name})"


def _moved(name: str) -> str:
    """Whether the file says something else than the version it was taken from."""
    if Parcel.__table__.c[name].nullable:
        return _differ(name, "s", "b")
    return f"(s.{name} is not null and {_differ(name, 's', 'b')})"


def _differ(name: str, one: str, other: str) -> str:
    return f"({_comparable(name, one)} is distinct from {_comparable(name, other)})"


def _comparable(name: str, row: str) -> str:
    """A cell as a workbook can hold it: texts without outer space and carriage returns, cut at the cell's length."""
    kind, cell = Parcel.__table__.c[name].type, f"{row}.{name}"
    if isinstance(kind, ARRAY):
        return f"coalesce({cell}, '{{}}')"
    if kind.python_type is str or isinstance(kind, Text):
        plain = f"left(btrim(replace({cell}, chr(13), ''), E' \\n\\t'), {CELL_LENGTH_MAX})"
        return f"case when lower({plain}) = any(:empty) then null else {plain} end"
    return cell
