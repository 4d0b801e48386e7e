"""Value functions: from a fact to 0 to 100 points, once in Python and once in SQL, always the same.

`Curve` is for amounts, `Steps` for codes. Which criterion has which is said in `criteria`, how a fact is read from the
store in `facts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Numeric, case, cast, false, literal_column
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import Float

POINTS_MAX = 100.0

Stored = float | int | str | bool | None
"""A fact as the store holds it; None where nobody told us."""

Expression = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Curve:
    """Straight lines through `points` (amount, points), level before the first and after the last of them.

    Amounts are in the unit people read; `per_unit` of the stored unit make one of it (10,000 m² a hectare).
    """

    points: tuple[tuple[float, float], ...]
    per_unit: float = 1.0

    @property
    def more_is_better(self) -> bool:
        """Whether a greater amount earns more points."""
        return self.points[-1][1] > self.points[0][1]

    def value(self, stored: Stored) -> float | None:
        """The amount in the unit people read."""
        return None if stored is None else float(stored) / self.per_unit

    def earned(self, stored: Stored) -> float | None:
        """The points of a stored fact, 0 to 100; None for an unknown one."""
        amount = self.value(stored)
        if amount is None:
            return None
        if amount <= self.points[0][0]:
            return self.points[0][1]
        for (low, before), (high, after) in pairwise(self.points):
            if amount <= high:
                return before + (amount - low) * (after - before) / (high - low)
        return self.points[-1][1]

    def worse(self, stored: Stored, limit: float | str) -> bool:
        """Whether a known fact misses `limit`."""
        amount = self.value(stored)
        if amount is None:
            return False
        return amount < float(limit) if self.more_is_better else amount > float(limit)

    def earned_sql(self, fact: Expression) -> ColumnElement[float]:
        """The same in SQL for a fact that is known.

        Bounds are compared in the stored unit and type, so that only the one line that holds is computed.
        """
        branches = [(fact <= _bound(fact, self.points[0][0] * self.per_unit), number(self.points[0][1]))]
        for (low, before), (high, after) in pairwise(self.points):
            slope = (after - before) / (high - low) / self.per_unit
            line = number(before) + (cast(fact, DOUBLE_PRECISION) - number(low * self.per_unit)) * number(slope)
            branches.append((fact <= _bound(fact, high * self.per_unit), line))
        return case(*branches, else_=number(self.points[-1][1]))

    def worse_sql(self, fact: Expression, limit: float | str) -> ColumnElement[bool]:
        """`worse` in SQL; null for an unknown fact."""
        bound = float(limit) * self.per_unit
        return fact < bound if self.more_is_better else fact > bound


@dataclass(frozen=True)
class Step:
    """A code with its points: `name` as addresses say it, `stored` as the store does."""

    name: str
    stored: Stored
    points: float


@dataclass(frozen=True)
class Steps:
    """Codes from the best to the worst."""

    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The codes as addresses say them."""
        return tuple(step.name for step in self.steps)

    def value(self, stored: Stored) -> str | None:
        """The code as addresses say it."""
        step = self._of(stored)
        return step.name if step else None

    def earned(self, stored: Stored) -> float | None:
        """The points of a stored code, 0 to 100; None for an unknown one."""
        step = self._of(stored)
        return step.points if step else None

    def worse(self, stored: Stored, limit: float | str) -> bool:
        """Whether a known code earns less than the code `limit`."""
        earned = self.earned(stored)
        return earned is not None and earned < self._points_of(limit)

    def earned_sql(self, fact: Expression) -> ColumnElement[float]:
        """The same in SQL for a code that is known."""
        return case({step.stored: number(step.points) for step in self.steps}, value=fact)

    def worse_sql(self, fact: Expression, limit: float | str) -> ColumnElement[bool]:
        """`worse` in SQL; null for an unknown code."""
        worse = [step.stored for step in self.steps if step.points < self._points_of(limit)]
        return fact.in_(worse) if worse else false()

    def _of(self, stored: Stored) -> Step | None:
        return next((step for step in self.steps if step.stored == stored), None)

    def _points_of(self, name: float | str) -> float:
        return next(step.points for step in self.steps if step.name == name)


Scale = Curve | Steps


def ladder(*steps: tuple[str, float]) -> Steps:
    """Steps whose codes are stored under their own names."""
    return Steps(tuple(Step(str(name), str(name), points) for name, points in steps))


def number(value: float) -> ColumnElement[float]:
    """A number of our own tables, written into the statement: bound, 150 of them would cost more than they earn."""
    return literal_column(f"{float(value)!r}::float8", DOUBLE_PRECISION())


def _bound(fact: Expression, value: float) -> ColumnElement[Any]:
    """A bound in the type of the column, which is compared as it is: turning each numeric into a float costs more."""
    exact = isinstance(fact.type, Numeric) and not isinstance(fact.type, Float)
    return literal_column(repr(float(value)), Numeric()) if exact else number(value)
