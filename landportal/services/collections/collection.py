"""A collection of features: what it is called, which fields it has, where they come from, who may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ClauseElement, ColumnClause, ColumnElement, Select, SQLColumnExpression, true
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql import visitors

from landportal.gis.fields import Field, FilterSource, Kind


def _nothing_joined(statement: Select[Any]) -> Select[Any]:
    return statement


@dataclass(frozen=True, eq=False)
class Collection:
    """Features of one kind as machines read them.

    `table` is the model whose rows they are, `key` orders them and never changes, `feature_id` is what their address
    ends with. `joined` adds to a statement what the fields' SQL refers to, `visible` holds for the rows that are shown.
    `subjects` are the revisions that move when anything shown may have changed.
    `tile_geometry` is the geometry kept in Web Mercator, `size` what tells the larger from the smaller where a tile
    cannot hold all; without it the area of what is drawn. `moment` names the field that the parameter ``datetime``
    asks.
    `near` finds the rows near a geometry by index where a policy of the table keeps the planner from using it.
    """

    id: str
    title_de: str
    title_en: str
    description_de: str
    description_en: str
    source: FilterSource
    table: Any
    key: SQLColumnExpression[Any]
    feature_id: SQLColumnExpression[Any]
    subjects: tuple[str, ...]
    id_kind: Kind = Kind.TEXT
    tile_geometry: SQLColumnExpression[Any] | None = None
    size: SQLColumnExpression[Any] | None = None
    joined: Callable[[Select[Any]], Select[Any]] = _nothing_joined
    visible: ColumnElement[bool] = field(default_factory=true)
    near: Callable[[ColumnElement[Any]], ColumnElement[bool]] | None = None
    moment: str | None = None
    licence_url: str | None = None
    attribution: str | None = None
    public: bool = True
    editable: bool = False
    key_type: type = int
    box: tuple[float, ...] | None = None
    """Lon/lat extent where it is known without looking."""

    def joined_for(self, statement: Select[Any], *used: ClauseElement) -> Select[Any]:
        """`statement` with what has to be joined for the clauses `used` in it; nothing where the own table will do.

        PostgreSQL drops needless outer joins from the plan, but goes on fetching the columns they were made by: with
        them no index alone could tell which parcels match, and counting 10,000 took four times as long.
        """
        parts = (part for clause in used for part in visitors.iterate(clause))
        columns = (part for part in parts if isinstance(part, (ColumnClause, QueryableAttribute)))
        tables = {getattr(getattr(column, "table", None), "name", None) for column in columns}
        return self.joined(statement) if tables - {None, self.table.__tablename__} else statement

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields, in the order they are shown."""
        return self.source.fields
