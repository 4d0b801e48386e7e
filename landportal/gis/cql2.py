"""Filters in CQL2, as SQL over the fields of a collection."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from landportal.errors import InvalidInput
from landportal.gis.fields import FilterSource


def compile_filter(text: str, lang: str, source: FilterSource, filter_srid: int) -> ColumnElement[bool]:  # noqa: ARG001
    """None is offered yet: InvalidInput."""
    raise InvalidInput("Filters are not offered yet.", "filter")
