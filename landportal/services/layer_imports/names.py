"""Names that a column of somebody else's file gets in a collection: safe in addresses, filters and every file format.

The source's own name is kept beside it, as the field's title and `source_name`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

NAME_MAX = 60
"""Below the 63 bytes to which PostgreSQL cuts names."""

_SPELT = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "²": "2", "³": "3"}

_TAKEN = {
    *("geom", "geometry", "mvt_geom"),
    *("f", "limit", "offset", "after", "bbox", "crs", "datetime", "filter", "sortby", "properties", "resulttype"),
    *("and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "div"),
}
"""What a filter or an address already means something else by: the geometry, parameters of the API, words of CQL2."""


def safe_names(titles: Iterable[str]) -> dict[str, str]:
    """A name for each title: ASCII letters, digits and underscores, at most 60, no two alike in lower case."""
    names: dict[str, str] = {}
    used = set(_TAKEN)
    for title in titles:
        plain = _plain(title)
        name, number = plain, 1
        while name.casefold() in used:
            number += 1
            name = f"{plain[: NAME_MAX - 6]}_{number}" if plain.casefold() not in _TAKEN or number > 2 else f"{plain}_"
        used.add(name.casefold())
        names[title] = name
    return names


def _plain(title: str) -> str:
    spelt = "".join(_SPELT.get(letter, letter) for letter in unicodedata.normalize("NFC", title))
    ascii_only = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "_", ascii_only).strip("_")[:NAME_MAX].rstrip("_")
    if not name:
        return "field"
    return name if name[0].isalpha() else f"f_{name}"[:NAME_MAX]
