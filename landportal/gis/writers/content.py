"""What a file holds: the fields, the shapes in the CRS of the file, and where SQL finds the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    cast,
    func,
)
from sqlalchemy.types import TypeEngine

from landportal.gis.fields import Field, Kind

SEPARATOR = ","
"""Between the texts of a list, in formats that know no lists. No identifier and no code holds one."""

_TOLD_EVERY = 1_000
_Row = TypeVar("_Row")
_CONTROLS = r"[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"

_SQL_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.TEXT: Text(), Kind.INTEGER: Integer(), Kind.NUMBER: Float(53), Kind.BOOLEAN: Boolean(), Kind.DATE: Date(),
    Kind.MOMENT: DateTime(timezone=True), Kind.TEXTS: Text(),
}  # fmt: skip


@dataclass(frozen=True)
class FileCrs:
    """The CRS of a file. Coordinates are easting first, as files have it whatever the authority says.

    `digits`: decimals that coordinates written as text have, a tenth of a millimetre.
    """

    srid: int
    name: str
    digits: int
    metric: bool


@dataclass(frozen=True, eq=False)
class Content:
    """What is written. `select` makes a statement of columns over the chosen rows in their order.

    `geometry` is the stored shape in `stored_srid`, `shape` the same in the CRS of the file. `label` names a feature.
    `name` is what the layer is called, `facts` (JSON) what formats with room for it say about themselves.
    """

    name: str
    fields: tuple[Field, ...]
    select: Callable[..., Select[Any]]
    geometry: SQLColumnExpression[Any]
    stored_srid: int
    crs: FileCrs
    label: SQLColumnExpression[Any]
    count: int
    facts: str = "{}"
    advance: Callable[[int], None] | None = None
    """Told how many more rows were read, every thousand or so."""

    @property
    def shape(self) -> ColumnElement[Any]:
        """The geometry as SQL in the CRS of the file."""
        if self.stored_srid == self.crs.srid:
            return _unwrapped(self.geometry)
        moved: ColumnElement[Any] = func.st_transform(self.geometry, self.crs.srid)
        return moved

    def counted(self, rows: Iterable[_Row]) -> Iterator[_Row]:
        """`rows`, telling `advance` about them."""
        read = 0
        for row in rows:
            yield row
            read += 1
            if read == _TOLD_EVERY:
                self.tell(read)
                read = 0
        self.tell(read)

    def tell(self, rows: int) -> None:
        """Tell whoever listens that `rows` more were read."""
        if self.advance:
            self.advance(rows)


def _unwrapped(geometry: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """The column itself; GeoAlchemy would wrap a selected one into ST_AsEWKB."""
    same: ColumnElement[Any] = func.st_setsrid(geometry, func.st_srid(geometry))
    return same


def plain(field: Field) -> ColumnElement[Any]:
    """The value of `field` in the SQL type of its kind; lists as one text."""
    if field.kind is Kind.TEXTS:
        return func.array_to_string(field.value, SEPARATOR, type_=Text())
    return cast(field.value, _SQL_TYPES[field.kind])


def without_controls(text: ColumnElement[Any]) -> ColumnElement[str]:
    """`text` without the control characters that XML forbids."""
    return func.regexp_replace(text, _CONTROLS, "", "g", type_=Text())
