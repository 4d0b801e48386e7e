"""Loading parts of the program quickly: a start is mostly that."""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType

UNUSED = ("pandas", "webauthn")
"""What Folium and Flask-Security load where it happens to be installed, for features of theirs that are not used here:
with the libraries of the tests a tenth of the processor time of a start, and 44 MB.
"""


def load(name: str) -> ModuleType:
    """The module `name`, quickly."""
    with loading():
        return importlib.import_module(name)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """A block that loads much. Nothing of that is garbage, and looking through it again and again took a third of the
    time; later collections pass it over, too, so that processes forked from this one share its memory.
    """
    gc.disable()
    try:
        with _without(UNUSED):
            yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    """Let importing `names` fail in the block as if they were not installed, which Python does for None."""
    kept_out = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(kept_out))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in kept_out:
            del sys.modules[name]
