"""CQL2 filters (OGC 21-065r2), text and JSON, as SQL over a closed list of properties and functions.

`text` and `json_form` read a filter to a `tree`; `terms` compiles it, each operator by the module of its kind
(`comparisons`, `arithmetic`, `spatial`, `temporal`, `arrays`, `functions`). Every literal is bound; whatever cannot be
answered is refused before any SQL runs, or is unknown in it. Which properties a collection has is decided above.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from landportal.gis.cql2 import (
    arithmetic,
    arrays,
    comparisons,
    functions,
    json_form,
    locating,
    spatial,
    temporal,
    text,
)
from landportal.gis.cql2.functions import FUNCTIONS, Function
from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.terms import Scope, Type
from landportal.gis.cql2.tree import check_size
from landportal.gis.fields import FilterSource

__all__ = ["FUNCTIONS", "OPERATORS", "BadFilter", "Function", "Type", "compile_filter"]

_READERS = {"cql2-text": text.parse, "cql2-json": json_form.parse}
OPERATORS = {
    **functions.OPERATORS, **comparisons.OPERATORS, **arithmetic.OPERATORS, **spatial.OPERATORS,
    **temporal.OPERATORS, **arrays.OPERATORS,
}  # fmt: skip
"""Everything a filter can call, by its name in small letters."""


def compile_filter(
    filter_text: str, lang: str, source: FilterSource, filter_srid: int, *, swapped: bool = False
) -> ColumnElement[bool]:
    """The filter as a condition on `source`; it is unknown (NULL) where values are missing.

    `lang` is ``cql2-text`` or ``cql2-json``. Coordinates are in `filter_srid`, easting or longitude first, unless
    `swapped`. BadFilter tells what cannot be used, and where.
    """
    if lang not in _READERS:
        raise BadFilter(f"Filters are written in {' or '.join(_READERS)}.", "filter-lang")
    if filter_srid not in locating.CRS:
        raise BadFilter(f"Coordinates in EPSG:{filter_srid} are not known here.", "filter-crs")
    root = check_size(_READERS[lang](filter_text))
    condition: ColumnElement[bool] = Scope(source, filter_srid, swapped, OPERATORS).of(root, Type.BOOLEAN).sql
    return condition
