"""What a slow visitor may hold: one of a few places for downloads and its thread, nothing that a page needs.

A page or tile leaves its thread as soon as it is drawn; a download keeps one for as long as its visitor reads. So a
process has threads for both: `pool_size` requests are worked on at the same time, and `downloads_at_once` files are
under way besides. How a file gets onto its way is `planning.spool`'s.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from landportal.config import Settings
from landportal.errors import Unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TAKES_NOTHING_S = 300
"""How long a visitor may take nothing of what is being sent to them."""

_KEY = "landportal-sending"


class TooManyDownloads(Unavailable):
    """All places for downloads are taken; in a while there is one."""


class _Places:
    """How many downloads may be made, and be under way."""

    def __init__(self, settings: Settings) -> None:
        # One may wait for a connection; more would take the threads of pages only to wait.
        self.being_made = threading.BoundedSemaphore(settings.exports_at_once + 1)
        self.under_way = threading.BoundedSemaphore(settings.downloads_at_once)


def install(app: Flask, settings: Settings) -> None:
    """Let no more requests be worked on at once than there are connections, whatever is being sent besides."""
    app.extensions[_KEY] = _Places(settings)
    app.wsgi_app = _at_work(app.wsgi_app, threading.BoundedSemaphore(settings.pool_size))  # type: ignore[method-assign]


def _at_work(application: WSGIApplication, places: threading.BoundedSemaphore) -> WSGIApplication:
    def working(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with places:
            return application(environ, start_response)

    return working


@contextlib.contextmanager
def being_made() -> Iterator[None]:
    """A place for a download while it is made ready; TooManyDownloads when there is none."""
    with _place(_places().being_made):
        yield


@contextlib.contextmanager
def under_way() -> Iterator[None]:
    """A place for a download until its last byte is sent; TooManyDownloads when there is none."""
    with _place(_places().under_way):
        yield


def _places() -> _Places:
    return cast("_Places", current_app.extensions[_KEY])


@contextlib.contextmanager
def _place(places: threading.BoundedSemaphore) -> Iterator[None]:
    if not places.acquire(blocking=False):
        raise TooManyDownloads
    try:
        yield
    finally:
        places.release()


def cut_the_silent(port: int) -> None:
    """Have the kernel end this process's connections on `port` whose visitors take nothing, those to come too.

    The thread that sends waits inside the server, which knows no such limit and shows nobody its sockets.
    """
    for found in _own_sockets() if sys.platform == "linux" else ():
        if found.family in {socket.AF_INET, socket.AF_INET6} and found.getsockname()[1] == port:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TAKES_NOTHING_S * 1000)


def _own_sockets() -> Iterator[socket.socket]:
    """The sockets of this process, each through a copy of its descriptor; others may open and close them meanwhile."""
    for number in os.listdir("/proc/self/fd"):
        try:
            copy = os.dup(int(number))
        except OSError:
            continue
        if stat.S_ISSOCK(os.fstat(copy).st_mode):
            with socket.socket(fileno=copy) as found:
                yield found
        else:
            os.close(copy)
