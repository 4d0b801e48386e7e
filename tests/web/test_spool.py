"""A download on its way: what is written comes out, whoever is faster; what goes wrong on one side ends the other."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

from landportal.web.planning import spool


class Store:
    """Stands for the database: gives a piece each time it is let, and knows whether it was closed."""

    def __init__(self, pieces: list[bytes | Exception]) -> None:
        self.let, self.closed, self.free = threading.Semaphore(0), threading.Event(), threading.Event()
        self.held = contextlib.ExitStack()
        self.held.callback(self.free.set)
        self._pieces = pieces

    def pieces(self):
        try:
            for piece in self._pieces:
                self.let.acquire()
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.closed.set()


def test_what_is_written_comes_out_in_order_and_before_all_of_it_is_written(tmp_path):
    store = Store([b"two", b"three"])
    file = spool.growing(tmp_path, b"one", store.pieces(), store.held)
    found = iter(file)
    assert next(found) == b"one"
    store.let.release()
    assert next(found) == b"two"
    store.let.release()
    assert list(found) == [b"three"]
    file.close()


def test_the_connection_is_given_back_before_anything_is_read(tmp_path):
    store = Store([b"x" * 300_000] * 10)
    file = spool.growing(tmp_path, b"first", store.pieces(), store.held)
    store.let.release(10)
    assert store.free.wait(10)
    assert b"".join(file) == b"first" + b"x" * 3_000_000
    file.close()


def test_what_fails_in_the_store_is_raised_where_the_answer_can_be_broken_off(tmp_path):
    store = Store([OSError("away")])
    file = spool.growing(tmp_path, b"first", store.pieces(), store.held)
    found = iter(file)
    next(found)
    store.let.release()
    with pytest.raises(OSError, match="away"):
        next(found)
    assert store.free.wait(10)
    file.close()


def test_who_leaves_stops_the_store_and_gives_the_connection_back(tmp_path):
    store = Store([b"x"] * 1_000)
    file = spool.growing(tmp_path, b"first", store.pieces(), store.held)
    next(iter(file))
    file.close()
    store.let.release()
    assert store.closed.wait(10)
    assert store.free.wait(10)
    assert store.let.acquire(blocking=False) is False


def test_the_file_has_no_name_that_a_killed_process_could_leave(tmp_path):
    store = Store([b"x"])
    file = spool.growing(tmp_path, b"first", store.pieces(), store.held)
    assert list(tmp_path.iterdir()) == []
    store.let.release()
    file.close()


def test_a_visitor_who_takes_too_little_is_cut_and_one_who_waits_for_the_store_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "PATIENCE_S", 0.2)
    store = Store([b"two", b"three"])
    file = spool.growing(tmp_path, b"one", store.pieces(), store.held)
    found = iter(file)
    assert next(found) == b"one"
    threading.Timer(0.5, store.let.release, (2,)).start()
    assert next(found).startswith(b"two")
    time.sleep(0.5)
    with pytest.raises(spool.TooSlow):
        next(found)
    file.close()


def test_a_finished_file_may_be_removed_before_it_is_sent(tmp_path):
    path = tmp_path / "parcels.gpkg"
    path.write_bytes(b"y" * 200_000)
    file = spool.finished(path)
    path.unlink()
    assert file.length == 200_000
    assert b"".join(file) == b"y" * 200_000
    file.close()
