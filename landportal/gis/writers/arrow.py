"""Rows of the store as a stream of Arrow batches: memory holds one batch, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow
from sqlalchemy import LargeBinary, Text, func, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from landportal.gis.fields import Field, Kind
from landportal.gis.writers.content import Content, plain, without_controls

BATCH_ROWS = 2_000

_TYPES: Mapping[Kind, Any] = {
    Kind.TEXT: pyarrow.string(), Kind.INTEGER: pyarrow.int32(), Kind.NUMBER: pyarrow.float64(),
    Kind.BOOLEAN: pyarrow.bool_(), Kind.DATE: pyarrow.date32(), Kind.MOMENT: pyarrow.timestamp("us", "UTC"),
    Kind.TEXTS: pyarrow.list_(pyarrow.string()),
}  # fmt: skip


@dataclass(frozen=True)
class Shaping:
    """What a format cannot hold and how it is told instead.

    `lists`: lists as lists, else one text. `moments`: moments as such, else ISO 8601 texts. `xml`: texts without the
    control characters that XML forbids, line breaks as it keeps them. `names`: column by field, where it is another.
    `text_bytes_max`: bytes a text has at most; longer ones are cut between two characters.
    """

    lists: bool = False
    moments: bool = True
    xml: bool = False
    text_bytes_max: int | None = None
    geometry: str = "geometry"
    names: Mapping[str, str] = field(default_factory=dict)


class Stream:
    """The rows of `content` as batches. What goes wrong in the store while a library reads is kept in `failure`."""

    def __init__(self, session: Session, content: Content, shaping: Shaping) -> None:
        self.failure: Exception | None = None
        columns = [(shaping.names.get(one.name, one.name), self._type(one, shaping)) for one in content.fields]
        self.schema = pyarrow.schema([*columns, (shaping.geometry, pyarrow.binary())])
        values = [self._value(one, shaping).label(f"c{n}") for n, one in enumerate(content.fields)]
        shape = func.st_asbinary(content.shape, "NDR", type_=LargeBinary())
        self._statement = content.select(*values, shape.label("shape"))
        self._session, self._content, self._shaping = session, content, shaping

    @staticmethod
    def _type(one: Field, shaping: Shaping) -> Any:
        as_text = (one.kind is Kind.TEXTS and not shaping.lists) or (one.kind is Kind.MOMENT and not shaping.moments)
        return pyarrow.string() if as_text else _TYPES[one.kind]

    @staticmethod
    def _value(one: Field, shaping: Shaping) -> Any:
        if one.kind is Kind.TEXTS and shaping.lists:
            # The driver reads lists as such: going through their items again took a sixth of a file's time.
            return type_coerce(one.value, NullType())
        if one.kind is Kind.MOMENT and not shaping.moments:
            return func.to_char(plain(one), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"', type_=Text())
        value = plain(one)
        if shaping.xml and one.kind in {Kind.TEXT, Kind.TEXTS}:
            return func.regexp_replace(without_controls(value), r"\r\n?", "\n", "g", type_=Text())
        return value

    def batches(self) -> Iterator[Any]:
        """The rows, BATCH_ROWS at a time, through a cursor in the server."""
        try:
            # Not through the session, which looks at every row for objects that it might know.
            connection = self._session.connection()
            with connection.execute(self._statement, execution_options={"yield_per": BATCH_ROWS}) as result:
                for rows in result.partitions():
                    yield pyarrow.record_batch([*self._arrays(rows)], self.schema)
                    self._content.tell(len(rows))
        except Exception as failure:
            self.failure = failure
            raise

    def _arrays(self, rows: Sequence[Any]) -> Iterator[Any]:
        most = self._shaping.text_bytes_max
        for column, type_ in zip(zip(*rows, strict=True), self.schema.types, strict=True):
            is_cut = most is not None and type_ == pyarrow.string()
            yield pyarrow.array([_cut(text, most) for text in column] if is_cut else column, type_)

    def reader(self) -> Any:
        """What Arrow libraries read from."""
        return pyarrow.RecordBatchReader.from_batches(self.schema, self.batches())


def _cut(text: str | None, most: int | None) -> str | None:
    """`text` in at most `most` bytes of UTF-8."""
    if text is None or most is None or len(text) * 4 <= most:
        return text
    return text.encode()[:most].decode(errors="ignore")
