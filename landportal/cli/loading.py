"""Loading parts of the program quickly: a start is mostly that."""

from __future__ import annotations

import gc
import importlib
from types import ModuleType


def load(name: str) -> ModuleType:
    """The module `name`. Nothing that is loaded is garbage, and looking through it again and again took a third of the
    time; later collections pass it over, too, so that processes forked from this one share its memory.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()
