"""The sockets below an engine's connections that are being used, so that waiting on a silent server can be ended.

A server that is frozen keeps its connections and answers nothing; no time limit of its own reaches who waits for it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import Any

from sqlalchemy import Engine, event

_KEY = "landportal-line"


class Lines:
    """Knows the connections of `engine` that are checked out of its pool."""

    def __init__(self, engine: Engine) -> None:
        self._busy: set[socket.socket] = set()
        self._guard = threading.Lock()
        event.listen(engine, "connect", self._open)
        event.listen(engine, "checkout", self._take)
        for ending in ("checkin", "invalidate"):
            event.listen(engine, ending, self._give_back)
        event.listen(engine, "close", self._close)

    def cut(self) -> None:
        """End both directions of every connection in use: whoever waits on one is told that it was lost."""
        with self._guard:
            for line in self._busy:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def _open(self, connection: Any, record: Any) -> None:
        # A number of our own for the same socket: libpq's may be closed, and another file's, at any moment.
        record.info[_KEY] = socket.socket(fileno=os.dup(connection.fileno()))

    def _take(self, _connection: object, record: Any, _proxy: object) -> None:
        with self._guard:
            self._busy.add(record.info[_KEY])

    def _give_back(self, _connection: object, record: Any, *_problem: object) -> None:
        with self._guard:
            self._busy.discard(record.info.get(_KEY))

    def _close(self, _connection: object, record: Any) -> None:
        line = record.info.pop(_KEY, None)
        if line is not None:
            with self._guard:
                self._busy.discard(line)
            line.close()
