"""Finished lines straight from the database: COPY … TO STDOUT, passed on row by row."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

CHUNK_BYTES = 1 << 16

_AS_IT_IS = r"(format csv, delimiter E'\x1f', quote E'\x02', escape E'\x02')"
"""One column, nothing escaped: quotes come only around values with such control characters, which JSON and XML lack."""


def copied(session: Session, statement: Select[Any], options: str = _AS_IT_IS) -> Iterator[bytes]:
    """The rows of `statement` as COPY writes them with `options`, each with its line end.

    Whoever closes the iterator early stops the statement in the server.
    """
    connection = session.connection()
    compiled = statement.compile(connection.engine, compile_kwargs={"render_postcompile": True})
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"copy ({compiled}) to stdout {options}", compiled.params) as rows:
        for row in rows:
            yield bytes(row)


def chunked(pieces: Iterator[bytes], size: int = CHUNK_BYTES) -> Generator[bytes]:
    """The same bytes in pieces of about `size`; closing it closes `pieces`."""
    kept: list[bytes] = []
    length = 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece)
        if length >= size:
            yield b"".join(kept)
            kept, length = [], 0
    if kept:
        yield b"".join(kept)
