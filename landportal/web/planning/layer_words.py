"""The words of the layer pages: states, kinds of columns and shapes, what an import tells of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, npgettext, pgettext
from flask_babel.speaklater import LazyString

from landportal.model import LayerUploadState
from landportal.services.layer_imports.requests import Told
from landportal.web import formats
from landportal.web.deliveries.words import rows, sentence, size
from landportal.web.language import current

__all__ = ["KINDS", "STATES", "features", "rows", "sentence", "shapes", "size", "told"]

STATES: Mapping[str, LazyString] = {
    LayerUploadState.LOOKING: _l("being read"),
    LayerUploadState.LOOKED: _l("read, not published"),
    LayerUploadState.REFUSED: _l("cannot be used like this"),
    LayerUploadState.PUBLISHING: _l("being published"),
    LayerUploadState.PUBLISHED: _l("published"),
    LayerUploadState.DISCARDED: _l("discarded"),
}

KINDS: Mapping[str, LazyString] = {
    "text": _l("text"),
    "integer": _l("whole number"),
    "number": _l("number"),
    "boolean": _l("yes or no"),
    "date": _l("day"),
    "moment": _l("day and time"),
    "texts": _l("list of texts"),
}


def features(count: int) -> str:
    """A number of objects of a layer."""
    return ngettext("%(count)s object", "%(count)s objects", count, count=formats.number(count))


def shapes(counts: Mapping[str, int]) -> str:
    """What shapes there are: 12 Flächen, 3 ohne Geometrie."""

    def said(kind: str) -> str:
        n = counts[kind]
        count = formats.number(n)
        return {
            "polygon": npgettext("shapes", "%(count)s area", "%(count)s areas", n, count=count),
            "line": npgettext("shapes", "%(count)s line", "%(count)s lines", n, count=count),
            "point": npgettext("shapes", "%(count)s point", "%(count)s points", n, count=count),
            "collection": npgettext("shapes", "%(count)s collection", "%(count)s collections", n, count=count),
            "none": pgettext("shapes", "%(count)s without a shape", count=count),
        }[kind]

    return ", ".join(said(kind) for kind in ("polygon", "line", "point", "collection", "none") if counts.get(kind))


def told(one: Mapping[str, Any]) -> str:
    """Something about several rows, with the numbers of the first."""
    return Told(one["code"], one["count"], tuple(one["rows"]), one["facts"]).sentence(current())
