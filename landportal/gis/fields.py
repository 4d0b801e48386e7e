"""What a collection of features knows about each feature: named fields with their kind, and where SQL finds them.

Filters (`gis.cql2`), machine answers, exports and tables are all written from the same fields. Which fields a
collection has is decided in `services.collections`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import SQLColumnExpression


class Kind(StrEnum):
    """Kinds of values; each is one type of JSON, of SQL and of every export format."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    """A date with time and zone."""
    TEXTS = "texts"
    """A list of texts."""


@dataclass(frozen=True, eq=False)
class Field:
    """A named value of a feature. `value` is its SQL over the collection's source; units stand in the name.

    `codes` closes the list of values. `keepers_only`: shown to officers and planners inside their scope, never to the
    public.
    """

    name: str
    kind: Kind
    value: SQLColumnExpression[Any]
    title_de: str
    title_en: str
    codes: tuple[str, ...] = ()
    keepers_only: bool = False


@dataclass(frozen=True, eq=False)
class FilterSource:
    """What a filter may speak of: the fields by name, and the geometry under the names it answers to.

    `geometry` is stored in the CRS `srid`; literals are given in CRS84 (lon/lat) unless said otherwise.
    """

    fields: tuple[Field, ...]
    geometry: SQLColumnExpression[Any]
    srid: int
    geometry_names: tuple[str, ...] = ("geom", "geometry")

    def field(self, name: str) -> Field | None:
        """The field called `name`, exactly; None if there is none."""
        return next((field for field in self.fields if field.name == name), None)
