"""EXPLAIN of every hot statement, kept as text in benchmarks/plans so that a change of a plan is seen in a review.

Without costs, times and shapes, which change from day to day. `tests/guards` says that the statements kept are today's
and that none scans the parcels in full.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine

from benchmarks.hot import Planned, Question, planned, questions, scans_all_parcels
from benchmarks.measuring import application
from benchmarks.registry import Options, Table
from benchmarks.stores import store

FOLDER = Path(__file__).resolve().parents[1] / "plans"
HEAD = ("hot question", "parcels", "statements", "scans of all parcels", "against the plan kept")


def run(options: Options) -> list[Table]:
    """Explain the hot statements on each store; with --write keep the plans."""
    rows = [
        _row(question, found, parcels, options.write)
        for parcels in options.parcels
        for question, found in _explained(store(options.address, parcels), options.county)
    ]
    return [Table("plans", HEAD, rows)]


def _explained(url: str, county: str) -> list[tuple[Question, list[Planned]]]:
    engine = create_engine(url)
    with application(url) as app, engine.connect() as connection:
        found = [(question, planned(question, app, url)) for question in questions(connection, app, county)]
    engine.dispose()
    return found


def _row(question: Question, found: list[Planned], parcels: int, write: bool) -> tuple[str, ...]:
    file = file_of(question.name, parcels)
    content = written(question, found, parcels)
    kept = file.read_text() if file.is_file() else None
    same = "new" if kept is None else "the same" if kept == content else "another"
    if write:
        FOLDER.mkdir(exist_ok=True)
        file.write_text(content)
    scans = sum(scans_all_parcels(one.plan) for one in found)
    return (question.name, f"{parcels:,}", str(len(found)), str(scans), same)


def file_of(name: str, parcels: int) -> Path:
    """Where the plans of a question are kept."""
    return FOLDER / f"{name}-{parcels}.txt"


def written(question: Question, found: list[Planned], parcels: int) -> str:
    """The text that is kept."""
    parts = [f"GET {question.path}\n{parcels:,} parcels\n"]
    parts += [f"\n{one.statement}\n\n{_indented(one.plan)}\n" for one in found]
    return "".join(parts)


def statements_in(content: str) -> list[str]:
    """The statements of a kept text, as `written` put them."""
    return [line for line in content.splitlines()[2:] if line and not line.startswith("  ")]


def _indented(plan: str) -> str:
    return "\n".join(f"  {line}" for line in plan.splitlines())
