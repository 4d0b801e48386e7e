"""Everything that is computed for a parcel, step by step. To add one: a line in `STEPS`.

A step reads what it needs for some parcels (`ask`), computes without the database, in any process (`answer`), and
writes what came out (`keep`). A step that works inside the database alone only reads nothing and keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from landportal.services.enrichment import neighbours, potential, questions


@dataclass(frozen=True)
class Step:
    """One thing that is computed."""

    ask: Callable[[Session, Sequence[int]], list[Any]]
    answer: Callable[[Any], Any]
    keep: Callable[[Session, Sequence[Any]], None]


STEPS: Mapping[str, Step] = {
    "potential": Step(questions.questions, potential.answer, potential.keep),
    "neighbours": Step(neighbours.ask, neighbours.answer, neighbours.keep),
}

Asked = Mapping[str, list[Any]]
"""Questions, or answers, by the name of their step."""


@dataclass(frozen=True)
class Answered:
    """What came out, by step, and the parcels that could not be computed, each with the fault."""

    answers: Asked
    faults: Mapping[int, str]


def ask(session: Session, parcel_ids: Sequence[int]) -> Asked:
    """What all steps need to know about these parcels."""
    return {name: step.ask(session, parcel_ids) for name, step in STEPS.items()}


def answer(asked: Asked) -> Answered:
    """Compute all steps; a parcel that cannot be computed does not keep the others from it."""
    answers: dict[str, list[Any]] = {name: [] for name in asked}
    faults: dict[int, str] = {}
    for name, questions_ in asked.items():
        for question in questions_:
            try:
                answers[name].append(STEPS[name].answer(question))
            except Exception as fault:
                faults[question.parcel_id] = f"{name}: {type(fault).__name__}: {fault}"
    return Answered(answers, faults)


def keep(session: Session, answers: Asked) -> None:
    """Write what came out of all steps."""
    for name, rows in answers.items():
        STEPS[name].keep(session, rows)
