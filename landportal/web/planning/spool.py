"""A download on its way: a file that the database fills as fast as it can and a visitor empties as slowly as they like.

So no connection and no transaction waits for a visitor. The file has no name: the kernel takes it away with whoever has
it open, however that ends. A visitor slower than any line is cut in the end, for a thread waits for them.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from landportal.errors import LandportalError
from landportal.web.sending import TAKES_NOTHING_S

CHUNK_BYTES = 1 << 16
PATIENCE_S = TAKES_NOTHING_S
"""How long a visitor is waited for whatever their pace: a laptop that was closed, a download paused."""
PACE_BYTES_S = 16_000
"""What a visitor has to take on average after that, an eighth of what a poor mobile line carries."""


class TooSlow(LandportalError):
    """The visitor took too little for too long."""


class Spool:
    """A file and how much of it there is and was sent; one thread fills it, another iterates over it."""

    def __init__(self, file: IO[bytes], *, whole: bool) -> None:
        self._file = file
        self._reading = os.dup(file.fileno())
        self._written = os.fstat(self._reading).st_size
        self._whole = whole
        self.length = self._written if whole else None
        """How many bytes there will be, where that is known before they are sent."""
        self._failure: BaseException | None = None
        self._grown = threading.Condition()
        self._left = False

    def __iter__(self) -> Iterator[bytes]:
        """The bytes as they come. What stopped the filling is raised here, so that no half file looks whole."""
        sent, spent_s = 0, 0.0
        while piece := self._piece(sent):
            sent += len(piece)
            given = time.monotonic()
            yield piece
            spent_s += time.monotonic() - given
            if spent_s > PATIENCE_S + sent / PACE_BYTES_S:
                raise TooSlow(f"took {sent} bytes in {spent_s:.0f} s")

    def _piece(self, at: int) -> bytes:
        with self._grown:
            self._grown.wait_for(lambda: self._whole or self._failure or self._written > at)
            if self._failure:
                raise self._failure
        return os.pread(self._reading, CHUNK_BYTES, at)

    def close(self) -> None:
        """The visitor has everything, or has gone: whoever still fills stops."""
        if not self._left:
            self._left = True
            os.close(self._reading)

    def fill(self, pieces: Generator[bytes], held: contextlib.ExitStack) -> None:
        """Write `pieces` until they end or the visitor leaves, then give back what was `held` for them."""
        try:
            with self._file, held, contextlib.closing(pieces):
                for piece in pieces:
                    if self._left:
                        return
                    self.append(piece)
            self._end(None)
        except BaseException as failure:
            # Raised again where the visitor's answer can be broken off.
            self._end(failure)

    def append(self, piece: bytes) -> None:
        """Write `piece` and let it be sent."""
        self._file.write(piece)
        self._file.flush()
        with self._grown:
            self._written += len(piece)
            self._grown.notify()

    def _end(self, failure: BaseException | None) -> None:
        with self._grown:
            self._whole, self._failure = failure is None, failure
            self._grown.notify()


def growing(folder: Path, first: bytes, pieces: Generator[bytes], held: contextlib.ExitStack) -> Spool:
    """`first` and `pieces` on their way through a file in `folder`; `held` is given back when all is written."""
    spool = Spool(TemporaryFile(dir=folder), whole=False)  # noqa: SIM115  closed by whoever fills it
    spool.append(first)
    threading.Thread(target=spool.fill, args=(pieces, held.pop_all()), name="download", daemon=True).start()
    return spool


def finished(path: Path) -> Spool:
    """The file at `path`, which may be removed from now on."""
    with path.open("rb") as file:
        return Spool(file, whole=True)
