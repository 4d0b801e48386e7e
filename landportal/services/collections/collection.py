"""A collection of features: what it is called, which fields it has, where they come from, who may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, true

from landportal.gis.fields import Field, FilterSource, Kind


def _nothing_joined(statement: Select[Any]) -> Select[Any]:
    return statement


@dataclass(frozen=True, eq=False)
class Collection:
    """Features of one kind as machines read them.

    `table` is the model whose rows they are, `key` orders them and never changes, `feature_id` is what their address
    ends with. `joined` adds to a statement what the fields' SQL refers to, `visible` holds for the rows that are shown.
    `subjects` are the revisions that move when anything shown may have changed.
    `tile_geometry` is the geometry kept in Web Mercator. `moment` names the field that the parameter ``datetime`` asks.
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

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields, in the order they are shown."""
        return self.source.fields
